#include "eventstore/merkle.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "eventstore/crypto.h"
#include "eventstore/keys.h"

namespace goodstanding::eventstore {
namespace {

constexpr char kLeafPrefix = 0x00;
constexpr char kNodePrefix = 0x01;
// ON DISK: the first byte of what a leaf commits to.
constexpr char kCommitment = 0x01;

bool IsOdd(int64_t number) { return (number & 1) != 0; }

// The largest power of two below `size`. REQUIRES: size > 1.
int64_t SplitOf(int64_t size) {
  return static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(size - 1)));
}

// Root of the leaves `begin` (inclusive) to `end` (exclusive), which are a subtree of some tree:
// `begin` is a multiple of a power of two not below their count.
absl::StatusOr<Hash> RangeHash(int64_t begin, int64_t end, const NodeSource& nodes) {
  const int64_t count = end - begin;
  if (std::has_single_bit(static_cast<uint64_t>(count))) {
    const int height = std::countr_zero(static_cast<uint64_t>(count));
    return nodes(height, begin >> height);
  }
  const int64_t middle = begin + SplitOf(count);
  GS_ASSIGN_OR_RETURN(const Hash left, RangeHash(begin, middle, nodes));
  GS_ASSIGN_OR_RETURN(const Hash right, RangeHash(middle, end, nodes));
  return HashNode(left, right);
}

// Walks up a path of a proof: `index` is the node's place in its row, `last` that of the row's end.
struct Climb {
  int64_t index;
  int64_t last;

  // Whether the next sibling is on the left.
  bool LeftSibling() const { return IsOdd(index) || index == last; }

  // One row up, and past the rows where the node has no sibling.
  void Up() {
    while (!IsOdd(index) && index != 0) Shift();
    Shift();
  }

  void Shift() {
    index >>= 1;
    last >>= 1;
  }
};

}  // namespace

Hash HashFromBytes(absl::string_view bytes) {
  GS_CHECK(bytes.size() == kHashBytes);
  Hash hash;
  std::memcpy(hash.data(), bytes.data(), kHashBytes);
  return hash;
}

Hash HashLeaf(absl::string_view data) {
  Hash hash;
  HashSha256({absl::string_view(&kLeafPrefix, 1), data}, hash.data());
  return hash;
}

Hash HashNode(const Hash& left, const Hash& right) {
  std::array<char, 1 + 2 * kHashBytes> bytes;
  bytes[0] = kNodePrefix;
  std::memcpy(bytes.data() + 1, left.data(), kHashBytes);
  std::memcpy(bytes.data() + 1 + kHashBytes, right.data(), kHashBytes);
  Hash hash;
  HashSha256({absl::string_view(bytes.data(), bytes.size())}, hash.data());
  return hash;
}

Hash EmptyRoot() { return HashFromBytes(Sha256("")); }

Hash EventLeaf(int64_t position, absl::string_view record_bytes) {
  std::string data(1, kCommitment);
  AppendNumber(position, &data);
  data.resize(1 + kNumberBytes + kHashBytes);
  HashSha256({record_bytes}, reinterpret_cast<uint8_t*>(data.data()) + 1 + kNumberBytes);
  return HashLeaf(data);
}

absl::StatusOr<Hash> RootOf(int64_t size, const NodeSource& nodes) {
  if (size == 0) return EmptyRoot();
  return RangeHash(0, size, nodes);
}

absl::StatusOr<std::vector<Hash>> InclusionProof(int64_t index, int64_t size,
                                                 const NodeSource& nodes) {
  GS_CHECK(index >= 0 && index < size);
  std::vector<Hash> proof;
  int64_t begin = 0;
  int64_t end = size;
  while (end - begin > 1) {
    const int64_t middle = begin + SplitOf(end - begin);
    const bool left = index < middle;
    GS_ASSIGN_OR_RETURN(const Hash sibling,
                        left ? RangeHash(middle, end, nodes) : RangeHash(begin, middle, nodes));
    proof.push_back(sibling);
    (left ? end : begin) = middle;
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

absl::StatusOr<std::vector<Hash>> ConsistencyProof(int64_t old_size, int64_t size,
                                                   const NodeSource& nodes) {
  GS_CHECK(old_size > 0 && old_size <= size);
  std::vector<Hash> proof;
  int64_t begin = 0;
  int64_t end = size;
  while (end != old_size) {
    const int64_t middle = begin + SplitOf(end - begin);
    const bool left = old_size <= middle;
    GS_ASSIGN_OR_RETURN(const Hash sibling,
                        left ? RangeHash(middle, end, nodes) : RangeHash(begin, middle, nodes));
    proof.push_back(sibling);
    (left ? end : begin) = middle;
  }
  // The old root itself is known to the verifier.
  if (begin > 0) {
    GS_ASSIGN_OR_RETURN(const Hash last, RangeHash(begin, end, nodes));
    proof.push_back(last);
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

// RFC 9162, section 2.1.3.2.
bool VerifyInclusion(int64_t index, int64_t size, const Hash& leaf, const std::vector<Hash>& proof,
                     const Hash& root) {
  if (index < 0 || index >= size) return false;
  Climb climb{.index = index, .last = size - 1};
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (climb.last == 0) return false;
    const bool left = climb.LeftSibling();
    hash = left ? HashNode(sibling, hash) : HashNode(hash, sibling);
    left ? climb.Up() : climb.Shift();
  }
  return climb.last == 0 && hash == root;
}

// RFC 9162, section 2.1.4.2.
bool VerifyConsistency(int64_t old_size, const Hash& old_root, int64_t size, const Hash& root,
                       const std::vector<Hash>& proof) {
  if (old_size <= 0 || old_size > size) return false;
  if (old_size == size) return proof.empty() && old_root == root;
  if (proof.empty()) return false;
  Climb climb{.index = old_size - 1, .last = size - 1};
  while (IsOdd(climb.index)) climb.Shift();
  // An old tree that is one perfect subtree is not in its own proof.
  const bool perfect = std::has_single_bit(static_cast<uint64_t>(old_size));
  Hash old_hash = perfect ? old_root : proof[0];
  Hash hash = old_hash;
  for (size_t i = perfect ? 0 : 1; i < proof.size(); ++i) {
    if (climb.last == 0) return false;
    if (climb.LeftSibling()) {
      old_hash = HashNode(proof[i], old_hash);
      hash = HashNode(proof[i], hash);
      climb.Up();
    } else {
      hash = HashNode(hash, proof[i]);
      climb.Shift();
    }
  }
  return climb.last == 0 && old_hash == old_root && hash == root;
}

CompactRange::CompactRange(int64_t size, std::vector<Hash> hashes)
    : size_(size), hashes_(std::move(hashes)) {
  GS_CHECK(std::popcount(static_cast<uint64_t>(size)) == static_cast<int>(hashes_.size()));
}

void CompactRange::Append(const Hash& leaf, const Completed& completed) {
  Hash node = leaf;
  int height = 0;
  completed(height, size_, node);
  for (int64_t index = size_; IsOdd(index); index >>= 1) {
    node = HashNode(hashes_.back(), node);
    hashes_.pop_back();
    ++height;
    completed(height, size_ >> height, node);
  }
  hashes_.push_back(node);
  ++size_;
}

Hash CompactRange::Root() const {
  if (hashes_.empty()) return EmptyRoot();
  Hash root = hashes_.back();
  for (size_t i = hashes_.size() - 1; i-- > 0;) root = HashNode(hashes_[i], root);
  return root;
}

}  // namespace goodstanding::eventstore
