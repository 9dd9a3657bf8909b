// The server as a whole: restart, views built anew, shutdown under load.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/services/journey.h"
#include "tests/services/service_fixture.h"

namespace goodstanding::services {
namespace {

using api::v1::CheckViewsResponse;
using ::testing::IsEmpty;

class ServerTest : public ServiceTest {
 protected:
  void Travel() {
    for (size_t i = 0; i < Journey().size(); ++i) {
      Ask<api::v1::CommandReceipt>(*RequestOf(Journey()[i], absl::StrCat("step-", i)));
    }
  }

  // The same folder, served by TCP in place of in process.
  std::unique_ptr<Server> ServeOnLoopback() {
    StopServer();
    ServerOptions with_port = options();
    with_port.listen_address = "127.0.0.1:0";
    auto server = Server::Start(with_port);
    EXPECT_TRUE(server.ok()) << server.status().ToString();
    EXPECT_GT((*server)->port(), 0);
    return *std::move(server);
  }

  static std::shared_ptr<grpc::Channel> ChannelTo(const Server& server) {
    return grpc::CreateChannel(absl::StrCat("127.0.0.1:", server.port()),
                               grpc::InsecureChannelCredentials());
  }

  // What the server answers to one question of each kind about everybody, without what differs from
  // call to call.
  std::vector<std::string> Answers() {
    std::vector<std::string> answers;
    const auto add = [&](absl::string_view method, absl::string_view text) {
      const auto request = RequestOf(method, text);
      const auto* const type =
          google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
              absl::StrCat("goodstanding.api.v1.", method, "Response"));
      const std::unique_ptr<google::protobuf::Message> response(
          google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
      const grpc::Status status = caller().Call(*request, response.get());
      // Whichever generation of the views answered, or the log.
      static const std::regex kGeneration(" ?view_generation: [0-9]+");
      answers.push_back(
          absl::StrCat(method, " ", text, ": ", ReasonOf(status), " ",
                       std::regex_replace(response->ShortDebugString(), kGeneration, "")));
    };
    for (const char* id : {"ana", "bea", "cleo", "nobody"}) {
      const std::string whose = absl::StrCat("certificant_id: '", id, "'");
      for (const char* method :
           {"GetStanding", "ExplainStanding", "GetTimeline", "GetTranscript", "GetAccount",
            "GetDeadlines", "GetCertificant", "ListCertificantEvents"}) {
        add(method, whose);
      }
      add("GetStanding",
          absl::StrCat(whose, " perspective { as_of_date { year: 2026 month: 1 day: 1 } }"));
    }
    add("ListGoodStanding", "");
    add("ListGoodStanding", "as_of_date { year: 2024 month: 1 day: 1 }");
    for (const int year : {2024, 2025, 2026, 2028}) add("ListDue", absl::StrCat("year: ", year));
    add("ListActivities", "");
    add("ListEvents", "");
    add("ListRuleSets", "");
    add("GetCertificant", "email: 'roe@example.org'");
    return answers;
  }

  // The last message of a check, with all ids that it found.
  CheckViewsResponse CheckViews() {
    const auto stub = api::v1::OperationsService::NewStub(caller().channel());
    grpc::ClientContext context;
    const auto reader = stub->CheckViews(&context, api::v1::CheckViewsRequest());
    CheckViewsResponse response;
    CheckViewsResponse last;
    std::vector<std::string> differing;
    while (reader->Read(&response)) {
      EXPECT_FALSE(last.done());
      last = response;
      differing.insert(differing.end(), response.differing_certificant_ids().begin(),
                       response.differing_certificant_ids().end());
    }
    EXPECT_TRUE(reader->Finish().ok());
    last.clear_differing_certificant_ids();
    for (const std::string& id : differing) last.add_differing_certificant_ids(id);
    return last;
  }
};

TEST_F(ServerTest, AnswersAreTheSameAfterARestart) {
  Travel();
  const std::vector<std::string> before = Answers();
  Restart();
  EXPECT_EQ(Answers(), before);
}

TEST_F(ServerTest, ViewsThatWereDeletedAreBuiltAnew) {
  Travel();
  const std::vector<std::string> before = Answers();
  Restart([this] { EXPECT_GT(std::filesystem::remove_all(absl::StrCat(folder(), "/views")), 0); });
  EXPECT_EQ(Answers(), before);
  const CheckViewsResponse check = CheckViews();
  EXPECT_TRUE(check.done());
  EXPECT_THAT(check.differing_certificant_ids(), IsEmpty());
}

TEST_F(ServerTest, TheViewsSayWhatTheLogSays) {
  EXPECT_TRUE(CheckViews().done());  // Nobody is registered yet.
  Travel();
  const CheckViewsResponse check = CheckViews();
  EXPECT_TRUE(check.done());
  EXPECT_EQ(check.checked_count(), 3);
  EXPECT_THAT(check.differing_certificant_ids(), IsEmpty());
}

TEST_F(ServerTest, TheViewsAreCheckedWhileOthersWrite) {
  for (int i = 0; i < 30; ++i) Certify(absl::StrCat("p", i));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      EXPECT_TRUE(
          caller()
              .Call(*RequestOf("RecordNotice",
                               absl::StrCat("header { request_id: 'w", i, "' } certificant_id: 'p",
                                            i % 30, "' notice: 'N' channel: 'c'")),
                    nullptr)
              .ok());
    }
  });
  for (int round = 0; round < 3; ++round) {
    const CheckViewsResponse check = CheckViews();
    EXPECT_EQ(check.checked_count(), 30);
    EXPECT_THAT(check.differing_certificant_ids(), IsEmpty());
  }
  stop = true;
  writer.join();
}

