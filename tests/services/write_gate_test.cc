// A server that takes no commands: read-only, or with a clock that is not to be trusted.
#include "services/write_gate.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "services/board_time.h"
#include "services/command_processor.h"
#include "tests/services/service_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::services {
namespace {

using ::testing::HasSubstr;

class WriteGateTest : public ServiceTest {
 protected:
  bool Serving(const std::string& service) {
    grpc::ClientContext context;
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    grpc::health::v1::HealthCheckResponse response;
    EXPECT_TRUE(grpc::health::v1::Health::NewStub(caller().channel())
                    ->Check(&context, request, &response)
                    .ok());
    return response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
  }
  bool TakesCommands() { return Serving("goodstanding.api.v1.CommandService"); }

  std::string Register(const std::string& id, const std::string& request_id) {
    return ReasonOf(
        Try("RegisterCertificant", absl::StrCat("header { request_id: '", request_id,
                                                "' } certificant_id: '", id, "' name: 'N'")));
  }

  // ctest ends a test that waits for ever.
  void AwaitHead(int64_t position) {
    while (Head() < position) {
    }
  }

  // Has a person's erasure confirmed, as callers with names could, while no server runs.
  void ScheduleErasure(const std::string& id) {
    const ManualClock clock(Noon("2025-09-15"));
    eventstore::Options log;
    log.path = absl::StrCat(folder(), "/log");
    log.clock = &clock;
    log.sync = false;
    GS_ASSERT_OK_AND_ASSIGN(const auto store, eventstore::EventStore::Open(log));
    eventstore::KeyStoreOptions key_options;
    key_options.path = absl::StrCat(folder(), "/keys");
    key_options.sync = false;
    key_options.scratch_key = std::string(32, 's');
    GS_ASSERT_OK_AND_ASSIGN(const auto keys, eventstore::KeyStore::Open(key_options));
    GS_ASSERT_OK_AND_ASSIGN(const BoardTime time, BoardTime::Load("America/New_York"));
    GS_ASSERT_OK_AND_ASSIGN(const auto processor,
                            CommandProcessor::Create(*store, *keys, time, clock));
    event::v1::CertificantEvent requested;
    requested.mutable_erasure_requested()->set_reason("asked for it");
    event::v1::CertificantEvent scheduled;
    scheduled.mutable_erasure_scheduled();
    for (const auto& [who, fact] : {std::pair("s1", requested), std::pair("s2", scheduled)}) {
      Command command;
      command.request_id = absl::StrCat("erasure-by-", who);
      command.digest = std::string(32, 'd');
      command.actor.set_issuer("spiffe://board");
      command.actor.set_subject(who);
      Proposal& proposal = command.proposals.emplace_back();
      proposal.id = id;
      proposal.fact = fact;
      processor->Execute(std::move(command),
                         [](const auto& result) { GS_EXPECT_OK(result.status()); });
      processor->Drain();
    }
  }

  api::v1::GetServerStatusResponse Status() {
    return Ask<api::v1::GetServerStatusResponse>(*RequestOf("GetServerStatus", ""));
  }
};

TEST_F(WriteGateTest, ReadOnlyRefusesCommandsAndReadsOn) {
  EXPECT_EQ(Register("ana", "first"), "OK");
  const int64_t head = Head();
  const auto set = Ask<api::v1::SetReadOnlyResponse>(
      *RequestOf("SetReadOnly", "read_only: true reason: 'drill'"));
  EXPECT_FALSE(set.previous_read_only());

  const grpc::Status refused = Try("RegisterCertificant", "certificant_id: 'bob' name: 'N'");
  EXPECT_EQ(ReasonOf(refused), "READ_ONLY");
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(Try("WithdrawActivity", "activity_id: 'a' reason: 'r'")), "READ_ONLY");
  EXPECT_EQ(Register("ana", "first"), "OK") << "what was acknowledged is told again";
  EXPECT_EQ(ReasonOf(Try("GetStanding", "certificant_id: 'ana'")), "OK");
  EXPECT_EQ(Head(), head);
  EXPECT_FALSE(TakesCommands());
  EXPECT_TRUE(Serving(""));
  EXPECT_TRUE(Serving("goodstanding.api.v1.QueryService"));
  EXPECT_TRUE(Status().read_only());
  EXPECT_EQ(Status().read_only_reason(), "drill");

  EXPECT_TRUE(
      Ask<api::v1::SetReadOnlyResponse>(*RequestOf("SetReadOnly", "")).previous_read_only());
  EXPECT_EQ(Register("bob", "second"), "OK");
  EXPECT_TRUE(TakesCommands());
  EXPECT_EQ(Status().read_only_reason(), "");
}

