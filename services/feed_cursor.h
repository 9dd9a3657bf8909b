// Where one reader of the feed stands, and what it is told next.
#ifndef GOODSTANDING_SERVICES_FEED_CURSOR_H_
#define GOODSTANDING_SERVICES_FEED_CURSOR_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "goodstanding/api/v1/history_service.pb.h"
#include "services/feed_filter.h"
#include "services/paging.h"

namespace goodstanding::services {

// Bounds that tests make small.
struct FeedOptions {
  // Subscriptions that may be open at once.
  int max_subscriptions = 256;
  // A reader that was at the head and is more events behind it than this is told so.
  int64_t live_window = 10'000;
  // The shortest mark_interval that a request may ask for.
  absl::Duration min_mark_interval = absl::Seconds(1);
  // Events of a response, at most.
  int max_page_size = kMaxPageSize;
};

// Whether what a caller read of the log of `origin`, up to `position`, inclusive, is the beginning
// of this one; an empty origin is not checked. LOG_REPLACED; POSITION_BEYOND_HEAD and
// INVALID_ARGUMENT with the field.
absl::Status CheckReadUpTo(const eventstore::EventStore& store, const std::string& origin,
                           int64_t position, absl::string_view field);

// Of a request; nullptr where it has none: then 10 s. INVALID_ARGUMENT.
absl::StatusOr<absl::Duration> ReadMarkInterval(const google::protobuf::Duration* interval,
                                                absl::Duration least);

// Confined to one thread at a time. Holds no event between two calls.
class FeedCursor {
 public:
  // Checks the request against itself and against the log. Both stores outlive the cursor. Errors:
  // INVALID_ARGUMENT with the field, LOG_REPLACED, POSITION_BEYOND_HEAD.
  static absl::StatusOr<FeedCursor> Create(const eventstore::EventStore& store,
                                           eventstore::KeyStore& keys,
                                           const api::v1::SubscribeRequest& request,
                                           const FeedOptions& options);

  // Looks at some thousand events behind position(), at most to the head, and gives the next
  // SubscribeResponse, serialised; nullopt where there is nothing to tell. Then there is more to
  // look at, or position() is the head. `mark_due` asks for a response in any case. Errors: those
  // of the stores.
  absl::StatusOr<std::optional<std::string>> Next(bool mark_due);

  // Everything up to here, inclusive, was looked at.
  int64_t position() const { return position_; }

  absl::Duration mark_interval() const { return mark_interval_; }

 private:
  FeedCursor(const eventstore::EventStore& store, eventstore::KeyStore& keys, FeedFilter filter)
      : store_(&store), keys_(&keys), filter_(std::move(filter)) {}

  // Serialised events of a response: its beginning.
  struct Events {
    std::string bytes;
    int count = 0;
  };
  // Adds what passes up to `head`, and moves the position.
  absl::Status Scan(int64_t head, Events& events);
  // Adds an event, unless the page is full then.
  absl::StatusOr<bool> Add(absl::string_view record, Events& events);

  const eventstore::EventStore* store_;
  eventstore::KeyStore* keys_;
  FeedFilter filter_;
  absl::Duration mark_interval_;
  int64_t live_window_ = 0;
  int page_size_ = 0;
  bool stored_only_ = false;
  eventstore::Record record_;        // Reused for every event.
  api::v1::SubscribeResponse page_;  // Holds one event; reused.
  int64_t position_ = 0;
  bool first_ = true;
  bool live_ = false;  // Has reached the head, and not fallen behind since.
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_FEED_CURSOR_H_
