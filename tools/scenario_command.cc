#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "base/cores.h"
#include "tools/command_line.h"
#include "tools/progress.h"
#include "tools/rule_files.h"
#include "tools/scenario_runner.h"
#include "tools/stop_signals.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding scenario tests/scenarios/04-fees.yaml\n"
    "  goodstanding scenario my.yaml --rules draft.textproto   try a rule set before publishing "
    "it\n"
    "\n"
    "A step that fails is printed as FILE:LINE with what was expected and what was got.\n"
    "Exit codes: 0 all hold, 1 a step fails, 2 a file is not as tests/scenarios/FORMAT.md says.";

struct ScenarioCommandOptions {
  std::vector<std::string> files;
  std::string rules;
  int jobs = 0;
};

void AddOptions(Command& command, ScenarioCommandOptions& options) {
  command.Add("FILE", options.files, "Scenario files (YAML)").Required();
  command.Add("--rules", options.rules,
              "Rule set to publish first (default: the shipped namss-2025)");
  command.Add("--jobs", options.jobs, "Scenarios at a time (default: one a core)").Between(1, 256);
}

int SaysWhy(const absl::Status& status, int exit_code) {
  absl::FPrintF(stderr, "%s\n", status.message());
  return exit_code;
}

// What was done, told as it goes.
class Tally {
 public:
  explicit Tally(size_t scenario_count) : scenario_count_(scenario_count) {}

  // Calls come one at a time.
  void Done(const Scenario& scenario, const std::vector<StepFailure>& failures) {
    const std::string text = DescribeFailures(scenario, failures);
    if (!text.empty()) {
      progress_.Clear();
      std::fputs(text.c_str(), stdout);
    }
    ++scenarios_;
    steps_ += scenario.steps.size();
    failures_ += failures.size();
    progress_.Show(absl::StrFormat("%d of %d scenarios", scenarios_, scenario_count_));
  }

  void Close() {
    progress_.Clear();
    absl::PrintF("%d scenarios, %d steps, %d failures, %.1f seconds\n", scenarios_, steps_,
                 failures_, progress_.seconds());
  }

  bool failed() const { return failures_ > 0; }

 private:
  const size_t scenario_count_;
  Progress progress_;
  size_t scenarios_ = 0;
  size_t steps_ = 0;
  size_t failures_ = 0;
};

int Run(const ScenarioCommandOptions& options) {
  std::vector<Scenario> scenarios;
  for (const std::string& file : options.files) {
    absl::StatusOr<std::vector<Scenario>> read = ReadScenarios(file);
    if (!read.ok()) return SaysWhy(read.status(), kExitUsage);
    std::move(read->begin(), read->end(), std::back_inserter(scenarios));
  }
  const auto rules = options.rules.empty() ? ShippedRules() : ReadRules(options.rules);
  if (!rules.ok()) return SaysWhy(rules.status(), kExitUsage);

  BlockStopSignals();
  const StopWatcher watcher;
  Tally tally(scenarios.size());
  ScenarioOptions run;
  run.rules = *rules;
  run.jobs = options.jobs > 0 ? options.jobs : UsableCores();
  run.stopped = &watcher.stopped();
  run.done = [&](const Scenario& scenario, const std::vector<StepFailure>& failures) {
    tally.Done(scenario, failures);
  };
  const absl::Status status = RunScenarios(scenarios, run);
  if (!status.ok()) return SaysWhy(status, kExitRefused);
  tally.Close();
  if (watcher.stopped()) return SaysWhy(absl::CancelledError("Interrupted."), kExitRefused);
  return tally.failed() ? kExitRefused : 0;
}

}  // namespace

void AddScenarioCommand(Commands& commands) {
  commands.Add("scenario", "Play scenario files against a server of their own", kExamples,
               &AddOptions, &Run);
}

}  // namespace goodstanding::tools
