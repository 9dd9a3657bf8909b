#include "services/jwt.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/json_object.h"
#include "base/status_macros.h"
#include "google/protobuf/util/json_util.h"

namespace goodstanding::services {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr size_t kMaxNameBytes = 256;
constexpr size_t kP256Bytes = 32;
constexpr size_t kDigestBytes = 32;
constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;

struct Free {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* params) const { OSSL_PARAM_free(params); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;
using Key = std::shared_ptr<EVP_PKEY>;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

absl::Status Bad(absl::string_view what) { return absl::UnauthenticatedError(what); }

// The bytes of base64url without padding, in their one spelling.
std::optional<std::string> Decode(absl::string_view text) {
  std::string bytes;
  if (text.empty() || !absl::WebSafeBase64Unescape(text, &bytes)) return std::nullopt;
  if (absl::WebSafeBase64Escape(bytes) != text) return std::nullopt;
  return bytes;
}

// An object; a key that stands twice makes it none.
std::optional<Struct> ReadObject(absl::string_view json) {
  Struct object;
  const auto status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(json.data(), json.size()), &object);
  if (!status.ok()) return std::nullopt;
  return object;
}

const Value* Member(const Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? nullptr : &found->second;
}

// Empty where there is no such text.
std::string TextOf(const Struct& object, const std::string& name) {
  const Value* const value = Member(object, name);
  return value == nullptr ? "" : value->string_value();
}

std::optional<std::string> BytesOf(const Struct& object, const std::string& name) {
  return Decode(TextOf(object, name));
}

// A NumericDate of a year that clocks know.
std::optional<absl::Time> TimeOf(const Struct& object, const std::string& name) {
  constexpr double kLast = 253402300799.0;  // The end of 9999.
  const Value* const value = Member(object, name);
  if (value == nullptr || value->kind_case() != Value::kNumberValue) return std::nullopt;
  const double seconds = value->number_value();
  if (!std::isfinite(seconds) || seconds < 0 || seconds > kLast) return std::nullopt;
  return absl::FromUnixMillis(static_cast<int64_t>(seconds * 1000));
}

// A public key from named parts.
Key FromParts(const char* type, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return Key(key, EVP_PKEY_free);
}

Key Ed25519Key(const Struct& jwk) {
  const auto point = BytesOf(jwk, "x");
  if (TextOf(jwk, "crv") != "Ed25519" || !point) return nullptr;
  EVP_PKEY* const key =
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(*point), point->size());
  return key == nullptr ? nullptr : Key(key, EVP_PKEY_free);
}

Key RsaKey(const Struct& jwk) {
  const auto modulus = BytesOf(jwk, "n");
  const auto exponent = BytesOf(jwk, "e");
  if (!modulus || !exponent || modulus->size() > kMaxRsaBits / 8 || exponent->size() > 4) {
    return nullptr;
  }
  const Owned<BIGNUM> n(BN_bin2bn(Bytes(*modulus), static_cast<int>(modulus->size()), nullptr));
  const Owned<BIGNUM> e(BN_bin2bn(Bytes(*exponent), static_cast<int>(exponent->size()), nullptr));
  if (BN_num_bits(n.get()) < kMinRsaBits || !BN_is_odd(e.get()) || BN_is_one(e.get())) {
    return nullptr;
  }
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return FromParts("RSA", builder.get());
}

Key P256Key(const Struct& jwk) {
  const auto x = BytesOf(jwk, "x");
  const auto y = BytesOf(jwk, "y");
  if (TextOf(jwk, "crv") != "P-256" || !x || !y || x->size() != kP256Bytes ||
      y->size() != kP256Bytes) {
    return nullptr;
  }
  const std::string point = absl::StrCat("\x04", *x, *y);
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  return FromParts("EC", builder.get());  // A point off the curve is no key.
}

