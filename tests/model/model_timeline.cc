#include "tests/model/model_timeline.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <variant>

#include "base/check.h"
#include "tests/model/model_rules.h"

namespace goodstanding::model {

using event::v1::CertificantEvent;
using type::v1::RuleSet;

bool IsBefore(const ModelFact& a, const ModelFact& b) {
  return std::tie(a.effective_micros, a.position) < std::tie(b.effective_micros, b.position);
}

const CertificantEvent& EventOf(const ModelFact& fact) {
  return std::get<CertificantEvent>(fact.payload);
}

std::set<int64_t> AnnulledPositions(const std::vector<ModelFact>& log,
                                    const ModelQuestion& question) {
  std::map<int64_t, int64_t> annulments;  // What each annuls.
  for (const ModelFact& fact : log) {
    const auto* const event = std::get_if<CertificantEvent>(&fact.payload);
    if (event == nullptr || !event->has_fact_annulled() || !IsKnown(fact, question)) continue;
    annulments[fact.position] = event->fact_annulled().fact_position();
  }
  std::set<int64_t> undone;
  for (const auto& [position, target] : annulments) {
    if (annulments.contains(target)) undone.insert(target);
  }
  std::set<int64_t> annulled;
  for (const auto& [position, target] : annulments) {
    if (!undone.contains(position)) annulled.insert(target);
  }
  return annulled;
}

View MakeView(const std::vector<ModelFact>& log, const ModelQuestion& question) {
  const std::set<int64_t> annulled = AnnulledPositions(log, question);
  View view{log, question, {}, {}, question.as_of};
  for (const ModelFact& fact : log) {
    if (!IsKnown(fact, question) || fact.effective_day > question.as_of) continue;
    if (question.as_of_micros.has_value() && fact.effective_micros > *question.as_of_micros) {
      continue;
    }
    if (annulled.contains(fact.position)) continue;
    if (fact.stream == "certificant/" + question.certificant) view.facts.push_back(&fact);
    if (fact.stream.starts_with("activity/")) view.catalogue.push_back(&fact);
  }
  const auto by_effect = [](const ModelFact* a, const ModelFact* b) { return IsBefore(*a, *b); };
  std::sort(view.facts.begin(), view.facts.end(), by_effect);
  std::sort(view.catalogue.begin(), view.catalogue.end(), by_effect);
  return view;
}

View ViewBefore(const View& view, const ModelFact& fact) {
  View before{view.log, view.question, {}, {}, fact.effective_day};
  for (const ModelFact* other : view.facts) {
    if (IsBefore(*other, fact)) before.facts.push_back(other);
  }
  for (const ModelFact* other : view.catalogue) {
    if (IsBefore(*other, fact)) before.catalogue.push_back(other);
  }
  return before;
}

absl::CivilDay ToDay(const type::v1::CivilDate& date) {
  return absl::CivilDay(date.year(), date.month(), date.day());
}

RuleSet RulesOf(const View& view, int year) { return RulesFor(view.log, view.question, year); }

// ------------------------------------------------------------------ tenure and credentials

Tenure NextTenure(const std::optional<Tenure>& before, const ModelFact& grant) {
  Tenure next;
  next.first_grant = &grant;
  if (!before.has_value()) return next;
  next.earlier = before->earlier;
  next.earlier.push_back(*before);
  next.earlier.back().next_grant = &grant;
  return next;
}

bool IsIn(const Tenure& tenure, const ModelFact& fact) {
  if (IsBefore(fact, *tenure.first_grant)) return false;
  if (tenure.last != nullptr && IsBefore(*tenure.last, fact)) return false;
  return tenure.next_grant == nullptr || IsBefore(fact, *tenure.next_grant);
}

std::optional<std::string> CredentialTaken(const CertificantEvent& event) {
  if (event.has_credential_revoked()) return event.credential_revoked().credential();
  if (event.has_credential_surrendered()) return event.credential_surrendered().credential();
  return std::nullopt;
}

namespace {

// Lets one fact act on the credentials held.
void ApplyToHeld(const CertificantEvent& event, std::set<std::string>& held) {
  if (event.has_credential_granted()) held.insert(event.credential_granted().credential());
  const std::optional<std::string> taken = CredentialTaken(event);
  if (!taken.has_value()) return;
  if (taken->empty()) {
    held.clear();
  } else {
    held.erase(*taken);
  }
}

}  // namespace

std::set<std::string> HeldOn(const View& view, const Tenure& tenure, absl::CivilDay day) {
  std::set<std::string> held;
  for (const ModelFact* fact : view.facts) {
    if (IsIn(tenure, *fact) && fact->effective_day <= day) ApplyToHeld(EventOf(*fact), held);
  }
  return held;
}

std::set<std::string> HeldAt(const View& view, const Tenure& tenure, const ModelFact& at) {
  std::set<std::string> held;
  for (const ModelFact* fact : view.facts) {
    if (IsIn(tenure, *fact) && !IsBefore(at, *fact)) ApplyToHeld(EventOf(*fact), held);
  }
  return held;
}

// Section 3: "two credentials were held before the first day of the cycle and both are held still".
// Reading: still means all the time; one that was taken and granted again inside the cycle is new.
std::set<std::string> HeldThroughout(const View& view, const Tenure& tenure,
                                     absl::CivilDay cycle_start) {
  std::set<std::string> held = HeldOn(view, tenure, cycle_start - 1);
  for (const ModelFact* fact : view.facts) {
    if (!IsIn(tenure, *fact) || fact->effective_day < cycle_start) continue;
    const CertificantEvent& event = EventOf(*fact);
    if (CredentialTaken(event).has_value()) ApplyToHeld(event, held);
  }
  return held;
}

// ------------------------------------------------------------------ cycles

namespace {

// The cycle that begins on `start` and ends `cycle_years` after `from_year`.
Cycle MakeCycle(const View& view, absl::CivilDay start, absl::CivilDay counts_from, int from_year) {
  int year = from_year + 1;
  while (from_year + RulesOf(view, year).calendar().cycle_years() > year) ++year;
  return {start, DayInYear(RulesOf(view, year).calendar().cycle_end(), year), counts_from, year};
}

Cycle FirstCycle(const View& view, const Tenure& tenure) {
  const absl::CivilDay granted = tenure.first_grant->effective_day;
  return MakeCycle(view, granted, granted + 1, static_cast<int>(granted.year()));
}

Cycle NextCycle(const View& view, const Cycle& cycle) {
  return MakeCycle(view, cycle.end + 1, cycle.end + 1, cycle.year);
}

}  // namespace

// ------------------------------------------------------------------ the renewal of one cycle

namespace {

void ApplyToRenewal(const ModelFact& fact, int year, Renewal& renewal) {
  const CertificantEvent& event = EventOf(fact);
  if (event.has_application_submitted() && event.application_submitted().cycle_end_year() == year) {
    renewal.submission = &fact;
  }
  if (event.has_application_returned() && event.application_returned().cycle_end_year() == year) {
    renewal.submission = nullptr;
  }
  if (event.has_extension_requested() && event.extension_requested().cycle_end_year() == year) {
    renewal.extension_pending = true;
  }
  if (event.has_extension_granted() && event.extension_granted().cycle_end_year() == year) {
    renewal.extension_pending = false;
    renewal.extension_granted = true;
  }
  if (event.has_extension_denied() && event.extension_denied().cycle_end_year() == year) {
    renewal.extension_pending = false;
  }
  if (event.has_reinstatement_requested() &&
      event.reinstatement_requested().cycle_end_year() == year) {
    renewal.reinstatement_request = &fact;
  }
  if (event.has_certification_renewed() && event.certification_renewed().cycle_end_year() == year) {
    if (renewal.approval == nullptr) renewal.approval = &fact;
  }
}

}  // namespace

Renewal RenewalOf(const View& view, const Tenure& tenure, const Cycle& cycle) {
  Renewal renewal;
  for (const ModelFact* fact : view.facts) {
    if (IsIn(tenure, *fact)) ApplyToRenewal(*fact, cycle.year, renewal);
  }
  return renewal;
}

Cycle CurrentCycle(const View& view, const Tenure& tenure) {
  Cycle cycle = FirstCycle(view, tenure);
  while (view.today > cycle.end && RenewalOf(view, tenure, cycle).approval != nullptr) {
    cycle = NextCycle(view, cycle);
  }
  return cycle;
}

std::vector<int> CycleYears(const View& view, const Tenure& tenure) {
  Cycle cycle = FirstCycle(view, tenure);
  std::vector<int> years = {cycle.year};
  while (RenewalOf(view, tenure, cycle).approval != nullptr) {
    cycle = NextCycle(view, cycle);
    years.push_back(cycle.year);
  }
  return years;
}

std::vector<const ModelFact*> ApprovalsOf(const View& view, const Tenure& tenure) {
  std::vector<const ModelFact*> approvals;
  Cycle cycle = FirstCycle(view, tenure);
  while (const ModelFact* const approval = RenewalOf(view, tenure, cycle).approval) {
    approvals.push_back(approval);
    cycle = NextCycle(view, cycle);
  }
  return approvals;
}

Cycle CycleIn(const View& view, const Tenure& tenure, int year) {
  Cycle cycle = FirstCycle(view, tenure);
  while (cycle.year < year) cycle = NextCycle(view, cycle);
  GS_CHECK(cycle.year == year);
  return cycle;
}

std::vector<event::v1::WaiverGranted> WaiversOf(const View& view, const Tenure& tenure,
                                                const Cycle& cycle) {
  std::vector<event::v1::WaiverGranted> waivers;
  for (const ModelFact* fact : view.facts) {
    const CertificantEvent& event = EventOf(*fact);
    if (IsIn(tenure, *fact) && event.waiver_granted().cycle_end_year() == cycle.year) {
      waivers.push_back(event.waiver_granted());
    }
  }
  return waivers;
}

int64_t Less(int64_t amount, int64_t taken_off) {
  if (taken_off == 0) return 0;
  return amount < taken_off ? 0 : amount - taken_off;
}

Windows WindowsOf(const View& view, const Tenure& tenure, const Cycle& cycle) {
  const RuleSet rules = RulesOf(view, cycle.year);
  const type::v1::CalendarRules& calendar = rules.calendar();
  Windows windows{cycle.end, cycle.end, FirstDayAfter(calendar.late_through(), cycle.end),
                  FirstDayAfter(calendar.extension_through(), cycle.end),
                  FirstDayAfter(calendar.reinstatement_through(), cycle.end)};
  for (const event::v1::WaiverGranted& waiver : WaiversOf(view, tenure, cycle)) {
    if (!waiver.has_deadline()) continue;
    const absl::CivilDay through = ToDay(waiver.deadline().through_date());
    const auto move = [&](type::v1::CycleDeadline deadline, absl::CivilDay& day) {
      if (waiver.deadline().deadline() == deadline) day = std::max(day, through);
    };
    move(type::v1::CYCLE_DEADLINE_APPLICATION, windows.application_through);
    move(type::v1::CYCLE_DEADLINE_EXTENSION_REQUEST, windows.extension_request_through);
    move(type::v1::CYCLE_DEADLINE_LATE_APPLICATION, windows.late_through);
    move(type::v1::CYCLE_DEADLINE_EXTENSION_END, windows.extension_through);
    move(type::v1::CYCLE_DEADLINE_REINSTATEMENT, windows.reinstatement_through);
  }
  return windows;
}

}  // namespace goodstanding::model
