#include "tests/model/refusal_model.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "tests/model/model_accounts.h"
#include "tests/model/model_rules.h"
#include "tests/model/model_timeline.h"

namespace goodstanding::model {
namespace {

using event::v1::ActivityEvent;
using event::v1::CertificantEvent;

// One command with the log ahead of it, and the state on which it is decided.
struct Command {
  const std::vector<ModelFact>& log;
  const ModelFact& fact;
  absl::CivilDay today;
  absl::CivilMinute minute;
  ModelAnswer state;
  type::v1::RuleSet rules;
  const std::vector<ModelFact>& whole;  // With what was annulled, which `log` does not have.
};

bool IsOrdered(const type::v1::Period& period) {
  return ToDay(period.first_date()) <= ToDay(period.last_date());
}

// References, ids and the existence of a person are looked for in everything recorded.
bool Exists(const Command& command, const std::function<bool(const CertificantEvent&)>& matches) {
  for (const ModelFact& fact : command.log) {
    const auto* event = std::get_if<CertificantEvent>(&fact.payload);
    if (event != nullptr && fact.stream == command.fact.stream && matches(*event)) return true;
  }
  return false;
}

bool IsRegistered(const Command& command) {
  return Exists(command, [](const auto& event) { return event.has_certificant_registered(); });
}

const event::v1::CreditRecorded* FindCredit(const Command& command, const std::string& reference) {
  for (const ModelFact& fact : command.log) {
    const auto* event = std::get_if<CertificantEvent>(&fact.payload);
    if (event == nullptr || fact.stream != command.fact.stream) continue;
    if (event->has_credit_recorded() && event->credit_recorded().reference() == reference) {
      return &event->credit_recorded();
    }
  }
  return nullptr;
}

// Whether something is so on the state at the command's instant.
bool IsSo(const Command& command, const std::function<bool(const CertificantEvent&)>& matches) {
  for (const ModelFact& fact : command.log) {
    const auto* event = std::get_if<CertificantEvent>(&fact.payload);
    if (event == nullptr || fact.stream != command.fact.stream) continue;
    if (fact.effective_micros <= command.fact.effective_micros && matches(*event)) return true;
  }
  return false;
}

bool IsWithdrawn(const Command& command, const std::string& reference) {
  return IsSo(command, [&](const auto& event) {
    return event.has_credit_withdrawn() && event.credit_withdrawn().reference() == reference;
  });
}

bool HasPayment(const Command& command, const std::string& reference) {
  return Exists(command, [&](const auto& event) {
    return event.has_payment_received() && event.payment_received().reference() == reference;
  });
}

// What refunds in part have left of a payment, at the command's instant.
int64_t LeftOfPayment(const Command& command, const std::string& reference) {
  int64_t left = 0;
  for (const ModelFact& fact : command.log) {
    const auto* event = std::get_if<CertificantEvent>(&fact.payload);
    if (event == nullptr || fact.stream != command.fact.stream) continue;
    if (event->payment_received().reference() == reference) {
      left += event->payment_received().amount_minor_units();
    }
    if (event->payment_refunded().reference() == reference &&
        fact.effective_micros <= command.fact.effective_micros) {
      left -= event->payment_refunded().amount_minor_units();
    }
  }
  return left;
}

// References stay taken when what had them is annulled.
bool IsTaken(const Command& command, const std::function<bool(const CertificantEvent&)>& matches) {
  return std::any_of(command.whole.begin(), command.whole.end(), [&](const ModelFact& fact) {
    return fact.stream == command.fact.stream && matches(EventOf(fact));
  });
}

bool HasPaymentGone(const Command& command, const std::string& reference) {
  return IsSo(command,
              [&](const auto& event) {
                return (event.has_payment_returned() &&
                        event.payment_returned().reference() == reference) ||
                       (event.has_payment_refunded() &&
                        event.payment_refunded().reference() == reference &&
                        event.payment_refunded().amount_minor_units() == 0);
              }) ||
         (HasPayment(command, reference) && LeftOfPayment(command, reference) == 0);
}

// Whether some membership has a day after this one, by what had ended it at the command's instant.
// Reading: one for later days than the command's can be ended as well, one bought later cannot.
bool HasMembershipAfter(const Command& command, absl::CivilDay last) {
  for (const ModelFact& fact : command.log) {
    const auto* event = std::get_if<CertificantEvent>(&fact.payload);
    if (event == nullptr || fact.stream != command.fact.stream) continue;
    if (!event->has_membership_recorded()) continue;
    if (fact.effective_micros > command.fact.effective_micros) continue;
    const type::v1::Period& period = event->membership_recorded().period();
    absl::CivilDay end = ToDay(period.last_date());
    for (const ModelFact& later : command.log) {
      const auto* other = std::get_if<CertificantEvent>(&later.payload);
      if (other == nullptr || later.stream != command.fact.stream) continue;
      if (other->has_membership_ended() && IsBefore(fact, later) &&
          later.effective_micros <= command.fact.effective_micros) {
        end = std::min(end, ToDay(other->membership_ended().last_date()));
      }
    }
    if (end > last && end >= ToDay(period.first_date())) return true;
  }
  return false;
}

// ------------------------------------------------------------------ the person's standing

std::string StandingRefusal(const Command& command) {
  const std::string& standing = command.state.standing;
  if (standing == "NOT_CERTIFIED" || standing == "REVOKED" || standing == "SURRENDERED") {
    return "NOT_CERTIFIED";
  }
  return standing == "EXPIRED" ? "CERTIFICATION_EXPIRED" : "";
}

// ------------------------------------------------------------------ credits

bool HasUnit(const event::v1::ActivityAmount& amount, type::v1::ActivityUnit unit) {
  switch (unit) {
    case type::v1::ACTIVITY_UNIT_MINUTES:
      return amount.minutes() > 0;
    case type::v1::ACTIVITY_UNIT_POSITION_YEARS:
      return amount.position_years_hundredths() > 0;
    case type::v1::ACTIVITY_UNIT_ACADEMIC_CREDITS:
      return amount.academic_credits_hundredths() > 0;
    case type::v1::ACTIVITY_UNIT_COUNT:
      return amount.count() > 0;
    default:
      return false;
  }
}

bool IsPositive(const event::v1::ActivityAmount& amount) {
  return amount.minutes() > 0 || amount.position_years_hundredths() > 0 ||
         amount.academic_credits_hundredths() > 0 || amount.count() > 0;
}

std::string FiguresRefusal(const Command& command, const event::v1::CreditRecorded& record) {
  const type::v1::ActivityKindRule& kind = KindFor(command.rules, record.activity_kind());
  if (!HasUnit(record.amount(), kind.unit())) return "INVALID_AMOUNT";
  if (record.break_minutes() < 0 || record.housekeeping_minutes() < 0) return "INVALID_AMOUNT";
  // Only minutes have breaks and housekeeping in them. Reading: housekeeping fits in between
  // breaks.
  const int64_t minutes = record.amount().minutes();
  if (record.break_minutes() + record.housekeeping_minutes() > minutes) {
    if (record.break_minutes() + record.housekeeping_minutes() > 0) return "INVALID_AMOUNT";
  }
  if (record.has_from_date() && ToDay(record.from_date()) > ToDay(record.completed_date())) {
    return "INVALID_PERIOD";
  }
  return "";
}

// Reading: what the board posts itself has no effective time that a caller states, so one to come
// is refused for its completion.
std::string CreditRecordedRefusal(const Command& command, const event::v1::CreditRecorded& record) {
  if (const std::string reason = FiguresRefusal(command, record); !reason.empty()) return reason;
  if (record.source() == type::v1::CREDIT_SOURCE_SELF &&
      command.fact.effective_micros > command.fact.recorded_micros) {
    return "EFFECTIVE_IN_FUTURE";
  }
  if (ToDay(record.completed_date()) > command.today) return "COMPLETED_IN_FUTURE";
  if (!IsRegistered(command)) return "CERTIFICANT_NOT_FOUND";
  const bool taken = IsTaken(command, [&](const auto& event) {
    return event.has_credit_recorded() && event.credit_recorded().reference() == record.reference();
  });
  if (taken) return "CREDIT_ALREADY_RECORDED";
  return StandingRefusal(command);
}

// Changes what an amendment names.
void Amend(const event::v1::CreditAmended& amended, event::v1::CreditRecorded& record) {
  if (amended.has_amount()) *record.mutable_amount() = amended.amount();
  if (amended.has_break_minutes()) record.set_break_minutes(amended.break_minutes());
  if (amended.has_housekeeping_minutes()) {
    record.set_housekeeping_minutes(amended.housekeeping_minutes());
  }
  if (amended.has_completed_date()) *record.mutable_completed_date() = amended.completed_date();
  if (amended.has_from_date()) *record.mutable_from_date() = amended.from_date();
}

// The record with the amendments of it that took place by the command's instant, and the command.
event::v1::CreditRecorded AmendedRecord(const Command& command, event::v1::CreditRecorded record,
                                        const event::v1::CreditAmended& amended) {
  std::vector<const ModelFact*> earlier;
  for (const ModelFact& fact : command.log) {
    if (fact.stream != command.fact.stream) continue;
    if (fact.effective_micros > command.fact.effective_micros) continue;
    if (EventOf(fact).credit_amended().reference() == amended.reference()) earlier.push_back(&fact);
  }
  std::sort(earlier.begin(), earlier.end(),
            [](const ModelFact* a, const ModelFact* b) { return IsBefore(*a, *b); });
  for (const ModelFact* fact : earlier) Amend(EventOf(*fact).credit_amended(), record);
  Amend(amended, record);
  return record;
}

// Reading: the figures of the command alone are "the command itself"; what they make of the record
// comes after the record is found, and before it is looked at whether it is withdrawn.
std::string AmendedRefusal(const Command& command, const event::v1::CreditAmended& amended) {
  if (amended.has_amount() && !IsPositive(amended.amount())) return "INVALID_AMOUNT";
  if (command.fact.effective_micros > command.fact.recorded_micros) return "EFFECTIVE_IN_FUTURE";
  if (amended.has_completed_date() && ToDay(amended.completed_date()) > command.today) {
    return "COMPLETED_IN_FUTURE";
  }
  if (!IsRegistered(command)) return "CERTIFICANT_NOT_FOUND";
  const event::v1::CreditRecorded* const found = FindCredit(command, amended.reference());
  if (found == nullptr) return "CREDIT_NOT_FOUND";
  const std::string reason = FiguresRefusal(command, AmendedRecord(command, *found, amended));
  if (!reason.empty()) return reason;
  return IsWithdrawn(command, amended.reference()) ? "CREDIT_ALREADY_WITHDRAWN" : "";
}

// What documents, verifies, withdraws or disallows a record. Reading: a change of a record that is
// there asks for no certification.
std::string RecordRefusal(const Command& command, const std::string& reference) {
  if (command.fact.effective_micros > command.fact.recorded_micros) return "EFFECTIVE_IN_FUTURE";
  if (!IsRegistered(command)) return "CERTIFICANT_NOT_FOUND";
  if (FindCredit(command, reference) == nullptr) return "CREDIT_NOT_FOUND";
  return IsWithdrawn(command, reference) ? "CREDIT_ALREADY_WITHDRAWN" : "";
}

// Section 12 does not name it among what a withdrawn record refuses.
std::string ReinstateCreditRefusal(const Command& command, const std::string& reference) {
  const std::string reason = RecordRefusal(command, reference);
  return reason == "CREDIT_ALREADY_WITHDRAWN" ? "" : reason;
}

// ------------------------------------------------------------------ payments

std::string PaymentRefusal(const Command& command, const event::v1::PaymentReceived& payment) {
  if (payment.amount_minor_units() <= 0) return "INVALID_AMOUNT";
  if (command.fact.effective_micros > command.fact.recorded_micros) return "EFFECTIVE_IN_FUTURE";
  if (!IsRegistered(command)) return "CERTIFICANT_NOT_FOUND";
  if (payment.cycle_end_year() != 0 &&
      !command.state.cycle_years.contains(payment.cycle_end_year())) {
    return "CYCLE_NOT_FOUND";
  }
  const bool taken = IsTaken(command, [&](const auto& event) {
    return event.has_payment_received() &&
           event.payment_received().reference() == payment.reference();
  });
  if (taken) return "PAYMENT_ALREADY_RECORDED";
  return StandingRefusal(command);
}

std::string PaymentGoneRefusal(const Command& command, const std::string& reference) {
  if (command.fact.effective_micros > command.fact.recorded_micros) return "EFFECTIVE_IN_FUTURE";
  if (!IsRegistered(command)) return "CERTIFICANT_NOT_FOUND";
  if (!HasPayment(command, reference)) return "PAYMENT_NOT_FOUND";
  return HasPaymentGone(command, reference) ? "PAYMENT_ALREADY_RETURNED" : "";
}

// ------------------------------------------------------------------ credentials

std::string CredentialRefusal(const Command& command, const CertificantEvent& event) {
  if (event.has_credential_granted()) {
    const bool tenure_over = !StandingRefusal(command).empty();
    const bool held = command.state.held.contains(event.credential_granted().credential());
    return !tenure_over && held ? "CREDENTIAL_ALREADY_HELD" : "";
  }
  if (const std::string reason = StandingRefusal(command); !reason.empty()) return reason;
  const std::string& credential = event.has_credential_revoked()
                                      ? event.credential_revoked().credential()
                                      : event.credential_surrendered().credential();
  if (credential.empty() || command.state.held.contains(credential)) return "";
  return "CREDENTIAL_NOT_HELD";
}

// ------------------------------------------------------------------ the renewal

// The day on which applications and extension requests open, in the cycle's end year.
absl::CivilDay Opening(const Command& command) {
  return DayInYear(command.rules.calendar().application_opens(),
                   static_cast<int>(command.state.cycle_end.year()));
}

// While lapsed: the payments must cover the reinstatement fee, not more, and it must be requested.
std::string SubmitRefusal(const Command& command) {
  if (const std::string reason = StandingRefusal(command); !reason.empty()) return reason;
  const ModelAnswer& state = command.state;
  if (state.renewed) return "ALREADY_RENEWED";
  if (state.submitted) return "ALREADY_SUBMITTED";
  if (command.fact.effective_day < Opening(command)) return "APPLICATION_NOT_OPEN";
  if (state.standing != "LAPSED") return "";
  if (!state.reinstatement_requested) return "REINSTATEMENT_FEE_DUE";
  return state.paid < state.fees.reinstatement ? "REINSTATEMENT_FEE_DUE" : "";
}

// Section 5 has an order of its own.
std::string ApproveRefusal(const Command& command) {
  const ModelAnswer& state = command.state;
  const std::string standing_refusal = StandingRefusal(command);
  if (standing_refusal == "NOT_CERTIFIED") return standing_refusal;
  if (state.renewed) return "ALREADY_RENEWED";
  if (!standing_refusal.empty()) return standing_refusal;
  if (state.standing == "LAPSED" && !state.reinstatement_requested) {
    return "REINSTATEMENT_NOT_REQUESTED";
  }
  if (!state.submitted) return "NOT_SUBMITTED";
  if (state.counted.total < state.requirement.total ||
      state.counted.approved < state.requirement.approved) {
    return "REQUIREMENTS_NOT_MET";
  }
  if (state.balance > 0 || state.arrears > 0) return "BALANCE_DUE";
  return state.audit_open ? "AUDIT_OPEN" : "";
}

std::string RequestExtensionRefusal(const Command& command) {
  if (const std::string reason = StandingRefusal(command); !reason.empty()) return reason;
  const ModelAnswer& state = command.state;
  if (state.renewed) return "ALREADY_RENEWED";
  if (state.extension_pending || state.extension_granted) return "EXTENSION_ALREADY_REQUESTED";
  if (command.fact.effective_day < Opening(command)) return "EXTENSION_NOT_OPEN";
  const absl::CivilDay moved = state.deadlines.at(type::v1::CYCLE_DEADLINE_EXTENSION_REQUEST);
  if (moved > state.cycle_end) {  // By a waiver, to the end of a day.
    return command.fact.effective_day > moved ? "EXTENSION_DEADLINE_PASSED" : "";
  }
  const std::string& closes = command.rules.calendar().business_closes();
  const absl::CivilMinute deadline = absl::CivilMinute(state.cycle_end) +
                                     60 * ParseWhole(closes.substr(0, 2)) +
                                     ParseWhole(closes.substr(3, 2));
  return command.minute > deadline ? "EXTENSION_DEADLINE_PASSED" : "";
}

std::string DecideExtensionRefusal(const Command& command, bool grant) {
  if (const std::string reason = StandingRefusal(command); !reason.empty()) return reason;
  const ModelAnswer& state = command.state;
  if (state.renewed) return "ALREADY_RENEWED";
  if (!state.extension_pending) return "EXTENSION_NOT_REQUESTED";
  return grant && state.documented_by_cycle_end < state.extension_half ? "HALF_NOT_MET" : "";
}

std::string ReinstatementRefusal(const Command& command) {
  const ModelAnswer& state = command.state;
  const std::string standing_refusal = StandingRefusal(command);
  if (standing_refusal == "NOT_CERTIFIED") return standing_refusal;
  if (!standing_refusal.empty()) return "GRACE_PERIOD_ENDED";
  if (state.renewed) return "ALREADY_RENEWED";
  if (state.reinstatement_requested) return "REINSTATEMENT_ALREADY_REQUESTED";
  const absl::CivilDay last = state.deadlines.at(type::v1::CYCLE_DEADLINE_REINSTATEMENT);
  if (command.fact.effective_day > last) return "GRACE_PERIOD_ENDED";
  return state.standing == "LAPSED" ? "" : "NOT_LAPSED";
}

std::string ReturnRefusal(const Command& command) {
  if (const std::string reason = StandingRefusal(command); !reason.empty()) return reason;
  if (command.state.renewed) return "ALREADY_RENEWED";
  return command.state.submitted ? "" : "NOT_SUBMITTED";
}

std::string AuditRefusal(const Command& command, bool open) {
  if (const std::string reason = StandingRefusal(command); !reason.empty()) return reason;
  if (open) return command.state.audit_open ? "AUDIT_ALREADY_OPEN" : "";
  return command.state.audit_open ? "" : "AUDIT_NOT_OPEN";
}

std::string RenewalRefusal(const Command& command, const CertificantEvent& event) {
  if (event.has_application_submitted()) return SubmitRefusal(command);
  if (event.has_application_returned()) return ReturnRefusal(command);
  if (event.has_certification_renewed()) return ApproveRefusal(command);
  if (event.has_extension_requested()) return RequestExtensionRefusal(command);
  if (event.has_extension_granted()) return DecideExtensionRefusal(command, true);
  if (event.has_extension_denied()) return DecideExtensionRefusal(command, false);
  if (event.has_reinstatement_requested()) return ReinstatementRefusal(command);
  if (event.has_audit_opened()) return AuditRefusal(command, true);
  if (event.has_audit_closed()) return AuditRefusal(command, false);
  return "";
}

// Section 6, read on: no more can be given up than is missing. Reading: a year in which no cycle
// ends is CYCLE_NOT_FOUND, as for a payment.
std::string WriteOffRefusal(const Command& command, const event::v1::ArrearsWrittenOff& write_off) {
  if (write_off.amount_minor_units() <= 0) return "INVALID_AMOUNT";
  const int year = write_off.cycle_end_year();
  if (!command.state.cycle_years.contains(year)) return "CYCLE_NOT_FOUND";
  const auto found = command.state.arrears_by_year.find(year);
  const int64_t arrears = found == command.state.arrears_by_year.end() ? 0 : found->second;
  return write_off.amount_minor_units() > arrears ? "WRITE_OFF_EXCEEDS_ARREARS" : "";
}

// ------------------------------------------------------------------ annulment

// The reference of the record, or payment, that a later fact is about.
std::string AboutCredit(const CertificantEvent& event) {
  return event.credit_amended().reference() + event.credit_documented().reference() +
         event.credit_verified().reference() + event.credit_withdrawn().reference() +
         event.credit_disallowed().reference() + event.credit_reinstated().reference();
}

std::string AboutPayment(const CertificantEvent& event) {
  return event.payment_returned().reference() + event.payment_refunded().reference() +
         event.payment_reassigned().reference();
}

// Whether the fact, or the record that it is about, is annulled.
bool IsAnnulled(const Command& command, const ModelFact& fact) {
  const std::set<int64_t> annulled = AnnulledPositions(command.whole, ModelQuestion{});
  if (annulled.contains(fact.position)) return true;
  const std::string credit = AboutCredit(EventOf(fact));
  const std::string payment = AboutPayment(EventOf(fact));
  for (const ModelFact& other : command.whole) {
    if (other.stream != fact.stream || !annulled.contains(other.position)) continue;
    const CertificantEvent& event = EventOf(other);
    if (!credit.empty() && event.credit_recorded().reference() == credit) return true;
    if (!payment.empty() && event.payment_received().reference() == payment) return true;
  }
  return false;
}

std::string AnnulRefusal(const Command& command, const event::v1::FactAnnulled& annulled) {
  const auto find = [&](int64_t position) -> const ModelFact* {
    for (const ModelFact& fact : command.whole) {
      if (fact.position == position && fact.stream == command.fact.stream) return &fact;
    }
    return nullptr;
  };
  const ModelFact* const fact = find(annulled.fact_position());
  if (fact == nullptr) return "FACT_NOT_FOUND";
  const CertificantEvent& event = EventOf(*fact);
  if (event.has_fact_annulled()) {
    const ModelFact* const target = find(event.fact_annulled().fact_position());
    if (EventOf(*target).has_fact_annulled()) return "FACT_NOT_ANNULLABLE";
  }
  if (event.has_certificant_registered() || event.has_dispute_opened() ||
      event.has_dispute_decided() || event.has_dispute_withdrawn()) {
    return "FACT_NOT_ANNULLABLE";
  }
  return IsAnnulled(command, *fact) ? "FACT_ALREADY_ANNULLED" : "";
}

// ------------------------------------------------------------------ disputes and waivers

// The event of the person at a position; nullptr where there is none.
const ModelFact* FactAt(const Command& command, int64_t position) {
  for (const ModelFact& fact : command.whole) {
    if (fact.position == position && fact.stream == command.fact.stream) return &fact;
  }
  return nullptr;
}

// Whether a dispute was opened there, and how it stands: "", "OPEN", "UPHELD", "REJECTED" or
// "WITHDRAWN". Reading: by what is recorded, whatever the effective times.
std::string DisputeAt(const Command& command, int64_t position) {
  const ModelFact* const opened = FactAt(command, position);
  if (opened == nullptr || !EventOf(*opened).has_dispute_opened()) return "";
  for (const ModelFact& fact : command.whole) {
    if (fact.stream != command.fact.stream) continue;
    const CertificantEvent& event = EventOf(fact);
    if (event.dispute_withdrawn().dispute_position() == position) return "WITHDRAWN";
    if (event.dispute_decided().dispute_position() != position) continue;
    return event.dispute_decided().outcome() == type::v1::DISPUTE_OUTCOME_REJECTED ? "REJECTED"
                                                                                   : "UPHELD";
  }
  return "OPEN";
}

std::string DisputeOpenRefusal(const Command& command, int64_t position) {
  const std::string state = DisputeAt(command, position);
  if (state.empty()) return "DISPUTE_NOT_FOUND";
  return state == "OPEN" ? "" : "DISPUTE_NOT_OPEN";
}

// The year of the cycle that a fact names; 0 for none.
int YearNamed(const CertificantEvent& event) {
  return event.application_submitted().cycle_end_year() +
         event.application_returned().cycle_end_year() +
         event.certification_renewed().cycle_end_year() +
         event.extension_requested().cycle_end_year() + event.extension_granted().cycle_end_year() +
         event.extension_denied().cycle_end_year() +
         event.reinstatement_requested().cycle_end_year() +
         event.payment_received().cycle_end_year() + event.payment_reassigned().cycle_end_year() +
         event.arrears_written_off().cycle_end_year() + event.badge_issued().cycle_end_year() +
         event.dispute_opened().cycle_end_year() + event.waiver_granted().cycle_end_year();
}

// Reading: a dispute that names no cycle is about that of the disputed fact; the state at the
// command knows it by the model's answer for that fact's day.
std::string OpenDisputeRefusal(const Command& command, const event::v1::DisputeOpened& opened) {
  if (opened.disputed_position() > 0 && FactAt(command, opened.disputed_position()) == nullptr) {
    return "FACT_NOT_FOUND";
  }
  if (!command.state.cycle_years.contains(opened.cycle_end_year())) return "CYCLE_NOT_FOUND";
  for (const ModelFact& fact : command.whole) {
    if (fact.stream != command.fact.stream || !EventOf(fact).has_dispute_opened()) continue;
    const event::v1::DisputeOpened& other = EventOf(fact).dispute_opened();
    if (other.cycle_end_year() == opened.cycle_end_year() &&
        other.disputed_position() == opened.disputed_position() &&
        DisputeAt(command, fact.position) == "OPEN") {
      return "DISPUTE_ALREADY_OPEN";
    }
  }
  return "";
}

// Reading: to have acted in a cycle is to have recorded what is disputed, the dispute, a fact that
// names the cycle, or one of its days, up to its approval or the end of the reinstatement.
std::string DecideDisputeRefusal(const Command& command, const event::v1::DisputeDecided& decided) {
  const int64_t position = decided.dispute_position();
  if (const std::string reason = DisputeOpenRefusal(command, position); !reason.empty()) {
    return reason;
  }
  const event::v1::DisputeOpened& dispute = EventOf(*FactAt(command, position)).dispute_opened();
  const int year = dispute.cycle_end_year();
  if (!command.state.cycle_years.contains(year)) return "CYCLE_NOT_FOUND";
  const auto& days = command.state.cycle_days.at(year);
  for (const ModelFact& fact : command.whole) {
    if (fact.stream != command.fact.stream || fact.actor != command.fact.actor) continue;
    const bool in_cycle = days.first <= fact.effective_day && fact.effective_day <= days.second;
    if (in_cycle || fact.position == position || YearNamed(EventOf(fact)) == year ||
        fact.position == dispute.disputed_position()) {
      return "DECIDER_INVOLVED";
    }
  }
  return "";
}

std::string WaiverRefusal(const Command& command, const event::v1::WaiverGranted& waiver) {
  const ModelAnswer& state = command.state;
  const int year = waiver.cycle_end_year();
  if (!state.cycle_years.contains(year)) return "CYCLE_NOT_FOUND";
  const std::string dispute = DisputeAt(command, waiver.dispute_position());
  if (waiver.dispute_position() > 0 && dispute.empty()) return "DISPUTE_NOT_FOUND";
  if (state.standing == "REVOKED" || state.standing == "SURRENDERED" ||
      !state.tenure_years.contains(year)) {
    return "NOT_CERTIFIED";
  }
  if (year != state.first_open_year) return "ALREADY_RENEWED";
  if (waiver.dispute_position() > 0 && dispute != "UPHELD") return "DISPUTE_NOT_UPHELD";
  if (waiver.has_deadline()) {
    const absl::CivilDay through = ToDay(waiver.deadline().through_date());
    if (through <= state.deadlines.at(waiver.deadline().deadline())) return "INVALID_PERIOD";
    return through > state.latest.at(waiver.deadline().deadline()) ? "INVALID_PERIOD" : "";
  }
  const std::string& line = waiver.requirement().line();
  if (waiver.has_requirement() && line != "extension_half" && !state.lines.contains(line)) {
    return "INVALID_ARGUMENT";
  }
  return "";
}

// What a command names as its cause: another person's dispute, or one that came to nothing, may not
// be it.
std::string CauseRefusal(const Command& command) {
  for (const ModelFact& fact : command.whole) {
    const auto* const event = std::get_if<CertificantEvent>(&fact.payload);
    if (event == nullptr || !event->has_dispute_opened()) continue;
    if (fact.position != command.fact.cause) continue;
    const std::string state = DisputeAt(command, fact.position);
    if (state.empty()) return "DISPUTE_NOT_FOUND";
    return state == "OPEN" || state == "UPHELD" ? "" : "DISPUTE_NOT_UPHELD";
  }
  return "";
}

// ------------------------------------------------------------------ all commands

std::string PersonRefusal(const Command& command, const CertificantEvent& event) {
  if (event.has_certificant_registered()) {
    return IsRegistered(command) ? "CERTIFICANT_EXISTS" : "";
  }
  if (IsRegistered(command)) {
    if (const std::string reason = CauseRefusal(command); !reason.empty()) return reason;
  }
  if (event.has_credit_recorded()) return CreditRecordedRefusal(command, event.credit_recorded());
  if (event.has_credit_amended()) return AmendedRefusal(command, event.credit_amended());
  if (event.has_credit_documented()) {
    return RecordRefusal(command, event.credit_documented().reference());
  }
  if (event.has_credit_verified()) {
    return RecordRefusal(command, event.credit_verified().reference());
  }
  if (event.has_credit_withdrawn()) {
    return RecordRefusal(command, event.credit_withdrawn().reference());
  }
  if (event.has_credit_disallowed()) {
    return RecordRefusal(command, event.credit_disallowed().reference());
  }
  if (event.has_credit_reinstated()) {
    return ReinstateCreditRefusal(command, event.credit_reinstated().reference());
  }
  if (event.has_payment_received()) return PaymentRefusal(command, event.payment_received());
  if (event.has_payment_returned()) {
    return PaymentGoneRefusal(command, event.payment_returned().reference());
  }
  if (event.has_payment_refunded()) {
    const event::v1::PaymentRefunded& refund = event.payment_refunded();
    const std::string reason = PaymentGoneRefusal(command, refund.reference());
    if (!reason.empty()) return reason;
    return refund.amount_minor_units() > LeftOfPayment(command, refund.reference())
               ? "REFUND_EXCEEDS_PAYMENT"
               : "";
  }
  if (event.has_membership_recorded() && !IsOrdered(event.membership_recorded().period())) {
    return "INVALID_PERIOD";
  }
  if (command.fact.effective_micros > command.fact.recorded_micros) return "EFFECTIVE_IN_FUTURE";
  if (!IsRegistered(command)) return "CERTIFICANT_NOT_FOUND";
  if (event.has_arrears_written_off()) {
    return WriteOffRefusal(command, event.arrears_written_off());
  }
  if (event.has_membership_ended()) {
    return HasMembershipAfter(command, ToDay(event.membership_ended().last_date()))
               ? ""
               : "MEMBERSHIP_NOT_FOUND";
  }
  if (event.has_credential_granted() || event.has_credential_revoked() ||
      event.has_credential_surrendered()) {
    return CredentialRefusal(command, event);
  }
  if (event.has_fact_annulled()) return AnnulRefusal(command, event.fact_annulled());
  if (event.has_waiver_granted()) return WaiverRefusal(command, event.waiver_granted());
  if (event.has_dispute_opened()) return OpenDisputeRefusal(command, event.dispute_opened());
  if (event.has_dispute_decided()) return DecideDisputeRefusal(command, event.dispute_decided());
  if (event.has_dispute_withdrawn()) {
    return DisputeOpenRefusal(command, event.dispute_withdrawn().dispute_position());
  }
  return RenewalRefusal(command, event);
}

// A part is of an activity that the catalogue has and that is no part; what has parts is none.
std::string PartRefusal(const Command& command, const ActivityEvent& event) {
  const std::string& whole = event.activity_approved().part_of_activity_id();
  if (whole.empty()) return "";
  bool known = false;
  bool nested = command.fact.stream == "activity/" + whole;
  for (const ModelFact& fact : command.log) {
    const auto* other = std::get_if<ActivityEvent>(&fact.payload);
    if (other == nullptr) continue;
    const std::string& of = other->activity_approved().part_of_activity_id();
    if (fact.stream == "activity/" + whole) {
      known = true;
      nested = nested || !of.empty();
    }
    nested = nested || (!of.empty() && command.fact.stream == "activity/" + of);
  }
  if (!known) return "ACTIVITY_NOT_FOUND";
  return nested ? "INVALID_ARGUMENT" : "";
}

// The catalogue: an approval stands until it is withdrawn, as things are at the command's instant.
std::string CatalogueRefusal(const Command& command, const ActivityEvent& event) {
  if (event.has_activity_approved()) {
    if (event.activity_approved().credits().hundredths() <= 0) return "INVALID_AMOUNT";
    if (!IsOrdered(event.activity_approved().period())) return "INVALID_PERIOD";
  }
  if (command.fact.effective_micros > command.fact.recorded_micros) return "EFFECTIVE_IN_FUTURE";
  if (const std::string reason = PartRefusal(command, event); !reason.empty()) return reason;
  bool known = false;
  const ModelFact* newest = nullptr;
  for (const ModelFact& fact : command.log) {
    if (fact.stream != command.fact.stream) continue;
    known = true;
    if (fact.effective_micros > command.fact.effective_micros) continue;
    if (newest == nullptr || IsBefore(*newest, fact)) newest = &fact;
  }
  if (event.has_activity_withdrawn()) return known ? "" : "ACTIVITY_NOT_FOUND";
  const bool approved =
      newest != nullptr && std::get<ActivityEvent>(newest->payload).has_activity_approved();
  return approved ? "ACTIVITY_ALREADY_APPROVED" : "";
}

// The rules that govern the person's current cycle; those of the command's year where there is
// none.
type::v1::RuleSet RulesAround(const std::vector<ModelFact>& log, const ModelFact& fact,
                              const ModelAnswer& state) {
  const absl::CivilDay day =
      state.standing == "NOT_CERTIFIED" ? fact.effective_day : state.cycle_end;
  return RulesFor(log, ModelQuestion{}, static_cast<int>(day.year()));
}

}  // namespace

std::string RefusalOf(const std::vector<ModelFact>& recorded, const ModelFact& proposed) {
  if (std::holds_alternative<event::v1::RuleSetEvent>(proposed.payload)) return "";
  if (const auto* event = std::get_if<CertificantEvent>(&proposed.payload)) {
    if (event->has_account_merged()) return MergeRefusal(recorded, proposed);
    if (event->has_credit_moved_out()) return MoveRefusal(recorded, proposed);
  }
  // Everything else is decided on what stands with the person by now.
  const bool moved = HasMoves(recorded);
  const std::vector<ModelFact> log = moved ? CarryOut(recorded, ModelQuestion{}) : recorded;
  // What left somebody keeps its reference there.
  std::vector<ModelFact> whole = log;
  if (moved) whole.insert(whole.end(), recorded.begin(), recorded.end());
  ModelFact wanted = proposed;
  if (moved && wanted.stream.starts_with("certificant/")) {
    const std::string prefix = "certificant/";
    wanted.stream =
        prefix + AnswererOf(recorded, ModelQuestion{}, wanted.stream.substr(prefix.size()));
  }
  ModelQuestion question;
  if (wanted.stream.starts_with("certificant/")) {
    question.certificant = wanted.stream.substr(std::string("certificant/").size());
  }
  question.as_of = wanted.effective_day;
  question.as_of_micros = wanted.effective_micros;
  ModelAnswer state = AnswerQuestion(log, question);
  type::v1::RuleSet rules = RulesAround(log, wanted, state);
  absl::TimeZone zone;
  GS_CHECK(absl::LoadTimeZone(rules.time_zone(), &zone));
  const std::set<int64_t> annulled = AnnulledPositions(log, ModelQuestion{});
  std::vector<ModelFact> counting = log;
  std::erase_if(counting, [&](const ModelFact& fact) { return annulled.contains(fact.position); });
  const Command command{counting,
                        wanted,
                        absl::ToCivilDay(absl::FromUnixMicros(wanted.recorded_micros), zone),
                        absl::ToCivilMinute(absl::FromUnixMicros(wanted.effective_micros), zone),
                        std::move(state),
                        std::move(rules),
                        whole};
  if (const auto* event = std::get_if<CertificantEvent>(&wanted.payload)) {
    return PersonRefusal(command, *event);
  }
  return CatalogueRefusal(command, std::get<ActivityEvent>(wanted.payload));
}

}  // namespace goodstanding::model
