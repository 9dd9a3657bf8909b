// Signed notes, checkpoints, cosignatures and proof files against published vectors, and against
// bytes that are none of these.
#include "eventstore/note.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::eventstore {
namespace {

using ::goodstanding::testing::StatusIs;

std::string CountingBytes(char first) {
  std::string bytes(kEd25519KeyBytes, first);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(bytes[i] + i);
  return bytes;
}

const Secret& LogSeed() {
  static const auto* const kSeed = new Secret(CountingBytes(0x00));
  return *kSeed;
}

const Secret& WitnessSeed() {
  static const auto* const kSeed = new Secret(CountingBytes(0x20));
  return *kSeed;
}

NoteKey LogKeyOfVector() {
  return {.name = "goodstanding.example/ledger/test", .public_key = Ed25519PublicKey(LogSeed())};
}

NoteKey WitnessKey() {
  return {.name = "witness.example/w1",
          .type = NoteKeyType::kCosignature,
          .public_key = Ed25519PublicKey(WitnessSeed())};
}

constexpr int64_t kVectorTime = 1'700'000'000;

constexpr absl::string_view kVectorCheckpoint =
    "goodstanding.example/ledger/test\n"
    "8\n"
    "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
    "\n"
    "\xe2\x80\x94 goodstanding.example/ledger/test "
    "QC1K4cmVCjbWPlz5/ZKMoA9UA7nwvBAiIjRnEUGATkFK8eY72KTnizWIetOJ7lSk3mh60dyygp2tb9cwbmy8jcWecQI=\n"
    "\xe2\x80\x94 witness.example/w1 "
    "IDJKvgAAAABlU/EAMI9U3ONOuL3QaYQXCMrjrtvjhvnP0/"
    "7v8mHjEXaXLjXE87jKQTALPDDMnwdkpu2MRYSByd1R3YPPgZsg"
    "93EZDg==\n";

constexpr absl::string_view kVectorProofHead =
    "c2sp.org/tlog-proof@v1\n"
    "index 5\n"
    "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=\n"
    "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=\n"
    "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=\n"
    "\n";

std::string VectorProof() { return absl::StrCat(kVectorProofHead, kVectorCheckpoint); }

TEST(NoteKeyTest, PublishedKeys) {
  EXPECT_EQ(absl::BytesToHexString(LogKeyOfVector().public_key),
            "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8");
  EXPECT_EQ(LogKeyOfVector().ToText(),
            "goodstanding.example/ledger/test+402d4ae1+"
            "AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4");
  EXPECT_EQ(WitnessKey().ToText(),
            "witness.example/w1+20324abe+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X");
  for (const NoteKey& key : {LogKeyOfVector(), WitnessKey()}) {
    EXPECT_EQ(NoteKey::Parse(key.ToText()).value(), key);
  }
}

TEST(NoteKeyTest, RefusesWhatIsNoKey) {
  const std::string good = WitnessKey().ToText();
  for (const std::string& text :
       {std::string(), std::string("name"), std::string("name+20324abe"), std::string("a b+0+AA=="),
        absl::StrReplaceAll(good, {{"20324abe", "20324abf"}}),
        absl::StrReplaceAll(good, {{"20324abe", "20324ABE"}}), good + "=", good.substr(1),
        absl::StrReplaceAll(good, {{"+BC", "+BS"}}), good + "\n"}) {
    EXPECT_THAT(NoteKey::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(NoteTest, PublishedNote) {
  const NoteKey key =
      NoteKey::Parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
          .value();
  const std::string bytes =
      "This is an example message.\n\n\xe2\x80\x94 example.com/foo "
      "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
      "\n";
  GS_ASSERT_OK_AND_ASSIGN(Note note, Note::Parse(bytes));
  EXPECT_EQ(note.text, "This is an example message.\n");
  EXPECT_EQ(note.ToText(), bytes);
  EXPECT_EQ(VerifyNote(note, key), NoteVerdict::kValid);
  EXPECT_EQ(VerifyNote(note, LogKeyOfVector()), NoteVerdict::kAbsent);
  note.text = "This is another message.\n";
  EXPECT_EQ(VerifyNote(note, key), NoteVerdict::kForged);
}

TEST(NoteTest, SignsTheVectorByteByByte) {
  GS_ASSERT_OK_AND_ASSIGN(Note note, Note::Parse(kVectorCheckpoint));
  GS_ASSERT_OK_AND_ASSIGN(const Checkpoint checkpoint, Checkpoint::Parse(note.text));
  EXPECT_EQ(checkpoint.origin, "goodstanding.example/ledger/test");
  EXPECT_EQ(checkpoint.size, 8);
  EXPECT_EQ(checkpoint.ToText(), note.text);

  Note made;
  made.text = checkpoint.ToText();
  made.signatures.push_back(SignNote(made.text, LogKeyOfVector(), LogSeed()));
  made.signatures.push_back(CosignNote(made.text, WitnessKey(), WitnessSeed(), kVectorTime));
  EXPECT_EQ(made.ToText(), kVectorCheckpoint);
  EXPECT_EQ(absl::BytesToHexString(Sha256(made.ToText())),
            "809cd2f6d07c4e384b5259edf802ec890c8fccd3c56ffef71c7ce1cdde3fb900");

  int64_t seconds = 0;
  EXPECT_EQ(VerifyNote(note, WitnessKey(), &seconds), NoteVerdict::kValid);
  EXPECT_EQ(seconds, kVectorTime);
}

TEST(NoteTest, TheTextMayHoldEmptyLines) {
  Note note;
  note.text = "one\n\n\ntwo\n";
  note.signatures.push_back(SignNote(note.text, LogKeyOfVector(), LogSeed()));
  GS_ASSERT_OK_AND_ASSIGN(const Note parsed, Note::Parse(note.ToText()));
  EXPECT_EQ(parsed.text, note.text);
  EXPECT_EQ(VerifyNote(parsed, LogKeyOfVector()), NoteVerdict::kValid);
}

TEST(NoteTest, ALineThatClaimsAKnownKeyAndDoesNotVerifyIsAForgery) {
  GS_ASSERT_OK_AND_ASSIGN(Note note, Note::Parse(kVectorCheckpoint));
  NoteSignature forged = note.signatures[0];
  forged.signature[5] ^= 1;
  note.signatures.push_back(forged);
  EXPECT_EQ(VerifyNote(note, LogKeyOfVector()), NoteVerdict::kForged) << "beside a good one";
  note.signatures.back().signature.resize(63);
  EXPECT_EQ(VerifyNote(note, LogKeyOfVector()), NoteVerdict::kForged) << "too short";
  // The time is signed, too.
  note = Note::Parse(kVectorCheckpoint).value();
  note.signatures[1].signature[7] ^= 1;
  EXPECT_EQ(VerifyNote(note, WitnessKey()), NoteVerdict::kForged);
}

TEST(NoteTest, RefusesWhatIsNoNote) {
  const std::string good(kVectorCheckpoint);
  const std::string line = good.substr(good.find("\n\n") + 2);
  for (const std::string& bytes :
       {std::string(), std::string("\n"), std::string("text\n"), std::string("text\n\n"),
        good.substr(0, good.size() - 1), good + "x", good + "\n", "text\n" + line, "\n" + line,
        absl::StrReplaceAll(good, {{"\xe2\x80\x94", "-"}}),
        absl::StrReplaceAll(good, {{"==\n", "\n"}}), absl::StrReplaceAll(good, {{"w1 ", "w1  "}}),
        absl::StrReplaceAll(good, {{"w1 ", "w+1 "}}), absl::StrReplaceAll(good, {{"8\n", "8\r\n"}}),
        absl::StrReplaceAll(good, {{"8\n", std::string("\0\n", 2)}}),
        absl::StrReplaceAll(good, {{"8\n", "\xc0\xaf\n"}}),
        absl::StrReplaceAll(good, {{"8\n", "\xed\xa0\x80\n"}}), good + std::string(70'000, 'x'),
        absl::StrCat("text\n\n\xe2\x80\x94 n AAAA", "\n")}) {
    EXPECT_THAT(Note::Parse(bytes), StatusIs(absl::StatusCode::kInvalidArgument)) << bytes;
  }
}

TEST(CheckpointTest, RefusesWhatIsNoCheckpoint) {
  const std::string root = absl::Base64Escape(std::string(32, 'r'));
  EXPECT_TRUE(Checkpoint::Parse("o\n0\n" + root + "\n").ok());
  EXPECT_TRUE(Checkpoint::Parse("o\n9223372036854775807\n" + root + "\nextension\n").ok());
  for (const std::string& text :
       {std::string(), std::string("o\n"), std::string("o\n1\n"), "\n1\n" + root + "\n",
        "o o\n1\n" + root + "\n", "o\n01\n" + root + "\n", "o\n-1\n" + root + "\n",
        "o\n+1\n" + root + "\n", "o\n\n" + root + "\n", "o\n9223372036854775808\n" + root + "\n",
        "o\n1\n" + root, std::string("o\n1\nAAAA\n"), "o\n1\n" + root + "\n\n",
        "o\n1\n" + root + "\nextension"}) {
    EXPECT_THAT(Checkpoint::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(ProofFileTest, PublishedProof) {
  const std::string bytes = VectorProof();
  EXPECT_EQ(absl::BytesToHexString(Sha256(bytes)),
            "5b575f552e8ff2fe64e3e6534aa37084d01846d21a6315bc8e8f33e1190ede7d");
  GS_ASSERT_OK_AND_ASSIGN(const ProofFile file, ProofFile::Parse(bytes));
  EXPECT_EQ(file.index, 5);
  EXPECT_EQ(file.checkpoint, kVectorCheckpoint);
  EXPECT_EQ(file.ToText(), bytes);

  const Note note = Note::Parse(file.checkpoint).value();
  const Checkpoint checkpoint = Checkpoint::Parse(note.text).value();
  EXPECT_TRUE(VerifyInclusion(file.index, checkpoint.size,
                              HashLeaf(absl::HexStringToBytes("40414243")), file.proof,
                              checkpoint.root));
}

TEST(ProofFileTest, CarriesExtraData) {
  const std::string bytes =
      absl::StrReplaceAll(VectorProof(), {{"@v1\n", "@v1\nextra aGVsbG8=\n"}});
  ProofFile file = ProofFile::Parse(bytes).value();
  EXPECT_EQ(file.extra, "hello");
  EXPECT_EQ(file.ToText(), bytes);
  file.extra.clear();
  EXPECT_EQ(file.ToText(), VectorProof());
}

TEST(ProofFileTest, RefusesWhatIsNoProof) {
  const std::string good = VectorProof();
  std::string endless = "c2sp.org/tlog-proof@v1\nindex 5\n";
  for (int i = 0; i < 64; ++i) {
    absl::StrAppend(&endless, absl::Base64Escape(std::string(32, 'h')), "\n");
  }
  for (const std::string& bytes :
       {std::string(), good.substr(1), absl::StrReplaceAll(good, {{"@v1", "@v2"}}),
        absl::StrReplaceAll(good, {{"index 5", "index 05"}}),
        absl::StrReplaceAll(good, {{"index 5", "index -5"}}),
        absl::StrReplaceAll(good, {{"index 5\n", ""}}),
        absl::StrReplaceAll(good, {{"@v1\n", "@v1\nextra !\n"}}),
        absl::StrReplaceAll(good, {{"vBo", "vB"}}),
        std::string("c2sp.org/tlog-proof@v1\nindex 5\n"), endless + "\n",
        std::string(kVectorProofHead.substr(0, kVectorProofHead.size() - 1))}) {
    EXPECT_THAT(ProofFile::Parse(bytes), StatusIs(absl::StatusCode::kInvalidArgument)) << bytes;
  }
}

}  // namespace
}  // namespace goodstanding::eventstore
