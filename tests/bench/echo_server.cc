#include "tests/bench/echo_server.h"

#include <cstdio>
#include <string>

#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "services/rpc.h"
#include "tests/bench/echo.grpc.pb.h"
#include "tools/stop_signals.h"

namespace goodstanding::bench {

int RunEchoServer() {
  constexpr size_t kAnswerBytes = 200;
  tools::BlockStopSignals();
  v1::EchoService::AsyncService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  services::Loop loop(builder, nullptr);
  using EchoCall = services::UnaryCall<v1::EchoRequest, v1::EchoResponse>;
  loop.Serve(service, &v1::EchoService::AsyncService::RequestEcho, [](EchoCall& call) {
    call.response().set_payload(std::string(kAnswerBytes, 'a'));
    call.Finish(absl::OkStatus());
  });
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  loop.Start();
  std::printf("Listening on 127.0.0.1:%d\n", port);
  std::fflush(stdout);
  tools::WaitForStopSignal();
  server->Shutdown();
  loop.WaitForCalls();
  loop.Stop();
  return 0;
}

}  // namespace goodstanding::bench
