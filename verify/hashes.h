// The hashes of the Merkle log (RFC 6962, section 2.1, over SHA-256), written from the standard.
// Pure. Thread-safe.
#ifndef GOODSTANDING_VERIFY_HASHES_H_
#define GOODSTANDING_VERIFY_HASHES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace goodstanding::verify {

inline constexpr size_t kHashBytes = 32;
using Hash = std::array<uint8_t, kHashBytes>;

inline absl::string_view BytesOf(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}
std::string Base64(const Hash& hash);
// nullopt where there are not 32 bytes.
std::optional<Hash> HashFromBytes(absl::string_view bytes);

Hash Sha256(absl::string_view bytes);
// The leaf of any data: SHA-256 of 0x00 and the data.
Hash LeafHash(absl::string_view data);
// SHA-256 of 0x01, left, right.
Hash NodeHash(const Hash& left, const Hash& right);
// The leaf of the event at a position, given SHA-256 of its record as stored: the data are 0x01,
// the position in 8 bytes, and that hash.
Hash EventLeaf(int64_t position, const Hash& record_hash);

// Whether the path leads from leaf `index` to the root of the tree of `size` leaves.
bool CheckInclusion(int64_t index, int64_t size, const Hash& leaf, const std::vector<Hash>& path,
                    const Hash& root);

// Whether the proof shows that the tree (old_size, old_root) is the beginning of (size, root). An
// empty old tree has no proof: false.
struct Tree {
  int64_t size = 0;
  Hash root = {};
};
bool CheckConsistency(const Tree& older, const Tree& newer, const std::vector<Hash>& proof);

// The perfect subtrees that a growing tree is made of, largest first. Its leaves may themselves be
// roots of perfect subtrees, all of one height. Not thread-safe.
class Peaks {
 public:
  void Append(const Hash& leaf);
  // The root where `last`, if given, is the root of the leaves that follow these, fewer than any
  // peak has. SHA-256 of nothing where there is nothing.
  Hash Root(const std::optional<Hash>& last = std::nullopt) const;

  int64_t count() const { return count_; }
  const std::vector<Hash>& hashes() const { return hashes_; }

 private:
  int64_t count_ = 0;
  std::vector<Hash> hashes_;
};

// SipHash-2-4 under a random key of its own: nobody can foresee which bytes collide. Immutable.
class SecretHash {
 public:
  SecretHash();
  uint64_t Of(absl::string_view bytes) const;

 private:
  std::array<uint64_t, 2> key_;
};

}  // namespace goodstanding::verify

#endif  // GOODSTANDING_VERIFY_HASHES_H_
