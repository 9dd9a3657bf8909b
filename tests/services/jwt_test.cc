// Tokens: the examples of the standards, and what must not pass.
#include "services/jwt.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "tests/services/token_maker.h"

namespace goodstanding::services {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kNow = 1'750'000'000;

absl::StatusOr<TokenClaims> Verify(const std::string& token, const std::string& jwks) {
  const auto keys = TokenKeys::Parse(jwks);
  if (!keys.ok()) return keys.status();
  return VerifyToken(token, *keys, "https://login.example", "goodstanding",
                     absl::FromUnixSeconds(kNow));
}

// Claims that are right but for what is changed.
std::string Claims(int64_t issued = kNow, int64_t expiry = kNow + 300,
                   const std::string& more = "") {
  return absl::StrCat(
      "{\"iss\":\"https://login.example\",\"aud\":\"goodstanding\",\"sub\":\"ana\",",
      "\"iat\":", issued, ",\"exp\":", expiry, more, "}");
}

struct Example {
  const char* name;
  const char* jwk;
  const char* token;
};

const Example kExamples[] = {
    {"RFC 8037 A.4",
     R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
     "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
     "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"},
    {"RFC 7515 A.2",
     R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmf)"
     R"(HQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wG)"
     R"(zjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZ)"
     R"(lxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb5)"
     R"(4h4FRWyuXpoQ"})",
     "eyJhbGciOiJSUzI1NiJ9."
     "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
     "Q"
     ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
     "O8W2Fp5ju"
     "jGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
     "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Q"
     "e7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
     "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI"
     "8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"},
    {"RFC 7515 A.3",
     R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
     R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
     "eyJhbGciOiJFUzI1NiJ9."
     "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
     "Q"
     ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"},
};

TEST(JwtTest, ChecksTheExamplesOfTheStandards) {
  for (const Example& example : kExamples) {
    const auto key = TokenKey::Parse(example.jwk);
    ASSERT_TRUE(key.ok()) << example.name << ": " << key.status();
    const std::string token = example.token;
    const size_t end = token.rfind('.');
    std::string signature;
    ASSERT_TRUE(absl::WebSafeBase64Unescape(token.substr(end + 1), &signature));
    EXPECT_TRUE(key->Verifies(token.substr(0, end), signature)) << example.name;
    EXPECT_FALSE(key->Verifies(token.substr(0, end - 1), signature)) << example.name;
    for (const size_t bit : {size_t{0}, signature.size() / 2, signature.size() - 1}) {
      std::string changed = signature;
      changed[bit] = static_cast<char>(changed[bit] ^ 1);
      EXPECT_FALSE(key->Verifies(token.substr(0, end), changed)) << example.name;
    }
    EXPECT_FALSE(key->Verifies(token.substr(0, end), "")) << example.name;
  }
}

TEST(JwtTest, TakesATokenOfEachAlgorithm) {
  for (const char* const algorithm : {"EdDSA", "RS256", "ES256"}) {
    const TokenMaker maker(algorithm, "k1");
    const auto claims = Verify(maker.Sign(Claims()), maker.Jwks());
    ASSERT_TRUE(claims.ok()) << algorithm << ": " << claims.status();
    EXPECT_EQ(claims->subject, "ana");
    EXPECT_EQ(claims->expiry, absl::FromUnixSeconds(kNow + 300));
    EXPECT_EQ(claims->certificate_digest, "");
  }
}

// A token signed by HMAC with the public key's text as the secret.
std::string SignedByPublicKey(const TokenMaker& maker) {
  const std::string text = absl::StrCat(absl::WebSafeBase64Escape(R"({"alg":"HS256","kid":"k1"})"),
                                        ".", absl::WebSafeBase64Escape(Claims()));
  const std::string secret = maker.Jwk();
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
  return absl::StrCat(
      text, ".", absl::WebSafeBase64Escape(std::string(reinterpret_cast<const char*>(mac), size)));
}

TEST(JwtTest, RefusesWhatIsNotSignedByTheKey) {
  const TokenMaker maker("EdDSA", "k1");
  const TokenMaker other("EdDSA", "k1");
  const TokenMaker stranger("EdDSA", "k2");
  const std::string good = maker.Sign(Claims());
  const std::vector<std::string> parts = absl::StrSplit(good, '.');
  const std::string none =
      absl::StrCat(absl::WebSafeBase64Escape(R"({"alg":"none","kid":"k1"})"), ".", parts[1], ".");
  const struct {
    const char* why;
    std::string token;
    const char* message;
  } cases[] = {
      {"no algorithm", none, "alg"},
      {"no algorithm, with a signature", none + parts[2], "alg"},
      {"an algorithm of another key", maker.Sign(R"({"alg":"RS256","kid":"k1"})", Claims()), "alg"},
      {"the public key as a shared secret", SignedByPublicKey(maker), "alg"},
      {"lower case", maker.Sign(R"({"alg":"eddsa","kid":"k1"})", Claims()), "alg"},
      {"another key of the same id", other.Sign(Claims()), "signature"},
      {"an unknown id", stranger.Sign(Claims()), "kid"},
      {"no id", maker.Sign(R"({"alg":"EdDSA"})", Claims()), "kid"},
      {"an extension", maker.Sign(R"({"alg":"EdDSA","kid":"k1","crit":["x"]})", Claims()), "crit"},
      {"the key twice", maker.Sign(R"({"alg":"none","alg":"EdDSA","kid":"k1"})", Claims()), "JSON"},
      {"cut off", good.substr(0, good.size() - 4), "signature"},
      {"cut off at the signature", absl::StrCat(parts[0], ".", parts[1]), "three parts"},
      {"without its signature", absl::StrCat(parts[0], ".", parts[1], "."), "signature"},
      {"more behind it", good + "A", "signature"},
      {"a fourth part", good + ".AAAA", "three parts"},
      {"padding", good + "=", "signature"},
      {"a line's end", good + "\n", "signature"},
      {"other claims", absl::StrCat(parts[0], ".", absl::WebSafeBase64Escape("{}"), ".", parts[2]),
       "signature"},
      {"nothing", "", "three parts"},
      {"points", "..", "base64url"},
      {"too large",
       maker.Sign(
           Claims(kNow, kNow + 300, absl::StrCat(",\"x\":\"", std::string(8192, 'x'), "\""))),
       "8 KiB"},
      {"claims that are no object", maker.Sign("[1]"), "JSON"},
  };
  ASSERT_TRUE(Verify(good, maker.Jwks()).ok());
  for (const auto& test : cases) {
    const auto claims = Verify(test.token, maker.Jwks());
    EXPECT_EQ(claims.status().code(), absl::StatusCode::kUnauthenticated) << test.why;
    EXPECT_THAT(std::string(claims.status().message()), HasSubstr(test.message)) << test.why;
  }
}

