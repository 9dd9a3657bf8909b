// Lists, a page at a time, as a person, a program or a spreadsheet reads them.
#ifndef GOODSTANDING_TOOLS_LIST_TEXT_H_
#define GOODSTANDING_TOOLS_LIST_TEXT_H_

#include <string>
#include <vector>

#include "goodstanding/api/v1/query_service.pb.h"
#include "tools/output.h"

namespace goodstanding::tools {

// In what form a list is printed: a table, a line of JSON an item, or RFC 4180.
enum class ListForm { kTable, kJson, kCsv };

struct ListColumn {
  Table::Column column;
  std::string name;  // In the header of the CSV.
};

struct ListRow {
  std::vector<std::string> cells;  // One a column.
  Mood mood = Mood::kPlain;
};

// Rows as a table or as CSV; the first piece has the header.
std::string RowsText(const std::vector<ListColumn>& columns, const std::vector<ListRow>& rows,
                     ListForm form, bool first, const Style& style);

// A line {"NAME": ...} of a list whose entries are not all of one kind.
std::string JsonEntry(absl::string_view name, const google::protobuf::Message& entry);

// Items as lines of JSON.
template <typename Items>
std::string JsonLines(const Items& items) {
  std::string text;
  for (const auto& item : items) text += ToJsonLine(item);
  return text;
}

// A page of the Good Standing Report.
std::string GoodStandingText(const api::v1::ListGoodStandingResponse& page, ListForm form,
                             bool first, const Style& style);

// A page of the list of those who are due.
std::string DueText(const api::v1::ListDueResponse& page, ListForm form, bool first,
                    const Style& style);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_LIST_TEXT_H_
