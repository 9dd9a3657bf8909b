// The demo's last chapter: a rule is corrected, and what that does to whom.
#ifndef GOODSTANDING_TOOLS_DEMO_CORRECTION_H_
#define GOODSTANDING_TOOLS_DEMO_CORRECTION_H_

#include "absl/status/status.h"
#include "tools/demo_cohort.h"
#include "tools/demo_guide.h"
#include "tools/demo_stage.h"

namespace goodstanding::tools {

// Previews the correction, publishes it, and shows the answers before and after.
absl::Status ShowCorrection(const Cohort& cohort, const Guide& guide, DemoStage& stage);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_DEMO_CORRECTION_H_
