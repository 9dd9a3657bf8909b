// Checkpoints of a store: signed, stored before they are handed out, never two that disagree; the
// key file; what witnesses add.
#include "eventstore/checkpoint_issuer.h"

#include <sys/stat.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "eventstore/signing_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/eventstore/counting_random.h"
#include "tests/eventstore/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::eventstore {
namespace {

using ::goodstanding::testing::StatusIs;

SigningKey Witness(absl::string_view name, char seed) {
  return SigningKey(name, NoteKeyType::kCosignature, std::string(kEd25519KeyBytes, seed));
}

class CheckpointIssuerTest : public StoreTest {
 protected:
  CheckpointIssuerTest() : witness_(Witness("witness.example/w1", 'w')) { Open(); }

  std::unique_ptr<CheckpointIssuer> Issuer() {
    auto key = std::make_unique<const SigningKey>(store().Origin(), NoteKeyType::kEd25519,
                                                  std::string(kEd25519KeyBytes, 's'));
    return std::make_unique<CheckpointIssuer>(store(), std::move(key),
                                              std::vector<NoteKey>{witness_.public_key()});
  }

  void Append(int count) {
    for (int i = 0; i < count; ++i) {
      GS_ASSERT_OK(store().Append(AppendTo("certificant/ana", store().Head(), {"payload"})));
    }
  }

  // The note with a witness's signature alone.
  static std::string Cosigned(const std::string& bytes, const SigningKey& witness,
                              int64_t seconds) {
    Note note = Note::Parse(bytes).value();
    note.signatures = {witness.Cosign(note.text, seconds)};
    return note.ToText();
  }

