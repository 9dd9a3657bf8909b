// EvidenceService on the wire.
#ifndef GOODSTANDING_SERVICES_EVIDENCE_SERVICE_H_
#define GOODSTANDING_SERVICES_EVIDENCE_SERVICE_H_

#include <utility>

#include "eventstore/checkpoint_issuer.h"
#include "goodstanding/api/v1/evidence_service.grpc.pb.h"
#include "services/inquiry.h"
#include "services/kept_evidence.h"
#include "services/replay_answer.h"
#include "services/rpc.h"
#include "services/stream_writer.h"
#include "services/worker.h"

namespace goodstanding::services {

// Thread-safe once it serves.
class EvidenceMethods final : public api::v1::EvidenceService::AsyncService {
 public:
  // What it borrows outlives the service. `tell` is called, on the thread that replays, where a
  // replay differs from what was recorded; it may be empty.
  EvidenceMethods(const ReadSide& side, eventstore::CheckpointIssuer& issuer,
                  const eventstore::SigningKey& letter_key, KeptEvidence& evidence,
                  StreamSlots& slots, Worker& worker, TellReplayDiffers tell)
      : side_(side),
        issuer_(issuer),
        letter_key_(letter_key),
        evidence_(evidence),
        slots_(slots),
        worker_(worker),
        tell_(std::move(tell)) {}

  // Adds every method to the loop.
  void Serve(Loop& loop);

 private:
  const ReadSide& side_;
  eventstore::CheckpointIssuer& issuer_;
  const eventstore::SigningKey& letter_key_;
  KeptEvidence& evidence_;
  StreamSlots& slots_;
  Worker& worker_;
  const TellReplayDiffers tell_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_EVIDENCE_SERVICE_H_
