// Another key signs: each step of it, and a start after a crash at each of them.
#include "eventstore/key_rotation.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "eventstore/checkpoint_issuer.h"
#include "eventstore/log_events.h"
#include "eventstore/secret_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/env.h"
#include "tests/eventstore/counting_random.h"
#include "tests/eventstore/faults_fixture.h"
#include "tests/eventstore/faulty_file_system.h"
#include "tests/eventstore/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::eventstore {
namespace {

using ::goodstanding::testing::IsOkAndHolds;
using ::goodstanding::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class KeyRotationTest : public StoreTest {
 protected:
  KeyRotationTest() : path_(folder_.path("signing.key")) {
    Open();
    GS_EXPECT_OK(ReadOrCreateSigningKeys(path_, store().Origin(), NoteKeyType::kEd25519, random_));
  }

  void Append(int count) {
    for (int i = 0; i < count; ++i) {
      GS_ASSERT_OK(store().Append(AppendTo("certificant/ana", version_++, {"payload"})));
    }
  }

  std::vector<std::string> KeysOfFile() {
    std::vector<std::string> texts;
    const SigningKeys keys = ReadSigningKeys(path_).value();
    for (const auto& key : keys) texts.push_back(key->public_key().ToText());
    return texts;
  }

  // What a start of the server does: the key that signs from now on.
  absl::StatusOr<std::string> Settle() {
    GS_ASSIGN_OR_RETURN(SigningKeys keys, ReadSigningKeys(path_));
    GS_ASSIGN_OR_RETURN(const auto key, SettleSigningKey(store(), std::move(keys), clock_.Now()));
    return key->public_key().ToText();
  }

  // Signs the whole log by the key that Settle gives.
  void Issue() {
    GS_ASSERT_OK_AND_ASSIGN(SigningKeys keys, ReadSigningKeys(path_));
    GS_ASSERT_OK_AND_ASSIGN(auto key, SettleSigningKey(store(), std::move(keys), clock_.Now()));
    CheckpointIssuer issuer(store(), std::move(key), {});
    GS_ASSERT_OK(issuer.AtLeast(store().Head()));
  }

  std::vector<event::v1::SigningKeyRotated> Rotations() {
    std::vector<event::v1::SigningKeyRotated> rotations;
    GS_EXPECT_OK(VisitLogEvents(store(), [&](int64_t position, const event::v1::LogEvent& event) {
      rotations.push_back(event.signing_key_rotated());
      EXPECT_EQ(rotations.back().first_size(), position);
      return absl::OkStatus();
    }));
    return rotations;
  }

  const ScratchFolder folder_;
  const std::string path_;
  CountingRandom random_;
  int64_t version_ = 0;
};

TEST_F(KeyRotationTest, ALogWithOneKeyIsLeftAlone) {
  const std::vector<std::string> keys = KeysOfFile();
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Settle(), IsOkAndHolds(keys[0]));
    Append(1);
    Issue();
  }
  EXPECT_EQ(store().Head(), 3);
  EXPECT_THAT(KeyRotationNotes(store()), IsOkAndHolds(SizeIs(0)));
}

