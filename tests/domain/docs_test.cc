// The catalogues under docs/ say what the code says.
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "domain/refusal.h"
#include "gmock/gmock.h"
#include "goodstanding/event/v1/activity_event.pb.h"
#include "goodstanding/event/v1/certificant_event.pb.h"
#include "goodstanding/event/v1/log_event.pb.h"
#include "goodstanding/event/v1/rule_set_event.pb.h"
#include "gtest/gtest.h"

namespace goodstanding::domain {
namespace {

// A row of a table whose first cell is a name in backquotes, without these.
using Row = std::vector<std::string>;

std::string Plain(absl::string_view cell) {
  cell = absl::StripAsciiWhitespace(cell);
  absl::ConsumePrefix(&cell, "`");
  absl::ConsumeSuffix(&cell, "`");
  return std::string(cell);
}

std::vector<Row> TableRows(const std::string& document) {
  std::ifstream file(absl::StrCat(GOODSTANDING_DOCS_DIR, "/", document));
  EXPECT_TRUE(file.is_open()) << document;
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    absl::string_view rest = line;
    if (!absl::ConsumePrefix(&rest, "| `") || !absl::ConsumeSuffix(&rest, " |")) continue;
    Row row;
    for (const absl::string_view cell : absl::StrSplit(rest, " | ")) row.push_back(Plain(cell));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string UpperSnake(absl::StatusCode code) { return absl::StatusCodeToString(code); }

TEST(DocsTest, ErrorsListsEveryReasonWithItsCodeAndMeaning) {
  constexpr size_t kCells = 4;
  std::map<std::string, Row> documented;
  for (const Row& row : TableRows("errors.md")) {
    if (row.size() != kCells) continue;  // The table of details.
    EXPECT_TRUE(documented.emplace(row[0], row).second) << row[0] << " stands twice";
  }
  for (const RefusalReason& reason : RefusalReasons()) {
    const auto found = documented.find(std::string(reason.reason));
    if (found == documented.end()) {
      ADD_FAILURE() << reason.reason << " is not in docs/errors.md";
      continue;
    }
    EXPECT_EQ(found->second[1], UpperSnake(reason.code)) << reason.reason;
    EXPECT_EQ(found->second[2], std::string(reason.meaning)) << reason.reason;
    EXPECT_FALSE(found->second[3].empty()) << reason.reason;
    documented.erase(found);
  }
  for (const auto& [reason, row] : documented) ADD_FAILURE() << reason << " is no reason any more";
}

void AddKinds(const google::protobuf::Descriptor& stream_event, std::set<std::string>& kinds) {
  const auto& oneof = *stream_event.FindOneofByName("event");
  for (int i = 0; i < oneof.field_count(); ++i) {
    kinds.insert(oneof.field(i)->message_type()->name());
  }
}

TEST(DocsTest, EventsListsEveryKind) {
  constexpr size_t kCells = 4;
  std::set<std::string> kinds;
  AddKinds(*event::v1::CertificantEvent::descriptor(), kinds);
  AddKinds(*event::v1::ActivityEvent::descriptor(), kinds);
  AddKinds(*event::v1::RuleSetEvent::descriptor(), kinds);
  AddKinds(*event::v1::LogEvent::descriptor(), kinds);
  std::set<std::string> documented;
  for (const Row& row : TableRows("events.md")) {
    if (row.size() == kCells) documented.insert(row[0]);
  }
  EXPECT_EQ(documented, kinds);
}

}  // namespace
}  // namespace goodstanding::domain
