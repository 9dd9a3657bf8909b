// An HTTP listener for those who watch over a server: /metrics in Prometheus' text format, /healthz
// (it lives) and /readyz (it can be used).
#ifndef GOODSTANDING_SERVICES_METRICS_LISTENER_H_
#define GOODSTANDING_SERVICES_METRICS_LISTENER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/server_figures.h"

namespace goodstanding::services {

// Thread-safe.
class MetricsListener {
 public:
  struct Sources {
    std::function<ServerFigures()> figures;  // Both are asked on the listener's threads.
    std::function<bool()> ready;
  };

  // Listens on an address, "127.0.0.1:9464"; port 0 picks a free one. Neither encrypted nor
  // authenticated: figures alone, of no person. UNAVAILABLE where it cannot listen there.
  static absl::StatusOr<std::unique_ptr<MetricsListener>> Start(const std::string& address,
                                                                Sources sources);

  // Waits for requests that are being answered.
  virtual ~MetricsListener() = default;

  virtual int port() const = 0;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_METRICS_LISTENER_H_