  SigningKey witness_;
};

TEST_F(CheckpointIssuerTest, SignsTheRootOfTheWholeLog) {
  const auto issuer = Issuer();
  for (const int64_t size : {0, 1, 3}) {
    Append(static_cast<int>(size - store().Head()));
    GS_ASSERT_OK_AND_ASSIGN(const auto stored, issuer->AtLeast(size));
    GS_ASSERT_OK_AND_ASSIGN(const Note note, Note::Parse(stored.note));
    EXPECT_EQ(VerifyNote(note, issuer->public_key()), NoteVerdict::kValid);
    EXPECT_EQ(Checkpoint::Parse(note.text).value(),
              (Checkpoint{store().Origin(), size, store().TreeRoot(size).value()}));
  }
}

TEST_F(CheckpointIssuerTest, IssuesAnewOnlyWhereTheNewestIsTooSmall) {
  const auto issuer = Issuer();
  Append(2);
  const std::string first = issuer->AtLeast(0)->note;
  Append(2);
  EXPECT_EQ(issuer->AtLeast(0)->note, first);
  EXPECT_EQ(issuer->AtLeast(2)->note, first);
  EXPECT_EQ(issuer->AtLeast(3)->size, 4);
  EXPECT_EQ(issuer->AtLeast(0)->size, 4);
  EXPECT_THAT(issuer->AtLeast(5), StatusIs(absl::StatusCode::kOutOfRange));
}

TEST_F(CheckpointIssuerTest, AnIssuedCheckpointIsThereAfterARestart) {
  Append(2);
  const std::string issued = Issuer()->AtLeast(2)->note;
  Open();
  Append(1);
  EXPECT_EQ(store().FindCheckpoint(INT64_MAX).value()->note, issued);
  EXPECT_EQ(store().FindCheckpoint(2).value()->note, issued);
  EXPECT_EQ(store().FindCheckpoint(1).value(), std::nullopt);
}

TEST_F(CheckpointIssuerTest, KeepsCosignaturesOfKnownWitnesses) {
  const auto issuer = Issuer();
  Append(2);
  const std::string issued = issuer->AtLeast(2)->note;
  GS_ASSERT_OK(issuer->AddCosignatures(Cosigned(issued, witness_, 1'700'000'000)));
  GS_ASSERT_OK_AND_ASSIGN(const auto again,
                          issuer->AddCosignatures(Cosigned(issued, witness_, 1'700'000'060)));
  GS_ASSERT_OK_AND_ASSIGN(const Note note, Note::Parse(again.note));
  EXPECT_EQ(note.signatures.size(), 2u) << "the newer one took the older one's place";
  int64_t seconds = 0;
  EXPECT_EQ(VerifyNote(note, witness_.public_key(), &seconds), NoteVerdict::kValid);
  EXPECT_EQ(seconds, 1'700'000'060);
  EXPECT_EQ(VerifyNote(note, issuer->public_key()), NoteVerdict::kValid);
  EXPECT_EQ(issuer->AtLeast(2)->note, again.note);
}

TEST_F(CheckpointIssuerTest, RefusesWhatDoesNotCosignACheckpointOfOurs) {
  const auto issuer = Issuer();
  Append(2);
  const std::string issued = issuer->AtLeast(2)->note;
  const std::string good = Cosigned(issued, witness_, 1);
  Note forged = Note::Parse(good).value();
  forged.signatures[0].signature[9] ^= 1;
  Note other = Note::Parse(good).value();
  other.text = Checkpoint{store().Origin(), 2, HashLeaf("other")}.ToText();
  other.signatures = {witness_.Cosign(other.text, 1)};
  Note never_issued = other;
  never_issued.text = Checkpoint{store().Origin(), 1, store().TreeRoot(1).value()}.ToText();
  struct Row {
    std::string note;
    absl::StatusCode code;
    std::string why;
  };
  const std::vector<Row> rows = {
      {"", absl::StatusCode::kInvalidArgument, "no note"},
      {forged.ToText(), absl::StatusCode::kInvalidArgument, "a forged signature"},
      {other.ToText(), absl::StatusCode::kInvalidArgument, "another root of that size"},
      {never_issued.ToText(), absl::StatusCode::kInvalidArgument, "a size never issued"},
      {Cosigned(issued, Witness("witness.example/w2", 'x'), 1), absl::StatusCode::kNotFound,
       "an unknown witness"},
      {issued, absl::StatusCode::kNotFound, "our own signature alone"},
  };
  for (const Row& row : rows) {
    EXPECT_THAT(issuer->AddCosignatures(row.note), StatusIs(row.code)) << row.why;
  }
  EXPECT_EQ(issuer->AtLeast(2)->note, issued);
}

TEST_F(CheckpointIssuerTest, TheClockworkIssuesByItselfAndStopsAtOnce) {
  Append(3);
  auto issuer = Issuer();
  issuer->IssueEach(absl::Hours(1));
  // The first turn is taken at once; AtLeast waits behind it or takes its place.
  EXPECT_EQ(issuer->AtLeast(3)->size, 3);
  issuer.reset();
  EXPECT_EQ(store().FindCheckpoint(INT64_MAX).value()->size, 3);
}

TEST(SigningKeyTest, AFileIsMadeOnceForItsOwnerAlone) {
  const ScratchFolder folder;
  const std::string path = folder.path("signing.key");
  CountingRandom random;
  GS_ASSERT_OK_AND_ASSIGN(const SigningKeys made,
                          ReadOrCreateSigningKeys(path, "origin/1", NoteKeyType::kEd25519, random));
  struct stat facts;
  ASSERT_EQ(stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  GS_ASSERT_OK_AND_ASSIGN(const SigningKeys read,
                          ReadOrCreateSigningKeys(path, "origin/1", NoteKeyType::kEd25519, random));
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0]->public_key(), made[0]->public_key());
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  EXPECT_THAT(ReadSigningKeys(path), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(SigningKeyTest, RefusesWhatIsNoKeyAndDoesNotEchoIt) {
  const std::string good =
      std::string(SigningKey("n", NoteKeyType::kEd25519, std::string(32, 's')).ToText().bytes());
  EXPECT_EQ(SigningKey::Parse(good).value()->ToText().bytes(), good);
  for (const std::string& text :
       {std::string("secret"), good.substr(1), good + "A", good.substr(0, good.size() - 4),
        "PRIVATE+KEY+m" + good.substr(std::string("PRIVATE+KEY+n").size())}) {
    const absl::Status status = SigningKey::Parse(text).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition)) << text;
    EXPECT_EQ(std::string(status.message()).find(text), std::string::npos);
  }
}

// What a lenient reader of base64 or hex skips or folds is another text, and so no key.
TEST(SigningKeyTest, HasOneText) {
  const std::string good =
      std::string(SigningKey("n", NoteKeyType::kEd25519, std::string(32, 's')).ToText().bytes());
  for (size_t at = 0; at <= good.size(); ++at) {
    for (const char added : {'\t', ' ', '\r', '\n', '=', '+', '\0'}) {
      std::string text = good;
      text.insert(at, 1, added);
      EXPECT_FALSE(SigningKey::Parse(text).ok()) << "byte " << int{added} << " at " << at;
    }
  }
  std::string upper = good;
  const size_t id = std::string("PRIVATE+KEY+n+").size();
  for (size_t at = id; at < id + 8; ++at)
    upper[at] = absl::ascii_toupper(static_cast<unsigned char>(upper[at]));
  ASSERT_NE(upper, good);
  EXPECT_FALSE(SigningKey::Parse(upper).ok());
}

}  // namespace
}  // namespace goodstanding::eventstore
