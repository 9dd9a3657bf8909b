// The checks of a command itself: what can be said without knowing the person.
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/credit_amounts.h"
#include "domain/decide.h"
#include "domain/refusal.h"
#include "domain/text.h"

namespace goodstanding::domain {
namespace {

using event::v1::CertificantEvent;

constexpr size_t kMaxReason = 2000;
constexpr size_t kMaxReference = 64;

absl::Status Missing(absl::string_view field, absl::string_view accepted) {
  return Refuse("INVALID_ARGUMENT", absl::StrCat(field, " must be ", accepted, "."), field);
}

absl::Status CheckDate(const type::v1::CivilDate& date, absl::string_view field) {
  if (Date::FromProto(date)) return absl::OkStatus();
  return Missing(field, "a day of the calendar, years 1900 to 9999");
}

absl::Status CheckCreditReference(absl::string_view reference) {
  return CheckReference(reference, 1, kMaxReference, "reference");
}

absl::Status CheckCredential(absl::string_view credential, const RulebookView& rules) {
  const Figures* const figures = rules.Default();
  if (figures != nullptr && figures->HasCredential(credential)) return absl::OkStatus();
  return Missing("credential", "the code of a credential that the board grants");
}

absl::Status CheckEnding(absl::string_view credential, absl::string_view reason,
                         const RulebookView& rules) {
  if (!credential.empty()) GS_RETURN_IF_ERROR(CheckCredential(credential, rules));
  return CheckText(reason, 0, kMaxReason, "reason");
}

absl::Status CheckCredit(const event::v1::CreditRecorded& credit, const RulebookView& rules,
                         const CommandContext& context) {
  GS_RETURN_IF_ERROR(CheckCreditReference(credit.reference()));
  GS_RETURN_IF_ERROR(CheckDate(credit.completed_date(), "completed_date"));
  if (credit.has_from_date()) GS_RETURN_IF_ERROR(CheckDate(credit.from_date(), "from_date"));
  if (!credit.activity_id().empty()) {
    GS_RETURN_IF_ERROR(CheckId(credit.activity_id(), "activity_id"));
  }
  GS_RETURN_IF_ERROR(CheckText(credit.location(), 0, 200, "location"));
  const Date completed = *Date::FromProto(credit.completed_date());
  const Figures* const figures = FiguresForUnits(rules, completed);
  const ActivityKind* const kind =
      figures == nullptr ? nullptr : figures->FindKind(credit.activity_kind());
  if (kind == nullptr) return Missing("activity_kind", "the code of a kind of the rule set");
  CreditFigures reported;
  reported.completed = completed;
  reported.amount = Amount::FromProto(credit.amount());
  reported.break_minutes = credit.break_minutes();
  reported.housekeeping_minutes = credit.housekeeping_minutes();
  if (credit.has_from_date()) reported.from = Date::FromProto(credit.from_date());
  GS_RETURN_IF_ERROR(CheckAmount(reported, *kind));
  if (reported.from) GS_RETURN_IF_ERROR(CheckPeriod(*reported.from, completed, "from_date"));
  return CheckCompleted(completed, context.now.date);
}

absl::Status CheckAmendment(const event::v1::CreditAmended& amendment,
                            const CommandContext& context) {
  GS_RETURN_IF_ERROR(CheckCreditReference(amendment.reference()));
  if (amendment.has_from_date()) {
    GS_RETURN_IF_ERROR(CheckDate(amendment.from_date(), "from_date"));
  }
  if (!amendment.has_completed_date() && !amendment.has_from_date() && !amendment.has_amount() &&
      !amendment.has_break_minutes() && !amendment.has_housekeeping_minutes()) {
    return Missing("amount", "given, or another figure that changes");
  }
  if (amendment.has_amount()) {
    GS_RETURN_IF_ERROR(CheckPositive(Amount::FromProto(amendment.amount())));
  }
  if (!amendment.has_completed_date()) return absl::OkStatus();
  GS_RETURN_IF_ERROR(CheckDate(amendment.completed_date(), "completed_date"));
  return CheckCompleted(*Date::FromProto(amendment.completed_date()), context.now.date);
}

absl::Status CheckPayment(const event::v1::PaymentReceived& payment) {
  GS_RETURN_IF_ERROR(CheckReference(payment.reference(), 1, kMaxReference, "reference"));
  GS_RETURN_IF_ERROR(
      CheckReference(payment.batch_reference(), 0, kMaxReference, "batch_reference"));
  GS_RETURN_IF_ERROR(CheckDate(payment.dated_date(), "dated_date"));
  if (payment.method() != type::v1::PAYMENT_METHOD_CARD &&
      payment.method() != type::v1::PAYMENT_METHOD_CHECK) {
    return Missing("method", "PAYMENT_METHOD_CARD or PAYMENT_METHOD_CHECK");
  }
  if (payment.amount_minor_units() <= 0 || payment.amount_minor_units() > kMaxAmount) {
    return Refuse("INVALID_AMOUNT", "A payment must be above 0 and at most 1,000,000.00.",
                  "amount");
  }
  return absl::OkStatus();
}

absl::Status CheckMembership(const event::v1::MembershipRecorded& membership) {
  GS_RETURN_IF_ERROR(CheckDate(membership.period().first_date(), "period.first_date"));
  GS_RETURN_IF_ERROR(CheckDate(membership.period().last_date(), "period.last_date"));
  return CheckPeriod(*Date::FromProto(membership.period().first_date()),
                     *Date::FromProto(membership.period().last_date()), "period");
}

absl::Status CheckMembershipEnd(const event::v1::MembershipEnded& end) {
  GS_RETURN_IF_ERROR(CheckDate(end.last_date(), "last_date"));
  return CheckText(end.reason(), 0, kMaxReason, "reason");
}

absl::Status CheckRefund(const event::v1::PaymentRefunded& refund) {
  GS_RETURN_IF_ERROR(CheckReference(refund.reference(), 1, kMaxReference, "reference"));
  if (refund.amount_minor_units() >= 0 && refund.amount_minor_units() <= kMaxAmount) {
    return absl::OkStatus();
  }
  return Refuse("INVALID_AMOUNT", "A refund must be above 0 and at most the payment.", "amount");
}

absl::Status CheckWriteOff(const event::v1::ArrearsWrittenOff& write_off) {
  if (write_off.amount_minor_units() <= 0 || write_off.amount_minor_units() > kMaxAmount) {
    return Refuse("INVALID_AMOUNT", "A write-off must be above 0 and at most 1,000,000.00.",
                  "amount");
  }
  return CheckText(write_off.reason(), 1, kMaxReason, "reason");
}

absl::Status CheckHold(const event::v1::LegalHoldPlaced& hold) {
  GS_RETURN_IF_ERROR(CheckReference(hold.reference(), 1, kMaxReference, "reference"));
  if (hold.has_last_date()) GS_RETURN_IF_ERROR(CheckDate(hold.last_date(), "last_date"));
  return CheckText(hold.reason(), 0, kMaxReason, "reason");
}

absl::Status CheckErasure(const CertificantEvent& event) {
  switch (event.event_case()) {
    case CertificantEvent::kErasureRequested:
      return CheckText(event.erasure_requested().reason(), 0, kMaxReason, "reason");
    case CertificantEvent::kErasureCalledOff:
      return CheckText(event.erasure_called_off().reason(), 0, kMaxReason, "reason");
    case CertificantEvent::kLegalHoldPlaced:
      return CheckHold(event.legal_hold_placed());
    case CertificantEvent::kLegalHoldLifted:
      GS_RETURN_IF_ERROR(CheckText(event.legal_hold_lifted().reason(), 0, kMaxReason, "reason"));
      return CheckReference(event.legal_hold_lifted().reference(), 1, kMaxReference, "reference");
    default:
      return absl::OkStatus();
  }
}

absl::Status CheckContact(absl::string_view email, absl::string_view postal_address) {
  if (!email.empty()) GS_RETURN_IF_ERROR(CheckEmail(email, "email"));
  GS_RETURN_IF_ERROR(CheckText(postal_address, 0, 500, "postal_address"));
  if (email.empty() && postal_address.empty()) return Missing("email", "given, or postal_address");
  return absl::OkStatus();
}

absl::Status CheckRegistration(const event::v1::CertificantRegistered& registered) {
  GS_RETURN_IF_ERROR(CheckText(registered.name(), 1, 200, "name"));
  if (registered.email().empty()) return absl::OkStatus();
  return CheckEmail(registered.email(), "email");
}

absl::Status CheckEvidence(const event::v1::EvidenceAttached& evidence) {
  constexpr size_t kDigestSize = 32;
  if (!evidence.credit_reference().empty()) {
    GS_RETURN_IF_ERROR(
        CheckReference(evidence.credit_reference(), 1, kMaxReference, "credit_reference"));
  }
  if (evidence.digest().size() != kDigestSize) return Missing("digest", "32 bytes of SHA-256");
  if (evidence.dispute_position() < 0) {
    return Missing("dispute_position", "a position, or 0 for none");
  }
  GS_RETURN_IF_ERROR(CheckText(evidence.file_name(), 1, 200, "file_name"));
  return CheckReference(evidence.media_type(), 1, 100, "media_type");
}

absl::Status CheckNotice(const event::v1::NoticeSent& notice) {
  GS_RETURN_IF_ERROR(CheckReference(notice.notice(), 1, 64, "notice"));
  if (notice.has_deadline_date()) {
    GS_RETURN_IF_ERROR(CheckDate(notice.deadline_date(), "deadline_date"));
  }
  return CheckReference(notice.channel(), 1, 64, "channel");
}

absl::Status CheckOutcome(type::v1::AuditOutcome outcome) {
  if (outcome == type::v1::AUDIT_OUTCOME_PASSED || outcome == type::v1::AUDIT_OUTCOME_FAILED) {
    return absl::OkStatus();
  }
  return Missing("outcome", "AUDIT_OUTCOME_PASSED or AUDIT_OUTCOME_FAILED");
}

absl::Status CheckCreditChange(const CertificantEvent& event) {
  switch (event.event_case()) {
    case CertificantEvent::kCreditDocumented:
      return CheckCreditReference(event.credit_documented().reference());
    case CertificantEvent::kCreditVerified:
      return CheckCreditReference(event.credit_verified().reference());
    case CertificantEvent::kCreditWithdrawn:
      return CheckCreditReference(event.credit_withdrawn().reference());
    case CertificantEvent::kCreditDisallowed:
      GS_RETURN_IF_ERROR(CheckText(event.credit_disallowed().reason(), 0, kMaxReason, "reason"));
      return CheckCreditReference(event.credit_disallowed().reference());
    default:
      GS_RETURN_IF_ERROR(CheckText(event.credit_reinstated().reason(), 0, kMaxReason, "reason"));
      return CheckCreditReference(event.credit_reinstated().reference());
  }
}

absl::Status CheckReassignment(const event::v1::PaymentReassigned& event) {
  GS_RETURN_IF_ERROR(CheckReference(event.reference(), 1, kMaxReference, "reference"));
  return CheckText(event.reason(), 1, kMaxReason, "reason");
}

absl::Status CheckBadge(const event::v1::BadgeIssued& badge, const RulebookView& rules) {
  GS_RETURN_IF_ERROR(CheckCredential(badge.credential(), rules));
  return CheckReference(badge.badge_id(), 1, 128, "badge_id");
}

absl::Status CheckAnnulment(const event::v1::FactAnnulled& annulment) {
  if (annulment.fact_position() < 1) return Missing("fact_position", "a position, from 1");
  GS_RETURN_IF_ERROR(CheckText(annulment.reason(), 1, kMaxReason, "reason"));
  return CheckText(annulment.authority(), 0, 500, "authority");
}

absl::Status CheckSelection(const type::v1::AuditSelection& selection) {
  constexpr int kAll = 1'000'000;
  if (selection.cycle_end_year() < 1900 || selection.cycle_end_year() > 9999) {
    return Missing("selection.cycle_end_year", "a year from 1900 to 9999");
  }
  if (selection.checkpoint_size() < 1) {
    return Missing("selection.checkpoint_size", "the size of a signed checkpoint");
  }
  if (selection.rate_millionths() >= 1 && selection.rate_millionths() <= kAll) {
    return absl::OkStatus();
  }
  return Missing("selection.rate_millionths", "1 to 1,000,000");
}

absl::Status CheckAudit(const event::v1::AuditOpened& audit) {
  if (audit.has_selection()) GS_RETURN_IF_ERROR(CheckSelection(audit.selection()));
  return CheckText(audit.reason(), 0, kMaxReason, "reason");
}

absl::Status CheckDispute(const CertificantEvent& event) {
  if (event.has_dispute_opened()) {
    const auto& opened = event.dispute_opened();
    if (opened.disputed_position() < 0 ||
        (opened.disputed_position() == 0 && opened.cycle_end_year() == 0)) {
      return Missing("disputed_position", "a position, from 1, or cycle_end_year be given");
    }
    return CheckText(opened.claim(), 1, kMaxReason, "claim");
  }
  if (event.has_dispute_withdrawn()) {
    if (event.dispute_withdrawn().dispute_position() < 1) {
      return Missing("dispute_position", "a position, from 1");
    }
    return CheckText(event.dispute_withdrawn().reason(), 0, kMaxReason, "reason");
  }
  const auto& decided = event.dispute_decided();
  if (decided.dispute_position() < 1) return Missing("dispute_position", "a position, from 1");
  if (decided.outcome() != type::v1::DISPUTE_OUTCOME_UPHELD &&
      decided.outcome() != type::v1::DISPUTE_OUTCOME_UPHELD_IN_PART &&
      decided.outcome() != type::v1::DISPUTE_OUTCOME_REJECTED) {
    return Missing("outcome",
                   "DISPUTE_OUTCOME_UPHELD, DISPUTE_OUTCOME_UPHELD_IN_PART or "
                   "DISPUTE_OUTCOME_REJECTED");
  }
  return CheckText(decided.reason(), 1, kMaxReason, "reason");
}

absl::Status CheckWaived(const event::v1::WaiverGranted& waiver) {
  if (waiver.has_deadline()) {
    const auto& waived = waiver.deadline();
    if (waived.deadline() < type::v1::CYCLE_DEADLINE_APPLICATION ||
        waived.deadline() > type::v1::CYCLE_DEADLINE_REINSTATEMENT) {
      return Missing("deadline.deadline", "a deadline of a cycle");
    }
    return CheckDate(waived.through_date(), "deadline.through_date");
  }
  if (waiver.has_fee()) {
    const auto& waived = waiver.fee();
    if (waived.fee() < type::v1::FEE_KIND_RECERTIFICATION ||
        waived.fee() > type::v1::FEE_KIND_REINSTATEMENT) {
      return Missing("fee.fee", "one of the four fees");
    }
    if (waived.amount_minor_units() >= 0 && waived.amount_minor_units() <= kMaxAmount) {
      return absl::OkStatus();
    }
    return Refuse("INVALID_AMOUNT", "What is waived must be above 0 and at most 1,000,000.00.",
                  "fee.amount");
  }
  if (!waiver.has_requirement()) return Missing("deadline", "given, or fee or requirement");
  const auto& waived = waiver.requirement();
  GS_RETURN_IF_ERROR(CheckReference(waived.line(), 1, kMaxReference, "requirement.line"));
  if (waived.credits().hundredths() >= 0 && waived.credits().hundredths() <= kMaxAmount) {
    return absl::OkStatus();
  }
  return Refuse("INVALID_AMOUNT", "Credits that are waived must be above 0 and at most 1,000,000.",
                "requirement.credits");
}

absl::Status CheckWaiver(const event::v1::WaiverGranted& waiver) {
  GS_RETURN_IF_ERROR(CheckWaived(waiver));
  if (waiver.dispute_position() < 0 ||
      (waiver.dispute_position() == 0) == waiver.hardship_reference().empty()) {
    return Missing("dispute_position", "a position, from 1, or hardship_reference be given");
  }
  GS_RETURN_IF_ERROR(
      CheckReference(waiver.hardship_reference(), 0, kMaxReference, "hardship_reference"));
  GS_RETURN_IF_ERROR(CheckText(waiver.reason(), 1, kMaxReason, "reason"));
  return CheckText(waiver.authority(), 0, 500, "authority");
}

absl::Status CheckMove(absl::string_view other_id, absl::string_view other_field,
                       absl::string_view reference, absl::string_view reason) {
  GS_RETURN_IF_ERROR(CheckId(other_id, other_field));
  GS_RETURN_IF_ERROR(CheckReference(reference, 1, kMaxReference, "reference"));
  return CheckText(reason, 1, kMaxReason, "reason");
}

absl::Status CheckMoveOut(const event::v1::CreditMovedOut& move) {
  GS_RETURN_IF_ERROR(CheckReference(move.to_reference(), 0, kMaxReference, "to_reference"));
  return CheckMove(move.to_certificant_id(), "to_certificant_id", move.reference(), move.reason());
}

absl::Status CheckMerge(const event::v1::AccountMerged& merge) {
  GS_RETURN_IF_ERROR(CheckId(merge.merged_certificant_id(), "merged_certificant_id"));
  return CheckText(merge.reason(), 1, kMaxReason, "reason");
}

absl::Status CheckMoveOrMerge(const CertificantEvent& event) {
  if (event.has_account_merged()) return CheckMerge(event.account_merged());
  if (event.has_credit_moved_out()) return CheckMoveOut(event.credit_moved_out());
  const auto& move = event.credit_moved_in();
  return CheckMove(move.from_certificant_id(), "certificant_id", move.reference(), move.reason());
}

// What takes place when it is recorded, and at no other time.
bool TakesPlaceNow(const CertificantEvent& event) {
  return IsAboutErasure(event) || event.has_credit_moved_out() || event.has_credit_moved_in() ||
         event.has_account_merged();
}

absl::Status CheckFields(const CertificantEvent& event, const RulebookView& rules,
                         const CommandContext& context) {
  if (IsAboutErasure(event)) return CheckErasure(event);
  if (IsAboutDispute(event)) return CheckDispute(event);
  if (TakesPlaceNow(event)) return CheckMoveOrMerge(event);
  switch (event.event_case()) {
    case CertificantEvent::kCertificantRegistered:
      return CheckRegistration(event.certificant_registered());
    case CertificantEvent::kProfileChanged:
      return CheckText(event.profile_changed().name(), 1, 200, "name");
    case CertificantEvent::kContactChanged:
      return CheckContact(event.contact_changed().email(),
                          event.contact_changed().postal_address());
    case CertificantEvent::kMembershipRecorded:
      return CheckMembership(event.membership_recorded());
    case CertificantEvent::kCredentialGranted:
      return CheckCredential(event.credential_granted().credential(), rules);
    case CertificantEvent::kCredentialRevoked:
      return CheckEnding(event.credential_revoked().credential(),
                         event.credential_revoked().reason(), rules);
    case CertificantEvent::kCredentialSurrendered:
      return CheckEnding(event.credential_surrendered().credential(),
                         event.credential_surrendered().reason(), rules);
    case CertificantEvent::kCreditRecorded:
      return CheckCredit(event.credit_recorded(), rules, context);
    case CertificantEvent::kCreditAmended:
      return CheckAmendment(event.credit_amended(), context);
    case CertificantEvent::kCreditDocumented:
    case CertificantEvent::kCreditVerified:
    case CertificantEvent::kCreditWithdrawn:
    case CertificantEvent::kCreditDisallowed:
    case CertificantEvent::kCreditReinstated:
      return CheckCreditChange(event);
    case CertificantEvent::kPaymentReceived:
      return CheckPayment(event.payment_received());
    case CertificantEvent::kPaymentReturned:
      return CheckReference(event.payment_returned().reference(), 1, kMaxReference, "reference");
    case CertificantEvent::kPaymentRefunded:
      return CheckRefund(event.payment_refunded());
    case CertificantEvent::kMembershipEnded:
      return CheckMembershipEnd(event.membership_ended());
    case CertificantEvent::kArrearsWrittenOff:
      return CheckWriteOff(event.arrears_written_off());
    case CertificantEvent::kPaymentReassigned:
      return CheckReassignment(event.payment_reassigned());
    case CertificantEvent::kApplicationReturned:
      return CheckText(event.application_returned().reason(), 0, kMaxReason, "reason");
    case CertificantEvent::kAuditOpened:
      return CheckAudit(event.audit_opened());
    case CertificantEvent::kAuditClosed:
      return CheckOutcome(event.audit_closed().outcome());
    case CertificantEvent::kNoticeSent:
      return CheckNotice(event.notice_sent());
    case CertificantEvent::kBadgeIssued:
      return CheckBadge(event.badge_issued(), rules);
    case CertificantEvent::kEvidenceAttached:
      return CheckEvidence(event.evidence_attached());
    case CertificantEvent::kFactAnnulled:
      return CheckAnnulment(event.fact_annulled());
    case CertificantEvent::kWaiverGranted:
      return CheckWaiver(event.waiver_granted());
    case CertificantEvent::kApplicationSubmitted:
    case CertificantEvent::kCertificationRenewed:
    case CertificantEvent::kExtensionRequested:
    case CertificantEvent::kExtensionGranted:
    case CertificantEvent::kExtensionDenied:
    case CertificantEvent::kReinstatementRequested:
      return absl::OkStatus();
    default:
      break;
  }
  return Refuse("INVALID_ARGUMENT", "The command is empty.");
}

// Whether a refusal of the fields goes before EFFECTIVE_IN_FUTURE; COMPLETED_IN_FUTURE goes after
// it.
bool GoesFirst(const absl::Status& status) {
  const auto refusal = GetRefusal(status);
  return refusal && refusal->reason != "COMPLETED_IN_FUTURE";
}

}  // namespace

std::optional<Date> BoardPostedDay(const CertificantEvent& proposed) {
  if (!proposed.has_credit_recorded()) return std::nullopt;
  const auto& credit = proposed.credit_recorded();
  if (credit.source() != type::v1::CREDIT_SOURCE_EDUCATION_ZONE &&
      credit.source() != type::v1::CREDIT_SOURCE_CONFERENCE) {
    return std::nullopt;
  }
  return Date::FromProto(credit.completed_date());
}

absl::Status ValidateCommand(const CertificantEvent& proposed, const RulebookView& rules,
                             const CommandContext& context) {
  const absl::Status fields = CheckFields(proposed, rules, context);
  if (GoesFirst(fields)) return fields;
  if (TakesPlaceNow(proposed) && context.effective != context.now) {
    return Refuse("INVALID_ARGUMENT",
                  "header.effective must be absent: it takes place when it is recorded.",
                  "header.effective");
  }
  if (!BoardPostedDay(proposed)) {
    GS_RETURN_IF_ERROR(CheckNotInFuture(context.effective, context.now));
  }
  return fields;
}

}  // namespace goodstanding::domain
