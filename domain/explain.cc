#include "domain/explain.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "domain/deadlines.h"
#include "domain/explain_parts.h"
#include "domain/source_headings.h"

namespace goodstanding::domain {
namespace {

using Lines = std::vector<ExplanationLine>;

Lines ExplainNoCycle(const Evaluation& evaluation) {
  ExplanationLine line = MakeLine(
      ExplanationTopic::kStanding,
      absl::StrCat("On ", evaluation.cutoff.date.ToWords(),
                   " the standing is NOT_CERTIFIED: no credential was granted by then. A "
                   "certification begins on the day on which the board notifies the person of "
                   "passing the examination."),
      kHeadingProgramme);
  line.reason = std::string(StandingName(evaluation.standing));
  return {std::move(line)};
}

Lines ExplainRules(const Evaluation& evaluation) {
  const CycleStatus& cycle = *evaluation.cycle();
  const Figures& figures = cycle.figures();
  ExplanationLine line = MakeLine(
      ExplanationTopic::kRules,
      absl::StrCat("Judged by the rule set ", figures.name, ", version ", cycle.rules.version,
                   ", which governs the cycles that end in ", cycle.end_year, "."),
      figures.source_title);
  if (cycle.rules.position > 0) line.positions = {cycle.rules.position};
  return {std::move(line)};
}

Lines ExplainDates(const Facts& facts, const Evaluation& evaluation) {
  Lines lines;
  for (Deadline& deadline : DeadlinesAt(facts, evaluation)) {
    ExplanationLine line =
        MakeLine(ExplanationTopic::kDate, std::move(deadline.text), deadline.source_heading);
    line.positions = std::move(deadline.positions);
    line.settled = deadline.settled;
    lines.push_back(std::move(line));
  }
  return lines;
}

void Append(Lines part, Lines& lines) {
  std::move(part.begin(), part.end(), std::back_inserter(lines));
}

Lines ExplainAll(const Facts& facts, const Evaluation& evaluation, const Evaluation* other) {
  Lines lines;
  if (evaluation.cycle() == nullptr) {
    lines = ExplainNoCycle(evaluation);
    Append(ExplainAnnulments(facts), lines);
    return lines;
  }
  Append(ExplainStanding(facts, evaluation), lines);
  Append(ExplainCycle(facts, evaluation), lines);
  Append(ExplainAnnulments(facts), lines);
  Append(ExplainRules(evaluation), lines);
  Append(ExplainCredits(facts, evaluation, other), lines);
  Append(ExplainRequirement(facts, evaluation), lines);
  Append(ExplainFees(facts, evaluation), lines);
  Append(ExplainPayments(facts, evaluation), lines);
  Append(ExplainDates(facts, evaluation), lines);
  for (ExplanationLine& line : lines) {
    std::sort(line.positions.begin(), line.positions.end());
    line.positions.erase(std::unique(line.positions.begin(), line.positions.end()),
                         line.positions.end());
  }
  return lines;
}

}  // namespace

std::vector<ExplanationLine> Explain(const Facts& facts, const Evaluation& evaluation) {
  return ExplainAll(facts, evaluation, nullptr);
}

std::vector<ExplanationLine> ExplainBeside(const Facts& facts, const Evaluation& evaluation,
                                           const Evaluation& other) {
  return ExplainAll(facts, evaluation, &other);
}

}  // namespace goodstanding::domain
