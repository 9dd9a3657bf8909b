// The commands `verify` and `verify-proof` as a person calls them.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "eventstore/event_store.h"
#include "eventstore/note.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tests/tools/run_tool.h"
#include "tools/scratch_folder.h"
#include "verify/hashes.h"

namespace goodstanding::tools {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kSeed[] = "0123456789abcdef0123456789abcdef";
constexpr char kWitnessSeed[] = "fedcba9876543210fedcba9876543210";

eventstore::Record Event(const std::string& stream) {
  eventstore::Record record;
  record.set_stream(stream);
  record.set_kind("CreditRecorded");
  record.mutable_actor()->set_issuer("none");
  record.mutable_actor()->set_subject("anonymous");
  return record;
}

// A data folder with 300 events, a checkpoint of them and a proof of the one at position 6.
class VerifyCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    GS_ASSERT_OK_AND_ASSIGN(folder_, ScratchFolder::Create());
    std::filesystem::create_directory(folder_->path() + "/data");
    Open();
    std::vector<std::string> streams;
    for (int i = 0; i < 300; ++i) streams.push_back(absl::StrCat("certificant/", i));
    Append(streams);
    WriteFile("checkpoint.txt", SignedCheckpoint());
    WriteProof();
    store_.reset();
  }

  void Open() {
    eventstore::Options options;
    options.path = Path("data/log");
    options.clock = &clock_;
    options.sync = false;
    GS_ASSERT_OK_AND_ASSIGN(store_, eventstore::EventStore::Open(options));
  }

  // An event to each.
  void Append(const std::vector<std::string>& streams) {
    eventstore::AppendRequest append;
    for (const std::string& stream : streams) append.events.push_back(Event(stream));
    GS_ASSERT_OK(store_->Append(append));
  }

  std::string Path(const std::string& name) const { return folder_->path() + "/" + name; }

  void WriteFile(const std::string& name, const std::string& bytes) {
    std::ofstream file(Path(name), std::ios::binary);
    file << bytes;
    ASSERT_TRUE(file.good()) << name;
  }

  std::string SignedCheckpoint() {
    const eventstore::Secret seed(kSeed);
    const eventstore::Secret witness_seed(kWitnessSeed);
    const eventstore::NoteKey key = {.name = store_->Origin(),
                                     .public_key = eventstore::Ed25519PublicKey(seed)};
    const eventstore::NoteKey witness = {.name = "witness.example/w1",
                                         .type = eventstore::NoteKeyType::kCosignature,
                                         .public_key = eventstore::Ed25519PublicKey(witness_seed)};
    key_ = key.ToText();
    witness_ = witness.ToText();
    eventstore::Note note;
    note.text = eventstore::Checkpoint{.origin = key.name,
                                       .size = store_->Head(),
                                       .root = store_->TreeRoot(store_->Head()).value()}
                    .ToText();
    note.signatures = {eventstore::SignNote(note.text, key, seed),
                       eventstore::CosignNote(note.text, witness, witness_seed, 1'700'000'000)};
    GS_EXPECT_OK(store_->PutCheckpoint(store_->Head(), note.ToText()));
    return note.ToText();
  }

  void WriteProof() {
    eventstore::ProofFile proof;
    proof.index = 5;
    proof.proof = store_->ProveInclusion(6, store_->Head()).value();
    proof.checkpoint = SignedCheckpoint();
    WriteFile("6.tlog-proof", proof.ToText());
    const auto page = store_->ReadLog(6, eventstore::Direction::kForward, 1).value();
    const std::string record = page.records.at(0).SerializeAsString();
    WriteFile("6.bin", record);
    leaf_ = absl::BytesToHexString(verify::BytesOf(verify::EventLeaf(6, verify::Sha256(record))));
  }

  Outcome Prove(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"verify-proof", Path("6.tlog-proof"), "--key", key_});
    return RunWith(arguments);
  }

  const SystemClock clock_;
  std::unique_ptr<ScratchFolder> folder_;
  std::unique_ptr<eventstore::EventStore> store_;
  std::string key_;
  std::string witness_;
  std::string leaf_;
};

TEST_F(VerifyCommandTest, ASoundLogHasNoFault) {
  const Outcome outcome = RunWith({"verify", Path("data")});
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_THAT(outcome.out, AllOf(StartsWith("No fault found in "),
                                 HasSubstr("Events       300 in 300 streams\n"),
                                 HasSubstr("Checkpoints  1, signatures not checked (--key)\n"),
                                 HasSubstr("kept elsewhere")));
  EXPECT_EQ(outcome.error, "");

  const Outcome trusted =
      RunWith({"verify", "--checkpoint", Path("checkpoint.txt"), "--key", key_, Path("data")});
  EXPECT_EQ(trusted.code, 0) << trusted.out;
  EXPECT_THAT(trusted.out, AllOf(HasSubstr("Checkpoints  1, signatures checked\n"),
                                 HasSubstr("Trusted      the log extends its 300 events\n")));
}

TEST_F(VerifyCommandTest, WorksBesideAnOpenStore) {
  Open();
  EXPECT_EQ(RunWith({"verify", Path("data")}).code, 0);
  Append({"certificant/late"});
}

TEST_F(VerifyCommandTest, AnotherLogIsSaid) {
  std::filesystem::remove_all(Path("data/log"));
  Open();
  Append({"certificant/ana"});
  store_.reset();
  const Outcome outcome = RunWith({"verify", Path("data"), "--checkpoint", Path("checkpoint.txt")});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(
      outcome.out,
      AllOf(StartsWith("2 faults found in "),
            HasSubstr("  trusted checkpoint, the file: it is of the log goodstanding/"),
            HasSubstr("  trusted checkpoint, the file: it commits to 300 events; the log has 1\n"),
            HasSubstr("First position  2\n")));
  const Outcome json =
      RunWith({"verify", Path("data"), "--checkpoint", Path("checkpoint.txt"), "--json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.out, AllOf(HasSubstr("\"event_count\": 1,"), HasSubstr("\"fault_count\": 2,"),
                              HasSubstr("\"trusted_checkpoint_size\": 300,"),
                              HasSubstr("\"fault\": \"it commits to 300 events; the log has 1\", "
                                        "\"position\": 2}")));
}

