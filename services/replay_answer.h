// Replays of decisions, as the API tells them.
#ifndef GOODSTANDING_SERVICES_REPLAY_ANSWER_H_
#define GOODSTANDING_SERVICES_REPLAY_ANSWER_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "goodstanding/api/v1/evidence_service.pb.h"
#include "services/inquiry.h"

namespace goodstanding::services {

// Told of a decision, by its position, that facts and rules of then do not give.
using TellReplayDiffers = std::function<void(int64_t decision_position)>;

// Answers ReplayDecision by what is known at the head.
absl::Status AnswerReplay(const ReadSide& side, const TellReplayDiffers& tell,
                          const api::v1::ReplayDecisionRequest& request,
                          api::v1::ReplayDecisionResponse& response);

// The same by what is known at a position, which is not beyond the head.
absl::Status AnswerReplayAt(const ReadSide& side, const TellReplayDiffers& tell,
                            const api::v1::ReplayDecisionRequest& request, int64_t now_position,
                            api::v1::ReplayDecisionResponse& response);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_REPLAY_ANSWER_H_
