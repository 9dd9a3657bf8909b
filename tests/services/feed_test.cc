#include "services/feed.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "goodstanding/api/v1/command_service.grpc.pb.h"
#include "gtest/gtest.h"
#include "services/server.h"
#include "tests/services/feed_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::services {
namespace {

using api::v1::EventFilter;
using api::v1::FEED_MARK_ALIVE;
using api::v1::FEED_MARK_CAUGHT_UP;
using api::v1::FEED_MARK_FELL_BEHIND;
using api::v1::FEED_MARK_UNSPECIFIED;
using api::v1::SubscribeRequest;
using api::v1::SubscribeResponse;
using ::testing::IsEmpty;
using ::testing::SizeIs;

void SetMarkInterval(absl::Duration interval, SubscribeRequest& request) {
  request.mutable_mark_interval()->set_seconds(absl::ToInt64Seconds(interval));
  request.mutable_mark_interval()->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(interval % absl::Seconds(1))));
}

// The seed of a randomised test: GS_TEST_SEED, or a fixed one. Printed.
uint64_t TestSeed(uint64_t fixed) {
  uint64_t seed = fixed;
  const char* const given = std::getenv("GS_TEST_SEED");
  if (given != nullptr && !absl::SimpleAtoi(given, &seed)) seed = fixed;
  std::cout << "GS_TEST_SEED=" << seed << std::endl;
  return seed;
}

// One of every sort that the filters tell apart.
eventstore::Record EventNumber(int64_t number) {
  constexpr int kPeople = 20;
  const std::string id = absl::StrCat("c", number % kPeople);
  switch (number % 7) {
    case 0:
      return WithdrawalEvent(absl::StrCat("a", number % 3));
    case 1:
    case 2:
      return PaymentEvent(id);
    default:
      return NoticeEvent(id);
  }
}

EventFilter Filter(const std::vector<std::string>& prefixes, const std::vector<std::string>& ids,
                   const std::vector<std::string>& kinds) {
  EventFilter filter;
  for (const std::string& prefix : prefixes) filter.add_stream_prefixes(prefix);
  for (const std::string& id : ids) filter.add_certificant_ids(id);
  for (const std::string& kind : kinds) filter.add_kinds(kind);
  return filter;
}

std::vector<EventFilter> Filters() {
  return {
      Filter({}, {}, {}),
      Filter({"certificant/"}, {}, {}),
      Filter({"activity/a1", "rules/"}, {}, {}),
      Filter({}, {"c3", "c11", "nobody"}, {}),
      Filter({}, {}, {"PaymentReceived"}),
      Filter({"activity/"}, {"c3"}, {"ActivityWithdrawn", "NoticeSent"}),
      Filter({"rules/"}, {}, {}),
  };
}

// What a reader may hold against the feed, response by response.
class Ledger {
 public:
  explicit Ledger(int64_t after, int page_size) : position_(after), page_size_(page_size) {}

  void Take(const SubscribeResponse& response, std::vector<EventKey>& events) {
    EXPECT_LE(response.events_size(), page_size_);
    for (const auto& event : response.events()) {
      EXPECT_GT(event.record().position(), position_);
      position_ = event.record().position();
      events.push_back(KeyOf(event.record()));
    }
    EXPECT_GE(response.position(), position_);
    EXPECT_GE(response.head_position(), response.position());
    position_ = response.position();
    EXPECT_EQ(response.origin().empty(), !first_);
    first_ = false;
    TakeMark(response);
  }

  int64_t position() const { return position_; }

 private:
  void TakeMark(const SubscribeResponse& response) {
    switch (response.mark()) {
      case FEED_MARK_CAUGHT_UP:
        EXPECT_FALSE(live_);
        EXPECT_EQ(response.position(), response.head_position());
        live_ = true;
        break;
      case FEED_MARK_FELL_BEHIND:
        EXPECT_TRUE(live_);
        EXPECT_THAT(response.events(), IsEmpty());
        live_ = false;
        break;
      case FEED_MARK_ALIVE:
        EXPECT_THAT(response.events(), IsEmpty());
        break;
      default:
        EXPECT_GT(response.events_size(), 0);
    }
  }

