#include "services/rpc.h"

#include "base/thread_name.h"

namespace goodstanding::services {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;

const MethodDescriptor* MethodOf(const Descriptor& request) {
  const FileDescriptor& file = *request.file();  // A service stands with its requests.
  for (int i = 0; i < file.service_count(); ++i) {
    for (int k = 0; k < file.service(i)->method_count(); ++k) {
      const MethodDescriptor* const method = file.service(i)->method(k);
      if (method->input_type() == &request) return method;
    }
  }
  return nullptr;
}

const MethodDescriptor* MethodNamed(const std::string& name) {
  return DescriptorPool::generated_pool()->FindMethodByName(name);
}

Loop::Loop(grpc::ServerBuilder& builder, const Gate* gate)
    : queue_(builder.AddCompletionQueue()), gate_(gate) {}

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
