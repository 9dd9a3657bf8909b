#include "services/server.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/cores.h"
#include "base/status_macros.h"
#include "eventstore/checkpoint_issuer.h"
#include "eventstore/event_store.h"
#include "eventstore/evidence_folder.h"
#include "eventstore/key_rotation.h"
#include "eventstore/key_store.h"
#include "eventstore/random.h"
#include "eventstore/signing_key.h"
#include "grpc/support/time.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "projections/projector.h"
#include "projections/views.h"
#include "services/acceptor.h"
#include "services/arrivals.h"
#include "services/backups.h"
#include "services/call_limits.h"
#include "services/clock_guard.h"
#include "services/command_processor.h"
#include "services/command_service.h"
#include "services/day_closer.h"
#include "services/eraser.h"
#include "services/evidence_service.h"
#include "services/feed.h"
#include "services/health_service.h"
#include "services/history_service.h"
#include "services/inquiry.h"
#include "services/kept_evidence.h"
#include "services/letter_answer.h"
#include "services/limits.h"
#include "services/log_service.h"
#include "services/metrics_listener.h"
#include "services/operations_service.h"
#include "services/query_service.h"
#include "services/reflection_service.h"
#include "services/rulebook_service.h"
#include "services/server_metrics.h"
#include "services/standings_watch.h"
#include "services/tls.h"
#include "services/worker.h"
#include "services/write_gate.h"

namespace goodstanding::services {
namespace {

constexpr int kWorkerThreads = 1;
constexpr int kMaxLoops = 8;  // Each has a thread; one a core until then.

absl::Status CreateFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot create ", path, ": ", error.message()));
  }
  return absl::OkStatus();
}

class ServerOnFolder final : public Server {
 public:
  explicit ServerOnFolder(const ServerOptions& options)
      : options_(options), limits_(WithDefaults(options.limits)) {}

  ~ServerOnFolder() override { Shutdown(absl::Seconds(1)); }

  absl::Status Start() {
    GS_RETURN_IF_ERROR(CreateFolder(options_.data_dir));
    GS_ASSIGN_OR_RETURN(BoardTime time, BoardTime::Load(options_.time_zone));
    time_ = std::make_unique<BoardTime>(std::move(time));
    OpenGate();
    GS_RETURN_IF_ERROR(OpenFolder());
    GS_ASSIGN_OR_RETURN(processor_,
                        CommandProcessor::Create(*store_, *keys_, *time_, *clock_, gate_.get(),
                                                 Size(limits_.max_waiting_commands())));
    latest_ = std::make_unique<projections::LatestBoard>(*store_, *projector_);
    side_.emplace(ReadSide{*store_, *keys_, *views_, *projector_, *latest_, *time_, *clock_,
                           limits_.max_page_size()});
    feed_ = std::make_unique<Feed>(*store_, *keys_,
                                   FeedOptions{.max_subscriptions = limits_.max_subscriptions(),
                                               .max_page_size = limits_.max_page_size()});
    watch_ = std::make_unique<StandingsWatch>(*side_, limits_.max_watches());
    arrivals_.emplace(*arrival_key_, *clock_, *gate_, limits_);
    backups_ =
        std::make_unique<Backups>(*store_, *keys_, *evidence_folder_, *clock_, options_.backup_dir);
    backups_->FindNewest();
    return Serve();
  }

