// A witness beside servers that tell the truth and servers that do not.
#include "tools/witness.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "eventstore/note.h"
#include "eventstore/random.h"
#include "eventstore/secret_file.h"
#include "eventstore/signing_key.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "services/server.h"
#include "tests/support/child_process.h"
#include "tests/support/status_matchers.h"
#include "tests/tools/run_tool.h"
#include "tools/client.h"
#include "tools/connection.h"
#include "tools/scratch_folder.h"

namespace goodstanding::tools {
namespace {

using ::goodstanding::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Round = WitnessRound::Outcome;

constexpr char kName[] = "witness.example/w1";

// The folders of evidence in a witness's folder.
std::vector<std::string> Evidence(const std::string& folder) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().filename().string().rfind("evidence-", 0) == 0) {
      found.push_back(entry.path().string());
    }
  }
  return found;
}

// A server on a folder, on a free port, which knows one witness.
class Board {
 public:
  Board(const std::string& data, const std::string& witness) {
    services::ServerOptions options;
    options.data_dir = data;
    options.listen_address = "127.0.0.1:0";
    options.clock = &clock_;
    options.sync = false;
    if (!witness.empty()) {
      options.witnesses.push_back(eventstore::NoteKey::Parse(witness).value());
    }
    server_ = services::Server::Start(options).value();
    client_ = std::make_unique<Client>(server_->InProcessChannel());
  }
  ~Board() {
    client_.reset();
    server_->Shutdown(absl::Seconds(1));
  }

