// The commands `checkpoint`, `prove` and `rotate-key`, and what `verify` and `verify-proof` make of
// it, as a person calls them.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/clock.h"
#include "eventstore/note.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/server.h"
#include "tests/support/status_matchers.h"
#include "tests/tools/run_tool.h"
#include "tools/client.h"
#include "tools/scratch_folder.h"
#include "verify/hashes.h"
#include "verify/signed_note.h"

namespace goodstanding::tools {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A server with a signing key of its own; each event registers one person.
class LogCommandsTest : public ::testing::Test {
 protected:
  LogCommandsTest() : folder_(ScratchFolder::Create().value()) { Start(); }
  ~LogCommandsTest() override { Stop(); }

  std::string Path(const std::string& name) const { return folder_->path() + "/" + name; }

  void Start(const std::string& data = "data") {
    services::ServerOptions options;
    options.data_dir = Path(data);
    options.listen_address = "127.0.0.1:0";
    options.clock = &clock_;
    server_ = services::Server::Start(options).value();
    client_ = std::make_unique<Client>(server_->InProcessChannel());
  }
  void Stop() {
    client_.reset();
    if (server_ != nullptr) server_->Shutdown(absl::Seconds(1));
    server_.reset();
  }

  void Register(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string id = absl::StrCat("p", ++people_);
      api::v1::RegisterCertificantRequest request;
      request.mutable_header()->set_request_id(id);
      request.set_certificant_id(id);
      request.set_name("Person");
      api::v1::CommandReceipt receipt;
      const grpc::Status status = client_->Send(request, receipt);
      ASSERT_TRUE(status.ok()) << status.error_message();
    }
  }

  int64_t Head() {
    api::v1::GetServerStatusResponse response;
    EXPECT_TRUE(tools::Call(client_->operations(),
                            &api::v1::OperationsService::Stub::GetServerStatus,
                            api::v1::GetServerStatusRequest(), response)
                    .ok());
    return response.head_position();
  }

  // The key that signs now, by the server's word.
  std::string Key() {
    api::v1::GetCheckpointResponse response;
    EXPECT_TRUE(tools::Call(client_->log(), &api::v1::LogService::Stub::GetCheckpoint,
                            api::v1::GetCheckpointRequest(), response)
                    .ok());
    return response.verifier_key();
  }

  // Calls a command that asks the server.
  Outcome Ask(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--server", absl::StrCat("127.0.0.1:", server_->port())});
    return RunWith(arguments);
  }

  const SystemClock clock_;
  const std::unique_ptr<ScratchFolder> folder_;
  std::unique_ptr<services::Server> server_;
  std::unique_ptr<Client> client_;
  int people_ = 0;
};

TEST_F(LogCommandsTest, ACheckpointIsPrintedOnceItIsChecked) {
  Register(3);
  const std::string key = Key();
  const Outcome plain = Ask({"checkpoint", "--min-size", "3"});
  EXPECT_EQ(plain.code, 0) << plain.error;
  EXPECT_THAT(plain.error, AllOf(HasSubstr("No signature was checked"), HasSubstr(key)));
  GS_ASSERT_OK_AND_ASSIGN(const auto note, verify::SignedCheckpoint::Parse(plain.out));
  EXPECT_EQ(note.size, 3);

  const Outcome checked = Ask({"checkpoint", "--key", key});
  EXPECT_EQ(checked.code, 0) << checked.error;
  EXPECT_EQ(checked.out, plain.out);
  EXPECT_EQ(checked.error, "");

  EXPECT_EQ(Ask({"checkpoint", "--key", key, "--out", Path("kept.txt")}).out, "");
  EXPECT_EQ(ReadFile(Path("kept.txt")), plain.out);

  Register(2);
  const Outcome later =
      Ask({"checkpoint", "--key", key, "--since", Path("kept.txt"), "--min-size", "5"});
  EXPECT_EQ(later.code, 0) << later.error;
  EXPECT_EQ(later.error,
            absl::StrCat("The log of 5 events extends that of 3 in ", Path("kept.txt"), ".\n"));
  EXPECT_EQ(verify::SignedCheckpoint::Parse(later.out)->size, 5);
}

