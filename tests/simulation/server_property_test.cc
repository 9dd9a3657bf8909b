// A whole server under generated histories: what the model says holds through the services, a
// refused command leaves no byte behind, and a repeated one changes nothing.
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/clock.h"
#include "services/server.h"
#include "tests/simulation/boards.h"
#include "tests/simulation/properties.h"
#include "tests/simulation/transcript.h"
#include "tools/client.h"
#include "tools/scenario.h"
#include "tools/scenario_runner.h"
#include "tools/scratch_folder.h"

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

// One server in a scratch folder, and its whole log.
class ScratchServer {
 public:
  ScratchServer() : clock_(absl::UnixEpoch()) {
    auto folder = tools::ScratchFolder::Create();
    GS_CHECK(folder.ok());
    folder_ = *std::move(folder);
    services::ServerOptions options;
    options.data_dir = folder_->path() + "/server";
    options.clock = &clock_;
    options.sync = false;
    auto server = services::Server::Start(options);
    GS_CHECK(server.ok());
    server_ = *std::move(server);
    client_ = std::make_unique<tools::Client>(server_->InProcessChannel());
  }

  void MoveClock(absl::Time now) { clock_.Set(now); }
  const tools::Client& client() const { return *client_; }

  // Every event with its envelope.
  std::string Log() const {
    std::string log;
    api::v1::ListEventsRequest request;
    request.set_page_size(1000);
    do {
      api::v1::ListEventsResponse page;
      GS_CHECK(
          tools::Call(client_->history(), &api::v1::HistoryService::Stub::ListEvents, request, page)
              .ok());
      for (const auto& event : page.events()) absl::StrAppend(&log, event.SerializeAsString());
      absl::StrAppend(&log, page.head_position());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return log;
  }

 private:
  ManualClock clock_;
  std::unique_ptr<tools::ScratchFolder> folder_;
  std::unique_ptr<services::Server> server_;
  std::unique_ptr<tools::Client> client_;
};

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
  if (history.steps.empty()) return "";
  Transcript transcript;
  for (const Step& step : history.steps) transcript.AddStep(step, "");
  const auto scenarios = tools::ParseScenarios("generated.yaml", transcript.Text());
  if (!scenarios.ok()) return absl::StrCat(scenarios.status().ToString(), "\n", transcript.Text());
  ScratchServer server;
  api::v1::PublishRuleSetRequest publish;
  publish.mutable_header()->set_request_id("rules");
  *publish.mutable_rule_set() = Rules();
  api::v1::CommandReceipt receipt;
  GS_CHECK(server.client().Send(publish, receipt).ok());
  for (size_t i = 0; i < history.steps.size(); ++i) {
    auto command = std::get<tools::AnyCommand>(scenarios->front().steps[i].action);
    api::v1::CommandHeader& header = tools::HeaderOf(command);
    header.set_request_id(absl::StrCat("step-", i));
    server.MoveClock(history.steps[i].at);
    if (history.steps[i].effective) {
      header.mutable_effective_time()->set_seconds(
          absl::ToUnixSeconds(*history.steps[i].effective));
    }
    const std::string fault = FaultOfCommand(server, command);
    if (!fault.empty()) return absl::StrCat("step ", i + 1, ": ", fault, "\n", transcript.Text());
  }
  return "";
}

TEST(ServerProperty, RefusedCommandsLeaveNothingAndRepeatedOnesChangeNothing) {
  ExpectOfHistories(6, &FaultOfRepeating);
}

}  // namespace
}  // namespace goodstanding::simulation
