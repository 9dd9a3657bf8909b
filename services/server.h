// The server: log, keys, views and services in one process.
#ifndef GOODSTANDING_SERVICES_SERVER_H_
#define GOODSTANDING_SERVICES_SERVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/elapsed_clock.h"
#include "eventstore/note.h"
#include "goodstanding/config/v1/config.pb.h"
#include "grpcpp/channel.h"
#include "projections/generation_build.h"
#include "services/access.h"
#include "services/call_metrics.h"

namespace rocksdb {
class Env;
}

namespace goodstanding::services {

struct ServerOptions {
  // Folder of everything that the server keeps: log/, keys/, views/, deployment.key, signing.key.
  // Created if absent.
  std::string data_dir;
  // "127.0.0.1:7443"; port 0 picks a free one. Empty: reachable through InProcessChannel only.
  std::string listen_address;
  // Not owned; outlives the server.
  const Clock* clock = nullptr;
  // What the clock is held against (clock_guard.h); nullptr: it is believed. As `clock`.
  const ElapsedClock* elapsed_clock = nullptr;
  // Commands are refused where the last event is older at the start, until an operator confirms the
  // clock; zero: that is not looked at.
  absl::Duration max_downtime = absl::ZeroDuration();
  // Whether commands are refused while the kernel says that its clock is not synchronised.
  bool require_synchronised_clock = false;
  // Told once of each suspicion against the clock, on any thread; may be empty. Must not block.
  std::function<void()> tell_clock;
  // Whether commands are refused from the start on.
  bool read_only = false;
  // Where /metrics, /healthz and /readyz are served over HTTP, "127.0.0.1:9464"; empty: nowhere.
  std::string metrics_address;
  // Told of calls that took long or failed by no fault of their caller, on any thread; may be
  // empty. Must not block.
  std::function<void(const CallEnd&)> tell_call;
  // The board's time zone, an IANA name.
  std::string time_zone = "America/New_York";
  // Whether writes are synced before they are acknowledged. False only for scratch folders.
  bool sync = true;
  // File system of the log; nullptr is the real one. Not owned; outlives the server.
  rocksdb::Env* log_env = nullptr;
  // The same for the views.
  rocksdb::Env* views_env = nullptr;
  // Verifier keys of the witnesses whose cosignatures are kept.
  std::vector<eventstore::NoteKey> witnesses;
  // A checkpoint is signed each such time in which the log grew; zero: on demand alone.
  absl::Duration checkpoint_interval = absl::ZeroDuration();
  // How often it is looked whether a day has passed, which is then recorded; zero: never.
  absl::Duration day_check_interval = absl::ZeroDuration();
  // How often it is looked whether an erasure is due; zero: never.
  absl::Duration erasure_check_interval = absl::ZeroDuration();
  // Told why erasures that are due do not take place (eraser.h); may be empty. Must not block.
  std::function<void(const std::string& reason, int64_t persons)> tell_erasures;
  // Folder of backups, on this host; empty: none are made. Its parent is there.
  std::string backup_dir;
  // Share of the processors that building views may use, in percent, 1 to 100.
  int rebuild_cpu_percent = 100;
  // Told how builds of the views go, on their threads; may be empty. Must not block.
  projections::GenerationBuild::Tell tell_build;
  // Told of each replay that differs from the decision in the log, by the decision's position, on
  // the thread that replays; may be empty. Must not block.
  std::function<void(int64_t)> tell_replay_differs;
  // Certificates of the listening address; absent: calls come in the clear.
  std::optional<config::v1::TlsConfig> tls;
  // Who may do what; absent: everybody everything, as anonymous.
  std::optional<config::v1::AccessConfig> access;
  // In place of `access`, for scratch folders; nullptr: none. As `clock`.
  const Gate* gate = nullptr;
  // How much is taken at once; absent ones have their defaults (limits.h).
  config::v1::LimitsConfig limits;
  // Told of denials and of reads of personal data, on the threads of calls; may be empty. Must not
  // block.
  TellSecurity tell_security;
};

// Thread-safe.
class Server {
 public:
  // Opens the folder and serves; views that are behind catch up meanwhile. FAILED_PRECONDITION
  // where another process has the folder or a newer program wrote it; DATA_LOSS where its bytes
  // contradict each other.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options);

  // Drains with a limit of a second.
  virtual ~Server() = default;

  // Sets health to NOT_SERVING, lets calls finish for up to `grace`, cancels the rest, closes the
  // folder.
  virtual void Shutdown(absl::Duration grace) = 0;

  // The port that it listens on; 0 where it listens on none.
  virtual int port() const = 0;

  // The same for metrics.
  virtual int metrics_port() const = 0;

  // Why the clock is not to be trusted; empty: it is.
  virtual std::string ClockSuspicion() const = 0;

  // A channel to this server without a network.
  virtual std::shared_ptr<grpc::Channel> InProcessChannel() = 0;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_SERVER_H_
