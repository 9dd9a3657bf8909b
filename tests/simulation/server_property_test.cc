// A whole server under generated histories: what the model says holds through the services, a
// refused command leaves no byte behind, and a repeated one changes nothing.
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/simulation/boards.h"
#include "tests/simulation/properties.h"
#include "tests/simulation/scratch_server.h"
#include "tests/simulation/transcript.h"
#include "tools/scenario.h"
#include "tools/scenario_runner.h"

namespace goodstanding::simulation {
namespace {

// Section 9: the current cycle ends in the year, is not renewed, and still can be.
bool IsDue(Answer answer, int year) {
  const std::string& standing = answer["standing"];
  if (standing == "NOT_CERTIFIED" || standing == "EXPIRED" || standing == "REVOKED" ||
      standing == "SURRENDERED") {
    return false;
  }
  return answer["renewed"] == "false" &&
         absl::StrContains(answer["cycle"], absl::StrCat(", ", year, "-"));
}

// Who is due in each of some years, at the end.
void AddDue(const History& history, const ModelBoard& model,
            const std::set<std::string>& registered, Transcript& transcript) {
  const absl::CivilDay today = DayOf(history.steps.back().at);
  const int this_year = static_cast<int>(today.year());
  for (int year = this_year - 1; year <= this_year + 3; ++year) {
    std::vector<std::string> due;
    for (const std::string& id : registered) {
      if (IsDue(model.Ask({.certificant = id, .as_of = today}), year)) due.push_back(id);
    }
    transcript.AddDue(year, due);
  }
}

// A history played by the model, as a scenario with all that must hold at its end.
std::string ScenarioOf(const History& history) {
  ModelBoard model;
  DomainBoard domain;  // Knows which corrections are valid.
  Transcript transcript;
  std::set<std::string> registered;
  for (const Step& step : history.steps) {
    if (absl::StrContains(domain.Take(step), "RULE_SET")) continue;
    const std::string refusal = model.Take(step);
    transcript.AddStep(step, refusal);
    if (absl::StartsWith(step.Stream(), "certificant/") && refusal.empty()) {
      registered.insert(step.id);
    }
  }
  for (const Question& question : history.questions) {
    if (!registered.contains(question.certificant)) continue;
    transcript.AddExpectation(question, model.Ask(question));
    if (question.rules_version) continue;
    std::vector<std::string> certified;
    for (const std::string& id : registered) {
      Question of = question;
      of.certificant = id;
      if (model.Ask(of)["certified"] == "true") certified.push_back(id);
    }
    transcript.AddReport(question, certified);
  }
  AddDue(history, model, registered, transcript);
  return transcript.Text();
}

std::string FaultOfScenario(const History& history) {
  if (history.steps.empty()) return "";
  const std::string text = ScenarioOf(history);
  const auto scenarios = tools::ParseScenarios("generated.yaml", text);
  if (!scenarios.ok()) return absl::StrCat(scenarios.status().ToString(), "\n", text);
  std::string fault;
  tools::ScenarioOptions options;
  options.rules = Rules();
  options.done = [&](const tools::Scenario& scenario,
                     const std::vector<tools::StepFailure>& failures) {
    absl::StrAppend(&fault, tools::DescribeFailures(scenario, failures));
  };
  const absl::Status status = tools::RunScenarios(*scenarios, options);
  if (!status.ok()) return status.ToString();
  return fault.empty() ? "" : absl::StrCat(fault, text);
}

TEST(ServerProperty, TheServicesSayWhatTheModelSays) { ExpectOfHistories(15, &FaultOfScenario); }

// Sends a command, and sends it again. Whether it was accepted, or what is wrong.
std::string FaultOfCommand(const ScratchServer& server, const tools::AnyCommand& command) {
  const std::string before = server.Log();
  api::v1::CommandReceipt receipt;
  const bool accepted = server.client().Send(command, receipt).ok();
  const std::string after = server.Log();
  if (!accepted && after != before) return "a refused command changed the log";
  if (accepted && after == before) return "an accepted command left the log as it was";
  api::v1::CommandReceipt repeated;
  const bool accepted_again = server.client().Send(command, repeated).ok();
  if (accepted_again != accepted) return "the second answer differs";
  if (server.Log() != after) return "the second time changed the log";
  if (accepted && repeated.position() != receipt.position()) return "the second receipt differs";
  return "";
}

std::string FaultOfRepeating(const History& history) {
  ScratchServer server;
  return server.Play(
      history, [&](const tools::AnyCommand& command) { return FaultOfCommand(server, command); });
}

TEST(ServerProperty, RefusedCommandsLeaveNothingAndRepeatedOnesChangeNothing) {
  ExpectOfHistories(6, &FaultOfRepeating);
}

}  // namespace
}  // namespace goodstanding::simulation
