// How much is taken at once: that every limit holds, says so, and lets go again.
#include "services/limits.h"

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/mutex.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "services/call_limits.h"
#include "services/rpc.h"
#include "tests/services/service_fixture.h"
#include "tests/services/token_maker.h"

namespace goodstanding::services {
namespace {

using config::v1::LimitsConfig;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

std::string ReadText(const std::string& path) {
  std::ifstream file(absl::StrCat(GOODSTANDING_SOURCE_DIR, "/", path));
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << path;
  return text.str();
}

// --- The table.

TEST(LimitsTest, EveryFieldHasARowAndEveryRowItsField) {
  const auto& fields = *LimitsConfig::descriptor();
  ASSERT_EQ(static_cast<int>(Limits().size()), fields.field_count());
  for (int i = 0; i < fields.field_count(); ++i) {
    const Limit& limit = Limits()[static_cast<size_t>(i)];
    EXPECT_EQ(std::string(limit.field), fields.field(i)->name());
    EXPECT_LE(limit.least, limit.otherwise);
    EXPECT_LE(limit.otherwise, limit.most);
  }
}

TEST(LimitsTest, TheDocumentationSaysWhatTheCodeSays) {
  const std::string table = ReadText("docs/limits.md");
  for (const Limit& limit : Limits()) {
    EXPECT_THAT(table, HasSubstr(absl::StrCat("\n| `", limit.field, "` | ", limit.least, " to ",
                                              limit.most, " | ", limit.otherwise, " | ")));
  }
}

TEST(LimitsTest, TheCommentsOfTheConfigurationSayTheSame) {
  const std::string proto = ReadText("proto/goodstanding/config/v1/config.proto");
  for (const Limit& limit : Limits()) {
    const size_t field = proto.find(absl::StrCat(" ", limit.field, " = "));
    ASSERT_NE(field, std::string::npos) << limit.field;
    const size_t begin = proto.rfind(";\n", proto.rfind(";\n", field));
    std::string comment = proto.substr(begin, field - begin);
    comment = absl::StrReplaceAll(comment, {{"\n  // ", " "}});
    EXPECT_THAT(comment, HasSubstr(absl::StrCat(limit.least, " to ", limit.most))) << limit.field;
    EXPECT_THAT(comment, HasSubstr(absl::StrCat("Default: ", limit.otherwise))) << limit.field;
  }
}

TEST(LimitsTest, BothEndsOfARangeAreTakenAndWhatIsBeyondIsNamed) {
  EXPECT_THAT(LimitFaults(WithDefaults({})), IsEmpty());
  for (const Limit& limit : Limits()) {
    LimitsConfig limits = WithDefaults({});
    const auto* const field = LimitsConfig::descriptor()->FindFieldByName(std::string(limit.field));
    const auto faults = [&](int32_t value) {
      limits.GetReflection()->SetInt32(&limits, field, value);
      // The one deadline bounds the other.
      limits.set_max_deadline_seconds(
          std::max(limits.max_deadline_seconds(), limits.default_deadline_seconds()));
      return LimitFaults(limits);
    };
    if (limit.field != "max_deadline_seconds") {
      EXPECT_THAT(faults(limit.least), IsEmpty()) << limit.field;
      EXPECT_THAT(faults(limit.least - 1),
                  ElementsAre(Pair(std::string(limit.field), HasSubstr("must be from"))))
          << limit.field;
    }
    EXPECT_THAT(faults(limit.most), IsEmpty()) << limit.field;
    EXPECT_THAT(faults(limit.most + 1),
                Contains(Pair(std::string(limit.field), HasSubstr("must be from"))))
        << limit.field;
  }
}

TEST(LimitsTest, TheMaximumOfDeadlinesIsNotBelowTheDefault) {
  LimitsConfig limits;
  limits.set_default_deadline_seconds(10);
  limits.set_max_deadline_seconds(9);
  EXPECT_THAT(LimitFaults(WithDefaults(limits)),
              ElementsAre(Pair("max_deadline_seconds", HasSubstr("default_deadline_seconds"))));
  limits.set_max_deadline_seconds(10);
  EXPECT_THAT(LimitFaults(WithDefaults(limits)), IsEmpty());
}

// --- The rate.

constexpr SteadyTime kStart{std::chrono::hours(1000)};

TEST(RateTest, ABurstAndThenTheRate) {
  Rate rate;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(rate.Take(kStart, 10, 5), nanoseconds(0)) << i;
  EXPECT_EQ(rate.Take(kStart, 10, 5), milliseconds(100));
  EXPECT_EQ(rate.Take(kStart + milliseconds(99), 10, 5), milliseconds(1));
  EXPECT_EQ(rate.Take(kStart + milliseconds(100), 10, 5), nanoseconds(0));
  EXPECT_EQ(rate.Take(kStart + milliseconds(100), 10, 5), milliseconds(100));
}

TEST(RateTest, APauseFillsItUpToTheBurstAndNoFurther) {
  Rate rate;
  const SteadyTime later = kStart + std::chrono::hours(1);
  EXPECT_EQ(rate.Take(kStart, 10, 5), nanoseconds(0));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(rate.Take(later, 10, 5), nanoseconds(0)) << i;
  EXPECT_GT(rate.Take(later, 10, 5), nanoseconds(0));
}

TEST(RateTest, AMomentBeforeTheLastOneTakesNothingForFree) {
  Rate rate;
  EXPECT_EQ(rate.Take(kStart, 1, 1), nanoseconds(0));
  EXPECT_GT(rate.Take(kStart - seconds(5), 1, 1), nanoseconds(0));
}

TEST(RateTest, ManyThreadsTakeNoMoreThanOne) {
  Rate rate;
  std::atomic<int> taken = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        if (rate.Take(kStart, 1000, 500) == nanoseconds(0)) ++taken;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, 500);
}

// --- Calls of callers.

event::v1::Actor Actor(const std::string& subject, const std::string& person = "") {
  event::v1::Actor actor;
  actor.set_issuer("jwt:https://staff.example");
  actor.set_subject(subject);
  if (!person.empty()) {
    actor.set_on_behalf_of_issuer("jwt:https://people.example");
    actor.set_on_behalf_of_subject(person);
  }
  return actor;
}

class CallLimitsTest : public ::testing::Test {
 protected:
  CallLimitsTest() {
    config_.set_max_calls(6);
    config_.set_max_calls_per_caller(4);
    config_.set_max_streams(3);
    config_.set_max_streams_per_caller(2);
    config_.set_caller_calls_per_second(10);
    config_.set_caller_burst(5);
    limits_ = std::make_unique<CallLimits>(WithDefaults(config_));
  }

