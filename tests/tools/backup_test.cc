// Backing up and restoring as an operator does it, with the tool against a server on a port.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/server.h"
#include "tests/support/status_matchers.h"
#include "tests/tools/run_tool.h"
#include "tools/backup_text.h"
#include "tools/client.h"
#include "tools/command_line.h"
#include "tools/rule_files.h"
#include "tools/scratch_folder.h"

namespace goodstanding::tools {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A real server, with the shipped rules and two people.
class BackupCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    GS_ASSERT_OK_AND_ASSIGN(folder_, ScratchFolder::Create());
    Serve("data");
    api::v1::PublishRuleSetRequest publish;
    GS_ASSERT_OK_AND_ASSIGN(
        *publish.mutable_rule_set(),
        ReadRules(GOODSTANDING_SOURCE_DIR "/deploy/rules/namss-2025.textproto"));
    publish.set_authority("the board");
    Send(publish);
    Register("ana");
    Register("bo");
  }

  void TearDown() override { Stop(); }

  std::string At(const std::string& name) const { return folder_->path() + "/" + name; }

  void Serve(const std::string& data) { Serve(data, At("backup")); }

  void Serve(const std::string& data, const std::string& backup) {
    Stop();
    services::ServerOptions options;
    options.data_dir = At(data);
    options.backup_dir = backup;
    options.listen_address = "127.0.0.1:0";
    options.clock = &clock_;
    GS_ASSERT_OK_AND_ASSIGN(server_, services::Server::Start(options));
    client_ = std::make_unique<Client>(server_->InProcessChannel());
  }

  void Stop() {
    client_.reset();
    server_.reset();
  }

  template <typename Request>
  void Send(Request& request) {
    request.mutable_header()->set_request_id(absl::StrCat("r", ++requests_));
    api::v1::CommandReceipt receipt;
    const grpc::Status status = client_->Send(request, receipt);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  void Register(const std::string& id) {
    api::v1::RegisterCertificantRequest request;
    request.set_certificant_id(id);
    request.set_name("Roe");
    request.set_email(id + "@example.org");
    Send(request);
  }

  // The tool, asking the server.
  Outcome Ask(std::vector<std::string> arguments) {
    arguments.push_back(absl::StrCat("--server=127.0.0.1:", server_->port()));
    return RunWith(arguments);
  }

  SystemClock clock_;
  std::unique_ptr<ScratchFolder> folder_;
  std::unique_ptr<services::Server> server_;
  std::unique_ptr<Client> client_;
  int requests_ = 0;
};

TEST_F(BackupCommandTest, LosesTheDataFolderAndServesWhatWasBackedUp) {
  EXPECT_THAT(Ask({"backup", "--list"}).out, HasSubstr("No backup yet."));
  const Outcome made = Ask({"backup"});
  EXPECT_EQ(made.code, 0) << made.error;
  EXPECT_THAT(made.out, AllOf(HasSubstr("Backup"), HasSubstr("Events  3")));
  Register("cy");
  EXPECT_EQ(Ask({"backup"}).code, 0);
  Register("lost");
  const Outcome list = Ask({"backup", "--list"});
  EXPECT_THAT(list.out, AllOf(HasSubstr("good"), Not(HasSubstr("missing"))));
  EXPECT_THAT(Ask({"backup", "--list", "--json"}).out, HasSubstr("\"event_count\": \"4\""));
  // Nothing that decrypts or signs is in the backup.
  for (const char* key : {"deployment.key", "signing.key"}) {
    const std::string secret = ReadFile(At("data/") + key);
    ASSERT_FALSE(secret.empty()) << key;
    for (const auto& file : std::filesystem::recursive_directory_iterator(At("backup"))) {
      if (!file.is_regular_file()) continue;
      EXPECT_THAT(ReadFile(file.path().string()), Not(HasSubstr(secret.substr(0, 64)))) << key;
    }
  }
  const Outcome sound = RunWith({"verify", At("backup")});
  EXPECT_EQ(sound.code, 0) << sound.out << sound.error;
  EXPECT_THAT(sound.out, AllOf(HasSubstr("No fault"), HasSubstr("4 in")));
  EXPECT_THAT(RunWith({"verify", At("backup"), "--backup", "1"}).out, HasSubstr("3 in"));

  Stop();
  std::filesystem::copy_file(At("data/deployment.key"), At("deployment.key"));
  std::filesystem::copy_file(At("data/signing.key"), At("signing.key"));
  std::filesystem::remove_all(At("data"));

  const Outcome restored = RunWith({"restore", At("backup"), At("data")});
  EXPECT_EQ(restored.code, 0) << restored.error;
  EXPECT_THAT(restored.out, AllOf(HasSubstr("Events"), HasSubstr("Put deployment.key into")));
  EXPECT_EQ(RunWith({"restore", At("backup"), At("data")}).code, kExitUsage) << "it is there";
  EXPECT_EQ(RunWith({"verify", At("data")}).code, 0);

  // The signing key of the old origin stays, behind one of the new origin.
  std::filesystem::copy_file(At("deployment.key"), At("data/deployment.key"));
  std::filesystem::copy_file(At("signing.key"), At("data/signing.key"));
  Serve("data");
  EXPECT_THAT(Ask({"certificant", "cy"}).out, HasSubstr("Roe"));
  EXPECT_NE(Ask({"certificant", "lost"}).code, 0);
  EXPECT_THAT(Ask({"history"}).out, HasSubstr("LogRestored"));
  Register("after");
  const std::string keys = ReadFile(At("data/signing.key"));
  EXPECT_THAT(keys, HasSubstr(ReadFile(At("signing.key"))));
  EXPECT_GT(keys.size(), ReadFile(At("signing.key")).size());
  EXPECT_EQ(Ask({"backup"}).code, 0);
  Stop();
  const Outcome clean = RunWith({"verify", At("data")});
  EXPECT_EQ(clean.code, 0) << clean.out;
  EXPECT_THAT(clean.out, HasSubstr("Restored"));
}

