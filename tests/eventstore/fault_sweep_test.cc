// Of all operations of a workload on the disk, opening and closing included, each fails once, in
// every way that it can. Whatever fails, the folder opens afterwards, everything acknowledged is
// there, once, and the outside check finds nothing.
//
// GOODSTANDING_FAULT_SWEEP=1 for every operation; by default one in a few.
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "eventstore/checkpoint_issuer.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "eventstore/signing_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/eventstore/faults_fixture.h"
#include "tests/support/status_matchers.h"
#include "verify/log_check.h"
#include "verify/signed_note.h"

namespace goodstanding::eventstore {
namespace {

using ::goodstanding::testing::IsOk;
using ::goodstanding::testing::StatusIs;

constexpr Fault kFaults[] = {Fault::kError, Fault::kNoSpace, Fault::kTornWrite};
constexpr const char* kFaultNames[] = {"error", "no space", "torn write"};

// How many operations are passed over between two that fail.
int64_t Stride() { return std::getenv("GOODSTANDING_FAULT_SWEEP") != nullptr ? 1 : 7; }

// The same in log and request row, as the server writes them: the outside check compares.
RequestKey KeyOf(absl::string_view id) {
  RequestKey key = Request(id);
  key.scope = "board/clerk";
  return key;
}

AppendRequest AppendOf(absl::string_view id, absl::string_view stream, absl::string_view payload) {
  AppendRequest request;
  request.request = KeyOf(id);
  request.events.push_back(Event(stream, payload));
  request.events.front().set_request_id(std::string(id));
  return request;
}

// A fresh disk.
class Disk {
 public:
  Disk()
      : memory_(rocksdb::NewMemEnv(rocksdb::Env::Default())),
        faults_(std::make_shared<FaultyFileSystem>(memory_->GetFileSystem())),
        env_(std::make_unique<ImpatientEnv>(faults_)) {}

  FaultyFileSystem& faults() { return *faults_; }
  rocksdb::Env* env() { return env_.get(); }

 private:
  const std::unique_ptr<rocksdb::Env> memory_;
  const std::shared_ptr<FaultyFileSystem> faults_;
  const std::unique_ptr<rocksdb::Env> env_;
};

// Appends to a log, signs checkpoints, and opens it anew in the middle.
class LogRound {
 public:
  FaultyFileSystem& faults() { return disk_.faults(); }

  void Work() {
    if (!Open().ok()) return;
    for (int i = 0; i < kAppends; ++i) {
      if (i == kAppends / 2 && !Open().ok()) return;
      if (i % 12 == 5 && !Sign()) return;
      const std::string id = absl::StrCat("r", i);
      const auto outcome = store_->Append(AppendOf(id, absl::StrCat("s", i % 3), Payload(id)));
      if (!outcome.ok()) return ExpectReadsGoOn(outcome.status());
      acknowledged_[id] = outcome->first_position;
    }
  }

  void Check() {
    store_.reset();
    faults().FailOnce(0, Fault::kError);
    GS_ASSERT_OK(Open());
    CheckAcknowledged();
    GS_ASSERT_OK(store_->Append(AppendOf("after", "s0", "after")));  // Writing goes on.
    ASSERT_TRUE(Sign());
    store_.reset();
    verify::LogCheckOptions options;
    options.path = kPath;
    options.env = disk_.env();
    options.threads = 1;
    options.keys = {*key_};
    options.trusted = verify::SignedCheckpoint::Parse(checkpoint_).value();
    GS_ASSERT_OK_AND_ASSIGN(const verify::Report report, verify::CheckLog(options));
    for (const verify::Fault& fault : report.faults) {
      ADD_FAILURE() << fault.family << ", " << fault.row << ": " << fault.what;
    }
  }

 private:
  static constexpr char kPath[] = "/store";
  static constexpr int kAppends = 36;

