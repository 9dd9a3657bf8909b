// Dossiers, as the API tells them.
#ifndef GOODSTANDING_SERVICES_DOSSIER_ANSWER_H_
#define GOODSTANDING_SERVICES_DOSSIER_ANSWER_H_

#include "absl/status/status.h"
#include "eventstore/checkpoint_issuer.h"
#include "goodstanding/api/v1/evidence_service.pb.h"
#include "services/inquiry.h"
#include "services/replay_answer.h"
#include "services/stream_writer.h"

namespace goodstanding::services {

// Sends the parts of a dossier at the size of a checkpoint that covers the head. Cost: some proofs
// an event, and a replay a decision: about a second for 300 events.
absl::Status AnswerDossier(const ReadSide& side, eventstore::CheckpointIssuer& issuer,
                           const TellReplayDiffers& tell, const api::v1::GetDossierRequest& request,
                           const Send<api::v1::GetDossierResponse>& send);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_DOSSIER_ANSWER_H_