// The form in which OpenSSL takes an ES256 signature, which is r and s, 32 bytes each.
std::string EcdsaAsDer(absl::string_view raw) {
  if (raw.size() != 2 * kP256Bytes) return "";
  Owned<BIGNUM> r(BN_bin2bn(Bytes(raw), kP256Bytes, nullptr));
  Owned<BIGNUM> s(BN_bin2bn(Bytes(raw.substr(kP256Bytes)), kP256Bytes, nullptr));
  const Owned<ECDSA_SIG> signature(ECDSA_SIG_new());
  if (ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return "";
  static_cast<void>(r.release());  // The signature's now.
  static_cast<void>(s.release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return "";
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

bool IsName(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c <= '~' && c != '/' && c != '#'; });
}

// `aud` is one text or a list of them.
bool IsFor(const Struct& claims, absl::string_view audience) {
  const Value* const value = Member(claims, "aud");
  if (value == nullptr) return false;
  if (value->kind_case() != Value::kListValue) return value->string_value() == audience;
  const auto& values = value->list_value().values();
  return std::any_of(values.begin(), values.end(),
                     [&](const Value& one) { return one.string_value() == audience; });
}

absl::Status CheckTimes(const Struct& claims, absl::Time now, TokenClaims& result) {
  const auto issued = TimeOf(claims, "iat");
  const auto expiry = TimeOf(claims, "exp");
  if (!issued || !expiry) return Bad("the token has no iat or no exp");
  if (*expiry <= *issued || *expiry - *issued > kMaxTokenLife) {
    return Bad("the token's exp is not within ten minutes behind its iat");
  }
  if (*issued > now + kTokenLeeway) return Bad("the token's iat is yet to come");
  if (*expiry + kTokenLeeway <= now) return Bad("the token has expired");
  if (Member(claims, "nbf") != nullptr) {
    const auto begin = TimeOf(claims, "nbf");
    if (!begin || *begin > now + kTokenLeeway) return Bad("the token's nbf is yet to come");
  }
  result.expiry = *expiry;
  return absl::OkStatus();
}

absl::Status ReadBinding(const Struct& claims, TokenClaims& result) {
  const Value* const confirmation = Member(claims, "cnf");
  if (confirmation == nullptr) return absl::OkStatus();
  const auto digest = BytesOf(confirmation->struct_value(), "x5t#S256");
  if (!digest || digest->size() != kDigestBytes) {
    return Bad("the token's cnf is not the x5t#S256 of a certificate");
  }
  result.certificate_digest = *digest;
  return absl::OkStatus();
}

absl::StatusOr<TokenClaims> ReadClaims(const Struct& claims, absl::string_view issuer,
                                       absl::string_view audience, absl::Time now) {
  TokenClaims result;
  result.issuer = TextOf(claims, "iss");
  if (result.issuer != issuer) return Bad("the token's iss is another issuer");
  if (!IsFor(claims, audience)) return Bad("the token's aud does not name this server");
  result.subject = TextOf(claims, "sub");
  if (!IsName(result.subject)) {
    return Bad("the token's sub is not 1 to 256 printable characters without space, / and #");
  }
  GS_RETURN_IF_ERROR(CheckTimes(claims, now, result));
  GS_RETURN_IF_ERROR(ReadBinding(claims, result));
  return result;
}

// The three parts, still encoded.
absl::StatusOr<std::vector<absl::string_view>> Split(absl::string_view token) {
  if (token.size() > kMaxTokenBytes) return Bad("the token is larger than 8 KiB");
  std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  if (parts.size() != 3) return Bad("the token is not three parts with points between");
  return parts;
}

absl::StatusOr<Struct> DecodeObject(absl::string_view part) {
  const auto json = Decode(part);
  const auto object = json ? ReadObject(*json) : std::nullopt;
  if (!object) return Bad("a part of the token is not base64url of a JSON object");
  return *object;
}

}  // namespace

