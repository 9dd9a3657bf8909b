// Tokens of callers and the keys of their issuers: as texts, and as claims that an issuer signed.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "services/jwt.h"
#include "tests/services/token_maker.h"

namespace goodstanding::services {
namespace {

constexpr absl::string_view kIssuer = "issuer";
constexpr absl::string_view kAudience = "board";
constexpr int64_t kNow = 1'750'000'000;

void ReadToken(absl::string_view token, const TokenKeys& keys) {
  (void)ClaimedIssuer(token);
  const auto claims = VerifyToken(token, keys, kIssuer, kAudience, absl::FromUnixSeconds(kNow));
  if (!claims.ok()) {
    GS_CHECK(absl::IsUnauthenticated(claims.status()));
    return;
  }
  GS_CHECK(claims->issuer == kIssuer);
  GS_CHECK(!claims->subject.empty() && claims->subject.find('/') == std::string::npos);
  GS_CHECK(claims->certificate_digest.empty() || claims->certificate_digest.size() == 32);
  GS_CHECK(claims->expiry > absl::FromUnixSeconds(kNow) - kTokenLeeway);
  GS_CHECK(claims->expiry <= absl::FromUnixSeconds(kNow) + kMaxTokenLife + kTokenLeeway);
}

}  // namespace
}  // namespace goodstanding::services

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace goodstanding::services;  // NOLINT
  static const auto* const issuer = new TokenMaker("EdDSA", "k");
  static const auto* const keys = new TokenKeys(TokenKeys::Parse(issuer->Jwks()).value());
  const std::string text(reinterpret_cast<const char*>(data), size);
  (void)TokenKeys::Parse(text);
  ReadToken(text, *keys);
  ReadToken(issuer->Sign(text), *keys);
  return 0;
}
