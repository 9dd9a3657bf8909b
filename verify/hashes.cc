// The calls of OpenSSL 1.1: those of 3.0 take a third longer for the block or two of a leaf or
// node.
#define OPENSSL_API_COMPAT 0x10100000L

#include "verify/hashes.h"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <bit>
#include <cstring>

#include "absl/strings/escaping.h"
#include "base/check.h"
#include "verify/stored_bytes.h"

namespace goodstanding::verify {
namespace {

bool IsOdd(int64_t number) { return (number & 1) != 0; }

// One block of SipHash.
struct SipState {
  uint64_t a, b, c, d;

  void Rounds(int count) {
    for (int i = 0; i < count; ++i) {
      a += b;
      c += d;
      b = std::rotl(b, 13) ^ a;
      d = std::rotl(d, 16) ^ c;
      a = std::rotl(a, 32);
      c += b;
      a += d;
      b = std::rotl(b, 17) ^ c;
      d = std::rotl(d, 21) ^ a;
      c = std::rotl(c, 32);
    }
  }

  void Absorb(uint64_t word) {
    d ^= word;
    Rounds(2);
    a ^= word;
  }
};

}  // namespace

std::string Base64(const Hash& hash) { return absl::Base64Escape(BytesOf(hash)); }

std::optional<Hash> HashFromBytes(absl::string_view bytes) {
  if (bytes.size() != kHashBytes) return std::nullopt;
  Hash hash;
  std::memcpy(hash.data(), bytes.data(), kHashBytes);
  return hash;
}

Hash Sha256(absl::string_view bytes) {
  Hash hash;
  SHA256_CTX context;
  GS_CHECK(SHA256_Init(&context) == 1);
  GS_CHECK(SHA256_Update(&context, bytes.data(), bytes.size()) == 1);
  GS_CHECK(SHA256_Final(hash.data(), &context) == 1);
  return hash;
}

Hash LeafHash(absl::string_view data) {
  std::string bytes(1, '\x00');
  bytes.append(data.data(), data.size());
  return Sha256(bytes);
}

Hash NodeHash(const Hash& left, const Hash& right) {
  std::array<char, 1 + 2 * kHashBytes> bytes;
  bytes[0] = 0x01;
  std::memcpy(bytes.data() + 1, left.data(), kHashBytes);
  std::memcpy(bytes.data() + 1 + kHashBytes, right.data(), kHashBytes);
  return Sha256({bytes.data(), bytes.size()});
}

Hash EventLeaf(int64_t position, const Hash& record_hash) {
  std::array<char, 2 + kNumberBytes + kHashBytes> bytes;
  bytes[0] = 0x00;
  bytes[1] = 0x01;
  for (size_t i = 0; i < kNumberBytes; ++i) {
    bytes[2 + i] = static_cast<char>((static_cast<uint64_t>(position) >> (56 - 8 * i)) & 0xff);
  }
  std::memcpy(bytes.data() + 2 + kNumberBytes, record_hash.data(), kHashBytes);
  return Sha256({bytes.data(), bytes.size()});
}

// RFC 9162, section 2.1.3.2, step by step.
bool CheckInclusion(int64_t index, int64_t size, const Hash& leaf, const std::vector<Hash>& path,
                    const Hash& root) {
  if (index < 0 || index >= size) return false;
  int64_t fn = index;
  int64_t sn = size - 1;
  Hash hash = leaf;
  for (const Hash& sibling : path) {
    if (sn == 0) return false;
    if (IsOdd(fn) || fn == sn) {
      hash = NodeHash(sibling, hash);
      while (!IsOdd(fn) && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && hash == root;
}

bool CheckConsistency(const Tree& older, const Tree& newer, const std::vector<Hash>& proof) {
  if (older.size < 1 || older.size > newer.size) return false;
  if (older.size == newer.size) return proof.empty() && older.root == newer.root;
  if (proof.empty()) return false;
  // The root of a tree that is perfect is a node of the newer one, so the proof leaves it out.
  const bool perfect = (older.size & (older.size - 1)) == 0;
  int64_t fn = older.size - 1;
  int64_t sn = newer.size - 1;
  while (IsOdd(fn)) {
    fn >>= 1;
    sn >>= 1;
  }
  Hash old_hash = perfect ? older.root : proof.front();
  Hash new_hash = old_hash;
  for (size_t i = perfect ? 0 : 1; i < proof.size(); ++i) {
    if (sn == 0) return false;
    if (IsOdd(fn) || fn == sn) {
      old_hash = NodeHash(proof[i], old_hash);
      new_hash = NodeHash(proof[i], new_hash);
      while (!IsOdd(fn) && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      new_hash = NodeHash(new_hash, proof[i]);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && old_hash == older.root && new_hash == newer.root;
}

void Peaks::Append(const Hash& leaf) {
  Hash node = leaf;
  for (int64_t index = count_; IsOdd(index); index >>= 1) {
    node = NodeHash(hashes_.back(), node);
    hashes_.pop_back();
  }
  hashes_.push_back(node);
  ++count_;
}

Hash Peaks::Root(const std::optional<Hash>& last) const {
  std::optional<Hash> root = last;
  for (size_t i = hashes_.size(); i-- > 0;) {
    root = root.has_value() ? NodeHash(hashes_[i], *root) : hashes_[i];
  }
  return root.has_value() ? *root : Sha256("");
}

SecretHash::SecretHash() {
  std::array<unsigned char, sizeof(key_)> bytes;
  GS_CHECK(RAND_bytes(bytes.data(), bytes.size()) == 1);
  std::memcpy(key_.data(), bytes.data(), bytes.size());
}

uint64_t SecretHash::Of(absl::string_view bytes) const {
  SipState state{.a = key_[0] ^ 0x736f6d6570736575,
                 .b = key_[1] ^ 0x646f72616e646f6d,
                 .c = key_[0] ^ 0x6c7967656e657261,
                 .d = key_[1] ^ 0x7465646279746573};
  const uint64_t size = bytes.size();
  uint64_t word = 0;
  for (; bytes.size() >= sizeof(word); bytes.remove_prefix(sizeof(word))) {
    std::memcpy(&word, bytes.data(), sizeof(word));
    state.Absorb(word);
  }
  word = size << 56;
  for (size_t i = 0; i < bytes.size(); ++i) {
    word |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  }
  state.Absorb(word);
  state.c ^= 0xff;
  state.Rounds(4);
  return state.a ^ state.b ^ state.c ^ state.d;
}

}  // namespace goodstanding::verify