  // "" where it has a place, which is kept; else the reason.
  std::string Enter(const event::v1::Actor& actor, CallKind kind = CallKind::kCall,
                    SteadyTime now = kStart) {
    CallLimits::Place place;
    const absl::Status status = limits_->Enter(actor, kind, now, place);
    if (status.ok()) places_.push_back(std::move(place));
    return status.ok() ? "" : ReasonOf(status);
  }

  LimitsConfig config_;
  std::unique_ptr<CallLimits> limits_;
  std::vector<CallLimits::Place> places_;
};

TEST_F(CallLimitsTest, OneCallerHasNoMorePlacesThanOneMay) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Enter(Actor("maria")), "") << i;
  EXPECT_EQ(Enter(Actor("maria")), "TOO_MANY_CALLS");
  EXPECT_EQ(Enter(Actor("john")), "");
  EXPECT_EQ(limits_->calls(), 5);
  places_.erase(places_.begin());
  EXPECT_EQ(Enter(Actor("maria"), CallKind::kCall, kStart + seconds(1)), "");
}

TEST_F(CallLimitsTest, TogetherTheyHaveNoMoreThanAllMay) {
  for (int i = 0; i < 6; ++i) EXPECT_EQ(Enter(Actor(absl::StrCat("c", i))), "") << i;
  EXPECT_EQ(Enter(Actor("one more")), "OVERLOADED");
  EXPECT_EQ(Enter(Actor("a stream"), CallKind::kStream), "");  // Counted apart.
  places_.erase(places_.begin());
  EXPECT_EQ(Enter(Actor("one more")), "");
  places_.clear();
  EXPECT_EQ(limits_->calls(), 0);
  EXPECT_EQ(limits_->streams(), 0);
}

