#include "services/command_convert.h"

#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "domain/amounts.h"
#include "domain/refusal.h"
#include "domain/text.h"
#include "services/board_time.h"

namespace goodstanding::services {
namespace {

using event::v1::ActivityEvent;
using event::v1::CertificantEvent;

// A proposal about a certificant, to be filled in.
class Draft {
 public:
  explicit Draft(const std::string& certificant_id) {
    proposal_.id = certificant_id;
    proposal_.malformed = domain::CheckId(certificant_id, "certificant_id");
  }

  CertificantEvent* operator->() { return &event_; }

  void Check(const absl::Status& status) { proposal_.malformed.Update(status); }

  Proposal Finish() {
    proposal_.fact = std::move(event_);
    return std::move(proposal_);
  }

 private:
  Proposal proposal_;
  CertificantEvent event_;
};

// A decimal of the request in hundredths; INVALID_AMOUNT where it is none.
absl::Status ReadDecimal(absl::string_view text, absl::string_view field, int64_t& out) {
  const auto value = domain::ParseHundredths(text);
  if (!value) {
    return domain::Refuse("INVALID_AMOUNT",
                          absl::StrCat(field,
                                       " must be a decimal with at most two decimals, for "
                                       "example \"1.50\"."),
                          field);
  }
  out = *value;
  return absl::OkStatus();
}

absl::Status ReadAmount(const api::v1::ActivityAmount& in, event::v1::ActivityAmount& out) {
  int64_t hundredths = 0;
  switch (in.amount_case()) {
    case api::v1::ActivityAmount::kMinutes:
      out.set_minutes(in.minutes());
      return absl::OkStatus();
    case api::v1::ActivityAmount::kCount:
      out.set_count(in.count());
      return absl::OkStatus();
    case api::v1::ActivityAmount::kPositionYears:
      GS_RETURN_IF_ERROR(ReadDecimal(in.position_years(), "amount.position_years", hundredths));
      out.set_position_years_hundredths(hundredths);
      return absl::OkStatus();
    case api::v1::ActivityAmount::kAcademicCredits:
      GS_RETURN_IF_ERROR(ReadDecimal(in.academic_credits(), "amount.academic_credits", hundredths));
      out.set_academic_credits_hundredths(hundredths);
      return absl::OkStatus();
    case api::v1::ActivityAmount::AMOUNT_NOT_SET:
      break;
  }
  return domain::Refuse("INVALID_AMOUNT", "An amount must be given, in the unit of the kind.",
                        "amount");
}

Proposal CreditProposal(const std::string& certificant_id, const api::v1::CreditReport& report) {
  Draft draft(certificant_id);
  auto& credit = *draft->mutable_credit_recorded();
  credit.set_reference(report.reference());
  credit.set_activity_kind(report.activity_kind());
  if (report.has_completed_date()) *credit.mutable_completed_date() = report.completed_date();
  if (report.has_from_date()) *credit.mutable_from_date() = report.from_date();
  draft.Check(ReadAmount(report.amount(), *credit.mutable_amount()));
  credit.set_break_minutes(report.break_minutes());
  credit.set_housekeeping_minutes(report.housekeeping_minutes());
  credit.set_activity_id(report.activity_id());
  credit.set_paid(report.paid());
  credit.set_outside_approved_programme(report.outside_approved_programme());
  credit.set_documented(!report.undocumented());
  credit.set_source(report.source());
  if (!type::v1::CreditSource_IsValid(report.source())) {
    draft.Check(domain::Refuse("INVALID_ARGUMENT", "source must be a known source.", "source"));
  }
  credit.set_location(report.location());
  Proposal proposal = draft.Finish();
  proposal.field_prefix = "credit.";
  return proposal;
}

Proposal ActivityProposal(const std::string& activity_id, ActivityEvent event) {
  Proposal proposal;
  proposal.id = activity_id;
  proposal.fact = std::move(event);
  return proposal;
}

bool HasHeader(const api::v1::ImportLine& line) {
  return line.certificant().has_header() || line.grant().has_header() ||
         line.credit().has_header() || line.payment().has_header() ||
         line.membership().has_header() || line.application().has_header() ||
         line.approval().has_header();
}

}  // namespace

absl::Status ReadHeader(const api::v1::CommandHeader& header, Command& command) {
  GS_RETURN_IF_ERROR(domain::CheckReference(header.request_id(), 1, 128, "header.request_id"));
  GS_RETURN_IF_ERROR(
      domain::CheckReference(header.correlation_id(), 0, 128, "header.correlation_id"));
  if (header.has_expected_version()) {
    if (header.expected_version() < 0) {
      return domain::Refuse("INVALID_ARGUMENT", "header.expected_version must not be negative.",
                            "header.expected_version");
    }
    command.expected_version = header.expected_version();
  }
  if (header.causation_position() < 0) {
    return domain::Refuse("INVALID_ARGUMENT", "header.causation_position must not be negative.",
                          "header.causation_position");
  }
  if (header.has_effective_time()) {
    GS_ASSIGN_OR_RETURN(command.effective,
                        FromTimestamp(header.effective_time(), "header.effective_time"));
  } else if (header.has_effective_date()) {
    const auto date = domain::Date::FromProto(header.effective_date());
    if (!date) {
      return domain::Refuse("INVALID_ARGUMENT",
                            "header.effective_date must be a day of the years 1900 to 9999.",
                            "header.effective_date");
    }
    command.effective = *date;
  }
  command.request_id = header.request_id();
  command.correlation_id = header.correlation_id();
  command.causation_position = header.causation_position();
  return absl::OkStatus();
}

Proposal ToProposal(const api::v1::RegisterCertificantRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_certificant_registered()->set_name(request.name());
  draft->mutable_certificant_registered()->set_email(request.email());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::ChangeProfileRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_profile_changed()->set_name(request.name());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::ChangeContactRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_contact_changed()->set_email(request.email());
  draft->mutable_contact_changed()->set_postal_address(request.postal_address());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::RecordMembershipRequest& request) {
  Draft draft(request.certificant_id());
  *draft->mutable_membership_recorded()->mutable_period() = request.period();
  return draft.Finish();
}

Proposal ToProposal(const api::v1::EndMembershipRequest& request) {
  Draft draft(request.certificant_id());
  *draft->mutable_membership_ended()->mutable_last_date() = request.last_date();
  draft->mutable_membership_ended()->set_reason(request.reason());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::GrantCredentialRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_credential_granted()->set_credential(request.credential());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::RevokeCredentialRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_credential_revoked()->set_credential(request.credential());
  draft->mutable_credential_revoked()->set_reason(request.reason());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::SurrenderCredentialRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_credential_surrendered()->set_credential(request.credential());
  draft->mutable_credential_surrendered()->set_reason(request.reason());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::RecordCreditRequest& request) {
  return CreditProposal(request.certificant_id(), request.credit());
}

Proposal ToProposal(const api::v1::CreditLine& line) {
  return CreditProposal(line.certificant_id(), line.credit());
}

Proposal ToProposal(const api::v1::AmendCreditRequest& request) {
  Draft draft(request.certificant_id());
  auto& amendment = *draft->mutable_credit_amended();
  amendment.set_reference(request.reference());
  if (request.has_completed_date()) *amendment.mutable_completed_date() = request.completed_date();
  if (request.has_from_date()) *amendment.mutable_from_date() = request.from_date();
  if (request.has_amount()) draft.Check(ReadAmount(request.amount(), *amendment.mutable_amount()));
  if (request.has_break_minutes()) amendment.set_break_minutes(request.break_minutes());
  if (request.has_housekeeping_minutes()) {
    amendment.set_housekeeping_minutes(request.housekeeping_minutes());
  }
  return draft.Finish();
}

Proposal ToProposal(const api::v1::DocumentCreditRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_credit_documented()->set_reference(request.reference());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::VerifyCreditRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_credit_verified()->set_reference(request.reference());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::WithdrawCreditRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_credit_withdrawn()->set_reference(request.reference());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::DisallowCreditRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_credit_disallowed()->set_reference(request.reference());
  draft->mutable_credit_disallowed()->set_reason(request.reason());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::ReinstateCreditRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_credit_reinstated()->set_reference(request.reference());
  draft->mutable_credit_reinstated()->set_reason(request.reason());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::ApproveActivityRequest& request) {
  ActivityEvent event;
  event.mutable_activity_approved()->set_sponsor(request.sponsor());
  event.mutable_activity_approved()->set_title(request.title());
  *event.mutable_activity_approved()->mutable_credits() = request.credits();
  *event.mutable_activity_approved()->mutable_period() = request.period();
  event.mutable_activity_approved()->set_part_of_activity_id(request.part_of_activity_id());
  return ActivityProposal(request.activity_id(), std::move(event));
}

Proposal ToProposal(const api::v1::WithdrawActivityRequest& request) {
  ActivityEvent event;
  event.mutable_activity_withdrawn()->set_reason(request.reason());
  return ActivityProposal(request.activity_id(), std::move(event));
}

Proposal ToProposal(const api::v1::SubmitApplicationRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_application_submitted();
  return draft.Finish();
}

Proposal ToProposal(const api::v1::ReturnApplicationRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_application_returned()->set_reason(request.reason());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::ApproveApplicationRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_certification_renewed();
  return draft.Finish();
}

Proposal ToProposal(const api::v1::RecordPaymentRequest& request) {
  Draft draft(request.certificant_id());
  auto& payment = *draft->mutable_payment_received();
  payment.set_reference(request.reference());
  payment.set_amount_minor_units(request.amount().minor_units());
  payment.set_method(request.method());
  if (request.has_dated_date()) *payment.mutable_dated_date() = request.dated_date();
  payment.set_cycle_end_year(request.cycle_end_year());
  Proposal proposal = draft.Finish();
  proposal.currency_code = request.amount().currency_code();
  return proposal;
}

std::vector<Proposal> ToProposals(const api::v1::RecordPaymentsRequest& request) {
  std::vector<Proposal> proposals;
  api::v1::RecordPaymentRequest payment;
  payment.set_method(request.method());
  if (request.has_dated_date()) *payment.mutable_dated_date() = request.dated_date();
  for (const api::v1::PaymentLine& line : request.lines()) {
    payment.set_certificant_id(line.certificant_id());
    payment.set_reference(line.reference());
    *payment.mutable_amount() = line.amount();
    payment.set_cycle_end_year(line.cycle_end_year());
    Proposal& proposal = proposals.emplace_back(ToProposal(payment));
    std::get<CertificantEvent>(proposal.fact)
        .mutable_payment_received()
        ->set_batch_reference(request.batch_reference());
  }
  return proposals;
}

Proposal ToProposal(const api::v1::PaymentReturnLine& line) {
  api::v1::RecordPaymentReturnRequest request;
  request.set_certificant_id(line.certificant_id());
  request.set_reference(line.reference());
  return ToProposal(request);
}

Proposal ToProposal(const api::v1::WriteOffArrearsRequest& request) {
  Draft draft(request.certificant_id());
  auto& write_off = *draft->mutable_arrears_written_off();
  write_off.set_cycle_end_year(request.cycle_end_year());
  write_off.set_amount_minor_units(request.amount().minor_units());
  write_off.set_reason(request.reason());
  Proposal proposal = draft.Finish();
  proposal.currency_code = request.amount().currency_code();
  return proposal;
}

Proposal ToProposal(const api::v1::RecordPaymentReturnRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_payment_returned()->set_reference(request.reference());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::RecordRefundRequest& request) {
  Draft draft(request.certificant_id());
  auto& refund = *draft->mutable_payment_refunded();
  refund.set_reference(request.reference());
  refund.set_amount_minor_units(request.amount().minor_units());
  if (request.has_amount() && request.amount().minor_units() <= 0) {
    draft.Check(domain::Refuse("INVALID_AMOUNT", "A refund must be above 0.", "amount"));
  }
  Proposal proposal = draft.Finish();
  proposal.currency_code = request.amount().currency_code();
  return proposal;
}

Proposal ToProposal(const api::v1::ReassignPaymentRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_payment_reassigned()->set_reference(request.reference());
  draft->mutable_payment_reassigned()->set_cycle_end_year(request.cycle_end_year());
  draft->mutable_payment_reassigned()->set_reason(request.reason());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::RequestExtensionRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_extension_requested();
  return draft.Finish();
}

Proposal ToProposal(const api::v1::GrantExtensionRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_extension_granted();
  return draft.Finish();
}

Proposal ToProposal(const api::v1::DenyExtensionRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_extension_denied();
  return draft.Finish();
}

Proposal ToProposal(const api::v1::RequestReinstatementRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_reinstatement_requested();
  return draft.Finish();
}

Proposal ToProposal(const api::v1::OpenAuditRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_audit_opened()->set_reason(request.reason());
  if (request.has_selection()) {
    *draft->mutable_audit_opened()->mutable_selection() = request.selection();
  }
  return draft.Finish();
}

Proposal ToProposal(const api::v1::CloseAuditRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_audit_closed()->set_outcome(request.outcome());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::RecordNoticeRequest& request) {
  Draft draft(request.certificant_id());
  auto& notice = *draft->mutable_notice_sent();
  notice.set_notice(request.notice());
  if (request.has_deadline_date()) *notice.mutable_deadline_date() = request.deadline_date();
  notice.set_channel(request.channel());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::RecordBadgeRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_badge_issued()->set_credential(request.credential());
  draft->mutable_badge_issued()->set_cycle_end_year(request.cycle_end_year());
  draft->mutable_badge_issued()->set_badge_id(request.badge_id());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::AttachEvidenceRequest& request) {
  Draft draft(request.certificant_id());
  auto& evidence = *draft->mutable_evidence_attached();
  evidence.set_credit_reference(request.credit_reference());
  evidence.set_digest(request.digest());
  evidence.set_file_name(request.file_name());
  evidence.set_media_type(request.media_type());
  evidence.set_dispute_position(request.dispute_position());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::RequestErasureRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_erasure_requested()->set_reason(request.reason());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::ConfirmErasureRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_erasure_scheduled();
  return draft.Finish();
}

Proposal ToProposal(const api::v1::CallOffErasureRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_erasure_called_off()->set_reason(request.reason());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::PlaceLegalHoldRequest& request) {
  Draft draft(request.certificant_id());
  auto& hold = *draft->mutable_legal_hold_placed();
  hold.set_reference(request.reference());
  if (request.has_last_date()) *hold.mutable_last_date() = request.last_date();
  hold.set_reason(request.reason());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::LiftLegalHoldRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_legal_hold_lifted()->set_reference(request.reference());
  draft->mutable_legal_hold_lifted()->set_reason(request.reason());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::AnnulFactRequest& request) {
  Draft draft(request.certificant_id());
  auto& annulled = *draft->mutable_fact_annulled();
  annulled.set_fact_position(request.fact_position());
  annulled.set_reason(request.reason());
  annulled.set_authority(request.authority());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::OpenDisputeRequest& request) {
  Draft draft(request.certificant_id());
  auto& opened = *draft->mutable_dispute_opened();
  opened.set_cycle_end_year(request.cycle_end_year());
  opened.set_disputed_position(request.disputed_position());
  opened.set_claim(request.claim());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::DecideDisputeRequest& request) {
  Draft draft(request.certificant_id());
  auto& decided = *draft->mutable_dispute_decided();
  decided.set_dispute_position(request.dispute_position());
  decided.set_outcome(request.outcome());
  decided.set_reason(request.reason());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::WithdrawDisputeRequest& request) {
  Draft draft(request.certificant_id());
  draft->mutable_dispute_withdrawn()->set_dispute_position(request.dispute_position());
  draft->mutable_dispute_withdrawn()->set_reason(request.reason());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::GrantWaiverRequest& request) {
  Draft draft(request.certificant_id());
  auto& waiver = *draft->mutable_waiver_granted();
  waiver.set_cycle_end_year(request.cycle_end_year());
  std::string currency_code;
  if (request.has_deadline()) {
    waiver.mutable_deadline()->set_deadline(request.deadline().deadline());
    *waiver.mutable_deadline()->mutable_through_date() = request.deadline().through_date();
  } else if (request.has_fee()) {
    waiver.mutable_fee()->set_fee(request.fee().fee());
    waiver.mutable_fee()->set_amount_minor_units(request.fee().amount().minor_units());
    currency_code = request.fee().amount().currency_code();
    if (request.fee().has_amount() && request.fee().amount().minor_units() <= 0) {
      draft.Check(
          domain::Refuse("INVALID_AMOUNT", "What is waived must be above 0.", "fee.amount"));
    }
  } else if (request.has_requirement()) {
    auto& requirement = *waiver.mutable_requirement();
    requirement.set_line(request.requirement().line());
    if (request.requirement().has_credits()) {
      *requirement.mutable_credits() = request.requirement().credits();
      if (request.requirement().credits().hundredths() <= 0) {
        draft.Check(domain::Refuse("INVALID_AMOUNT", "Credits that are waived must be above 0.",
                                   "requirement.credits"));
      }
    }
  }
  waiver.set_dispute_position(request.dispute_position());
  waiver.set_hardship_reference(request.hardship_reference());
  waiver.set_reason(request.reason());
  waiver.set_authority(request.authority());
  Proposal proposal = draft.Finish();
  proposal.currency_code = currency_code;
  return proposal;
}

Proposal ToProposal(const api::v1::MoveCreditRequest& request) {
  Draft draft(request.certificant_id());
  auto& move = *draft->mutable_credit_moved_out();
  move.set_reference(request.reference());
  move.set_to_certificant_id(request.to_certificant_id());
  move.set_to_reference(request.to_reference());
  move.set_reason(request.reason());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::MergeCertificantsRequest& request) {
  Draft draft(request.certificant_id());
  auto& merged = *draft->mutable_account_merged();
  merged.set_merged_certificant_id(request.merged_certificant_id());
  merged.set_reason(request.reason());
  return draft.Finish();
}

Proposal ToProposal(const api::v1::ImportLine& line) {
  Proposal proposal;
  switch (line.fact_case()) {
    case api::v1::ImportLine::kCertificant:
      proposal = ToProposal(line.certificant());
      break;
    case api::v1::ImportLine::kGrant:
      proposal = ToProposal(line.grant());
      break;
    case api::v1::ImportLine::kCredit:
      proposal = ToProposal(line.credit());
      break;
    case api::v1::ImportLine::kPayment:
      proposal = ToProposal(line.payment());
      break;
    case api::v1::ImportLine::kMembership:
      proposal = ToProposal(line.membership());
      break;
    case api::v1::ImportLine::kApplication:
      proposal = ToProposal(line.application());
      break;
    case api::v1::ImportLine::kApproval:
      proposal = ToProposal(line.approval());
      break;
    case api::v1::ImportLine::FACT_NOT_SET:
      proposal.malformed = domain::Refuse("INVALID_ARGUMENT", "The line has no fact.", "fact");
      break;
  }
  if (HasHeader(line)) {
    proposal.malformed.Update(domain::Refuse(
        "INVALID_ARGUMENT", "The fact of a line must not have a header of its own.", "header"));
  }
  if (line.has_effective_date()) {
    proposal.effective_date = domain::Date::FromProto(line.effective_date());
    if (!proposal.effective_date) {
      proposal.malformed.Update(domain::Refuse(
          "INVALID_ARGUMENT", "effective_date must be a day of the years 1900 to 9999.",
          "effective_date"));
    }
  }
  return proposal;
}

Proposal ToProposal(const api::v1::PublishRuleSetRequest& request) {
  Proposal proposal;
  proposal.id = request.rule_set().name();
  proposal.malformed = domain::CheckText(request.authority(), 0, 500, "authority");
  event::v1::RuleSetPublished published;
  *published.mutable_rule_set() = request.rule_set();
  published.set_authority(request.authority());
  proposal.fact = std::move(published);
  return proposal;
}

Proposal ToProposal(const api::v1::CorrectRuleSetRequest& request) {
  Proposal proposal;
  proposal.id = request.name();
  proposal.malformed = domain::CheckText(request.reason(), 1, 2000, "reason");
  proposal.malformed.Update(domain::CheckText(request.authority(), 0, 500, "authority"));
  ProposedCorrection correction;
  *correction.correction.mutable_years() = request.years();
  *correction.correction.mutable_changes() = request.changes();
  correction.correction.set_reason(request.reason());
  correction.correction.set_authority(request.authority());
  correction.correction.set_preview_digest(request.preview_digest());
  correction.base_version = request.base_version();
  proposal.fact = std::move(correction);
  return proposal;
}

}  // namespace goodstanding::services
