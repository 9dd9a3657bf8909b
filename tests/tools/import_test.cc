// Registers in CSV files: what is read of them, and every way in which a row is not as it should
// be.
#include "tools/import_files.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/server.h"
#include "tests/support/status_matchers.h"
#include "tools/client.h"
#include "tools/command_line.h"
#include "tools/csv.h"
#include "tools/rule_files.h"

namespace goodstanding::tools {
namespace {

using ::goodstanding::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::vector<std::string>> Cells(absl::string_view text) {
  std::vector<std::vector<std::string>> cells;
  const auto rows = ParseCsv(text);
  GS_EXPECT_OK(rows);
  for (const CsvRow& row : rows.value()) cells.push_back(row.cells);
  return cells;
}

TEST(CsvTest, ReadsWhatSpreadsheetsWrite) {
  using Rows = std::vector<std::vector<std::string>>;
  EXPECT_EQ(Cells(""), Rows{});
  EXPECT_EQ(Cells("a,b\nc,d\n"), (Rows{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(Cells("\xef\xbb\xbf"
                  "a\r\n\r\nb"),
            (Rows{{"a"}, {"b"}}))
      << "mark, CRLF, no last end";
  EXPECT_EQ(Cells("a,,\n"), (Rows{{"a", "", ""}}));
  EXPECT_EQ(Cells("\"a,\"\"b\"\"\nc\",d\n"), (Rows{{"a,\"b\"\nc", "d"}}));
  EXPECT_EQ(Cells("\"a\r\nb\"\r\n\"\"\r\n"), (Rows{{"a\nb"}, {""}}));
  EXPECT_EQ(Cells("Jos\xc3\xa9"), (Rows{{"Jos\xc3\xa9"}}));
}

TEST(CsvTest, CountsLinesInsideQuotes) {
  const auto rows = ParseCsv("h\n\"a\nb\"\nc\n").value();
  EXPECT_EQ(rows[1].line, 2);
  EXPECT_EQ(rows[2].line, 4);
}

TEST(CsvTest, RefusesWhatIsAmbiguous) {
  for (const auto& [text, message] : std::vector<std::pair<std::string, std::string>>{
           {"a\n\"b", "2: a quoted cell does not end"},
           {"a\"b\n", "1: a quote in a cell without quotes"},
           {"\"a\"b\n", "1: only a comma may follow"},
           {"a\rb\n", "1: a carriage return"},
           {std::string("a\0b\n", 4), "1: a carriage return or a NUL"},
           {std::string("a\n\"b\0\"\n", 7), "2: a control character"},
           {"a\n\x1b[2J\n", "2: a control character"},
           {"a\nJos\xe9\n", "2: a control character, or a letter that is not in UTF-8"},
           {"a\n\"Jos\xe9\"\n", "2: a control character, or a letter that is not in UTF-8"}}) {
    const auto rows = ParseCsv(text);
    EXPECT_THAT(rows, StatusIs(absl::StatusCode::kInvalidArgument)) << text;
    EXPECT_THAT(std::string(rows.status().message()), HasSubstr(message));
  }
}

class ImportFilesTest : public ::testing::Test {
 protected:
  ImportFilesTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "goodstanding-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~ImportFilesTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
  }

  std::string folder_;
};

TEST_F(ImportFilesTest, PersonsComeFirstThenFactsByTheirDay) {
  Write("payments.csv",
        "id,ref,amount,method,dated,received\nana,p,200.00,CHECK,2025-09-01,2025-09-03\n");
  Write("grants.csv", "id,credential,effective\nana,CPCS,2022-05-14\n");
  Write("applications.csv", "id,effective\nana,2025-09-02\n");
  Write("certificants.csv", "id,name\nben,Ben\nana,Ana\n");
  GS_ASSERT_OK_AND_ASSIGN(const ImportFiles files, ReadImportFolder(folder_));
  EXPECT_THAT(files.faults, IsEmpty());
  EXPECT_THAT(files.places, ElementsAre("certificants.csv:2", "certificants.csv:3", "grants.csv:2",
                                        "applications.csv:2", "payments.csv:2"));
  EXPECT_EQ(files.lines[2].line(), 3);
  EXPECT_EQ(files.lines[2].effective_date().year(), 2022);
  EXPECT_EQ(files.lines[4].payment().amount().minor_units(), 20000);
  EXPECT_EQ(files.lines[4].effective_date().day(), 3) << "the day of receipt";
}

TEST_F(ImportFilesTest, ListsEveryRowThatIsNoFact) {
  Write("certificants.csv", "id,name\nana,Ana\nben\n,Cleo\n");
  Write("grants.csv", "id,credential,effective\nana,CPCS,\nana,CPCS,14.5.2022\n");
  Write("credits.csv",
        "id,ref,kind,completed,minutes,count,effective\n"
        "ana,c1,SPONSORED,2024-01-02,60,1,2024-01-02\n"
        "ana,c2,SPONSORED,2024-01-02,,,2024-01-02\n"
        "ana,c3,SPONSORED,2024-01-02,1.5,,2024-01-02\n");
  GS_ASSERT_OK_AND_ASSIGN(const ImportFiles files, ReadImportFolder(folder_));
  std::vector<std::string> places;
  for (const ImportFileFault& fault : files.faults) places.push_back(fault.place);
  EXPECT_THAT(places,
              ElementsAre("certificants.csv:3", "certificants.csv:4", "grants.csv:2",
                          "grants.csv:3", "credits.csv:2", "credits.csv:3", "credits.csv:4"));
  EXPECT_THAT(files.faults[2].message, HasSubstr("effective"));
}

TEST_F(ImportFilesTest, RefusesFilesThatAreNotAsTheHelpSays) {
  EXPECT_THAT(ReadImportFolder(folder_), StatusIs(absl::StatusCode::kNotFound));
  for (const auto& [text, message] : std::vector<std::pair<std::string, std::string>>{
           {"", "has no header"},
           {"id,credential\n", "missing column \"effective\""},
           {"id,credential,effective,colour\n", "unknown column \"colour\""},
           {"id,credential,effective,id\n", "repeated column \"id\""},
           {"id,\"credential\n", "grants.csv:1: a quoted cell does not end"}}) {
    Write("grants.csv", text);
    const auto files = ReadImportFolder(folder_);
    EXPECT_THAT(files, StatusIs(absl::StatusCode::kInvalidArgument)) << text;
    EXPECT_THAT(std::string(files.status().message()), HasSubstr(message));
  }
}

TEST(ImportExamplesTest, AreFreeOfFaults) {
  GS_ASSERT_OK_AND_ASSIGN(
      const ImportFiles files,
      ReadImportFolder(std::string(GOODSTANDING_SOURCE_DIR) + "/deploy/examples/import"));
  EXPECT_THAT(files.faults, IsEmpty());
  EXPECT_GE(files.lines.size(), 15u);
}

// --- The command, against a server.

class ImportCommandTest : public ImportFilesTest {
 protected:
  ImportCommandTest() : clock_(absl::FromUnixSeconds(1757951999)) {  // 2025-09-15.
    services::ServerOptions options;
    options.data_dir = folder_ + "/data";
    options.clock = &clock_;
    options.listen_address = "127.0.0.1:0";
    options.sync = false;
    auto server = services::Server::Start(options);
    GS_EXPECT_OK(server);
    server_ = *std::move(server);
    api::v1::PublishRuleSetRequest publish;
    publish.mutable_header()->set_request_id("rules");
    *publish.mutable_rule_set() = ShippedRules();
    api::v1::CommandReceipt receipt;
    EXPECT_TRUE(Client(server_->InProcessChannel()).Send(publish, receipt).ok());
  }

  struct Result {
    int exit_code = 0;
    std::string out;
    std::string error;
  };

  Result Run(const std::string& folder, const std::vector<std::string>& more = {}) {
    const std::string address = absl::StrCat("127.0.0.1:", server_->port());
    std::vector<const char*> arguments{"goodstanding", "import", folder.c_str(), "--server",
                                       address.c_str()};
    for (const std::string& argument : more) arguments.push_back(argument.c_str());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    Result result;
    result.exit_code = RunTool(static_cast<int>(arguments.size()), arguments.data());
    std::fflush(stdout);
    result.out = ::testing::internal::GetCapturedStdout();
    result.error = ::testing::internal::GetCapturedStderr();
    return result;
  }

  int64_t Head() {
    api::v1::GetServerStatusResponse response;
    const Client client(server_->InProcessChannel());
    EXPECT_TRUE(Call(client.operations(), &api::v1::OperationsService::Stub::GetServerStatus,
                     api::v1::GetServerStatusRequest(), response)
                    .ok());
    return response.head_position();
  }

  ManualClock clock_;
  std::unique_ptr<services::Server> server_;
};

constexpr char kExamples[] = "/deploy/examples/import";

TEST_F(ImportCommandTest, TakesTheExamplesOverOnce) {
  const std::string examples = std::string(GOODSTANDING_SOURCE_DIR) + kExamples;
  const Result checked = Run(examples, {"--check"});
  EXPECT_EQ(checked.exit_code, 0) << checked.error;
  EXPECT_THAT(checked.out, HasSubstr("would be accepted; nothing was recorded"));
  EXPECT_EQ(Head(), 1);
  const Result done = Run(examples, {"--request-id", "register"});
  EXPECT_EQ(done.exit_code, 0) << done.error;
  EXPECT_THAT(done.out, HasSubstr("as events 2 to "));
  const int64_t head = Head();
  EXPECT_GT(head, 15);
  const Result again = Run(examples, {"--request-id", "register"});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.out, HasSubstr("Had recorded"));
  const Result other = Run(examples);  // Everybody is registered by now.
  EXPECT_EQ(other.exit_code, kExitRefused);
  EXPECT_THAT(other.error, HasSubstr("certificants.csv:2:id: CERTIFICANT_EXISTS: "));
  EXPECT_EQ(Head(), head);
}

TEST_F(ImportCommandTest, NamesEveryFaultByFileLineAndColumnAndRecordsNothing) {
  Write("certificants.csv", "id,name,email\r\nana,Ana,ana\r\na b,Ben,\r\ncleo,Cleo,\r\n");
  Write("grants.csv", "id,credential,effective\ncleo,MD,2022-05-14\ncleo,CPCS,2022-02-30\n");
  Write("credits.csv",
        "id,ref,kind,completed,minutes,breaks,effective\n"
        "cleo,c1,GOLF,2024-01-02,60,,2024-01-02\n"
        "cleo,c2,SPONSORED,2024-01-02,60,61,2024-01-02\n"
        "cleo,c3,SPONSORED,2031-01-02,60,,2024-01-02\n");
  const Result result = Run(folder_);
  EXPECT_EQ(result.exit_code, kExitRefused);
  for (const char* fault :
       {"certificants.csv:2:email: INVALID_ARGUMENT: email must be an e-mail address",
        "certificants.csv:3:id: INVALID_ARGUMENT: ", "grants.csv:2:credential: INVALID_ARGUMENT: ",
        "grants.csv:3:effective: INVALID_ARGUMENT: ", "credits.csv:2:kind: INVALID_ARGUMENT: ",
        "credits.csv:3:breaks: INVALID_AMOUNT: ", "credits.csv:4:completed: COMPLETED_IN_FUTURE: ",
        "7 of 8 lines are refused; nothing was recorded."}) {
    EXPECT_THAT(result.error, HasSubstr(fault));
  }
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(Head(), 1);
  const Result json = Run(folder_, {"--json"});
  EXPECT_EQ(json.exit_code, kExitRefused);
  EXPECT_THAT(json.out, HasSubstr("\"fault_count\""));
}

TEST_F(ImportCommandTest, SendsNothingWhereARowIsNoFact) {
  Write("certificants.csv", "id,name\nana,Ana\nben\n");
  const Result result = Run(folder_);
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_THAT(result.error, HasSubstr("certificants.csv:3: the row has 1 cells, the header 2"));
  EXPECT_EQ(Head(), 1);
}

TEST_F(ImportCommandTest, WritesNoControlCharactersToTheTerminal) {
  Write("grants.csv", "id,credential,effective\nana,CPCS,\"20\n22\"\n");
  const Result result = Run(folder_);
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_THAT(result.error, HasSubstr("not \"20 22\""));
}

}  // namespace
}  // namespace goodstanding::tools