absl::StatusOr<TokenKey> TokenKey::Parse(absl::string_view jwk) {
  const auto object = ReadObject(jwk);
  if (!object) return absl::InvalidArgumentError("a key is not a JSON object");
  if (Member(*object, "d") != nullptr) {
    return absl::InvalidArgumentError("a key is private; only its public part belongs here");
  }
  if (Member(*object, "use") != nullptr && TextOf(*object, "use") != "sig") {
    return absl::InvalidArgumentError("a key's use is not \"sig\"");
  }
  TokenKey key;
  const std::string type = TextOf(*object, "kty");
  if (type == "OKP") {
    key.algorithm_ = "EdDSA";
    key.key_ = Ed25519Key(*object);
  } else if (type == "RSA") {
    key.algorithm_ = "RS256";
    key.key_ = RsaKey(*object);
  } else if (type == "EC") {
    key.algorithm_ = "ES256";
    key.key_ = P256Key(*object);
  }
  if (key.key_ == nullptr) {
    return absl::InvalidArgumentError("a key is none of Ed25519, RSA of 2048 to 8192 bits, P-256");
  }
  if (Member(*object, "alg") != nullptr && TextOf(*object, "alg") != key.algorithm_) {
    return absl::InvalidArgumentError(absl::StrCat("a key's alg is not ", key.algorithm_));
  }
  return key;
}

bool TokenKey::Verifies(absl::string_view signed_text, absl::string_view signature) const {
  const std::string der = algorithm_ == "ES256" ? EcdsaAsDer(signature) : std::string(signature);
  if (der.empty()) return false;
  const EVP_MD* const digest = algorithm_ == "EdDSA" ? nullptr : EVP_sha256();
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(der), der.size(), Bytes(signed_text),
                          signed_text.size()) == 1;
}

absl::StatusOr<TokenKeys> TokenKeys::Parse(absl::string_view jwks) {
  const auto object = ReadObject(jwks);
  const Value* const list = object ? Member(*object, "keys") : nullptr;
  if (list == nullptr || list->list_value().values().empty()) {
    return absl::InvalidArgumentError("no JSON Web Key Set: an object whose keys list keys");
  }
  TokenKeys keys;
  for (const Value& value : list->list_value().values()) {
    const std::string id = TextOf(value.struct_value(), "kid");
    std::string json;
    if (id.empty() ||
        !google::protobuf::util::MessageToJsonString(value.struct_value(), &json).ok()) {
      return absl::InvalidArgumentError("a key has no kid");
    }
    GS_ASSIGN_OR_RETURN(TokenKey key, TokenKey::Parse(json));
    if (!keys.keys_.emplace(id, std::move(key)).second) {
      return absl::InvalidArgumentError(absl::StrCat("two keys have the kid ", id));
    }
  }
  return keys;
}

const TokenKey* TokenKeys::Find(const std::string& id) const {
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : &found->second;
}

absl::StatusOr<std::string> ClaimedIssuer(absl::string_view token) {
  GS_ASSIGN_OR_RETURN(const auto parts, Split(token));
  GS_ASSIGN_OR_RETURN(const Struct claims, DecodeObject(parts[1]));
  return TextOf(claims, "iss");
}

absl::StatusOr<TokenClaims> VerifyToken(absl::string_view token, const TokenKeys& keys,
                                        absl::string_view issuer, absl::string_view audience,
                                        absl::Time now) {
  GS_ASSIGN_OR_RETURN(const auto parts, Split(token));
  GS_ASSIGN_OR_RETURN(const Struct header, DecodeObject(parts[0]));
  if (Member(header, "crit") != nullptr) return Bad("the token's crit is not understood");
  const TokenKey* const key = keys.Find(TextOf(header, "kid"));
  if (key == nullptr) return Bad("no key of the token's kid is known");
  if (TextOf(header, "alg") != key->algorithm()) {
    return Bad("the token's alg is not that of its key");
  }
  const auto signature = Decode(parts[2]);
  const absl::string_view signed_text = token.substr(0, parts[0].size() + 1 + parts[1].size());
  if (!signature || !key->Verifies(signed_text, *signature)) {
    return Bad("the token's signature is not that of its key");
  }
  GS_ASSIGN_OR_RETURN(const Struct claims, DecodeObject(parts[1]));
  return ReadClaims(claims, issuer, audience, now);
}

}  // namespace goodstanding::services
