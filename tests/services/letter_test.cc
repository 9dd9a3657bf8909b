// Verification letters: the same core for ever, and what has changed around it.
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "goodstanding/api/v1/evidence_service.pb.h"
#include "tests/services/service_fixture.h"
#include "verify/letter.h"
#include "verify/signed_note.h"

namespace goodstanding::services {
namespace {

using api::v1::GetVerificationLetterResponse;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class LetterTest : public ServiceTest {
 protected:
  GetVerificationLetterResponse Letter(absl::string_view text) {
    return Ask<GetVerificationLetterResponse>(*RequestOf("GetVerificationLetter", text));
  }
  static verify::PublicKey KeyOf(const GetVerificationLetterResponse& letter) {
    return verify::PublicKey::Parse(letter.verifier_key()).value();
  }
};

TEST_F(LetterTest, SaysWhetherThePersonIsCertifiedWithoutAName) {
  Certify("ana");
  const auto letter = Letter("certificant_id: 'ana'");
  const auto key = KeyOf(letter);
  EXPECT_THAT(key.name, EndsWith("/letters"));
  const auto said = verify::CheckLetter(letter.letter(), key);
  ASSERT_TRUE(said.ok()) << said.status();
  EXPECT_THAT(*said,
              AllOf(HasSubstr("certificant ana\ncredentials CPCS\nstanding ACTIVE\ncertified yes\n"
                              "as-of 2025-09-15\nrules namss-2025@1\nposition 3\n"),
                    HasSubstr("answered 2025-09-15T16:00:00Z\nhead 3\nchanged no\n")));
  EXPECT_THAT(letter.letter(), AllOf(HasSubstr(letter.core()), Not(HasSubstr("Person"))));
  const auto core = verify::CheckLetter(letter.core(), key);
  ASSERT_TRUE(core.ok()) << core.status();
  EXPECT_THAT(*said, StartsWith(*core));
}

TEST_F(LetterTest, TheCoreIsTheSameForEverAndWhatChangedStandsAroundIt) {
  Certify("ana");
  const int64_t then = Head();
  constexpr char kQuestion[] =
      "certificant_id: 'ana' as_of_date { year: 2025 month: 9 day: 15 } position: ";
  const auto first = Letter(absl::StrCat(kQuestion, then));
  SetClock("2026-03-01");
  Certify("bea");
  const auto others = Letter(absl::StrCat(kQuestion, then));
  EXPECT_EQ(others.core(), first.core());
  EXPECT_THAT(others.letter(), HasSubstr("\nchanged no\n"));
  Do("RevokeCredential",
     "header { effective_date { year: 2025 month: 9 day: 1 } } certificant_id: 'ana' reason: 'x'");
  Restart();
  const auto later = Letter(absl::StrCat(kQuestion, then));
  EXPECT_EQ(later.core(), first.core());
  EXPECT_THAT(later.letter(), HasSubstr("\nchanged yes\n"));
  EXPECT_NE(later.letter(), first.letter());
  EXPECT_THAT(Letter("certificant_id: 'ana' as_of_date { year: 2025 month: 9 day: 15 }").core(),
              HasSubstr("standing REVOKED\ncertified no\n"));
}

TEST_F(LetterTest, AKeyOfItsOwnIsKeptOverRestarts) {
  options().sync = true;
  Restart([&] { std::filesystem::remove_all(folder()); });  // The folder was one without keys.
  Do("RegisterCertificant", "certificant_id: 'ana' name: 'Ana'");
  const auto first = Letter("certificant_id: 'ana'");
  Restart();
  const auto again = Letter("certificant_id: 'ana'");
  EXPECT_EQ(again.verifier_key(), first.verifier_key());
  EXPECT_EQ(again.core(), first.core());
}

TEST_F(LetterTest, AnyChangedByteAndAnyOtherKeyIsRefused) {
  Certify("ana");
  const auto letter = Letter("certificant_id: 'ana'");
  const auto key = KeyOf(letter);
  for (const std::string& whole : {letter.letter(), letter.core()}) {
    for (size_t i = 0; i < whole.size(); ++i) {
      std::string flipped = whole;
      flipped[i] = static_cast<char>(flipped[i] ^ 1);
      EXPECT_FALSE(verify::CheckLetter(flipped, key).ok()) << whole.substr(i, 20);
    }
  }
  // The core of one letter in what stands around another one.
  Certify("bea");
  const auto other = Letter("certificant_id: 'bea'");
  EXPECT_FALSE(verify::CheckLetter(
                   absl::StrReplaceAll(letter.letter(), {{letter.core(), other.core()}}), key)
                   .ok());
  const auto stranger = verify::PublicKey::Parse(
                            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
                            .value();
  EXPECT_EQ(verify::CheckLetter(letter.letter(), stranger).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(verify::IsLetter("goodstanding dossier/v1\n"));
}

TEST_F(LetterTest, WhatCannotBeSaidIsRefused) {
  Certify("ana");
  EXPECT_EQ(ReasonOf(Try("GetVerificationLetter", "certificant_id: 'nobody'")),
            "CERTIFICANT_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Try("GetVerificationLetter", "certificant_id: 'ana' position: 4")),
            "POSITION_BEYOND_HEAD");
  EXPECT_EQ(ReasonOf(Try("GetVerificationLetter", "certificant_id: 'ana' position: -1")),
            "INVALID_ARGUMENT");
}

}  // namespace
}  // namespace goodstanding::services
