#include "eventstore/key_store.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "eventstore/crypto.h"
#include "eventstore/deployment_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/eventstore/counting_random.h"
#include "tests/eventstore/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::eventstore {
namespace {

using ::goodstanding::testing::IsOkAndHolds;
using ::goodstanding::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kAna[] = "certificant/ana";
constexpr char kBen[] = "certificant/ben";

SealContext Name(absl::string_view stream) {
  return {.stream = stream, .kind = "CertificantRegistered", .path = {1}};
}

class KeyStoreTest : public ::testing::Test {
 protected:
  KeyStoreTest() : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) { Open(); }
  ~KeyStoreTest() override { keys_.reset(); }

  KeyStoreOptions MemoryOptions() {
    KeyStoreOptions options;
    options.path = "/keys";
    options.scratch_key = std::string(32, 'k');
    options.env = env_.get();
    return options;
  }

  void Open() {
    keys_.reset();
    GS_ASSERT_OK_AND_ASSIGN(keys_, KeyStore::Open(MemoryOptions()));
  }

  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<KeyStore> keys_;
};

TEST_F(KeyStoreTest, OpensWhatItSealed) {
  GS_ASSERT_OK_AND_ASSIGN(const KeyFacts facts, keys_->CreateKey(kAna, Durability::kNow));
  EXPECT_EQ(facts.id.size(), 16);
  EXPECT_EQ(facts.digest.size(), 32);
  EXPECT_THAT(keys_->FindKey(kAna), IsOkAndHolds(facts));
  GS_ASSERT_OK_AND_ASSIGN(const std::string sealed, keys_->Seal(Name(kAna), "Ana María"));
  EXPECT_EQ(sealed.size(), std::string("Ana María").size() + 44);
  EXPECT_EQ(sealed.substr(0, 16), facts.id);
  EXPECT_THAT(keys_->Unseal(Name(kAna), sealed), IsOkAndHolds("Ana María"));
  Open();
  EXPECT_THAT(keys_->Unseal(Name(kAna), sealed), IsOkAndHolds("Ana María"));
  EXPECT_THAT(keys_->FindKey(kAna), IsOkAndHolds(facts));
}

TEST_F(KeyStoreTest, SealsTheSameTextDifferentlyEachTime) {
  GS_ASSERT_OK(keys_->CreateKey(kAna, Durability::kNow));
  EXPECT_NE(keys_->Seal(Name(kAna), "Ana").value(), keys_->Seal(Name(kAna), "Ana").value());
}