TEST_F(BackupCommandTest, RestoresOnTheServersHostAndLeavesTheServerAlone) {
  EXPECT_EQ(Ask({"backup"}).code, 0);
  Register("later");
  EXPECT_EQ(Ask({"backup"}).code, 0);

  const Outcome newest = Ask({"backup", "--restore", "newest"});
  EXPECT_EQ(newest.code, 0) << newest.error;
  EXPECT_THAT(newest.out, AllOf(HasSubstr("restored/newest"), HasSubstr("Events       4")));
  EXPECT_EQ(RunWith({"verify", At("backup/restored/newest")}).code, 0);
  const Outcome first = Ask({"backup", "--restore", "first", "--backup", "1"});
  EXPECT_THAT(first.out, HasSubstr("Events       3"));
  EXPECT_NE(Ask({"backup", "--restore", "newest"}).code, 0) << "it is there";
  EXPECT_NE(Ask({"backup", "--restore", "new", "--backup", "9"}).code, 0) << "no such backup";
  EXPECT_EQ(Ask({"certificant", "later"}).code, 0);
}

// RocksDB compares the paths of its copies as texts.
TEST_F(BackupCommandTest, TakesAFolderHoweverItsPathIsWritten) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder_->path());
  std::filesystem::create_directory("a");
  int number = 0;
  for (const std::string path :
       {"plain", "./dotted", "a/../turned", "slash/", "a//two", "a/./in"}) {
    SCOPED_TRACE(path);
    Serve("data", path);
    const Outcome made = Ask({"backup"});
    EXPECT_EQ(made.code, 0) << made.error;
    const Outcome sound = RunWith({"verify", path});
    EXPECT_EQ(sound.code, 0) << sound.out << sound.error;
    const Outcome restored = RunWith({"restore", path, absl::StrCat("./restored-", ++number)});
    EXPECT_EQ(restored.code, 0) << restored.error;
  }
  Stop();
  std::filesystem::current_path(before);
}

TEST_F(BackupCommandTest, FindsADamagedBackupAndRefusesIt) {
  EXPECT_EQ(Ask({"backup"}).code, 0);
  Stop();
  std::string file;
  for (const auto& entry : std::filesystem::directory_iterator(At("backup/log/shared_checksum"))) {
    file = entry.path().string();
  }
  ASSERT_FALSE(file.empty());
  std::fstream table(file, std::ios::in | std::ios::out | std::ios::binary);
  table.seekp(40);
  table.put('\x55');
  table.close();
  const Outcome found = RunWith({"verify", At("backup")});
  EXPECT_EQ(found.code, kExitRefused);
  EXPECT_THAT(found.out, HasSubstr("backup, log, backup 1"));
  const Outcome refused = RunWith({"restore", At("backup"), At("restored")});
  EXPECT_EQ(refused.code, kExitRefused);
  EXPECT_THAT(refused.error, HasSubstr("Not restored"));
  EXPECT_FALSE(std::filesystem::exists(At("restored")));
}

TEST_F(BackupCommandTest, SaysWhatIsWrongWithItsUse) {
  struct Row {
    const char* why;
    std::vector<std::string> arguments;
    int code;
  };
  const Row rows[] = {
      {"no backup there", {"restore", At("backup"), At("new")}, kExitUsage},
      {"a folder that is not there", {"restore", At("nowhere"), At("new")}, kExitUsage},
      {"no folder to restore to", {"restore", At("backup")}, kExitUsage},
      {"no such id", {"restore", At("backup"), At("new"), "--backup", "0"}, kExitUsage},
      {"too many to keep", {"backup", "--keep", "100000"}, kExitUsage},
      {"no server", {"backup", "--server=127.0.0.1:1"}, kExitUnreachable},
      {"verify of a backup that is not there", {"verify", At("backup")}, kExitUsage},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.why);
    EXPECT_EQ(RunWith(row.arguments).code, row.code);
  }
}

TEST(BackupText, WritesBytesForPeople) {
  EXPECT_EQ(BytesText(0), "0 bytes");
  EXPECT_EQ(BytesText(1023), "1023 bytes");
  EXPECT_EQ(BytesText(1024), "1.0 KiB");
  EXPECT_EQ(BytesText(1536), "1.5 KiB");
  EXPECT_EQ(BytesText(int64_t{5} << 30), "5.0 GiB");
}

}  // namespace
}  // namespace goodstanding::tools
