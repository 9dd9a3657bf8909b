// Keys and tokens of an issuer that a test plays.
#ifndef GOODSTANDING_TESTS_SERVICES_TOKEN_MAKER_H_
#define GOODSTANDING_TESTS_SERVICES_TOKEN_MAKER_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

struct evp_pkey_st;

namespace goodstanding::services {

class TokenMaker {
 public:
  // A new key for "EdDSA", "RS256" or "ES256".
  TokenMaker(absl::string_view algorithm, const std::string& key_id);

  // The public key, as a member of a key set.
  std::string Jwk() const;
  std::string Jwks() const;

  // A token with this header and these claims, both JSON, signed by the key.
  std::string Sign(const std::string& header, const std::string& claims) const;
  // The same with the header that belongs to the key.
  std::string Sign(const std::string& claims) const;

 private:
  std::string Number(const char* name) const;

  const std::string algorithm_;
  const std::string key_id_;
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_TESTS_SERVICES_TOKEN_MAKER_H_
