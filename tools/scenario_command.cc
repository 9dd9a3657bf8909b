#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "base/cores.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/progress.h"
#include "tools/rule_files.h"
#include "tools/scenario_runner.h"
#include "tools/stop_signals.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding scenario tests/scenarios/04-fees.yaml\n"
    "  goodstanding scenario my.yaml --base board.textproto     cases written for other rules\n"
    "  goodstanding scenario my.yaml --rules draft.textproto    what a draft would do to them\n"
    "\n"
    "A step that fails is printed as FILE:LINE with what was expected and what was got. With "
    "--rules\n"
    "the cases are played under both rule sets, and what comes out differently under the draft is\n"
    "printed as FILE:LINE ... FIGURE: BEFORE -> AFTER: no failure, but what its author wants to "
    "know.\n"
    "Exit codes: 0 all hold, 1 a step fails under the rules that the cases are written for, 2 a "
    "file\n"
    "is not as tests/scenarios/FORMAT.md says.";

struct ScenarioCommandOptions {
  std::vector<std::string> files;
  std::string base;
  std::string rules;
  int jobs = 0;
};

void AddOptions(Command& command, ScenarioCommandOptions& options) {
  command.Add("FILE", options.files, "Scenario files (YAML)").Required();
  command.Add("--base", options.base,
              "Rule set that the cases are written for (default: the shipped namss-2025)");
  command.Add("--rules", options.rules, "Show what comes out differently under this rule set");
  command.Add("--jobs", options.jobs, "Scenarios at a time (default: one a core)").Between(1, 256);
}

int SaysWhy(const absl::Status& status, int exit_code) {
  absl::FPrintF(stderr, "%s\n", status.message());
  return exit_code;
}

using Failures = std::vector<std::vector<StepFailure>>;  // One a scenario.

// Plays all scenarios under one rule set and tells of each that is done.
absl::StatusOr<Failures> Play(
    const std::vector<Scenario>& scenarios, const type::v1::RuleSet& rules, int jobs,
    const std::atomic<bool>& stopped,
    const std::function<std::string(const Scenario&, const std::vector<StepFailure>&, size_t)>&
        describe) {
  Failures all;
  Progress progress;
  ScenarioOptions run;
  run.rules = rules;
  run.jobs = jobs > 0 ? jobs : UsableCores();
  run.stopped = &stopped;
  run.done = [&](const Scenario& scenario, const std::vector<StepFailure>& failures) {
    const std::string text = describe(scenario, failures, all.size());
    if (!text.empty()) {
      progress.Clear();
      std::fputs(text.c_str(), stdout);
    }
    all.push_back(failures);
    progress.Show(absl::StrFormat("%d of %d scenarios", all.size(), scenarios.size()));
  };
  GS_RETURN_IF_ERROR(RunScenarios(scenarios, run));
  if (stopped) return absl::CancelledError("Interrupted.");
  return all;
}

absl::StatusOr<std::vector<Scenario>> ReadAll(const std::vector<std::string>& files) {
  std::vector<Scenario> scenarios;
  for (const std::string& file : files) {
    GS_ASSIGN_OR_RETURN(std::vector<Scenario> read, ReadScenarios(file));
    std::move(read.begin(), read.end(), std::back_inserter(scenarios));
  }
  return scenarios;
}

int Run(const ScenarioCommandOptions& options) {
  const auto scenarios = ReadAll(options.files);
  if (!scenarios.ok()) return SaysWhy(scenarios.status(), kExitUsage);
  const auto base = options.base.empty() ? ShippedRules() : ReadRules(options.base);
  if (!base.ok()) return SaysWhy(base.status(), kExitUsage);
  const auto draft = options.rules.empty() ? type::v1::RuleSet() : ReadRules(options.rules);
  if (!draft.ok()) return SaysWhy(draft.status(), kExitUsage);

  BlockStopSignals();
  const StopWatcher watcher;
  const auto begin = std::chrono::steady_clock::now();
  size_t steps = 0;
  size_t failures = 0;
  const auto under_base =
      Play(*scenarios, *base, options.jobs, watcher.stopped(),
           [&](const Scenario& scenario, const std::vector<StepFailure>& failed, size_t) {
             steps += scenario.steps.size();
             failures += failed.size();
             return DescribeFailures(scenario, failed);
           });
  if (!under_base.ok()) return SaysWhy(under_base.status(), kExitRefused);
  size_t different = 0;
  if (!options.rules.empty()) {
    const auto under_draft =
        Play(*scenarios, *draft, options.jobs, watcher.stopped(),
             [&](const Scenario& scenario, const std::vector<StepFailure>& failed, size_t index) {
               const auto differences = DifferencesOf((*under_base)[index], failed);
               different += differences.empty() ? 0 : 1;
               return DescribeDifferences(scenario, differences);
             });
    if (!under_draft.ok()) return SaysWhy(under_draft.status(), kExitRefused);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  absl::PrintF("%d scenarios, %d steps, %d failures, %.1f seconds\n", scenarios->size(), steps,
               failures, seconds.count());
  if (!options.rules.empty()) {
    absl::PrintF("%d scenarios come out differently under %s\n", different, options.rules);
  }
  return failures > 0 ? kExitRefused : 0;
}

}  // namespace

void AddScenarioCommand(Commands& commands) {
  commands.Add("scenario", "Play scenario files against a server of their own", kExamples,
               &AddOptions, &Run);
}

}  // namespace goodstanding::tools
