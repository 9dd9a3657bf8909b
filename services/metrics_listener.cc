#include "services/metrics_listener.h"

#include <civetweb.h>
#include <dirent.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "prometheus/metric_family.h"
#include "prometheus/text_serializer.h"
#include "services/version.h"

namespace goodstanding::services {
namespace {

using Labels = std::vector<prometheus::ClientMetric::Label>;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr double kNanosPerSecond = 1e9;

// As Go's gRPC spells them, which dashboards expect.
constexpr const char* kCodeNames[MethodCounts::kCodes] = {
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

const char* TypeName(MethodType type) {
  switch (type) {
    case MethodType::kUnary:
      return "unary";
    case MethodType::kClientStream:
      return "client_stream";
    case MethodType::kServerStream:
      return "server_stream";
    case MethodType::kBidiStream:
      return "bidi_stream";
  }
  return "";
}

// The families of a scrape, one after the other.
class Families {
 public:
  void Begin(const char* name, const char* help, MetricType type) {
    families_.push_back(MetricFamily{name, help, type, {}});
  }

  void Add(double value, Labels labels = {}) {
    ClientMetric& metric = Metric(std::move(labels));
    (families_.back().type == MetricType::Counter ? metric.counter.value : metric.gauge.value) =
        value;
  }

  // `unit`: how many of the histogram's are one of the metric's.
  void Add(const HistogramFigures& histogram, double unit, Labels labels = {}) {
    ClientMetric& metric = Metric(std::move(labels));
    uint64_t count = 0;
    for (size_t i = 0; i < histogram.counts.size(); ++i) {
      count += static_cast<uint64_t>(histogram.counts[i]);
      const double bound = i < histogram.bounds.size()
                               ? static_cast<double>(histogram.bounds[i]) / unit
                               : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({count, bound});
    }
    metric.histogram.sample_count = count;
    metric.histogram.sample_sum = static_cast<double>(histogram.sum) / unit;
  }

  void Gauge(const char* name, const char* help, double value) {
    Begin(name, help, MetricType::Gauge);
    Add(value);
  }
  void Gauge(const char* name, const char* help, int64_t value) {
    Gauge(name, help, static_cast<double>(value));
  }

  std::string ToText() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  ClientMetric& Metric(Labels labels) {
    ClientMetric& metric = families_.back().metric.emplace_back();
    metric.label = std::move(labels);
    return metric;
  }

  std::vector<MetricFamily> families_;
};

Labels LabelsOf(const MethodFigures& method) {
  return {{"grpc_type", TypeName(method.type)},
          {"grpc_service", method.name.service},
          {"grpc_method", method.name.method}};
}

void AddMethods(const std::vector<MethodFigures>& methods, Families& families) {
  const auto count = [&](const char* name, const char* help, int64_t MethodFigures::* value) {
    families.Begin(name, help, MetricType::Counter);
    for (const MethodFigures& method : methods) {
      families.Add(static_cast<double>(method.*value), LabelsOf(method));
    }
  };
  count("grpc_server_started_total", "Calls begun.", &MethodFigures::started);
  count("grpc_server_msg_received_total", "Messages received.", &MethodFigures::received);
  count("grpc_server_msg_sent_total", "Messages sent.", &MethodFigures::sent);
  families.Begin("grpc_server_handled_total", "Calls answered, by code.", MetricType::Counter);
  for (const MethodFigures& method : methods) {
    for (size_t code = 0; code < MethodCounts::kCodes; ++code) {
      Labels labels = LabelsOf(method);
      labels.push_back({"grpc_code", kCodeNames[code]});
      families.Add(static_cast<double>(method.handled[code]), std::move(labels));
    }
  }
  families.Begin("grpc_server_handling_seconds", "How long calls took.", MetricType::Histogram);
  for (const MethodFigures& method : methods) {
    families.Add(method.nanoseconds, kNanosPerSecond, LabelsOf(method));
  }
}

void AddLog(const ServerFigures& figures, Families& families) {
  families.Gauge("goodstanding_log_head_position", "Position of the last durable event.",
                 figures.head_position);
  families.Begin("goodstanding_commit_seconds", "How long a synced write of the log took.",
                 MetricType::Histogram);
  families.Add(figures.commit_nanoseconds, kNanosPerSecond);
  families.Begin("goodstanding_commit_group_events", "Events in one write of the log.",
                 MetricType::Histogram);
  families.Add(figures.commit_events, 1);
  families.Gauge("goodstanding_commands_waiting", "Commands that wait to be decided.",
                 figures.commands_waiting);
  families.Gauge("goodstanding_writer_poisoned",
                 "1 where a write failed and none are taken until a restart.",
                 int64_t{figures.writer_poisoned});
  families.Gauge("goodstanding_checkpoint_age_seconds",
                 "Age of the oldest event that no signed checkpoint has; 0: each has one.",
                 figures.checkpoint_age_seconds);
  const auto refusals = [&](const char* name, const char* help, const auto& by_reason) {
    families.Begin(name, help, MetricType::Counter);
    for (const auto& [reason, count] : by_reason) {
      families.Add(static_cast<double>(count), {{"reason", reason}});
    }
  };
  refusals("goodstanding_refusals_total", "Calls refused, by reason.", figures.refusals);
  refusals("goodstanding_erasure_refusals_total",
           "Times that an erasure that was due did not take place, by reason.",
           figures.erasure_refusals);
}

void AddReaders(const ServerFigures& figures, Families& families) {
  families.Gauge("goodstanding_view_position", "Log position that the views hold.",
                 figures.view_position);
  families.Gauge("goodstanding_view_lag_events", "Events that the views do not hold yet.",
                 figures.head_position - figures.view_position);
  families.Gauge("goodstanding_rebuild_progress_ratio",
                 "How far the rebuild of the views is, 0 to 1; 1 where none runs.",
                 figures.rebuild_progress);
  families.Gauge("goodstanding_subscribers", "Open subscriptions.", figures.subscribers);
  families.Gauge("goodstanding_subscriber_lag_events",
                 "Events that the subscription farthest behind has not looked at.",
                 figures.subscriber_lag);
}

void AddLimits(const ServerFigures& figures, Families& families) {
  const auto count = [&families](const char* name, const char* help, int64_t value) {
    families.Begin(name, help, MetricType::Counter);
    families.Add(static_cast<double>(value));
  };
  families.Gauge("goodstanding_connections", "Open connections.", figures.connections);
  count("goodstanding_connections_refused_total",
        "Connections closed at once, since as many were open as may be.",
        figures.connections_refused);
  families.Gauge("goodstanding_calls", "Calls under way but for streams.", figures.calls);
  families.Gauge("goodstanding_streams", "Open streams.", figures.streams);
  count("goodstanding_receipts_signed_total", "Receipts for commands that overload shed.",
        figures.receipts_signed);
  count("goodstanding_receipts_withheld_total",
        "Commands shed without a receipt, since as many were signed as may be.",
        figures.receipts_withheld);
}

void AddMachine(const ServerFigures& figures, Families& families) {
  families.Gauge("goodstanding_rocksdb_write_stopped",
                 "1 where RocksDB takes no writes as merges are behind.",
                 int64_t{figures.write_stopped});
  families.Gauge("goodstanding_rocksdb_delayed_write_rate",
                 "Bytes a second to which RocksDB holds writes; 0: to none.",
                 figures.delayed_write_rate);
  families.Begin("goodstanding_rocksdb_bytes", "Size of a database's files.", MetricType::Gauge);
  for (const auto& [database, bytes] : figures.database_bytes) {
    families.Add(static_cast<double>(bytes), {{"database", database}});
  }
  families.Gauge("goodstanding_disk_free_bytes", "Free on the disk of the data folder.",
                 figures.disk_free_bytes);
  families.Gauge("goodstanding_read_only", "1 where an operator has commands refused.",
                 int64_t{figures.read_only});
  families.Gauge("goodstanding_clock_guard_tripped",
                 "1 where the clock is suspect and nothing is recorded.",
                 int64_t{figures.clock_suspect});
  families.Gauge("goodstanding_last_backup_timestamp_seconds",
                 "When the newest backup was made; 0: none is known.", figures.last_backup_seconds);
  families.Begin("goodstanding_build_info", "The program; always 1.", MetricType::Gauge);
  families.Add(1, {{"version", kProgramVersion},
                   {"evaluator_revision", absl::StrCat(figures.evaluator_revision)}});
}

int64_t OpenFileDescriptors() {
  DIR* const folder = opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  int64_t count = -3;  // ".", ".." and the one that reads.
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

int64_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  int64_t virtual_pages = 0;
  int64_t resident_pages = 0;
  file >> virtual_pages >> resident_pages;
  return resident_pages * sysconf(_SC_PAGESIZE);
}

std::string ToText(const ServerFigures& figures) {
  Families families;
  AddMethods(figures.methods, families);
  AddLog(figures, families);
  AddReaders(figures, families);
  AddLimits(figures, families);
  AddMachine(figures, families);
  families.Gauge("process_open_fds", "Open file descriptors.", OpenFileDescriptors());
  families.Gauge("process_resident_memory_bytes", "Memory in use.", ResidentBytes());
  return families.ToText();
}

// Answers, and says so to CivetWeb.
int Answer(mg_connection* connection, int code, absl::string_view type, absl::string_view body) {
  const std::string head = absl::StrCat(
      "HTTP/1.1 ", code, code == 200 ? " OK" : " Service Unavailable", "\r\nContent-Type: ", type,
      "\r\nContent-Length: ", body.size(), "\r\nConnection: close\r\n\r\n");
  mg_write(connection, head.data(), head.size());
  mg_write(connection, body.data(), body.size());
  return code;
}

class CivetListener final : public MetricsListener {
 public:
  explicit CivetListener(Sources sources) : sources_(std::move(sources)) { mg_init_library(0); }

  ~CivetListener() override {
    if (context_ != nullptr) mg_stop(context_);
    mg_exit_library();
  }

  bool Listen(const std::string& address) {
    const char* options[] = {"listening_ports",
                             address.c_str(),
                             "num_threads",
                             "2",
                             "request_timeout_ms",
                             "5000",
                             "enable_keep_alive",
                             "no",
                             nullptr};
    const mg_callbacks callbacks = {};
    context_ = mg_start(&callbacks, nullptr, options);
    if (context_ == nullptr) return false;
    mg_set_request_handler(context_, "/metrics$", &Metrics, this);
    mg_set_request_handler(context_, "/healthz$", &Live, this);
    mg_set_request_handler(context_, "/readyz$", &Ready, this);
    return true;
  }

  int port() const override {
    mg_server_port ports[1] = {};
    return mg_get_server_ports(context_, 1, ports) == 1 ? ports[0].port : 0;
  }

 private:
  static int Metrics(mg_connection* connection, void* self) {
    const auto& sources = static_cast<CivetListener*>(self)->sources_;
    return Answer(connection, 200, "text/plain; version=0.0.4; charset=utf-8",
                  ToText(sources.figures()));
  }

  static int Live(mg_connection* connection, void*) {
    return Answer(connection, 200, "text/plain", "alive\n");
  }

  static int Ready(mg_connection* connection, void* self) {
    const bool ready = static_cast<CivetListener*>(self)->sources_.ready();
    return Answer(connection, ready ? 200 : 503, "text/plain", ready ? "ready\n" : "not ready\n");
  }

  const Sources sources_;
  mg_context* context_ = nullptr;
};

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsListener>> MetricsListener::Start(const std::string& address,
                                                                        Sources sources) {
  auto listener = std::make_unique<CivetListener>(std::move(sources));
  if (!listener->Listen(address)) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", address, " for metrics"));
  }
  return std::unique_ptr<MetricsListener>(std::move(listener));
}

}  // namespace goodstanding::services
