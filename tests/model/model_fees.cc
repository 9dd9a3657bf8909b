#include "tests/model/model_fees.h"

#include <algorithm>
#include <set>
#include <string>
#include <variant>

#include "tests/model/model_rules.h"

namespace goodstanding::model {

using event::v1::CertificantEvent;
using type::v1::LevelRule;
using type::v1::RuleSet;

std::vector<Payment> PaymentsOf(const View& view) {
  std::vector<Payment> payments;
  for (const ModelFact* fact : view.facts) {
    if (!EventOf(*fact).has_payment_received()) continue;
    const event::v1::PaymentReceived& received = EventOf(*fact).payment_received();
    Payment payment{received.amount_minor_units(), received.cycle_end_year(), fact->effective_day,
                    ToDay(received.dated_date())};
    bool counts = true;
    for (const ModelFact* later : view.facts) {
      const CertificantEvent& event = EventOf(*later);
      if (event.has_payment_returned() &&
          event.payment_returned().reference() == received.reference()) {
        counts = false;
      }
      if (event.has_payment_refunded() &&
          event.payment_refunded().reference() == received.reference()) {
        const int64_t refund = event.payment_refunded().amount_minor_units();
        payment.amount -= refund == 0 ? payment.amount : refund;
        counts = counts && payment.amount > 0;
      }
      if (event.has_payment_reassigned() &&
          event.payment_reassigned().reference() == received.reference()) {
        payment.year = event.payment_reassigned().cycle_end_year();
      }
    }
    if (counts) payments.push_back(payment);
  }
  return payments;
}

int64_t Paid(const std::vector<Payment>& payments, int year) {
  int64_t paid = 0;
  for (const Payment& payment : payments) {
    if (payment.year == year) paid += payment.amount;
  }
  return paid;
}

namespace {

int64_t PaidDatedBy(const std::vector<Payment>& payments, int year, absl::CivilDay day) {
  int64_t paid = 0;
  for (const Payment& payment : payments) {
    if (payment.year == year && payment.dated <= day) paid += payment.amount;
  }
  return paid;
}

// An end is of its own account's memberships; recorded once two accounts were one, of both's.
bool EndsThat(const View& view, const ModelFact& end, const ModelFact& membership) {
  if (end.account == membership.account) return true;
  int64_t merged = 0;
  for (const ModelFact& fact : view.log) {
    const auto* const event = std::get_if<CertificantEvent>(&fact.payload);
    if (event == nullptr || !event->has_account_merged()) continue;
    const std::string& id = event->account_merged().merged_certificant_id();
    if (id == end.account || id == membership.account) merged = std::max(merged, fact.position);
  }
  return end.position > merged;
}

// Whether a membership, bought no later than `bought_by` where that is given, covers the day.
bool IsMember(const View& view, absl::CivilDay day, const ModelFact* bought_by) {
  for (const ModelFact* fact : view.facts) {
    if (!EventOf(*fact).has_membership_recorded()) continue;
    if (bought_by != nullptr && !IsBefore(*fact, *bought_by)) continue;
    const type::v1::Period& period = EventOf(*fact).membership_recorded().period();
    bool covers = ToDay(period.first_date()) <= day && day <= ToDay(period.last_date());
    // Reading: whatever day it was ended on, a membership that was bought by then covers no day
    // after its last one.
    for (const ModelFact* later : view.facts) {
      if (EventOf(*later).has_membership_ended() && IsBefore(*fact, *later) &&
          EndsThat(view, *later, *fact) &&
          day > ToDay(EventOf(*later).membership_ended().last_date())) {
        covers = false;
      }
    }
    if (covers) return true;
  }
  return false;
}

// Section 6: the level and the membership on the day of the last submission; before any, on the day
// of asking.
int64_t RecertificationFee(const View& view, const Tenure& tenure, const Cycle& cycle,
                           const Renewal& renewal) {
  const RuleSet rules = RulesOf(view, cycle.year);
  const ModelFact* submission = renewal.submission;
  const absl::CivilDay day = submission == nullptr ? view.today : submission->effective_day;
  const std::set<std::string> held =
      submission == nullptr ? HeldOn(view, tenure, day) : HeldAt(view, tenure, *submission);
  const LevelRule& level = LevelFor(rules, static_cast<int64_t>(held.size()));
  return ParseHundredths(IsMember(view, day, submission) ? level.member_fee()
                                                         : level.non_member_fee());
}

bool IsLateFeeDue(const View& view, const Tenure& tenure, const Cycle& cycle,
                  const Renewal& renewal, const std::vector<Payment>& payments,
                  int64_t recertification_fee) {
  const absl::CivilDay last = WindowsOf(view, tenure, cycle).application_through;
  if (view.today <= last) return false;
  if (renewal.extension_granted || renewal.reinstatement_request != nullptr) return false;
  if (renewal.submission == nullptr || renewal.submission->effective_day > last) return true;
  return PaidDatedBy(payments, cycle.year, last) < recertification_fee;
}

// What is left of a fee after all that was waived of it.
int64_t AfterWaivers(const View& view, const Tenure& tenure, const Cycle& cycle,
                     type::v1::FeeKind kind, int64_t fee) {
  for (const event::v1::WaiverGranted& waiver : WaiversOf(view, tenure, cycle)) {
    if (waiver.has_fee() && waiver.fee().fee() == kind) {
      fee = Less(fee, waiver.fee().amount_minor_units());
    }
  }
  return fee;
}

}  // namespace

ModelFees FeesDue(const View& view, const Tenure& tenure, const Cycle& cycle,
                  const Renewal& renewal, const std::vector<Payment>& payments) {
  const RuleSet rules = RulesOf(view, cycle.year);
  ModelFees fees;
  const auto left = [&](type::v1::FeeKind kind, int64_t fee) {
    return AfterWaivers(view, tenure, cycle, kind, fee);
  };
  fees.recertification =
      left(type::v1::FEE_KIND_RECERTIFICATION, RecertificationFee(view, tenure, cycle, renewal));
  // Reading: of a fee that is waived in part the rest has to be paid in time.
  if (IsLateFeeDue(view, tenure, cycle, renewal, payments, fees.recertification)) {
    fees.late = ParseHundredths(rules.fees().late());
  }
  if (renewal.extension_granted) fees.extension = ParseHundredths(rules.fees().extension());
  if (renewal.reinstatement_request != nullptr) {
    fees.reinstatement = ParseHundredths(rules.fees().reinstatement());
  }
  fees.late = left(type::v1::FEE_KIND_LATE, fees.late);
  fees.extension = left(type::v1::FEE_KIND_EXTENSION, fees.extension);
  fees.reinstatement = left(type::v1::FEE_KIND_REINSTATEMENT, fees.reinstatement);
  return fees;
}

ModelFees FeesFixed(const ModelFact& approval) {
  const event::v1::RenewalFees& fees = EventOf(approval).certification_renewed().fees();
  return {fees.recertification_minor_units(), fees.late_minor_units(), fees.extension_minor_units(),
          fees.reinstatement_minor_units()};
}

}  // namespace goodstanding::model
