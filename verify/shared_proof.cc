#include "verify/shared_proof.h"

#include <bit>

namespace goodstanding::verify {
namespace {

class SharedTree {
 public:
  SharedTree(const std::map<int64_t, Hash>& leaves, const std::vector<Hash>& hashes)
      : leaves_(leaves), hashes_(hashes) {}

  // Of the leaves from `begin` to before `end`. As deep as the tree is high: at most 63.
  std::optional<Hash> RootOf(int64_t begin, int64_t end) {
    const auto first = leaves_.lower_bound(begin);
    if (first == leaves_.end() || first->first >= end) return Next();
    if (end - begin == 1) return first->second;
    // The left subtree is the largest perfect one that is smaller than the whole.
    const auto count = static_cast<uint64_t>(end - begin);
    const int64_t middle = begin + static_cast<int64_t>(std::bit_floor(count - 1));
    const std::optional<Hash> left = RootOf(begin, middle);
    const std::optional<Hash> right = RootOf(middle, end);
    if (!left.has_value() || !right.has_value()) return std::nullopt;
    return NodeHash(*left, *right);
  }

  bool AllTaken() const { return next_ == hashes_.size(); }

 private:
  std::optional<Hash> Next() {
    if (next_ == hashes_.size()) return std::nullopt;
    return hashes_[next_++];
  }

  const std::map<int64_t, Hash>& leaves_;
  const std::vector<Hash>& hashes_;
  size_t next_ = 0;
};

}  // namespace

std::optional<Hash> RootOfShared(const std::map<int64_t, Hash>& leaves, int64_t size,
                                 const std::vector<Hash>& hashes) {
  if (leaves.empty() || leaves.begin()->first < 0 || leaves.rbegin()->first >= size) {
    return std::nullopt;
  }
  SharedTree tree(leaves, hashes);
  const std::optional<Hash> root = tree.RootOf(0, size);
  return tree.AllTaken() ? root : std::nullopt;
}

}  // namespace goodstanding::verify
