#include "services/feed_cursor.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "eventstore/rows.h"
#include "google/protobuf/io/coded_stream.h"
#include "services/history_event.h"
#include "services/paging.h"

namespace goodstanding::services {
namespace {

using api::v1::HistoryEvent;
using api::v1::SubscribeRequest;
using api::v1::SubscribeResponse;
using google::protobuf::io::CodedOutputStream;

// Bytes of a response, about: an event that is larger comes alone. An event holds its payload
// twice, as stored and decoded, so with a payload of 1 MiB it stays below the 4 MiB that clients
// take.
constexpr size_t kPageBytes = 256 << 10;
// Events looked at in one call, so that readers whose filters pass little do not hold up others.
constexpr int64_t kScanEvents = 4096;

constexpr absl::Duration kDefaultMarkInterval = absl::Seconds(10);
constexpr absl::Duration kMaxMarkInterval = absl::Seconds(60);

absl::StatusOr<int> ReadFeedPageSize(int32_t page_size, int most) {
  return page_size == 0 ? most : ReadPageSize(page_size, most);
}

// A field of bytes in a serialised message, with a field number up to 15: its tag, its length, and
// room for what it holds.
size_t FieldBytes(size_t size) { return 1 + CodedOutputStream::VarintSize64(size) + size; }

void BeginField(int number, size_t size, std::string& bytes) {
  constexpr int kLengthDelimited = 2;
  constexpr size_t kLongestVarint = 10;
  std::array<uint8_t, 1 + kLongestVarint> head = {};
  head[0] = static_cast<uint8_t>(number << 3 | kLengthDelimited);
  const uint8_t* const end = CodedOutputStream::WriteVarint64ToArray(size, &head[1]);
  bytes.append(reinterpret_cast<const char*>(head.data()), static_cast<size_t>(end - head.data()));
}

// Up to where the log of this origin, and the one that is served, have the same events; nullopt
// where nothing is known of it.
std::optional<int64_t> SharedUpTo(const eventstore::EventStore& store, absl::string_view origin) {
  if (origin.empty() || origin == store.Origin()) return INT64_MAX;
  for (const eventstore::FormerOrigin& former : store.FormerOrigins()) {
    if (former.origin == origin) return former.size;
  }
  return std::nullopt;
}

// What was read of another log: says from where to read this one.
absl::Status LogReplaced(const eventstore::EventStore& store, const std::string& origin,
                         std::optional<int64_t> shared) {
  const std::string end =
      shared ? absl::StrCat("it goes on from its first ", *shared,
                            " events, so subscribe behind position ", *shared, " with its origin.")
             : "read it from its beginning.";
  return domain::Refuse(
      "LOG_REPLACED", absl::StrCat("The log is ", store.Origin(), " now, not ", origin, "; ", end),
      "origin",
      {{"origin", store.Origin()},
       {"position", absl::StrCat(shared.value_or(0))},
       {"head", absl::StrCat(store.Head())}});
}

}  // namespace

absl::StatusOr<absl::Duration> ReadMarkInterval(const google::protobuf::Duration* interval,
                                                absl::Duration least) {
  if (interval == nullptr) return kDefaultMarkInterval;
  const absl::Duration read =
      absl::Seconds(interval->seconds()) + absl::Nanoseconds(interval->nanos());
  if (least <= read && read <= kMaxMarkInterval) return read;
  return domain::Refuse("INVALID_ARGUMENT",
                        absl::StrCat("mark_interval must be from ", absl::FormatDuration(least),
                                     " to ", absl::FormatDuration(kMaxMarkInterval), "."),
                        "mark_interval");
}

absl::Status CheckReadUpTo(const eventstore::EventStore& store, const std::string& origin,
                           int64_t position, absl::string_view field) {
  if (position < 0) {
    return domain::Refuse("INVALID_ARGUMENT", absl::StrCat(field, " must not be negative."), field);
  }
  const std::optional<int64_t> shared = SharedUpTo(store, origin);
  if (!shared.has_value() || position > *shared) return LogReplaced(store, origin, shared);
  const int64_t head = store.Head();
  if (position <= head) return absl::OkStatus();
  return domain::Refuse(
      "POSITION_BEYOND_HEAD",
      absl::StrCat("The log ends at position ", head, "; ", position,
                   " lies beyond it, so that was read from a log that is no longer served."),
      field,
      {{"position", absl::StrCat(position)},
       {"head", absl::StrCat(head)},
       {"origin", store.Origin()}});
}

absl::StatusOr<FeedCursor> FeedCursor::Create(const eventstore::EventStore& store,
                                              eventstore::KeyStore& keys,
                                              const SubscribeRequest& request,
                                              const FeedOptions& options) {
  GS_ASSIGN_OR_RETURN(FeedFilter filter, FeedFilter::Create(request.filter()));
  FeedCursor cursor(store, keys, std::move(filter));
  GS_ASSIGN_OR_RETURN(cursor.page_size_,
                      ReadFeedPageSize(request.page_size(), options.max_page_size));
  GS_ASSIGN_OR_RETURN(
      cursor.mark_interval_,
      ReadMarkInterval(request.has_mark_interval() ? &request.mark_interval() : nullptr,
                       options.min_mark_interval));
  GS_RETURN_IF_ERROR(
      CheckReadUpTo(store, request.origin(), request.after_position(), "after_position"));
  cursor.live_window_ = options.live_window;
  cursor.stored_only_ = request.stored_only();
  cursor.position_ = request.after_position();
  return cursor;
}

absl::StatusOr<std::optional<std::string>> FeedCursor::Next(bool mark_due) {
  SubscribeResponse response;
  Events events;
  // Everything below is about this head: a mark never speaks of events that came meanwhile.
  const int64_t head = store_->Head();
  if (live_ && head - position_ > live_window_) {
    live_ = false;
    response.set_mark(api::v1::FEED_MARK_FELL_BEHIND);
  } else {
    if (position_ < head) GS_RETURN_IF_ERROR(Scan(head, events));
    if (position_ == head && !live_) {
      live_ = true;
      response.set_mark(api::v1::FEED_MARK_CAUGHT_UP);
    } else if (events.count == 0 && mark_due) {
      response.set_mark(api::v1::FEED_MARK_ALIVE);
    } else if (events.count == 0) {
      return std::nullopt;
    }
  }
  response.set_position(position_);
  response.set_head_position(head);
  if (std::exchange(first_, false)) response.set_origin(store_->Origin());
  response.AppendToString(&events.bytes);
  return std::move(events.bytes);
}

absl::Status FeedCursor::Scan(int64_t head, Events& events) {
  const int64_t scanned = filter_.PassesAll() ? page_size_ : kScanEvents;
  const int64_t last = std::min(head, position_ + scanned);
  const absl::Status full = absl::CancelledError("the page is full");
  const absl::Status visited = store_->VisitStoredLog(
      position_ + 1, last, [&](int64_t position, absl::string_view record) -> absl::Status {
        GS_ASSIGN_OR_RETURN(const bool added, Add(record, events));
        if (!added) return full;
        position_ = position;
        return events.count == page_size_ ? full : absl::OkStatus();
      });
  // Where an event is damaged, those before it are given first.
  return events.count == 0 ? visited : absl::OkStatus();
}

absl::StatusOr<bool> FeedCursor::Add(absl::string_view record, Events& events) {
  if (!stored_only_ || !filter_.PassesAll()) {
    GS_RETURN_IF_ERROR(eventstore::ParseRecord(record, &record_));
    if (!filter_.Passes(record_)) return true;
  }
  std::string& bytes = events.bytes;
  if (stored_only_) {
    const size_t event_bytes = FieldBytes(record.size());
    if (events.count > 0 && bytes.size() + FieldBytes(event_bytes) > kPageBytes) return false;
    BeginField(SubscribeResponse::kEventsFieldNumber, event_bytes, bytes);
    BeginField(HistoryEvent::kRecordFieldNumber, record.size(), bytes);
    bytes.append(record.data(), record.size());
  } else {
    page_.Clear();
    GS_RETURN_IF_ERROR(FillEvent(*keys_, record_, *page_.add_events()));
    if (events.count > 0 && bytes.size() + page_.ByteSizeLong() > kPageBytes) return false;
    page_.AppendToString(&bytes);
  }
  ++events.count;
  return true;
}

}  // namespace goodstanding::services