TEST_F(CallLimitsTest, WhatIsRefusedTakesNoPlaceOfTheCaller) {
  for (int i = 0; i < 6; ++i) EXPECT_EQ(Enter(Actor(absl::StrCat("c", i))), "") << i;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Enter(Actor("late")), "OVERLOADED") << i;
  places_.clear();
  EXPECT_EQ(Enter(Actor("late")), "");
}

TEST_F(CallLimitsTest, StreamsAreCountedByCallerAndInAll) {
  EXPECT_EQ(Enter(Actor("maria"), CallKind::kStream), "");
  EXPECT_EQ(Enter(Actor("maria"), CallKind::kStream), "");
  EXPECT_EQ(Enter(Actor("maria"), CallKind::kStream), "TOO_MANY_CALLS");
  EXPECT_EQ(Enter(Actor("john"), CallKind::kStream), "");
  EXPECT_EQ(Enter(Actor("zoe"), CallKind::kStream), "OVERLOADED");
  EXPECT_EQ(limits_->streams(), 3);
}

TEST_F(CallLimitsTest, WhoCallsTooOftenIsToldWhenToCallAgain) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Enter(Actor("maria")), "") << i;
    places_.clear();
  }
  CallLimits::Place place;
  const grpc::Status told =
      ToGrpcStatus(limits_->Enter(Actor("maria"), CallKind::kCall, kStart, place));
  EXPECT_EQ(told.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(DetailsOf(told).retry.retry_delay().seconds(), 0);
  EXPECT_EQ(DetailsOf(told).retry.retry_delay().nanos(), 100'000'000);
  EXPECT_EQ(Enter(Actor("john")), "");
  EXPECT_EQ(Enter(Actor("maria"), CallKind::kCall, kStart + milliseconds(100)), "");
}

TEST_F(CallLimitsTest, PeopleForWhomTheWebActsAreLimitedEachByThemselves) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Enter(Actor("web", "ana")), "") << i;
  EXPECT_EQ(Enter(Actor("web", "ana")), "TOO_MANY_CALLS");
  EXPECT_EQ(Enter(Actor("web", "ben")), "");
  EXPECT_EQ(Enter(Actor("web")), "");
}

TEST_F(CallLimitsTest, ProbesAndTheServerItselfAreNeverRefused) {
  event::v1::Actor server;
  server.set_issuer("none");
  server.set_subject("server");
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Enter(event::v1::Actor(), CallKind::kProbe), "");
    EXPECT_EQ(Enter(server), "");
  }
  EXPECT_EQ(limits_->calls(), 0);
}

TEST_F(CallLimitsTest, WithoutIdentitiesOnlyAllTogetherAreLimited) {
  event::v1::Actor anonymous;
  anonymous.set_issuer("none");
  anonymous.set_subject("anonymous");
  for (int i = 0; i < 6; ++i) EXPECT_EQ(Enter(anonymous), "") << i;
  EXPECT_EQ(Enter(anonymous), "OVERLOADED");
  for (auto& place : places_) EXPECT_TRUE(place.TakeTurn().ok());
}

