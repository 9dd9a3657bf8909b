// Which events a feed gives.
#ifndef GOODSTANDING_SERVICES_FEED_FILTER_H_
#define GOODSTANDING_SERVICES_FEED_FILTER_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "eventstore/event_store.h"
#include "goodstanding/api/v1/history_service.pb.h"

namespace goodstanding::services {

// Immutable.
class FeedFilter {
 public:
  // INVALID_ARGUMENT, with the field, for too many entries or one that no event can ever match.
  static absl::StatusOr<FeedFilter> Create(const api::v1::EventFilter& filter);

  // Looks at stream and kind only. Cost: a comparison a prefix, and two look-ups.
  bool Passes(const eventstore::Record& record) const;

  // Whether every event passes.
  bool PassesAll() const { return prefixes_.empty() && streams_.empty() && kinds_.empty(); }

 private:
  FeedFilter() = default;

  std::vector<std::string> prefixes_;
  absl::flat_hash_set<std::string> streams_;
  absl::flat_hash_set<std::string> kinds_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_FEED_FILTER_H_
