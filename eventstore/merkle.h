// The Merkle tree of RFC 6962, section 2.1, over SHA-256: hashes, proofs, and their verification.
// Pure. Thread-safe.
//
// A tree of n leaves is built from perfect subtrees: the node (height, index) covers the leaves
// index * 2^height to (index + 1) * 2^height - 1 and never changes once it is there.
#ifndef GOODSTANDING_EVENTSTORE_MERKLE_H_
#define GOODSTANDING_EVENTSTORE_MERKLE_H_

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace goodstanding::eventstore {

inline constexpr size_t kHashBytes = 32;
using Hash = std::array<uint8_t, kHashBytes>;

inline absl::string_view BytesOf(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}
// REQUIRES: 32 bytes.
Hash HashFromBytes(absl::string_view bytes);

// SHA-256(0x00, data).
Hash HashLeaf(absl::string_view data);
// SHA-256(0x01, left, right).
Hash HashNode(const Hash& left, const Hash& right);
// The root of the tree without leaves: SHA-256 of nothing.
Hash EmptyRoot();

// The leaf of an event: byte 0x01, the position as 8 bytes big-endian, SHA-256 of the record's
// bytes as stored; hashed as a leaf.
Hash EventLeaf(int64_t position, absl::string_view record_bytes);

// Gives the perfect subtree (height, index).
using NodeSource = std::function<absl::StatusOr<Hash>(int height, int64_t index)>;

// Root of the tree of the first `size` leaves. Cost: at most 63 nodes.
absl::StatusOr<Hash> RootOf(int64_t size, const NodeSource& nodes);

// Proof that leaf `index` (from 0) is in the tree of `size` leaves: sibling of the leaf first.
// REQUIRES: 0 <= index < size.
absl::StatusOr<std::vector<Hash>> InclusionProof(int64_t index, int64_t size,
                                                 const NodeSource& nodes);

// Proof that the tree of `old_size` leaves is the beginning of that of `size` leaves.
// REQUIRES: 0 < old_size <= size.
absl::StatusOr<std::vector<Hash>> ConsistencyProof(int64_t old_size, int64_t size,
                                                   const NodeSource& nodes);

// Whether the proof shows that `leaf` is leaf `index` of the tree (size, root). False for every
// proof of a wrong length.
bool VerifyInclusion(int64_t index, int64_t size, const Hash& leaf, const std::vector<Hash>& proof,
                     const Hash& root);

// Whether the proof shows that (old_size, old_root) is the beginning of (size, root). An empty old
// tree has no proof: false.
bool VerifyConsistency(int64_t old_size, const Hash& old_root, int64_t size, const Hash& root,
                       const std::vector<Hash>& proof);

// The roots of the perfect subtrees that a tree is made of, largest first: all that is needed to
// extend it. Not thread-safe.
class CompactRange {
 public:
  CompactRange() = default;
  // REQUIRES: one hash for each bit that is set in `size`.
  CompactRange(int64_t size, std::vector<Hash> hashes);

  // Called with every perfect subtree that the new leaf completes, itself (height 0) first.
  using Completed = std::function<void(int height, int64_t index, const Hash& node)>;
  void Append(const Hash& leaf, const Completed& completed);

  int64_t size() const { return size_; }
  const std::vector<Hash>& hashes() const { return hashes_; }
  Hash Root() const;

 private:
  int64_t size_ = 0;
  std::vector<Hash> hashes_;
};

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_MERKLE_H_
