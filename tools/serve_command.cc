#include <sched.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "eventstore/note.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/server.h"
#include "spdlog/sinks/basic_file_sink.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"
#include "tools/client.h"
#include "tools/command_line.h"
#include "tools/refusal_text.h"
#include "tools/rule_files.h"
#include "tools/server_config.h"
#include "tools/stop_signals.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding serve --data /var/lib/goodstanding --rules deploy/rules/namss-2025.textproto\n"
    "  goodstanding serve --config /etc/goodstanding/server.txt\n"
    "  goodstanding serve --data ./data --listen 127.0.0.1:0    any free port, printed when ready\n"
    "\n"
    "SIGTERM or Ctrl-C lets calls in progress finish, then the program ends with code 0.";

struct ServeOptions {
  std::string config;
  std::string data;
  std::string listen;
  std::string time_zone;
  std::vector<std::string> rules;
  std::vector<std::string> witnesses;
  std::string backup;
  std::optional<uint64_t> checkpoint_seconds;
  std::optional<uint64_t> drain_seconds;
  std::optional<uint64_t> rebuild_cpu_percent;
  bool insecure_listen_anywhere = false;
};

void AddOptions(Command& command, ServeOptions& options) {
  command.Add("--config", options.config,
              "Configuration, in protobuf text format; the other options go before it");
  command.Add("--data", options.data, "Folder of everything that the server keeps");
  command.Add("--listen", options.listen,
              "Address to listen on; port 0: any free one (default: 127.0.0.1:7443)");
  command.Add("--time-zone", options.time_zone,
              "The board's time zone (default: America/New_York)");
  command.Add("--rules", options.rules,
              "Rule set files; published if the name is not published yet");
  command.Add("--witness", options.witnesses,
              "Verifier keys of the witnesses whose cosignatures are kept");
  command.Add("--backup", options.backup,
              "Folder on this host for the backups that `goodstanding backup` asks for");
  command
      .Add("--checkpoint-seconds", options.checkpoint_seconds,
           "A checkpoint is signed so often where the log grew (default: 60)")
      .Between(1, 86400);
  command
      .Add("--drain-seconds", options.drain_seconds,
           "Longest wait for calls at the end (default: 10)")
      .Between(0, 3600);
  command
      .Add("--rebuild-cpu-percent", options.rebuild_cpu_percent,
           "Share of the processors that rebuilding views may use (default: 100)")
      .Between(1, 100);
  command.AddFlag(
      "--insecure-listen-anywhere", options.insecure_listen_anywhere,
      "Listen beyond this host although nobody is identified or calls are in the clear");
}

