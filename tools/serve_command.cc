#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdint>
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
#include "base/elapsed_clock.h"
#include "base/json_object.h"
#include "base/status_macros.h"
#include "eventstore/note.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/server.h"
#include "spdlog/sinks/basic_file_sink.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"
#include "tools/client.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/line_limit.h"
#include "tools/log_format.h"
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
  std::string log_format;
  std::string metrics_listen;
  bool read_only = false;
  bool require_synchronised_clock = false;
  std::optional<uint64_t> max_downtime_days;
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
  command.Add("--log-format", options.log_format, "text or json, a line an entry (default: text)");
  command.Add("--metrics-listen", options.metrics_listen,
              "Address of /metrics, /healthz and /readyz over HTTP, like 127.0.0.1:9464");
  command.AddFlag("--read-only", options.read_only, "Refuse commands from the start on");
  command.AddFlag("--require-synchronised-clock", options.require_synchronised_clock,
                  "Refuse commands while the kernel's clock is not synchronised");
  command
      .Add("--max-downtime-days", options.max_downtime_days,
           "Where the last event is older at the start, the clock has to be confirmed; 0: never "
           "(default: 7)")
      .Between(0, 36500);
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
  if (!options.log_format.empty()) config.set_log_format(options.log_format);
  if (!options.metrics_listen.empty()) config.set_metrics_address(options.metrics_listen);
  if (options.read_only) config.set_read_only(true);
  if (options.require_synchronised_clock) config.set_require_synchronised_clock(true);
  if (options.max_downtime_days) config.set_max_downtime_days(number(*options.max_downtime_days));
  if (options.insecure_listen_anywhere) config.set_insecure_listen_anywhere(true);
  FillDefaults(config);
  const std::vector<std::string> faults = FaultsOf(config);
  if (faults.empty()) return config;
  return absl::InvalidArgumentError(absl::StrJoin(faults, "; "));
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
  const std::string reason = ReadFailure(status).reason;
  if (reason == "CLOCK_SUSPECT" || reason == "READ_ONLY") {
    spdlog::warn("event=rules_not_published name={} reason={}", rules.name(), reason);
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

// The security log: one JSON object a line. Denials of callers that are nobody are limited: anybody
// can cause them, and they must not bury what callers with a name do.
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
  const auto limit = std::make_shared<LineLimit>();
  return [logger, limit](const services::SecurityEvent& event) {
    std::optional<int64_t> held_back = 0;
    if (event.kind == "denied" && event.issuer.empty()) held_back = limit->Take();
    if (!held_back) return;
    google::protobuf::Struct line;
    const auto set = [&line](const char* key, const std::string& value) {
      if (!value.empty()) (*line.mutable_fields())[key].set_string_value(value);
    };
    set("time", absl::FormatTime(SystemClock().Now(), absl::UTCTimeZone()));
    set("event", event.kind);
    set("method", event.method);
    set("reason", event.reason);
    set("detail", event.detail);
    set("peer", event.peer);
    if (*held_back > 0) set("denied_before_and_not_logged", absl::StrCat(*held_back));
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

absl::StatusOr<services::ServerOptions> OptionsOf(const config::v1::ServerConfig& config) {
  services::ServerOptions options;
  options.data_dir = config.data_folder();
  options.listen_address = config.listen_address();
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
  options.tell_replay_differs = [](int64_t position) {
    spdlog::error("event=replay_differs position={}", position);
  };
  options.max_downtime = absl::Hours(24) * config.max_downtime_days();
  options.require_synchronised_clock = config.require_synchronised_clock();
  options.tell_clock = [] { spdlog::error("event=clock_suspect"); };
  options.tell_erasures = [](const std::string& reason, int64_t persons) {
    spdlog::warn("event=erasures_refused reason={} persons={}", reason, persons);
  };
  options.read_only = config.read_only();
  options.tell_call = CallLog();
  options.metrics_address = config.metrics_address();
  options.limits = config.limits();
  if (config.has_tls()) options.tls = config.tls();
  if (config.has_access()) {
    options.access = config.access();
    GS_ASSIGN_OR_RETURN(options.tell_security, SecurityLog(config.security_log_file()));
  }
  return options;
}

absl::Status Serve(const config::v1::ServerConfig& config) {
  GS_ASSIGN_OR_RETURN(const auto rules,
                      ReadAll({config.rule_files().begin(), config.rule_files().end()}));
  const SystemClock clock;
  const SystemElapsedClock elapsed_clock;
  GS_ASSIGN_OR_RETURN(services::ServerOptions server_options, OptionsOf(config));
  server_options.clock = &clock;
  server_options.elapsed_clock = &elapsed_clock;
  spdlog::info("event=starting data={} listen={}", Quoted(config.data_folder()),
               config.listen_address());
  WarnOfOpenDoors(config);
  GS_ASSIGN_OR_RETURN(const auto server, services::Server::Start(server_options));
  const Client client(server->InProcessChannel());
  for (const type::v1::RuleSet& rule_set : rules) GS_RETURN_IF_ERROR(Publish(client, rule_set));

  const std::string address = absl::StrCat(HostOf(config.listen_address()), ":", server->port());
  spdlog::info("event=serving address={}", address);
  if (server->metrics_port() > 0) {
    spdlog::info("event=serving_metrics address={}:{}", HostOf(config.metrics_address()),
                 server->metrics_port());
  }
  if (const std::string why = server->ClockSuspicion(); !why.empty()) {
    spdlog::error("event=no_commands why={} hint=\"goodstanding clock confirm TIME\"", Quoted(why));
  }
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

// Connections are files: as many as the process may have at all.
void RaiseFileLimit() {
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &files);
}

// No copy of the memory, keys and names in it, is written where the process dies, and none can be
// taken by another process of the same user.
void KeepMemoryPrivate() {
  const rlimit none = {};
  if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0) {
    spdlog::warn("event=core_dumps_possible");
  }
}

int ServerExitCode(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
      return kExitUsage;
    case absl::StatusCode::kFailedPrecondition:
      return kExitDataInUse;
    case absl::StatusCode::kDataLoss:
      return kExitDataDamaged;
    default:
      return kExitRefused;
  }
}

int Run(const ServeOptions& options) {
  BlockStopSignals();
  const absl::StatusOr<config::v1::ServerConfig> config = ConfigOf(options);
  LogToStderr(config.ok() ? *ReadLogFormat(config->log_format()) : LogFormat::kText);
  SetUpThreads();
  RaiseFileLimit();
  KeepMemoryPrivate();
  const absl::Status status = config.ok() ? Serve(*config) : config.status();
  if (status.ok()) return 0;
  spdlog::error("event=failed code={} message={}", absl::StatusCodeToString(status.code()),
                Quoted(status.message()));
  return ServerExitCode(status);
}

}  // namespace

void AddServeCommand(Commands& commands) {
  commands.Add("serve", "Run the server", kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
