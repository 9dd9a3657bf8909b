#include "services/history_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "domain/text.h"
#include "projections/account_streams.h"
#include "projections/codec.h"
#include "projections/replay.h"
#include "services/history_event.h"
#include "services/paging.h"

namespace goodstanding::services {
namespace {

using namespace api::v1;  // NOLINT: the requests and responses, by name.

using eventstore::Direction;
using eventstore::Record;

absl::StatusOr<Direction> ReadOrder(EventOrder order) {
  if (!EventOrder_IsValid(order)) {
    return domain::Refuse("INVALID_ARGUMENT", "order must be ascending or descending.", "order");
  }
  return order == EVENT_ORDER_DESCENDING ? Direction::kBackward : Direction::kForward;
}

// Where a page begins: after the last event of the page before, or at `first`.
absl::StatusOr<int64_t> ReadStart(const PageTokens& tokens, const std::string& page_token,
                                  int64_t first, Direction direction) {
  GS_ASSIGN_OR_RETURN(const std::string last, tokens.Read(page_token));
  int64_t number = 0;
  if (!absl::SimpleAtoi(last, &number)) return first;
  return direction == Direction::kForward ? number + 1 : number - 1;
}

absl::Status FillEvents(const ReadSide& side, eventstore::Page page,
                        google::protobuf::RepeatedPtrField<HistoryEvent>& events) {
  for (Record& record : page.records) {
    GS_RETURN_IF_ERROR(FillEvent(side.keys, std::move(record), *events.Add()));
  }
  return absl::OkStatus();
}

// Says which of a person's events count as never having been.
void MarkAnnulled(const domain::CertificantState& state,
                  google::protobuf::RepeatedPtrField<HistoryEvent>& events) {
  for (HistoryEvent& event : events) {
    event.set_annulment_position(state.AnnulmentOf(event.record().position()));
  }
}

// Positions of all events of a person with several accounts, in the order asked for.
absl::StatusOr<std::vector<int64_t>> PositionsOf(const ReadSide& side,
                                                 const std::vector<std::string>& streams,
                                                 Direction direction) {
  std::vector<int64_t> positions;
  for (const std::string& stream : streams) {
    GS_RETURN_IF_ERROR(side.store.VisitStream(stream, [&](const Record& record) {
      positions.push_back(record.position());
      return absl::OkStatus();
    }));
  }
  std::sort(positions.begin(), positions.end());
  if (direction == Direction::kBackward) std::reverse(positions.begin(), positions.end());
  return positions;
}

// The events of all accounts of a person, by position.
absl::Status EventsOfAccounts(const ReadSide& side, const std::string& id,
                              const domain::CertificantState& state, Direction direction, int size,
                              const std::string& page_token,
                              ListCertificantEventsResponse& response) {
  constexpr size_t kMaxPageBytes = 1 << 20;
  const std::vector<std::string> streams = projections::StreamsOf(state, id);
  GS_ASSIGN_OR_RETURN(const std::vector<int64_t> positions, PositionsOf(side, streams, direction));
  const PageTokens tokens(side.keys, absl::StrCat("account events\n", absl::StrJoin(streams, "\n"),
                                                  "\n", direction == Direction::kBackward));
  GS_ASSIGN_OR_RETURN(const std::string last, tokens.Read(page_token));
  int64_t after = 0;
  size_t next = 0;
  if (absl::SimpleAtoi(last, &after)) {
    const auto found = std::find(positions.begin(), positions.end(), after);
    if (found != positions.end()) next = static_cast<size_t>(found - positions.begin()) + 1;
  }
  size_t bytes = 0;
  for (; next < positions.size() && response.events_size() < size && bytes < kMaxPageBytes;
       ++next) {
    GS_ASSIGN_OR_RETURN(eventstore::Page page,
                        side.store.ReadLog(positions[next], Direction::kForward, 1));
    if (page.records.empty()) return absl::DataLossError("a position of the log is empty");
    bytes += page.records[0].payload().size();
    GS_RETURN_IF_ERROR(FillEvents(side, std::move(page), *response.mutable_events()));
  }
  if (next < positions.size()) {
    response.set_next_page_token(tokens.Make(absl::StrCat(positions[next - 1])));
  }
  MarkAnnulled(state, *response.mutable_events());
  return absl::OkStatus();
}

absl::Status CertificantEvents(const ReadSide& side, const ListCertificantEventsRequest& request,
                               ListCertificantEventsResponse& response) {
  GS_RETURN_IF_ERROR(domain::CheckId(request.certificant_id(), "certificant_id"));
  GS_ASSIGN_OR_RETURN(const int size, ReadPageSize(request.page_size(), side.max_page_size));
  GS_ASSIGN_OR_RETURN(const Direction direction, ReadOrder(request.order()));
  std::string id = request.certificant_id();
  GS_ASSIGN_OR_RETURN(domain::CertificantState state,
                      projections::LoadCertificant(side.store, id, {}));
  if (state.version == 0) return CertificantNotFound(id);
  if (!state.survivor_id.empty()) {
    *response.mutable_merged() = ToMergedId(id, state.survivor_id, state.merged_position);
    id = state.survivor_id;
    GS_ASSIGN_OR_RETURN(state, projections::LoadCertificant(side.store, id, {}));
  }
  if (state.parts != nullptr) {
    return EventsOfAccounts(side, id, state, direction, size, request.page_token(), response);
  }
  const std::string stream = projections::CertificantStream(id);
  const int64_t version = state.version;
  const PageTokens tokens(side.keys, absl::StrCat("events\n", stream, "\n", request.order()));
  GS_ASSIGN_OR_RETURN(const int64_t start,
                      ReadStart(tokens, request.page_token(),
                                direction == Direction::kForward ? 1 : version, direction));
  if (start < 1) return absl::OkStatus();
  GS_ASSIGN_OR_RETURN(eventstore::Page page, side.store.ReadStream(stream, start, direction, size));
  if (!page.end && !page.records.empty()) {
    response.set_next_page_token(tokens.Make(absl::StrCat(page.records.back().version())));
  }
  GS_RETURN_IF_ERROR(FillEvents(side, std::move(page), *response.mutable_events()));
  MarkAnnulled(state, *response.mutable_events());
  return absl::OkStatus();
}

absl::Status Events(const ReadSide& side, const ListEventsRequest& request,
                    ListEventsResponse& response) {
  GS_ASSIGN_OR_RETURN(const int size, ReadPageSize(request.page_size(), side.max_page_size));
  GS_ASSIGN_OR_RETURN(const Direction direction, ReadOrder(request.order()));
  const int64_t head = side.store.Head();
  response.set_head_position(head);
  if (request.start_position() < 0) {
    return domain::Refuse("INVALID_ARGUMENT", "start_position must not be negative.",
                          "start_position");
  }
  int64_t first = request.start_position();
  if (first == 0) first = direction == Direction::kForward ? 1 : head;
  const PageTokens tokens(side.keys,
                          absl::StrCat("log\n", request.start_position(), "\n", request.order()));
  GS_ASSIGN_OR_RETURN(const int64_t start,
                      ReadStart(tokens, request.page_token(), first, direction));
  if (start < 1 || (direction == Direction::kForward && start > head)) return absl::OkStatus();
  GS_ASSIGN_OR_RETURN(eventstore::Page page,
                      side.store.ReadLog(std::min(start, head), direction, size));
  if (!page.end && !page.records.empty()) {
    response.set_next_page_token(tokens.Make(absl::StrCat(page.records.back().position())));
  }
  return FillEvents(side, std::move(page), *response.mutable_events());
}

absl::Status OneEvent(const ReadSide& side, const GetEventRequest& request,
                      GetEventResponse& response) {
  const int64_t position = request.position();
  if (position < 1) {
    return domain::Refuse("INVALID_ARGUMENT", "position must be from 1.", "position");
  }
  if (position > side.store.Head()) {
    return domain::Refuse("EVENT_NOT_FOUND",
                          absl::StrCat("The log has no event at position ", position, " yet."),
                          "position", {{"position", absl::StrCat(position)}});
  }
  GS_ASSIGN_OR_RETURN(eventstore::Page page, side.store.ReadLog(position, Direction::kForward, 1));
  if (page.records.empty()) return absl::DataLossError("a position of the log is empty");
  return FillEvent(side.keys, std::move(page.records[0]), *response.mutable_event());
}

}  // namespace

void HistoryMethods::Serve(Loop& loop) {
  const auto serve = [&](auto accept, auto answer) {
    loop.Serve(*this, accept, [this, answer](auto& call) {
      const absl::Status queued = worker_.Run([this, &call, answer] {
        call.FinishInTime([&] { return answer(side_, call.request(), call.response()); });
      });
      if (!queued.ok()) call.Finish(queued);
    });
  };
  serve(&HistoryMethods::RequestListCertificantEvents, CertificantEvents);
  serve(&HistoryMethods::RequestListEvents, Events);
  serve(&HistoryMethods::RequestGetEvent, OneEvent);
  loop.Serve(*this, &HistoryMethods::RequestSubscribe,
             [this](Feed::Call& call) { feed_.Subscribe(call); });
  loop.Serve(*this, &HistoryMethods::RequestWatchStandings,
             [this](StandingsWatch::Call& call) { watch_.Serve(call); });
}

}  // namespace goodstanding::services
