// One bit flipped anywhere in any file of a data folder, as a killed server left it: what is served
// is true or an error, and under the newest signed checkpoint the outside check finds every damage
// that matters.
//
// GOODSTANDING_DAMAGE_FLIPS=N flips N bits a file in place of a few; GS_TEST_SEED=N others.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "eventstore/key_store.h"
#include "eventstore/signing_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/eventstore/store_fixture.h"
#include "tests/support/status_matchers.h"
#include "tests/verify/log_fixture.h"
#include "verify/log_check.h"

namespace goodstanding::verify {
namespace {

using ::goodstanding::testing::StatusIs;
using ::testing::ContainsRegex;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  uint64_t value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

using Files = std::map<std::string, std::string>;  // Content by name.

Files ReadFolder(rocksdb::Env& env, const std::string& path) {
  Files files;
  std::vector<std::string> names;
  EXPECT_TRUE(env.GetChildren(path, &names).ok());
  for (const std::string& name : names) {
    if (name == "LOCK" || name == "." || name == "..") continue;
    EXPECT_TRUE(rocksdb::ReadFileToString(&env, absl::StrCat(path, "/", name), &files[name]).ok());
  }
  return files;
}

std::unique_ptr<rocksdb::Env> WriteFolder(const Files& files, const std::string& path) {
  std::unique_ptr<rocksdb::Env> env(rocksdb::NewMemEnv(rocksdb::Env::Default()));
  EXPECT_TRUE(env->CreateDirIfMissing(path).ok());
  for (const auto& [name, bytes] : files) {
    EXPECT_TRUE(rocksdb::WriteStringToFile(env.get(), bytes, absl::StrCat(path, "/", name)).ok());
  }
  return env;
}

// Anywhere in the file, and every other time near its end, where damage looks like a torn write.
size_t AnyOffset(size_t size, uint64_t number, std::mt19937_64& random) {
  constexpr size_t kNearEnd = 64;
  const size_t reach = number % 2 == 0 ? size : std::min(size, kNearEnd);
  return size - 1 - random() % reach;
}

// "sst", "log", "MANIFEST": what a file is.
std::string KindOf(const std::string& name) {
  if (absl::StartsWith(name, "LOG")) return "LOG";  // RocksDB's diary, also an old one.
  const size_t dot = name.rfind('.');
  return dot != std::string::npos ? name.substr(dot + 1) : name.substr(0, name.find('-'));
}

// A message that says where to look: a file, a row or a position.
constexpr char kPlace[] =
    "\\.sst|\\.log|MANIFEST|CURRENT|position|family|row|checkpoint|version|request|stream|meta|"
    "tree|"
    "head|log";

// What became of the flips in the files of one kind.
struct Tally {
  int flips = 0;
  int found = 0;     // By the outside check.
  int refused = 0;   // By the server, when opening or reading.
  int tail = 0;      // The unsigned tail was cut, as after a loss of power.
  int harmless = 0;  // Everything reads as it was.
};

class FolderDamageTest : public LogTest {
 protected:
  // Table files; then, in the write-ahead log, events and a checkpoint over everything, and behind
  // it some that nothing is signed over.
  void SetUp() override {
    GrowTo(400);
    Sign();
    Close();
    GrowTo(500);
    trusted_ = SignedCheckpoint::Parse(Sign()).value();
    GrowTo(510);
    key_ = Key();
    head_ = store().Head();
    root_ = store().TreeRoot(head_).value();
    GS_ASSERT_OK(store().VisitLog(1, head_, [this](const eventstore::Record& record) {
      truth_.push_back(record.SerializeAsString());
      if (!record.request_id().empty()) requests_[record.request_id()] = record.position();
      return absl::OkStatus();
    }));
    files_ = ReadFolder(*env_, kPath);
  }

