// The server as a user runs it, killed with SIGKILL under load and started again, many times: what
// was acknowledged is there, once, and what was not is there once at most.
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "eventstore/signing_key.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "tests/crash/running_server.h"
#include "tests/crash/writers.h"
#include "tests/support/child_process.h"
#include "tools/client.h"
#include "tools/scratch_folder.h"
#include "verify/log_check.h"
#include "verify/signed_note.h"

namespace goodstanding::testing {
namespace {

using api::v1::CommandReceipt;
using event::v1::Record;
using google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;
using ::testing::Not;

class ServerCrash : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = tools::ScratchFolder::Create();
    ASSERT_TRUE(folder.ok()) << folder.status().message();
    folder_ = *std::move(folder);
    std::cout << "GOODSTANDING_CRASH_SEED=" << seed_ << std::endl;
  }

  void Restart() { server_ = RunningServer::Start(folder_->path()); }

  // Begins to start the server and kills it before it is up.
  void KillStarting() {
    auto process = ChildProcess::Start(RunningServer::Arguments(folder_->path()));
    ASSERT_TRUE(process.ok());
    const char* const moments[] = {"event=starting", "event=serving"};
    const absl::StatusOr<std::string> line = (*process)->AwaitLine(moments[random_() % 2]);
    ASSERT_TRUE(line.ok()) << line.status().message();
    EXPECT_THAT((*process)->Kill(), Not(HasSubstr("Sanitizer")));
  }

  // The outside check finds nothing in the log that the killed server left, signatures of its
  // checkpoints included.
  void Verify() {
    const auto keys = eventstore::ReadSigningKeys(absl::StrCat(folder_->path(), "/signing.key"));
    ASSERT_TRUE(keys.ok()) << keys.status().message();
    verify::LogCheckOptions options;
    options.path = absl::StrCat(folder_->path(), "/log");
    options.keys.push_back(verify::PublicKey::Parse(keys->front()->public_key().ToText()).value());
    const absl::StatusOr<verify::Report> report = verify::CheckLog(options);
    ASSERT_TRUE(report.ok()) << report.status().message();
    for (const verify::Fault& fault : report->faults) {
      ADD_FAILURE() << fault.family << ", " << fault.row << ": " << fault.what;
    }
  }

  // Writes until a random number of commands was acknowledged and a random part of a write's time
  // has passed, then kills. What was sent.
  SentCommands WriteAndKill(int run) {
    constexpr int64_t kMostAcknowledged = 400;
    constexpr uint64_t kMostSteps = 200'000;  // About a millisecond.
    Writers writers(server_->client(), run, random_());
    writers.AwaitAcknowledged(1 + static_cast<int64_t>(random_() % kMostAcknowledged));
    for (uint64_t steps = random_() % kMostSteps; steps > 0; --steps) random_();
    server_->Kill();
    return writers.TakeSent();
  }

  // Reads the whole log: positions and versions without gaps, no request id twice, every request
  // id known. The records by request id.
  void ReadHistory(const SentCommands& last) {
    history_.clear();
    std::map<std::string, int64_t> versions;
    api::v1::ListEventsRequest request;
    request.set_page_size(1000);
    api::v1::ListEventsResponse page;
    int64_t position = 0;
    do {
      const grpc::Status status = tools::Call(
          server_->client().history(), &api::v1::HistoryService::Stub::ListEvents, request, page);
      ASSERT_TRUE(status.ok()) << status.error_message();
      for (const auto& event : page.events()) {
        const Record& record = event.record();
        ASSERT_EQ(record.position(), ++position);
        ASSERT_EQ(record.version(), ++versions[record.stream()]) << record.stream();
        const std::string& id = record.request_id();
        if (absl::StartsWith(id, "days/")) continue;  // The server's own.
        ASSERT_TRUE(id == "serve-rules-namss-2025" || sent_.count(id) + last.count(id) == 1) << id;
        ASSERT_TRUE(history_.emplace(id, record).second) << "recorded twice: " << id;
      }
      request.set_page_token(page.next_page_token());
    } while (!page.next_page_token().empty());
    ASSERT_EQ(page.head_position(), position);
  }

  // Everything that was ever acknowledged is in the history as it was acknowledged.
  void ExpectRecorded(const SentCommands& sent) {
    for (const auto& [id, command] : sent) {
      if (!command.receipt) continue;
      const auto found = history_.find(id);
      ASSERT_TRUE(found != history_.end()) << "acknowledged and lost: " << id;
      const CommandReceipt& receipt = *command.receipt;
      ASSERT_EQ(found->second.position(), receipt.position()) << id;
      ASSERT_EQ(found->second.version(), receipt.version()) << id;
    }
  }

