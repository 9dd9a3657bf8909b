#include "tests/services/token_maker.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace goodstanding::services {
namespace {

EVP_PKEY* NewKey(absl::string_view algorithm) {
  if (algorithm == "EdDSA") return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (algorithm == "RS256") return EVP_RSA_gen(2048);
  return EVP_EC_gen("P-256");
}

}  // namespace

TokenMaker::TokenMaker(absl::string_view algorithm, const std::string& key_id)
    : algorithm_(algorithm), key_id_(key_id), key_(NewKey(algorithm), EVP_PKEY_free) {
  GS_CHECK(key_ != nullptr);
}

std::string TokenMaker::Number(const char* name) const {
  BIGNUM* number = nullptr;
  GS_CHECK(EVP_PKEY_get_bn_param(key_.get(), name, &number) == 1);
  std::string bytes(static_cast<size_t>(BN_num_bytes(number)), '\0');
  if (algorithm_ == "ES256") bytes.resize(32);
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()),
               static_cast<int>(bytes.size()));
  BN_free(number);
  return absl::WebSafeBase64Escape(bytes);
}

std::string TokenMaker::Jwk() const {
  const std::string start = absl::StrCat("{\"kid\":\"", key_id_, "\",\"kty\":");
  if (algorithm_ == "RS256") {
    return absl::StrCat(start, "\"RSA\",\"n\":\"", Number(OSSL_PKEY_PARAM_RSA_N), "\",\"e\":\"",
                        Number(OSSL_PKEY_PARAM_RSA_E), "\"}");
  }
  if (algorithm_ == "ES256") {
    return absl::StrCat(start, "\"EC\",\"crv\":\"P-256\",\"x\":\"",
                        Number(OSSL_PKEY_PARAM_EC_PUB_X), "\",\"y\":\"",
                        Number(OSSL_PKEY_PARAM_EC_PUB_Y), "\"}");
  }
  std::string point(32, '\0');
  size_t size = point.size();
  EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(point.data()), &size);
  return absl::StrCat(start, "\"OKP\",\"crv\":\"Ed25519\",\"x\":\"",
                      absl::WebSafeBase64Escape(point), "\"}");
}

std::string TokenMaker::Jwks() const { return absl::StrCat("{\"keys\":[", Jwk(), "]}"); }

std::string TokenMaker::Sign(const std::string& header, const std::string& claims) const {
  const std::string text =
      absl::StrCat(absl::WebSafeBase64Escape(header), ".", absl::WebSafeBase64Escape(claims));
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  const EVP_MD* const digest = algorithm_ == "EdDSA" ? nullptr : EVP_sha256();
  std::string signature(1024, '\0');
  size_t size = signature.size();
  GS_CHECK(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1);
  GS_CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                          reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1);
  signature.resize(size);
  if (algorithm_ == "ES256") {
    const auto* der = reinterpret_cast<const unsigned char*>(signature.data());
    ECDSA_SIG* const parts = d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(size));
    std::string raw(64, '\0');
    auto* const bytes = reinterpret_cast<unsigned char*>(raw.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(parts), bytes, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(parts), bytes + 32, 32);
    ECDSA_SIG_free(parts);
    signature = raw;
  }
  return absl::StrCat(text, ".", absl::WebSafeBase64Escape(signature));
}

std::string TokenMaker::Sign(const std::string& claims) const {
  return Sign(absl::StrCat("{\"alg\":\"", algorithm_, "\",\"kid\":\"", key_id_, "\"}"), claims);
}

}  // namespace goodstanding::services
