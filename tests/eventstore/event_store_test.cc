#include "eventstore/event_store.h"

#include <algorithm>
#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/eventstore/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::eventstore {
namespace {

using ::goodstanding::testing::IsOkAndHolds;
using ::goodstanding::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class EventStoreTest : public StoreTest {
 protected:
  EventStoreTest() { Open(); }
};

TEST_F(EventStoreTest, IsEmptyAtFirst) {
  EXPECT_EQ(store().Head(), 0);
  EXPECT_EQ(store().LastRecordedTime(), absl::InfinitePast());
  EXPECT_THAT(store().StreamVersion("certificant/ana"), IsOkAndHolds(0));
  GS_ASSERT_OK_AND_ASSIGN(const Page page, store().ReadLog(1, Direction::kForward, 10));
  EXPECT_TRUE(page.end);
  EXPECT_THAT(page.records, IsEmpty());
}

TEST_F(EventStoreTest, GivesPositionsAndVersions) {
  GS_ASSERT_OK_AND_ASSIGN(const AppendOutcome ana, store().Append(AppendTo("a", 0, {"1", "2"})));
  GS_ASSERT_OK_AND_ASSIGN(const AppendOutcome ben, store().Append(AppendTo("b", 0, {"3"})));
  GS_ASSERT_OK_AND_ASSIGN(const AppendOutcome again, store().Append(AppendTo("a", 2, {"4"})));
  EXPECT_EQ(ana.first_position, 1);
  EXPECT_EQ(ana.last_position, 2);
  EXPECT_THAT(ana.versions, ElementsAre(1, 2));
  EXPECT_EQ(ana.recorded_time, TestTime());
  EXPECT_FALSE(ana.repeated);
  EXPECT_EQ(ben.first_position, 3);
  EXPECT_THAT(ben.versions, ElementsAre(1));
  EXPECT_THAT(again.versions, ElementsAre(3));
  EXPECT_EQ(store().Head(), 4);
  EXPECT_THAT(store().StreamVersion("a"), IsOkAndHolds(3));
  EXPECT_EQ(store().LastRecordedTime(), TestTime());
}

TEST_F(EventStoreTest, KeepsEveryFieldOfTheCaller) {
  AppendRequest request;
  Record& event = request.events.emplace_back(Event("a", std::string("\0\xff", 2)));
  event.set_request_id("r-1");
  event.set_causation_position(7);
  event.set_correlation_id("c-1");
  event.set_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  event.set_tracestate("vendor=1");
  event.mutable_actor()->set_on_behalf_of_subject("Zo\xc3\xab");
  Record expected = event;
  expected.set_position(1);
  expected.set_version(1);
  expected.set_recorded_micros(absl::ToUnixMicros(TestTime()));
  GS_ASSERT_OK(store().Append(std::move(request)));
  GS_ASSERT_OK_AND_ASSIGN(const Page page, store().ReadStream("a", 1, Direction::kForward, 1));
  ASSERT_EQ(page.records.size(), 1);
  EXPECT_EQ(page.records[0].SerializeAsString(), expected.SerializeAsString());
}

TEST_F(EventStoreTest, ReadsTheLogInPagesBothWays) {
  GS_ASSERT_OK(store().Append(AppendTo("a", 0, {"1", "2"})));
  GS_ASSERT_OK(store().Append(AppendTo("b", 0, {"3"})));
  GS_ASSERT_OK(store().Append(AppendTo("a", 2, {"4", "5"})));
  GS_ASSERT_OK_AND_ASSIGN(const Page first, store().ReadLog(1, Direction::kForward, 3));
  EXPECT_THAT(Payloads(first), ElementsAre("1", "2", "3"));
  EXPECT_FALSE(first.end);
  GS_ASSERT_OK_AND_ASSIGN(const Page second, store().ReadLog(4, Direction::kForward, 3));
  EXPECT_THAT(Payloads(second), ElementsAre("4", "5"));
  EXPECT_TRUE(second.end);
  GS_ASSERT_OK_AND_ASSIGN(const Page back, store().ReadLog(4, Direction::kBackward, 2));
  EXPECT_THAT(Payloads(back), ElementsAre("4", "3"));
  EXPECT_FALSE(back.end);
  GS_ASSERT_OK_AND_ASSIGN(const Page rest, store().ReadLog(2, Direction::kBackward, 2));
  EXPECT_THAT(Payloads(rest), ElementsAre("2", "1"));
  EXPECT_TRUE(rest.end);
  GS_ASSERT_OK_AND_ASSIGN(const Page from_end, store().ReadLog(99, Direction::kBackward, 1));
  EXPECT_THAT(Payloads(from_end), ElementsAre("5"));
  GS_ASSERT_OK_AND_ASSIGN(const Page behind, store().ReadLog(99, Direction::kForward, 1));
  EXPECT_THAT(behind.records, IsEmpty());
  EXPECT_TRUE(behind.end);
}

TEST_F(EventStoreTest, ReadsAStreamInPagesBothWays) {
  GS_ASSERT_OK(store().Append(AppendTo("a", 0, {"1", "2"})));
  GS_ASSERT_OK(store().Append(AppendTo("a-b", 0, {"x"})));
  GS_ASSERT_OK(store().Append(AppendTo("a", 2, {"3"})));
  GS_ASSERT_OK_AND_ASSIGN(const Page first, store().ReadStream("a", 1, Direction::kForward, 2));
  EXPECT_THAT(Payloads(first), ElementsAre("1", "2"));
  EXPECT_FALSE(first.end);
  GS_ASSERT_OK_AND_ASSIGN(const Page rest, store().ReadStream("a", 3, Direction::kForward, 2));
  EXPECT_THAT(Payloads(rest), ElementsAre("3"));
  EXPECT_TRUE(rest.end);
  GS_ASSERT_OK_AND_ASSIGN(const Page back,
                          store().ReadStream("a", INT64_MAX, Direction::kBackward, 2));
  EXPECT_THAT(Payloads(back), ElementsAre("3", "2"));
  EXPECT_FALSE(back.end);
  GS_ASSERT_OK_AND_ASSIGN(const Page start, store().ReadStream("a", 1, Direction::kBackward, 2));
  EXPECT_THAT(Payloads(start), ElementsAre("1"));
  EXPECT_TRUE(start.end);
  GS_ASSERT_OK_AND_ASSIGN(const Page none, store().ReadStream("c", 1, Direction::kForward, 2));
  EXPECT_TRUE(none.end);
}

TEST_F(EventStoreTest, EndsAPageAtAboutOneMebibyte) {
  const std::string large(400'000, 'x');
  GS_ASSERT_OK(store().Append(AppendTo("a", 0, {large, large, large, large, large})));
  GS_ASSERT_OK_AND_ASSIGN(const Page page, store().ReadLog(1, Direction::kForward, 100));
  EXPECT_EQ(page.records.size(), 3);
  EXPECT_FALSE(page.end);
}

TEST_F(EventStoreTest, VisitsAStreamAndTheLog) {
  GS_ASSERT_OK(store().Append(AppendTo("a", 0, {"1", "2"})));
  GS_ASSERT_OK(store().Append(AppendTo("b", 0, {"3"})));
  GS_ASSERT_OK(store().Append(AppendTo("a", 2, {"4"})));
  std::vector<std::string> seen;
  const auto note = [&](const Record& record) {
    seen.push_back(record.payload());
    return absl::OkStatus();
  };
  GS_ASSERT_OK(store().VisitStream("a", note));
  EXPECT_THAT(seen, ElementsAre("1", "2", "4"));
  seen.clear();
  GS_ASSERT_OK(store().VisitLog(2, 3, note));
  EXPECT_THAT(seen, ElementsAre("2", "3"));
  seen.clear();
  GS_ASSERT_OK(store().VisitLog(1, INT64_MAX, note));
  EXPECT_THAT(seen, ElementsAre("1", "2", "3", "4"));
  const auto stop = [&](const Record&) { return absl::CancelledError("enough"); };
  EXPECT_THAT(store().VisitStream("a", stop), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(store().VisitLog(1, 4, stop), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(EventStoreTest, VisitsMoreThanOneIteratorHolds) {
  std::vector<std::string> payloads;
  for (int i = 0; i < 10'000; ++i) payloads.push_back(absl::StrCat(i));
  GS_ASSERT_OK(store().Append(AppendTo("a", 0, payloads)));
  std::vector<std::string> seen;
  const auto note = [&](const Record& record) {
    seen.push_back(record.payload());
    return absl::OkStatus();
  };
  GS_ASSERT_OK(store().VisitStream("a", note));
  EXPECT_EQ(seen, payloads);
  seen.clear();
  GS_ASSERT_OK(store().VisitLog(1, 10'000, note));
  EXPECT_EQ(seen, payloads);
}

TEST_F(EventStoreTest, ListsStreamsByPrefix) {
  for (const char* name : {"a/1", "a/1x", "a/2", "b/1"}) {
    GS_ASSERT_OK(store().Append(AppendTo(name, 0, {"1", "2"})));
  }
  EXPECT_THAT(store().ListStreams("a/", "", 10), IsOkAndHolds(ElementsAre("a/1", "a/1x", "a/2")));
  EXPECT_THAT(store().ListStreams("a/", "a/1", 1), IsOkAndHolds(ElementsAre("a/1x")));
  EXPECT_THAT(store().ListStreams("", "a/2", 10), IsOkAndHolds(ElementsAre("b/1")));
  EXPECT_THAT(store().ListStreams("c", "", 10), IsOkAndHolds(IsEmpty()));
}

TEST_F(EventStoreTest, RefusesAnotherVersionThanExpected) {
  GS_ASSERT_OK(store().Append(AppendTo("a", 0, {"1"})));
  const auto conflict = store().Append(AppendTo("a", 0, {"2"}));
  EXPECT_THAT(conflict, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(GetStreamConflict(conflict.status()),
            (StreamConflict{.stream = "a", .expected = 0, .actual = 1}));
  EXPECT_EQ(store().Head(), 1);
  GS_ASSERT_OK_AND_ASSIGN(const AppendOutcome next, store().Append(AppendTo("b", 0, {"2"})));
  EXPECT_EQ(next.first_position, 2);
}

TEST_F(EventStoreTest, ChecksStreamsThatItDoesNotWrite) {
  GS_ASSERT_OK(store().Append(AppendTo("rules", 0, {"1"})));
  AppendRequest request = AppendTo("a", 0, {"1"});
  request.expectations.push_back({.stream = "rules", .version = 0});
  EXPECT_THAT(store().Append(request), StatusIs(absl::StatusCode::kAborted));
  request.expectations.back().version = 1;
  GS_EXPECT_OK(store().Append(request));
}

TEST_F(EventStoreTest, AppendsToSeveralStreamsAtOnceOrToNone) {
  AppendRequest request;
  request.events = {Event("a", "1"), Event("b", "2"), Event("a", "3")};
  GS_ASSERT_OK_AND_ASSIGN(const AppendOutcome outcome, store().Append(request));
  EXPECT_THAT(outcome.versions, ElementsAre(1, 1, 2));
  request.expectations = {{.stream = "a", .version = 2}, {.stream = "b", .version = 7}};
  EXPECT_THAT(store().Append(request), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(store().StreamVersion("a"), IsOkAndHolds(2));
  EXPECT_THAT(store().StreamVersion("b"), IsOkAndHolds(1));
  EXPECT_EQ(store().Head(), 3);
}

TEST_F(EventStoreTest, RepeatsTheAnswerOfARequestForEver) {
  AppendRequest request = AppendTo("a", 0, {"1", "2"});
  request.request = Request("r-1");
  request.answer = "the answer";
  GS_ASSERT_OK(store().Append(request));
  for (const bool reopen : {false, true}) {
    if (reopen) Open();
    clock_.Set(TestTime() + absl::Hours(1));
    GS_ASSERT_OK_AND_ASSIGN(const AppendOutcome again, store().Append(request));
    EXPECT_TRUE(again.repeated);
    EXPECT_EQ(again.first_position, 1);
    EXPECT_EQ(again.last_position, 2);
    EXPECT_THAT(again.versions, ElementsAre(1, 2));
    EXPECT_EQ(again.answer, "the answer");
    EXPECT_EQ(again.recorded_time, TestTime());
    EXPECT_EQ(store().Head(), 2);
    GS_ASSERT_OK_AND_ASSIGN(const auto found, store().FindRequest(Request("r-1")));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->answer, "the answer");
  }
}

TEST_F(EventStoreTest, RefusesARequestIdWithOtherContent) {
  AppendRequest request = AppendTo("a", 0, {"1"});
  request.request = Request("r-1");
  GS_ASSERT_OK(store().Append(request));
  request.request = Request("r-1", 'e');
  const auto refused = store().Append(request);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_TRUE(IsRequestIdReused(refused.status()));
  EXPECT_THAT(store().FindRequest(*request.request), StatusIs(absl::StatusCode::kAlreadyExists));
  request = AppendTo("a", 1, {"1"});
  request.request = Request("r-1", 'e');
  request.request->scope = "another caller";
  GS_EXPECT_OK(store().Append(request));
}

TEST_F(EventStoreTest, ForgetsARequestThatWasRefused) {
  AppendRequest request = AppendTo("a", 5, {"1"});
  request.request = Request("r-1");
  EXPECT_THAT(store().Append(request), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(store().FindRequest(*request.request), IsOkAndHolds(std::nullopt));
  request.expectations[0].version = 0;
  GS_EXPECT_OK(store().Append(request));
}

// Collects the answers of a group.
class Answers {
 public:
  EventStore::Done Next() {
    const MutexLock lock(mutex_);
    ++open_;
    return [this](absl::StatusOr<AppendOutcome> outcome) {
      const MutexLock inner(mutex_);
      outcomes_.push_back(std::move(outcome));
      --open_;
      changed_.SignalAll();
    };
  }

  std::vector<absl::StatusOr<AppendOutcome>> Wait() {
    const MutexLock lock(mutex_);
    while (open_ > 0) changed_.Wait(mutex_);
    return outcomes_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int open_ = 0;
  std::vector<absl::StatusOr<AppendOutcome>> outcomes_;
};

TEST_F(EventStoreTest, SeesEarlierAppendsOfItsGroup) {
  AppendRequest request = AppendTo("a", 0, {"1"});
  request.request = Request("r-1");
  AppendRequest other = request;
  other.request = Request("r-1", 'e');
  Answers answers;
  std::vector<EventStore::Pending> group;
  for (const AppendRequest& each : {request, request, other, AppendTo("a", 0, {"x"}),
                                    AppendTo("a", 1, {"2"}), AppendTo("b", 0, {"3"})}) {
    group.push_back({each, answers.Next()});
  }
  store().AppendGroupAsync(std::move(group));
  const auto outcomes = answers.Wait();
  ASSERT_EQ(outcomes.size(), 6);
  EXPECT_FALSE(outcomes[0]->repeated);
  EXPECT_TRUE(outcomes[1]->repeated);
  EXPECT_EQ(outcomes[1]->first_position, 1);
  EXPECT_TRUE(IsRequestIdReused(outcomes[2].status()));
  EXPECT_THAT(outcomes[3], StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(outcomes[4]->first_position, 2);
  EXPECT_EQ(outcomes[5]->first_position, 3);
  EXPECT_EQ(store().Head(), 3);
}

TEST_F(EventStoreTest, RecordedTimeNeverGoesBack) {
  GS_ASSERT_OK(store().Append(AppendTo("a", 0, {"1"})));
  clock_.Set(TestTime() - absl::Hours(24));
  GS_ASSERT_OK_AND_ASSIGN(const AppendOutcome back, store().Append(AppendTo("a", 1, {"2"})));
  EXPECT_EQ(back.recorded_time, TestTime());
  Open();
  GS_ASSERT_OK_AND_ASSIGN(const AppendOutcome anew, store().Append(AppendTo("a", 2, {"3"})));
  EXPECT_EQ(anew.recorded_time, TestTime());
  clock_.Set(TestTime() + absl::Microseconds(1));
  GS_ASSERT_OK_AND_ASSIGN(const AppendOutcome on, store().Append(AppendTo("a", 3, {"4"})));
  EXPECT_EQ(on.recorded_time, TestTime() + absl::Microseconds(1));
}

TEST_F(EventStoreTest, KeepsEventsAndOriginOverAReopening) {
  const std::string origin = store().Origin();
  EXPECT_THAT(origin, HasSubstr("goodstanding/"));
  EXPECT_EQ(origin.size(), 13 + 32);
  GS_ASSERT_OK(store().Append(AppendTo("a", 0, {"1", "2"})));
  Open();
  EXPECT_EQ(store().Origin(), origin);
  EXPECT_EQ(store().Head(), 2);
  EXPECT_EQ(store().LastRecordedTime(), TestTime());
  EXPECT_THAT(store().StreamVersion("a"), IsOkAndHolds(2));
  GS_ASSERT_OK_AND_ASSIGN(const AppendOutcome next, store().Append(AppendTo("a", 2, {"3"})));
  EXPECT_EQ(next.first_position, 3);
}

TEST_F(EventStoreTest, RefusesAppendsThatBreakALimit) {
  struct Case {
    const char* why;
    std::function<void(AppendRequest&)> change;
  };
  const std::vector<Case> cases = {
      {"no event", [](AppendRequest& r) { r.events.clear(); }},
      {"empty stream name", [](AppendRequest& r) { r.events[0].clear_stream(); }},
      {"space in stream name", [](AppendRequest& r) { r.events[0].set_stream("a b"); }},
      {"long stream name", [](AppendRequest& r) { r.events[0].set_stream(std::string(201, 'a')); }},
      {"no kind", [](AppendRequest& r) { r.events[0].clear_kind(); }},
      {"large payload",
       [](AppendRequest& r) { r.events[0].set_payload(std::string((1 << 20) + 1, 'x')); }},
      {"no text", [](AppendRequest& r) { r.events[0].mutable_actor()->set_subject("\xff"); }},
      {"overlong text", [](AppendRequest& r) { r.events[0].set_tracestate("\xc0\x80"); }},
      {"surrogate", [](AppendRequest& r) { r.events[0].set_correlation_id("\xed\xa0\x80"); }},
      {"negative cause", [](AppendRequest& r) { r.events[0].set_causation_position(-1); }},
      {"negative version", [](AppendRequest& r) { r.expectations[0].version = -1; }},
      {"no request id", [](AppendRequest& r) { r.request = Request(""); }},
      {"long request id", [](AppendRequest& r) { r.request = Request(std::string(129, 'r')); }},
      {"NUL in scope",
       [](AppendRequest& r) {
         r.request = Request("r");
         r.request->scope = std::string("a\0b", 3);
       }},
      {"short digest",
       [](AppendRequest& r) {
         r.request = Request("r");
         r.request->digest.pop_back();
       }},
      {"large answer", [](AppendRequest& r) { r.answer = std::string((1 << 20) + 1, 'x'); }},
      {"too many events", [](AppendRequest& r) { r.events.resize(100'001, r.events[0]); }},
      {"too many bytes",
       [](AppendRequest& r) {
         r.events[0].set_payload(std::string(1 << 20, 'x'));
         r.events.resize(97, r.events[0]);
       }},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    AppendRequest request = AppendTo("a", 0, {"1"});
    test.change(request);
    EXPECT_THAT(store().Append(request), StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_EQ(store().Head(), 0);
}

TEST_F(EventStoreTest, StoresTheLargestAppend) {
  AppendRequest request;
  request.events.assign(100'000, Event("a", "x"));
  request.request = Request("r-1");
  GS_ASSERT_OK_AND_ASSIGN(const AppendOutcome outcome, store().Append(request));
  EXPECT_EQ(outcome.last_position, 100'000);
  GS_ASSERT_OK_AND_ASSIGN(const auto found, store().FindRequest(*request.request));
  EXPECT_EQ(found->versions.size(), 100'000);
  Open();
  EXPECT_EQ(store().Head(), 100'000);
}

TEST_F(EventStoreTest, WaitsForTheHead) {
  EXPECT_EQ(store().WaitForHead(0, absl::InfiniteDuration()), 0);
  EXPECT_EQ(store().WaitForHead(1, absl::Milliseconds(1)), 0);
  std::thread writer([this] {
    for (int i = 0; i < 10; ++i) GS_EXPECT_OK(store().Append(AppendTo("a", i, {"x"})));
  });
  EXPECT_GE(store().WaitForHead(10, absl::InfiniteDuration()), 10);
  writer.join();
}

TEST_F(EventStoreTest, PositionsHaveNoGapUnderConcurrentWritersAndConflicts) {
  constexpr int kWriters = 16;
  constexpr int kAppends = 100;
  const uint64_t seed = TestSeed(1);
  std::atomic<int> stored = 0;
  std::atomic<bool> done = false;
  // A reader that follows sees 1, 2, 3 … and never anything else.
  std::thread follower([&] {
    int64_t next = 1;
    while (!done || next <= store().Head()) {
      store().WaitForHead(next, absl::Milliseconds(20));
      const auto page = store().ReadLog(next, Direction::kForward, 64);
      ASSERT_THAT(page, ::goodstanding::testing::IsOk());
      for (const Record& record : page->records) ASSERT_EQ(record.position(), next++);
    }
  });
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      std::mt19937_64 random(seed + static_cast<uint64_t>(writer));
      for (int i = 0; i < kAppends; ++i) {
        const std::string stream = absl::StrCat("s", random() % 4);
        const auto version = store().StreamVersion(stream);
        ASSERT_THAT(version, ::goodstanding::testing::IsOk());
        const auto outcome = store().Append(AppendTo(stream, *version, {"x", "y"}));
        if (outcome.ok()) {
          ++stored;
        } else {
          ASSERT_THAT(outcome, StatusIs(absl::StatusCode::kAborted));
        }
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  done = true;
  follower.join();
  EXPECT_GT(stored, 0);
  EXPECT_EQ(store().Head(), 2 * stored);
  Open();
  EXPECT_EQ(store().Head(), 2 * stored);
  int64_t versions = 0;
  for (int i = 0; i < 4; ++i) versions += store().StreamVersion(absl::StrCat("s", i)).value();
  EXPECT_EQ(versions, 2 * stored);
}

}  // namespace
}  // namespace goodstanding::eventstore