  void Register(const std::string& id) {
    api::v1::RegisterCertificantRequest request;
    request.mutable_header()->set_request_id(id);
    request.set_certificant_id(id);
    request.set_name("Person");
    api::v1::CommandReceipt receipt;
    const grpc::Status status = client_->Send(request, receipt);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  // The newest checkpoint, of at least this size.
  api::v1::GetCheckpointResponse Checkpoint(int64_t min_size = 0) {
    api::v1::GetCheckpointRequest request;
    request.set_min_size(min_size);
    api::v1::GetCheckpointResponse response;
    const grpc::Status status =
        tools::Call(log(), &api::v1::LogService::Stub::GetCheckpoint, request, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  api::v1::LogService::Stub& log() { return client_->log(); }
  std::string address() const { return absl::StrCat("127.0.0.1:", server_->port()); }

 private:
  const SystemClock clock_;
  std::unique_ptr<services::Server> server_;
  std::unique_ptr<Client> client_;
};

class WitnessTest : public ::testing::Test {
 protected:
  WitnessTest() : scratch_(ScratchFolder::Create().value()) {
    const Outcome made = RunWith({"witness", Path("witness"), "--name", kName});
    EXPECT_EQ(made.code, 0) << made.error;
    witness_ = std::string(absl::StripSuffix(made.out, "\n"));
  }

  std::string Path(const std::string& name) const { return scratch_->path() + "/" + name; }

  // A board whose log has `size` events, each about a person of its own.
  std::unique_ptr<Board> Grown(const std::string& name, int size, const std::string& who = "p") {
    auto board = std::make_unique<Board>(Path(name), witness_);
    for (int i = 1; i <= size; ++i) board->Register(absl::StrCat(who, i));
    return board;
  }

  // The same log under another name, as it is on disk now.
  void Fork(const std::string& from, const std::string& to) {
    std::filesystem::copy(Path(from), Path(to), std::filesystem::copy_options::recursive);
  }

  Outcome Watch(const Board& board, const std::string& key) {
    return RunWith(
        {"witness", Path("witness"), "--name", kName, "--key", key, "--server", board.address()});
  }

  eventstore::NoteVerdict Cosigned(const std::string& note, int64_t* seconds = nullptr) {
    return eventstore::VerifyNote(eventstore::Note::Parse(note).value(),
                                  eventstore::NoteKey::Parse(witness_).value(), seconds);
  }

  const std::unique_ptr<ScratchFolder> scratch_;
  std::string witness_;
};

TEST_F(WitnessTest, TheFirstStartMakesItsKeyAndPrintsIt) {
  const eventstore::NoteKey key = eventstore::NoteKey::Parse(witness_).value();
  EXPECT_EQ(key.name, kName);
  EXPECT_EQ(key.type, eventstore::NoteKeyType::kCosignature);
  struct stat facts;
  ASSERT_EQ(stat(Path("witness/witness.key").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  const Outcome again = RunWith({"witness", Path("witness"), "--name", kName});
  EXPECT_EQ(again.out, witness_ + "\n");
  const Outcome other = RunWith({"witness", Path("witness"), "--name", "witness.example/w2"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.error, HasSubstr("is the key of witness.example/w1"));
  EXPECT_EQ(RunWith({"witness", Path("w2"), "--name", "two words"}).code, 2);
  EXPECT_EQ(RunWith({"witness", Path("witness"), "--name", kName, "--key", witness_}).code, 2);
  EXPECT_EQ(RunWith({"witness", Path("witness"), "--name", kName, "--every", "9"}).code, 2);
}

TEST_F(WitnessTest, CosignsWhatItIsShownAndEverythingThatExtendsIt) {
  const auto board = Grown("data", 1);
  const std::string key = board->Checkpoint().verifier_key();
  for (int size = 1; size <= 9; ++size) {
    if (size > 1) board->Register(absl::StrCat("p", size));
    const std::string note = board->Checkpoint(size).note();
    EXPECT_EQ(Cosigned(note), eventstore::NoteVerdict::kAbsent);
    const Outcome watched = Watch(*board, key);
    EXPECT_EQ(watched.code, 0) << watched.error;
    EXPECT_THAT(watched.out, StartsWith(absl::StrCat("Cosigned ", size, " ")));
    EXPECT_EQ(Cosigned(board->Checkpoint().note()), eventstore::NoteVerdict::kValid);
    const Outcome again = Watch(*board, key);
    EXPECT_EQ(again.code, 0) << again.error;
    EXPECT_EQ(again.out, "") << "nothing new";
  }
  EXPECT_THAT(Evidence(Path("witness")), IsEmpty());
}

TEST_F(WitnessTest, ALogThatForkedIsNeverCosigned) {
  struct Row {
    std::string why;
    int others;  // Events that the fork has behind the three that both have.
    std::string fault;
  };
  const std::vector<Row> rows = {
      {"as large as before, with other events", 2, "its 5 events have another root than before"},
      {"larger, with other events", 4, "its 7 events do not begin with the 5 that it had before"},
      {"smaller, with other events", 1, "it has 4 events, and had 5 before"},
      {"smaller, with none", 0, "it has 3 events, and had 5 before"},
  };
  Grown("data", 3);
  for (size_t i = 0; i < rows.size(); ++i) Fork("data", absl::StrCat("fork", i));
  std::string key;
  std::string seen;
  {
    Board board(Path("data"), witness_);
    board.Register("q1");
    board.Register("q2");
    key = board.Checkpoint(5).verifier_key();
    ASSERT_EQ(Watch(board, key).code, 0);
    seen = board.Checkpoint().note();
  }
  size_t evidence = 0;
  for (const Row& row : rows) {
    SCOPED_TRACE(row.why);
    Board fork(Path(absl::StrCat("fork", evidence)), witness_);
    for (int i = 0; i < row.others; ++i) fork.Register(absl::StrCat("r", i));
    const std::string note = fork.Checkpoint(3 + row.others).note();
    ++evidence;
    for (int attempt = 0; attempt < 2; ++attempt) {
      const Outcome watched = Watch(fork, key);
      EXPECT_EQ(watched.code, 4);
      EXPECT_EQ(watched.out, "");
      EXPECT_THAT(watched.error,
                  AllOf(HasSubstr("THE LOG CONTRADICTS ITSELF"), HasSubstr(row.fault)));
      EXPECT_THAT(Evidence(Path("witness")), SizeIs(evidence)) << "the same is kept once";
    }
    EXPECT_EQ(Cosigned(fork.Checkpoint().note()), eventstore::NoteVerdict::kAbsent);
    int kept = 0;
    for (const std::string& folder : Evidence(Path("witness"))) {
      EXPECT_EQ(eventstore::Note::Parse(ReadFile(folder + "/seen.checkpoint"))->text,
                eventstore::Note::Parse(seen)->text);
      kept += ReadFile(folder + "/offered.checkpoint") == note ? 1 : 0;
    }
    EXPECT_EQ(kept, 1);
  }
  Board board(Path("data"), witness_);
  board.Register("q3");
  board.Checkpoint(6);
  EXPECT_EQ(Watch(board, key).code, 0) << "the log that it saw first goes on";
}

TEST_F(WitnessTest, WhatTheLogDidNotSignIsRefused) {
  const auto board = Grown("data", 2);
  const std::string key = board->Checkpoint(2).verifier_key();
  const std::string origin = eventstore::NoteKey::Parse(key)->name;
  const auto stranger = [](const std::string& name) {
    return eventstore::SigningKey(name, eventstore::NoteKeyType::kEd25519, std::string(32, 'x'))
        .public_key()
        .ToText();
  };
  const Outcome another_key = Watch(*board, stranger(origin));
  EXPECT_EQ(another_key.code, 1);
  EXPECT_THAT(another_key.error, HasSubstr("none of the given keys signed it"));
  const Outcome another_log = Watch(*board, stranger("another/log"));
  EXPECT_EQ(another_log.code, 1);
  EXPECT_THAT(another_log.error, HasSubstr("not of another/log"));
  EXPECT_EQ(Cosigned(board->Checkpoint().note()), eventstore::NoteVerdict::kAbsent);
  EXPECT_EQ(Watch(*board, key).code, 0) << "nothing of that was kept";
}

TEST_F(WitnessTest, AServerThatDoesNotKnowItSaysSo) {
  std::string key;
  {
    Board board(Path("data"), "");
    board.Register("p1");
    key = board.Checkpoint(1).verifier_key();
    const Outcome watched = Watch(board, key);
    EXPECT_EQ(watched.code, 1);
    EXPECT_THAT(watched.error, HasSubstr("WITNESS_NOT_KNOWN"));
  }
  Board board(Path("data"), witness_);
  EXPECT_THAT(Watch(board, key).out, StartsWith("Cosigned 1 ")) << "told of it, it takes the same";
}

TEST_F(WitnessTest, NoServerIsSaid) {
  const std::string key =
      eventstore::SigningKey("some/log", eventstore::NoteKeyType::kEd25519, std::string(32, 'x'))
          .public_key()
          .ToText();
  const Outcome watched = RunWith(
      {"witness", Path("witness"), "--name", kName, "--key", key, "--server", "127.0.0.1:1"});
  EXPECT_EQ(watched.code, 3);
}

TEST_F(WitnessTest, OneWitnessAFolder) {
  GS_ASSERT_OK_AND_ASSIGN(const auto open,
                          WitnessFolder::Open(Path("witness"), kName, eventstore::SecureRandom()));
  const Outcome second = RunWith({"witness", Path("witness"), "--name", kName});
  EXPECT_EQ(second.code, 2);
  EXPECT_THAT(second.error, HasSubstr("another witness has"));
}

// --- A log service that says what it is told to.

class PlayedLog final : public api::v1::LogService::Service {
 public:
  PlayedLog() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    stub_ = api::v1::LogService::NewStub(server_->InProcessChannel({}));
  }
  ~PlayedLog() override { server_->Shutdown(); }

  grpc::Status GetCheckpoint(grpc::ServerContext*, const api::v1::GetCheckpointRequest*,
                             api::v1::GetCheckpointResponse* response) override {
    const MutexLock lock(mutex_);
    response->set_note(note);
    for (const std::string& rotation : rotations) response->add_key_rotations(rotation);
    return grpc::Status::OK;
  }
  grpc::Status GetConsistencyProof(grpc::ServerContext*,
                                   const api::v1::GetConsistencyProofRequest* request,
                                   api::v1::GetConsistencyProofResponse* response) override {
    asked = *request;
    for (const std::string& hash : proof) response->add_proof_hashes(hash);
    return grpc::Status::OK;
  }
  grpc::Status AddCosignatures(grpc::ServerContext*, const api::v1::AddCosignaturesRequest* request,
                               api::v1::AddCosignaturesResponse*) override {
    const MutexLock lock(mutex_);
    cosigned.push_back(request->note());
    if (on_cosignature) on_cosignature();
    return answer;
  }

  api::v1::LogService::Stub& stub() { return *stub_; }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

  // Once a witness runs by itself, the checkpoint is changed by this.
  void Offer(const std::string& next) {
    const MutexLock lock(mutex_);
    note = next;
  }

  // What it answers, and what it was told.
  std::string note;
  std::vector<std::string> rotations;
  std::vector<std::string> proof;
  api::v1::GetConsistencyProofRequest asked;
  std::vector<std::string> cosigned;
  std::function<void()> on_cosignature;
  grpc::Status answer;

 private:
  Mutex mutex_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<api::v1::LogService::Stub> stub_;
};

// The log and the witness of the formats' own vector.
constexpr char kLogOrigin[] = "goodstanding.example/ledger/test";
constexpr char kLogLine[] =
    "\xe2\x80\x94 goodstanding.example/ledger/test "
    "QC1K4cmVCjbWPlz5/ZKMoA9UA7nwvBAiIjRnEUGATkFK8eY72"
    "KTnizWIetOJ7lSk3mh60dyygp2tb9cwbmy8jcWecQI=\n";
constexpr char kWitnessLine[] =
    "\xe2\x80\x94 witness.example/w1 "
    "IDJKvgAAAABlU/EAMI9U3ONOuL3QaYQXCMrjrtvjhvnP0/7v8mHjEXaXLjXE87jK"
    "QTALPDDMnwdkpu2MRYSByd1R3YPPgZsg93EZDg==\n";
constexpr char kTextOf8[] =
    "goodstanding.example/ledger/test\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n";
constexpr char kRootOf6[] = "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef";
const std::vector<std::string>& ProofFrom6To8() {
  static const auto* const kProof = new std::vector<std::string>{
      absl::HexStringToBytes("0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"),
      absl::HexStringToBytes("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"),
      absl::HexStringToBytes("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")};
  return *kProof;
}

// The bytes from `first` to 31 behind it.
std::string Seed(char first) {
  std::string seed;
  for (int i = 0; i < 32; ++i) seed.push_back(static_cast<char>(first + i));
  return seed;
}

class PlayedWitnessTest : public ::testing::Test {
 protected:
  PlayedWitnessTest()
      : scratch_(ScratchFolder::Create().value()),
        folder_path_(scratch_->path() + "/witness"),
        clock_(absl::FromUnixSeconds(1'700'000'000)),
        log_key_(kLogOrigin, eventstore::NoteKeyType::kEd25519, Seed(0)) {
    std::filesystem::create_directory(folder_path_);
    const eventstore::SigningKey key(kName, eventstore::NoteKeyType::kCosignature, Seed(0x20));
    GS_EXPECT_OK(
        eventstore::CreateSecretFile(folder_path_ + "/witness.key",
                                     eventstore::Secret(absl::StrCat(key.ToText().bytes(), "\n"))));
    Start();
  }

  // Starts the witness, or starts it anew.
  void Start() {
    witness_.reset();
    folder_.reset();
    GS_ASSERT_OK_AND_ASSIGN(folder_,
                            WitnessFolder::Open(folder_path_, kName, eventstore::SecureRandom()));
    witness_ = std::make_unique<Witness>(
        *folder_, verify::PublicKey::Parse(log_key_.public_key().ToText()).value(), clock_);
  }

  std::string Signed(const std::string& text, const eventstore::SigningKey& key) const {
    eventstore::Note note{.text = text, .signatures = {key.Sign(text)}};
    return note.ToText();
  }
  std::string NoteOf6() const {
    return Signed(
        eventstore::Checkpoint{.origin = kLogOrigin,
                               .size = 6,
                               .root = eventstore::HashFromBytes(absl::HexStringToBytes(kRootOf6))}
            .ToText(),
        log_key_);
  }

  std::string Seen() { return folder_->ReadSeen(kLogOrigin).value(); }

  const std::unique_ptr<ScratchFolder> scratch_;
  const std::string folder_path_;
  ManualClock clock_;
  const eventstore::SigningKey log_key_;
  PlayedLog log_;
  std::unique_ptr<WitnessFolder> folder_;
  std::unique_ptr<Witness> witness_;
};

TEST_F(PlayedWitnessTest, CosignsTheVectorOfTheFormats) {
  ASSERT_EQ(folder_->key().public_key().ToText(),
            "witness.example/w1+20324abe+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X");
  ASSERT_EQ(
      log_key_.public_key().ToText(),
      "goodstanding.example/ledger/test+402d4ae1+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4");
  log_.note = NoteOf6();
  GS_ASSERT_OK_AND_ASSIGN(const WitnessRound first, witness_->Look(log_.stub()));
  EXPECT_EQ(first.outcome, Round::kCosigned);
  Start();
  log_.note = absl::StrCat(kTextOf8, "\n", kLogLine);
  log_.proof = ProofFrom6To8();
  GS_ASSERT_OK_AND_ASSIGN(const WitnessRound second, witness_->Look(log_.stub()));
  EXPECT_EQ(second.outcome, Round::kCosigned);
  EXPECT_EQ(log_.asked.old_size(), 6);
  EXPECT_EQ(log_.asked.size(), 8);
  ASSERT_THAT(log_.cosigned, SizeIs(2));
  EXPECT_EQ(log_.cosigned[1], absl::StrCat(kTextOf8, "\n", kWitnessLine));
  EXPECT_EQ(Seen(), log_.note);
  log_.note = absl::StrCat(log_.note, kWitnessLine);
  EXPECT_EQ(witness_->Look(log_.stub())->outcome, Round::kUpToDate);
  EXPECT_THAT(log_.cosigned, SizeIs(2));
}

// What a witness cosigned and did not keep, it could contradict after a crash.
TEST_F(PlayedWitnessTest, KeepsACheckpointBeforeItsCosignatureGoesOut) {
  log_.note = NoteOf6();
  std::string seen_then;
  log_.on_cosignature = [&] { seen_then = Seen(); };
  log_.answer = grpc::Status(grpc::StatusCode::UNAVAILABLE, "it went away");
  EXPECT_THAT(witness_->Look(log_.stub()), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(seen_then, log_.note);
  // The cosignature was not taken: the same checkpoint is cosigned once more.
  Start();
  log_.answer = grpc::Status::OK;
  EXPECT_EQ(witness_->Look(log_.stub())->outcome, Round::kCosigned);
  EXPECT_THAT(log_.cosigned, SizeIs(2));
}

TEST_F(PlayedWitnessTest, ACheckpointThatCannotBeKeptIsNotCosigned) {
  log_.note = NoteOf6();
  // Something else is where the log's folder belongs.
  std::ofstream(folder_path_ + "/goodstanding.example_ledger_test") << "x";
  EXPECT_FALSE(witness_->Look(log_.stub()).ok());
  EXPECT_THAT(log_.cosigned, IsEmpty());
}

TEST_F(PlayedWitnessTest, AProofThatDoesNotHoldIsAContradiction) {
  log_.note = NoteOf6();
  GS_ASSERT_OK(witness_->Look(log_.stub()));
  log_.note = absl::StrCat(kTextOf8, "\n", kLogLine);
  std::vector<std::vector<std::string>> proofs = {
      {}, ProofFrom6To8(), ProofFrom6To8(), ProofFrom6To8()};
  proofs[1].pop_back();
  proofs[2].push_back(proofs[2].back());
  std::swap(proofs[3][0], proofs[3][1]);
  for (const auto& proof : proofs) {
    log_.proof = proof;
    GS_ASSERT_OK_AND_ASSIGN(const WitnessRound round, witness_->Look(log_.stub()));
    EXPECT_EQ(round.outcome, Round::kInconsistent);
    EXPECT_EQ(round.why, "its 8 events do not begin with the 6 that it had before");
    EXPECT_EQ(ReadFile(round.evidence + "/seen.checkpoint"), NoteOf6());
    EXPECT_EQ(ReadFile(round.evidence + "/offered.checkpoint"), log_.note);
  }
  EXPECT_THAT(log_.cosigned, SizeIs(1));
  EXPECT_EQ(Seen(), NoteOf6());
}

// A server that gives less than it was asked for.
TEST_F(PlayedWitnessTest, ASmallerCheckpointThanTheLastOneIsAContradiction) {
  log_.note = absl::StrCat(kTextOf8, "\n", kLogLine);
  GS_ASSERT_OK(witness_->Look(log_.stub()));
  log_.note = NoteOf6();
  Start();
  GS_ASSERT_OK_AND_ASSIGN(const WitnessRound round, witness_->Look(log_.stub()));
  EXPECT_EQ(round.outcome, Round::kInconsistent);
  EXPECT_EQ(round.why, "it has 6 events, and had 8 before");
}

TEST_F(PlayedWitnessTest, RefusesWhatIsNoCheckpointOrNoProof) {
  log_.note = "no note";
  EXPECT_THAT(witness_->Look(log_.stub()), StatusIs(absl::StatusCode::kFailedPrecondition));
  log_.note = NoteOf6();
  log_.rotations = {"no rotation"};
  EXPECT_THAT(witness_->Look(log_.stub()), StatusIs(absl::StatusCode::kFailedPrecondition));
  log_.rotations.clear();
  GS_ASSERT_OK(witness_->Look(log_.stub()));
  log_.note = absl::StrCat(kTextOf8, "\n", kLogLine);
  log_.proof = {"too short"};
  EXPECT_THAT(witness_->Look(log_.stub()), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(log_.cosigned, SizeIs(1));
}

// The program itself, which looks again each second.
TEST_F(PlayedWitnessTest, LooksAgainUntilItIsStoppedOrTheLogContradictsItself) {
  witness_.reset();
  folder_.reset();  // The program wants it.
  const std::vector<std::string> command = {
      GOODSTANDING_PROGRAM,           "witness",  folder_path_,   "--name",  kName, "--key",
      log_key_.public_key().ToText(), "--server", log_.address(), "--every", "1"};
  const std::string note_of_8 = absl::StrCat(kTextOf8, "\n", kLogLine);
  log_.proof = ProofFrom6To8();
  log_.note = NoteOf6();
  {
    GS_ASSERT_OK_AND_ASSIGN(const auto program, testing::ChildProcess::Start(command));
    GS_EXPECT_OK(program->AwaitLine("Cosigned 6 "));
    log_.Offer("no note");
    GS_EXPECT_OK(program->AwaitLine("what the server hands out is not a checkpoint"));
    log_.Offer(note_of_8);
    GS_EXPECT_OK(program->AwaitLine("Cosigned 8 "));
    EXPECT_EQ(program->Stop(), 0);
  }
  GS_ASSERT_OK_AND_ASSIGN(const auto program, testing::ChildProcess::Start(command));
  GS_EXPECT_OK(program->AwaitLine("Cosigned 8 ")) << "the played log forgets cosignatures";
  log_.Offer(NoteOf6());
  GS_EXPECT_OK(program->AwaitLine("THE LOG CONTRADICTS ITSELF"));
  GS_EXPECT_OK(program->AwaitLine("Tell whoever relies on this log."));
  EXPECT_EQ(program->Stop(), 4) << "it had ended by itself";
}

// The key changes between size 6 and size 8.
class RotatedWitnessTest : public PlayedWitnessTest {
 protected:
  RotatedWitnessTest() : new_key_(kLogOrigin, eventstore::NoteKeyType::kEd25519, Seed(0x40)) {
    log_.note = NoteOf6();
    GS_EXPECT_OK(witness_->Look(log_.stub()));
    log_.proof = ProofFrom6To8();
  }

  std::string Rotation(int64_t first_size, const eventstore::SigningKey& to) const {
    eventstore::Note note;
    note.text = absl::StrCat("goodstanding key-rotation/v1\n", kLogOrigin, "\n", first_size, "\n",
                             log_key_.public_key().ToText(), "\n", to.public_key().ToText(), "\n");
    note.signatures = {log_key_.Sign(note.text), to.Sign(note.text)};
    return note.ToText();
  }

  const eventstore::SigningKey new_key_;
};

TEST_F(RotatedWitnessTest, FollowsTheKeyByTheRotation) {
  log_.note = Signed(kTextOf8, new_key_);
  EXPECT_THAT(witness_->Look(log_.stub()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("none of the given keys")));
  log_.rotations = {Rotation(7, new_key_)};
  EXPECT_EQ(witness_->Look(log_.stub())->outcome, Round::kCosigned);
  // Known once, it need not be told again.
  Start();
  log_.rotations.clear();
  EXPECT_EQ(witness_->Look(log_.stub())->outcome, Round::kCosigned);
}

TEST_F(RotatedWitnessTest, TheOldKeySignsNothingBehindItsRange) {
  log_.note = Signed(kTextOf8, log_key_);
  log_.rotations = {Rotation(7, new_key_)};
  EXPECT_THAT(witness_->Look(log_.stub()), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                    HasSubstr("which signs sizes from 0 to 6")));
  log_.note = Signed(kTextOf8, new_key_);
  GS_ASSERT_OK(witness_->Look(log_.stub()));
  // Nor once the server does not speak of the rotation any more.
  Start();
  log_.note = Signed(kTextOf8, log_key_);
  log_.rotations.clear();
  EXPECT_THAT(witness_->Look(log_.stub()), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                    HasSubstr("which signs sizes from 0 to 6")));
}

TEST_F(RotatedWitnessTest, ASecondHeirOfTheSameKeyIsRefused) {
  log_.note = Signed(kTextOf8, new_key_);
  log_.rotations = {Rotation(7, new_key_)};
  GS_ASSERT_OK(witness_->Look(log_.stub()));
  const eventstore::SigningKey other(kLogOrigin, eventstore::NoteKeyType::kEd25519, Seed(0x60));
  log_.note = Signed(kTextOf8, other);
  log_.rotations = {Rotation(7, other)};
  EXPECT_THAT(witness_->Look(log_.stub()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("contradicts")));
  EXPECT_THAT(log_.cosigned, SizeIs(2));
}

}  // namespace
}  // namespace goodstanding::tools
