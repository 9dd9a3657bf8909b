#include "services/evidence_service.h"

namespace goodstanding::services {

void EvidenceMethods::Serve(Loop& loop) {
  const auto serve = [&](auto accept, auto answer) {
    loop.Serve(*this, accept, [this, answer](auto& call) {
      const absl::Status queued = worker_.Run([this, &call, answer] {
        call.Finish(answer(side_, tell_, call.request(), call.response()));
      });
      if (!queued.ok()) call.Finish(queued);
    });
  };
  serve(&EvidenceMethods::RequestReplayDecision, AnswerReplay);
}

}  // namespace goodstanding::services
