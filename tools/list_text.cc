#include "tools/list_text.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/when.h"
#include "tools/words.h"

namespace goodstanding::tools {
namespace {

using Align = Table::Align;

// Widths that let the pages of a table line up.
constexpr int kIdWidth = 20;
constexpr int kStandingWidth = 17;
constexpr int kCredentialsWidth = 12;

// Only who is not simply ACTIVE stands out.
Mood ListMood(type::v1::Standing standing) {
  return standing == type::v1::STANDING_ACTIVE ? Mood::kPlain : MoodOf(standing);
}

}  // namespace

std::string JsonEntry(absl::string_view name, const google::protobuf::Message& entry) {
  const std::string json = ToJsonLine(entry);
  return absl::StrCat("{\"", name, "\":", absl::StripTrailingAsciiWhitespace(json), "}\n");
}

std::string RowsText(const std::vector<ListColumn>& columns, const std::vector<ListRow>& rows,
                     ListForm form, bool first, const Style& style) {
  if (form == ListForm::kCsv) {
    std::string text;
    std::vector<std::string> names;
    for (const ListColumn& column : columns) names.push_back(column.name);
    if (first) absl::StrAppend(&text, CsvLine(names), "\r\n");
    for (const ListRow& row : rows) absl::StrAppend(&text, CsvLine(row.cells), "\r\n");
    return text;
  }
  std::vector<Table::Column> table_columns;
  for (const ListColumn& column : columns) table_columns.push_back(column.column);
  Table table(std::move(table_columns));
  for (const ListRow& row : rows) {
    table.AddRow(row.cells);
    table.SetMood(row.mood);
  }
  return table.Render(style, first);
}

std::string GoodStandingText(const api::v1::ListGoodStandingResponse& page, ListForm form,
                             bool first, const Style& style) {
  if (form == ListForm::kJson) return JsonLines(page.entries());
  std::vector<ListRow> rows;
  for (const api::v1::GoodStandingEntry& entry : page.entries()) {
    rows.push_back({{entry.certificant_id(), Name(entry.standing()),
                     absl::StrJoin(entry.credentials(), " "), FormatDate(entry.cycle_end_date())},
                    ListMood(entry.standing())});
  }
  return RowsText({{{"Certificant", Align::kLeft, kIdWidth}, "certificant_id"},
                   {{"Standing", Align::kLeft, kStandingWidth}, "standing"},
                   {{"Credentials", Align::kLeft, kCredentialsWidth}, "credentials"},
                   {{"Cycle ends"}, "cycle_end_date"}},
                  rows, form, first, style);
}

std::string DueText(const api::v1::ListDueResponse& page, ListForm form, bool first,
                    const Style& style) {
  if (form == ListForm::kJson) return JsonLines(page.entries());
  std::vector<ListRow> rows;
  for (const api::v1::DueEntry& entry : page.entries()) {
    rows.push_back({{entry.certificant_id(), Name(entry.standing()),
                     FormatDate(entry.cycle_end_date()), YesNo(entry.complete())},
                    ListMood(entry.standing())});
  }
  return RowsText({{{"Certificant", Align::kLeft, kIdWidth}, "certificant_id"},
                   {{"Standing", Align::kLeft, kStandingWidth}, "standing"},
                   {{"Cycle ends"}, "cycle_end_date"},
                   {{"Complete"}, "complete"}},
                  rows, form, first, style);
}

}  // namespace goodstanding::tools