TEST_F(KeyRotationTest, TheNewKeyStandsBeforeTheOldOneForItsOwnerAlone) {
  const std::string old_key = KeysOfFile()[0];
  GS_ASSERT_OK_AND_ASSIGN(const NoteKey new_key, AddSigningKey(path_, random_));
  EXPECT_THAT(KeysOfFile(), ElementsAre(new_key.ToText(), old_key));
  EXPECT_EQ(new_key.name, store().Origin());
  struct stat facts;
  ASSERT_EQ(stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  EXPECT_THAT(AddSigningKey(folder_.path("none"), random_), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(KeyRotationTest, TheNextStartRecordsItOnceSignedByBoth) {
  Append(5);
  Issue();
  const std::string old_key = KeysOfFile()[0];
  const std::string new_key = AddSigningKey(path_, random_)->ToText();
  for (int start = 0; start < 3; ++start) {
    EXPECT_THAT(Settle(), IsOkAndHolds(new_key));
    Open();
  }
  EXPECT_EQ(store().Head(), 6);
  const auto rotations = Rotations();
  ASSERT_THAT(rotations, SizeIs(1));
  EXPECT_EQ(rotations[0].old_key(), old_key);
  EXPECT_EQ(rotations[0].new_key(), new_key);
  GS_ASSERT_OK_AND_ASSIGN(const auto notes, KeyRotationNotes(store()));
  ASSERT_THAT(notes, SizeIs(1));
  GS_ASSERT_OK_AND_ASSIGN(const Note note, Note::Parse(notes[0]));
  EXPECT_EQ(note.text, absl::StrCat("goodstanding key-rotation/v1\n", store().Origin(), "\n6\n",
                                    old_key, "\n", new_key, "\n"));
  for (const std::string& key : {old_key, new_key}) {
    EXPECT_EQ(VerifyNote(note, NoteKey::Parse(key).value()), NoteVerdict::kValid);
  }
}

TEST_F(KeyRotationTest, KeysFollowEachOther) {
  Append(2);
  std::vector<std::string> keys = KeysOfFile();
  for (int i = 0; i < 3; ++i) {
    keys.push_back(AddSigningKey(path_, random_)->ToText());
    Issue();
    Append(2);
  }
  const auto rotations = Rotations();
  ASSERT_THAT(rotations, SizeIs(3));
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(rotations[i].old_key(), keys[i]);
    EXPECT_EQ(rotations[i].new_key(), keys[i + 1]);
  }
}

TEST_F(KeyRotationTest, TwoNewKeysBeforeAStartAreOneRotation) {
  Append(2);
  Issue();
  const std::string old_key = KeysOfFile()[0];
  GS_ASSERT_OK(AddSigningKey(path_, random_));
  const std::string newest = AddSigningKey(path_, random_)->ToText();
  EXPECT_THAT(Settle(), IsOkAndHolds(newest));
  const auto rotations = Rotations();
  ASSERT_THAT(rotations, SizeIs(1));
  EXPECT_EQ(rotations[0].old_key(), old_key);
  EXPECT_EQ(rotations[0].new_key(), newest);
}

// The old key may go once the rotation is recorded, and is wanted until then.
TEST_F(KeyRotationTest, TheOldKeyMayGoOnceTheRotationIsRecorded) {
  Append(2);
  Issue();
  const std::string new_key = AddSigningKey(path_, random_)->ToText();
  GS_ASSERT_OK(Settle());
  {
    const SigningKeys keys = ReadSigningKeys(path_).value();
    GS_ASSERT_OK(ReplaceSecretFile(path_, Secret(absl::StrCat(keys[0]->ToText().bytes(), "\n"))));
  }
  EXPECT_THAT(Settle(), IsOkAndHolds(new_key));
  const std::string third = AddSigningKey(path_, random_)->ToText();
  EXPECT_THAT(Settle(), IsOkAndHolds(third));
  ASSERT_THAT(Rotations(), SizeIs(2));
  EXPECT_EQ(Rotations()[1].old_key(), new_key);
}

// Nothing can be said of a key that is gone; what can be said later still is.
TEST_F(KeyRotationTest, AfterALossOfTheFileTheChainBeginsAnew) {
  Append(2);
  GS_ASSERT_OK(AddSigningKey(path_, random_));
  Issue();
  std::filesystem::remove(path_);
  GS_ASSERT_OK(ReadOrCreateSigningKeys(path_, store().Origin(), NoteKeyType::kEd25519, random_));
  const std::string fresh = KeysOfFile()[0];
  EXPECT_THAT(Settle(), IsOkAndHolds(fresh));
  EXPECT_THAT(Rotations(), SizeIs(1));
  Append(1);
  Issue();
  const std::string next = AddSigningKey(path_, random_)->ToText();
  EXPECT_THAT(Settle(), IsOkAndHolds(next));
  ASSERT_THAT(Rotations(), SizeIs(2));
  EXPECT_EQ(Rotations()[1].old_key(), fresh);
  EXPECT_THAT(Settle(), IsOkAndHolds(next));
  EXPECT_THAT(Rotations(), SizeIs(2));
}

TEST_F(KeyRotationTest, AKeyOfAnotherLogDoesNotSign) {
  std::filesystem::remove(path_);
  GS_ASSERT_OK(ReadOrCreateSigningKeys(path_, "another/log", NoteKeyType::kEd25519, random_));
  EXPECT_THAT(Settle(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("another/log")));
  // One behind the first is not looked at.
  const SigningKeys other = ReadSigningKeys(path_).value();
  const auto own = NewSigningKey(store().Origin(), NoteKeyType::kEd25519, random_);
  GS_ASSERT_OK(ReplaceSecretFile(
      path_, Secret(absl::StrCat(own->ToText().bytes(), "\n", other[0]->ToText().bytes(), "\n"))));
  EXPECT_THAT(Settle(), IsOkAndHolds(own->public_key().ToText()));
  EXPECT_EQ(store().Head(), 0);
}

// A crash while the key file is written leaves the old file, and what was not finished beside it.
TEST_F(KeyRotationTest, ACrashBeforeTheFileIsReplacedChangesNothing) {
  Append(2);
  Issue();
  const std::string old_key = KeysOfFile()[0];
  std::ofstream(path_ + ".new") << "PRIVATE+KEY+half";
  ASSERT_EQ(chmod((path_ + ".new").c_str(), 0666), 0);
  EXPECT_THAT(Settle(), IsOkAndHolds(old_key));
  EXPECT_EQ(store().Head(), 2);
  const std::string new_key = AddSigningKey(path_, random_)->ToText();
  EXPECT_THAT(KeysOfFile(), ElementsAre(new_key, old_key)) << "nobody else may read it";
}

// The disk fails after each operation of a start that records the rotation, and forgets what was
// not synced: the start after that records it, or finds it recorded.
TEST_F(KeyRotationTest, ACrashWhileItIsRecordedIsSettledByTheNextStart) {
  std::mt19937_64 random(TestSeed(11));
  bool done = false;
  int64_t operations = 0;
  for (; !done; ++operations) {
    SCOPED_TRACE(operations);
    Close();
    env_.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
    const auto disk = std::make_shared<FaultyFileSystem>(env_->GetFileSystem());
    ImpatientEnv faulty(disk);
    Options options = StoreOptions();
    options.env = &faulty;
    GS_ASSERT_OK_AND_ASSIGN(store_, EventStore::Open(options));
    std::filesystem::remove(path_);
    GS_ASSERT_OK(ReadOrCreateSigningKeys(path_, store().Origin(), NoteKeyType::kEd25519, random_));
    version_ = 0;
    Append(2);
    Issue();
    const std::string new_key = AddSigningKey(path_, random_)->ToText();
    const std::string old_key = KeysOfFile()[1];
    Close();

    disk->FailAfter(operations);
    auto opened = EventStore::Open(options);
    if (opened.ok()) {
      store_ = *std::move(opened);
      done = Settle().ok();
    }
    Close();
    disk->PowerCut(random);

    GS_ASSERT_OK_AND_ASSIGN(store_, EventStore::Open(options));
    EXPECT_THAT(Settle(), IsOkAndHolds(new_key));
    EXPECT_EQ(store().Head(), 3);
    ASSERT_THAT(Rotations(), SizeIs(1));
    EXPECT_EQ(Rotations()[0].old_key(), old_key);
    Close();
  }
  EXPECT_GT(operations, 3) << "nothing failed";
}

}  // namespace
}  // namespace goodstanding::eventstore
