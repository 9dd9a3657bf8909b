#include "projections/closed_days.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "projections/codec.h"

namespace goodstanding::projections {

absl::StatusOr<domain::Date> DecodeDaysClosed(const event::v1::Record& record) {
  GS_ASSIGN_OR_RETURN(const event::v1::LogEvent event, DecodeLog(record));
  const auto day = domain::Date::FromProto(event.days_closed().last_date());
  if (day.has_value()) return *day;
  return absl::DataLossError(
      absl::StrCat("position ", record.position(), ": the event closes no day of the calendar"));
}

absl::StatusOr<ClosedDays> LoadClosedDays(const eventstore::EventStore& store, int64_t position) {
  constexpr int kPage = 100;
  GS_ASSIGN_OR_RETURN(int64_t version, store.StreamVersion(kDaysStream));
  while (version > 0) {
    GS_ASSIGN_OR_RETURN(
        const eventstore::Page page,
        store.ReadStream(kDaysStream, version, eventstore::Direction::kBackward, kPage));
    for (const event::v1::Record& record : page.records) {
      version = record.version() - 1;
      if (record.position() > position) continue;
      GS_ASSIGN_OR_RETURN(const domain::Date last, DecodeDaysClosed(record));
      return ClosedDays{last, record.version()};
    }
    if (page.records.empty()) break;
  }
  return ClosedDays();
}

}  // namespace goodstanding::projections