// The configuration of a start: the file, what the options say instead, defaults.
absl::StatusOr<config::v1::ServerConfig> ConfigOf(const ServeOptions& options) {
  config::v1::ServerConfig config;
  if (!options.config.empty()) {
    GS_ASSIGN_OR_RETURN(config, ReadServerConfig(options.config));
  }
  if (!options.data.empty()) config.set_data_folder(options.data);
  if (!options.listen.empty()) config.set_listen_address(options.listen);
  if (!options.time_zone.empty()) config.set_time_zone(options.time_zone);
  if (!options.rules.empty()) {
    config.mutable_rule_files()->Assign(options.rules.begin(), options.rules.end());
  }
  if (!options.witnesses.empty()) {
    config.mutable_witness_keys()->Assign(options.witnesses.begin(), options.witnesses.end());
  }
  if (!options.backup.empty()) config.set_backup_folder(options.backup);
  const auto number = [](uint64_t value) { return static_cast<int32_t>(value); };
  if (options.checkpoint_seconds)
    config.set_checkpoint_seconds(number(*options.checkpoint_seconds));
  if (options.drain_seconds) config.set_drain_seconds(number(*options.drain_seconds));
  if (options.rebuild_cpu_percent) {
    config.set_rebuild_cpu_percent(number(*options.rebuild_cpu_percent));
  }
  if (options.insecure_listen_anywhere) config.set_insecure_listen_anywhere(true);
  FillDefaults(config);
  const std::vector<std::string> faults = FaultsOf(config);
  if (faults.empty()) return config;
  return absl::InvalidArgumentError(absl::StrJoin(faults, "; "));
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

// The security log: one JSON object a line.
absl::StatusOr<services::TellSecurity> SecurityLog(const std::string& path) {
  std::shared_ptr<spdlog::logger> logger;
  if (path.empty()) {
    logger = spdlog::stderr_logger_mt("security");
  } else {
    if (!std::ofstream(path, std::ios::app)) {
      return absl::InvalidArgumentError(absl::StrCat("security_log_file: cannot write to ", path));
    }
    logger = spdlog::basic_logger_mt("security", path);
  }
  logger->set_pattern("%v");
  logger->flush_on(spdlog::level::info);
  return [logger](const services::SecurityEvent& event) {
    google::protobuf::Struct line;
    const auto set = [&line](const char* key, const std::string& value) {
      if (!value.empty()) (*line.mutable_fields())[key].set_string_value(value);
    };
    set("time", absl::FormatTime(SystemClock().Now(), absl::UTCTimeZone()));
    set("event", event.kind);
    set("method", event.method);
    set("reason", event.reason);
    set("issuer", event.issuer);
    set("subject", event.subject);
    set("certificant_id", event.certificant_id);
    std::string json;
    if (google::protobuf::util::MessageToJsonString(line, &json).ok()) logger->info(json);
  };
}

// Says what does not protect this server.
void WarnOfOpenDoors(const config::v1::ServerConfig& config) {
  if (!config.has_access()) {
    spdlog::warn(
        "event=nobody_is_identified hint=\"every caller may do everything, as anonymous; access "
        "in the configuration changes that\"");
  }
  if (!config.has_tls()) spdlog::warn("event=calls_in_the_clear");
  if (config.insecure_listen_anywhere() && !(config.has_tls() && config.has_access())) {
    spdlog::error(
        "event=INSECURE address={} hint=\"insecure_listen_anywhere: whoever reaches this address "
        "may read or do what it likes\"",
        config.listen_address());
  }
}

absl::StatusOr<services::ServerOptions> OptionsOf(const config::v1::ServerConfig& config,
                                                  const Clock& clock) {
  services::ServerOptions options;
  options.data_dir = config.data_folder();
  options.listen_address = config.listen_address();
  options.clock = &clock;
  options.time_zone = config.time_zone();
  options.checkpoint_interval = absl::Seconds(config.checkpoint_seconds());
  for (const std::string& witness : config.witness_keys()) {
    GS_ASSIGN_OR_RETURN(eventstore::NoteKey key, eventstore::NoteKey::Parse(witness));
    options.witnesses.push_back(std::move(key));
  }
  options.day_check_interval = absl::Seconds(1);
  options.erasure_check_interval = absl::Minutes(1);
  options.backup_dir = config.backup_folder();
  options.rebuild_cpu_percent = config.rebuild_cpu_percent();
  options.tell_build = BuildLog();
  options.tell_replay_differs = [](const std::string& certificant_id, int64_t position) {
    spdlog::error("event=replay_differs certificant={} position={}", certificant_id, position);
  };
  if (config.has_tls()) options.tls = config.tls();
  if (config.has_access()) {
    options.access = config.access();
    GS_ASSIGN_OR_RETURN(options.tell_security, SecurityLog(config.security_log_file()));
  }
  return options;
}

absl::Status Serve(const ServeOptions& options) {
  GS_ASSIGN_OR_RETURN(const config::v1::ServerConfig config, ConfigOf(options));
  GS_ASSIGN_OR_RETURN(const auto rules,
                      ReadAll({config.rule_files().begin(), config.rule_files().end()}));
  const SystemClock clock;
  GS_ASSIGN_OR_RETURN(const services::ServerOptions server_options, OptionsOf(config, clock));
  spdlog::info("event=starting data={} listen={}", config.data_folder(), config.listen_address());
  WarnOfOpenDoors(config);
  GS_ASSIGN_OR_RETURN(const auto server, services::Server::Start(server_options));
  const Client client(server->InProcessChannel());
  for (const type::v1::RuleSet& rule_set : rules) GS_RETURN_IF_ERROR(Publish(client, rule_set));

  const std::string address = absl::StrCat(HostOf(config.listen_address()), ":", server->port());
  spdlog::info("event=serving address={}", address);
  absl::PrintF("Listening on %s\n", address);
  std::fflush(stdout);

  const int signal = WaitForStopSignal();
  spdlog::info("event=draining signal={} seconds={}", signal, config.drain_seconds());
  server->Shutdown(absl::Seconds(config.drain_seconds()));
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
