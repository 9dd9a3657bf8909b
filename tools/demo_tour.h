// The demo's guided tour: what a server answers about the cohort, with some words between.
#ifndef GOODSTANDING_TOOLS_DEMO_TOUR_H_
#define GOODSTANDING_TOOLS_DEMO_TOUR_H_

#include <string>

#include "absl/status/status.h"
#include "tools/demo_cohort.h"
#include "tools/demo_stage.h"
#include "tools/output.h"

namespace goodstanding::tools {

// Prints the title and what is about to happen.
void ShowOpening(const Cohort& cohort, const Style& style);

// Prints every chapter on standard output. Publishes a correction of the rules on the way. Any call
// that fails ends it: the status names the call.
absl::Status ShowTour(const Cohort& cohort, const PlayRecord& record, const Style& style,
                      DemoStage& stage);

// Prints where to go from here. `data_dir`: where the data was kept, empty where it goes.
void ShowEnd(const Cohort& cohort, const std::string& data_dir, const Style& style);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_DEMO_TOUR_H_
