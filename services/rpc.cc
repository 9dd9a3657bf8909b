#include "services/rpc.h"

#include "base/thread_name.h"
#include "domain/refusal.h"

namespace goodstanding::services {

bool IsFault(grpc::StatusCode code) {
  return code == grpc::StatusCode::INTERNAL || code == grpc::StatusCode::DATA_LOSS ||
         code == grpc::StatusCode::UNKNOWN || code == grpc::StatusCode::UNAVAILABLE;
}

std::string ReasonOf(const absl::Status& status) {
  const auto refusal = domain::GetRefusal(status);
  return refusal.has_value() ? refusal->reason : "";
}

absl::Status TookTooLong() {
  return domain::Refuse("DEADLINE_EXCEEDED",
                        "The call took longer than it may. A command may or may not be recorded: "
                        "repeat it with the same request id.");
}

absl::string_view TraceparentOf(const grpc::ServerContext& context) {
  const auto found = context.client_metadata().find("traceparent");
  if (found == context.client_metadata().end()) return {};
  return {found->second.data(), found->second.size()};
}

const google::protobuf::MethodDescriptor* MethodNamed(const std::string& name) {
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
}

Loop::Loop(grpc::ServerBuilder& builder, const Gate* gate, CallLimits* limits)
    : queue_(builder.AddCompletionQueue()), gate_(gate), limits_(limits) {}

Loop::~Loop() { Stop(); }

void Loop::Start() {
  for (const auto& begin : begin_) begin();
  thread_ = std::thread([this] { Run(); });
}

void Loop::Stop() {
  deadlines_.Stop();
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
