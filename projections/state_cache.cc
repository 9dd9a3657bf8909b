#include "projections/state_cache.h"

#include "base/check.h"

namespace goodstanding::projections {

std::optional<ReplayedCertificant> StateCache::Take(const std::string& certificant_id) {
  const auto place = places_.find(certificant_id);
  if (place == places_.end()) return std::nullopt;
  ReplayedCertificant certificant = std::move(place->second->second);
  entries_.erase(place->second);
  places_.erase(place);
  events_ -= certificant.state.version;
  return certificant;
}

void StateCache::Put(const std::string& certificant_id, ReplayedCertificant certificant) {
  events_ += certificant.state.version;
  entries_.emplace_front(certificant_id, std::move(certificant));
  const bool added = places_.emplace(certificant_id, entries_.begin()).second;
  GS_CHECK(added);
  while (entries_.size() > bounds_.certificants || events_ > bounds_.events) {
    events_ -= entries_.back().second.state.version;
    places_.erase(entries_.back().first);
    entries_.pop_back();
  }
}

}  // namespace goodstanding::projections
