#include "tools/rules_text.h"

#include <google/protobuf/wrappers.pb.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/words.h"

namespace goodstanding::tools {
namespace {

using Align = Table::Align;

// "all years", "up to 2024", "from 2028 on" or "2025-2027".
std::string YearsText(const type::v1::YearRange& years) {
  const bool open_begin = years.first_year() == kFirstYear;
  const bool open_end = years.last_year() == kLastYear;
  if (open_begin && open_end) return "all years";
  if (open_begin) return absl::StrCat("up to ", years.last_year());
  if (open_end) return absl::StrCat("from ", years.first_year(), " on");
  return Describe(years);
}

std::string JsonString(const std::string& text) {
  google::protobuf::StringValue value;
  value.set_value(text);
  return std::string(absl::StripAsciiWhitespace(ToJsonLine(value)));
}

std::string OrNothing(const std::string& value) { return value.empty() ? "(none)" : value; }

std::string ChangesText(const api::v1::RuleSetRevision& revision) {
  if (revision.changes().empty()) return "published";
  return absl::StrJoin(revision.changes(), " ",
                       [](std::string* out, const type::v1::FigureChange& change) {
                         absl::StrAppend(out, change.path(), "=", change.value());
                       });
}

}  // namespace

std::string RevisionsText(const std::vector<api::v1::RuleSetRevision>& revisions,
                          const Style& style) {
  if (revisions.empty()) {
    return "No rule set is published. Publish one with: goodstanding rules publish FILE\n";
  }
  Table table(
      {{"Rules"}, {"Event", Align::kRight}, {"For years"}, {"What"}, {"Why"}, {"Decided by"}});
  for (const api::v1::RuleSetRevision& revision : revisions) {
    table.AddRow({Describe(revision.rule_set()), absl::StrCat(revision.position()),
                  revision.has_years() ? YearsText(revision.years()) : "", ChangesText(revision),
                  revision.reason(), revision.authority()});
  }
  return table.Render(style);
}

std::string FiguresText(const type::v1::RuleSet& rules, const Style& style) {
  Table table({{"Figure"}, {"Value"}});
  for (const RuleFigure& figure : ListFigures(rules)) {
    if (figure.value.empty() || figure.value == "no") continue;
    table.AddRow({figure.path, figure.value});
  }
  return table.Render(style);
}

std::string DifferencesText(const std::vector<YearsDifference>& differences, const Style& style) {
  if (differences.empty()) return "They say the same.\n";
  std::string text;
  for (const YearsDifference& piece : differences) {
    Table table({{"What"}, {"Before"}, {"After"}, {"Figure"}});
    for (const RuleDifference& difference : piece.differences) {
      table.AddRow({difference.words, OrNothing(difference.before_words),
                    OrNothing(difference.after_words), difference.path});
    }
    absl::StrAppend(&text, text.empty() ? "" : "\n",
                    "For cycles that end in: ", YearsText(piece.years), "\n", table.Render(style));
  }
  return text;
}

std::string DifferencesJson(const std::vector<YearsDifference>& differences) {
  std::string text;
  for (const YearsDifference& piece : differences) {
    for (const RuleDifference& difference : piece.differences) {
      absl::StrAppend(&text, "{\"first_year\":", piece.years.first_year(),
                      ",\"last_year\":", piece.years.last_year(),
                      ",\"figure\":", JsonString(difference.path),
                      ",\"words\":", JsonString(difference.words),
                      ",\"before\":", JsonString(difference.before),
                      ",\"after\":", JsonString(difference.after), "}\n");
    }
  }
  return text;
}

}  // namespace goodstanding::tools
