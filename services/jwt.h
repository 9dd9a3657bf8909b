// Signed tokens (RFC 7519 in the compact form of RFC 7515), as callers present them. Of all that
// the standards allow only what is named here is taken: EdDSA with Ed25519, RS256 and ES256; keys
// from a JSON Web Key Set; no encryption, no shared secrets, no "crit".
#ifndef GOODSTANDING_SERVICES_JWT_H_
#define GOODSTANDING_SERVICES_JWT_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

struct evp_pkey_st;

namespace goodstanding::services {

// A public key that checks signatures of one algorithm. Immutable, thread-safe.
class TokenKey {
 public:
  // `jwk` is the JSON of one key. INVALID_ARGUMENT says what is wrong with it.
  static absl::StatusOr<TokenKey> Parse(absl::string_view jwk);

  // "EdDSA", "RS256" or "ES256".
  const std::string& algorithm() const { return algorithm_; }

  // Whether the signature, as bytes, is this key's.
  bool Verifies(absl::string_view signed_text, absl::string_view signature) const;

 private:
  std::string algorithm_;
  std::shared_ptr<evp_pkey_st> key_;
};

// Keys by their ids. Immutable, thread-safe.
class TokenKeys {
 public:
  // The text of a JSON Web Key Set; each key has a `kid` of its own. INVALID_ARGUMENT where any key
  // is wrong.
  static absl::StatusOr<TokenKeys> Parse(absl::string_view jwks);

  // nullptr where there is none of this id.
  const TokenKey* Find(const std::string& id) const;

 private:
  std::map<std::string, TokenKey> keys_;
};

// What a token says.
struct TokenClaims {
  std::string issuer;
  // 1 to 256 printable ASCII characters without space, '/' and '#'.
  std::string subject;
  // SHA-256 of the certificate that the token is bound to; empty where it is bound to none.
  std::string certificate_digest;
  absl::Time expiry;
};

// The longest life of a token, and by how much clocks may differ.
inline constexpr absl::Duration kMaxTokenLife = absl::Minutes(10);
inline constexpr absl::Duration kTokenLeeway = absl::Seconds(60);
inline constexpr size_t kMaxTokenBytes = 8 << 10;

// The issuer that a token claims, unchecked: whose keys it is to be checked with.
absl::StatusOr<std::string> ClaimedIssuer(absl::string_view token);

// UNAUTHENTICATED, with what is wrong but nothing of the token, unless all holds: signed by one of
// the keys with that key's algorithm, of this issuer and for this audience, not expired, not before
// its time, expiry at most ten minutes behind the issue.
absl::StatusOr<TokenClaims> VerifyToken(absl::string_view token, const TokenKeys& keys,
                                        absl::string_view issuer, absl::string_view audience,
                                        absl::Time now);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_JWT_H_
