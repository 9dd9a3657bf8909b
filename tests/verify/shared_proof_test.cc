// One proof for many leaves, against a tree that is hashed in the plainest way.
#include "verify/shared_proof.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace goodstanding::verify {
namespace {

std::vector<Hash> Leaves(int64_t size) {
  std::vector<Hash> leaves;
  for (int64_t i = 0; i < size; ++i) leaves.push_back(LeafHash(absl::StrCat("leaf ", i)));
  return leaves;
}

// RFC 6962, section 2.1.
Hash PlainRoot(const std::vector<Hash>& leaves, size_t begin, size_t end) {
  if (end - begin == 1) return leaves[begin];
  size_t split = 1;
  while (split * 2 < end - begin) split *= 2;
  return NodeHash(PlainRoot(leaves, begin, begin + split), PlainRoot(leaves, begin + split, end));
}

// The hashes of a proof of some leaves.
void PlainProof(const std::vector<Hash>& leaves, const std::map<int64_t, Hash>& proven,
                size_t begin, size_t end, std::vector<Hash>& hashes) {
  const auto first = proven.lower_bound(static_cast<int64_t>(begin));
  if (first == proven.end() || first->first >= static_cast<int64_t>(end)) {
    hashes.push_back(PlainRoot(leaves, begin, end));
  } else if (end - begin > 1) {
    size_t split = 1;
    while (split * 2 < end - begin) split *= 2;
    PlainProof(leaves, proven, begin, begin + split, hashes);
    PlainProof(leaves, proven, begin + split, end, hashes);
  }
}

TEST(SharedProofTest, AnyLeavesOfAnyTreeLeadToItsRoot) {
  std::mt19937 random(7);
  for (int64_t size = 1; size <= 70; ++size) {
    const std::vector<Hash> leaves = Leaves(size);
    const Hash root = PlainRoot(leaves, 0, leaves.size());
    for (int round = 0; round < 8; ++round) {
      std::map<int64_t, Hash> proven;
      const auto count = 1 + static_cast<int64_t>(random()) % size;
      for (int64_t i = 0; i < count; ++i) {
        const auto index = static_cast<int64_t>(random()) % size;
        proven[index] = leaves[static_cast<size_t>(index)];
      }
      std::vector<Hash> hashes;
      PlainProof(leaves, proven, 0, leaves.size(), hashes);
      EXPECT_EQ(RootOfShared(proven, size, hashes), root) << size;

      std::vector<Hash> more = hashes;
      more.push_back(root);
      EXPECT_EQ(RootOfShared(proven, size, more), std::nullopt) << "one left over";
      if (!hashes.empty()) {
        std::vector<Hash> fewer(hashes.begin(), hashes.end() - 1);
        EXPECT_EQ(RootOfShared(proven, size, fewer), std::nullopt) << "one missing";
        std::vector<Hash> other = hashes;
        other[random() % other.size()][random() % kHashBytes] ^= 1;
        EXPECT_NE(RootOfShared(proven, size, other), root) << "one changed";
      }
      std::map<int64_t, Hash> forged = proven;
      forged.begin()->second[0] ^= 1;
      EXPECT_NE(RootOfShared(forged, size, hashes), root) << "another leaf";
    }
  }
}

TEST(SharedProofTest, LeavesOutsideTheTreeAndNoneAtAllProveNothing) {
  const std::vector<Hash> leaves = Leaves(2);
  const Hash root = PlainRoot(leaves, 0, 2);
  EXPECT_EQ(RootOfShared({}, 2, {root}), std::nullopt);
  EXPECT_EQ(RootOfShared({{2, leaves[0]}}, 2, {root}), std::nullopt);
  EXPECT_EQ(RootOfShared({{-1, leaves[0]}}, 2, {root}), std::nullopt);
  EXPECT_EQ(RootOfShared({{0, leaves[0]}}, 0, {}), std::nullopt);
}

}  // namespace
}  // namespace goodstanding::verify
