#include "tools/correction_text.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/when.h"
#include "tools/words.h"

namespace goodstanding::tools {
namespace {

using api::v1::CorrectionEffect;
using api::v1::Reconsideration;
using Align = Table::Align;
using Lines = google::protobuf::RepeatedPtrField<api::v1::ExplanationLine>;

// Widths that let the pieces of a table line up.
constexpr int kIdWidth = 20;

std::string Joined(const Lines& lines) {
  return absl::StrJoin(lines, " ", [](std::string* out, const api::v1::ExplanationLine& line) {
    out->append(line.text());
  });
}

// The lines before and after, a paragraph each.
std::string WhyText(const Lines& before, const Lines& after, const Style& style) {
  std::string text;
  for (const auto& [name, lines] : {std::pair("before: ", &before), std::pair("after: ", &after)}) {
    for (const api::v1::ExplanationLine& line : *lines) {
      absl::StrAppend(&text, Colored(Wrapped(absl::StrCat(name, line.text()), "    ", style),
                                     Mood::kFaint, style));
    }
  }
  return text;
}

// Rows of entries: in a table with the reasons of each below it, in CSV in columns of their own.
class Entries {
 public:
  Entries(std::vector<ListColumn> columns, EntryForm form, bool first, const Style& style)
      : columns_(std::move(columns)), form_(form), first_(first), style_(style) {
    if (!InColumns()) return;
    columns_.push_back({{"Why before"}, "before_lines"});
    columns_.push_back({{"Why after"}, "after_lines"});
  }

  void Add(std::vector<ListRow> rows, const Lines& before, const Lines& after) {
    if (InColumns()) {
      for (ListRow& row : rows) {
        row.cells.push_back(Joined(before));
        row.cells.push_back(Joined(after));
      }
    }
    absl::StrAppend(&text_, RowsText(columns_, rows, form_.form, first_, style_));
    first_ = false;
    if (form_.why && form_.form == ListForm::kTable) {
      absl::StrAppend(&text_, WhyText(before, after, style_));
    }
  }

  std::string Text() const { return text_; }

 private:
  bool InColumns() const { return form_.why && form_.form == ListForm::kCsv; }