  void Shutdown(absl::Duration grace) override {
    if (grpc_server_ == nullptr) return;
    health_.Stop();
    if (acceptor_ != nullptr) acceptor_->Stop();
    day_closer_.reset();
    eraser_.reset();
    watch_->Stop(grace);
    feed_->Stop(grace);
    grpc_server_->Shutdown(
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                     gpr_time_from_millis(absl::ToInt64Milliseconds(grace), GPR_TIMESPAN)));
    for (const auto& loop : loops_) loop->WaitForCalls();
    processor_->Drain();
    for (const auto& loop : loops_) loop->Stop();
    grpc_server_.reset();
    metrics_.reset();  // Alive, and not ready, until here.
  }

  int port() const override { return acceptor_ == nullptr ? 0 : acceptor_->port(); }

  int metrics_port() const override { return metrics_ == nullptr ? 0 : metrics_->port(); }

  std::string ClockSuspicion() const override { return clock_->Suspicion(); }

  std::shared_ptr<grpc::Channel> InProcessChannel() override {
    if (access_ == nullptr) return grpc_server_->InProcessChannel(grpc::ChannelArguments());
    return grpc_server_->experimental().InProcessChannelWithInterceptors(
        grpc::ChannelArguments(), CarryingSecret(own_secret_));
  }

 private:
  void OpenGate() {
    ClockGuardOptions guard;
    guard.wall = options_.clock;
    guard.elapsed = options_.elapsed_clock;
    if (options_.require_synchronised_clock) guard.synchronised = &KernelClockSynchronised;
    guard.on_suspicion = [this] {
      SetGateHealth(false);
      if (options_.tell_clock) options_.tell_clock();
    };
    clock_ = std::make_unique<ClockGuard>(std::move(guard));
    gate_ = std::make_unique<WriteGate>(*clock_);
    gate_->SetReadOnly(options_.read_only, "the server was started so");
  }

  absl::Status OpenFolder() {
    eventstore::Options log;
    log.path = absl::StrCat(options_.data_dir, "/log");
    log.clock = clock_.get();
    log.env = options_.log_env;
    log.sync = options_.sync;
    log.on_failure = [this] { SetCommandsNotServing(); };
    log.on_commit = [this](absl::Duration taken, int64_t events) { commits_.Add(taken, events); };
    GS_ASSIGN_OR_RETURN(store_, eventstore::EventStore::Open(log));
    clock_->HoldAgainst(store_->LastRecordedTime(), options_.max_downtime);
    first_head_ = store_->Head();
    eventstore::KeyStoreOptions keys;
    keys.path = absl::StrCat(options_.data_dir, "/keys");
    keys.sync = options_.sync;
    if (options_.sync) {
      keys.key_file = absl::StrCat(options_.data_dir, "/deployment.key");
    } else {
      constexpr size_t kKeySize = 32;
      keys.scratch_key = std::string(kKeySize, 's');
    }
    GS_ASSIGN_OR_RETURN(keys_, eventstore::KeyStore::Open(keys));
    evidence_folder_ = std::make_unique<const eventstore::EvidenceFolder>(
        absl::StrCat(options_.data_dir, "/evidence"), options_.sync);
    kept_evidence_ = std::make_unique<KeptEvidence>(*keys_, *evidence_folder_);
    GS_RETURN_IF_ERROR(ReapplyErasures(*store_, *keys_));
    GS_RETURN_IF_ERROR(OpenIssuer());
    GS_ASSIGN_OR_RETURN(
        views_, projections::Views::Open(absl::StrCat(options_.data_dir, "/views"),
                                         store_->Origin(), store_->Head(), options_.views_env));
    projections::ProjectorOptions projector;
    projector.build_percent = options_.rebuild_cpu_percent;
    projector.tell = options_.tell_build;
    GS_ASSIGN_OR_RETURN(projector_, projections::Projector::Start(*store_, *views_, projector));
    return absl::OkStatus();
  }

  absl::Status OpenIssuer() {
    constexpr size_t kSeedSize = 32;
    std::unique_ptr<const eventstore::SigningKey> key;
    if (options_.sync) {
      GS_ASSIGN_OR_RETURN(
          eventstore::SigningKeys keys,
          eventstore::OpenSigningKeys(absl::StrCat(options_.data_dir, "/signing.key"), *store_,
                                      eventstore::SecureRandom()));
      GS_ASSIGN_OR_RETURN(key,
                          eventstore::SettleSigningKey(*store_, std::move(keys), clock_->Now()));
    } else {
      key = std::make_unique<const eventstore::SigningKey>(
          store_->Origin(), eventstore::NoteKeyType::kEd25519, std::string(kSeedSize, 's'));
    }
    if (options_.sync) {
      GS_ASSIGN_OR_RETURN(letter_key_,
                          OpenLetterKey(absl::StrCat(options_.data_dir, "/letters.key"),
                                        store_->Origin(), eventstore::SecureRandom()));
      GS_ASSIGN_OR_RETURN(arrival_key_,
                          OpenArrivalKey(absl::StrCat(options_.data_dir, "/arrivals.key"),
                                         store_->Origin(), eventstore::SecureRandom()));
    } else {
      letter_key_ = std::make_unique<const eventstore::SigningKey>(
          LetterOrigin(store_->Origin()), eventstore::NoteKeyType::kEd25519,
          std::string(kSeedSize, 'l'));
      arrival_key_ = std::make_unique<const eventstore::SigningKey>(
          ArrivalOrigin(store_->Origin()), eventstore::NoteKeyType::kEd25519,
          std::string(kSeedSize, 'a'));
    }
    issuer_ =
        std::make_unique<eventstore::CheckpointIssuer>(*store_, std::move(key), options_.witnesses);
    if (options_.checkpoint_interval > absl::ZeroDuration()) {
      issuer_->IssueEach(options_.checkpoint_interval);
    }
    return absl::OkStatus();
  }

  absl::Status Serve() {
    grpc::ServerBuilder builder;
    ApplyLimits(limits_, builder);
    std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections;
    if (!options_.listen_address.empty()) {
      std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
      if (options_.tls) {
        GS_ASSIGN_OR_RETURN(credentials, TlsCredentials(*options_.tls));
      }
      GS_ASSIGN_OR_RETURN(acceptor_,
                          Acceptor::Listen(options_.listen_address, limits_.max_connections()));
      connections = builder.experimental().AddExternalConnectionAcceptor(
          grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, credentials);
    }
    if (options_.access) {
      constexpr size_t kSecretBytes = 32;
      own_secret_ = absl::BytesToHexString(eventstore::SecureRandom().Bytes(kSecretBytes));
      GS_ASSIGN_OR_RETURN(access_, AccessGate::Create(*options_.access, *options_.clock,
                                                      options_.tell_security, own_secret_));
    }
    const int loops = std::min(UsableCores(), kMaxLoops);
    const Gate* const gate = options_.gate != nullptr ? options_.gate : access_.get();
    for (int i = 0; i < loops; ++i) {
      loops_.push_back(std::make_unique<Loop>(builder, gate, &call_limits_));
    }
    AddServices(builder);
    grpc_server_ = builder.BuildAndStart();
    if (grpc_server_ == nullptr) return absl::UnavailableError("gRPC cannot be started");
    for (const auto& loop : loops_) {
      loop->TellOf(options_.tell_call);
      loop->Start();
    }
    if (acceptor_ != nullptr) {
      acceptor_->Start(std::move(connections),
                       std::chrono::seconds(limits_.keepalive_timeout_seconds()));
    }
    SetHealthy();
    GS_RETURN_IF_ERROR(ServeMetrics());
    if (options_.day_check_interval > absl::ZeroDuration()) {
      day_closer_ =
          std::make_unique<DayCloser>(*processor_, *time_, *clock_, options_.day_check_interval);
    }
    if (options_.erasure_check_interval > absl::ZeroDuration()) {
      eraser_ = std::make_unique<Eraser>(
          *store_, *keys_, *processor_, *time_, *clock_,
          EraserOptions{gate_.get(), &erasure_refusals_, options_.tell_erasures});
      eraser_->EraseEach(options_.erasure_check_interval);
    }
    return absl::OkStatus();
  }

  void AddServices(grpc::ServerBuilder& builder) {
    command_methods_ = std::make_unique<CommandMethods>(*processor_, *keys_, *arrivals_,
                                                        *kept_evidence_, worker_, *gate_);
    history_methods_ = std::make_unique<HistoryMethods>(*side_, worker_, *feed_, *watch_);
    rulebook_methods_ = std::make_unique<RulebookMethods>(*side_, streams_);
    operations_methods_ = std::make_unique<OperationsMethods>(
        *side_, *backups_, streams_, worker_, *clock_, *gate_, [this] { UpdateGateHealth(); });
    evidence_methods_ =
        std::make_unique<EvidenceMethods>(*side_, *issuer_, *letter_key_, *kept_evidence_, streams_,
                                          worker_, options_.tell_replay_differs);
    for (const auto& loop : loops_) {
      command_methods_->Serve(*loop);
      ServeRuleCommands(*loop, *rulebook_methods_, *processor_, *keys_);
      ServeQueries(*loop, query_methods_, *side_, worker_);
      history_methods_->Serve(*loop);
      ServeLog(*loop, log_methods_, *store_, *issuer_, worker_);
      rulebook_methods_->ServeReads(*loop);
      operations_methods_->Serve(*loop);
      evidence_methods_->Serve(*loop);
      health_.Serve(*loop);
      reflection_.Serve(*loop);
    }
    builder.RegisterService(command_methods_.get());
    builder.RegisterService(&query_methods_);
    builder.RegisterService(history_methods_.get());
    builder.RegisterService(&log_methods_);
    builder.RegisterService(rulebook_methods_.get());
    builder.RegisterService(operations_methods_.get());
    builder.RegisterService(evidence_methods_.get());
    builder.RegisterService(&health_);
    for (grpc::Service* const service : reflection_.Services()) builder.RegisterService(service);
  }

  void SetHealthy() {
    health_.Set("", true);
    for (const std::string& service : service_names_) health_.Set(service, true);
    UpdateGateHealth();
    if (!store_->Health().ok()) SetCommandsNotServing();
  }

  // While commands are refused what reads is SERVING, and so is the server as a whole.
  void UpdateGateHealth() { SetGateHealth(gate_->Check().ok() && store_->Health().ok()); }
  void SetGateHealth(bool open) { health_.Set(api::v1::CommandService::service_full_name(), open); }

  absl::Status ServeMetrics() {
    if (options_.metrics_address.empty()) return absl::OkStatus();
    MetricsListener::Sources sources;
    sources.figures = [this] {
      ServerFigures figures =
          GatherFigures({options_.data_dir, *store_, *projector_, *processor_, *feed_, *backups_,
                         *clock_, *gate_, commits_, erasure_refusals_});
      for (const auto& loop : loops_) AddCounts(loop->counts(), figures);
      AddLimits(figures);
      return figures;
    };
    // Views that a later burst leaves behind do not take the server out of use.
    sources.ready = [this] {
      return health_.IsServing("") && projector_->AppliedPosition() >= first_head_;
    };
    GS_ASSIGN_OR_RETURN(metrics_,
                        MetricsListener::Start(options_.metrics_address, std::move(sources)));
    return absl::OkStatus();
  }

  void AddLimits(ServerFigures& figures) {
    figures.calls = call_limits_.calls();
    figures.streams = call_limits_.streams();
    figures.receipts_signed = arrivals_->signed_count();
    figures.receipts_withheld = arrivals_->withheld_count();
    if (acceptor_ == nullptr) return;
    figures.connections = acceptor_->CountOpen();
    figures.connections_refused = acceptor_->refused();
  }

  // A store that takes no more writes still answers: what reads stays SERVING under its name.
  void SetCommandsNotServing() {
    health_.Set("", false);
    health_.Set(api::v1::CommandService::service_full_name(), false);
  }

  static size_t Size(int32_t limit) { return static_cast<size_t>(limit); }

  const ServerOptions options_;
  const config::v1::LimitsConfig limits_;
  const std::vector<std::string> service_names_ = {api::v1::CommandService::service_full_name(),
                                                   api::v1::QueryService::service_full_name(),
                                                   api::v1::HistoryService::service_full_name(),
                                                   api::v1::LogService::service_full_name(),
                                                   api::v1::RulebookService::service_full_name(),
                                                   api::v1::OperationsService::service_full_name(),
                                                   api::v1::EvidenceService::service_full_name(),
                                                   grpc::health::v1::Health::service_full_name()};
  HealthMethods health_;
  ReflectionMethods reflection_{service_names_};
  CommitMetrics commits_;
  RefusalCounts erasure_refusals_;
  int64_t first_head_ = 0;  // At the start.
  // In the order in which they need each other; ended in the reverse one.
  std::unique_ptr<ClockGuard> clock_;
  std::unique_ptr<WriteGate> gate_;
  std::unique_ptr<BoardTime> time_;
  std::unique_ptr<eventstore::EventStore> store_;
  std::unique_ptr<eventstore::CheckpointIssuer> issuer_;
  std::unique_ptr<const eventstore::SigningKey> letter_key_;
  std::unique_ptr<const eventstore::SigningKey> arrival_key_;
  std::unique_ptr<eventstore::KeyStore> keys_;
  std::unique_ptr<const eventstore::EvidenceFolder> evidence_folder_;
  std::unique_ptr<KeptEvidence> kept_evidence_;
  std::unique_ptr<projections::Views> views_;
  std::unique_ptr<projections::Projector> projector_;
  std::unique_ptr<projections::LatestBoard> latest_;
  std::unique_ptr<CommandProcessor> processor_;
  std::optional<ReadSide> side_;
  std::unique_ptr<DayCloser> day_closer_;
  std::unique_ptr<Eraser> eraser_;
  std::unique_ptr<Feed> feed_;
  std::unique_ptr<StandingsWatch> watch_;
  std::unique_ptr<Backups> backups_;
  std::optional<Arrivals> arrivals_;
  CallLimits call_limits_{limits_};
  StreamSlots streams_{limits_.max_long_calls()};
  Worker worker_{kWorkerThreads, Size(limits_.max_waiting_questions())};
  api::v1::QueryService::AsyncService query_methods_;
  api::v1::LogService::AsyncService log_methods_;
  std::string own_secret_;
  std::unique_ptr<AccessGate> access_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::unique_ptr<CommandMethods> command_methods_;
  std::unique_ptr<HistoryMethods> history_methods_;
  std::unique_ptr<RulebookMethods> rulebook_methods_;
  std::unique_ptr<OperationsMethods> operations_methods_;
  std::unique_ptr<EvidenceMethods> evidence_methods_;
  std::unique_ptr<grpc::Server> grpc_server_;
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<MetricsListener> metrics_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options) {
  auto server = std::make_unique<ServerOnFolder>(options);
  GS_RETURN_IF_ERROR(server->Start());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace goodstanding::services