  int64_t position_;
  const int page_size_;
  bool first_ = true;
  bool live_ = false;
};

class HandOverTest : public FeedTest {
 protected:
  // Reads to `end`, subscribing anew behind the last position now and then.
  void ReadWithInterruptions(SubscribeRequest request, uint64_t seed,
                             const std::function<bool(int64_t)>& at_end,
                             std::vector<EventKey>& events) {
    std::mt19937_64 random(seed);
    SetMarkInterval(absl::Milliseconds(5), request);
    const absl::Time latest = clock_.Now() + absl::Minutes(2);
    while (!at_end(request.after_position())) {
      ASSERT_LT(clock_.Now(), latest) << "still at " << request.after_position();
      FeedReader reader(stub(), request);
      Ledger ledger(request.after_position(), request.page_size());
      for (uint64_t left = 1 + random() % 2000; left > 0 && !at_end(ledger.position()); --left) {
        const std::optional<SubscribeResponse> response = reader.Read();
        ASSERT_TRUE(response.has_value()) << reader.Finish().error_message();
        ledger.Take(*response, events);
      }
      request.set_after_position(ledger.position());
    }
  }

  // Appends at full speed, in groups of random size.
  void AppendAll(int64_t count, uint64_t seed) {
    std::mt19937_64 random(seed);
    for (int64_t number = 0; number < count;) {
      std::vector<eventstore::Record> events;
      for (uint64_t left = 1 + random() % 30; left > 0 && number < count; --left) {
        events.push_back(EventNumber(number++));
      }
      Append(std::move(events));
    }
  }
};

TEST_F(HandOverTest, HasNoGapAndNoRepeatWhileAWriterRunsAtFullSpeed) {
  const uint64_t seed = TestSeed(20'260'101);
  constexpr int64_t kBefore = 3'000;
  constexpr int64_t kAll = 12'000;
  FeedOptions options = FastMarks();
  options.live_window = 100;  // So that readers fall behind and catch up many times.
  AppendAll(kBefore, seed);
  Start(options);
  std::atomic<bool> written = false;
  const auto at_end = [&](int64_t position) { return written && position == kAll; };

  struct Run {
    SubscribeRequest request;
    std::vector<EventKey> events;
  };
  std::vector<Run> runs;
  std::mt19937_64 random(seed);
  for (const int page_size : {1, 2, 7, 100, 1000}) {
    for (const EventFilter& filter : Filters()) {
      Run& run = runs.emplace_back();
      run.request.set_page_size(page_size);
      *run.request.mutable_filter() = filter;
      run.request.set_after_position(static_cast<int64_t>(random() % (kBefore + 1)));
      run.request.set_stored_only(random() % 2 == 0);
    }
  }
  std::vector<std::thread> readers;
  for (size_t i = 0; i < runs.size(); ++i) {
    readers.emplace_back(
        [&, i] { ReadWithInterruptions(runs[i].request, seed + i, at_end, runs[i].events); });
  }
  AppendAll(kAll - kBefore, seed + runs.size());
  written = true;
  for (std::thread& reader : readers) reader.join();
  for (const Run& run : runs) {
    SCOPED_TRACE(run.request.ShortDebugString());
    EXPECT_EQ(run.events, Logged(run.request.after_position(), run.request.filter()));
  }
}