TEST_F(KeyStoreTest, OpensATextInItsOwnPlaceOnly) {
  GS_ASSERT_OK(keys_->CreateKey(kAna, Durability::kNow));
  GS_ASSERT_OK(keys_->CreateKey(kBen, Durability::kNow));
  GS_ASSERT_OK_AND_ASSIGN(const std::string sealed, keys_->Seal(Name(kAna), "Ana"));
  EXPECT_THAT(keys_->Unseal(Name(kBen), sealed), StatusIs(absl::StatusCode::kDataLoss));
  SealContext other = Name(kAna);
  other.kind = "ProfileChanged";
  EXPECT_THAT(keys_->Unseal(other, sealed), StatusIs(absl::StatusCode::kDataLoss));
  other = Name(kAna);
  other.path = {2};
  EXPECT_THAT(keys_->Unseal(other, sealed), StatusIs(absl::StatusCode::kDataLoss));
  other.path = {1, 1};
  EXPECT_THAT(keys_->Unseal(other, sealed), StatusIs(absl::StatusCode::kDataLoss));
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string damaged = sealed;
    damaged[i] ^= 0x01;
    EXPECT_THAT(keys_->Unseal(Name(kAna), damaged), StatusIs(absl::StatusCode::kDataLoss));
  }
  EXPECT_THAT(keys_->Unseal(Name(kAna), sealed.substr(0, 43)),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(KeyStoreTest, CreatesAKeyOnce) {
  GS_ASSERT_OK_AND_ASSIGN(const KeyFacts first, keys_->CreateKey(kAna, Durability::kByNextSync));
  EXPECT_THAT(keys_->CreateKey(kAna, Durability::kByNextSync), IsOkAndHolds(first));
  EXPECT_THAT(keys_->CreateKey(kAna, Durability::kNow), IsOkAndHolds(first));
  EXPECT_THAT(keys_->CreateKey("not a stream", Durability::kNow),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(KeyStoreTest, KeepsStagedKeysFromTheSyncOn) {
  GS_ASSERT_OK_AND_ASSIGN(const KeyFacts ana, keys_->CreateKey(kAna, Durability::kByNextSync));
  GS_ASSERT_OK(keys_->PutLookup(kAna, "ana@example.com", Durability::kByNextSync));
  GS_ASSERT_OK(keys_->Sync());
  GS_ASSERT_OK(keys_->CreateKey(kBen, Durability::kByNextSync));
  Open();
  EXPECT_THAT(keys_->FindKey(kAna), IsOkAndHolds(ana));
  EXPECT_THAT(keys_->FindLookup("ana@example.com"), IsOkAndHolds(ElementsAre(kAna)));
  EXPECT_THAT(keys_->FindKey(kBen), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(KeyStoreTest, NeedsAKeyToSeal) {
  EXPECT_THAT(keys_->Seal(Name(kAna), "Ana"), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(keys_->PutLookup(kAna, "a@example.com", Durability::kNow),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(keys_->FindKey(kAna), StatusIs(absl::StatusCode::kNotFound));
  // A key that was lost is not a person who was erased.
  EXPECT_THAT(keys_->Unseal(Name(kAna), std::string(60, 'x')),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(KeyStoreTest, ADestroyedKeyIsGoneForEver) {
  GS_ASSERT_OK(keys_->CreateKey(kAna, Durability::kNow));
  GS_ASSERT_OK(keys_->PutLookup(kAna, "ana@example.com", Durability::kNow));
  GS_ASSERT_OK_AND_ASSIGN(const std::string sealed, keys_->Seal(Name(kAna), "Ana"));
  GS_ASSERT_OK(keys_->DestroyKey(kAna));
  for (const bool reopen : {false, true}) {
    if (reopen) Open();
    EXPECT_THAT(keys_->Unseal(Name(kAna), sealed), StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(keys_->FindKey(kAna), StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(keys_->Seal(Name(kAna), "Ana"), StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(keys_->CreateKey(kAna, Durability::kNow),
                StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(keys_->FindLookup("ana@example.com"), IsOkAndHolds(IsEmpty()));
    GS_EXPECT_OK(keys_->DestroyKey(kAna));
  }
}

TEST_F(KeyStoreTest, DestroysWhatWasNeverThereOrIsStillStaged) {
  GS_ASSERT_OK(keys_->DestroyKey(kAna));
  EXPECT_THAT(keys_->CreateKey(kAna, Durability::kNow),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  GS_ASSERT_OK(keys_->CreateKey(kBen, Durability::kByNextSync));
  GS_ASSERT_OK(keys_->PutLookup(kBen, "ben@example.com", Durability::kByNextSync));
  GS_ASSERT_OK(keys_->DestroyKey(kBen));
  EXPECT_THAT(keys_->FindKey(kBen), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(keys_->FindLookup("ben@example.com"), IsOkAndHolds(IsEmpty()));
}

TEST_F(KeyStoreTest, FindsStreamsByText) {
  GS_ASSERT_OK(keys_->CreateKey(kAna, Durability::kNow));
  GS_ASSERT_OK(keys_->CreateKey(kBen, Durability::kNow));
  GS_ASSERT_OK(keys_->PutLookup(kAna, "Family@Example.com", Durability::kNow));
  GS_ASSERT_OK(keys_->PutLookup(kBen, "family@example.com", Durability::kNow));
  EXPECT_THAT(keys_->FindLookup("FAMILY@example.com"), IsOkAndHolds(ElementsAre(kAna, kBen)));
  GS_ASSERT_OK(keys_->PutLookup(kAna, "ana@example.com", Durability::kNow));
  EXPECT_THAT(keys_->FindLookup("family@example.com"), IsOkAndHolds(ElementsAre(kBen)));
  EXPECT_THAT(keys_->FindLookup("ana@example.com"), IsOkAndHolds(ElementsAre(kAna)));
  GS_ASSERT_OK(keys_->PutLookup(kAna, "", Durability::kNow));
  EXPECT_THAT(keys_->FindLookup("ana@example.com"), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(keys_->FindLookup(""), IsOkAndHolds(IsEmpty()));
}

TEST_F(KeyStoreTest, DigestsRequestsUnderAKeyOfItsOwn) {
  const std::string digest = keys_->RequestDigest("command");
  EXPECT_EQ(digest.size(), 32);
  EXPECT_EQ(keys_->RequestDigest("command"), digest);
  EXPECT_NE(keys_->RequestDigest("another"), digest);
  Open();
  EXPECT_EQ(keys_->RequestDigest("command"), digest);
  KeyStoreOptions options = MemoryOptions();
  options.path = "/elsewhere";
  GS_ASSERT_OK_AND_ASSIGN(const auto other, KeyStore::Open(options));
  EXPECT_NE(other->RequestDigest("command"), digest);
}

TEST_F(KeyStoreTest, RefusesAnotherDeploymentKey) {
  keys_.reset();
  KeyStoreOptions options = MemoryOptions();
  options.scratch_key = std::string(32, 'x');
  EXPECT_THAT(KeyStore::Open(options), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(KeyStoreTest, ServesManyThreads) {
  KeyStoreOptions options = MemoryOptions();
  options.path = "/small";
  options.cached_keys = 2;
  GS_ASSERT_OK_AND_ASSIGN(const auto keys, KeyStore::Open(options));
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&keys, thread] {
      for (int i = 0; i < 50; ++i) {
        const std::string stream = absl::StrCat("s/", thread, "-", i % 10);
        GS_ASSERT_OK(keys->CreateKey(stream, Durability::kByNextSync));
        GS_ASSERT_OK_AND_ASSIGN(const std::string sealed, keys->Seal(Name(stream), stream));
        if (i % 7 == 0) {
          GS_ASSERT_OK(keys->Sync());
        }
        EXPECT_THAT(keys->Unseal(Name(stream), sealed), IsOkAndHolds(stream));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

class KeyFileTest : public ::testing::Test {
 protected:
  KeyStoreOptions FileOptions() {
    KeyStoreOptions options;
    options.path = folder_.path("keys");
    options.key_file = folder_.path("deployment.key");
    return options;
  }

  std::string ReadKeyFileText() {
    std::stringstream text;
    text << std::ifstream(folder_.path("deployment.key")).rdbuf();
    return text.str();
  }

  void WriteKeyFileText(const std::string& text) {
    std::ofstream(folder_.path("deployment.key")) << text;
  }

  // All bytes of all files of the store.
  std::string AllBytes() {
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path("keys"))) {
      std::stringstream bytes;
      bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      all += bytes.str();
    }
    return all;
  }

  const ScratchFolder folder_;
};

TEST_F(KeyFileTest, IsCreatedWithTheStoreForItsOwnerOnly) {
  {
    GS_ASSERT_OK(KeyStore::Open(FileOptions()));
  }
  const auto status = std::filesystem::status(folder_.path("deployment.key"));
  EXPECT_EQ(status.permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(ReadKeyFileText().size(), 65);
  GS_EXPECT_OK(KeyStore::Open(FileOptions()));
}

TEST_F(KeyFileTest, IsNotReplacedWhereItIsMissing) {
  {
    GS_ASSERT_OK(KeyStore::Open(FileOptions()));
  }
  std::filesystem::remove(folder_.path("deployment.key"));
  EXPECT_THAT(KeyStore::Open(FileOptions()), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_FALSE(std::filesystem::exists(folder_.path("deployment.key")));
}

TEST_F(KeyFileTest, IsRefusedWhereItIsMalformedOrOpenToAll) {
  {
    GS_ASSERT_OK(KeyStore::Open(FileOptions()));
  }
  const std::string sound = ReadKeyFileText();
  for (const std::string& text : {std::string(), std::string("\n"), sound + "abc\n",
                                  sound.substr(0, 63) + "x\n", sound.substr(0, 62)}) {
    WriteKeyFileText(text);
    EXPECT_THAT(KeyStore::Open(FileOptions()), StatusIs(absl::StatusCode::kFailedPrecondition));
  }
  WriteKeyFileText(sound);
  GS_EXPECT_OK(KeyStore::Open(FileOptions()));
  std::filesystem::permissions(folder_.path("deployment.key"), std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_THAT(KeyStore::Open(FileOptions()), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(CreateKeyFile(folder_.path("deployment.key"), SecureRandom()),
              StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_F(KeyFileTest, IsReplacedOnline) {
  std::string sealed;
  std::string digest;
  {
    GS_ASSERT_OK_AND_ASSIGN(const auto keys, KeyStore::Open(FileOptions()));
    for (int i = 0; i < 1500; ++i) {
      GS_ASSERT_OK(keys->CreateKey(absl::StrCat("s/", i), Durability::kByNextSync));
    }
    GS_ASSERT_OK(keys->CreateKey(kAna, Durability::kNow));
    GS_ASSERT_OK(keys->PutLookup(kAna, "ana@example.com", Durability::kNow));
    GS_ASSERT_OK(keys->DestroyKey("s/7"));
    sealed = keys->Seal(Name(kAna), "Ana").value();
    digest = keys->RequestDigest("command");
    EXPECT_THAT(keys->Rewrap(), IsOkAndHolds(0));
  }
  const std::string fresh = absl::BytesToHexString(std::string(32, 'n')) + "\n";
  WriteKeyFileText(fresh + ReadKeyFileText());
  {
    GS_ASSERT_OK_AND_ASSIGN(const auto keys, KeyStore::Open(FileOptions()));
    EXPECT_THAT(keys->Unseal(Name(kAna), sealed), IsOkAndHolds("Ana"));
    EXPECT_THAT(keys->Rewrap(), IsOkAndHolds(1500));
    EXPECT_THAT(keys->Rewrap(), IsOkAndHolds(0));
  }
  WriteKeyFileText(fresh);
  GS_ASSERT_OK_AND_ASSIGN(const auto keys, KeyStore::Open(FileOptions()));
  EXPECT_THAT(keys->Unseal(Name(kAna), sealed), IsOkAndHolds("Ana"));
  EXPECT_THAT(keys->FindLookup("ana@example.com"), IsOkAndHolds(ElementsAre(kAna)));
  EXPECT_EQ(keys->RequestDigest("command"), digest);
}

TEST_F(KeyFileTest, NoFileHoldsADestroyedKey) {
  CountingRandom random;
  KeyStoreOptions options = FileOptions();
  options.random = &random;
  GS_ASSERT_OK_AND_ASSIGN(const auto keys, KeyStore::Open(options));
  GS_ASSERT_OK(keys->CreateKey(kBen, Durability::kNow));
  const std::string id = random.Peek(16);
  GS_ASSERT_OK(keys->CreateKey(kAna, Durability::kNow));
  GS_ASSERT_OK_AND_ASSIGN(const DeploymentKeys deployment, ReadKeyFile(options.key_file));
  CountingRandom same = random;
  same.Rewind(32);
  const std::string wrapped = deployment.front()->WrapFor(id, kAna, same.Bytes(32));
  EXPECT_NE(AllBytes().find(wrapped), std::string::npos);
  GS_ASSERT_OK(keys->DestroyKey(kAna));
  EXPECT_EQ(AllBytes().find(wrapped), std::string::npos);
  GS_EXPECT_OK(keys->Seal(Name(kBen), "Ben"));
}

}  // namespace
}  // namespace goodstanding::eventstore
