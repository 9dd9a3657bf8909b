#include "services/evidence_service.h"

#include "domain/refusal.h"
#include "services/dossier_answer.h"
#include "services/letter_answer.h"

namespace goodstanding::services {
namespace {

// A letter about the past can say what has since been corrected.
absl::Status CheckMayAsk(const Principal& principal,
                         const api::v1::GetVerificationLetterRequest& request) {
  if (request.position() == 0 || principal.may_ask_for_past_letters) return absl::OkStatus();
  return domain::Refuse("NOT_ALLOWED",
                        "Letters about past positions of the log are for staff and auditors; leave "
                        "position away, and the letter is about now.",
                        "position");
}

}  // namespace

void EvidenceMethods::Serve(Loop& loop) {
  const auto serve = [&](auto accept, auto answer) {
    loop.Serve(*this, accept, [this, answer](auto& call) {
      const absl::Status queued = worker_.Run([&call, answer] { call.Finish(answer(call)); });
      if (!queued.ok()) call.Finish(queued);
    });
  };
  serve(&EvidenceMethods::RequestReplayDecision,
        [this](auto& call) { return AnswerReplay(side_, tell_, call.request(), call.response()); });
  serve(&EvidenceMethods::RequestGetVerificationLetter, [this](auto& call) {
    const absl::Status allowed = CheckMayAsk(call.principal(), call.request());
    if (!allowed.ok()) return allowed;
    return AnswerLetter(side_, letter_key_, call.request(), call.response());
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
