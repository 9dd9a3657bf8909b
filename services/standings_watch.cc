#include "services/standings_watch.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "domain/text.h"
#include "projections/standing_changes.h"
#include "services/board_time.h"
#include "services/feed_cursor.h"
#include "services/paging.h"

namespace goodstanding::services {
namespace {

using api::v1::WatchStandingsRequest;
using api::v1::WatchStandingsResponse;
using projections::ChangeCause;
using projections::ChangeReader;
using projections::StandingChange;
using std::chrono::steady_clock;

constexpr int kDefaultChanges = 500;
constexpr int kMaxCertificants = 1000;
// How long it can take to notice that the caller has gone, or that the server stops.
constexpr absl::Duration kLongestWait = absl::Milliseconds(100);
// The same while the views come up.
constexpr absl::Duration kShortWait = absl::Milliseconds(5);

api::v1::StandingCause ToCause(ChangeCause cause) {
  switch (cause) {
    case ChangeCause::kEvent:
      return api::v1::STANDING_CAUSE_EVENT;
    case ChangeCause::kDay:
      return api::v1::STANDING_CAUSE_DAY;
    case ChangeCause::kRules:
      return api::v1::STANDING_CAUSE_RULES;
    case ChangeCause::kActivity:
      return api::v1::STANDING_CAUSE_ACTIVITY;
  }
  return api::v1::STANDING_CAUSE_UNSPECIFIED;
}

void FillChange(const StandingChange& change, api::v1::StandingChange& message) {
  message.mutable_cursor()->set_position(change.position);
  message.mutable_cursor()->set_ordinal(change.ordinal);
  message.set_certificant_id(change.certificant_id);
  message.set_before(change.before);
  message.set_after(change.after);
  *message.mutable_since_date() = change.since.ToProto();
  message.set_cause(ToCause(change.cause));
  message.set_survivor_id(change.survivor_id);
  *message.mutable_recorded_time() = ToTimestamp(absl::FromUnixMicros(change.recorded_micros));
}

absl::StatusOr<std::set<std::string>> ReadIds(const WatchStandingsRequest& request) {
  if (request.certificant_ids_size() > kMaxCertificants) {
    return domain::Refuse("INVALID_ARGUMENT",
                          absl::StrCat("certificant_ids must hold at most ", kMaxCertificants,
                                       " ids; without ids the stream tells of everybody."),
                          "certificant_ids");
  }
  std::set<std::string> ids;
  for (int i = 0; i < request.certificant_ids_size(); ++i) {
    const std::string& id = request.certificant_ids(i);
    GS_RETURN_IF_ERROR(domain::CheckId(id, absl::StrCat("certificant_ids[", i, "]")));
    ids.insert(id);
  }
  return ids;
}

absl::Status CheckOrdinal(const WatchStandingsRequest& request) {
  const api::v1::StandingCursor& after = request.after();
  if (after.ordinal() >= 0 && (after.ordinal() == 0 || after.position() > 0)) {
    return absl::OkStatus();
  }
  return domain::Refuse("INVALID_ARGUMENT",
                        "after.ordinal must be 0, or from 1 behind a position from 1.",
                        "after.ordinal");
}

}  // namespace

void StandingsWatch::Serve(Call& call) {
  StartStream(call, slots_,
              [this](const WatchStandingsRequest& request, const Send<WatchStandingsResponse>& send,
                     const Gone& gone) {
                const absl::Status status = AnswerWatch(
                    side_, request, send, [this, &gone] { return stopping_ || gone(); });
                if (!stopping_ || !absl::IsCancelled(status)) return status;
                return domain::Refuse(
                    "SERVER_STOPPING",
                    "The server stops; watch again behind the last cursor that was read.");
              });
}

absl::Status AnswerWatch(const ReadSide& side, const WatchStandingsRequest& request,
                         const Send<WatchStandingsResponse>& send, const Gone& gone) {
  GS_ASSIGN_OR_RETURN(std::set<std::string> ids, ReadIds(request));
  GS_ASSIGN_OR_RETURN(int size, ReadPageSize(request.page_size(), side.max_page_size));
  if (request.page_size() == 0) size = std::min(kDefaultChanges, side.max_page_size);
  GS_ASSIGN_OR_RETURN(
      const absl::Duration interval,
      ReadMarkInterval(request.has_mark_interval() ? &request.mark_interval() : nullptr,
                       absl::Seconds(1)));
  GS_RETURN_IF_ERROR(
      CheckReadUpTo(side.store, request.origin(), request.after().position(), "after.position"));
  GS_RETURN_IF_ERROR(CheckOrdinal(request));
  GS_ASSIGN_OR_RETURN(
      const std::unique_ptr<ChangeReader> reader,
      ChangeReader::Create(side.store, side.views, side.projector, side.board, std::move(ids),
                           {request.after().position(), request.after().ordinal()}));
  bool first = true;
  bool caught_up = false;  // And said so.
  auto told = steady_clock::now();
  while (!gone()) {
    const projections::ChangeCursor before = reader->cursor();
    // The mark speaks of this head: of nothing that came meanwhile.
    const int64_t head = side.store.Head();
    GS_ASSIGN_OR_RETURN(const std::vector<StandingChange> changes,
                        reader->Next(static_cast<size_t>(size)));
    const projections::ChangeCursor cursor = reader->cursor();
    const bool at_head = cursor.ordinal == 0 && cursor.position >= head;
    WatchStandingsResponse response;
    if (at_head && !caught_up) {
      response.set_mark(api::v1::FEED_MARK_CAUGHT_UP);
    } else if (changes.empty() &&
               steady_clock::now() - told >= absl::ToChronoNanoseconds(interval)) {
      response.set_mark(api::v1::FEED_MARK_ALIVE);
    }
    if (!changes.empty() || response.mark() != api::v1::FEED_MARK_UNSPECIFIED) {
      for (const StandingChange& change : changes) FillChange(change, *response.add_changes());
      response.mutable_cursor()->set_position(cursor.position);
      response.mutable_cursor()->set_ordinal(cursor.ordinal);
      response.set_head_position(head);
      if (std::exchange(first, false)) response.set_origin(side.store.Origin());
      if (!send(response)) return absl::CancelledError("the caller has gone");
      told = steady_clock::now();
      caught_up = caught_up || at_head;
    }
    if (at_head) {
      side.store.WaitForHead(cursor.position + 1, kLongestWait);
    } else if (cursor.position == before.position && cursor.ordinal == before.ordinal) {
      GS_RETURN_IF_ERROR(side.projector.Health());
      side.projector.WaitFor(cursor.position + 1, kShortWait).IgnoreError();
    }
  }
  return absl::CancelledError("the caller has gone");
}

}  // namespace goodstanding::services
