#include "services/rpc.h"

#include "absl/time/time.h"
#include "base/thread_name.h"

namespace goodstanding::services {

Loop::Loop(const char* name, grpc::ServerBuilder& builder, std::function<void()> idle)
    : name_(name), queue_(builder.AddCompletionQueue()), idle_(std::move(idle)) {}

Loop::~Loop() { Stop(); }

void Loop::Start() {
  for (const auto& begin : begin_) begin();
  thread_ = std::thread([this] { Run(); });
}

void Loop::Stop() {
  queue_->Shutdown();
  if (thread_.joinable()) {
    thread_.join();
    return;
  }
  void* tag = nullptr;  // Never started: nothing waits, but the queue wants to be drained.
  bool ok = false;
  while (queue_->Next(&tag, &ok)) {
  }
}

void Loop::Run() {
  NameThread(name_);
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) {
    static_cast<Event*>(tag)->Proceed(ok);
    // Take what else is there before going idle: commands that wait together are written together.
    const gpr_timespec now = gpr_time_0(GPR_CLOCK_MONOTONIC);
    while (queue_->AsyncNext(&tag, &ok, now) == grpc::CompletionQueue::GOT_EVENT) {
      static_cast<Event*>(tag)->Proceed(ok);
    }
    if (idle_) idle_();
  }
}

}  // namespace goodstanding::services
