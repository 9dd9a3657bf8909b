// The board's time zone: the only place where instants become civil days, and back.
#ifndef GOODSTANDING_SERVICES_BOARD_TIME_H_
#define GOODSTANDING_SERVICES_BOARD_TIME_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "domain/dates.h"
#include "google/protobuf/timestamp.pb.h"

namespace goodstanding::services {

// Immutable and thread-safe.
class BoardTime {
 public:
  // INVALID_ARGUMENT where the machine's database has no such zone.
  static absl::StatusOr<BoardTime> Load(const std::string& time_zone);

  // The moment with its civil day and time of day.
  domain::Moment At(absl::Time time) const;

  // Offset of the zone at a moment, in seconds east of UTC.
  int32_t UtcOffsetSeconds(absl::Time time) const;

  // A day without a time: 12:00 of it, for today the present moment.
  absl::Time ResolveDay(domain::Date date, absl::Time now) const;

  // The last microsecond of a day.
  absl::Time EndOf(domain::Date date) const;

  // "America/New_York".
  const std::string& name() const { return name_; }

  // Version of the time-zone database, for example "2026a"; "unknown" where it does not say.
  const std::string& database_version() const { return database_version_; }

 private:
  BoardTime() = default;
  std::string name_;
  std::string database_version_;
  absl::TimeZone zone_;
};

google::protobuf::Timestamp ToTimestamp(absl::Time time);

// INVALID_ARGUMENT, naming the field, outside the years 1900 to 9999 or with wrong nanoseconds.
absl::StatusOr<absl::Time> FromTimestamp(const google::protobuf::Timestamp& timestamp,
                                         absl::string_view field);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_BOARD_TIME_H_
