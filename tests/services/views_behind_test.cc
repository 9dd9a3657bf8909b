// Views that do not keep up: what is asked about one person, the rules or the catalogue is answered
// from the log, as fresh as ever. Here they stand still for good, because their disk fails.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "rocksdb/env.h"
#include "tests/eventstore/faulty_file_system.h"
#include "tests/services/service_fixture.h"

namespace goodstanding::services {
namespace {

using api::v1::CommandReceipt;
using api::v1::GetStandingResponse;
using api::v1::StandingAnswer;

constexpr char kCredit[] =
    " credit { reference: 'c1' activity_kind: 'SPONSORED' activity_id: 'act-1'"
    " completed_date { year: 2025 month: 3 day: 1 } amount { minutes: 600 } }";

class ViewsBehindTest : public ServiceTest {
 protected:
  ViewsBehindTest()
      : memory_(rocksdb::NewMemEnv(rocksdb::Env::Default())),
        disk_(std::make_shared<eventstore::FaultyFileSystem>(memory_->GetFileSystem())),
        env_(rocksdb::NewCompositeEnv(disk_)) {
    options().views_env = env_.get();
    Restart();
    // Due in 2025, and due in 2026.
    Certify("ana");
    Certify("bea", "2023-05-14");
    EXPECT_EQ(Try("ListGoodStanding", "").error_code(), grpc::StatusCode::OK);
    applied_ = Applied();
    EXPECT_EQ(applied_, Head());
    disk_->FailAfter(0);
  }
  ~ViewsBehindTest() override { StopServer(); }

  int64_t Applied() {
    return Ask<api::v1::GetServerStatusResponse>(*RequestOf("GetServerStatus", ""))
        .applied_position();
  }

  // Wherever it came from.
  StandingAnswer Standing(absl::string_view id) {
    StandingAnswer answer =
        Ask<GetStandingResponse>(
            *RequestOf("GetStanding", absl::StrCat("certificant_id: '", id, "'")))
            .answer();
    answer.clear_view_generation();
    return answer;
  }

  // By evaluating the stream, whatever the views hold.
  StandingAnswer Explained(absl::string_view id) {
    return Ask<api::v1::ExplainStandingResponse>(
               *RequestOf("ExplainStanding", absl::StrCat("certificant_id: '", id, "'")))
        .answer();
  }

  // Asks of a person, whose last event is at `position`.
  void ExpectFresh(absl::string_view id, int64_t position) {
    const StandingAnswer answer = Standing(id);
    EXPECT_GE(answer.applied_position(), position) << id;
    EXPECT_EQ(answer.DebugString(), Explained(id).DebugString());
    EXPECT_LE(Applied(), applied_ + 1) << "the views were to stand still";
  }

  const std::unique_ptr<rocksdb::Env> memory_;
  const std::shared_ptr<eventstore::FaultyFileSystem> disk_;
  const std::unique_ptr<rocksdb::Env> env_;
  int64_t applied_ = 0;  // What the views hold for good.
};

TEST_F(ViewsBehindTest, APersonsOwnNewEventsCount) {
  const CommandReceipt receipt = Do("RecordCredit", absl::StrCat("certificant_id: 'ana'", kCredit));
  ExpectFresh("ana", receipt.position());
  EXPECT_EQ(Standing("ana").requirement(0).counted().hundredths(), 1000);
}

TEST_F(ViewsBehindTest, APersonWithoutNewEventsIsAnsweredToo) {
  const CommandReceipt receipt = Do("RecordCredit", absl::StrCat("certificant_id: 'ana'", kCredit));
  ExpectFresh("bea", receipt.position());
}

TEST_F(ViewsBehindTest, ANewPersonIsFound) {
  const CommandReceipt receipt =
      Do("RegisterCertificant", "certificant_id: 'cleo' name: 'C' email: 'c@example.org'");
  ExpectFresh("cleo", receipt.position());
  EXPECT_EQ(ReasonOf(Try("GetStanding", "certificant_id: 'dora'")), "CERTIFICANT_NOT_FOUND");
}

TEST_F(ViewsBehindTest, ACorrectedRuleIsInForce) {
  const CommandReceipt receipt = Do("CorrectRuleSet",
                                    "name: 'namss-2025' reason: 'misprint' base_version: 1"
                                    " years { first_year: 2025 last_year: 2025 }"
                                    " changes { path: 'requirement.single.total' value: '40.00' }");
  ExpectFresh("ana", receipt.position());
  EXPECT_EQ(Standing("ana").requirement(0).minimum().hundredths(), 4000);
  ExpectFresh("bea", receipt.position());
  EXPECT_EQ(
      Ask<api::v1::GetRuleSetResponse>(*RequestOf("GetRuleSet", "name: 'namss-2025'")).version(),
      2);
}

TEST_F(ViewsBehindTest, AChangedCatalogueIsInForce) {
  Do("RecordCredit", absl::StrCat("certificant_id: 'ana'", kCredit));
  const CommandReceipt receipt =
      Do("ApproveActivity",
         "activity_id: 'act-1' sponsor: 'State chapter' title: 'Spring meeting'"
         " credits { hundredths: 600 } period { first_date { year: 2025 month: 1 day: 1 }"
         " last_date { year: 2025 month: 12 day: 31 } }");
  ExpectFresh("ana", receipt.position());
  EXPECT_TRUE(Try("GetActivity", "activity_id: 'act-1'").ok());
}

TEST_F(ViewsBehindTest, WhatTheViewsHoldIsThereForWhoeverAsksForNoMore) {
  Do("RecordCredit", absl::StrCat("certificant_id: 'ana'", kCredit));
  const auto held = Ask<GetStandingResponse>(
      *RequestOf("GetStanding", "certificant_id: 'ana' freshness { available: true }"));
  EXPECT_EQ(held.answer().requirement(0).counted().hundredths(), 0);
  EXPECT_EQ(held.answer().applied_position(), applied_);
}

TEST_F(ViewsBehindTest, AListSaysThatItCannotBeAsFreshAsAsked) {
  Do("RecordCredit", absl::StrCat("certificant_id: 'ana'", kCredit));
  EXPECT_EQ(Try("ListGoodStanding", "").error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(Try("ListGoodStanding", "freshness { available: true }").ok());
}

TEST_F(ViewsBehindTest, TheViewsCatchUpAfterARestart) {
  Do("RecordCredit", absl::StrCat("certificant_id: 'ana'", kCredit));
  StopServer();
  disk_->FailOnce(0, eventstore::Fault::kError);
  Restart();
  EXPECT_TRUE(Try("ListGoodStanding", "").ok());
  EXPECT_EQ(Applied(), Head());
  EXPECT_EQ(Standing("ana").DebugString(), Explained("ana").DebugString());
}

}  // namespace
}  // namespace goodstanding::services
