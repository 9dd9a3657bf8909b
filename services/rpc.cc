#include "services/rpc.h"

#include "base/thread_name.h"

namespace goodstanding::services {

Loop::Loop(grpc::ServerBuilder& builder) : queue_(builder.AddCompletionQueue()) {}

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
  NameThread("loop");
  inbox_.Open();
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) static_cast<Event*>(tag)->Proceed(ok);
}

}  // namespace goodstanding::services