TEST_F(LogCommandsTest, ACheckpointThatIsNotAsItMustBeIsNotPrinted) {
  Register(3);
  const std::string key = Key();
  ASSERT_EQ(Ask({"checkpoint", "--min-size", "3", "--out", Path("kept.txt")}).code, 0);
  const eventstore::NoteKey stranger = {.name = eventstore::NoteKey::Parse(key)->name,
                                        .public_key = std::string(32, 'x')};
  const Outcome unsigned_by =
      Ask({"checkpoint", "--key", stranger.ToText(), "--out", Path("out.txt")});
  EXPECT_EQ(unsigned_by.code, 1);
  EXPECT_THAT(unsigned_by.error, StartsWith("Not accepted: the server's checkpoint of size 3: "));
  EXPECT_FALSE(std::filesystem::exists(Path("out.txt")));
  const Outcome beyond = Ask({"checkpoint", "--min-size", "4"});
  EXPECT_EQ(beyond.code, 1);
  EXPECT_THAT(beyond.error, HasSubstr("The log has 3 events"));
  EXPECT_EQ(Ask({"checkpoint", "--since", Path("none")}).code, 2);
  EXPECT_EQ(Ask({"checkpoint", "--key", "x"}).code, 2);

  // Another log altogether.
  Stop();
  Start("other");
  Register(5);
  const Outcome other = Ask({"checkpoint", "--since", Path("kept.txt")});
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.error, HasSubstr("what was kept is of the log goodstanding/"));
}

TEST_F(LogCommandsTest, ALogThatForkedOrShrankIsTold) {
  Register(3);
  const std::string key = Key();
  Stop();
  std::filesystem::copy(Path("data"), Path("fork"), std::filesystem::copy_options::recursive);
  Start();
  Register(2);
  ASSERT_EQ(Ask({"checkpoint", "--key", key, "--min-size", "5", "--out", Path("kept.txt")}).code,
            0);
  Stop();
  Start("fork");
  for (const int more : {0, 2, 1}) {  // Smaller; as large; larger.
    Register(more);
    api::v1::GetCheckpointRequest request;
    request.set_min_size(Head());
    api::v1::GetCheckpointResponse response;
    ASSERT_TRUE(
        tools::Call(client_->log(), &api::v1::LogService::Stub::GetCheckpoint, request, response)
            .ok());
    const Outcome outcome = Ask({"checkpoint", "--key", key, "--since", Path("kept.txt")});
    EXPECT_EQ(outcome.code, 4) << Head();
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.error,
                AllOf(StartsWith("THE LOG CONTRADICTS ITSELF"), HasSubstr(response.note())));
  }
}

TEST_F(LogCommandsTest, AnEventIsProvenAndItsProofHoldsElsewhere) {
  Register(4);
  const std::string key = Key();
  const std::string name = Path("two");
  const Outcome proven = Ask({"prove", "2", "--out", name, "--key", key});
  EXPECT_EQ(proven.code, 0) << proven.error;
  EXPECT_EQ(proven.out, absl::StrCat(name, ".bin\n", name, ".tlog-proof\n"));
  const Outcome holds =
      RunWith({"verify-proof", name + ".tlog-proof", "--event", name + ".bin", "--key", key});
  EXPECT_EQ(holds.code, 0) << holds.out << holds.error;
  EXPECT_THAT(holds.out, AllOf(StartsWith("Proven: position 2 of the 4 events"),
                               HasSubstr("Stream    certificant/p2, version 1\n")));
  EXPECT_EQ(Ask({"prove", "3", "--out", Path("three")}).code, 0);
  EXPECT_EQ(
      RunWith({"verify-proof", name + ".tlog-proof", "--event", Path("three.bin"), "--key", key})
          .code,
      1);

  const eventstore::NoteKey stranger = {.name = eventstore::NoteKey::Parse(key)->name,
                                        .public_key = std::string(32, 'x')};
  const Outcome refused = Ask({"prove", "2", "--out", Path("none"), "--key", stranger.ToText()});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.error, StartsWith("Not proven: the checkpoint: "));
  EXPECT_FALSE(std::filesystem::exists(Path("none.bin")));
  EXPECT_EQ(Ask({"prove", "5", "--out", Path("none")}).code, 1);
}

