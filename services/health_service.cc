#include "services/health_service.h"

#include "domain/refusal.h"

namespace goodstanding::services {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// One who watches: is written each status that he does not have yet, one at a time, and of those
// that pass while he is written to the last alone. Owned by itself.
class HealthMethods::Watcher final : public StreamEvents {
 public:
  Watcher(HealthMethods& health, WatchCall& stream) : call(stream), health_(health) {}

  void OnWritten(bool ok) override { health_.Written(*this, ok); }
  void OnCancelled() override { health_.Gone(*this); }
  void OnEnded() override {
    health_.Forget(*this);
    delete this;
  }

  WatchCall& call;

  // Guarded by the mutex of the service; the response is gRPC's while it is written.
  HealthCheckResponse response;
  Status told = HealthCheckResponse::UNKNOWN;
  bool writing = false;
  bool gone = false;
  bool finished = false;

 private:
  HealthMethods& health_;
};

HealthMethods::HealthMethods() = default;
HealthMethods::~HealthMethods() = default;

void HealthMethods::Serve(Loop& loop) {
  loop.Serve(*this, &HealthMethods::RequestCheck, [this](auto& call) {
    {
      const MutexLock lock(mutex_);
      call.response().set_status(Get(call.request().service()));
    }
    if (call.response().status() == HealthCheckResponse::SERVICE_UNKNOWN) {
      return call.Finish(domain::Refuse(
          "SERVICE_UNKNOWN", "service must be empty or the full name of a service.", "service"));
    }
    call.Finish(absl::OkStatus());
  });
  loop.Serve(*this, &HealthMethods::RequestWatch, [this](auto& call) { Begin(call); });
}

void HealthMethods::Begin(WatchCall& call) {
  auto* const watcher = new Watcher(*this, call);
  call.Listen(*watcher);
  const MutexLock lock(mutex_);
  watchers_.insert(watcher);
  Advance(*watcher);
}

// Tells him what is new, or ends the call.
void HealthMethods::Advance(Watcher& watcher) {
  if (watcher.writing || watcher.finished) return;
  const Status now = Get(watcher.call.request().service());
  if (!watcher.gone && now != watcher.told) {
    watcher.told = now;
    watcher.writing = true;
    watcher.response.set_status(now);
    watcher.call.Write(watcher.response);
  } else if (watcher.gone || stopped_) {
    watcher.finished = true;
    watcher.call.Finish(watcher.gone ? absl::CancelledError("The caller has gone.")
                                     : domain::Refuse("SERVER_STOPPING", "The server stops."));
  }
}

void HealthMethods::Written(Watcher& watcher, bool ok) {
  const MutexLock lock(mutex_);
  watcher.writing = false;
  watcher.gone = watcher.gone || !ok;
  Advance(watcher);
}

void HealthMethods::Gone(Watcher& watcher) {
  const MutexLock lock(mutex_);
  watcher.gone = true;
  Advance(watcher);
}

void HealthMethods::Forget(Watcher& watcher) {
  const MutexLock lock(mutex_);
  watchers_.erase(&watcher);
}

void HealthMethods::Set(absl::string_view service, bool serving) {
  const MutexLock lock(mutex_);
  if (stopped_) return;
  status_[std::string(service)] =
      serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
  for (Watcher* const watcher : watchers_) Advance(*watcher);
}

bool HealthMethods::IsServing(const std::string& service) const {
  const MutexLock lock(mutex_);
  return Get(service) == HealthCheckResponse::SERVING;
}

void HealthMethods::Stop() {
  const MutexLock lock(mutex_);
  stopped_ = true;
  for (auto& [service, status] : status_) status = HealthCheckResponse::NOT_SERVING;
  for (Watcher* const watcher : watchers_) Advance(*watcher);
}

HealthMethods::Status HealthMethods::Get(const std::string& service) const {
  const auto found = status_.find(service);
  return found == status_.end() ? HealthCheckResponse::SERVICE_UNKNOWN : found->second;
}

}  // namespace goodstanding::services
