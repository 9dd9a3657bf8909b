// The server as its operator starts it.
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/json_object.h"
#include "google/protobuf/util/json_util.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "tests/support/child_process.h"
#include "tests/support/status_matchers.h"
#include "tools/client.h"
#include "tools/refusal_text.h"
#include "tools/scratch_folder.h"

namespace goodstanding::tools {
namespace {

using testing::ChildProcess;

class ServeTest : public ::testing::Test {
 protected:
  ServeTest() : folder_(ScratchFolder::Create().value()) {}

  std::unique_ptr<ChildProcess> Serve(const std::string& rules,
                                      const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {
        GOODSTANDING_PROGRAM, "serve",       "--data",  absl::StrCat(folder_->path(), "/data"),
        "--listen",           "127.0.0.1:0", "--rules", rules};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto server = ChildProcess::Start(arguments);
    GS_EXPECT_OK(server);
    return *std::move(server);
  }

  // The shipped rules with one figure changed.
  std::string ChangedRules() {
    std::ifstream shipped(GOODSTANDING_RULES_FILE);
    std::stringstream text;
    text << shipped.rdbuf();
    const std::string changed =
        absl::StrReplaceAll(text.str(), {{"late: \"50.00\"", "late: \"60.00\""}});
    EXPECT_NE(changed, text.str());
    const std::string path = absl::StrCat(folder_->path(), "/changed.textproto");
    std::ofstream(path) << changed;
    return path;
  }

  std::unique_ptr<ScratchFolder> folder_;
};

TEST_F(ServeTest, TellsThatAFileIsNotWhatWasPublished) {
  auto first = Serve(GOODSTANDING_RULES_FILE);
  GS_EXPECT_OK(first->AwaitLine("event=rules_published name=namss-2025"));
  GS_EXPECT_OK(first->AwaitLine("Listening on "));
  EXPECT_EQ(first->Stop(), 0);

  auto same = Serve(GOODSTANDING_RULES_FILE);
  const auto started = same->AwaitLine("Listening on ");
  GS_EXPECT_OK(started);
  EXPECT_EQ(same->Kill().find("rules_differ"), std::string::npos);

  auto changed = Serve(ChangedRules());
  GS_EXPECT_OK(changed->AwaitLine("event=rules_differ name=namss-2025"));
  GS_EXPECT_OK(changed->AwaitLine("Listening on "));
  EXPECT_EQ(changed->Stop(), 0);
}

TEST_F(ServeTest, SaysThatAnotherServerHasTheFolder) {
  auto first = Serve(GOODSTANDING_RULES_FILE);
  GS_EXPECT_OK(first->AwaitLine("Listening on "));
  auto second = Serve(GOODSTANDING_RULES_FILE);
  GS_EXPECT_OK(second->AwaitLine("another process uses this folder; stop it first"));
  constexpr int kDataInUse = 3;
  EXPECT_EQ(second->Stop(), kDataInUse);
}

// A command of each free text and name that a person could stand in, refused and accepted.
TEST_F(ServeTest, LogsJsonAndNothingOfPersons) {
  auto server =
      Serve(GOODSTANDING_RULES_FILE, {"--log-format", "json", "--metrics-listen", "127.0.0.1:0"});
  GS_EXPECT_OK(server->AwaitLine("\"event\":\"serving_metrics\""));
  const auto address = server->AwaitLine("Listening on ");
  GS_EXPECT_OK(address);
  const Client client(grpc::CreateChannel(*address, grpc::InsecureChannelCredentials()));
  api::v1::CommandReceipt receipt;

  api::v1::RegisterCertificantRequest person;
  person.mutable_header()->set_request_id("first");
  person.set_certificant_id("marker-id");
  person.set_name("Marker\n\"Name\"");
  person.set_email("marker@example.org");
  EXPECT_TRUE(client.Send(person, receipt).ok());
  person.mutable_header()->set_request_id("second");
  EXPECT_EQ(ReadFailure(client.Send(person, receipt)).reason, "CERTIFICANT_EXISTS");
  api::v1::OpenAuditRequest audit;
  audit.mutable_header()->set_request_id("third");
  audit.set_certificant_id("marker-id");
  audit.set_reason("Marker of a reason");
  EXPECT_FALSE(client.Send(audit, receipt).ok());
  api::v1::RecordCreditRequest credit;
  credit.mutable_header()->set_request_id("fourth");
  credit.set_certificant_id("marker-id");
  credit.mutable_credit()->set_reference("r");
  credit.mutable_credit()->set_location("marker of a place");
  EXPECT_FALSE(client.Send(credit, receipt).ok());

  ASSERT_EQ(kill(server->pid(), SIGTERM), 0);
  std::string log;
  for (auto line = server->AwaitLine("{"); line.ok(); line = server->AwaitLine("{")) {
    google::protobuf::Struct read;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage("{" + *line, &read).ok()) << *line;
    log += *line + "\n";
  }
  EXPECT_EQ(server->Stop(), 0);
  EXPECT_NE(log.find("\"event\":\"stopped\""), std::string::npos) << log;
  EXPECT_EQ(log.find("arker"), std::string::npos) << log;
}

TEST_F(ServeTest, WritesNoCoreDumps) {
  auto server = Serve(GOODSTANDING_RULES_FILE);
  GS_EXPECT_OK(server->AwaitLine("Listening on "));
  std::ifstream file(absl::StrCat("/proc/", server->pid(), "/limits"));
  std::string line;
  while (std::getline(file, line) && line.rfind("Max core file size", 0) != 0) {
  }
  EXPECT_EQ(absl::StrReplaceAll(line, {{" ", ""}}), "Maxcorefilesize00bytes");
}

}  // namespace
}  // namespace goodstanding::tools
