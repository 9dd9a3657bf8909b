#include "eventstore/log_events.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"

namespace goodstanding::eventstore {
namespace {

// The name of the message in the oneof; empty where none is set.
std::string KindOf(const event::v1::LogEvent& event) {
  const auto* const oneof = event::v1::LogEvent::descriptor()->FindOneofByName("event");
  const auto* const kind =
      event::v1::LogEvent::GetReflection()->GetOneofFieldDescriptor(event, oneof);
  return kind == nullptr ? "" : kind->message_type()->name();
}

}  // namespace

absl::StatusOr<int64_t> AppendLogEvent(EventStore& store, const event::v1::LogEvent& event,
                                       absl::Time now) {
  Record record;
  record.set_stream(std::string(kLogStream));
  record.set_kind(KindOf(event));
  GS_CHECK(!record.kind().empty());
  record.set_payload(event.SerializeAsString());
  record.set_effective_micros(absl::ToUnixMicros(now));
  record.mutable_actor()->set_issuer("none");
  record.mutable_actor()->set_subject("server");
  AppendRequest append;
  append.events.push_back(std::move(record));
  GS_ASSIGN_OR_RETURN(const AppendOutcome outcome, store.Append(std::move(append)));
  return outcome.first_position;
}

absl::Status VisitLogEvents(
    const EventStore& store,
    const std::function<absl::Status(int64_t position, const event::v1::LogEvent& event)>& visit) {
  return store.VisitStream(kLogStream, [&](const Record& record) -> absl::Status {
    event::v1::LogEvent event;
    if (!event.ParseFromString(record.payload()) || KindOf(event).empty() ||
        KindOf(event) != record.kind()) {
      return absl::DataLossError(absl::StrCat("position ", record.position(),
                                              ": the payload is no ", record.kind(),
                                              " that this program knows"));
    }
    return visit(record.position(), event);
  });
}

}  // namespace goodstanding::eventstore
