// The few primitives of sealing, over OpenSSL. Pure but for the algorithms' own tables.
// Thread-safe.
#ifndef GOODSTANDING_EVENTSTORE_CRYPTO_H_
#define GOODSTANDING_EVENTSTORE_CRYPTO_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

struct evp_md_ctx_st;

namespace goodstanding::eventstore {

inline constexpr size_t kKeyBytes = 32;
inline constexpr size_t kWrappedKeyBytes = 40;
inline constexpr size_t kNonceBytes = 12;
inline constexpr size_t kTagBytes = 16;

// Bytes that are wiped when they go. Neither copied nor moved, so that no second place holds them.
class Secret {
 public:
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  ~Secret();
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  absl::string_view bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// SHA-256: 32 bytes.
std::string Sha256(absl::string_view bytes);

// SHA-256 of the parts, one after the other, into 32 bytes at `digest`. The fastest form: nothing
// is allocated.
void HashSha256(std::initializer_list<absl::string_view> parts, uint8_t* digest);

// SHA-256 of bytes that come in pieces. Confined to one thread.
class Sha256Sum {
 public:
  Sha256Sum();
  ~Sha256Sum();
  Sha256Sum(const Sha256Sum&) = delete;
  Sha256Sum& operator=(const Sha256Sum&) = delete;

  void Add(absl::string_view bytes);
  // The digest of all that was added: 32 bytes. Ends it.
  std::string Finish();

 private:
  evp_md_ctx_st* const context_;  // Owned.
};

// HMAC-SHA-256: 32 bytes. REQUIRES: the key has at most 64 bytes.
std::string HmacSha256(absl::string_view key, absl::string_view bytes);

// Ed25519 (RFC 8032). The private key is its seed of 32 bytes.
inline constexpr size_t kEd25519KeyBytes = 32;
inline constexpr size_t kEd25519SignatureBytes = 64;
std::string Ed25519PublicKey(const Secret& seed);
std::string SignEd25519(const Secret& seed, absl::string_view message);
// False also where the key or the signature has another length.
bool VerifyEd25519(absl::string_view public_key, absl::string_view message,
                   absl::string_view signature);

// AES-256 key wrap (RFC 3394). REQUIRES: both keys have 32 bytes.
std::string WrapKey(absl::string_view wrapping_key, absl::string_view key);

// The key in a wrapped one; nullopt where it was wrapped by another key or is damaged.
std::optional<std::string> UnwrapKey(absl::string_view wrapping_key, absl::string_view wrapped);

// AES-256-GCM: ciphertext, then the tag. REQUIRES: the key has 32 bytes, the nonce 12.
std::string SealGcm(absl::string_view key, absl::string_view nonce, absl::string_view associated,
                    absl::string_view plaintext);

// The plaintext; nullopt where the bytes do not authenticate.
std::optional<std::string> OpenGcm(absl::string_view key, absl::string_view nonce,
                                   absl::string_view associated, absl::string_view sealed);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_CRYPTO_H_