  std::vector<ListColumn> columns_;
  const EntryForm form_;
  bool first_;
  const Style& style_;
  std::string text_;
};

template <typename Items>
std::string JsonEntries(absl::string_view name, const Items& items) {
  std::string text;
  for (const auto& item : items) absl::StrAppend(&text, JsonEntry(name, item));
  return text;
}

std::string YearText(int year) { return year == 0 ? "" : absl::StrCat(year); }

std::vector<ListRow> RowsOf(const CorrectionEffect& effect) {
  std::vector<ListRow> rows;
  for (const api::v1::ChangedFigure& change : effect.changes()) {
    const Mood mood = change.figure() == "standing" ? Mood::kWarning : Mood::kPlain;
    rows.push_back(
        {{effect.certificant_id(), YearText(effect.cycle_end_year()), change.figure(),
          change.before(), change.after(), absl::StrJoin(effect.deciding_figures(), " ")},
         mood});
  }
  return rows;
}

std::string Describe(api::v1::ReconsiderationKind kind) {
  switch (kind) {
    case api::v1::RECONSIDERATION_KIND_SUBMISSION:
      return "application taken";
    case api::v1::RECONSIDERATION_KIND_RETURN:
      return "application returned";
    case api::v1::RECONSIDERATION_KIND_APPROVAL:
      return "renewal approved";
    case api::v1::RECONSIDERATION_KIND_EXTENSION_REQUEST:
      return "extension request taken";
    case api::v1::RECONSIDERATION_KIND_EXTENSION_GRANT:
      return "extension granted";
    case api::v1::RECONSIDERATION_KIND_EXTENSION_DENIAL:
      return "extension denied";
    case api::v1::RECONSIDERATION_KIND_REINSTATEMENT_REQUEST:
      return "reinstatement request taken";
    case api::v1::RECONSIDERATION_KIND_LAPSE:
      return "lapsed";
    case api::v1::RECONSIDERATION_KIND_EXPIRY:
      return "expired";
    default:
      return api::v1::ReconsiderationKind_Name(kind);
  }
}

ListRow RowOf(const Reconsideration& entry) {
  return {
      {entry.certificant_id(), absl::StrCat(entry.position()), FormatDate(entry.effective_date()),
       YearText(entry.cycle_end_year()), Describe(entry.kind()), tools::Describe(entry.rule_set()),
       entry.before().outcome(), entry.after().outcome()},
      Mood::kPlain};
}

}  // namespace

std::string EffectsText(const api::v1::PreviewCorrectionResponse& response, EntryForm form,
                        bool first, const Style& style) {
  if (form.form == ListForm::kJson) return JsonEntries("effect", response.effects());
  Entries entries({{{"Certificant", Align::kLeft, kIdWidth}, "certificant_id"},
                   {{"Cycle"}, "cycle_end_year"},
                   {{"Figure", Align::kLeft, 20}, "figure"},
                   {{"Before", Align::kLeft, 17}, "before"},
                   {{"After", Align::kLeft, 17}, "after"},
                   {{"Because of"}, "deciding_figures"}},
                  form, first, style);
  for (const CorrectionEffect& effect : response.effects()) {
    entries.Add(RowsOf(effect), effect.before_lines(), effect.after_lines());
  }
  return entries.Text();
}

std::string SummaryText(const api::v1::CorrectionSummary& summary) {
  std::string text =
      absl::StrCat(summary.certificant_count(), " looked at, ", summary.changed_count(),
                   " would change (against version ", summary.base_version(), ", log position ",
                   summary.applied_position(), ")\n");
  for (const api::v1::StandingTransition& transition : summary.transitions()) {
    const std::string standings =
        transition.before() == transition.after()
            ? absl::StrCat("stay ", Name(transition.before()), ", with other figures")
            : absl::StrCat("go from ", Name(transition.before()), " to ", Name(transition.after()));
    absl::StrAppend(&text, "  ", transition.certificant_count(), " ", standings, "\n");
  }
  if (summary.listed_count() != summary.changed_count()) {
    absl::StrAppend(&text, "  ", summary.listed_count(), " of these are listed\n");
  }
  return text;
}

std::string ReconsiderationsText(const api::v1::ListReconsiderationsResponse& response,
                                 EntryForm form, bool first, const Style& style) {
  if (form.form == ListForm::kJson) {
    return JsonEntries("reconsideration", response.reconsiderations());
  }
  Entries entries({{{"Certificant", Align::kLeft, kIdWidth}, "certificant_id"},
                   {{"Event", Align::kRight, 8}, "position"},
                   {{"Date", Align::kLeft, 10}, "effective_date"},
                   {{"Cycle"}, "cycle_end_year"},
                   {{"What", Align::kLeft, 23}, "decision"},
                   {{"Rules", Align::kLeft, 12}, "rule_set"},
                   {{"Before", Align::kLeft, 20}, "before"},
                   {{"After"}, "after"}},
                  form, first, style);
  for (const Reconsideration& entry : response.reconsiderations()) {
    entries.Add({RowOf(entry)}, entry.before().lines(), entry.after().lines());
  }
  return entries.Text();
}

std::string SummaryText(const api::v1::ReconsiderationSummary& summary) {
  int64_t all = 0;
  std::string parts;
  for (const api::v1::ReconsiderationCount& count : summary.counts()) {
    all += count.count();
    absl::StrAppend(&parts, "  ", count.count(), " ", Describe(count.kind()), "\n");
  }
  return absl::StrCat(summary.certificant_count(), " looked at, ", all, " to be settled (version ",
                      summary.base_version(), " against ", summary.version(), ", log position ",
                      summary.applied_position(), ")\n", parts);
}

}  // namespace goodstanding::tools