TEST(JwtTest, RefusesClaimsThatDoNotHold) {
  const TokenMaker maker("ES256", "k1");
  const auto changed = [](const char* from, const char* to) {
    const std::string claims = absl::StrReplaceAll(Claims(), {{from, to}});
    EXPECT_NE(claims, Claims());
    return claims;
  };
  const struct {
    const char* why;
    std::string claims;
    const char* message;  // Empty: it holds.
  } cases[] = {
      {"the last second of the leeway", Claims(kNow - 359, kNow - 59), ""},
      {"expired, leeway and all", Claims(kNow - 360, kNow - 60), "expired"},
      {"from a clock just ahead", Claims(kNow + 60, kNow + 120), ""},
      {"from the future", Claims(kNow + 61, kNow + 120), "iat"},
      {"ten minutes", Claims(kNow, kNow + 600), ""},
      {"longer", Claims(kNow, kNow + 601), "ten minutes"},
      {"ends before it begins", Claims(kNow, kNow), "ten minutes"},
      {"not yet", Claims(kNow, kNow + 300, absl::StrCat(",\"nbf\":", kNow + 61)), "nbf"},
      {"nbf that is no time", Claims(kNow, kNow + 300, ",\"nbf\":\"x\""), "nbf"},
      {"no expiry", changed("\"exp\"", "\"e\""), "exp"},
      {"no issue", changed("\"iat\"", "\"i\""), "iat"},
      {"expiry as text", changed("\"exp\":", "\"exp\":\"x\",\"e\":"), "exp"},
      {"another audience", changed("goodstanding", "other"), "aud"},
      {"among several audiences", changed("\"goodstanding\"", "[\"a\",\"goodstanding\"]"), ""},
      {"no audience", changed("\"aud\"", "\"a\""), "aud"},
      {"another issuer", changed("login.example", "evil.example"), "iss"},
      {"no subject", changed("\"ana\"", "\"\""), "sub"},
      {"a subject that reaches into another issuer", changed("\"ana\"", "\"a/b\""), "sub"},
      {"a claim twice", changed("\"sub\":", "\"sub\":\"eve\",\"sub\":"), "JSON"},
      {"a binding that is none", Claims(kNow, kNow + 300, R"(,"cnf":{"jkt":"x"})"), "cnf"},
      {"a binding too short", Claims(kNow, kNow + 300, R"(,"cnf":{"x5t#S256":"AAAA"})"), "cnf"},
  };
  for (const auto& test : cases) {
    const auto claims = Verify(maker.Sign(test.claims), maker.Jwks());
    if (*test.message == '\0') {
      EXPECT_TRUE(claims.ok()) << test.why << ": " << claims.status();
    } else {
      EXPECT_EQ(claims.status().code(), absl::StatusCode::kUnauthenticated) << test.why;
      EXPECT_THAT(std::string(claims.status().message()), HasSubstr(test.message)) << test.why;
    }
  }
}

TEST(JwtTest, RefusesKeysThatAreNone) {
  const std::string x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
  const struct {
    const char* why;
    std::string jwks;
  } cases[] = {
      {"nothing", ""},
      {"no keys", R"({"keys":[]})"},
      {"a shared secret", R"({"keys":[{"kid":"a","kty":"oct","k":"AAAA"}]})"},
      {"no id", absl::StrCat(R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":")", x, "\"}]}")},
      {"a private key",
       absl::StrCat(R"({"keys":[{"kid":"a","kty":"OKP","crv":"Ed25519","d":"AA","x":")", x,
                    "\"}]}")},
      {"another curve",
       absl::StrCat(R"({"keys":[{"kid":"a","kty":"OKP","crv":"X25519","x":")", x, "\"}]}")},
      {"for encryption",
       absl::StrCat(R"({"keys":[{"kid":"a","kty":"OKP","use":"enc","crv":"Ed25519","x":")", x,
                    "\"}]}")},
      {"a point off the curve",
       absl::StrCat(R"({"keys":[{"kid":"a","kty":"EC","crv":"P-256","x":")", x, R"(","y":")", x,
                    "\"}]}")},
      {"a short modulus", R"({"keys":[{"kid":"a","kty":"RSA","n":"AQAB","e":"AQAB"}]})"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(TokenKeys::Parse(test.jwks).status().code(), absl::StatusCode::kInvalidArgument)
        << test.why;
  }
  const TokenMaker maker("EdDSA", "a");
  EXPECT_FALSE(
      TokenKeys::Parse(absl::StrCat("{\"keys\":[", maker.Jwk(), ",", maker.Jwk(), "]}")).ok());
}

}  // namespace
}  // namespace goodstanding::services