TEST_F(CallLimitsTest, APreviewOrDossierACallerAtATime) {
  for (const char* const name : {"maria", "maria", "john"}) {
    EXPECT_EQ(Enter(Actor(name), CallKind::kStream), "");
  }
  EXPECT_TRUE(places_[0].TakeTurn().ok());
  EXPECT_TRUE(places_[0].TakeTurn().ok());  // Has it.
  EXPECT_EQ(ReasonOf(places_[1].TakeTurn()), "TOO_MANY_CALLS");
  EXPECT_TRUE(places_[2].TakeTurn().ok());
  places_.erase(places_.begin());
  EXPECT_TRUE(places_[0].TakeTurn().ok());
}

TEST_F(CallLimitsTest, AMillionCallersTakeNoMoreMemoryThanOne) {
  CallLimits::Place place;
  for (int i = 0; i < 1'000'000; ++i) {
    CallLimits::Place next;
    // Whatever it says: two of so many callers share a row now and then.
    (void)limits_->Enter(Actor(absl::StrCat("c", i)), CallKind::kCall, kStart, next).ok();
  }
  EXPECT_EQ(limits_->calls(), 0);
  EXPECT_LT(sizeof(Rate) + 16, 64u);
}

// --- On the wire: a method whose calls are held until the test lets them go.

class HeldCallsTest : public ::testing::Test {
 protected:
  using Call = UnaryCall<api::v1::GetStandingRequest, api::v1::GetStandingResponse>;

  void Start(const LimitsConfig& config) {
    limits_ = std::make_unique<CallLimits>(WithDefaults(config));
    loop_ = std::make_unique<Loop>(builder_, nullptr, limits_.get());
    loop_->Serve(service_, &api::v1::QueryService::AsyncService::RequestGetStanding,
                 [this](Call& call) {
                   const MutexLock lock(mutex_);
                   held_.push_back(&call);
                   changed_.SignalAll();
                 });
    builder_.RegisterService(&service_);
    server_ = builder_.BuildAndStart();
    loop_->Start();
    stub_ = api::v1::QueryService::NewStub(server_->InProcessChannel(grpc::ChannelArguments()));
  }

  ~HeldCallsTest() override {
    LetGo();
    server_->Shutdown();
    loop_->WaitForCalls();
    loop_->Stop();
  }

  Call& AwaitHeld(size_t count) {
    const MutexLock lock(mutex_);
    while (held_.size() < count) changed_.Wait(mutex_);
    return *held_[count - 1];
  }

  void LetGo() {
    const MutexLock lock(mutex_);
    for (Call* const call : held_) call->Finish(absl::OkStatus());
    held_.clear();
  }

  grpc::Status Ask(milliseconds deadline = milliseconds(0)) {
    grpc::ClientContext context;
    if (deadline > milliseconds(0)) SetDeadline(context, deadline);
    api::v1::GetStandingResponse response;
    return stub_->GetStanding(&context, {}, &response);
  }
  static void SetDeadline(grpc::ClientContext& context, milliseconds deadline) {
    context.set_deadline(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                      gpr_time_from_millis(deadline.count(), GPR_TIMESPAN)));
  }

  void AwaitCalls(int64_t count) {
    while (limits_->calls() != count) std::this_thread::yield();
  }

  grpc::ServerBuilder builder_;
  api::v1::QueryService::AsyncService service_;
  std::unique_ptr<CallLimits> limits_;
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<api::v1::QueryService::Stub> stub_;
  Mutex mutex_;
  CondVar changed_;
  std::vector<Call*> held_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(HeldCallsTest, BeyondTheCallsThatMayBeUnderWayTheNextIsRefusedUntilOneEnds) {
  LimitsConfig config;
  config.set_max_calls(1);
  Start(config);
  grpc::Status first;
  std::thread caller([&] { first = Ask(); });
  AwaitHeld(1);
  const grpc::Status refused = Ask();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(refused), "OVERLOADED");
  EXPECT_EQ(DetailsOf(refused).retry.retry_delay().nanos(), 200'000'000);
  LetGo();
  caller.join();
  EXPECT_TRUE(first.ok());
  AwaitCalls(0);
  std::thread another([&] { first = Ask(); });
  AwaitHeld(1);
  LetGo();
  another.join();
  EXPECT_TRUE(first.ok());
}

