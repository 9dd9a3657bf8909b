#include "services/evidence_service.h"

#include "services/dossier_answer.h"
#include "services/letter_answer.h"

namespace goodstanding::services {

void EvidenceMethods::Serve(Loop& loop) {
  const auto serve = [&](auto accept, auto answer) {
    loop.Serve(*this, accept, [this, answer](auto& call) {
      const absl::Status queued =
          worker_.Run([&call, answer] { call.Finish(answer(call.request(), call.response())); });
      if (!queued.ok()) call.Finish(queued);
    });
  };
  serve(&EvidenceMethods::RequestReplayDecision, [this](const auto& request, auto& response) {
    return AnswerReplay(side_, tell_, request, response);
  });
  serve(&EvidenceMethods::RequestGetVerificationLetter,
        [this](const auto& request, auto& response) {
          return AnswerLetter(side_, letter_key_, request, response);
        });
  using DossierCall = ResponseStreamCall<api::v1::GetDossierRequest, api::v1::GetDossierResponse>;
  loop.Serve(*this, &EvidenceMethods::RequestGetDossier, [this](DossierCall& call) {
    StartStream(call, slots_,
                [this](const api::v1::GetDossierRequest& request,
                       const Send<api::v1::GetDossierResponse>& send) {
                  return AnswerDossier(side_, issuer_, tell_, request, send);
                });
  });
}

}  // namespace goodstanding::services
