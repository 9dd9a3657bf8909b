#include <sched.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "eventstore/note.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/server.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"
#include "tools/client.h"
#include "tools/command_line.h"
#include "tools/refusal_text.h"
#include "tools/rule_files.h"
#include "tools/stop_signals.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding serve --data /var/lib/goodstanding --rules deploy/rules/namss-2025.textproto\n"
    "  goodstanding serve --data ./data --listen 0.0.0.0:7443\n"
    "  goodstanding serve --data ./data --listen 127.0.0.1:0    any free port, printed when ready\n"
    "\n"
    "SIGTERM or Ctrl-C lets calls in progress finish, then the program ends with code 0.";

struct ServeOptions {
  std::string data;
  std::string listen = "127.0.0.1:7443";
  std::string time_zone = "America/New_York";
  std::vector<std::string> rules;
  std::vector<std::string> witnesses;
  std::string backup;
  int checkpoint_seconds = 60;
  int drain_seconds = 10;
  int rebuild_cpu_percent = 100;
};

void AddOptions(Command& command, ServeOptions& options) {
  command.Add("--data", options.data, "Folder of everything that the server keeps").Required();
  command.Add("--listen", options.listen, "Address to listen on; port 0: any free one")
      .ShowDefault();
  command.Add("--time-zone", options.time_zone, "The board's time zone").ShowDefault();
  command.Add("--rules", options.rules,
              "Rule set files; published if the name is not published yet");
  command.Add("--witness", options.witnesses,
              "Verifier keys of the witnesses whose cosignatures are kept");
  command.Add("--backup", options.backup,
              "Folder on this host for the backups that `goodstanding backup` asks for");
  command
      .Add("--checkpoint-seconds", options.checkpoint_seconds,
           "A checkpoint is signed so often where the log grew")
      .Between(1, 86400)
      .ShowDefault();
  command.Add("--drain-seconds", options.drain_seconds, "Longest wait for calls at the end")
      .Between(0, 3600)
      .ShowDefault();
  command
      .Add("--rebuild-cpu-percent", options.rebuild_cpu_percent,
           "Share of the processors that rebuilding views may use")
      .Between(1, 100)
      .ShowDefault();
}

// One line an entry: time, level, what happened.
void LogToStderr() {
  auto logger = spdlog::stderr_logger_mt("goodstanding");
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z level=%l %v");
  spdlog::set_default_logger(logger);
}

// Tells where a published rule set is not what its file says: only a correction changes it.
void CompareWithPublished(const Client& client, const type::v1::RuleSet& rules) {
  api::v1::GetRuleSetRequest request;
  request.set_name(rules.name());
  api::v1::GetRuleSetResponse published;
  const grpc::Status status =
      Call(client.rulebook(), &api::v1::RulebookService::Stub::GetRuleSet, request, published);
  if (status.ok() &&
      google::protobuf::util::MessageDifferencer::Equals(published.rule_set(), rules)) {
    return;
  }
  spdlog::warn(
      "event=rules_differ name={} hint=\"the file is not what was published, which stays "
      "in force; goodstanding rules diff shows how, rules correct changes it\"",
      rules.name());
}

