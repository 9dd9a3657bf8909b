#include "tests/bench/echo_server.h"

#include <cstdio>
#include <string>

#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/support/server_callback.h"
#include "services/rpc.h"
#include "tests/bench/echo.grpc.pb.h"
#include "tools/stop_signals.h"

namespace goodstanding::bench {
namespace {

// Sends one page again and again.
class PageWriter final : public grpc::ServerWriteReactor<v1::EchoResponse> {
 public:
  explicit PageWriter(const v1::PagesRequest& request) : left_(request.count()) {
    page_.set_payload(std::string(static_cast<size_t>(request.bytes()), 'a'));
    Next();
  }
  void OnWriteDone(bool ok) override { ok ? Next() : Finish(grpc::Status::CANCELLED); }
  void OnDone() override { delete this; }

 private:
  void Next() {
    if (left_-- > 0) {
      StartWrite(&page_);
    } else {
      Finish(grpc::Status::OK);
    }
  }

  int64_t left_;
  v1::EchoResponse page_;
};

class PageMethods final
    : public v1::EchoService::WithCallbackMethod_Pages<v1::EchoService::Service> {
 public:
  grpc::ServerWriteReactor<v1::EchoResponse>* Pages(grpc::CallbackServerContext*,
                                                    const v1::PagesRequest* request) override {
    return new PageWriter(*request);
  }
};

// Serves until it is told to stop; `loop` may be nullptr.
int Serve(grpc::ServerBuilder& builder, services::Loop* loop) {
  tools::BlockStopSignals();
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  if (loop != nullptr) loop->Start();
  std::printf("Listening on 127.0.0.1:%d\n", port);
  std::fflush(stdout);
  tools::WaitForStopSignal();
  server->Shutdown();
  if (loop == nullptr) return 0;
  loop->WaitForCalls();
  loop->Stop();
  return 0;
}

}  // namespace

int RunEchoServer() {
  constexpr size_t kAnswerBytes = 200;
  v1::EchoService::AsyncService service;
  grpc::ServerBuilder builder;
  services::Loop loop(builder);
  using EchoCall = services::UnaryCall<v1::EchoRequest, v1::EchoResponse>;
  loop.Serve(service, &v1::EchoService::AsyncService::RequestEcho, [](EchoCall& call) {
    call.response().set_payload(std::string(kAnswerBytes, 'a'));
    call.Finish(absl::OkStatus());
  });
  builder.RegisterService(&service);
  return Serve(builder, &loop);
}

// A server of its own: the threads that gRPC adds for such a method would slow the echo.
int RunPageServer() {
  PageMethods service;
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  return Serve(builder, nullptr);
}

}  // namespace goodstanding::bench
