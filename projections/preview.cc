#include "projections/preview.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "projections/codec.h"
#include "projections/replay.h"

namespace goodstanding::projections {
namespace {

using domain::Evaluation;
using domain::FormatHundredths;

constexpr int kStreamsPerPage = 1000;

// A figure of one evaluation, and the group whose place it has in a comparison.
struct Figure {
  int group = 0;
  std::string name;
  std::string text;
};

constexpr int kStanding = 0;
constexpr int kRequirement = 1;
constexpr int kCounted = 2;
constexpr int kCredit = 3;
constexpr int kMoney = 4;
constexpr int kGroups = 5;

std::string YesOrNo(bool value) { return value ? "yes" : "no"; }

void AddStanding(const Evaluation& evaluation, std::vector<Figure>& figures) {
  figures.push_back(
      {kStanding, "standing", std::string(domain::StandingName(evaluation.standing))});
  figures.push_back({kStanding, "certified", YesOrNo(domain::IsCertified(evaluation.standing))});
  if (evaluation.cycle() == nullptr) return;
  figures.push_back({kStanding, "level", evaluation.level->level});
  figures.push_back({kStanding, "cycle_end", evaluation.cycle()->calendar.cycle_end.ToString()});
}

void AddCredits(const domain::RenewalStatus& renewal, std::vector<Figure>& figures) {
  for (const domain::RequirementLine& line : renewal.level->requirement) {
    figures.push_back(
        {kRequirement, absl::StrCat("requirement.", line.line), FormatHundredths(line.minimum)});
    figures.push_back({kCounted, absl::StrCat("counted.", line.line),
                       FormatHundredths(renewal.credits.Counted(line))});
  }
  for (const domain::CreditJudgment& judgment : renewal.credits.judgments) {
    figures.push_back({kCredit, absl::StrCat("credit.", judgment.record->reference),
                       judgment.reason == domain::CreditReason::kEarns
                           ? FormatHundredths(judgment.earned)
                           : std::string(domain::CreditReasonName(judgment.reason))});
  }
}

void AddMoney(const Evaluation& evaluation, std::vector<Figure>& figures) {
  const domain::RenewalStatus& renewal = evaluation.renewal;
  const domain::Fees& fees = renewal.fees.fees;
  const auto add = [&](absl::string_view name, domain::Hundredths amount) {
    figures.push_back({kMoney, std::string(name), FormatHundredths(amount)});
  };
  add("fees.recertification", fees.recertification);
  add("fees.late", fees.late);
  add("fees.extension", fees.extension);
  add("fees.reinstatement", fees.reinstatement);
  add("paid", renewal.paid);
  add("balance", renewal.balance);
  add("arrears", evaluation.arrears);
  figures.push_back({kMoney, "complete", YesOrNo(renewal.complete)});
}

std::vector<Figure> FiguresOf(const Evaluation& evaluation) {
  std::vector<Figure> figures;
  AddStanding(evaluation, figures);
  if (evaluation.cycle() == nullptr) return figures;
  AddCredits(evaluation.renewal, figures);
  AddMoney(evaluation, figures);
  return figures;
}

const Figure* Find(const std::vector<Figure>& figures, const Figure& wanted) {
  const auto found = std::find_if(figures.begin(), figures.end(), [&](const Figure& figure) {
    return figure.group == wanted.group && figure.name == wanted.name;
  });
  return found == figures.end() ? nullptr : &*found;
}

}  // namespace

std::vector<FigureDifference> Compare(const Evaluation& before, const Evaluation& after) {
  const std::vector<Figure> old_figures = FiguresOf(before);
  const std::vector<Figure> new_figures = FiguresOf(after);
  std::vector<FigureDifference> differences;
  for (int group = 0; group < kGroups; ++group) {
    for (const Figure& figure : old_figures) {
      if (figure.group != group) continue;
      const Figure* const now = Find(new_figures, figure);
      const std::string text = now == nullptr ? std::string() : now->text;
      if (text != figure.text) differences.push_back({figure.name, figure.text, text});
    }
    for (const Figure& figure : new_figures) {
      if (figure.group != group || Find(old_figures, figure) != nullptr) continue;
      differences.push_back({figure.name, "", figure.text});
    }
  }
  return differences;
}

absl::Status PreviewCorrection(const eventstore::EventStore& store,
                               const domain::Catalogue& catalogue,
                               const domain::RulebookView& before,
                               const domain::RulebookView& after, domain::Date day,
                               const PreviewVisitor& visit) {
  const domain::Knowledge knowledge{.max_position = store.Head()};
  const domain::Cutoff cutoff = domain::Cutoff::EndOf(day);
  std::string last;
  while (true) {
    GS_ASSIGN_OR_RETURN(const std::vector<std::string> streams,
                        store.ListStreams(kCertificantPrefix, last, kStreamsPerPage));
    if (streams.empty()) return absl::OkStatus();
    for (const std::string& stream : streams) {
      const absl::string_view id = absl::string_view(stream).substr(kCertificantPrefix.size());
      GS_ASSIGN_OR_RETURN(const domain::CertificantState state,
                          LoadCertificant(store, id, knowledge));
      if (state.version == 0) continue;  // Registered since.
      const Evaluation old_answer = domain::Evaluate({state, before, catalogue, knowledge}, cutoff);
      const Evaluation new_answer = domain::Evaluate({state, after, catalogue, knowledge}, cutoff);
      if (!visit(id, old_answer, new_answer, Compare(old_answer, new_answer))) {
        return absl::OkStatus();
      }
    }
    last = streams.back();
  }
}

}  // namespace goodstanding::projections
