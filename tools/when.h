// Days and moments as people write them: "2025-12-01", or "2025-12-01 17:30" in the board's zone.
#ifndef GOODSTANDING_TOOLS_WHEN_H_
#define GOODSTANDING_TOOLS_WHEN_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "goodstanding/api/v1/command_service.pb.h"
#include "goodstanding/api/v1/common.pb.h"
#include "goodstanding/type/v1/values.pb.h"
#include "services/board_time.h"

namespace goodstanding::tools {

// A day, or a day with a time of day. Only the form is checked, so that a day which does not exist
// reaches the server and is refused there.
struct When {
  type::v1::CivilDate date;
  std::optional<int> minute_of_day;  // 0 to 1439, inclusive.

  // nullopt unless the text is "YYYY-MM-DD" or "YYYY-MM-DD HH:MM".
  static std::optional<When> Parse(absl::string_view text);
};

// The moment: 12:00 for a day without a time. nullopt where there is no such day.
std::optional<absl::Time> Instant(const When& when, const services::BoardTime& zone);

// Sets the effective date of a command, or its effective time where the text gives one.
void SetEffective(const When& when, const services::BoardTime& zone,
                  api::v1::CommandHeader& header);

// Sets what a question may know: up to the end of the day, or up to the minute.
void SetKnownAt(const When& when, const services::BoardTime& zone, api::v1::KnownAt& known_at);

// "2025-12-01"; empty where the day is absent.
std::string FormatDate(const type::v1::CivilDate& date);

// "2025-12-01 17:30" in the board's zone.
std::string FormatMinute(absl::Time time, const services::BoardTime& zone);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_WHEN_H_