  // Large, so that memtables fill and files are written and merged.
  static std::string Payload(const std::string& id) {
    return absl::StrCat(id, " ", std::string(6'000, 'x'));
  }

  absl::Status Open() {
    store_.reset();
    Options options;
    options.path = kPath;
    options.clock = &clock_;
    options.env = disk_.env();
    options.memtable_bytes = 64 << 10;
    auto opened = EventStore::Open(options);
    if (opened.ok()) store_ = *std::move(opened);
    return opened.status();
  }

  bool Sign() {
    auto key =
        std::make_unique<SigningKey>(store_->Origin(), NoteKeyType::kEd25519, std::string(32, 's'));
    key_ = verify::PublicKey::Parse(key->public_key().ToText()).value();
    CheckpointIssuer issuer(*store_, std::move(key), {});
    const auto checkpoint = issuer.AtLeast(store_->Head());
    if (checkpoint.ok()) checkpoint_ = checkpoint->note;
    return checkpoint.ok();
  }

  // The store takes no more appends, says so, and reads what it acknowledged.
  void ExpectReadsGoOn(const absl::Status& failure) {
    EXPECT_THAT(failure, StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_THAT(store_->Health(), StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_THAT(store_->Append(AppendOf("refused", "s0", "refused")),
                StatusIs(absl::StatusCode::kUnavailable));
    CheckAcknowledged();
  }

  void CheckAcknowledged() {
    std::map<std::string, int64_t> found;
    GS_ASSERT_OK(store_->VisitLog(1, store_->Head(), [&](const Record& record) {
      const std::string id = record.payload().substr(0, record.payload().find(' '));
      EXPECT_TRUE(found.emplace(id, record.position()).second) << id << " is there twice";
      EXPECT_EQ(record.payload(), Payload(id));
      return absl::OkStatus();
    }));
    for (const auto& [id, position] : acknowledged_) {
      ASSERT_TRUE(found.contains(id)) << id << " is lost";
      EXPECT_EQ(found[id], position);
    }
    for (const auto& [id, position] : found) {
      GS_ASSERT_OK_AND_ASSIGN(const auto outcome, store_->FindRequest(KeyOf(id)));
      ASSERT_TRUE(outcome.has_value());
      EXPECT_EQ(outcome->first_position, position);
    }
  }

  Disk disk_;
  ManualClock clock_{TestTime()};
  std::unique_ptr<EventStore> store_;
  std::map<std::string, int64_t> acknowledged_;
  std::optional<verify::PublicKey> key_;
  std::string checkpoint_;  // The newest one that was handed out.
};

// Makes keys, looks people up, and destroys keys.
class KeyRound {
 public:
  FaultyFileSystem& faults() { return disk_.faults(); }

  void Work() {
    if (!Open().ok()) return;
    for (int i = 0; i < kPersons; ++i) {
      if (i == kPersons / 2 && !Open().ok()) return;
      const std::string person = absl::StrCat("certificant/", i);
      if (!keys_->CreateKey(person, Durability::kNow).ok()) return;
      const auto sealed = keys_->Seal(Place(person), person);
      if (!sealed.ok()) return;
      sealed_[person] = *sealed;
      if (!keys_->PutLookup(person, person, Durability::kNow).ok()) return;
      looked_up_.insert(person);
      if (i % 3 == 0 && !keys_->DestroyKey(person).ok()) {
        in_doubt_ = person;
        return;
      }
      if (i % 3 == 0) destroyed_.insert(person);
    }
  }

  void Check() {
    keys_.reset();
    faults().FailOnce(0, Fault::kError);
    GS_ASSERT_OK(Open());
    if (!in_doubt_.empty()) {  // It is repeated, as the caller was told to.
      GS_ASSERT_OK(keys_->DestroyKey(in_doubt_));
      destroyed_.insert(in_doubt_);
    }
    for (const auto& [person, sealed] : sealed_) {
      SCOPED_TRACE(person);
      const auto text = keys_->Unseal(Place(person), sealed);
      GS_ASSERT_OK_AND_ASSIGN(const std::vector<std::string> found, keys_->FindLookup(person));
      if (destroyed_.contains(person)) {
        EXPECT_THAT(text, StatusIs(absl::StatusCode::kNotFound));
        EXPECT_THAT(found, ::testing::IsEmpty());
        continue;
      }
      EXPECT_THAT(text, ::goodstanding::testing::IsOkAndHolds(person));
      if (looked_up_.contains(person)) {
        EXPECT_THAT(found, ::testing::ElementsAre(person));
      }
    }
    GS_EXPECT_OK(keys_->CreateKey("certificant/after", Durability::kNow));
  }

 private:
  static constexpr int kPersons = 8;

  static SealContext Place(const std::string& person) {
    return {.stream = person, .kind = "CertificantRegistered", .path = {1}};
  }

  absl::Status Open() {
    keys_.reset();
    KeyStoreOptions options;
    options.path = "/keys";
    options.scratch_key = std::string(32, 'k');
    options.env = disk_.env();
    auto opened = KeyStore::Open(options);
    if (opened.ok()) keys_ = *std::move(opened);
    return opened.status();
  }

  Disk disk_;
  std::unique_ptr<KeyStore> keys_;
  std::map<std::string, std::string> sealed_;  // Under acknowledged keys, by person.
  std::set<std::string> looked_up_;
  std::set<std::string> destroyed_;
  std::string in_doubt_;
};

// Until a round comes through without meeting its failure.
template <typename Round>
void Sweep() {
  for (size_t way = 0; way < std::size(kFaults); ++way) {
    int64_t operations = 0;
    int64_t rounds = 0;
    // Another start for each way, so that by default they do not all pass over the same ones.
    for (int64_t number = 1 + static_cast<int64_t>(way);; number += Stride()) {
      SCOPED_TRACE(absl::StrCat("operation ", number, " fails: ", kFaultNames[way]));
      Round round;
      round.faults().FailOnce(number, kFaults[way]);
      round.Work();
      operations = round.faults().operations();
      round.Check();
      ++rounds;
      if (::testing::Test::HasFailure()) return;
      if (operations < number) break;
    }
    std::cout << kFaultNames[way] << ": " << rounds << " of " << operations << " operations failed"
              << std::endl;
    EXPECT_GT(operations, 100);
  }
}

TEST(FaultSweep, TheLogKeepsWhatItAcknowledged) { Sweep<LogRound>(); }

TEST(FaultSweep, TheKeysAreThereOrDestroyed) { Sweep<KeyRound>(); }

}  // namespace
}  // namespace goodstanding::eventstore
