// Rows of the views: what they hold, and finding a day in them.
#ifndef GOODSTANDING_PROJECTIONS_ROWS_H_
#define GOODSTANDING_PROJECTIONS_ROWS_H_

#include <cstdint>
#include <vector>

#include "domain/dates.h"
#include "domain/evaluate.h"
#include "goodstanding/view/v1/rows.pb.h"

namespace goodstanding::projections {

// Version of the rows' shape; another one on disk is rebuilt.
inline constexpr int kViewSchemaVersion = 2;

// The row of a certificant, computed from all its facts. Pure: equal facts give equal bytes.
view::v1::CertificantRow BuildRow(const domain::Facts& facts, int64_t position);
// The same into an empty row of the caller's, on an arena where it is to be fast.
void BuildRow(const domain::Facts& facts, int64_t position, view::v1::CertificantRow& row);

// The answer for one day, computed in full; what BuildRow stores for its days.
view::v1::AnswerSpan BuildAnswer(const domain::Facts& facts, domain::Date day);

// The span of a day in a row's list; nullptr where the day lies before the first one.
const view::v1::StandingSpan* FindStanding(const view::v1::CertificantRow& row, domain::Date day);
const view::v1::AnswerSpan* FindAnswer(const view::v1::CertificantRow& row, domain::Date day);

// The span of a day in a stored row; false where the day lies before the first one. DATA_LOSS where
// the row does not parse as far as it is read. Cost: some hundred nanoseconds.
absl::StatusOr<bool> ReadStanding(absl::string_view row, domain::Date day,
                                  view::v1::StandingSpan& span);

// Whether the cycle that is current on some day from a row's last fact on can end in `year`.
bool CanEndIn(const view::v1::CertificantRow& row, int year);

// End years of the cycles that can be current from a row's last fact on, ascending: what the due
// index holds for it.
std::vector<int> DueYears(const view::v1::CertificantRow& row);

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_ROWS_H_