  void Flip(const std::string& name, size_t offset, int bit, Tally& tally) {
    Files files = files_;
    files[name][offset] = static_cast<char>(files[name][offset] ^ (1 << bit));
    const std::unique_ptr<rocksdb::Env> env = WriteFolder(files, kPath);
    const bool found = CheckFinds(*env);
    eventstore::Options options;
    options.path = kPath;
    options.clock = &clock_;
    options.env = env.get();
    options.memtable_bytes = 1 << 20;
    const auto store = eventstore::EventStore::Open(options);
    absl::Status served = store.status();
    int64_t head = 0;
    if (store.ok()) {
      head = (*store)->Head();
      served = ReadAll(**store);
    }
    ++tally.flips;
    tally.found += found ? 1 : 0;
    if (!served.ok()) {
      EXPECT_THAT(std::string(served.message()), ContainsRegex(kPlace));
      ++tally.refused;
    } else if (head < head_) {
      ++tally.tail;
    } else if (!found) {
      ++tally.harmless;
    }
    // What was signed is there and is read, or the check says that it is not.
    if (!found) {
      EXPECT_THAT(served, ::goodstanding::testing::IsOk());
      EXPECT_GE(head, trusted_.size);
    }
  }

  // Whether the outside check finds something; then it says where.
  bool CheckFinds(rocksdb::Env& env) {
    LogCheckOptions options;
    options.path = kPath;
    options.env = &env;
    options.keys = {key_};
    options.trusted = trusted_;
    options.threads = 1;
    const absl::StatusOr<Report> report = CheckLog(options);
    if (!report.ok()) {
      EXPECT_THAT(std::string(report.status().message()), ContainsRegex(kPlace));
      return true;
    }
    for (const std::string& line : Lines(*report)) EXPECT_THAT(line, ContainsRegex(kPlace));
    return report->fault_count > 0;
  }

  // Reads everything in every way; the first error. What is not one is the truth.
  absl::Status ReadAll(const eventstore::EventStore& store) {
    const auto expect_true = [this](const eventstore::Record& record) {
      const auto at = static_cast<size_t>(record.position() - 1);
      EXPECT_TRUE(at < truth_.size() && record.SerializeAsString() == truth_[at])
          << "position " << record.position();
      return absl::OkStatus();
    };
    absl::Status status = store.VisitLog(1, store.Head(), expect_true);
    const auto streams = store.ListStreams("", "", 1000);
    status.Update(streams.status());
    for (const std::string& stream : streams.ok() ? *streams : std::vector<std::string>()) {
      status.Update(store.VisitStream(stream, expect_true));
    }
    for (const auto& [id, position] : requests_) {
      if (position > store.Head()) continue;
      const auto outcome = store.FindRequest({"board/clerk", id, std::string(32, 'd')});
      status.Update(outcome.status());
      if (!outcome.ok()) continue;
      EXPECT_TRUE(outcome->has_value() && (*outcome)->last_position == position) << id;
    }
    const auto root = store.TreeRoot(store.Head());
    status.Update(root.status());
    if (root.ok() && store.Head() == head_) {
      EXPECT_EQ(*root, root_);
    }
    return status;
  }