// Publishes a rule set unless its name is published already.
absl::Status Publish(const Client& client, const type::v1::RuleSet& rules) {
  api::v1::PublishRuleSetRequest request;
  request.mutable_header()->set_request_id(absl::StrCat("serve-rules-", rules.name()));
  *request.mutable_rule_set() = rules;
  request.set_authority("published at the server's start");
  api::v1::CommandReceipt receipt;
  const grpc::Status status = client.Send(request, receipt);
  if (status.error_code() == grpc::StatusCode::ALREADY_EXISTS) {
    CompareWithPublished(client, rules);
    return absl::OkStatus();
  }
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("rule set ", rules.name(), ": ", FailureText(status)));
  }
  if (!receipt.repeated_request()) {
    spdlog::info("event=rules_published name={} position={}", rules.name(), receipt.position());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<type::v1::RuleSet>> ReadAll(const std::vector<std::string>& files) {
  std::vector<type::v1::RuleSet> all;
  for (const std::string& file : files) {
    GS_ASSIGN_OR_RETURN(type::v1::RuleSet rules, ReadRules(file));
    all.push_back(std::move(rules));
  }
  return all;
}

const char* StateName(projections::BuildState state) {
  switch (state) {
    case projections::BuildState::kRunning:
      return "running";
    case projections::BuildState::kPaused:
      return "paused";
    case projections::BuildState::kCatchingUp:
      return "catching_up";
    case projections::BuildState::kSucceeded:
      return "succeeded";
    case projections::BuildState::kFailed:
      return "failed";
    case projections::BuildState::kCancelled:
      return "cancelled";
  }
  return "";
}

// Tells of builds of the views: of a long one every other second, of each at its end.
projections::GenerationBuild::Tell BuildLog() {
  auto told = std::chrono::steady_clock::now();
  return [told](const projections::BuildStatus& build) mutable {
    constexpr std::chrono::seconds kInterval(2);
    const auto now = std::chrono::steady_clock::now();
    if (now - told < kInterval && !build.ended()) return;
    told = now;
    spdlog::info("event=building_views generation={} state={} done={} of={}", build.generation,
                 StateName(build.state), build.events_done, build.events_total);
    if (build.difference_count > 0) {
      spdlog::error("event=views_differed generation={} rows={} first={}", build.generation,
                    build.difference_count, build.differing_ids.front());
    }
  };
}

std::string HostOf(const std::string& address) { return address.substr(0, address.rfind(':')); }

absl::Status Serve(const ServeOptions& options) {
  GS_ASSIGN_OR_RETURN(const auto rules, ReadAll(options.rules));
  const SystemClock clock;
  services::ServerOptions server_options;
  server_options.data_dir = options.data;
  server_options.listen_address = options.listen;
  server_options.clock = &clock;
  server_options.time_zone = options.time_zone;
  server_options.checkpoint_interval = absl::Seconds(options.checkpoint_seconds);
  for (const std::string& witness : options.witnesses) {
    GS_ASSIGN_OR_RETURN(eventstore::NoteKey key, eventstore::NoteKey::Parse(witness));
    server_options.witnesses.push_back(std::move(key));
  }
  server_options.day_check_interval = absl::Seconds(1);
  server_options.erasure_check_interval = absl::Minutes(1);
  server_options.backup_dir = options.backup;
  server_options.rebuild_cpu_percent = options.rebuild_cpu_percent;
  server_options.tell_build = BuildLog();
  server_options.tell_replay_differs = [](const std::string& certificant_id, int64_t position) {
    spdlog::error("event=replay_differs certificant={} position={}", certificant_id, position);
  };
  spdlog::info("event=starting data={} listen={}", options.data, options.listen);
  GS_ASSIGN_OR_RETURN(const auto server, services::Server::Start(server_options));
  const Client client(server->InProcessChannel());
  for (const type::v1::RuleSet& rule_set : rules) GS_RETURN_IF_ERROR(Publish(client, rule_set));

  const std::string address = absl::StrCat(HostOf(options.listen), ":", server->port());
  spdlog::info("event=serving address={}", address);
  absl::PrintF("Listening on %s\n", address);
  std::fflush(stdout);

  const int signal = WaitForStopSignal();
  spdlog::info("event=draining signal={} seconds={}", signal, options.drain_seconds);
  server->Shutdown(absl::Seconds(options.drain_seconds));
  spdlog::info("event=stopped");
  return absl::OkStatus();
}

// For the threads that are started from here on.
void SetUpThreads() {
  // Debian's gRPC would else keep a graph of who holds which lock: 2 % of a call.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // A thread that has work then waits for a free core, and does not push another one of ours off:
  // where cores are scarce, calls are taken and answered in batches. A fifth of a command.
  const sched_param none = {};
  if (sched_setscheduler(0, SCHED_BATCH, &none) != 0) spdlog::warn("event=no_batch_scheduling");
}

int Run(const ServeOptions& options) {
  BlockStopSignals();
  LogToStderr();
  SetUpThreads();
  const absl::Status status = Serve(options);
  if (status.ok()) return 0;
  spdlog::error("event=failed code={} message=\"{}\"",
                absl::StatusCodeToString(status.code()).c_str(),
                std::string(status.message()).c_str());
  return status.code() == absl::StatusCode::kInvalidArgument ||
                 status.code() == absl::StatusCode::kNotFound
             ? kExitUsage
             : kExitRefused;
}

}  // namespace

void AddServeCommand(Commands& commands) {
  commands.Add("serve", "Run the server", kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
