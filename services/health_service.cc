#include "services/health_service.h"

#include "domain/refusal.h"

namespace goodstanding::services {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// One who watches: is written each status that he does not have yet, one at a time, and of those
// that pass while he is written to the last alone. Guarded by the mutex of the service.
class HealthMethods::Watcher final : public StreamEvents {
 public:
  Watcher(HealthMethods& health, WatchCall& call) : health_(health), call_(call) {}

  const std::string& service() const { return call_.request().service(); }

  // Tells him what is new, or ends the call.
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(health_.mutex_) {
    if (writing_ || finished_) return;
    const Status now = health_.Get(service());
    if (!gone_ && now != told_) {
      told_ = now;
      writing_ = true;
      response_.set_status(now);
      call_.Write(response_);
    } else if (gone_ || health_.stopped_) {
      finished_ = true;
      call_.Finish(gone_ ? absl::CancelledError("The caller has gone.")
                         : domain::Refuse("SERVER_STOPPING", "The server stops."));
    }
  }

  void OnWritten(bool ok) override {
    const MutexLock lock(health_.mutex_);
    writing_ = false;
    gone_ = gone_ || !ok;
    Advance();
  }

  void OnCancelled() override {
    const MutexLock lock(health_.mutex_);
    gone_ = true;
    Advance();
  }

  void OnEnded() override {
    {
      const MutexLock lock(health_.mutex_);
      health_.watchers_.erase(this);
    }
    delete this;
  }

 private:
  HealthMethods& health_;
  WatchCall& call_;
  HealthCheckResponse response_;
  Status told_ = HealthCheckResponse::UNKNOWN;
  bool writing_ = false;
  bool gone_ = false;
  bool finished_ = false;
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
  loop.Serve(*this, &HealthMethods::RequestWatch, [this](auto& call) { Watch(call); });
}

void HealthMethods::Watch(WatchCall& call) {
  auto* const watcher = new Watcher(*this, call);
  call.Listen(*watcher);
  const MutexLock lock(mutex_);
  watchers_.insert(watcher);
  watcher->Advance();
}

void HealthMethods::Set(absl::string_view service, bool serving) {
  const MutexLock lock(mutex_);
  if (stopped_) return;
  status_[std::string(service)] =
      serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
  for (Watcher* const watcher : watchers_) watcher->Advance();
}

void HealthMethods::Stop() {
  const MutexLock lock(mutex_);
  stopped_ = true;
  for (auto& [service, status] : status_) status = HealthCheckResponse::NOT_SERVING;
  for (Watcher* const watcher : watchers_) watcher->Advance();
}

HealthMethods::Status HealthMethods::Get(const std::string& service) const {
  const auto found = status_.find(service);
  return found == status_.end() ? HealthCheckResponse::SERVICE_UNKNOWN : found->second;
}

}  // namespace goodstanding::services
