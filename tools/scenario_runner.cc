#include "tools/scenario_runner.h"

#include <filesystem>
#include <map>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "services/board_time.h"
#include "services/server.h"
#include "tools/scratch_folder.h"

namespace goodstanding::tools {
namespace {

const std::atomic<bool> kNeverStopped = false;

// Lets everybody do everything, under the name that a step gives.
class NamingGate final : public services::Gate {
 public:
  absl::StatusOr<services::Principal> Admit(const grpc::ServerContext& context,
                                            const google::protobuf::MethodDescriptor&,
                                            const google::protobuf::Message*) const override {
    services::Principal principal = services::Anonymous();
    const auto found = context.client_metadata().find(kActorKey);
    if (found == context.client_metadata().end()) return principal;
    principal.actor.set_issuer("scenario");
    principal.actor.set_subject(std::string(found->second.data(), found->second.size()));
    return principal;
  }
  bool HasEnded(const services::Principal&) const override { return false; }
};

// Thread-safe.
class Runner {
 public:
  Runner(const std::vector<Scenario>& scenarios, const ScenarioOptions& options,
         const services::BoardTime& zone, const std::string& folder)
      : scenarios_(scenarios),
        options_(options),
        zone_(zone),
        folder_(folder),
        stopped_(options.stopped == nullptr ? kNeverStopped : *options.stopped),
        results_(scenarios.size()) {}

  absl::Status Run() {
    std::vector<std::thread> threads;
    for (int i = 1; i < options_.jobs; ++i) threads.emplace_back([this] { Work(); });
    Work();
    for (std::thread& thread : threads) thread.join();
    const MutexLock lock(mutex_);
    return status_;
  }

 private:
  // Takes one scenario after the other.
  void Work() {
    for (size_t index = next_++; index < scenarios_.size(); index = next_++) {
      if (stopped_ || failed_) return;
      auto failures = PlayOne(scenarios_[index], absl::StrCat(folder_, "/", index));
      Note(index, std::move(failures));
    }
  }

  absl::StatusOr<std::vector<StepFailure>> PlayOne(const Scenario& scenario,
                                                   const std::string& folder) const {
    const auto first = scenario.steps.empty() ? std::nullopt : scenario.steps.front().at;
    const std::optional<absl::Time> begin = first ? Instant(*first, zone_) : std::nullopt;
    ManualClock clock(begin ? *begin : SystemClock().Now());
    services::ServerOptions server_options;
    server_options.data_dir = folder;
    server_options.clock = &clock;
    server_options.time_zone = zone_.name();
    server_options.sync = false;
    server_options.gate = &gate_;
    GS_ASSIGN_OR_RETURN(auto server, services::Server::Start(server_options));
    std::vector<StepFailure> failures = ScenarioPlayer(server->InProcessChannel(), zone_, clock)
                                            .Play(scenario, options_.rules, stopped_);
    server->Shutdown(absl::Seconds(1));
    server.reset();
    std::error_code ignored;  // The scratch folder around it is removed at last.
    std::filesystem::remove_all(folder, ignored);
    return failures;
  }

  // Keeps the result, and tells those that are next in order.
  void Note(size_t index, absl::StatusOr<std::vector<StepFailure>> failures) {
    const MutexLock lock(mutex_);
    if (!failures.ok()) {
      failed_ = true;
      if (status_.ok()) status_ = failures.status();
      return;
    }
    results_[index] = *std::move(failures);
    for (; told_ < results_.size() && results_[told_] && !stopped_; ++told_) {
      if (options_.done) options_.done(scenarios_[told_], *results_[told_]);
    }
  }

  const NamingGate gate_;
  const std::vector<Scenario>& scenarios_;
  const ScenarioOptions& options_;
  const services::BoardTime& zone_;
  const std::string& folder_;
  const std::atomic<bool>& stopped_;

  std::atomic<size_t> next_ = 0;
  std::atomic<bool> failed_ = false;

  Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  size_t told_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::optional<std::vector<StepFailure>>> results_ ABSL_GUARDED_BY(mutex_);
};

// "FILE:LINE: scenario "TITLE", step N: FIGURE: ".
std::string PlaceOf(const Scenario& scenario, const StepFailure& failure) {
  return absl::StrCat(scenario.file, ":", failure.line == 0 ? scenario.line : failure.line,
                      ": scenario \"", scenario.title, "\", step ", failure.step, ": ",
                      failure.figure, ": ");
}

std::string OrNothing(const std::string& text) { return text.empty() ? "nothing" : text; }

}  // namespace

absl::Status RunScenarios(const std::vector<Scenario>& scenarios, const ScenarioOptions& options) {
  GS_ASSIGN_OR_RETURN(const auto zone, services::BoardTime::Load(options.rules.time_zone()));
  GS_ASSIGN_OR_RETURN(const auto folder, ScratchFolder::Create());
  return Runner(scenarios, options, zone, folder->path()).Run();
}

std::string DescribeFailures(const Scenario& scenario, const std::vector<StepFailure>& failures) {
  std::string text;
  for (const StepFailure& failure : failures) {
    absl::StrAppend(&text, PlaceOf(scenario, failure), "expected ", OrNothing(failure.expected),
                    ", got ", OrNothing(failure.got), "\n");
  }
  return text;
}

std::vector<StepFailure> DifferencesOf(const std::vector<StepFailure>& under_base,
                                       const std::vector<StepFailure>& under_other) {
  using Key = std::pair<int, std::string>;
  std::map<Key, const StepFailure*> of_base;
  for (const StepFailure& failure : under_base) {
    of_base[{failure.step, failure.figure}] = &failure;
  }
  std::map<Key, StepFailure> differences;
  for (const StepFailure& failure : under_other) {
    const Key key(failure.step, failure.figure);
    StepFailure difference = failure;
    // What does not fail came out as expected.
    const auto found = of_base.find(key);
    if (found != of_base.end()) difference.expected = found->second->got;
    of_base.erase(key);
    if (difference.expected != difference.got) differences[key] = std::move(difference);
  }
  for (const auto& [key, failure] : of_base) {
    StepFailure difference = *failure;
    std::swap(difference.expected, difference.got);
    differences[key] = std::move(difference);
  }
  std::vector<StepFailure> sorted;
  for (auto& [key, difference] : differences) sorted.push_back(std::move(difference));
  return sorted;
}

std::string DescribeDifferences(const Scenario& scenario,
                                const std::vector<StepFailure>& differences) {
  std::string text;
  for (const StepFailure& difference : differences) {
    absl::StrAppend(&text, PlaceOf(scenario, difference), OrNothing(difference.expected), " -> ",
                    OrNothing(difference.got), "\n");
  }
  return text;
}

}  // namespace goodstanding::tools
