// From requests of the API to commands.
#ifndef GOODSTANDING_SERVICES_COMMAND_CONVERT_H_
#define GOODSTANDING_SERVICES_COMMAND_CONVERT_H_

#include <vector>

#include "absl/status/status.h"
#include "goodstanding/api/v1/command_service.pb.h"
#include "goodstanding/api/v1/rulebook_service.pb.h"
#include "services/command.h"

namespace goodstanding::services {

// Copies the header of a request into a command. INVALID_ARGUMENT, naming the field.
absl::Status ReadHeader(const api::v1::CommandHeader& header, Command& command);

// The fact that a request proposes. What cannot be read is told in Proposal::malformed.
Proposal ToProposal(const api::v1::RegisterCertificantRequest& request);
Proposal ToProposal(const api::v1::ChangeProfileRequest& request);
Proposal ToProposal(const api::v1::ChangeContactRequest& request);
Proposal ToProposal(const api::v1::RecordMembershipRequest& request);
Proposal ToProposal(const api::v1::EndMembershipRequest& request);
Proposal ToProposal(const api::v1::GrantCredentialRequest& request);
Proposal ToProposal(const api::v1::RevokeCredentialRequest& request);
Proposal ToProposal(const api::v1::SurrenderCredentialRequest& request);
Proposal ToProposal(const api::v1::RecordCreditRequest& request);
Proposal ToProposal(const api::v1::CreditLine& line);
Proposal ToProposal(const api::v1::AmendCreditRequest& request);
Proposal ToProposal(const api::v1::DocumentCreditRequest& request);
Proposal ToProposal(const api::v1::VerifyCreditRequest& request);
Proposal ToProposal(const api::v1::WithdrawCreditRequest& request);
Proposal ToProposal(const api::v1::DisallowCreditRequest& request);
Proposal ToProposal(const api::v1::ReinstateCreditRequest& request);
Proposal ToProposal(const api::v1::ApproveActivityRequest& request);
Proposal ToProposal(const api::v1::WithdrawActivityRequest& request);
Proposal ToProposal(const api::v1::SubmitApplicationRequest& request);
Proposal ToProposal(const api::v1::ReturnApplicationRequest& request);
Proposal ToProposal(const api::v1::ApproveApplicationRequest& request);
Proposal ToProposal(const api::v1::RecordPaymentRequest& request);
Proposal ToProposal(const api::v1::RecordPaymentReturnRequest& request);
Proposal ToProposal(const api::v1::PaymentReturnLine& line);
Proposal ToProposal(const api::v1::WriteOffArrearsRequest& request);
Proposal ToProposal(const api::v1::RecordRefundRequest& request);
Proposal ToProposal(const api::v1::ReassignPaymentRequest& request);
Proposal ToProposal(const api::v1::RequestExtensionRequest& request);
Proposal ToProposal(const api::v1::GrantExtensionRequest& request);
Proposal ToProposal(const api::v1::DenyExtensionRequest& request);
Proposal ToProposal(const api::v1::RequestReinstatementRequest& request);
Proposal ToProposal(const api::v1::OpenAuditRequest& request);
Proposal ToProposal(const api::v1::CloseAuditRequest& request);
Proposal ToProposal(const api::v1::RecordNoticeRequest& request);
Proposal ToProposal(const api::v1::RecordBadgeRequest& request);
Proposal ToProposal(const api::v1::AttachEvidenceRequest& request);
// One a line of the request.
std::vector<Proposal> ToProposals(const api::v1::RecordPaymentsRequest& request);
Proposal ToProposal(const api::v1::RequestErasureRequest& request);
Proposal ToProposal(const api::v1::ConfirmErasureRequest& request);
Proposal ToProposal(const api::v1::CallOffErasureRequest& request);
Proposal ToProposal(const api::v1::PlaceLegalHoldRequest& request);
Proposal ToProposal(const api::v1::LiftLegalHoldRequest& request);
Proposal ToProposal(const api::v1::AnnulFactRequest& request);
Proposal ToProposal(const api::v1::OpenDisputeRequest& request);
Proposal ToProposal(const api::v1::DecideDisputeRequest& request);
Proposal ToProposal(const api::v1::WithdrawDisputeRequest& request);
Proposal ToProposal(const api::v1::GrantWaiverRequest& request);
Proposal ToProposal(const api::v1::MoveCreditRequest& request);
Proposal ToProposal(const api::v1::MergeCertificantsRequest& request);
Proposal ToProposal(const api::v1::ImportLine& line);
Proposal ToProposal(const api::v1::PublishRuleSetRequest& request);
Proposal ToProposal(const api::v1::CorrectRuleSetRequest& request);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_COMMAND_CONVERT_H_
