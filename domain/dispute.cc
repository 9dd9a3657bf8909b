// Disputes: opened about a cycle or a decision in it, decided by somebody who had no part in it, or
// withdrawn. And waivers, which rest on one that was upheld, or on hardship.
#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/decide.h"
#include "domain/refusal.h"
#include "domain/waivers.h"

namespace goodstanding::domain {
namespace {

using event::v1::CertificantEvent;

absl::Status DisputeNotFound(int64_t position, absl::string_view field) {
  return Refuse("DISPUTE_NOT_FOUND",
                absl::StrCat("Position ", position, " opened no dispute of this person."), field,
                {{"position", absl::StrCat(position)}});
}

absl::Status NotUpheld(int64_t position, absl::string_view field, absl::string_view why) {
  return Refuse("DISPUTE_NOT_UPHELD",
                absl::StrCat("The dispute at position ", position, " ", why, "."), field,
                {{"position", absl::StrCat(position)}});
}

// The cycle that ends in a year: of several, in different tenures, the last one; nullptr for none.
const CycleStatus* FindCycle(const Evaluation& now, int end_year) {
  const auto& cycles = now.career.cycles;
  const auto found = std::find_if(cycles.rbegin(), cycles.rend(), [&](const CycleStatus& cycle) {
    return cycle.end_year == end_year;
  });
  return found == cycles.rend() ? nullptr : &*found;
}

// The fact at a position, as far as its cycle is concerned.
struct DisputedFact {
  Date effective;
  int cycle_end_year = 0;
};

template <typename T>
void LookFor(int64_t position, const std::vector<T>& list, std::optional<DisputedFact>& found) {
  for (const T& item : list) {
    if (item.stamp.position == position) found = DisputedFact{item.stamp.effective.date, 0};
  }
}

void LookFor(int64_t position, const std::vector<Milestone>& list,
             std::optional<DisputedFact>& found) {
  for (const Milestone& item : list) {
    if (item.stamp.position != position) continue;
    found = DisputedFact{item.stamp.effective.date, item.cycle_end_year};
  }
}

// A fact that counts; nullopt for any other event.
std::optional<DisputedFact> FindFact(const CertificantState& state, int64_t position) {
  std::optional<DisputedFact> found;
  LookFor(position, state.milestones, found);
  LookFor(position, state.credits, found);
  LookFor(position, state.payments, found);
  LookFor(position, state.memberships, found);
  LookFor(position, state.membership_ends, found);
  LookFor(position, state.write_offs, found);
  for (const CreditRecord& record : state.credits) LookFor(position, record.changes, found);
  for (const Payment& payment : state.payments) LookFor(position, payment.changes, found);
  return found;
}

// The cycle of a dispute that names none: that of the disputed fact, else the one that was current
// on its day, else the current one.
int CycleOfFact(const CertificantState& state, const Evaluation& now, int64_t position) {
  const auto fact = FindFact(state, position);
  if (fact && fact->cycle_end_year > 0) return fact->cycle_end_year;
  const int current = now.career.CurrentCycle(fact ? fact->effective : now.cutoff.date);
  return current < 0 ? 0 : now.career.cycles[static_cast<size_t>(current)].end_year;
}

absl::Status Open(const CertificantState& state, const Evaluation& now,
                  event::v1::DisputeOpened& event) {
  const int64_t position = event.disputed_position();
  if (position > 0 && state.PlaceOf(position) == FactPlace::kNone) {
    return FactNotFound(position, "disputed_position");
  }
  if (event.cycle_end_year() == 0) event.set_cycle_end_year(CycleOfFact(state, now, position));
  if (FindCycle(now, event.cycle_end_year()) == nullptr) {
    return CycleNotFound(event.cycle_end_year());
  }
  for (const Dispute& dispute : state.disputes) {
    if (dispute.stage != DisputeStage::kOpen || dispute.disputed_position != position ||
        dispute.cycle_end_year != event.cycle_end_year()) {
      continue;
    }
    return Refuse("DISPUTE_ALREADY_OPEN",
                  absl::StrCat("The dispute at position ", dispute.opened.position,
                               " is about the same, and open."),
                  "disputed_position",
                  {{"disputePosition", absl::StrCat(dispute.opened.position)}});
  }
  return absl::OkStatus();
}

// Whether an act was a part in what the dispute is about: it is disputed, opened the dispute, names
// the cycle, or took place in it or in its renewal.
bool TakesPart(const PastAct& act, const Dispute& dispute, const CycleStatus& cycle) {
  if (act.position == dispute.opened.position || act.position == dispute.disputed_position) {
    return true;
  }
  if (act.cycle_end_year == dispute.cycle_end_year) return true;
  const Date last = cycle.renewed
                        ? std::max(cycle.calendar.cycle_end, cycle.renewed->effective.date)
                        : cycle.calendar.reinstatement_through;
  return cycle.start <= act.effective && act.effective <= last;
}

absl::Status Settle(const CertificantState& state, const Evaluation& now,
                    const CommandContext& context, event::v1::DisputeDecided& event) {
  GS_RETURN_IF_ERROR(CheckDisputeOpen(state, event.dispute_position()));
  const Dispute& dispute = *state.FindDispute(event.dispute_position());
  const CycleStatus* const cycle = FindCycle(now, dispute.cycle_end_year);
  if (cycle == nullptr) return CycleNotFound(dispute.cycle_end_year);
  for (const PastAct& act : context.past_acts) {
    if (!TakesPart(act, dispute, *cycle)) continue;
    return Refuse("DECIDER_INVOLVED",
                  absl::StrCat("Whoever recorded position ", act.position,
                               " had a part in the cycle that the dispute is about; somebody "
                               "else must decide."),
                  "dispute_position", {{"position", absl::StrCat(act.position)}});
  }
  *event.mutable_basis() = BasisOf(*cycle, context);
  return absl::OkStatus();
}

absl::Status CheckThroughDate(const event::v1::DeadlineWaived& waived, const CycleStatus& cycle) {
  const Date through = *Date::FromProto(waived.through_date());
  const Date now = DeadlineOf(cycle, waived.deadline());
  const Date latest = LatestOf(cycle, waived.deadline());
  if (now < through && through <= latest) return absl::OkStatus();
  return Refuse("INVALID_PERIOD",
                absl::StrCat("The deadline is ", now.ToString(),
                             "; it can be moved to a later day, through ", latest.ToString(), "."),
                "deadline.through_date",
                {{"deadline", now.ToString()}, {"latest", latest.ToString()}});
}

absl::Status CheckLine(const event::v1::RequirementWaived& waived, const Evaluation& now,
                       const CycleStatus& cycle) {
  const auto& lines = RequirementLevel(now.career, cycle).requirement;
  const bool known = waived.line() == kExtensionHalfLine ||
                     std::any_of(lines.begin(), lines.end(), [&](const RequirementLine& line) {
                       return line.line == waived.line();
                     });
  if (known) return absl::OkStatus();
  return Refuse("INVALID_ARGUMENT",
                absl::StrCat("requirement.line must be the code of a line of the requirement, or ",
                             kExtensionHalfLine, "."),
                "requirement.line");
}

}  // namespace

int CycleNamedBy(const CertificantEvent& event) {
  switch (event.event_case()) {
    case CertificantEvent::kApplicationSubmitted:
      return event.application_submitted().cycle_end_year();
    case CertificantEvent::kApplicationReturned:
      return event.application_returned().cycle_end_year();
    case CertificantEvent::kCertificationRenewed:
      return event.certification_renewed().cycle_end_year();
    case CertificantEvent::kExtensionRequested:
      return event.extension_requested().cycle_end_year();
    case CertificantEvent::kExtensionGranted:
      return event.extension_granted().cycle_end_year();
    case CertificantEvent::kExtensionDenied:
      return event.extension_denied().cycle_end_year();
    case CertificantEvent::kReinstatementRequested:
      return event.reinstatement_requested().cycle_end_year();
    case CertificantEvent::kPaymentReceived:
      return event.payment_received().cycle_end_year();
    case CertificantEvent::kPaymentReassigned:
      return event.payment_reassigned().cycle_end_year();
    case CertificantEvent::kArrearsWrittenOff:
      return event.arrears_written_off().cycle_end_year();
    case CertificantEvent::kBadgeIssued:
      return event.badge_issued().cycle_end_year();
    case CertificantEvent::kDisputeOpened:
      return event.dispute_opened().cycle_end_year();
    case CertificantEvent::kWaiverGranted:
      return event.waiver_granted().cycle_end_year();
    default:
      return 0;
  }
}

absl::Status CheckDisputeOpen(const CertificantState& state, int64_t dispute_position) {
  const Dispute* const dispute = state.FindDispute(dispute_position);
  if (dispute == nullptr) return DisputeNotFound(dispute_position, "dispute_position");
  if (dispute->stage == DisputeStage::kOpen) return absl::OkStatus();
  return Refuse("DISPUTE_NOT_OPEN",
                absl::StrCat("The dispute at position ", dispute_position, " is ",
                             dispute->stage == DisputeStage::kWithdrawn ? "withdrawn" : "decided",
                             "; what is new is another dispute."),
                "dispute_position", {{"position", absl::StrCat(dispute_position)}});
}

absl::Status DecideDispute(const CertificantState& state, const Evaluation& now,
                           const CommandContext& context, CertificantEvent& event) {
  if (event.has_dispute_opened()) return Open(state, now, *event.mutable_dispute_opened());
  if (event.has_dispute_decided()) {
    return Settle(state, now, context, *event.mutable_dispute_decided());
  }
  return CheckDisputeOpen(state, event.dispute_withdrawn().dispute_position());
}

absl::Status DecideWaiver(const CertificantState& state, const Evaluation& now,
                          const CommandContext& context, event::v1::WaiverGranted& waiver) {
  const CycleStatus* const cycle = FindCycle(now, waiver.cycle_end_year());
  if (cycle == nullptr) return CycleNotFound(waiver.cycle_end_year());
  const int64_t position = waiver.dispute_position();
  const Dispute* const dispute = state.FindDispute(position);
  if (position > 0 && dispute == nullptr) return DisputeNotFound(position, "dispute_position");
  if (!now.career.in_tenure() || cycle->tenure != now.career.cycles.back().tenure) {
    return Refuse("NOT_CERTIFIED",
                  absl::StrCat("The cycle that ends in ", waiver.cycle_end_year(),
                               " is of a certification that has ended."),
                  "certificant_id", {{"date", now.cutoff.date.ToString()}});
  }
  if (cycle->renewed) {
    return Refuse("ALREADY_RENEWED",
                  absl::StrCat("The cycle that ends in ", cycle->end_year,
                               " is renewed, and its approval fixed its terms."),
                  "", {{"cycleEndYear", absl::StrCat(cycle->end_year)}});
  }
  if (dispute != nullptr && dispute->stage != DisputeStage::kUpheld) {
    return NotUpheld(position, "dispute_position", "is not upheld; a waiver rests on one that is");
  }
  if (waiver.has_deadline()) GS_RETURN_IF_ERROR(CheckThroughDate(waiver.deadline(), *cycle));
  if (waiver.has_requirement()) {
    GS_RETURN_IF_ERROR(CheckLine(waiver.requirement(), now, *cycle));
  }
  *waiver.mutable_basis() = BasisOf(*cycle, context);
  return absl::OkStatus();
}

absl::Status CheckCause(const CertificantState& state, const CommandContext& context) {
  if (context.cause_position == 0) return absl::OkStatus();
  const Dispute* const dispute = state.FindDispute(context.cause_position);
  constexpr char kField[] = "header.causation_position";
  if (dispute == nullptr) {
    return context.cause_is_dispute ? DisputeNotFound(context.cause_position, kField)
                                    : absl::OkStatus();
  }
  if (dispute->stage == DisputeStage::kOpen || dispute->stage == DisputeStage::kUpheld) {
    return absl::OkStatus();
  }
  return NotUpheld(context.cause_position, kField,
                   "was withdrawn or rejected; it corrects nothing");
}

}  // namespace goodstanding::domain
