// A map with a bound that keeps what was used lately.
#ifndef GOODSTANDING_EVENTSTORE_RECENT_MAP_H_
#define GOODSTANDING_EVENTSTORE_RECENT_MAP_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace goodstanding::eventstore {

// Holds at most 2 * `generation` values by name. When the younger generation is full it becomes the
// older one, and what was the older one is dropped: everything used since then stays. Not
// thread-safe.
template <typename Value>
class RecentMap {
 public:
  explicit RecentMap(size_t generation) : generation_(generation) {}

  // The value, or nullptr; valid until the next call.
  const Value* Find(absl::string_view name) {
    const auto young = young_by_hash_.find(name);
    if (young != young_by_hash_.end()) return &young->second;
    const auto old = old_by_hash_.find(name);
    if (old == old_by_hash_.end()) return nullptr;
    Value value = std::move(old->second);
    old_by_hash_.erase(old);
    return Put(name, std::move(value));
  }

  const Value* Put(absl::string_view name, Value value) {
    if (young_by_hash_.size() >= generation_) {
      old_by_hash_ = std::move(young_by_hash_);
      young_by_hash_.clear();
    }
    old_by_hash_.erase(name);
    return &young_by_hash_.insert_or_assign(std::string(name), std::move(value)).first->second;
  }

  void Erase(absl::string_view name) {
    young_by_hash_.erase(name);
    old_by_hash_.erase(name);
  }

 private:
  const size_t generation_;
  absl::flat_hash_map<std::string, Value> young_by_hash_;
  absl::flat_hash_map<std::string, Value> old_by_hash_;
};

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_RECENT_MAP_H_