TEST_F(ServerTest, LongQuestionsBeyondTheirPlacesAreRefusedWithADelay) {
  for (int i = 0; i < 50; ++i) Certify(absl::StrCat("p", i));
  const auto stub = api::v1::OperationsService::NewStub(caller().channel());
  constexpr size_t kCallers = 12;
  std::vector<grpc::Status> statuses(kCallers);
  std::vector<std::thread> callers;
  for (size_t i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, i] {
      grpc::ClientContext context;
      const auto reader = stub->CheckViews(&context, api::v1::CheckViewsRequest());
      CheckViewsResponse response;
      while (reader->Read(&response)) {
      }
      statuses[i] = reader->Finish();
    });
  }
  for (std::thread& thread : callers) thread.join();
  EXPECT_TRUE(std::any_of(statuses.begin(), statuses.end(),
                          [](const grpc::Status& status) { return status.ok(); }));
  for (const grpc::Status& status : statuses) {
    if (status.ok()) continue;
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(ReasonOf(status), "OVERLOADED");
    EXPECT_GT(DetailsOf(status).retry.retry_delay().nanos(), 0);
  }
}

TEST_F(ServerTest, TheStatusSaysWhatIsServed) {
  const auto before = Ask<api::v1::GetServerStatusResponse>(api::v1::GetServerStatusRequest());
  EXPECT_EQ(before.head_position(), 1);
  EXPECT_FALSE(before.origin().empty());
  EXPECT_EQ(before.write_refusal(), "");
  EXPECT_FALSE(before.program_version().empty());
  EXPECT_GE(before.evaluator_revision(), 1);
  Restart();
  const auto after = Ask<api::v1::GetServerStatusResponse>(api::v1::GetServerStatusRequest());
  EXPECT_EQ(after.origin(), before.origin());
  EXPECT_EQ(after.head_position(), 1);
}

TEST_F(ServerTest, AnotherServerCannotHaveTheFolder) {
  const auto second = Server::Start(options());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition)
      << second.status().ToString();
}

TEST_F(ServerTest, ServesOnTheNetworkToo) {
  const std::unique_ptr<Server> listening = ServeOnLoopback();
  const Caller wire(ChannelTo(*listening));
  api::v1::GetServerStatusResponse response;
  EXPECT_TRUE(wire.Call(api::v1::GetServerStatusRequest(), &response).ok());
  EXPECT_EQ(response.head_position(), 1);
  const auto refused =
      wire.Call(*RequestOf("RecordNotice",
                           "header { request_id: 'n' } certificant_id: 'x' notice: 'N'"
                           " channel: 'c'"),
                nullptr);
  EXPECT_EQ(ReasonOf(refused), "CERTIFICANT_NOT_FOUND");  // Details pass the network.
}

// Every call that is answered OK before, during or after the stop stands in the log; every other
// one can be repeated. By TCP: gRPC's in-process transport crashes where a call begins while its
// server ends.
TEST_F(ServerTest, ShutdownUnderLoadLosesNothingThatWasAcknowledged) {
  Certify("ana");
  constexpr size_t kWriters = 4;
  std::vector<std::vector<std::string>> acknowledged(kWriters);
  std::vector<std::thread> threads;
  std::atomic<int> running = 0;
  std::unique_ptr<Server> listening = ServeOnLoopback();
  const auto channel = ChannelTo(*listening);
  for (size_t i = 0; i < kWriters; ++i) {
    threads.emplace_back([&, i] {
      const Caller mine(channel);
      for (int k = 0;; ++k) {
        const std::string id = absl::StrCat("w", i, "-", k);
        const auto request =
            RequestOf("RecordNotice", absl::StrCat("header { request_id: '", id,
                                                   "' } certificant_id: 'ana' notice: 'N'"
                                                   " channel: 'c'"));
        if (!mine.Call(*request, nullptr).ok()) return;
        acknowledged[i].push_back(id);
        if (k == 20) ++running;
      }
    });
  }
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      const Caller mine(channel);
      while (mine.Call(*RequestOf("ListGoodStanding", ""), nullptr).ok()) {
      }
    });
  }
  threads.emplace_back([&] {  // An import whose end never comes.
    const auto stub = api::v1::CommandService::NewStub(channel);
    grpc::ClientContext context;
    api::v1::ImportRegisterResponse response;
    const auto writer = stub->ImportRegister(&context, &response);
    writer->Write(Text<api::v1::ImportRegisterRequest>(
        "header { request_id: 'i' } lines { certificant { certificant_id: 'zoe' name: 'Z' } }"));
    ++running;
    EXPECT_FALSE(writer->Finish().ok());
  });
  while (running < static_cast<int>(kWriters) + 1) std::this_thread::yield();
  listening->Shutdown(absl::Milliseconds(100));
  for (std::thread& thread : threads) thread.join();
  listening.reset();
  Restart();
  EXPECT_EQ(ReasonOf(Try("GetStanding", "certificant_id: 'zoe'")), "CERTIFICANT_NOT_FOUND");
  std::map<std::string, int> recorded;
  for (const auto& event : Log()) ++recorded[event.record().request_id()];
  for (const auto& ids : acknowledged) {
    EXPECT_GE(ids.size(), 21);
    for (const std::string& id : ids) EXPECT_EQ(recorded[id], 1) << id;
  }
  EXPECT_THAT(CheckViews().differing_certificant_ids(), IsEmpty());
}

}  // namespace
}  // namespace goodstanding::services
