// The standing and why: which row of section 8's table holds, and what was complete by which day.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "domain/explain_parts.h"
#include "domain/source_headings.h"

namespace goodstanding::domain {
namespace {

using namespace type::v1;  // NOLINT: the standings, by name.

// What one row of the table says.
struct Row {
  std::string because;
  std::vector<int64_t> positions;
  absl::string_view heading = kHeadingProgramme;
  bool settled = false;
};

Row ActiveRow(const CycleStatus& cycle) {
  const std::string end = cycle.calendar.cycle_end.ToWords();
  if (!cycle.renewed) {
    return {absl::StrCat("the cycle runs through ", end, "."), {cycle.begun_by.position}};
  }
  return {absl::StrCat("the cycle that ends on ", end, " was renewed on ",
                       cycle.renewed->effective.date.ToWords(), "."),
          {cycle.renewed->position}};
}

Row LateRow(const CycleStatus& cycle) {
  Row row{absl::StrCat("the cycle ended on ", cycle.calendar.cycle_end.ToWords(),
                       " and is not renewed; it still can be through ",
                       cycle.calendar.late_through.ToWords(), "."),
          {cycle.begun_by.position},
          kHeadingDeadline};
  if (cycle.extension_requested) {
    absl::StrAppend(&row.because, " The extension requested on ",
                    cycle.extension_requested->effective.date.ToWords(), " is undecided.");
    row.positions.push_back(cycle.extension_requested->position);
  }
  return row;
}

Row PendingRow(const CycleStatus& cycle) {
  return {absl::StrCat("an extension was requested in time, on ",
                       cycle.extension_requested->effective.date.ToWords(),
                       ", and is undecided; until it is decided the person stays certified, and a "
                       "complete application can be approved."),
          {cycle.extension_requested->position},
          kHeadingExtension,
          true};
}

Row ExtendedRow(const CycleStatus& cycle) {
  return {
      absl::StrCat("the extension granted on ", cycle.extension_granted->effective.date.ToWords(),
                   " runs through ", cycle.calendar.extension_through.ToWords(), "."),
      {cycle.extension_granted->position},
      kHeadingExtensionEnd};
}

Row LapsedRow(const CycleStatus& cycle, Date last_day) {
  Row row{absl::StrCat("the application was not complete by ", last_day.ToWords(),
                       ", so the certification lapsed on ", (last_day + 1).ToWords(),
                       "; it can be reinstated through ",
                       cycle.calendar.reinstatement_through.ToWords(), "."),
          {cycle.begun_by.position},
          kHeadingMissed,
          true};
  if (cycle.extension_granted) row.positions.push_back(cycle.extension_granted->position);
  if (cycle.reinstatement_requested) {
    row.positions.push_back(cycle.reinstatement_requested->position);
  }
  return row;
}

Row ExpiredRow(const CycleStatus& cycle) {
  const Date last = cycle.calendar.reinstatement_through;
  return {absl::StrCat("the cycle that ended on ", cycle.calendar.cycle_end.ToWords(),
                       " was neither renewed nor was a reinstatement complete by ", last.ToWords(),
                       ", so the certification expired on ", (last + 1).ToWords(),
                       "; a new examination is needed."),
          {cycle.begun_by.position},
          kHeadingMissed,
          true};
}

Row EndedRow(const Career& career, absl::string_view how) {
  return {absl::StrCat("the certification was ", how, " on ",
                       career.ended_by.effective.date.ToWords(), "."),
          {career.ended_by.position},
          ""};
}

// The last day on which an application had to be complete to be renewed in time.
Date LastDay(const CycleStatus& cycle) {
  return cycle.extension_granted ? cycle.calendar.extension_through : cycle.calendar.late_through;
}

Row RowOf(const Evaluation& evaluation) {
  const CycleStatus& cycle = *evaluation.cycle();
  switch (evaluation.standing) {
    case STANDING_ACTIVE:
      return ActiveRow(cycle);
    case STANDING_LATE:
      return LateRow(cycle);
    case STANDING_EXTENSION_PENDING:
      return PendingRow(cycle);
    case STANDING_EXTENDED:
      return ExtendedRow(cycle);
    case STANDING_UNDER_REVIEW:
      return {absl::StrCat("the application was complete by ", LastDay(cycle).ToWords(),
                           " and its decision is outstanding; the person stays certified."),
              {cycle.submitted->position},
              kHeadingDecision};
    case STANDING_LAPSED:
      return LapsedRow(cycle, LastDay(cycle));
    case STANDING_REINSTATEMENT_REVIEW:
      return {absl::StrCat("the reinstatement was complete by ",
                           cycle.calendar.reinstatement_through.ToWords(),
                           " and its decision is outstanding."),
              {cycle.reinstatement_requested->position, cycle.submitted->position},
              kHeadingMissed,
              true};
    case STANDING_REVOKED:
      return EndedRow(evaluation.career, "revoked");
    case STANDING_SURRENDERED:
      return EndedRow(evaluation.career, "surrendered");
    default:
      return ExpiredRow(cycle);
  }
}

// What an application had by the end of a day, as all of it stands by the evaluation's cutoff.
struct Progress {
  Date day;
  bool submitted = false;
  CreditCount credits;
  Hundredths due = 0;
  Hundredths paid = 0;
};

Progress ProgressBy(const Facts& facts, const Evaluation& evaluation, Date day) {
  const CycleStatus& cycle = *evaluation.cycle();
  Progress progress;
  progress.day = day;
  progress.submitted = cycle.submitted && cycle.submitted->effective.date <= day;
  progress.credits =
      CountCredits(facts.state, evaluation.career, static_cast<size_t>(evaluation.cycle_index),
                   *evaluation.renewal.level, facts.catalogue, facts.knowledge,
                   {evaluation.cutoff, day, cycle.reinstatement_requested.has_value()});
  progress.due = evaluation.renewal.fees.fees.Total();
  progress.paid = PaidAt(facts.state, evaluation.cutoff,
                         {.cycle_end_year = cycle.end_year, .received_through = day});
  return progress;
}

// The credits by line: "12.00 of 30.00 credits (total)".
std::vector<std::string> CreditParts(const Progress& progress, const Level& level, bool met) {
  std::vector<std::string> parts;
  for (const RequirementLine& line : level.requirement) {
    const Hundredths counted = progress.credits.Counted(line);
    if ((counted >= line.minimum) != met) continue;
    parts.push_back(absl::StrCat(FormatHundredths(counted), " of ", FormatHundredths(line.minimum),
                                 " credits (", line.line, ") count"));
  }
  return parts;
}

std::vector<int64_t> PositionsOf(const Facts& facts, const Evaluation& evaluation,
                                 const Progress& progress) {
  std::vector<int64_t> positions;
  if (progress.submitted) positions.push_back(evaluation.cycle()->submitted->position);
  for (const CreditJudgment& judgment : progress.credits.judgments) {
    if (judgment.reason == CreditReason::kEarns) {
      positions.push_back(judgment.record->stamp.position);
    }
  }
  for (const Payment& payment : facts.state.payments) {
    const PaymentStatus status = StatusAt(payment, evaluation.cutoff);
    if (evaluation.cutoff.Includes(payment.stamp.effective) && !status.returned &&
        payment.stamp.effective.date <= progress.day &&
        status.cycle_end_year == evaluation.cycle()->end_year) {
      positions.push_back(payment.stamp.position);
    }
  }
  return positions;
}

// "Complete by December 31, 2025: no, because ...". The reason is that with which an approval would
// be refused.
ExplanationLine ExplainProgress(const Facts& facts, const Evaluation& evaluation, Date day) {
  const Progress progress = ProgressBy(facts, evaluation, day);
  const Level& level = *evaluation.renewal.level;
  const Figures& figures = evaluation.cycle()->figures();
  const std::string paid = absl::StrCat(MoneyText(figures, progress.paid), " of ",
                                        MoneyText(figures, progress.due), " in fees was received");
  std::vector<std::string> lacking = CreditParts(progress, level, /*met=*/false);
  const bool credits_met = lacking.empty();
  const bool paid_up = progress.paid >= progress.due;
  if (!progress.submitted) {
    lacking.insert(lacking.begin(), "no application was submitted by then");
  }
  if (!paid_up) lacking.push_back(paid);
  ExplanationLine line = MakeLine(ExplanationTopic::kStanding, "", kHeadingDeadline);
  line.positions = PositionsOf(facts, evaluation, progress);
  const std::string by = absl::StrCat("Complete by ", day.ToWords(), ": ");
  if (!lacking.empty()) {
    line.text = absl::StrCat(by, "no, because ", absl::StrJoin(lacking, "; "), ".");
    line.reason = !progress.submitted ? "NOT_SUBMITTED"
                  : !credits_met      ? "REQUIREMENTS_NOT_MET"
                                      : "BALANCE_DUE";
    return line;
  }
  line.text = absl::StrCat(by, "yes: the application was submitted on ",
                           evaluation.cycle()->submitted->effective.date.ToWords(), "; ",
                           absl::StrJoin(CreditParts(progress, level, /*met=*/true), "; "), "; ",
                           paid, ".");
  return line;
}

// The days by which completeness decides the standing; for a window that is open, the day asked
// about.
std::vector<Date> DecisiveDays(const Evaluation& evaluation) {
  const CycleStatus& cycle = *evaluation.cycle();
  const Date asked = evaluation.cutoff.date;
  if (!evaluation.career.in_tenure() || cycle.renewed) return {};
  std::vector<Date> days;
  if (asked > LastDay(cycle)) days.push_back(LastDay(cycle));
  if (asked <= LastDay(cycle)) {
    days.push_back(asked);
  } else if (cycle.reinstatement_requested) {
    days.push_back(std::min(asked, cycle.calendar.reinstatement_through));
  }
  return days;
}

}  // namespace

std::vector<ExplanationLine> ExplainStanding(const Facts& facts, const Evaluation& evaluation) {
  std::vector<ExplanationLine> lines;
  Row row = RowOf(evaluation);
  ExplanationLine line = MakeLine(
      ExplanationTopic::kStanding,
      absl::StrCat(
          "On ", evaluation.cutoff.date.ToWords(), " the standing is ",
          StandingName(evaluation.standing),
          IsCertified(evaluation.standing) ? ", certified: " : ", not certified: ", row.because),
      row.heading);
  line.reason = std::string(StandingName(evaluation.standing));
  line.positions = std::move(row.positions);
  line.settled = row.settled;
  lines.push_back(std::move(line));
  for (const Date day : DecisiveDays(evaluation)) {
    lines.push_back(ExplainProgress(facts, evaluation, day));
  }
  return lines;
}

}  // namespace goodstanding::domain