  // Sends the commands of the last run again, as a client does that lost its answers. Afterwards
  // all of them are acknowledged.
  void Repeat(SentCommands& last) {
    for (auto& [id, command] : last) {
      ASSERT_EQ(command.failure, "") << id;
      CommandReceipt again;
      const grpc::Status status = server_->client().Send(command.command, again);
      ASSERT_TRUE(status.ok()) << id << ": " << status.error_message();
      const auto found = history_.find(id);
      ASSERT_EQ(again.repeated_request(), found != history_.end()) << id;
      if (found != history_.end()) {
        ASSERT_EQ(again.position(), found->second.position()) << id;
      }
      if (command.receipt) {
        again.set_repeated_request(command.receipt->repeated_request());
        ASSERT_TRUE(MessageDifferencer::Equals(again, *command.receipt))
            << id << ": " << again.ShortDebugString() << " is not "
            << command.receipt->ShortDebugString();
      }
      again.set_repeated_request(false);
      command.receipt = std::move(again);
    }
  }

  // The views have taken up what the log holds.
  void ExpectViewsUpToDate() {
    for (const std::string& id : SharedPersons()) {
      api::v1::GetStandingRequest request;
      request.set_certificant_id(id);
      api::v1::GetStandingResponse response;
      const grpc::Status status =
          tools::Call(server_->client().queries(), &api::v1::QueryService::Stub::GetStanding,
                      request, response);
      ASSERT_TRUE(status.ok()) << status.error_message();
      ASSERT_GE(response.answer().applied_position(), static_cast<int64_t>(history_.size()));
    }
  }

  // Checks everything after a restart, given what was sent before it.
  void Check(SentCommands last) {
    ASSERT_NO_FATAL_FAILURE(ReadHistory(last));
    ASSERT_NO_FATAL_FAILURE(ExpectRecorded(sent_));
    ASSERT_NO_FATAL_FAILURE(ExpectRecorded(last));
    ASSERT_NO_FATAL_FAILURE(ExpectViewsUpToDate());
    ASSERT_NO_FATAL_FAILURE(Repeat(last));
    sent_.merge(last);
  }

  const uint64_t seed_ = FromEnvironment("GOODSTANDING_CRASH_SEED", std::random_device()());
  std::mt19937_64 random_{seed_};
  std::unique_ptr<tools::ScratchFolder> folder_;
  std::unique_ptr<RunningServer> server_;
  SentCommands sent_;                      // All that was acknowledged, by now.
  std::map<std::string, Record> history_;  // By request id, as it was read last.
};

TEST_F(ServerCrash, KeepsWhatItAcknowledgedOnce) {
  const uint64_t kills = FromEnvironment("GOODSTANDING_CRASH_KILLS", 5);
  Restart();
  ASSERT_NE(server_, nullptr);
  sent_ = SetUpSharedPersons(server_->client());
  size_t in_flight = 0;
  size_t recorded_in_flight = 0;
  for (int run = 0; run < static_cast<int>(kills); ++run) {
    SCOPED_TRACE(absl::StrCat("kill ", run + 1, " of ", kills));
    SentCommands last = WriteAndKill(run);
    if (random_() % 4 == 0) {
      ASSERT_NO_FATAL_FAILURE(KillStarting());
    }
    ASSERT_NO_FATAL_FAILURE(Verify());
    Restart();
    ASSERT_NE(server_, nullptr);
    std::vector<std::string> unacknowledged;
    for (const auto& [id, command] : last) {
      if (!command.receipt) unacknowledged.push_back(id);
    }
    ASSERT_NO_FATAL_FAILURE(Check(std::move(last)));
    in_flight += unacknowledged.size();
    for (const std::string& id : unacknowledged) recorded_in_flight += history_.count(id);
  }
  ASSERT_NO_FATAL_FAILURE(ReadHistory({}));
  ASSERT_NO_FATAL_FAILURE(ExpectRecorded(sent_));
  EXPECT_EQ(history_.size(), sent_.size() + 1);  // And the rules.
  EXPECT_EQ(server_->Stop(), 0);
  std::cout << sent_.size() << " commands; " << in_flight << " were in flight at a kill, of which "
            << recorded_in_flight << " were recorded" << std::endl;
}

}  // namespace
}  // namespace goodstanding::testing
