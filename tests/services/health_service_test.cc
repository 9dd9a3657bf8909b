#include "services/health_service.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "tests/services/service_fixture.h"

namespace goodstanding::services {
namespace {

using ::grpc::health::v1::Health;
using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;

using Watch = grpc::ClientReader<HealthCheckResponse>;

HealthCheckRequest RequestFor(const std::string& service) {
  HealthCheckRequest request;
  request.set_service(service);
  return request;
}

void ExpectNext(Watch& watch, HealthCheckResponse::ServingStatus status) {
  HealthCheckResponse response;
  ASSERT_TRUE(watch.Read(&response));
  EXPECT_EQ(response.status(), status);
}

void ExpectEnd(Watch& watch) {
  HealthCheckResponse response;
  EXPECT_FALSE(watch.Read(&response));
}

class HealthTest : public ServiceTest {
 protected:
  std::unique_ptr<Health::Stub> stub() { return Health::NewStub(caller().channel()); }
};

TEST_F(HealthTest, AnswersForTheServerAndEachService) {
  const auto health = stub();
  const auto check = [&](const std::string& service, HealthCheckResponse* response) {
    grpc::ClientContext context;
    return health->Check(&context, RequestFor(service), response);
  };
  for (const char* service :
       {"", "goodstanding.api.v1.CommandService", "goodstanding.api.v1.QueryService",
        "goodstanding.api.v1.HistoryService", "goodstanding.api.v1.RulebookService",
        "goodstanding.api.v1.OperationsService", "goodstanding.api.v1.LogService",
        "goodstanding.api.v1.EvidenceService", "grpc.health.v1.Health"}) {
    HealthCheckResponse response;
    EXPECT_TRUE(check(service, &response).ok()) << service;
    EXPECT_EQ(response.status(), HealthCheckResponse::SERVING) << service;
  }
  HealthCheckResponse response;
  const grpc::Status unknown = check("no.such.Service", &response);
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(ReasonOf(unknown), "SERVICE_UNKNOWN");
}

TEST_F(HealthTest, IsWatchedUntilTheServerStops) {
  const auto health = stub();
  grpc::ClientContext context;
  const auto reader = health->Watch(&context, HealthCheckRequest());
  ExpectNext(*reader, HealthCheckResponse::SERVING);
  std::thread stopper([&] { server().Shutdown(absl::Minutes(1)); });
  ExpectNext(*reader, HealthCheckResponse::NOT_SERVING);
  ExpectEnd(*reader);
  stopper.join();  // The one who watched held it up no longer than that.
  // In process the connection can be gone before the status is read.
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

// The protocol has it so: a service may be added later.
TEST_F(HealthTest, WatchingAnUnknownServiceSaysSoAndWaits) {
  const auto health = stub();
  grpc::ClientContext context;
  const HealthCheckRequest request = RequestFor("no.such.Service");
  const auto reader = health->Watch(&context, request);
  ExpectNext(*reader, HealthCheckResponse::SERVICE_UNKNOWN);
  context.TryCancel();
  ExpectEnd(*reader);
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

// Without a server: what is set while somebody watches.
class WatchedHealthTest : public ::testing::Test {
 protected:
  WatchedHealthTest() : loop_(builder_) {
    health_.Serve(loop_);
    builder_.RegisterService(&health_);
    server_ = builder_.BuildAndStart();
    loop_.Start();
    stub_ = Health::NewStub(server_->InProcessChannel(grpc::ChannelArguments()));
  }

  ~WatchedHealthTest() override {
    health_.Stop();
    server_->Shutdown();
    loop_.WaitForCalls();
    loop_.Stop();
  }

  HealthMethods health_;
  grpc::ServerBuilder builder_;
  Loop loop_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Health::Stub> stub_;
};

TEST_F(WatchedHealthTest, EveryWatcherOfAServiceIsToldOfItsChangesAlone) {
  health_.Set("a", true);
  health_.Set("b", true);
  const HealthCheckRequest request = RequestFor("a");
  grpc::ClientContext contexts[2];
  std::vector<std::unique_ptr<Watch>> readers;
  for (grpc::ClientContext& context : contexts) readers.push_back(stub_->Watch(&context, request));
  for (const auto& reader : readers) {
    ExpectNext(*reader, HealthCheckResponse::SERVING);
  }
  health_.Set("b", false);
  health_.Set("a", true);  // No change.
  health_.Set("a", false);
  for (const auto& reader : readers) {
    ExpectNext(*reader, HealthCheckResponse::NOT_SERVING);
  }
}

TEST_F(WatchedHealthTest, WhoWatchesAtTheStopIsToldAndSentAway) {
  health_.Set("a", true);
  grpc::ClientContext context;
  const HealthCheckRequest request = RequestFor("a");
  const auto reader = stub_->Watch(&context, request);
  ExpectNext(*reader, HealthCheckResponse::SERVING);
  health_.Stop();
  ExpectNext(*reader, HealthCheckResponse::NOT_SERVING);
  ExpectEnd(*reader);
  EXPECT_EQ(ReasonOf(reader->Finish()), "SERVER_STOPPING");
}

TEST_F(WatchedHealthTest, NothingIsServingAgainAfterTheStop) {
  health_.Set("a", true);
  health_.Stop();
  health_.Set("a", true);
  grpc::ClientContext context;
  const HealthCheckRequest request = RequestFor("a");
  HealthCheckResponse response;
  EXPECT_TRUE(stub_->Check(&context, request, &response).ok());
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
}

}  // namespace
}  // namespace goodstanding::services
