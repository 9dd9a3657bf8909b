// A replay, as a person reads it.
#ifndef GOODSTANDING_TOOLS_REPLAY_TEXT_H_
#define GOODSTANDING_TOOLS_REPLAY_TEXT_H_

#include <string>

#include "goodstanding/api/v1/evidence_service.pb.h"
#include "tools/output.h"

namespace goodstanding::tools {

// The decision, the differences, then the three answers with their reasons.
std::string ReplayText(const api::v1::ReplayDecisionResponse& response, const Style& style);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_REPLAY_TEXT_H_
