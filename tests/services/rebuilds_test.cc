// Rebuilds of the views as long-running operations.
#include "services/rebuilds.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/services/service_fixture.h"

namespace goodstanding::services {
namespace {

using api::v1::GetStandingResponse;
using api::v1::Operation;

class RebuildsTest : public ServiceTest {
 protected:
  RebuildsTest() {
    for (int i = 0; i < 20; ++i) Certify(absl::StrCat("p", i));
    EXPECT_TRUE(Try("ListGoodStanding", "").ok());
  }

  Operation Begin(absl::string_view text = "") {
    return Ask<Operation>(*RequestOf("RebuildViews", text));
  }
  Operation Get(const std::string& name) {
    return Ask<Operation>(*RequestOf("GetOperation", absl::StrCat("name: '", name, "'")));
  }
  Operation Await(const std::string& name) {
    Operation operation = Get(name);
    while (!operation.done()) operation = Get(name);
    return operation;
  }
  api::v1::DigestViewsResponse Digest() {
    return Ask<api::v1::DigestViewsResponse>(*RequestOf("DigestViews", ""));
  }
};

TEST_F(RebuildsTest, EndsWithAGenerationThatIsEqual) {
  const auto before = Digest();
  EXPECT_EQ(before.row_count(), 20);
  EXPECT_EQ(before.digest().size(), 32u);
  const Operation begun = Begin("cpu_percent: 50");
  EXPECT_EQ(begun.metadata().cause(), api::v1::REBUILD_CAUSE_REQUESTED);
  EXPECT_EQ(begun.metadata().cpu_percent(), 50);
  EXPECT_GT(begun.metadata().request_time().seconds(), 0);
  EXPECT_FALSE(begun.metadata().needed());
  const Operation ended = Await(begun.name());
  EXPECT_EQ(ended.metadata().state(), api::v1::OPERATION_STATE_SUCCEEDED);
  EXPECT_EQ(ended.metadata().done_event_count(), ended.metadata().event_count());
  EXPECT_EQ(ended.response().row_count(), 20);
  EXPECT_TRUE(ended.response().compared());
  EXPECT_EQ(ended.response().difference_count(), 0);
  const auto after = Digest();
  EXPECT_EQ(after.digest(), before.digest());
  EXPECT_EQ(after.view_generation(), ended.response().view_generation());
  EXPECT_GT(after.view_generation(), before.view_generation());
}

TEST_F(RebuildsTest, AnswersNameTheGeneration) {
  const Operation ended = Await(Begin().name());
  const int32_t generation = ended.response().view_generation();
  const auto standing = Ask<GetStandingResponse>(*RequestOf("GetStanding", "certificant_id: 'p1'"));
  EXPECT_EQ(standing.answer().view_generation(), generation);
  const auto list = Ask<api::v1::ListGoodStandingResponse>(*RequestOf("ListGoodStanding", ""));
  EXPECT_EQ(list.view_generation(), generation);
  EXPECT_EQ(list.applied_position(), Head());
  const auto known = Ask<GetStandingResponse>(
      *RequestOf("GetStanding", "certificant_id: 'p1' perspective { known_at { position: 4 } }"));
  EXPECT_EQ(known.answer().view_generation(), 0) << "from the log";
  EXPECT_EQ(
      Ask<api::v1::GetServerStatusResponse>(*RequestOf("GetServerStatus", "")).view_generation(),
      generation);
}

TEST_F(RebuildsTest, CorrectedRulesBeginOneByThemselves) {
  Do("CorrectRuleSet",
     "name: 'namss-2025' reason: 'misprint' base_version: 1"
     " years { first_year: 2025 last_year: 2025 }"
     " changes { path: 'requirement.single.total' value: '40.00' }");
  EXPECT_TRUE(Try("ListGoodStanding", "").ok());
  const auto list = Ask<api::v1::ListOperationsResponse>(*RequestOf("ListOperations", ""));
  ASSERT_GT(list.operations_size(), 0);
  EXPECT_EQ(list.operations(0).metadata().cause(), api::v1::REBUILD_CAUSE_RULES);
  EXPECT_FALSE(list.operations(0).response().compared());
}

TEST_F(RebuildsTest, IsHeldAndEndedByName) {
  Operation operation = Begin("cpu_percent: 1");
  const std::string by_name = absl::StrCat("name: '", operation.name(), "'");
  operation = Ask<Operation>(*RequestOf("PauseOperation", by_name));
  operation = Ask<Operation>(*RequestOf("ResumeOperation", by_name));
  operation = Ask<Operation>(*RequestOf("CancelOperation", by_name));
  operation = Await(operation.name());
  if (operation.has_error()) {  // Else it was done before.
    EXPECT_EQ(operation.error().code(), static_cast<int>(grpc::StatusCode::CANCELLED));
    EXPECT_EQ(operation.metadata().state(), api::v1::OPERATION_STATE_CANCELLED);
  }
  EXPECT_EQ(Digest().row_count(), 20);
}

TEST_F(RebuildsTest, RefusesWithTheReason) {
  EXPECT_EQ(ReasonOf(Try("RebuildViews", "cpu_percent: 101")), "INVALID_ARGUMENT");
  EXPECT_EQ(FieldOf(Try("RebuildViews", "cpu_percent: -1")), "cpu_percent");
  for (const char* const name : {"", "operations/rebuild-", "operations/rebuild-99",
                                 "operations/rebuild-01", "operations/rebuild--1", "rebuild-1"}) {
    for (const char* const method :
         {"GetOperation", "PauseOperation", "ResumeOperation", "CancelOperation"}) {
      EXPECT_EQ(ReasonOf(Try(method, absl::StrCat("name: '", name, "'"))), "OPERATION_NOT_FOUND")
          << method << " " << name;
    }
  }
}

}  // namespace
}  // namespace goodstanding::services