  SignedCheckpoint trusted_;
  PublicKey key_;
  int64_t head_ = 0;
  eventstore::Hash root_ = {};
  std::vector<std::string> truth_;           // Records by position - 1.
  std::map<std::string, int64_t> requests_;  // Last position by id.
  Files files_;
};

TEST_F(FolderDamageTest, IsSoundUndamaged) {
  const std::unique_ptr<rocksdb::Env> env = WriteFolder(files_, kPath);
  EXPECT_FALSE(CheckFinds(*env));
}

TEST_F(FolderDamageTest, ABitFlippedInAnyFileOfTheLogIsFoundOrChangesNothing) {
  const uint64_t flips = FromEnvironment("GOODSTANDING_DAMAGE_FLIPS", 8);
  const uint64_t seed = FromEnvironment("GS_TEST_SEED", 31);
  std::cout << "GS_TEST_SEED=" << seed << std::endl;
  std::mt19937_64 random(seed);
  std::map<std::string, Tally> tallies;
  for (const auto& [name, bytes] : files_) {
    for (uint64_t i = 0; i < flips && !bytes.empty(); ++i) {
      const size_t offset = AnyOffset(bytes.size(), i, random);
      const int bit = static_cast<int>(random() % 8);
      SCOPED_TRACE(absl::StrCat(name, ", bit ", bit, " of byte ", offset, " of ", bytes.size()));
      Flip(name, offset, bit, tallies[KindOf(name)]);
      if (HasFailure()) return;
    }
  }
  for (const char* const kind : {"sst", "log", "MANIFEST", "CURRENT", "OPTIONS"}) {
    EXPECT_TRUE(tallies.contains(kind)) << kind;
  }
  for (const auto& [kind, tally] : tallies) {
    std::cout << kind << ": " << tally.flips << " flips; the check found " << tally.found
              << ", the server refused " << tally.refused << "; " << tally.tail
              << " cut the unsigned tail, " << tally.harmless << " changed nothing" << std::endl;
  }
}

// Where the version of a table's format stands: RocksDB believes it without a checksum.
size_t VersionOffset(const std::string& table) {
  constexpr size_t kVersionAndMagicBytes = 12;
  return table.size() - kVersionAndMagicBytes;
}

TEST_F(FolderDamageTest, ABitFlippedInTheVersionOfATableIsFoundAndRefused) {
  Tally tally;
  for (const auto& [name, bytes] : files_) {
    if (KindOf(name) != "sst") continue;
    for (int bit = 0; bit < 8; ++bit) {
      SCOPED_TRACE(absl::StrCat(name, ", bit ", bit));
      Flip(name, VersionOffset(bytes), bit, tally);
    }
  }
  EXPECT_GT(tally.flips, 0);
  EXPECT_EQ(tally.found, tally.flips);
  EXPECT_EQ(tally.refused, tally.flips);
}

// Keys, and the files of keys.
class KeyDamageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::unique_ptr<rocksdb::Env> env(rocksdb::NewMemEnv(rocksdb::Env::Default()));
    for (const bool last : {false, true}) {  // Table files, then a write-ahead log.
      GS_ASSERT_OK_AND_ASSIGN(const auto keys, Open(env.get()));
      for (int i = 0; i < 20; ++i) {
        const std::string person = absl::StrCat("certificant/", last ? 100 + i : i);
        GS_ASSERT_OK(keys->CreateKey(person, eventstore::Durability::kNow));
        GS_ASSERT_OK(keys->PutLookup(person, person, eventstore::Durability::kNow));
        GS_ASSERT_OK_AND_ASSIGN(sealed_[person], keys->Seal(Place(person), person));
      }
      GS_ASSERT_OK(keys->DestroyKey("certificant/3"));
      if (last) files_ = ReadFolder(*env, kPath);
    }
  }

  static constexpr char kPath[] = "/keys";

  static eventstore::SealContext Place(const std::string& person) {
    return {.stream = person, .kind = "CertificantRegistered", .path = {1}};
  }

  absl::StatusOr<std::unique_ptr<eventstore::KeyStore>> Open(rocksdb::Env* env) {
    eventstore::KeyStoreOptions options;
    options.path = kPath;
    options.key_file = key_file_;
    options.env = env;
    return eventstore::KeyStore::Open(options);
  }

  // Opens every text; what is no error is the truth. How many could not be opened.
  int OpenAll(eventstore::KeyStore& keys) {
    int refused = 0;
    for (const auto& [person, sealed] : sealed_) {
      const auto text = keys.Unseal(Place(person), sealed);
      if (text.ok()) {
        EXPECT_EQ(*text, person);
        EXPECT_NE(person, "certificant/3") << "a destroyed key is back";
      } else {
        refused += person == "certificant/3" ? 0 : 1;
        EXPECT_THAT(std::string(text.status().message()), ContainsRegex("certificant/|row|keys"));
      }
      const auto found = keys.FindLookup(person);
      if (found.ok() && !found->empty()) {
        EXPECT_THAT(*found, ::testing::ElementsAre(person));
      }
    }
    return refused;
  }

  const eventstore::ScratchFolder folder_;
  const std::string key_file_ = folder_.path("deployment.key");
  std::map<std::string, std::string> sealed_;  // By person.
  Files files_;
};

