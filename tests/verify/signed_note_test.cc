#include "verify/signed_note.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "verify/proof_check.h"

namespace goodstanding::verify {
namespace {

using ::goodstanding::testing::StatusIs;
using ::testing::HasSubstr;
using Verdict = SignedCheckpoint::Verdict;

constexpr char kLogKey[] =
    "goodstanding.example/ledger/test+402d4ae1+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
constexpr char kWitnessKey[] =
    "witness.example/w1+20324abe+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X";
constexpr char kProof[] =
    "c2sp.org/tlog-proof@v1\n"
    "index 5\n"
    "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=\n"
    "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=\n"
    "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=\n"
    "\n"
    "goodstanding.example/ledger/test\n"
    "8\n"
    "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
    "\n"
    "\xe2\x80\x94 goodstanding.example/ledger/test "
    "QC1K4cmVCjbWPlz5/ZKMoA9UA7nwvBAiIjRnEUGATkFK8eY72"
    "KTnizWIetOJ7lSk3mh60dyygp2tb9cwbmy8jcWecQI=\n"
    "\xe2\x80\x94 witness.example/w1 "
    "IDJKvgAAAABlU/EAMI9U3ONOuL3QaYQXCMrjrtvjhvnP0/7v8mHjEXaXLjXE87jK"
    "QTALPDDMnwdkpu2MRYSByd1R3YPPgZsg93EZDg==\n";

std::string CheckpointText() {
  const std::string proof = kProof;
  return proof.substr(proof.find("\n\n") + 2);
}

// The same proof with a text replaced, which must be there.
std::string Changed(const std::string& from, const std::string& to) {
  const std::string changed = absl::StrReplaceAll(kProof, {{from, to}});
  EXPECT_NE(changed, kProof) << from;
  return changed;
}

ProofDemands Demands() {
  const PublicKey key = PublicKey::Parse(kLogKey).value();
  return {.origin = key.name,
          .log = LogKeys({key}),
          .witnesses = {PublicKey::Parse(kWitnessKey).value()},
          .quorum = 1};
}

// Leaf 5 of the eight.
Hash Leaf() { return LeafHash("@ABC"); }

absl::Status Prove(const std::string& bytes, const Hash& leaf, const ProofDemands& demands) {
  GS_ASSIGN_OR_RETURN(const ProofFile proof, ProofFile::Parse(bytes));
  return CheckProof(proof, leaf, demands);
}

TEST(SignedNote, TheProofOfTheFormatHolds) {
  ASSERT_EQ(absl::BytesToHexString(BytesOf(Sha256(kProof))),
            "5b575f552e8ff2fe64e3e6534aa37084d01846d21a6315bc8e8f33e1190ede7d");
  GS_ASSERT_OK_AND_ASSIGN(const ProofFile proof, ProofFile::Parse(kProof));
  EXPECT_EQ(proof.index, 5);
  EXPECT_EQ(proof.path.size(), 3u);
  EXPECT_EQ(proof.checkpoint.origin, "goodstanding.example/ledger/test");
  EXPECT_EQ(proof.checkpoint.size, 8);
  GS_EXPECT_OK(CheckProof(proof, Leaf(), Demands()));
  EXPECT_EQ(proof.extra, "");
  const std::string with_extra = Changed("index 5", "extra AAEC\nindex 5");
  EXPECT_EQ(ProofFile::Parse(with_extra)->extra, absl::string_view("\0\1\2", 3));
  GS_EXPECT_OK(Prove(with_extra, Leaf(), Demands()));
}

TEST(SignedNote, EverySmallestChangeOfTheProofIsRefused) {
  const std::string proof = kProof;
  for (size_t i = 0; i < proof.size(); ++i) {
    std::string damaged = proof;
    damaged[i] ^= 0x01;
    EXPECT_FALSE(Prove(damaged, Leaf(), Demands()).ok()) << i;
    EXPECT_FALSE(Prove(proof.substr(0, i), Leaf(), Demands()).ok()) << i;
  }
}

TEST(SignedNote, SaysWhichPartOfAProofFails) {
  constexpr auto kFails = absl::StatusCode::kFailedPrecondition;
  EXPECT_THAT(Prove(kProof, LeafHash("other"), Demands()), StatusIs(kFails, HasSubstr("path")));
  EXPECT_THAT(Prove(Changed("index 5", "index 4"), Leaf(), Demands()),
              StatusIs(kFails, HasSubstr("index 4")));
  EXPECT_THAT(Prove(Changed("\n8\n", "\n9\n"), Leaf(), Demands()),
              StatusIs(kFails, HasSubstr("the signature of goodstanding.example")));
  ProofDemands demands = Demands();
  demands.origin = "another";
  EXPECT_THAT(Prove(kProof, Leaf(), demands), StatusIs(kFails, HasSubstr("another")));
  demands = Demands();
  demands.witnesses.push_back(demands.witnesses[0]);
  demands.quorum = 2;
  EXPECT_THAT(Prove(kProof, Leaf(), demands), StatusIs(kFails, HasSubstr("1 of the given")));
  demands = Demands();
  demands.witnesses[0].key[0] ^= 1;
  EXPECT_THAT(Prove(kProof, Leaf(), demands),
              StatusIs(kFails, HasSubstr("cosignature of witness.example/w1 is wrong")));
}

TEST(SignedNote, ACheckpointStandsToAKey) {
  GS_ASSERT_OK_AND_ASSIGN(const SignedCheckpoint checkpoint,
                          SignedCheckpoint::Parse(CheckpointText()));
  PublicKey key = PublicKey::Parse(kLogKey).value();
  EXPECT_EQ(checkpoint.Check(key), Verdict::kValid);
  EXPECT_EQ(checkpoint.Check(PublicKey::Parse(kWitnessKey).value()), Verdict::kValid);
  key.id[0] ^= 1;
  EXPECT_EQ(checkpoint.Check(key), Verdict::kAbsent);
  key = PublicKey::Parse(kLogKey).value();
  key.key[0] ^= 1;
  EXPECT_EQ(checkpoint.Check(key), Verdict::kForged);
}

TEST(SignedNote, KeysOfAnotherFormAreRefused) {
  GS_EXPECT_OK(
      PublicKey::Parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"));
  const std::string key = kLogKey;
  for (const std::string& text :
       {std::string(), std::string("name"), key.substr(0, key.size() - 4), key + "AAAA",
        absl::StrReplaceAll(key, {{"402d4ae1", "402d4ae2"}}),
        absl::StrReplaceAll(key, {{"402d4ae1", "402D4AE1"}}),
        absl::StrReplaceAll(key, {{"+AQOh", "+AgOh"}}),
        absl::StrReplaceAll(key, {{"ledger", "led ger"}})}) {
    EXPECT_THAT(PublicKey::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(SignedNote, CheckpointsOfAnotherFormAreRefused) {
  const std::string sound = CheckpointText();
  GS_EXPECT_OK(SignedCheckpoint::Parse(sound));
  const auto changed = [&](const std::string& from, const std::string& to) {
    const std::string text = absl::StrReplaceAll(sound, {{from, to}});
    EXPECT_NE(text, sound) << from;
    return text;
  };
  for (const std::string& text :
       {std::string(), changed("\n8\n", "\n08\n"), changed("\n8\n", "\n-8\n"),
        changed("\n8\n", "\n+8\n"), changed("\n8\n", "\n\n"), changed("Qyg=", "Qyg"),
        changed("Qyg=", "Qyh="), changed("\n\n", "\n"), changed("\xe2\x80\x94", "-"),
        changed("Qyg=\n", "Qyg=\n\n\n"), sound.substr(0, sound.size() - 1),
        sound.substr(0, sound.find("\n\n") + 2), sound + std::string(65'536, 'x'),
        changed("\n8\n", "\n8\r\n")}) {
    EXPECT_THAT(SignedCheckpoint::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument))
        << text.substr(0, 400);
  }
}

// Names are bounded by spaces, plus signs and what is below a space, and by nothing else: who
// writes notes takes every other character.
TEST(SignedCheckpointTest, ReadsNamesWithAnyOtherCharacter) {
  for (const char c : {'\x7f', '!', '~'}) {
    const std::string name = std::string("log") + c;
    const std::string note = name + "\n1\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n\u2014 " +
                             name + " AAAAAAAA\n";
    const auto checkpoint = SignedCheckpoint::Parse(note);
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status() << " byte " << int{c};
    EXPECT_EQ(checkpoint->origin, name);
  }
}

}  // namespace
}  // namespace goodstanding::verify
