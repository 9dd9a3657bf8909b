#include "domain/evaluate.h"

#include <algorithm>
#include <utility>

namespace goodstanding::domain {
namespace {

using namespace type::v1;  // NOLINT: the standings, by name.

// Complete by a day (section 8): submitted, credits reported and payments received on or before it,
// as all of that stands by the cutoff.
bool CompleteBy(const Facts& facts, const Career& career, size_t cycle_index, Date day,
                const Cutoff& cutoff) {
  const CycleStatus& cycle = career.cycles[cycle_index];
  if (!cycle.submitted || cycle.submitted->effective.date > day) return false;
  const Hundredths due = FeesAt(facts.state, career, cycle, cutoff).fees.Total();
  const Hundredths paid =
      PaidAt(facts.state, cutoff, {.cycle_end_year = cycle.end_year, .received_through = day});
  if (paid < due) return false;
  const Level& level = RequirementLevel(career, cycle);
  const CreditCount credits =
      CountCredits(facts.state, career, cycle_index, level, facts.catalogue, facts.knowledge,
                   {cutoff, day, cycle.reinstatement_requested.has_value(), /*sums_only=*/true});
  return credits.Meets(level);
}

// The standing of an unrenewed cycle, after the table of section 8.
Standing UnrenewedStanding(const Facts& facts, const Career& career, size_t cycle_index,
                           const Cutoff& cutoff) {
  const CycleStatus& cycle = career.cycles[cycle_index];
  const CycleCalendar& calendar = cycle.calendar;
  const Date date = cutoff.date;
  if (date <= calendar.cycle_end) return STANDING_ACTIVE;
  const bool extended = cycle.extension_granted.has_value();
  if (extended && date <= calendar.extension_through) return STANDING_EXTENDED;
  if (!extended && date <= calendar.late_through) return STANDING_LATE;
  const Date last_day = extended ? calendar.extension_through : calendar.late_through;
  if (CompleteBy(facts, career, cycle_index, last_day, cutoff)) return STANDING_UNDER_REVIEW;
  if (!extended && cycle.extension_requested) return STANDING_EXTENSION_PENDING;
  if (date <= calendar.reinstatement_through) return STANDING_LAPSED;
  if (cycle.reinstatement_requested &&
      CompleteBy(facts, career, cycle_index, calendar.reinstatement_through, cutoff)) {
    return STANDING_REINSTATEMENT_REVIEW;
  }
  return STANDING_EXPIRED;
}

// The part of a renewal that moves with the day by itself.
void EvaluateFees(const Facts& facts, const Career& career, const CycleStatus& cycle,
                  const Cutoff& cutoff, RenewalStatus& renewal) {
  renewal.fees = FeesAt(facts.state, career, cycle, cutoff);
  renewal.balance = renewal.fees.fees.Total() - renewal.paid;
  renewal.complete =
      cycle.submitted && renewal.credits.Meets(*renewal.level) && renewal.balance <= 0;
}

RenewalStatus RenewalOf(const Facts& facts, const Career& career, size_t cycle_index,
                        const Cutoff& cutoff, bool sums_only) {
  const CycleStatus& cycle = career.cycles[cycle_index];
  RenewalStatus renewal;
  renewal.level = &RequirementLevel(career, cycle);
  renewal.credits = CountCredits(
      facts.state, career, cycle_index, *renewal.level, facts.catalogue, facts.knowledge,
      {cutoff, Date::Max(), cycle.reinstatement_requested.has_value(), sums_only});
  renewal.paid = PaidAt(facts.state, cutoff, {.cycle_end_year = cycle.end_year});
  EvaluateFees(facts, career, cycle, cutoff, renewal);
  return renewal;
}

}  // namespace

bool IsCertified(Standing standing) {
  return standing == STANDING_ACTIVE || standing == STANDING_LATE ||
         standing == STANDING_EXTENSION_PENDING || standing == STANDING_EXTENDED ||
         standing == STANDING_UNDER_REVIEW;
}

absl::string_view StandingName(Standing standing) {
  constexpr absl::string_view kPrefix = "STANDING_";
  return absl::string_view(Standing_Name(standing)).substr(kPrefix.size());
}

ExpiryQuestion ExpiryIn(const Facts& facts) {
  return [&facts](const Career& career, const Stamp& stamp) {
    return StandingAt(facts, career, Cutoff::At(stamp.effective)) == STANDING_EXPIRED;
  };
}

Career CareerAt(const Facts& facts, const Cutoff& cutoff) {
  return BuildCareer(facts.state, facts.rules, cutoff, ExpiryIn(facts));
}

Standing StandingAt(const Facts& facts, const Career& career, const Cutoff& cutoff) {
  if (career.ended == TenureEnd::kRevoked) return STANDING_REVOKED;
  if (career.ended == TenureEnd::kSurrendered) return STANDING_SURRENDERED;
  const int current = career.CurrentCycle(cutoff.date);
  if (current < 0) return STANDING_NOT_CERTIFIED;
  if (career.cycles[static_cast<size_t>(current)].renewed) return STANDING_ACTIVE;
  return UnrenewedStanding(facts, career, static_cast<size_t>(current), cutoff);
}

const Level& RequirementLevel(const Career& career, const CycleStatus& cycle) {
  // "I became a dual certificant since my last recertification": only what was held before the
  // first day of the cycle, and is held still, counts.
  const auto held_before = std::count_if(
      career.held.begin(), career.held.end(),
      [&](const HeldCredential& held) { return held.granted.effective.date < cycle.start; });
  const Level& level = cycle.figures().LevelFor(static_cast<int>(held_before));
  if (cycle.waived_levels == nullptr) return level;
  return (*cycle.waived_levels)[static_cast<size_t>(&level - cycle.figures().levels.data())];
}

RenewalStatus EvaluateRenewal(const Facts& facts, const Career& career, size_t cycle_index,
                              const Cutoff& cutoff) {
  return RenewalOf(facts, career, cycle_index, cutoff, /*sums_only=*/false);
}

Evaluation Evaluate(const Facts& facts, const Cutoff& cutoff) {
  return Evaluate(facts, cutoff, CareerAt(facts, cutoff));
}

Evaluation Evaluate(const Facts& facts, const Cutoff& cutoff, Career by_then) {
  Evaluation evaluation;
  evaluation.cutoff = cutoff;
  evaluation.career = std::move(by_then);
  const Career& career = evaluation.career;
  evaluation.cycle_index = career.CurrentCycle(cutoff.date);
  evaluation.standing = StandingAt(facts, career, cutoff);
  if (evaluation.cycle_index < 0) return evaluation;
  evaluation.level = &evaluation.cycle()->figures().LevelFor(static_cast<int>(career.held.size()));
  evaluation.renewal =
      EvaluateRenewal(facts, career, static_cast<size_t>(evaluation.cycle_index), cutoff);
  evaluation.arrears = ArrearsAt(facts.state, career, cutoff);
  return evaluation;
}

LateEvaluator::LateEvaluator(const Facts& facts, Career career) : facts_(facts) {
  evaluation_.career = std::move(career);
  evaluation_.arrears = ArrearsAt(facts.state, evaluation_.career, Cutoff::EndOf(Date::Max()));
}

const Evaluation& LateEvaluator::At(Date day) {
  Evaluation& now = evaluation_;
  now.cutoff = Cutoff::EndOf(day);
  now.cycle_index = now.career.CurrentCycle(day);
  now.standing = StandingAt(facts_, now.career, now.cutoff);
  if (now.cycle_index < 0) return now;
  now.level = &now.cycle()->figures().LevelFor(static_cast<int>(now.career.held.size()));
  if (now.cycle_index == renewal_cycle_) {
    EvaluateFees(facts_, now.career, *now.cycle(), now.cutoff, now.renewal);
    return now;
  }
  renewal_cycle_ = now.cycle_index;
  now.renewal = RenewalOf(facts_, now.career, static_cast<size_t>(now.cycle_index), now.cutoff,
                          /*sums_only=*/true);
  return now;
}

HalfStatus EvaluateHalf(const Facts& facts, const Career& career, size_t cycle_index,
                        const Cutoff& cutoff) {
  const CycleStatus& cycle = career.cycles[cycle_index];
  const Level& level = RequirementLevel(career, cycle);
  const CreditCount credits =
      CountCredits(facts.state, career, cycle_index, level, facts.catalogue, facts.knowledge,
                   {cutoff, Date::Max(), /*documents_demanded=*/true});
  return HalfStatus{credits.total, level.extension_half};
}

}  // namespace goodstanding::domain
