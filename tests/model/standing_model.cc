#include "tests/model/standing_model.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_format.h"
#include "base/check.h"
#include "tests/model/model_accounts.h"
#include "tests/model/model_credits.h"
#include "tests/model/model_fees.h"
#include "tests/model/model_rules.h"
#include "tests/model/model_timeline.h"

namespace goodstanding::model {
namespace {

using event::v1::CertificantEvent;
using type::v1::RuleSet;

// ------------------------------------------------------------------ requirement and credits

ModelCredits RequirementOf(const View& view, const Tenure& tenure, const Cycle& cycle) {
  const RuleSet rules = RulesOf(view, cycle.year);
  const std::set<std::string> held = HeldThroughout(view, tenure, cycle.start);
  const std::vector<event::v1::WaiverGranted> waivers = WaiversOf(view, tenure, cycle);
  ModelCredits requirement;
  for (const type::v1::RequirementLine& line :
       LevelFor(rules, static_cast<int64_t>(held.size())).requirement()) {
    int64_t minimum = ParseHundredths(line.minimum());
    for (const event::v1::WaiverGranted& waiver : waivers) {
      if (!waiver.has_requirement() || waiver.requirement().line() != line.line()) continue;
      minimum = Less(minimum, waiver.requirement().credits().hundredths());
    }
    if (line.counts() == type::v1::COUNTED_RECORDS_ALL) requirement.total = minimum;
    if (line.counts() == type::v1::COUNTED_RECORDS_APPROVED) requirement.approved = minimum;
  }
  return requirement;
}

int64_t ExtensionHalfOf(const View& view, const Tenure& tenure, const Cycle& cycle) {
  const RuleSet rules = RulesOf(view, cycle.year);
  const std::set<std::string> held = HeldThroughout(view, tenure, cycle.start);
  int64_t half =
      ParseHundredths(LevelFor(rules, static_cast<int64_t>(held.size())).extension_half());
  bool waived = false;
  for (const event::v1::WaiverGranted& waiver : WaiversOf(view, tenure, cycle)) {
    waived = waived || waiver.has_requirement();
    if (waiver.requirement().line() != "extension_half") continue;
    half = Less(half, waiver.requirement().credits().hundredths());
  }
  // Reading: an extension never needs more than what is left of the total.
  return waived ? std::min(half, RequirementOf(view, tenure, cycle).total) : half;
}

// The deadlines of the cycle that is not renewed, and how far each can be moved: to the end of the
// window behind it, for the reinstatement to the end of the next cycle.
void AddDeadlines(const View& view, const Tenure& tenure, ModelAnswer& answer) {
  const Cycle cycle = CycleIn(view, tenure, answer.first_open_year);
  const Windows windows = WindowsOf(view, tenure, cycle);
  const auto add = [&](type::v1::CycleDeadline deadline, absl::CivilDay day,
                       absl::CivilDay latest) {
    answer.deadlines[deadline] = day;
    answer.latest[deadline] = latest;
  };
  add(type::v1::CYCLE_DEADLINE_APPLICATION, windows.application_through, windows.late_through);
  add(type::v1::CYCLE_DEADLINE_EXTENSION_REQUEST, windows.extension_request_through,
      windows.extension_through);
  add(type::v1::CYCLE_DEADLINE_LATE_APPLICATION, windows.late_through,
      windows.reinstatement_through);
  add(type::v1::CYCLE_DEADLINE_EXTENSION_END, windows.extension_through,
      windows.reinstatement_through);
  const RuleSet rules = RulesOf(view, cycle.year);
  add(type::v1::CYCLE_DEADLINE_REINSTATEMENT, windows.reinstatement_through,
      DayInYear(rules.calendar().cycle_end(),
                cycle.year + static_cast<int>(rules.calendar().cycle_years())));
  for (const type::v1::RequirementLine& line : LevelFor(rules, 1).requirement()) {
    answer.lines.insert(line.line());
  }
}

// References that the approval of a cycle rests on.
std::set<std::string> RestsOn(const ModelFact& approval) {
  const auto& references = EventOf(approval).certification_renewed().credit_references();
  return {references.begin(), references.end()};
}

// References that approvals of earlier cycles rest on, whatever the tenure.
std::set<std::string> CountedBefore(const View& view, const Tenure& tenure, const Cycle& cycle) {
  std::set<std::string> references;
  for (const Tenure& earlier : tenure.earlier) {
    for (const ModelFact* approval : ApprovalsOf(view, earlier)) {
      references.merge(RestsOn(*approval));
    }
  }
  for (const ModelFact* approval : ApprovalsOf(view, tenure)) {
    if (EventOf(*approval).certification_renewed().cycle_end_year() >= cycle.year) continue;
    references.merge(RestsOn(*approval));
  }
  return references;
}

struct CreditQuestion {
  bool documents_demanded = false;
  bool within_extension = false;
  std::optional<absl::CivilDay> reported_by;
};

CreditOutcome CreditsOf(const View& view, const Tenure& tenure, const Cycle& cycle,
                        const CreditQuestion& question) {
  const RuleSet rules = RulesOf(view, cycle.year);
  CreditCircumstances circumstances{rules,
                                    view.catalogue,
                                    cycle.counts_from,
                                    cycle.end,
                                    std::nullopt,
                                    question.reported_by,
                                    question.documents_demanded,
                                    CountedBefore(view, tenure, cycle),
                                    RequirementOf(view, tenure, cycle),
                                    std::nullopt};
  const ModelFact* const approval = RenewalOf(view, tenure, cycle).approval;
  if (approval != nullptr) circumstances.approved_with = RestsOn(*approval);
  if (question.within_extension) {
    circumstances.extension_last_day = WindowsOf(view, tenure, cycle).extension_through;
  }
  return EvaluateCredits(view.facts, circumstances);
}

CreditOutcome CreditsNow(const View& view, const Tenure& tenure, const Cycle& cycle) {
  const Renewal renewal = RenewalOf(view, tenure, cycle);
  return CreditsOf(view, tenure, cycle,
                   {.documents_demanded = renewal.reinstatement_request != nullptr,
                    .within_extension = renewal.extension_granted,
                    .reported_by = std::nullopt});
}

ModelFees FeesOf(const View& view, const Tenure& tenure, const Cycle& cycle) {
  const Renewal renewal = RenewalOf(view, tenure, cycle);
  if (renewal.approval != nullptr) return FeesFixed(*renewal.approval);
  return FeesDue(view, tenure, cycle, renewal, PaymentsOf(view));
}

// ------------------------------------------------------------------ completeness

bool Covers(const ModelCredits& counted, const ModelCredits& requirement) {
  return counted.total >= requirement.total && counted.approved >= requirement.approved;
}

// Whether the application is complete on the day of the view. Readings: of a renewed cycle it is
// derived anew like everything derived (with the fees that the approval fixed); arrears of earlier
// cycles are no part of it.
bool IsComplete(const View& view, const Tenure& tenure, const Cycle& cycle) {
  const Renewal renewal = RenewalOf(view, tenure, cycle);
  if (renewal.submission == nullptr) return false;
  if (!Covers(CreditsNow(view, tenure, cycle).counted, RequirementOf(view, tenure, cycle))) {
    return false;
  }
  return FeesOf(view, tenure, cycle).Sum() <= Paid(PaymentsOf(view), cycle.year);
}

// Section 8, "Complete by": submitted, credits reported and payments received on or before the day;
// what happened to them later counts, as far as the view reaches. Readings: the credentials held, a
// reinstatement requested since, and the rules are those of the view; the late fee goes by all
// payments dated in time, also by those that arrived after the day.
bool IsCompleteBy(const View& view, const Tenure& tenure, const Cycle& cycle, absl::CivilDay day,
                  bool as_reinstatement) {
  const Renewal renewal = RenewalOf(view, tenure, cycle);
  if (renewal.submission == nullptr || renewal.submission->effective_day > day) return false;
  if (as_reinstatement) {
    if (renewal.reinstatement_request == nullptr) return false;
    if (renewal.reinstatement_request->effective_day > day) return false;
  }
  const CreditOutcome credits =
      CreditsOf(view, tenure, cycle,
                {.documents_demanded = renewal.reinstatement_request != nullptr,
                 .within_extension = renewal.extension_granted,
                 .reported_by = day});
  if (!Covers(credits.counted, RequirementOf(view, tenure, cycle))) return false;
  const std::vector<Payment> payments = PaymentsOf(view);
  std::vector<Payment> received;
  for (const Payment& payment : payments) {
    if (payment.received <= day) received.push_back(payment);
  }
  const ModelFees fees = FeesDue(view, tenure, cycle, renewal, payments);
  return fees.Sum() <= Paid(received, cycle.year);
}

// ------------------------------------------------------------------ standing

// The table of section 8, for a tenure that was not ended by staff.
std::string StandingInCycle(const View& view, const Tenure& tenure, const Cycle& cycle) {
  const Renewal renewal = RenewalOf(view, tenure, cycle);
  if (view.today <= cycle.end) return "ACTIVE";
  GS_CHECK(renewal.approval == nullptr);
  const Windows windows = WindowsOf(view, tenure, cycle);
  const absl::CivilDay last_day =
      renewal.extension_granted ? windows.extension_through : windows.late_through;
  if (view.today <= last_day) return renewal.extension_granted ? "EXTENDED" : "LATE";
  if (IsCompleteBy(view, tenure, cycle, last_day, false)) return "UNDER_REVIEW";
  if (renewal.extension_pending) return "EXTENSION_PENDING";
  if (view.today <= windows.reinstatement_through) return "LAPSED";
  if (IsCompleteBy(view, tenure, cycle, windows.reinstatement_through, true)) {
    return "REINSTATEMENT_REVIEW";
  }
  return "EXPIRED";
}

std::string StandingOf(const View& view, const Tenure& tenure) {
  if (!tenure.ended.empty()) return tenure.ended;
  return StandingInCycle(view, tenure, CurrentCycle(view, tenure));
}

// The tenure that runs or ran last, with those before it; none before any grant.
std::optional<Tenure> TenureOf(const View& view) {
  std::optional<Tenure> tenure;
  for (const ModelFact* fact : view.facts) {
    const CertificantEvent& event = EventOf(*fact);
    if (event.has_credential_granted()) {
      const bool holds_nothing = !tenure.has_value() || !tenure->ended.empty() ||
                                 StandingOf(ViewBefore(view, *fact), *tenure) == "EXPIRED";
      if (holds_nothing) tenure = NextTenure(tenure, *fact);
    }
    const std::optional<std::string> taken = CredentialTaken(event);
    if (!taken.has_value() || !tenure.has_value() || !tenure->ended.empty()) continue;
    if (HeldAt(view, *tenure, *fact).empty()) {
      tenure->ended = event.has_credential_revoked() ? "REVOKED" : "SURRENDERED";
      tenure->last = fact;
    }
  }
  return tenure;
}

bool IsCertified(const std::string& standing) {
  return standing == "ACTIVE" || standing == "LATE" || standing == "EXTENSION_PENDING" ||
         standing == "EXTENDED" || standing == "UNDER_REVIEW";
}

// Of every renewed cycle of a tenure, what is missing of its fixed fees, where positive.
void AddArrears(const View& view, const Tenure& tenure, std::map<int, int64_t>& arrears) {
  const std::vector<Payment> payments = PaymentsOf(view);
  for (const ModelFact* approval : ApprovalsOf(view, tenure)) {
    const int year = EventOf(*approval).certification_renewed().cycle_end_year();
    int64_t missing = FeesFixed(*approval).Sum() - Paid(payments, year);
    for (const ModelFact* fact : view.facts) {
      const event::v1::ArrearsWrittenOff& write_off = EventOf(*fact).arrears_written_off();
      if (write_off.cycle_end_year() == year) missing -= write_off.amount_minor_units();
    }
    if (missing > 0) arrears[year] = missing;
  }
}

bool IsAuditOpen(const View& view) {
  bool open = false;
  for (const ModelFact* fact : view.facts) {
    if (EventOf(*fact).has_audit_opened()) open = true;
    if (EventOf(*fact).has_audit_closed()) open = false;
  }
  return open;
}

// The days of every cycle of a tenure, from its first to the approval, or else to the end of the
// window for reinstatement. Reading: an approval before the cycle's end leaves its days whole.
void AddCycleDays(const View& view, const Tenure& tenure, ModelAnswer& answer) {
  for (const int year : CycleYears(view, tenure)) {
    const Cycle cycle = CycleIn(view, tenure, year);
    const ModelFact* const approval = RenewalOf(view, tenure, cycle).approval;
    const absl::CivilDay last = approval == nullptr
                                    ? WindowsOf(view, tenure, cycle).reinstatement_through
                                    : std::max(cycle.end, approval->effective_day);
    answer.cycle_days[year] = {cycle.start, last};
  }
}

// The level shown: of the credentials held on the day.
std::string LevelShown(const View& view, const Tenure& tenure, const Cycle& cycle) {
  const std::set<std::string> held = HeldOn(view, tenure, view.today);
  return LevelFor(RulesOf(view, cycle.year), static_cast<int64_t>(held.size())).level();
}

ModelAnswer AnswerAlone(const std::vector<ModelFact>& log, const ModelQuestion& question) {
  const View view = MakeView(log, question);
  ModelAnswer answer;
  answer.standing = "NOT_CERTIFIED";
  const std::optional<Tenure> tenure = TenureOf(view);
  if (!tenure.has_value()) return answer;
  const Cycle cycle = CurrentCycle(view, *tenure);
  const Renewal renewal = RenewalOf(view, *tenure, cycle);
  answer.standing = StandingOf(view, *tenure);
  answer.certified = IsCertified(answer.standing);
  answer.level = LevelShown(view, *tenure, cycle);
  answer.cycle_start = cycle.start;
  answer.cycle_end = cycle.end;
  answer.renewed = renewal.approval != nullptr;
  answer.requirement = RequirementOf(view, *tenure, cycle);
  const CreditOutcome credits = CreditsNow(view, *tenure, cycle);
  answer.counted = credits.counted;
  answer.credits = credits.results;
  answer.complete = IsComplete(view, *tenure, cycle);
  answer.fees = FeesOf(view, *tenure, cycle);
  answer.paid = Paid(PaymentsOf(view), cycle.year);
  answer.balance = answer.fees.Sum() - answer.paid;
  for (const Tenure& earlier : tenure->earlier) AddArrears(view, earlier, answer.arrears_by_year);
  AddArrears(view, *tenure, answer.arrears_by_year);
  for (const auto& [year, missing] : answer.arrears_by_year) answer.arrears += missing;
  const std::vector<int> years = CycleYears(view, *tenure);
  answer.first_open_year = years.back();
  answer.cycle_years = std::set<int>(years.begin(), years.end());
  answer.tenure_years = answer.cycle_years;
  for (const Tenure& earlier : tenure->earlier) AddCycleDays(view, earlier, answer);
  AddCycleDays(view, *tenure, answer);
  AddDeadlines(view, *tenure, answer);
  for (const Tenure& earlier : tenure->earlier) {
    for (const int year : CycleYears(view, earlier)) answer.cycle_years.insert(year);
  }
  answer.held = HeldOn(view, *tenure, view.today);
  answer.documented_by_cycle_end =
      CreditsOf(
          view, *tenure, cycle,
          {.documents_demanded = true, .within_extension = false, .reported_by = std::nullopt})
          .counted.total;
  answer.extension_half = ExtensionHalfOf(view, *tenure, cycle);
  answer.submitted = renewal.submission != nullptr;
  answer.extension_pending = renewal.extension_pending;
  answer.extension_granted = renewal.extension_granted;
  answer.reinstatement_requested = renewal.reinstatement_request != nullptr;
  answer.audit_open = IsAuditOpen(view);
  return answer;
}

}  // namespace

ModelAnswer AnswerQuestion(const std::vector<ModelFact>& log, const ModelQuestion& question) {
  if (!HasMoves(log)) return AnswerAlone(log, question);
  ModelQuestion about = question;
  about.certificant = AnswererOf(log, question, question.certificant);
  return AnswerAlone(CarryOut(log, question), about);
}

std::string FormatHundredths(int64_t hundredths) {
  const int64_t size = hundredths < 0 ? -hundredths : hundredths;
  return absl::StrFormat("%s%d.%02d", hundredths < 0 ? "-" : "", size / 100, size % 100);
}

}  // namespace goodstanding::model
