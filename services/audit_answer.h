// Audits drawn by a signed checkpoint.
#ifndef GOODSTANDING_SERVICES_AUDIT_ANSWER_H_
#define GOODSTANDING_SERVICES_AUDIT_ANSWER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/checkpoint_issuer.h"
#include "eventstore/event_store.h"
#include "goodstanding/api/v1/evidence_service.pb.h"
#include "services/inquiry.h"

namespace goodstanding::services {

// The signed checkpoint of a size; CHECKPOINT_NOT_FOUND.
absl::StatusOr<eventstore::EventStore::StoredCheckpoint> FindCheckpoint(
    const eventstore::EventStore& store, int64_t size);

// Answers a page. REQUIRES: the views hold everything up to the checkpoint. Cost: a replay of the
// streams of the page.
absl::Status AnswerSelection(const ReadSide& side, eventstore::CheckpointIssuer& issuer,
                             const api::v1::SelectAuditsRequest& request,
                             api::v1::SelectAuditsResponse& response);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_AUDIT_ANSWER_H_
