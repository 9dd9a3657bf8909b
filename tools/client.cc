#include "tools/client.h"

namespace goodstanding::tools {
namespace {

using api::v1::CommandReceipt;
using api::v1::CommandService;
using api::v1::RulebookService;

using CommandStub = CommandService::Stub;
using RulebookStub = RulebookService::Stub;

template <typename Request>
using CommandMethod = grpc::Status (CommandStub::*)(grpc::ClientContext*, const Request&,
                                                    CommandReceipt*);

// The method of each request.
template <typename Request>
constexpr CommandMethod<Request> kMethodOf = nullptr;

#define GS_METHOD(name)                                                               \
  template <>                                                                         \
  constexpr CommandMethod<api::v1::name##Request> kMethodOf<api::v1::name##Request> = \
      &CommandStub::name

GS_METHOD(RegisterCertificant);
GS_METHOD(RecordMembership);
GS_METHOD(EndMembership);
GS_METHOD(GrantCredential);
GS_METHOD(RevokeCredential);
GS_METHOD(SurrenderCredential);
GS_METHOD(RecordCredit);
GS_METHOD(AmendCredit);
GS_METHOD(DocumentCredit);
GS_METHOD(VerifyCredit);
GS_METHOD(WithdrawCredit);
GS_METHOD(DisallowCredit);
GS_METHOD(ReinstateCredit);
GS_METHOD(ApproveActivity);
GS_METHOD(WithdrawActivity);
GS_METHOD(SubmitApplication);
GS_METHOD(ReturnApplication);
GS_METHOD(ApproveApplication);
GS_METHOD(RecordPayment);
GS_METHOD(RecordPaymentReturn);
GS_METHOD(RecordRefund);
GS_METHOD(WriteOffArrears);
GS_METHOD(RequestExtension);
GS_METHOD(GrantExtension);
GS_METHOD(DenyExtension);
GS_METHOD(RequestReinstatement);
GS_METHOD(OpenAudit);
GS_METHOD(CloseAudit);
GS_METHOD(AnnulFact);
GS_METHOD(OpenDispute);
GS_METHOD(DecideDispute);
GS_METHOD(WithdrawDispute);
GS_METHOD(GrantWaiver);
GS_METHOD(AttachEvidence);
GS_METHOD(MoveCredit);
GS_METHOD(MergeCertificants);

#undef GS_METHOD

}  // namespace

Client::Client(const std::shared_ptr<grpc::Channel>& channel)
    : commands_(api::v1::CommandService::NewStub(channel)),
      evidence_(api::v1::EvidenceService::NewStub(channel)),
      history_(api::v1::HistoryService::NewStub(channel)),
      log_(api::v1::LogService::NewStub(channel)),
      operations_(api::v1::OperationsService::NewStub(channel)),
      queries_(api::v1::QueryService::NewStub(channel)),
      rulebook_(api::v1::RulebookService::NewStub(channel)) {}

grpc::Status Client::Send(const AnyCommand& command, CommandReceipt& receipt,
                          const Metadata& metadata) const {
  grpc::ClientContext context;
  SetTimeout(absl::Minutes(1), context);
  for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
  return std::visit(
      [&]<typename Request>(const Request& request) {
        if constexpr (std::is_same_v<Request, api::v1::PublishRuleSetRequest>) {
          return rulebook_->PublishRuleSet(&context, request, &receipt);
        } else if constexpr (std::is_same_v<Request, api::v1::CorrectRuleSetRequest>) {
          return rulebook_->CorrectRuleSet(&context, request, &receipt);
        } else {
          static_assert(kMethodOf<Request> != nullptr);
          return ((*commands_).*kMethodOf<Request>)(&context, request, &receipt);
        }
      },
      command);
}

void SetTimeout(absl::Duration timeout, grpc::ClientContext& context) {
  context.set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                   gpr_time_from_millis(absl::ToInt64Milliseconds(timeout), GPR_TIMESPAN)));
}

}  // namespace goodstanding::tools
