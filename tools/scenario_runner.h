// Runs scenarios, each against a complete server of its own in this process.
#ifndef GOODSTANDING_TOOLS_SCENARIO_RUNNER_H_
#define GOODSTANDING_TOOLS_SCENARIO_RUNNER_H_

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "goodstanding/type/v1/rule_set.pb.h"
#include "tools/scenario.h"
#include "tools/scenario_player.h"

namespace goodstanding::tools {

struct ScenarioOptions {
  // Published before the first step.
  type::v1::RuleSet rules;
  // Scenarios at a time, at least 1.
  int jobs = 1;
  // Set from outside: no further step is taken. Not owned; may be nullptr.
  const std::atomic<bool>* stopped = nullptr;
  // Told of each scenario that is done, in order of the list, with what failed; may be empty.
  std::function<void(const Scenario&, const std::vector<StepFailure>&)> done;
};

// Plays every scenario. A status that is not OK means that it could not be tried: no scratch
// folder, an unknown time zone, a server that does not start.
absl::Status RunScenarios(const std::vector<Scenario>& scenarios, const ScenarioOptions& options);

// "FILE:LINE: scenario "TITLE", step N: FIGURE: expected X, got Y", a line each.
std::string DescribeFailures(const Scenario& scenario, const std::vector<StepFailure>& failures);

// What comes out differently under other rules, by what failed under those that the scenario was
// written for and under the others: `expected` is what came out under the former, `got` under the
// latter. By step.
std::vector<StepFailure> DifferencesOf(const std::vector<StepFailure>& under_base,
                                       const std::vector<StepFailure>& under_other);

// "FILE:LINE: scenario "TITLE", step N: FIGURE: X -> Y", a line each.
std::string DescribeDifferences(const Scenario& scenario,
                                const std::vector<StepFailure>& differences);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_SCENARIO_RUNNER_H_