// Bytes that RocksDB itself finds wrong: in its tables (opening the store wrote them), or in its
// write-ahead log.
TEST_F(VerifyCommandTest, DamagedFilesAreFound) {
  for (const std::string extension : {".log", ".sst"}) {
    SCOPED_TRACE(extension);
    int damaged = 0;
    for (const auto& entry : std::filesystem::directory_iterator(Path("data/log"))) {
      if (entry.path().extension() != extension || entry.file_size() < 2'000) continue;
      std::filesystem::copy_file(entry.path(), Path("sound"),
                                 std::filesystem::copy_options::overwrite_existing);
      std::fstream file(entry.path(), std::ios::binary | std::ios::in | std::ios::out);
      file.seekp(1'000);
      file << "damage";
      file.close();
      ASSERT_TRUE(file.good());
      const Outcome outcome = RunWith({"verify", Path("data")});
      EXPECT_EQ(outcome.code, 1) << outcome.out << outcome.error;
      EXPECT_THAT(outcome.out, HasSubstr("Corruption: "));
      std::filesystem::copy_file(Path("sound"), entry.path(),
                                 std::filesystem::copy_options::overwrite_existing);
      ++damaged;
    }
    EXPECT_GT(damaged, 0);
    Open();
    store_.reset();
  }
  EXPECT_EQ(RunWith({"verify", Path("data")}).code, 0);
}

TEST_F(VerifyCommandTest, WrongUseIsSaid) {
  const Outcome nothing = RunWith({"verify", Path("nowhere")});
  EXPECT_EQ(nothing.code, 2);
  EXPECT_EQ(nothing.error, absl::StrCat("there is no log in ", Path("nowhere/log"), "\n"));
  EXPECT_EQ(RunWith({"verify"}).code, 2);
  EXPECT_EQ(RunWith({"verify", Path("data"), "--key", "x"}).code, 2);
  EXPECT_EQ(RunWith({"verify", Path("data"), "--key", witness_}).code, 2);
  EXPECT_EQ(RunWith({"verify", Path("data"), "--checkpoint", Path("none")}).code, 2);
  EXPECT_EQ(RunWith({"verify", Path("data"), "--checkpoint", Path("6.bin")}).code, 2);
  EXPECT_EQ(RunWith({"verify", Path("data"), "--threads", "0"}).code, 2);
}

TEST_F(VerifyCommandTest, AProofHoldsByTheEventOrItsLeaf) {
  const Outcome outcome = Prove({"--event", Path("6.bin"), "--witness", witness_});
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.error;
  EXPECT_THAT(outcome.out, AllOf(StartsWith("Proven: position 6 of the 300 events that goodstand"),
                                 HasSubstr("Event     CreditRecorded\n"),
                                 HasSubstr("Stream    certificant/5, version 1\n"),
                                 HasSubstr("Cosigned by at least 1 of 1 witnesses\n")));
  EXPECT_EQ(Prove({"--leaf", leaf_}).code, 0);
  EXPECT_EQ(Prove({"--leaf", leaf_, "--witness", witness_, "--quorum", "0"}).code, 0);
}

TEST_F(VerifyCommandTest, WhatIsNotProvenIsSaid) {
  WriteFile("other.bin", Event("certificant/x").SerializeAsString());
  const Outcome other = Prove({"--event", Path("other.bin")});
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.out, StartsWith("Not proven: the path does not lead from this leaf"));
  std::string leaf = leaf_;
  leaf[0] = leaf[0] == '0' ? '1' : '0';
  EXPECT_EQ(Prove({"--leaf", leaf}).code, 1);

  const eventstore::NoteKey absent = {.name = "witness.example/w2",
                                      .type = eventstore::NoteKeyType::kCosignature,
                                      .public_key = std::string(32, 'k')};
  const Outcome quorum =
      Prove({"--leaf", leaf_, "--witness", witness_, "--witness", absent.ToText(), "--json"});
  EXPECT_EQ(quorum.code, 1);
  EXPECT_THAT(quorum.out, StartsWith("{\"proven\": false, \"why_not\": \"1 of the given witnesses "
                                     "cosigned; 2 are required\", \"position\": 6, "));
  EXPECT_EQ(
      Prove({"--leaf", leaf_, "--witness", witness_, "--witness", absent.ToText(), "--quorum", "1"})
          .code,
      0);
}

TEST_F(VerifyCommandTest, WrongUseOfAProofIsSaid) {
  EXPECT_EQ(Prove({}).code, 2);
  EXPECT_EQ(Prove({"--leaf", leaf_, "--event", Path("6.bin")}).code, 2);
  EXPECT_EQ(Prove({"--leaf", "00"}).code, 2);
  EXPECT_EQ(Prove({"--leaf", leaf_, "--quorum", "1"}).code, 2);
  EXPECT_EQ(Prove({"--leaf", leaf_, "--witness", key_}).code, 2);
  EXPECT_EQ(Prove({"--event", Path("none")}).code, 2);
  EXPECT_EQ(RunWith({"verify-proof", Path("6.bin"), "--key", key_, "--leaf", leaf_}).code, 2);
  EXPECT_EQ(RunWith({"verify-proof", Path("6.tlog-proof"), "--leaf", leaf_}).code, 2);
}

}  // namespace
}  // namespace goodstanding::tools
