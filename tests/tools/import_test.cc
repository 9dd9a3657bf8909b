// Registers in CSV files: what is read of them, and every way in which a row is not as it should
// be.
#include "tools/import_files.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tools/csv.h"

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
           {std::string("a\0b\n", 4), "1: a carriage return or a NUL"}}) {
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

}  // namespace
}  // namespace goodstanding::tools