TEST_F(HeldCallsTest, ACancelledCallHoldsItsPlaceUntilItIsDone) {
  LimitsConfig config;
  config.set_max_calls(1);
  Start(config);
  grpc::ClientContext context;
  std::thread caller([&] {
    api::v1::GetStandingResponse response;
    EXPECT_EQ(stub_->GetStanding(&context, {}, &response).error_code(),
              grpc::StatusCode::CANCELLED);
  });
  AwaitHeld(1);
  context.TryCancel();
  caller.join();
  EXPECT_EQ(ReasonOf(Ask()), "OVERLOADED");
  LetGo();
  AwaitCalls(0);
}

TEST_F(HeldCallsTest, WhoNamesNoDeadlineHasTheDefaultOne) {
  LimitsConfig config;
  config.set_default_deadline_seconds(1);
  Start(config);
  const auto begun = std::chrono::steady_clock::now();
  const grpc::Status status = Ask();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(ReasonOf(status), "DEADLINE_EXCEEDED");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, seconds(1));
  EXPECT_EQ(limits_->calls(), 1);  // Whoever has it is not done.
  LetGo();
  AwaitCalls(0);
}

TEST_F(HeldCallsTest, ADeadlineBeyondTheMaximumIsTheMaximum) {
  LimitsConfig config;
  config.set_default_deadline_seconds(1);
  config.set_max_deadline_seconds(1);
  Start(config);
  EXPECT_EQ(ReasonOf(Ask(std::chrono::hours(1))), "DEADLINE_EXCEEDED");
}

TEST_F(HeldCallsTest, WorkThatNobodyWaitsForIsNotDone) {
  LimitsConfig config;
  config.set_default_deadline_seconds(1);
  Start(config);
  EXPECT_EQ(ReasonOf(Ask()), "DEADLINE_EXCEEDED");
  bool asked = false;
  Call& call = AwaitHeld(1);
  {
    const MutexLock lock(mutex_);
    held_.clear();
  }
  call.FinishInTime([&] {
    asked = true;
    return absl::OkStatus();
  });
  AwaitCalls(0);
  EXPECT_FALSE(asked);
}

// --- A whole server.

class LimitedServerTest : public ServiceTest {
 protected:
  // Serves by TCP, with an issuer of identities.
  void Serve(const LimitsConfig& limits) {
    StopServer();
    ServerOptions with = options();
    with.listen_address = "127.0.0.1:0";
    with.limits = limits;
    with.access.emplace();
    const std::string jwks = absl::StrCat(folder(), "/staff.jwks");
    std::ofstream(jwks) << issuer_.Jwks();
    auto& issuer = *with.access->add_token_issuers();
    issuer.set_issuer("https://staff.example");
    issuer.set_audience("goodstanding");
    issuer.set_key_file(jwks);
    for (const char* const name : {"maria", "john"}) {
      auto& binding = *with.access->add_bindings();
      binding.set_identity(absl::StrCat("jwt:https://staff.example#", name));
      binding.add_roles(config::v1::ROLE_STAFF);
      binding.add_roles(config::v1::ROLE_RULE_AUTHOR);
      binding.add_roles(config::v1::ROLE_AUDITOR);
    }
    auto server = Server::Start(with);
    ASSERT_TRUE(server.ok()) << server.status();
    limited_ = *std::move(server);
  }
  ~LimitedServerTest() override { limited_.reset(); }

