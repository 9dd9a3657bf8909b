#include "eventstore/shared_proof.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"

namespace goodstanding::eventstore {
namespace {

// Leaves from `first`, inclusive, to `second`, exclusive.
using Range = std::pair<int64_t, int64_t>;

// Where a subtree is parted: behind the largest perfect one that is smaller than the whole.
int64_t MiddleOf(const Range& range) {
  const auto count = static_cast<uint64_t>(range.second - range.first);
  return range.first + static_cast<int64_t>(std::bit_floor(count - 1));
}

// The subtrees whose roots a leaf's proof holds, in its order: the leaf's sibling first.
std::vector<Range> SiblingsOf(int64_t index, int64_t size) {
  std::vector<Range> siblings;
  Range range(0, size);
  while (range.second - range.first > 1) {
    const int64_t middle = MiddleOf(range);
    const bool left = index < middle;
    siblings.push_back(left ? Range(middle, range.second) : Range(range.first, middle));
    (left ? range.second : range.first) = middle;
  }
  std::reverse(siblings.begin(), siblings.end());
  return siblings;
}

bool Holds(const Range& range, const std::vector<int64_t>& positions) {
  const auto first = std::upper_bound(positions.begin(), positions.end(), range.first);
  return first != positions.end() && *first <= range.second;
}

}  // namespace

absl::StatusOr<std::vector<Hash>> ProveTogether(const EventStore& store,
                                                const std::vector<int64_t>& positions,
                                                int64_t size) {
  GS_CHECK(!positions.empty());
  GS_CHECK(std::is_sorted(positions.begin(), positions.end()));
  // By where they begin: subtrees that hold none of the positions do not overlap.
  std::map<Range, Hash> hashes;
  for (const int64_t position : positions) {
    GS_ASSIGN_OR_RETURN(const std::vector<Hash> proof, store.ProveInclusion(position, size));
    const std::vector<Range> siblings = SiblingsOf(position - 1, size);
    GS_CHECK(proof.size() == siblings.size());
    for (size_t i = 0; i < proof.size(); ++i) {
      if (!Holds(siblings[i], positions)) hashes.emplace(siblings[i], proof[i]);
    }
  }
  std::vector<Hash> together;
  for (const auto& [range, hash] : hashes) together.push_back(hash);
  return together;
}

}  // namespace goodstanding::eventstore
