// Every command that is recorded, as one type: what scenarios, imports and the demo put together,
// and how it is sent.
#ifndef GOODSTANDING_TOOLS_ANY_COMMAND_H_
#define GOODSTANDING_TOOLS_ANY_COMMAND_H_

#include <variant>

#include "goodstanding/api/v1/command_service.pb.h"
#include "goodstanding/api/v1/rulebook_service.pb.h"

namespace goodstanding::tools {

using AnyCommand = std::variant<
    api::v1::RegisterCertificantRequest, api::v1::RecordMembershipRequest,
    api::v1::EndMembershipRequest, api::v1::GrantCredentialRequest,
    api::v1::RevokeCredentialRequest, api::v1::SurrenderCredentialRequest,
    api::v1::RecordCreditRequest, api::v1::AmendCreditRequest, api::v1::DocumentCreditRequest,
    api::v1::VerifyCreditRequest, api::v1::WithdrawCreditRequest, api::v1::DisallowCreditRequest,
    api::v1::ReinstateCreditRequest, api::v1::ApproveActivityRequest,
    api::v1::WithdrawActivityRequest, api::v1::SubmitApplicationRequest,
    api::v1::ReturnApplicationRequest, api::v1::ApproveApplicationRequest,
    api::v1::RecordPaymentRequest, api::v1::RecordPaymentReturnRequest,
    api::v1::RecordRefundRequest, api::v1::WriteOffArrearsRequest, api::v1::RequestExtensionRequest,
    api::v1::GrantExtensionRequest, api::v1::DenyExtensionRequest,
    api::v1::RequestReinstatementRequest, api::v1::OpenAuditRequest, api::v1::CloseAuditRequest,
    api::v1::AnnulFactRequest, api::v1::MoveCreditRequest, api::v1::MergeCertificantsRequest,
    api::v1::PublishRuleSetRequest, api::v1::CorrectRuleSetRequest, api::v1::OpenDisputeRequest,
    api::v1::DecideDisputeRequest, api::v1::WithdrawDisputeRequest, api::v1::GrantWaiverRequest,
    api::v1::AttachEvidenceRequest>;

inline api::v1::CommandHeader& HeaderOf(AnyCommand& command) {
  return std::visit(
      [](auto& request) -> api::v1::CommandHeader& { return *request.mutable_header(); }, command);
}

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_ANY_COMMAND_H_
