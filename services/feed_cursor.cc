#include "services/feed_cursor.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "services/history_event.h"
#include "services/paging.h"

namespace goodstanding::services {
namespace {

using api::v1::HistoryEvent;
using api::v1::SubscribeRequest;
using api::v1::SubscribeResponse;
using eventstore::Record;

// Bytes of a response, about: an event that is larger comes alone. An event holds its payload
// twice, as stored and decoded, so with a payload of 1 MiB it stays below the 4 MiB that clients
// take.
constexpr size_t kPageBytes = 256 << 10;
// Events looked at in one call, so that readers whose filters pass little do not hold up others.
constexpr int64_t kScanEvents = 4096;

constexpr absl::Duration kDefaultMarkInterval = absl::Seconds(10);
constexpr absl::Duration kMaxMarkInterval = absl::Seconds(60);

absl::StatusOr<absl::Duration> ReadMarkInterval(const SubscribeRequest& request,
                                                absl::Duration least) {
  if (!request.has_mark_interval()) return kDefaultMarkInterval;
  const absl::Duration interval = absl::Seconds(request.mark_interval().seconds()) +
                                  absl::Nanoseconds(request.mark_interval().nanos());
  if (least <= interval && interval <= kMaxMarkInterval) return interval;
  return domain::Refuse("INVALID_ARGUMENT",
                        absl::StrCat("mark_interval must be from ", absl::FormatDuration(least),
                                     " to ", absl::FormatDuration(kMaxMarkInterval), "."),
                        "mark_interval");
}

absl::StatusOr<int> ReadFeedPageSize(int32_t page_size) {
  return page_size == 0 ? kMaxPageSize : ReadPageSize(page_size);
}

// Whether the request and the log belong together.
absl::Status CheckLog(const eventstore::EventStore& store, const SubscribeRequest& request) {
  if (request.after_position() < 0) {
    return domain::Refuse("INVALID_ARGUMENT", "after_position must not be negative.",
                          "after_position");
  }
  const int64_t head = store.Head();
  const std::string position = absl::StrCat(request.after_position());
  if (!request.origin().empty() && request.origin() != store.Origin()) {
    return domain::Refuse("LOG_REPLACED",
                          absl::StrCat("The log is ", store.Origin(), " now, not ",
                                       request.origin(), "; read the new one from its beginning."),
                          "origin", {{"origin", store.Origin()}, {"head", absl::StrCat(head)}});
  }
  if (request.after_position() > head) {
    return domain::Refuse(
        "POSITION_BEYOND_HEAD",
        absl::StrCat("The log ends at position ", head, "; ", position,
                     " lies beyond it, so that was read from a log that is no longer served."),
        "after_position",
        {{"position", position}, {"head", absl::StrCat(head)}, {"origin", store.Origin()}});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FeedCursor> FeedCursor::Create(const eventstore::EventStore& store,
                                              eventstore::KeyStore& keys,
                                              const SubscribeRequest& request,
                                              const FeedOptions& options) {
  GS_ASSIGN_OR_RETURN(FeedFilter filter, FeedFilter::Create(request.filter()));
  FeedCursor cursor(store, keys, std::move(filter));
  GS_ASSIGN_OR_RETURN(cursor.page_size_, ReadFeedPageSize(request.page_size()));
  GS_ASSIGN_OR_RETURN(cursor.mark_interval_, ReadMarkInterval(request, options.min_mark_interval));
  GS_RETURN_IF_ERROR(CheckLog(store, request));
  cursor.live_window_ = options.live_window;
  cursor.position_ = request.after_position();
  return cursor;
}

absl::StatusOr<std::optional<SubscribeResponse>> FeedCursor::Next(bool mark_due) {
  SubscribeResponse response;
  // Everything below is about this head: a mark never speaks of events that came meanwhile.
  const int64_t head = store_->Head();
  if (live_ && head - position_ > live_window_) {
    live_ = false;
    response.set_mark(api::v1::FEED_MARK_FELL_BEHIND);
  } else {
    if (position_ < head) GS_RETURN_IF_ERROR(Scan(head, response));
    if (position_ == head && !live_) {
      live_ = true;
      response.set_mark(api::v1::FEED_MARK_CAUGHT_UP);
    } else if (response.events().empty() && mark_due) {
      response.set_mark(api::v1::FEED_MARK_ALIVE);
    } else if (response.events().empty()) {
      return std::nullopt;
    }
  }
  response.set_position(position_);
  response.set_head_position(head);
  if (std::exchange(first_, false)) response.set_origin(store_->Origin());
  return response;
}

absl::Status FeedCursor::Scan(int64_t head, SubscribeResponse& response) {
  const int64_t scanned = filter_.PassesAll() ? page_size_ : kScanEvents;
  const int64_t last = std::min(head, position_ + scanned);
  const absl::Status full = absl::CancelledError("the page is full");
  size_t bytes = 0;
  const absl::Status visited =
      store_->VisitLog(position_ + 1, last, [&](const Record& record) -> absl::Status {
        if (filter_.Passes(record)) {
          HistoryEvent event;
          GS_RETURN_IF_ERROR(FillEvent(*keys_, record, event));
          const size_t size = event.ByteSizeLong();
          if (bytes > 0 && bytes + size > kPageBytes) return full;
          bytes += size;
          response.mutable_events()->Add(std::move(event));
        }
        position_ = record.position();
        return response.events_size() == page_size_ ? full : absl::OkStatus();
      });
  // Where an event is damaged, those before it are given first.
  return response.events().empty() ? visited : absl::OkStatus();
}

}  // namespace goodstanding::services
