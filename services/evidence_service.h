// EvidenceService on the wire.
#ifndef GOODSTANDING_SERVICES_EVIDENCE_SERVICE_H_
#define GOODSTANDING_SERVICES_EVIDENCE_SERVICE_H_

#include "goodstanding/api/v1/evidence_service.grpc.pb.h"
#include "services/inquiry.h"
#include "services/replay_answer.h"
#include "services/rpc.h"
#include "services/worker.h"

namespace goodstanding::services {

// Thread-safe once it serves.
class EvidenceMethods final : public api::v1::EvidenceService::AsyncService {
 public:
  // Both outlive the service. `tell` is called, on a worker's thread, where a replay differs from
  // what was recorded; it may be empty.
  EvidenceMethods(const ReadSide& side, Worker& worker, TellReplayDiffers tell)
      : side_(side), worker_(worker), tell_(std::move(tell)) {}

  // Adds every method to the loop.
  void Serve(Loop& loop);

 private:
  const ReadSide& side_;
  Worker& worker_;
  const TellReplayDiffers tell_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_EVIDENCE_SERVICE_H_
