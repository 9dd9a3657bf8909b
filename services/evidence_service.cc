#include "services/evidence_service.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "domain/text.h"
#include "eventstore/crypto.h"
#include "eventstore/seal.h"
#include "projections/codec.h"
#include "services/audit_answer.h"
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

absl::Status EvidenceNotFound(const api::v1::GetEvidenceRequest& request) {
  return domain::Refuse("EVIDENCE_NOT_FOUND",
                        absl::StrCat("Position ", request.position(),
                                     " attached no document to this person that is kept here."),
                        "position", {{"position", absl::StrCat(request.position())}});
}

absl::Status AnswerEvidence(const ReadSide& side, KeptEvidence& kept,
                            const api::v1::GetEvidenceRequest& request,
                            api::v1::GetEvidenceResponse& response) {
  GS_RETURN_IF_ERROR(domain::CheckId(request.certificant_id(), "certificant_id"));
  const std::string stream = projections::CertificantStream(request.certificant_id());
  GS_ASSIGN_OR_RETURN(const int64_t version, side.store.StreamVersion(stream));
  if (version == 0) return CertificantNotFound(request.certificant_id());
  if (request.position() < 1 || request.position() > side.store.Head()) {
    return EvidenceNotFound(request);
  }
  GS_ASSIGN_OR_RETURN(const eventstore::Page page,
                      side.store.ReadLog(request.position(), eventstore::Direction::kForward, 1));
  if (page.records.empty()) return absl::DataLossError("a position of the log is empty");
  const event::v1::Record& record = page.records[0];
  if (record.stream() != stream) return EvidenceNotFound(request);
  GS_ASSIGN_OR_RETURN(event::v1::CertificantEvent event, projections::DecodeCertificant(record));
  if (event.evidence_attached().stored_digest().empty()) return EvidenceNotFound(request);
  GS_RETURN_IF_ERROR(
      eventstore::OpenPersonalFields(side.keys, stream, record.kind(), &event).status());
  *response.mutable_evidence() = event.evidence_attached();
  GS_ASSIGN_OR_RETURN(
      *response.mutable_content(),
      kept.Open(request.certificant_id(), event.evidence_attached().stored_digest()));
  if (eventstore::Sha256(response.content()) == event.evidence_attached().digest()) {
    return absl::OkStatus();
  }
  return absl::DataLossError("a document is not the one that was attached");
}

}  // namespace

void EvidenceMethods::Serve(Loop& loop) {
  const auto serve = [&](auto accept, auto answer) {
    loop.Serve(*this, accept, [this, answer](auto& call) {
      const absl::Status queued = worker_.Run(
          [&call, answer] { call.FinishInTime([&call, &answer] { return answer(call); }); });
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
  serve(&EvidenceMethods::RequestGetEvidence, [this](auto& call) {
    return AnswerEvidence(side_, evidence_, call.request(), call.response());
  });
  loop.Serve(*this, &EvidenceMethods::RequestSelectAudits, [this](auto& call) {
    // Whoever is in the log up to now is in the views then.
    side_.projector.WhenApplied(side_.store.Head(), [this, &call](const absl::Status& applied) {
      if (!applied.ok()) return call.Finish(applied);
      const absl::Status queued = worker_.Run([this, &call] {
        call.Finish(AnswerSelection(side_, issuer_, call.request(), call.response()));
      });
      if (!queued.ok()) call.Finish(queued);
    });
  });
  using DossierCall = ResponseStreamCall<api::v1::GetDossierRequest, api::v1::GetDossierResponse>;
  loop.Serve(*this, &EvidenceMethods::RequestGetDossier, [this](DossierCall& call) {
    const absl::Status turn = call.TakeTurn();
    if (!turn.ok()) return call.Finish(turn);
    StartStream(call, slots_,
                [this](const api::v1::GetDossierRequest& request,
                       const Send<api::v1::GetDossierResponse>& send) {
                  return AnswerDossier(side_, issuer_, tell_, request, send);
                });
  });
}

}  // namespace goodstanding::services
