// Facts about the log itself, which the log holds in a stream of its own.
#ifndef GOODSTANDING_EVENTSTORE_LOG_EVENTS_H_
#define GOODSTANDING_EVENTSTORE_LOG_EVENTS_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "eventstore/event_store.h"
#include "goodstanding/event/v1/log_event.pb.h"

namespace goodstanding::eventstore {

// ON DISK: the stream of every LogEvent but DaysClosed, which the server records.
inline constexpr absl::string_view kLogStream = "log/origin";

// Appends a fact about the log, effective now, by the server itself; returns its position. Errors
// as of EventStore::Append. REQUIRES: its oneof is set.
absl::StatusOr<int64_t> AppendLogEvent(EventStore& store, const event::v1::LogEvent& event,
                                       absl::Time now);

// Calls `visit` with every event of that stream, in order. DATA_LOSS where one is of no kind that
// this program knows; what `visit` returns, where that is an error.
absl::Status VisitLogEvents(
    const EventStore& store,
    const std::function<absl::Status(int64_t position, const event::v1::LogEvent& event)>& visit);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_LOG_EVENTS_H_
