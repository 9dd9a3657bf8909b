#include "domain/timeline.h"

#include <algorithm>
#include <utility>

namespace goodstanding::domain {
namespace {

// Every day on which a fact of the person, or of an activity that a record names, takes effect.
std::vector<Date> FactDays(const Facts& facts) {
  std::vector<Date> days;
  const auto add = [&](const Stamp& stamp) { days.push_back(stamp.effective.date); };
  for (const Milestone& milestone : facts.state.milestones) add(milestone.stamp);
  for (const Membership& membership : facts.state.memberships) add(membership.stamp);
  for (const MembershipEnd& end : facts.state.membership_ends) add(end.stamp);
  for (const WriteOff& write_off : facts.state.write_offs) add(write_off.stamp);
  for (const Payment& payment : facts.state.payments) {
    add(payment.stamp);
    for (const PaymentChange& change : payment.changes) add(change.stamp);
  }
  for (const CreditRecord& record : facts.state.credits) {
    add(record.stamp);
    for (const CreditChange& change : record.changes) add(change.stamp);
    const CatalogueEntry* const entry =
        record.activity_id.empty() ? nullptr : facts.catalogue.Find(record.activity_id);
    if (entry == nullptr) continue;
    for (const CatalogueFact& fact : entry->facts) {
      if (facts.knowledge.Sees(fact.position, fact.recorded_micros)) {
        days.push_back(fact.effective.date);
      }
    }
  }
  return days;
}

// The days after a cycle's windows, on which its standing or its fees can change by themselves.
void AddCalendarDays(const CycleStatus& cycle, std::vector<Date>& days) {
  const auto add = [&](const CycleCalendar& calendar) {
    days.push_back(calendar.cycle_end + 1);
    days.push_back(calendar.late_through + 1);
    days.push_back(calendar.extension_through + 1);
    days.push_back(calendar.reinstatement_through + 1);
  };
  days.push_back(cycle.start);
  add(cycle.calendar);
  if (cycle.waivers.empty()) return;
  // What a waiver moved holds unmoved before it, and as the one before it moved it.
  add(cycle.figures().CalendarOf(cycle.end_year));
  for (const AppliedWaiver& applied : cycle.waivers) {
    if (applied.waiver->deadline != type::v1::CYCLE_DEADLINE_UNSPECIFIED) {
      days.push_back(applied.waiver->through + 1);
    }
  }
}

void SortUnique(std::vector<Date>& days) {
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
}

StandingSpan SpanAt(const Facts& facts, CareerWalk& walk, Date day) {
  const Cutoff cutoff = Cutoff::EndOf(day);
  const Career& career = walk.To(cutoff);
  StandingSpan span;
  span.from = day;
  span.standing = StandingAt(facts, career, cutoff);
  const int current = career.CurrentCycle(day);
  if (current >= 0) {
    const CycleStatus& cycle = career.cycles[static_cast<size_t>(current)];
    span.cycle_end_year = cycle.end_year;
    span.cycle_start = cycle.start;
    span.cycle_end = cycle.calendar.cycle_end;
    span.renewed = cycle.renewed.has_value();
  }
  for (const HeldCredential& held : career.held) span.credentials.push_back(held.credential);
  return span;
}

// Whether credits, payments and the catalogue have a say in a standing.
bool DependsOnFacts(Standing standing) {
  switch (standing) {
    case type::v1::STANDING_EXTENSION_PENDING:
    case type::v1::STANDING_UNDER_REVIEW:
    case type::v1::STANDING_LAPSED:
    case type::v1::STANDING_REINSTATEMENT_REVIEW:
    case type::v1::STANDING_EXPIRED:
      return true;
    default:
      return false;
  }
}

void Append(StandingSpan span, std::vector<StandingSpan>& spans) {
  if (spans.empty() || !spans.back().SameAs(span)) spans.push_back(std::move(span));
}

}  // namespace

bool StandingSpan::SameAs(const StandingSpan& other) const {
  return standing == other.standing && cycle_end_year == other.cycle_end_year &&
         cycle_start == other.cycle_start && cycle_end == other.cycle_end &&
         renewed == other.renewed && credentials == other.credentials;
}

Outlook OutlookOf(const Facts& facts) {
  return {FactDays(facts), CareerAt(facts, Cutoff::EndOf(Date::Max()))};
}

std::vector<StandingSpan> BuildTimeline(const Facts& facts) {
  return BuildTimeline(facts, OutlookOf(facts));
}

std::vector<StandingSpan> BuildTimeline(const Facts& facts, const Outlook& outlook) {
  std::vector<StandingSpan> spans;
  if (facts.state.milestones.empty()) return spans;
  std::vector<Date> days;
  for (const CycleStatus& cycle : outlook.career.cycles) AddCalendarDays(cycle, days);
  for (const Milestone& milestone : facts.state.milestones) {
    days.push_back(milestone.stamp.effective.date);
  }
  SortUnique(days);
  std::vector<Date> fact_days;  // Ascending, where they are needed.
  CareerWalk walk(facts.state, facts.rules, ExpiryIn(facts));
  for (size_t i = 0; i < days.size(); ++i) {
    StandingSpan span = SpanAt(facts, walk, days[i]);
    const bool depends = DependsOnFacts(span.standing);
    Append(std::move(span), spans);
    // Between two such days nothing moves unless credits or payments decide the standing.
    if (!depends) continue;
    if (fact_days.empty()) {
      fact_days = outlook.fact_days;
      SortUnique(fact_days);
    }
    const Date next = i + 1 < days.size() ? days[i + 1] : Date::Max();
    auto fact_day = std::upper_bound(fact_days.begin(), fact_days.end(), days[i]);
    for (; fact_day != fact_days.end() && *fact_day < next; ++fact_day) {
      Append(SpanAt(facts, walk, *fact_day), spans);
    }
  }
  if (!spans.empty() && spans.front().standing == type::v1::STANDING_NOT_CERTIFIED) {
    spans.erase(spans.begin());
  }
  return spans;
}

std::vector<Date> AnswerDaysFromLastFact(const Facts& facts, const Outlook& outlook) {
  if (outlook.fact_days.empty()) return {};
  const Date last_fact = *std::max_element(outlook.fact_days.begin(), outlook.fact_days.end());
  std::vector<Date> days = {last_fact};
  for (const CycleStatus& cycle : outlook.career.cycles) AddCalendarDays(cycle, days);
  for (const Membership& membership : facts.state.memberships) {
    days.push_back(membership.from);
    days.push_back(membership.through + 1);
  }
  for (const MembershipEnd& end : facts.state.membership_ends) days.push_back(end.last + 1);
  std::erase_if(days, [&](Date day) { return day < last_fact; });
  SortUnique(days);
  return days;
}

}  // namespace goodstanding::domain