TEST_F(FeedTest, ResumesBehindEveryResponse) {
  for (int64_t number = 0; number < 60; ++number) Append({EventNumber(number)});
  Start(FastMarks());
  for (const EventFilter& filter : Filters()) {
    SubscribeRequest request;
    request.set_page_size(3);
    *request.mutable_filter() = filter;
    FeedReader reader(stub(), request);
    SubscribeResponse response;
    do {
      const auto next = reader.Read();
      ASSERT_TRUE(next.has_value());
      response = *next;
      SubscribeRequest resumed = request;
      resumed.set_after_position(response.position());
      resumed.set_origin(store_->Origin());
      std::vector<EventKey> rest;
      FeedReader second(stub(), resumed);
      ASSERT_TRUE(second.ReadUntil(FEED_MARK_CAUGHT_UP, &rest).has_value());
      EXPECT_EQ(rest, Logged(response.position(), filter));
    } while (response.mark() != FEED_MARK_CAUGHT_UP);
  }
}

TEST_F(FeedTest, ShowsEachEventWithItsPayloadAndTheOriginOnce) {
  Append({PaymentEvent("ana"), WithdrawalEvent("a1")});
  Start(FastMarks());
  FeedReader reader(stub(), SubscribeRequest());
  const auto history = reader.Read();
  ASSERT_TRUE(history.has_value());
  EXPECT_EQ(history->origin(), store_->Origin());
  EXPECT_EQ(history->mark(), FEED_MARK_CAUGHT_UP);
  ASSERT_THAT(history->events(), SizeIs(2));
  EXPECT_EQ(history->events(0).certificant().payment_received().amount_minor_units(), 20'000);
  EXPECT_EQ(history->events(0).record().position(), 1);
  EXPECT_TRUE(history->events(0).has_recorded_time());
  EXPECT_EQ(history->events(1).activity().activity_withdrawn().reason(), "No syllabus.");

  Append({NoticeEvent("ana")});
  const auto live = reader.Read();
  ASSERT_TRUE(live.has_value());
  EXPECT_EQ(live->origin(), "");
  EXPECT_EQ(live->mark(), FEED_MARK_UNSPECIFIED);
  ASSERT_THAT(live->events(), SizeIs(1));
  EXPECT_EQ(live->position(), 3);
}

TEST_F(FeedTest, StoredOnlyGivesTheSameRecordsAndNothingElse) {
  for (int64_t number = 0; number < 60; ++number) Append({EventNumber(number)});
  Append({NoticeEvent("c1", 100 << 10), NoticeEvent("c1", 400 << 10), NoticeEvent("c2", 10)});
  Start(FastMarks());
  for (const EventFilter& filter : Filters()) {
    SCOPED_TRACE(filter.ShortDebugString());
    SubscribeRequest request;
    *request.mutable_filter() = filter;
    std::vector<std::string> records[2];
    for (const bool stored_only : {false, true}) {
      request.set_stored_only(stored_only);
      FeedReader reader(stub(), request);
      std::optional<SubscribeResponse> response;
      do {
        response = reader.Read();
        ASSERT_TRUE(response.has_value());
        for (const auto& event : response->events()) {
          records[stored_only ? 1 : 0].push_back(event.record().SerializeAsString());
          if (!stored_only) continue;
          EXPECT_EQ(store_->StoredRecord(event.record().position()).value(),
                    event.record().SerializeAsString());
          EXPECT_EQ(event.payload_case(), api::v1::HistoryEvent::PAYLOAD_NOT_SET);
          EXPECT_FALSE(event.has_recorded_time());
        }
      } while (response->mark() != FEED_MARK_CAUGHT_UP);
      EXPECT_EQ(response->position(), store_->Head());
    }
    EXPECT_EQ(records[0], records[1]);
  }
}

TEST_F(FeedTest, AnEmptyLogIsCaughtUpAtOnce) {
  Start(FastMarks());
  FeedReader reader(stub(), SubscribeRequest());
  const auto mark = reader.Read();
  ASSERT_TRUE(mark.has_value());
  EXPECT_EQ(mark->mark(), FEED_MARK_CAUGHT_UP);
  EXPECT_EQ(mark->position(), 0);
  const int64_t position = AppendNotices(1);
  EXPECT_EQ(reader.Read()->position(), position);
}

TEST_F(FeedTest, MarksAdvanceWhereEverythingIsFilteredOut) {
  AppendNotices(10'000);
  Start(FastMarks());
  SubscribeRequest request;
  request.mutable_filter()->add_kinds("CredentialGranted");
  SetMarkInterval(absl::Milliseconds(2), request);
  FeedReader reader(stub(), request);
  std::vector<EventKey> events;
  const auto caught_up = reader.ReadUntil(FEED_MARK_CAUGHT_UP, &events);
  ASSERT_TRUE(caught_up.has_value());
  EXPECT_EQ(caught_up->position(), 10'000);
  for (int i = 0; i < 5; ++i) {
    const int64_t head = AppendNotices(10);
    int64_t position = 0;
    while (position < head) {
      const auto mark = reader.ReadUntil(FEED_MARK_ALIVE, &events);
      ASSERT_TRUE(mark.has_value());
      position = mark->position();
    }
    EXPECT_EQ(position, head);
  }
  EXPECT_THAT(events, IsEmpty());
}

TEST_F(FeedTest, AnIdleFeedSaysThatItIsAlive) {
  const int64_t head = AppendNotices(1);
  Start(FastMarks());
  SubscribeRequest request;
  request.set_after_position(head);
  SetMarkInterval(absl::Milliseconds(1), request);
  FeedReader reader(stub(), request);
  ASSERT_EQ(reader.Read()->mark(), FEED_MARK_CAUGHT_UP);
  for (int i = 0; i < 10; ++i) {
    const auto mark = reader.Read();
    ASSERT_TRUE(mark.has_value());
    EXPECT_EQ(mark->mark(), FEED_MARK_ALIVE);
    EXPECT_EQ(mark->position(), head);
  }
}

TEST_F(FeedTest, SaysThatItFellBehindAndCaughtUpAgain) {
  FeedOptions options = FastMarks();
  options.live_window = 10;
  Start(options);
  FeedReader reader(stub(), SubscribeRequest());
  ASSERT_EQ(reader.Read()->mark(), FEED_MARK_CAUGHT_UP);
  AppendNotices(10);  // As many as the window takes.
  EXPECT_EQ(reader.Read()->mark(), FEED_MARK_UNSPECIFIED);
  AppendNotices(11);
  const auto behind = reader.Read();
  ASSERT_TRUE(behind.has_value());
  EXPECT_EQ(behind->mark(), FEED_MARK_FELL_BEHIND);
  EXPECT_EQ(behind->position(), 10);
  EXPECT_EQ(behind->head_position(), 21);
  std::vector<EventKey> events;
  EXPECT_EQ(reader.ReadUntil(FEED_MARK_CAUGHT_UP, &events)->position(), 21);
  EXPECT_THAT(events, SizeIs(11));
}

TEST_F(FeedTest, AReaderThatDoesNotReadCostsLittleAndHoldsUpNobody) {
  constexpr int kEventBytes = 10'000;
  static constexpr int kEvents = 2'000;  // 20 MB, and as much again for the decoded payloads.
  FeedOptions options = FastMarks();
  options.live_window = 100;
  Start(options);
  FeedReader stalled(stub(), SubscribeRequest());
  ASSERT_EQ(stalled.Read()->mark(), FEED_MARK_CAUGHT_UP);
  std::vector<std::thread> others;
  for (int i = 0; i < 5; ++i) {
    others.emplace_back([this] {
      FeedReader reader(stub(), SubscribeRequest());
      Ledger ledger(0, 1000);
      std::vector<EventKey> events;
      while (ledger.position() < kEvents) {
        const auto response = reader.Read();
        ASSERT_TRUE(response.has_value());
        ledger.Take(*response, events);
      }
      EXPECT_THAT(events, SizeIs(kEvents));
    });
  }
  for (int i = 0; i < kEvents; ++i) AppendNotices(1, kEventBytes);
  for (std::thread& other : others) other.join();

  // All that was under way to it while it did not read, of 40 MB: a response, and what the
  // connection and the server's writer take.
  std::vector<EventKey> events;
  size_t bytes = 0;
  while (const auto response = stalled.Read()) {
    if (response->mark() == FEED_MARK_FELL_BEHIND) break;
    bytes += response->ByteSizeLong();
    for (const auto& event : response->events()) events.push_back(KeyOf(event.record()));
  }
  EXPECT_LT(bytes, size_t{1} << 20);
  ASSERT_TRUE(stalled.ReadUntil(FEED_MARK_CAUGHT_UP, &events).has_value());
  EXPECT_EQ(events, Logged(0, EventFilter()));
}

TEST_F(FeedTest, ResponsesHoldSomeBytesOrOneEvent) {
  constexpr size_t kPageBytes = 256 << 10;
  AppendNotices(40, 20'000);
  AppendNotices(3, 900'000);  // With both copies of the payload still below 4 MiB.
  AppendNotices(40, 20'000);
  Start(FastMarks());
  FeedReader reader(stub(), SubscribeRequest());
  int64_t position = 0;
  int responses = 0;
  while (position < 83) {
    const auto response = reader.Read();
    ASSERT_TRUE(response.has_value());
    EXPECT_TRUE(response->events_size() == 1 || response->ByteSizeLong() < kPageBytes + 1'000)
        << response->events_size();
    EXPECT_EQ(response->position(), position + response->events_size());
    position = response->position();
    ++responses;
  }
  EXPECT_LT(responses, 30);  // Pages are filled.
}

TEST_F(FeedTest, PageSizesAboveTheMostMeanTheMost) {
  AppendNotices(1'500);
  Start(FastMarks());
  for (const int page_size : {0, 1'000'000}) {
    SubscribeRequest request;
    request.set_page_size(page_size);
    FeedReader reader(stub(), request);
    EXPECT_THAT(reader.Read()->events(), SizeIs(1'000)) << page_size;
  }
}

TEST_F(FeedTest, GivesWhatIsBeforeADamagedEventThenEnds) {
  eventstore::Record damaged = NoticeEvent("ana");
  damaged.set_payload("no message");
  Append({NoticeEvent("ana"), NoticeEvent("ana"), damaged, NoticeEvent("ana")});
  Start(FastMarks());
  FeedReader reader(stub(), SubscribeRequest());
  const auto first = reader.Read();
  ASSERT_TRUE(first.has_value());
  EXPECT_THAT(first->events(), SizeIs(2));
  EXPECT_EQ(first->position(), 2);
  EXPECT_FALSE(reader.Read().has_value());
  const grpc::Status status = reader.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(ReasonOf(status), "DATA_LOSS");
}

TEST_F(FeedTest, RefusesALogOfAnotherOrigin) {
  AppendNotices(5);
  Start(FastMarks());
  SubscribeRequest request;
  request.set_after_position(900);  // Of the other log: the origin says more than the position.
  request.set_origin("another log");
  const grpc::Status status = Refusal(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  const google::rpc::ErrorInfo info = ErrorInfoOf(status);
  EXPECT_EQ(info.reason(), "LOG_REPLACED");
  EXPECT_EQ(info.metadata().at("origin"), store_->Origin());
  EXPECT_EQ(info.metadata().at("head"), "5");
}

TEST_F(FeedTest, RefusesAPositionBeyondTheHead) {
  AppendNotices(5);
  Start(FastMarks());
  SubscribeRequest request;
  request.set_after_position(6);
  const grpc::Status status = Refusal(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  const google::rpc::ErrorInfo info = ErrorInfoOf(status);
  EXPECT_EQ(info.reason(), "POSITION_BEYOND_HEAD");
  EXPECT_EQ(info.metadata().at("position"), "6");
  EXPECT_EQ(info.metadata().at("head"), "5");
  EXPECT_EQ(info.metadata().at("origin"), store_->Origin());
  request.set_after_position(5);
  FeedReader reader(stub(), request);
  EXPECT_EQ(reader.Read()->mark(), FEED_MARK_CAUGHT_UP);
}

TEST_F(FeedTest, RefusesFieldsOutOfTheirBounds) {
  Start(FeedOptions());
  struct Row {
    std::string why;
    std::string field;
    std::function<void(SubscribeRequest&)> spoil;
  };
  const auto fill = [](auto add, int count, const std::string& text) {
    return [=](SubscribeRequest& request) {
      for (int i = 0; i < count; ++i) (request.mutable_filter()->*add)(std::string(text));
    };
  };
  using Add = void (EventFilter::*)(std::string&&);
  const Add prefix = &EventFilter::add_stream_prefixes;
  const Add id = &EventFilter::add_certificant_ids;
  const Add kind = &EventFilter::add_kinds;
  const std::vector<Row> rows = {
      {"negative", "after_position", [](SubscribeRequest& r) { r.set_after_position(-1); }},
      {"negative", "page_size", [](SubscribeRequest& r) { r.set_page_size(-1); }},
      {"below 1 s", "mark_interval",
       [](SubscribeRequest& r) { SetMarkInterval(absl::Milliseconds(999), r); }},
      {"zero", "mark_interval", [](SubscribeRequest& r) { r.mutable_mark_interval(); }},
      {"above 60 s", "mark_interval",
       [](SubscribeRequest& r) { SetMarkInterval(absl::Milliseconds(60'001), r); }},
      {"no stream begins so", "filter.stream_prefixes[0]", fill(prefix, 1, "a b")},
      {"empty", "filter.stream_prefixes[0]", fill(prefix, 1, "")},
      {"too long", "filter.stream_prefixes[0]", fill(prefix, 1, std::string(201, 'a'))},
      {"too many", "filter.stream_prefixes", fill(prefix, 101, "certificant/")},
      {"no id", "filter.certificant_ids[0]", fill(id, 1, "ana/b")},
      {"too many", "filter.certificant_ids", fill(id, 1'001, "ana")},
      {"no kind", "filter.kinds[0]", fill(kind, 1, "CreditRecordet")},
      {"too many", "filter.kinds", fill(kind, 101, "CreditRecorded")},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(absl::StrCat(row.field, ": ", row.why));
    SubscribeRequest request;
    row.spoil(request);
    const grpc::Status status = Refusal(request);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(ReasonOf(status), "INVALID_ARGUMENT");
    EXPECT_THAT(status.error_details(), ::testing::HasSubstr(row.field));
  }
}

TEST_F(FeedTest, TakesFieldsAtTheirBounds) {
  Start(FeedOptions());
  SubscribeRequest request;
  SetMarkInterval(absl::Seconds(60), request);
  EventFilter& filter = *request.mutable_filter();
  for (int i = 0; i < 100; ++i) filter.add_stream_prefixes(std::string(200, 'a'));
  for (int i = 0; i < 1'000; ++i) filter.add_certificant_ids(std::string(64, 'a'));
  for (int i = 0; i < 100; ++i) filter.add_kinds("RuleSetCorrected");
  FeedReader reader(stub(), request);
  EXPECT_TRUE(reader.Read().has_value());
  SetMarkInterval(absl::Seconds(1), request);
  FeedReader second(stub(), request);
  EXPECT_TRUE(second.Read().has_value());
}

TEST_F(FeedTest, APlaceIsFreeAgainOnceACallerHasGone) {
  FeedOptions options = FastMarks();
  options.max_subscriptions = 2;
  Start(options);
  FeedReader first(stub(), SubscribeRequest());
  auto second = std::make_unique<FeedReader>(stub(), SubscribeRequest());
  ASSERT_TRUE(first.Read().has_value());
  ASSERT_TRUE(second->Read().has_value());
  const grpc::Status refused = Refusal(SubscribeRequest());
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(refused), "OVERLOADED");
  EXPECT_GT(RetryDelayOf(refused), absl::ZeroDuration());
  second->Cancel();
  EXPECT_EQ(second->Finish().error_code(), grpc::StatusCode::CANCELLED);
  // The caller knows of its end before the server does.
  bool admitted = false;
  for (int i = 0; i < 100'000 && !admitted; ++i) {
    FeedReader third(stub(), SubscribeRequest());
    admitted = third.Read().has_value();
  }
  EXPECT_TRUE(admitted);
  AppendNotices(1);
  EXPECT_THAT(first.Read()->events(), SizeIs(1));  // Nobody else noticed.
}

TEST_F(FeedTest, EndsAtTheCallersDeadline) {
  Start(FastMarks());
  FeedReader reader(stub(), SubscribeRequest(), absl::Milliseconds(20));
  EXPECT_EQ(reader.Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(FeedTest, StoppingEndsEveryStreamSoonAndTellsWhereToGoOn) {
  constexpr int kReaders = 100;
  AppendNotices(300, 10'000);
  Start(FastMarks());
  SubscribeRequest idle;
  idle.set_after_position(300);
  std::vector<std::unique_ptr<FeedReader>> readers;
  for (int i = 0; i < kReaders; ++i) {
    readers.push_back(std::make_unique<FeedReader>(stub(), idle));
    ASSERT_EQ(readers.back()->Read()->mark(), FEED_MARK_CAUGHT_UP);
  }
  FeedReader stalled(stub(), SubscribeRequest());
  ASSERT_TRUE(stalled.Read().has_value());

  const absl::Time begun = clock_.Now();
  Stop(absl::Seconds(30));
  EXPECT_LT(clock_.Now() - begun, absl::Seconds(10));
  for (const auto& reader : readers) {
    EXPECT_FALSE(reader->Read().has_value());
    const grpc::Status status = reader->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(ReasonOf(status), "SERVER_STOPPING");
    EXPECT_EQ(ErrorInfoOf(status).metadata().at("position"), "300");
    EXPECT_GT(RetryDelayOf(status), absl::ZeroDuration());
  }
  EXPECT_FALSE(stalled.Finish().ok());
}

TEST_F(FeedTest, RefusesNewStreamsWhileItStops) {
  Start(FastMarks());
  feed_->Stop(absl::ZeroDuration());
  const grpc::Status status = Refusal(SubscribeRequest());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "SERVER_STOPPING");
}

// The whole server: what a command records comes out of the feed, and its shutdown ends the feed.
TEST_F(FeedTest, FollowsTheCommandsOfAServer) {
  ServerOptions options;
  options.data_dir = folder_ + "/server";
  options.listen_address = "127.0.0.1:0";
  options.clock = &clock_;
  options.sync = false;
  GS_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Server> server, Server::Start(options));
  const auto channel = grpc::CreateChannel(absl::StrCat("127.0.0.1:", server->port()),
                                           grpc::InsecureChannelCredentials());
  const auto history = api::v1::HistoryService::NewStub(channel);
  FeedReader reader(*history, SubscribeRequest());
  ASSERT_EQ(reader.Read()->mark(), FEED_MARK_CAUGHT_UP);

  api::v1::RegisterCertificantRequest request;
  request.mutable_header()->set_request_id("r1");
  request.set_certificant_id("ana");
  request.set_name("Ana Roe");
  api::v1::CommandReceipt receipt;
  grpc::ClientContext context;
  const grpc::Status registered =
      api::v1::CommandService::NewStub(channel)->RegisterCertificant(&context, request, &receipt);
  ASSERT_TRUE(registered.ok()) << registered.error_message();
  const auto response = reader.Read();
  ASSERT_TRUE(response.has_value());
  ASSERT_THAT(response->events(), SizeIs(1));
  EXPECT_EQ(response->events(0).certificant().certificant_registered().name(), "Ana Roe");
  EXPECT_EQ(response->position(), receipt.position());

  const absl::Time begun = clock_.Now();
  server->Shutdown(absl::Seconds(30));
  EXPECT_LT(clock_.Now() - begun, absl::Seconds(10));
  const grpc::Status status = reader.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "SERVER_STOPPING");
}

}  // namespace
}  // namespace goodstanding::services
