// The days that the log says have passed.
#ifndef GOODSTANDING_PROJECTIONS_CLOSED_DAYS_H_
#define GOODSTANDING_PROJECTIONS_CLOSED_DAYS_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "domain/dates.h"
#include "eventstore/event_store.h"
#include "goodstanding/event/v1/record.pb.h"

namespace goodstanding::projections {

struct ClosedDays {
  std::optional<domain::Date> last;  // Inclusive; all before it have passed too. None: no day.
  int64_t version = 0;               // Of the stream that says so.
};

// As the log says up to `position`, inclusive. DATA_LOSS where an event makes no sense. Cost: a
// read of the end of one stream, and of what lies behind the position.
absl::StatusOr<ClosedDays> LoadClosedDays(const eventstore::EventStore& store, int64_t position);

// The last day that a record of the stream closes. DATA_LOSS where it closes none.
absl::StatusOr<domain::Date> DecodeDaysClosed(const event::v1::Record& record);

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_CLOSED_DAYS_H_