TEST_F(LogCommandsTest, ProofsBetweenSizesArePrinted) {
  Register(7);
  std::vector<verify::Tree> trees(8);
  for (int64_t size = 1; size <= 7; ++size) {
    // A checkpoint of each size is not issued: the root is put together from the records.
    verify::Peaks peaks;
    for (int64_t position = 1; position <= size; ++position) {
      api::v1::GetEventProofRequest request;
      request.set_position(position);
      api::v1::GetEventProofResponse response;
      ASSERT_TRUE(
          tools::Call(client_->log(), &api::v1::LogService::Stub::GetEventProof, request, response)
              .ok());
      peaks.Append(verify::EventLeaf(position, verify::Sha256(response.record())));
    }
    trees[static_cast<size_t>(size)] = {.size = size, .root = peaks.Root()};
  }
  for (size_t older = 1; older <= 7; ++older) {
    for (size_t newer = older; newer <= 7; ++newer) {
      const Outcome outcome =
          Ask({"prove", "--old-size", absl::StrCat(older), "--size", absl::StrCat(newer)});
      EXPECT_EQ(outcome.code, 0) << outcome.error;
      std::vector<verify::Hash> proof;
      for (const auto& line : absl::StrSplit(outcome.out, '\n', absl::SkipEmpty())) {
        std::string bytes;
        ASSERT_TRUE(absl::Base64Unescape(line, &bytes));
        proof.push_back(verify::HashFromBytes(bytes).value());
      }
      EXPECT_TRUE(verify::CheckConsistency(trees[older], trees[newer], proof));
    }
  }
  EXPECT_EQ(Ask({"prove", "--old-size", "3", "--size", "8"}).code, 1);
  EXPECT_EQ(Ask({"prove", "--old-size", "3"}).code, 2);
  EXPECT_EQ(Ask({"prove", "3", "--size", "7"}).code, 2);
  EXPECT_EQ(Ask({"prove"}).code, 2);
}

// The whole drill: proofs and checkpoints of both keys, for those who know either of them.
TEST_F(LogCommandsTest, AKeyIsRotatedAndBothRangesHold) {
  Register(3);
  const std::string old_key = Key();
  ASSERT_EQ(Ask({"checkpoint", "--min-size", "3", "--out", Path("before.txt")}).code, 0);
  ASSERT_EQ(Ask({"prove", "2", "--out", Path("before")}).code, 0);
  const Outcome rotated = RunWith({"rotate-key", Path("data")});
  EXPECT_EQ(rotated.code, 0) << rotated.error;
  const std::string new_key = rotated.out.substr(0, rotated.out.find('\n'));
  Register(1);
  EXPECT_EQ(Key(), old_key) << "a server that runs goes on";
  for (int start = 0; start < 2; ++start) {
    Stop();
    Start();
    EXPECT_EQ(Head(), 5) << "recorded once";
  }
  const Outcome history = Ask({"history", "--from", "5"});
  EXPECT_THAT(history.out,
              AllOf(HasSubstr("log/origin"), HasSubstr("SigningKeyRotated"),
                    HasSubstr(absl::StrCat("old_key=", old_key, " new_key=", new_key))));
  Register(2);
  ASSERT_EQ(Ask({"prove", "2", "--out", Path("after")}).code, 0);  // By the newest checkpoint …
  ASSERT_EQ(Ask({"prove", "7", "--out", Path("seven")}).code, 0);  // … which has to cover it.
  EXPECT_EQ(Key(), new_key);
  ASSERT_EQ(Ask({"checkpoint", "--rotations", Path("rotations")}).code, 0);

  for (const std::string& key : {old_key, new_key}) {
    const bool knows_old = key == old_key;
    SCOPED_TRACE(knows_old ? "who knows the old key" : "who knows the new key");
    const Outcome newer =
        Ask({"checkpoint", "--key", key, "--since", Path("before.txt"), "--min-size", "7"});
    EXPECT_EQ(newer.code, 0) << newer.error;
    const Outcome whole =
        RunWith({"verify", Path("data"), "--key", key, "--checkpoint", Path("before.txt")});
    EXPECT_EQ(whole.code, 0) << whole.out;
    EXPECT_THAT(whole.out, HasSubstr("Key rotations  at position 5\n"));
    const auto prove = [&](const std::string& name, const std::vector<std::string>& more) {
      std::vector<std::string> arguments = {
          "verify-proof", Path(name + ".tlog-proof"), "--event", Path(name + ".bin"), "--key", key};
      arguments.insert(arguments.end(), more.begin(), more.end());
      return RunWith(arguments).code;
    };
    EXPECT_EQ(prove("seven", {}), 0) << "it brings the rotation along";
    EXPECT_EQ(prove("after", {}), 0);
    EXPECT_EQ(prove("before", {}), knows_old ? 0 : 1) << "it knows of no rotation";
    EXPECT_EQ(prove("before", {"--rotations", Path("rotations")}), 0);
    EXPECT_EQ(prove("seven", {"--rotations", Path("rotations")}), 0);
    EXPECT_EQ(prove("seven", {"--rotations", Path("before.txt")}), 2);
  }
}

TEST_F(LogCommandsTest, WithoutAKeyFileThereIsNothingToRotate) {
  const Outcome outcome = RunWith({"rotate-key", Path("nowhere")});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.error, HasSubstr("there is no key file"));
}

}  // namespace
}  // namespace goodstanding::tools