TEST_F(WriteGateTest, IsReadOnlyFromTheStartOnWhereThatIsAsked) {
  options().read_only = true;
  Restart();
  EXPECT_EQ(Register("ana", "first"), "READ_ONLY");
  EXPECT_FALSE(TakesCommands());
}

TEST_F(WriteGateTest, ALongReasonIsRefused) {
  const std::string text(501, 'x');
  const grpc::Status refused =
      Try("SetReadOnly", absl::StrCat("read_only: true reason: '", text, "'"));
  EXPECT_EQ(ReasonOf(refused), "INVALID_ARGUMENT");
  EXPECT_EQ(FieldOf(refused), "reason");
  EXPECT_FALSE(Status().read_only());
}

TEST_F(WriteGateTest, ASteppedClockKeepsCommandsAndDaysOutUntilItIsConfirmed) {
  ManualElapsedClock elapsed;
  options().elapsed_clock = &elapsed;
  options().day_check_interval = absl::Milliseconds(1);
  Restart();
  EXPECT_EQ(Register("ana", "first"), "OK");
  AwaitHead(3);            // The rules, the day before, and ana.
  SetClock("2026-09-15");  // A year ahead, in no time.
  EXPECT_EQ(Register("bob", "second"), "CLOCK_SUSPECT");
  EXPECT_FALSE(TakesCommands());
  EXPECT_THAT(Status().clock_suspicion(), HasSubstr("2026-09-15"));
  EXPECT_EQ(absl::FromUnixSeconds(Status().server_time().seconds()), Noon("2025-09-15"));
  EXPECT_EQ(Head(), 3) << "no day was closed";

  const auto confirm = [&](absl::Time time) {
    api::v1::ConfirmClockRequest request;
    request.mutable_time()->set_seconds(absl::ToUnixSeconds(time));
    return Try(request);
  };
  EXPECT_EQ(FieldOf(Try("ConfirmClock", "")), "time");
  EXPECT_EQ(ReasonOf(confirm(Noon("2025-09-15"))), "INVALID_ARGUMENT") << "not what it shows";
  EXPECT_EQ(ReasonOf(confirm(Noon("2026-09-15"))), "OK");
  EXPECT_TRUE(TakesCommands());
  EXPECT_EQ(Status().clock_suspicion(), "");
  EXPECT_EQ(Register("bob", "second"), "OK");
  AwaitHead(5);  // A year of days, and bob.
  StopServer();
}

// The server's own threads go by the same clock and gate as callers.
TEST_F(WriteGateTest, ASuspectClockKeepsTheEraserOutUntilItIsConfirmed) {
  EXPECT_EQ(Register("ana", "first"), "OK");
  Mutex mutex;
  CondVar changed;
  std::string told;
  options().max_downtime = absl::Hours(24 * 7);
  options().metrics_address = "127.0.0.1:0";
  options().erasure_check_interval = absl::Milliseconds(1);
  options().tell_erasures = [&](const std::string& reason, int64_t persons) {
    const MutexLock lock(mutex);
    told = absl::StrCat(reason, " ", persons);
    changed.SignalAll();
  };
  Restart([&] {
    ScheduleErasure("ana");
    SetClock("2025-11-15");
  });
  {
    const MutexLock lock(mutex);
    while (told.empty()) changed.Wait(mutex);
    EXPECT_EQ(told, "CLOCK_SUSPECT 1");
  }
  constexpr int64_t kScheduled = 2 + 3;  // The rules and ana; asked for, confirmed and found.
  EXPECT_EQ(Head(), kScheduled);
  api::v1::ConfirmClockRequest request;
  request.mutable_time()->set_seconds(absl::ToUnixSeconds(Noon("2025-11-15")));
  EXPECT_EQ(ReasonOf(Try(request)), "OK");
  AwaitHead(kScheduled + 4);
  StopServer();
}

TEST_F(WriteGateTest, AClockBehindTheLastEventIsSuspectFromTheStartOn) {
  ManualElapsedClock elapsed;
  EXPECT_EQ(Register("ana", "first"), "OK");
  options().elapsed_clock = &elapsed;
  SetClock("2025-09-14");
  Restart();
  EXPECT_EQ(Register("bob", "second"), "CLOCK_SUSPECT");
  EXPECT_FALSE(TakesCommands());
  EXPECT_EQ(ReasonOf(Try("GetStanding", "certificant_id: 'ana'")), "OK");
  StopServer();
}

TEST_F(WriteGateTest, AStartLongAfterTheLastEventIsSuspect) {
  options().max_downtime = absl::Hours(24 * 7);
  SetClock("2025-09-22");
  Restart();
  EXPECT_EQ(Register("ana", "first"), "OK") << "a week to the second";
  SetClock("2025-09-30");
  Restart();
  EXPECT_EQ(Register("bob", "second"), "CLOCK_SUSPECT");
}

}  // namespace
}  // namespace goodstanding::services
