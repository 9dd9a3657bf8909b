// grpc.health.v1.Health: which services can be used now.
#ifndef GOODSTANDING_SERVICES_HEALTH_SERVICE_H_
#define GOODSTANDING_SERVICES_HEALTH_SERVICE_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/mutex.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "services/rpc.h"

namespace goodstanding::services {

// Thread-safe once it serves.
class HealthMethods final : public grpc::health::v1::Health::AsyncService {
 public:
  HealthMethods();
  // REQUIRES: no call is open.
  ~HealthMethods() override;

  // Adds Check and Watch to the loop.
  void Serve(Loop& loop);

  // Those who watch the service are told. "" is the server as a whole.
  void Set(absl::string_view service, bool serving);

  // Whether the service is SERVING.
  bool IsServing(const std::string& service) const;

  // Everything is NOT_SERVING for good, and who watches is told that and sent away. Before the gRPC
  // server is shut down, which waits for open streams.
  void Stop();

 private:
  using Status = grpc::health::v1::HealthCheckResponse::ServingStatus;
  using WatchCall = ResponseStreamCall<grpc::health::v1::HealthCheckRequest,
                                       grpc::health::v1::HealthCheckResponse>;
  class Watcher;

  // SERVICE_UNKNOWN where nothing was set.
  Status Get(const std::string& service) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // The steps of one who watches.
  void Begin(WatchCall& call);
  void Advance(Watcher& watcher) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Written(Watcher& watcher, bool ok);
  void Gone(Watcher& watcher);
  void Forget(Watcher& watcher);

  mutable Mutex mutex_;
  std::map<std::string, Status> status_ ABSL_GUARDED_BY(mutex_);
  std::set<Watcher*> watchers_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_HEALTH_SERVICE_H_