TEST_F(KeyDamageTest, ABitFlippedInAnyFileOfTheKeysNeverOpensATextWrongly) {
  const uint64_t flips = FromEnvironment("GOODSTANDING_DAMAGE_FLIPS", 8);
  std::mt19937_64 random(FromEnvironment("GS_TEST_SEED", 37));
  std::map<std::string, Tally> tallies;
  for (const auto& [name, bytes] : files_) {
    for (uint64_t i = 0; i < flips && !bytes.empty(); ++i) {
      const size_t offset = AnyOffset(bytes.size(), i, random);
      Files files = files_;
      files[name][offset] = static_cast<char>(files[name][offset] ^ (1 << (random() % 8)));
      SCOPED_TRACE(absl::StrCat(name, ", byte ", offset, " of ", bytes.size()));
      const std::unique_ptr<rocksdb::Env> env = WriteFolder(files, kPath);
      const auto keys = Open(env.get());
      Tally& tally = tallies[KindOf(name)];
      ++tally.flips;
      if (!keys.ok()) {
        EXPECT_THAT(std::string(keys.status().message()), ContainsRegex("keys|row|root"));
        ++tally.found;
      } else if (OpenAll(**keys) > 0) {
        ++tally.refused;
      } else {
        ++tally.harmless;
      }
      if (HasFailure()) return;
    }
  }
  for (const auto& [kind, tally] : tallies) {
    std::cout << kind << ": " << tally.flips << " flips; " << tally.found << " found at opening, "
              << tally.refused << " when used; " << tally.harmless << " changed nothing"
              << std::endl;
  }
}

TEST_F(KeyDamageTest, ABitFlippedInTheVersionOfATableIsRefused) {
  int flips = 0;
  for (const auto& [name, bytes] : files_) {
    if (KindOf(name) != "sst") continue;
    for (int bit = 0; bit < 8; ++bit, ++flips) {
      Files files = files_;
      char& version = files[name][VersionOffset(bytes)];
      version = static_cast<char>(version ^ (1 << bit));
      const std::unique_ptr<rocksdb::Env> env = WriteFolder(files, kPath);
      EXPECT_THAT(Open(env.get()), StatusIs(absl::StatusCode::kDataLoss))
          << name << ", bit " << bit;
    }
  }
  EXPECT_GT(flips, 0);
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// It is refused, or it is the same key in other words: hex digits have two cases.
TEST_F(KeyDamageTest, ABitFlippedInAKeyFileIsRefused) {
  const std::string sound = ReadText(key_file_);
  const std::unique_ptr<rocksdb::Env> env = WriteFolder(files_, kPath);
  for (size_t i = 0; i < sound.size() * 8; i += 7) {
    SCOPED_TRACE(absl::StrCat("bit ", i));
    std::string damaged = sound;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
    std::ofstream(key_file_, std::ios::binary) << damaged;
    const auto keys = Open(env.get());
    if (keys.ok()) {
      EXPECT_EQ(OpenAll(**keys), 0);
    } else {
      EXPECT_THAT(keys.status(), StatusIs(absl::StatusCode::kFailedPrecondition));
    }
  }
  std::ofstream(key_file_, std::ios::binary) << sound;
  EXPECT_EQ(OpenAll(**Open(env.get())), 0);
}

TEST_F(KeyDamageTest, ABitFlippedInTheSigningKeyIsRefused) {
  const std::string path = folder_.path("signing.key");
  GS_ASSERT_OK_AND_ASSIGN(const auto made,
                          eventstore::ReadOrCreateSigningKeys(path, "goodstanding/0123",
                                                              eventstore::NoteKeyType::kEd25519,
                                                              eventstore::SecureRandom()));
  const std::string sound = ReadText(path);
  int same = 0;
  for (size_t i = 0; i < sound.size() * 8; ++i) {
    SCOPED_TRACE(absl::StrCat("bit ", i));
    std::string damaged = sound;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
    std::ofstream(path, std::ios::binary) << damaged;
    const auto keys = eventstore::ReadSigningKeys(path);
    if (keys.ok()) {
      EXPECT_EQ(keys->front()->public_key(), made.front()->public_key());
      ++same;
    } else {
      EXPECT_THAT(keys.status(), StatusIs(absl::StatusCode::kFailedPrecondition));
    }
  }
  EXPECT_LT(same, 16);
}

}  // namespace
}  // namespace goodstanding::verify
