#include "tests/simulation/scratch_server.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "tests/simulation/transcript.h"
#include "tools/scenario.h"

namespace goodstanding::simulation {

ScratchServer::ScratchServer() : clock_(absl::UnixEpoch()) {
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

std::string ScratchServer::Log() const {
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

std::string ScratchServer::Play(
    const History& history, const std::function<std::string(const tools::AnyCommand&)>& command) {
  if (history.steps.empty()) return "";
  Transcript transcript;
  for (const Step& step : history.steps) transcript.AddStep(step, "");
  const auto scenarios = tools::ParseScenarios("generated.yaml", transcript.Text());
  if (!scenarios.ok()) return absl::StrCat(scenarios.status().ToString(), "\n", transcript.Text());
  api::v1::PublishRuleSetRequest publish;
  publish.mutable_header()->set_request_id("rules");
  *publish.mutable_rule_set() = Rules();
  api::v1::CommandReceipt receipt;
  GS_CHECK(client_->Send(publish, receipt).ok());
  for (size_t i = 0; i < history.steps.size(); ++i) {
    auto sent = std::get<tools::AnyCommand>(scenarios->front().steps[i].action);
    api::v1::CommandHeader& header = tools::HeaderOf(sent);
    header.set_request_id(absl::StrCat("step-", i));
    MoveClock(history.steps[i].at);
    if (history.steps[i].effective) {
      header.mutable_effective_time()->set_seconds(
          absl::ToUnixSeconds(*history.steps[i].effective));
    }
    const std::string fault = command(sent);
    if (!fault.empty()) return absl::StrCat("step ", i + 1, ": ", fault, "\n", transcript.Text());
  }
  return "";
}

}  // namespace goodstanding::simulation
