// Rebuilds of the views killed with SIGKILL at any moment, many times: the next server goes on with
// them or begins anew, answers from whole views meanwhile, and ends with what an undisturbed
// rebuild gives.
#include <cstdint>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/crash/running_server.h"
#include "tests/support/child_process.h"
#include "tools/client.h"
#include "tools/scratch_folder.h"

namespace goodstanding::testing {
namespace {

using OperationsStub = api::v1::OperationsService::Stub;
using QueryStub = api::v1::QueryService::Stub;

class RebuildCrash : public ::testing::Test {
 protected:
  void SetUp() override {
    auto scratch = tools::ScratchFolder::Create();
    ASSERT_TRUE(scratch.ok()) << scratch.status().message();
    scratch_ = *std::move(scratch);
    std::cout << "GOODSTANDING_CRASH_SEED=" << seed_ << std::endl;
    auto simulation = ChildProcess::Start(
        {GOODSTANDING_PROGRAM, "simulate", "--data", folder(), "--certificants", "3000"});
    ASSERT_TRUE(simulation.ok());
    ASSERT_TRUE((*simulation)->AwaitLine("3000 certificants").ok());
    EXPECT_FALSE((*simulation)->AwaitLine("more").ok()) << "it ends then";
    server_ = RunningServer::Start(folder());
    ASSERT_NE(server_, nullptr);
    AwaitEnd();
    digest_ = Digest();
    everybody_ = Everybody(/*available=*/false);
    ASSERT_FALSE(everybody_.empty());
  }

  std::string folder() const { return scratch_->path() + "/board"; }

  // Everybody in good standing on the board's last day, and the generation that said so on every
  // page.
  std::string Everybody(bool available) {
    std::string all;
    api::v1::ListGoodStandingRequest request;
    request.mutable_as_of_date()->set_year(2025);
    request.mutable_as_of_date()->set_month(12);
    request.mutable_as_of_date()->set_day(31);
    request.set_page_size(1000);
    if (available) request.mutable_freshness()->set_available(true);
    while (true) {
      api::v1::ListGoodStandingResponse response;
      const grpc::Status status =
          tools::Call(server_->client().queries(), &QueryStub::ListGoodStanding, request, response);
      EXPECT_TRUE(status.ok()) << status.error_message();
      if (!status.ok()) return "";
      for (const auto& entry : response.entries()) {
        absl::StrAppend(&all, entry.certificant_id(), " ", entry.standing(), "\n");
      }
      if (response.next_page_token().empty()) return all;
      request.set_page_token(response.next_page_token());
    }
  }

  std::string Digest() {
    api::v1::DigestViewsResponse response;
    const grpc::Status status =
        tools::Call(server_->client().operations(), &OperationsStub::DigestViews,
                    api::v1::DigestViewsRequest(), response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.digest();
  }

  // The newest rebuild; done where there was none.
  api::v1::Operation Newest() {
    api::v1::ListOperationsResponse response;
    const grpc::Status status =
        tools::Call(server_->client().operations(), &OperationsStub::ListOperations,
                    api::v1::ListOperationsRequest(), response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    if (!response.operations().empty()) return response.operations(0);
    api::v1::Operation none;
    none.set_done(true);
    return none;
  }

  void AwaitEnd() {
    while (!Newest().done()) {
    }
  }

  // Begins a rebuild, or finds the one that goes on, and kills the server at a random moment of it.
  void RebuildAndKill() {
    api::v1::RebuildViewsRequest request;
    request.set_cpu_percent(static_cast<int32_t>(5 + random_() % 96));
    api::v1::Operation operation;
    tools::Call(server_->client().operations(), &OperationsStub::RebuildViews, request, operation);
    operation = Newest();
    const auto events = static_cast<int64_t>(
        random_() % static_cast<uint64_t>(operation.metadata().event_count() + 1));
    const bool to_the_end = random_() % 4 == 0;
    while (!operation.done() && (to_the_end || operation.metadata().done_event_count() < events)) {
      operation = Newest();
    }
    for (uint64_t steps = random_() % 200'000; steps > 0; --steps) random_();
    server_->Kill();
  }

  const uint64_t seed_ = FromEnvironment("GOODSTANDING_CRASH_SEED", 20'251'126);
  const uint64_t kills_ = FromEnvironment("GOODSTANDING_REBUILD_KILLS", 6);
  std::mt19937_64 random_{seed_};
  std::unique_ptr<tools::ScratchFolder> scratch_;
  std::unique_ptr<RunningServer> server_;
  std::string digest_;
  std::string everybody_;
};

TEST_F(RebuildCrash, GoesOnOrStartsOver) {
  for (uint64_t kill = 0; kill < kills_; ++kill) {
    SCOPED_TRACE(absl::StrCat("kill ", kill));
    RebuildAndKill();
    server_ = RunningServer::Start(folder());
    ASSERT_NE(server_, nullptr);
    EXPECT_EQ(Everybody(/*available=*/true), everybody_) << "whole, while it is rebuilt";
    if (HasFailure()) return;
    if (random_() % 2 == 0) continue;  // The next kill hits the rebuild that goes on.
    AwaitEnd();
    EXPECT_EQ(Digest(), digest_);
    EXPECT_EQ(Everybody(/*available=*/false), everybody_);
    if (HasFailure()) return;
  }
  AwaitEnd();
  EXPECT_EQ(Digest(), digest_);
  EXPECT_EQ(server_->Stop(), 0);
}

}  // namespace
}  // namespace goodstanding::testing
