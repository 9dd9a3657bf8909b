#include "projections/rows.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "domain/timeline.h"

namespace goodstanding::projections {
namespace {

using domain::Date;
using view::v1::AnswerSpan;
using view::v1::CertificantRow;

view::v1::StandingSpan ToRow(domain::StandingSpan span) {
  view::v1::StandingSpan row;
  row.set_first_day(span.from.number());
  row.set_standing(span.standing);
  if (span.cycle_end_year != 0) {
    row.set_cycle_first_day(span.cycle_start.number());
    row.set_cycle_last_day(span.cycle_end.number());
  }
  row.set_cycle_end_year(span.cycle_end_year);
  for (std::string& credential : span.credentials) row.add_credentials(std::move(credential));
  row.set_renewed(span.renewed);
  return row;
}

void SetCycle(const domain::CycleStatus& cycle, AnswerSpan& answer) {
  answer.set_cycle_number(cycle.number);
  answer.set_cycle_first_day(cycle.start.number());
  answer.set_cycle_last_day(cycle.calendar.cycle_end.number());
  answer.set_cycle_end_year(cycle.end_year);
  answer.set_renewed(cycle.renewed.has_value());
  answer.set_rule_set_name(cycle.figures().name);
  answer.set_rule_set_version(cycle.rules.version);
  answer.set_currency_code(cycle.figures().currency_code);
}

void SetRenewal(const domain::RenewalStatus& renewal, AnswerSpan& answer) {
  for (const domain::RequirementLine& line : renewal.level->requirement) {
    view::v1::LineRow& row = *answer.add_requirement();
    row.set_line(line.line);
    row.set_minimum_hundredths(line.minimum);
    row.set_counted_hundredths(renewal.credits.Counted(line));
  }
  answer.set_complete(renewal.complete);
  answer.set_recertification_fee(renewal.fees.fees.recertification);
  answer.set_late_fee(renewal.fees.fees.late);
  answer.set_extension_fee(renewal.fees.fees.extension);
  answer.set_reinstatement_fee(renewal.fees.fees.reinstatement);
  answer.set_paid(renewal.paid);
}

template <typename Spans>
auto FindSpan(const Spans& spans, Date day) -> decltype(&spans.Get(0)) {
  const auto next =
      std::upper_bound(spans.begin(), spans.end(), day.number(),
                       [](int32_t number, const auto& span) { return number < span.first_day(); });
  return next == spans.begin() ? nullptr : &*std::prev(next);
}

AnswerSpan ToRow(const domain::Evaluation& evaluation, Date day) {
  AnswerSpan answer;
  answer.set_first_day(day.number());
  answer.set_standing(evaluation.standing);
  const domain::CycleStatus* const cycle = evaluation.cycle();
  if (cycle == nullptr) return answer;
  for (const domain::HeldCredential& held : evaluation.career.held) {
    answer.add_credentials(held.credential);
  }
  answer.set_level(evaluation.level->level);
  SetCycle(*cycle, answer);
  SetRenewal(evaluation.renewal, answer);
  answer.set_arrears(evaluation.arrears);
  return answer;
}

}  // namespace

AnswerSpan BuildAnswer(const domain::Facts& facts, Date day) {
  return ToRow(domain::Evaluate(facts, domain::Cutoff::EndOf(day)), day);
}

CertificantRow BuildRow(const domain::Facts& facts, int64_t position) {
  CertificantRow row;
  row.set_position(position);
  row.set_version(facts.state.version);
  row.set_survivor_id(facts.state.survivor_id);
  row.set_merged_position(facts.state.merged_position);
  for (domain::StandingSpan& span : domain::BuildTimeline(facts)) {
    *row.add_spans() = ToRow(std::move(span));
  }
  const std::vector<Date> days = domain::AnswerDaysFromLastFact(facts);
  if (days.empty()) return row;
  domain::LateEvaluator evaluator(facts, days.front());
  std::string content;
  std::string last;
  for (const Date day : days) {
    AnswerSpan answer = ToRow(evaluator.At(day), day);
    answer.clear_first_day();
    answer.SerializeToString(&content);
    if (!row.answers().empty() && content == last) continue;
    last.swap(content);
    answer.set_first_day(day.number());
    *row.add_answers() = std::move(answer);
  }
  return row;
}

const view::v1::StandingSpan* FindStanding(const CertificantRow& row, Date day) {
  return FindSpan(row.spans(), day);
}

const AnswerSpan* FindAnswer(const CertificantRow& row, Date day) {
  return FindSpan(row.answers(), day);
}

bool CanEndIn(const CertificantRow& row, int year) {
  return std::any_of(row.answers().begin(), row.answers().end(), [year](const AnswerSpan& answer) {
    return answer.cycle_number() > 0 && answer.cycle_end_year() == year;
  });
}

std::vector<int> DueYears(const CertificantRow& row) {
  std::set<int> years;
  for (const AnswerSpan& answer : row.answers()) {
    if (answer.cycle_number() > 0) years.insert(answer.cycle_end_year());
  }
  return {years.begin(), years.end()};
}

}  // namespace goodstanding::projections
