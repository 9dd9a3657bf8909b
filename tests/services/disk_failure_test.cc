// A disk that fails under a serving server: nobody is told a lie, reads go on, and after a restart
// the repeat of a command settles what became of it.
#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "goodstanding/api/v1/command_service.grpc.pb.h"
#include "goodstanding/api/v1/query_service.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "rocksdb/env.h"
#include "services/server.h"
#include "tests/eventstore/faulty_file_system.h"
#include "tests/services/service_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::services {
namespace {

class DiskFailureTest : public ::testing::Test {
 protected:
  DiskFailureTest()
      : memory_(rocksdb::NewMemEnv(rocksdb::Env::Default())),
        disk_(std::make_shared<eventstore::FaultyFileSystem>(memory_->GetFileSystem())),
        env_(rocksdb::NewCompositeEnv(disk_)),
        clock_(Noon("2025-09-15")) {
    std::string pattern = (std::filesystem::temp_directory_path() / "goodstanding-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    Start();
  }
  ~DiskFailureTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Start() {
    server_.reset();
    ServerOptions options;
    options.data_dir = folder_;
    options.clock = &clock_;
    options.log_env = env_.get();
    absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(options);
    GS_ASSERT_OK(server);
    server_ = *std::move(server);
    caller_ = std::make_unique<Caller>(server_->InProcessChannel());
  }

  grpc::Status Register(const std::string& id, api::v1::CommandReceipt* receipt) {
    auto request = RequestOf("RegisterCertificant", absl::StrCat("certificant_id: '", id,
                                                                 "' name: 'A Person' "
                                                                 "email: '",
                                                                 id, "@example.org'"));
    SetRequestId(absl::StrCat("register-", id), *request);
    return caller_->Call(*request, receipt);
  }

  bool IsServing(const std::string& service) {
    const auto stub = grpc::health::v1::Health::NewStub(caller_->channel());
    grpc::ClientContext context;
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    grpc::health::v1::HealthCheckResponse response;
    const grpc::Status status = stub->Check(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
  }

  std::string folder_;
  const std::unique_ptr<rocksdb::Env> memory_;
  const std::shared_ptr<eventstore::FaultyFileSystem> disk_;
  const std::unique_ptr<rocksdb::Env> env_;
  ManualClock clock_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Caller> caller_;
};

TEST_F(DiskFailureTest, AFailedSyncIsUnknownSaidAndSettledByTheRequestId) {
  api::v1::CommandReceipt before;
  ASSERT_TRUE(Register("ana", &before).ok());
  EXPECT_TRUE(IsServing(""));

  disk_->FailLogSyncs(true);
  api::v1::CommandReceipt receipt;
  const grpc::Status unknown = Register("ben", &receipt);
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(unknown), "OUTCOME_UNKNOWN");
  EXPECT_FALSE(IsServing(""));
  EXPECT_FALSE(IsServing(api::v1::CommandService::service_full_name()));
  EXPECT_TRUE(IsServing(api::v1::QueryService::service_full_name()));

  // The disk works again; the writer stays shut until somebody has looked at it.
  disk_->FailLogSyncs(false);
  EXPECT_EQ(Register("cleo", &receipt).error_code(), grpc::StatusCode::UNAVAILABLE);
  api::v1::GetCertificantResponse person;
  EXPECT_TRUE(caller_->Call(*RequestOf("GetCertificant", "certificant_id: 'ana'"), &person).ok());

  Start();
  EXPECT_TRUE(IsServing(""));
  api::v1::CommandReceipt again;
  ASSERT_TRUE(Register("ana", &again).ok());
  EXPECT_TRUE(again.repeated_request());
  EXPECT_EQ(again.position(), before.position());
  // Whether ben's first call was stored or not, the repeat makes one of it.
  ASSERT_TRUE(Register("ben", &receipt).ok());
  EXPECT_EQ(receipt.version(), 1);
  ASSERT_TRUE(Register("cleo", &receipt).ok());
}

}  // namespace
}  // namespace goodstanding::services
