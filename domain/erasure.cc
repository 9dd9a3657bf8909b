// The erasure of a person's sealed data: asked for by one person, confirmed by another, thirty days
// in which it can be called off, then begun by the server and, once the key is gone, completed.
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/decide.h"
#include "domain/refusal.h"

namespace goodstanding::domain {
namespace {

using event::v1::CertificantEvent;
using type::v1::ErasureStage;

// Days from the confirmation to the first day on which the erasure may begin.
constexpr int kNoticeDays = 30;

// What stands against an erasure on the present day.
absl::Status CheckMayBeErased(const CertificantState& state, const Evaluation& now) {
  if (IsCertified(now.standing)) {
    return Refuse("CERTIFIED",
                  absl::StrCat("The person is certified (", std::string(StandingName(now.standing)),
                               "); erase the data once the certification has ended."),
                  "certificant_id", {{"standing", std::string(StandingName(now.standing))}});
  }
  if (now.career.audit_opened) {
    return Refuse("AUDIT_OPEN", "An audit is open; it must be closed first.");
  }
  for (const Dispute& dispute : state.disputes) {
    if (dispute.stage != DisputeStage::kOpen) continue;
    return Refuse("DISPUTE_OPEN",
                  absl::StrCat("The dispute at position ", dispute.opened.position,
                               " is open; it must be decided or withdrawn first."),
                  "certificant_id", {{"disputePosition", absl::StrCat(dispute.opened.position)}});
  }
  for (const LegalHold& hold : state.legal_holds) {
    if (hold.through && *hold.through < now.cutoff.date) continue;
    const std::string through = hold.through ? hold.through->ToString() : "it is lifted";
    return Refuse("LEGAL_HOLD",
                  absl::StrCat("The hold ", hold.reference, " stands until ", through,
                               hold.through ? ", inclusive." : "."),
                  "certificant_id", {{"reference", hold.reference}, {"until", through}});
  }
  return absl::OkStatus();
}

absl::Status NotRequested() {
  return Refuse("ERASURE_NOT_REQUESTED", "No erasure of this person's data is asked for.",
                "certificant_id");
}

absl::Status Request(const CertificantState& state, const Evaluation& now,
                     const CommandContext& context, event::v1::ErasureRequested& event) {
  if (state.erasure.stage != type::v1::ERASURE_STAGE_UNSPECIFIED) {
    return Refuse("ERASURE_ALREADY_REQUESTED", "An erasure of this person's data is asked for.",
                  "certificant_id");
  }
  GS_RETURN_IF_ERROR(CheckMayBeErased(state, now));
  event.set_requested_by_issuer(context.actor.issuer());
  event.set_requested_by_subject(context.actor.subject());
  return absl::OkStatus();
}

absl::Status Confirm(const CertificantState& state, const Evaluation& now,
                     const CommandContext& context, event::v1::ErasureScheduled& event) {
  const ErasureStatus& erasure = state.erasure;
  if (erasure.stage == type::v1::ERASURE_STAGE_SCHEDULED) {
    return Refuse(
        "ERASURE_ALREADY_CONFIRMED",
        absl::StrCat("The erasure is confirmed; it may begin on ", erasure.due.ToString(), "."),
        "certificant_id", {{"due", erasure.due.ToString()}});
  }
  if (erasure.stage != type::v1::ERASURE_STAGE_REQUESTED) return NotRequested();
  if (erasure.requested_by_issuer == context.actor.issuer() &&
      erasure.requested_by_subject == context.actor.subject()) {
    return Refuse("SECOND_PERSON_NEEDED",
                  "Whoever asked for the erasure cannot confirm it; somebody else must.");
  }
  GS_RETURN_IF_ERROR(CheckMayBeErased(state, now));
  *event.mutable_due_date() = (context.now.date + kNoticeDays).ToProto();
  return absl::OkStatus();
}

absl::Status CallOff(const CertificantState& state) {
  const ErasureStage stage = state.erasure.stage;
  if (stage == type::v1::ERASURE_STAGE_REQUESTED || stage == type::v1::ERASURE_STAGE_SCHEDULED) {
    return absl::OkStatus();
  }
  return NotRequested();
}

absl::Status Begin(const CertificantState& state, const Evaluation& now,
                   const CommandContext& context) {
  if (state.erasure.stage != type::v1::ERASURE_STAGE_SCHEDULED) return NotRequested();
  if (context.now.date < state.erasure.due) {
    return Refuse("ERASURE_NOT_DUE",
                  absl::StrCat("The erasure may begin on ", state.erasure.due.ToString(), "."), "",
                  {{"due", state.erasure.due.ToString()}});
  }
  return CheckMayBeErased(state, now);
}

bool Holds(const CertificantState& state, const std::string& reference) {
  return std::any_of(state.legal_holds.begin(), state.legal_holds.end(),
                     [&](const LegalHold& hold) { return hold.reference == reference; });
}

absl::Status PlaceHold(const CertificantState& state, const std::string& reference) {
  if (!Holds(state, reference)) return absl::OkStatus();
  return Refuse(
      "LEGAL_HOLD_ALREADY_PLACED",
      absl::StrCat("A hold ", reference, " stands; lift it, or choose another reference."),
      "reference", {{"reference", reference}});
}

absl::Status LiftHold(const CertificantState& state, const std::string& reference) {
  if (Holds(state, reference)) return absl::OkStatus();
  return Refuse("LEGAL_HOLD_NOT_FOUND", absl::StrCat("No hold ", reference, " stands."),
                "reference", {{"reference", reference}});
}

}  // namespace

absl::Status DecideErasure(const CertificantState& state, const Evaluation& now,
                           const CommandContext& context, CertificantEvent& event) {
  switch (event.event_case()) {
    case CertificantEvent::kErasureRequested:
      return Request(state, now, context, *event.mutable_erasure_requested());
    case CertificantEvent::kErasureScheduled:
      return Confirm(state, now, context, *event.mutable_erasure_scheduled());
    case CertificantEvent::kErasureCalledOff:
      return CallOff(state);
    case CertificantEvent::kErasureBegun:
      return Begin(state, now, context);
    case CertificantEvent::kErasureCompleted:
      return state.erasure.stage == type::v1::ERASURE_STAGE_BEGUN ? absl::OkStatus()
                                                                  : NotRequested();
    case CertificantEvent::kLegalHoldPlaced:
      return PlaceHold(state, event.legal_hold_placed().reference());
    default:
      return LiftHold(state, event.legal_hold_lifted().reference());
  }
}

}  // namespace goodstanding::domain