  std::shared_ptr<grpc::Channel> Connect() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", limited_->port()),
                                     grpc::InsecureChannelCredentials(), arguments);
  }

  void Identify(const std::string& name, grpc::ClientContext& context) const {
    const int64_t now = absl::ToUnixSeconds(Noon("2025-09-15"));
    context.AddMetadata("authorization",
                        absl::StrCat("Bearer ", issuer_.Sign(absl::StrCat(
                                                    R"({"iss":"https://staff.example","sub":")",
                                                    name, R"(","aud":"goodstanding","iat":)", now,
                                                    R"(,"exp":)", now + 600, "}"))));
  }

  grpc::Status ListActivities(const std::string& name, int32_t page_size,
                              api::v1::ListActivitiesResponse* response) const {
    grpc::ClientContext context;
    Identify(name, context);
    api::v1::ListActivitiesRequest request;
    request.set_page_size(page_size);
    return api::v1::QueryService::NewStub(Connect())->ListActivities(&context, request, response);
  }

  const TokenMaker issuer_{"EdDSA", "k1"};
  std::unique_ptr<Server> limited_;
};

TEST_F(LimitedServerTest, ACallerThatCallsTooOftenIsSlowedDownAndOthersAreNot) {
  LimitsConfig limits;
  limits.set_caller_calls_per_second(1);
  limits.set_caller_burst(2);
  Serve(limits);
  api::v1::ListActivitiesResponse response;
  int refused = 0;
  for (int i = 0; i < 4; ++i) {
    const grpc::Status status = ListActivities("maria", 0, &response);
    if (status.ok()) continue;
    ++refused;
    EXPECT_EQ(ReasonOf(status), "TOO_MANY_CALLS");
    const google::protobuf::Duration delay = DetailsOf(status).retry.retry_delay();
    EXPECT_GT(delay.seconds() * 1'000'000'000 + delay.nanos(), 0);
    EXPECT_LE(delay.seconds(), 1);
  }
  EXPECT_GE(refused, 1);
  EXPECT_TRUE(ListActivities("john", 0, &response).ok());
}

TEST_F(LimitedServerTest, APageIsNoLongerThanOneMayBe) {
  for (const char* const id : {"a1", "a2", "a3"}) {
    Do("ApproveActivity", absl::StrCat("activity_id: '", id,
                                       "' sponsor: 'S' title: 'T' credits { hundredths: 100 } "
                                       "period { first_date { year: 2025 month: 1 day: 1 } "
                                       "last_date { year: 2025 month: 12 day: 31 } }"));
  }
  LimitsConfig limits;
  limits.set_max_page_size(2);
  Serve(limits);
  for (const int32_t asked : {0, 2, 3, 1000}) {
    api::v1::ListActivitiesResponse response;
    ASSERT_TRUE(ListActivities("maria", asked, &response).ok());
    EXPECT_EQ(response.activities_size(), 2) << asked;
    EXPECT_FALSE(response.next_page_token().empty()) << asked;
  }
}

TEST_F(LimitedServerTest, AMessageOfTheGreatestSizeIsTakenAndALargerOneIsNot) {
  LimitsConfig limits;
  limits.set_max_message_bytes(65'536);
  Serve(limits);
  const auto send = [&](size_t bytes) {
    // A field that nobody knows: what is measured is the message.
    constexpr char kTag = '\xfa';  // Field 2047 of bytes.
    std::string message = {kTag, '\x7f'};
    size_t length = bytes - 2 - 3;
    for (int i = 0; i < 2; ++i, length >>= 7) message.push_back(static_cast<char>(length | 0x80));
    message.push_back(static_cast<char>(length));
    message.resize(bytes, 'x');
    const Caller caller(Connect());
    return caller.CallBytes("/goodstanding.api.v1.QueryService/ListActivities", message, nullptr);
  };
  // Nobody is identified: that is found after the message was taken.
  EXPECT_EQ(send(65'536).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(send(65'537).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(LimitedServerTest, APreviewACallerAtATime) {
  for (int i = 0; i < 20; ++i) Certify(absl::StrCat("p", i));
  LimitsConfig limits;
  limits.set_max_long_calls(64);
  limits.set_max_streams_per_caller(64);
  Serve(limits);
  using Reader = grpc::ClientReader<api::v1::PreviewCorrectionResponse>;
  const auto stub = api::v1::RulebookService::NewStub(Connect());
  const auto request = Text<api::v1::PreviewCorrectionRequest>(
      "name: 'namss-2025' years { first_year: 2025 last_year: 2025 } "
      "changes { path: 'requirement.single.total' value: '40.00' }");
  const auto finish = [](Reader& reader) {
    api::v1::PreviewCorrectionResponse response;
    while (reader.Read(&response)) {
    }
    return ReasonOf(reader.Finish());
  };
  // However the machine orders them, of so many at once two meet, sooner or later.
  constexpr size_t kAtOnce = 8;
  constexpr int kRounds = 100;
  std::set<std::string> reasons;
  for (int round = 0; round < kRounds && !reasons.contains("TOO_MANY_CALLS"); ++round) {
    std::vector<grpc::ClientContext> contexts(kAtOnce);
    std::vector<std::unique_ptr<Reader>> readers;
    for (grpc::ClientContext& context : contexts) {
      Identify("maria", context);
      readers.push_back(stub->PreviewCorrection(&context, request));
    }
    for (const auto& reader : readers) reasons.insert(finish(*reader));
  }
  EXPECT_THAT(reasons, UnorderedElementsAre("OK", "TOO_MANY_CALLS"));
  grpc::ClientContext context;
  Identify("john", context);
  EXPECT_EQ(finish(*stub->PreviewCorrection(&context, request)), "OK");
}

// The 101st: a limit that is not told makes a client wait for ever.
TEST_F(LimitedServerTest, SubscriptionsBeyondTheirNumberAreToldSo) {
  LimitsConfig limits;
  limits.set_max_streams_per_caller(100);
  Serve(limits);
  const auto stub = api::v1::HistoryService::NewStub(Connect());
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<api::v1::SubscribeResponse>>> readers;
  api::v1::SubscribeResponse response;
  for (int i = 0; i < 101; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    Identify("maria", *contexts.back());
    readers.push_back(stub->Subscribe(contexts.back().get(), {}));
    EXPECT_EQ(readers.back()->Read(&response), i < 100) << i;
  }
  EXPECT_EQ(ReasonOf(readers.back()->Finish()), "TOO_MANY_CALLS");
  for (int i = 0; i < 100; ++i) contexts[static_cast<size_t>(i)]->TryCancel();
  for (int i = 0; i < 100; ++i) {
    while (readers[static_cast<size_t>(i)]->Read(&response)) {
    }
    readers[static_cast<size_t>(i)]->Finish();
  }
}

TEST_F(LimitedServerTest, AConnectionThatIsTooOldTakesNoMoreCallsAndItsStreamsAreCutOff) {
  LimitsConfig limits;
  limits.set_max_connection_age_seconds(10);
  limits.set_max_connection_age_grace_seconds(1);
  Serve(limits);
  const auto stub = api::v1::HistoryService::NewStub(Connect());
  grpc::ClientContext context;
  Identify("maria", context);
  const auto reader = stub->Subscribe(&context, {});
  api::v1::SubscribeResponse response;
  const auto begun = std::chrono::steady_clock::now();
  while (reader->Read(&response)) {
  }
  const auto lasted = std::chrono::steady_clock::now() - begun;
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_GE(lasted, seconds(9));  // gRPC takes a tenth more or less, each time another.
  grpc::ClientContext again;
  Identify("maria", again);
  api::v1::ListActivitiesResponse activities;
  EXPECT_TRUE(
      api::v1::QueryService::NewStub(Connect())->ListActivities(&again, {}, &activities).ok());
}

}  // namespace
}  // namespace goodstanding::services
