// Folded states of certificants whose streams grew lately, so that a new event needs no replay.
#ifndef GOODSTANDING_PROJECTIONS_STATE_CACHE_H_
#define GOODSTANDING_PROJECTIONS_STATE_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "projections/replay.h"

namespace goodstanding::projections {

// Forgets the least recently used first. Confined to one thread.
class StateCache {
 public:
  struct Bounds {
    size_t certificants = 100'000;
    int64_t events = 1'000'000;  // Some 200 bytes each.
  };
  explicit StateCache(const Bounds& bounds) : bounds_(bounds) {}

  // Takes a state out; nullopt where it is not there.
  std::optional<ReplayedCertificant> Take(const std::string& certificant_id);

  // Puts a state in, as the most recently used one. REQUIRES: there is none of that id.
  void Put(const std::string& certificant_id, ReplayedCertificant certificant);

  size_t size() const { return entries_.size(); }

 private:
  using Entry = std::pair<std::string, ReplayedCertificant>;

  const Bounds bounds_;
  std::list<Entry> entries_;  // Most recently used first.
  absl::flat_hash_map<std::string, std::list<Entry>::iterator> places_;
  int64_t events_ = 0;
};

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_STATE_CACHE_H_
