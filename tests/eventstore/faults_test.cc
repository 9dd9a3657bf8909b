// The store over a disk that fails.
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "eventstore/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/eventstore/faults_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::eventstore {
namespace {

using ::goodstanding::testing::IsOk;
using ::goodstanding::testing::IsOkAndHolds;
using ::goodstanding::testing::StatusIs;

TEST_F(FaultsTest, FailedSyncIsUnknownToAllMembersAndPoisons) {
  constexpr int kWriters = 16;
  GS_ASSERT_OK(OpenFaulty());
  GS_ASSERT_OK(store().Append(Named("before", "a")));
  disk_->FailLogSyncs(true);
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&, i] {
      const auto outcome = store().Append(Named(absl::StrCat("r", i), absl::StrCat("s", i)));
      EXPECT_THAT(outcome, StatusIs(absl::StatusCode::kUnavailable));
    });
  }
  for (std::thread& writer : writers) writer.join();

  EXPECT_THAT(store().Health(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(store().Head(), 1);
  GS_ASSERT_OK_AND_ASSIGN(const Page page, store().ReadLog(1, Direction::kForward, 10));
  EXPECT_EQ(page.records.size(), 1);
  EXPECT_THAT(store().StreamVersion("a"), IsOkAndHolds(1));

  // Nothing is tried again, also not when the disk is well.
  disk_->FailLogSyncs(false);
  const auto refused = store().Append(Named("after", "a"));
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_FALSE(IsOutcomeUnknown(refused.status()));

  GS_ASSERT_OK(OpenFaulty());
  int64_t stored = 1;
  for (int i = 0; i < kWriters; ++i) {
    const std::string stream = absl::StrCat("s", i);
    GS_ASSERT_OK_AND_ASSIGN(const auto found, store().FindRequest(Request(absl::StrCat("r", i))));
    EXPECT_THAT(store().StreamVersion(stream), IsOkAndHolds(found.has_value() ? 1 : 0));
    stored += found.has_value() ? 1 : 0;
  }
  EXPECT_EQ(store().Head(), stored);
  GS_EXPECT_OK(store().Append(Named("after", "a")));
}

TEST_F(FaultsTest, AllMembersOfOneGroupGetTheSameStatus) {
  GS_ASSERT_OK(OpenFaulty());
  GS_ASSERT_OK(store().Append(Named("before", "a")));
  disk_->FailLogSyncs(true);
  Mutex mutex;
  CondVar changed;
  std::vector<absl::Status> statuses;
  std::vector<EventStore::Pending> group;
  // A good one, a repetition of it, a conflict, and a repetition of what is durable.
  AppendRequest conflict = AppendTo("s", 9, {"x"});
  for (const AppendRequest& request :
       {Named("r", "s"), Named("r", "s"), conflict, Named("before", "a")}) {
    group.push_back({request, [&](absl::StatusOr<AppendOutcome> outcome) {
                       const MutexLock lock(mutex);
                       statuses.push_back(outcome.status());
                       changed.SignalAll();
                     }});
  }
  store().AppendGroupAsync(std::move(group));
  const MutexLock lock(mutex);
  while (statuses.size() < 4) changed.Wait(mutex);
  for (const absl::Status& status : statuses) {
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_TRUE(IsOutcomeUnknown(status));
  }
}

TEST_F(FaultsTest, RefusesWhatTheQueueCannotHold) {
  Options options = StoreOptions();
  options.queue_appends = 2;
  GS_ASSERT_OK_AND_ASSIGN(store_, EventStore::Open(options));
  Mutex mutex;
  CondVar changed;
  bool blocked = false;
  bool release = false;
  AppendRequest request;
  request.events.push_back(Event("a", "1"));
  // Holds the committer thread, so that the queue fills.
  store().AppendAsync(request, [&](absl::StatusOr<AppendOutcome>) {
    const MutexLock lock(mutex);
    blocked = true;
    changed.SignalAll();
    while (!release) changed.Wait(mutex);
  });
  {
    const MutexLock lock(mutex);
    while (!blocked) changed.Wait(mutex);
  }
  int answered = 0;
  const auto note = [&](absl::StatusOr<AppendOutcome> outcome) {
    EXPECT_THAT(outcome, IsOk());
    const MutexLock lock(mutex);
    ++answered;
    changed.SignalAll();
  };
  store().AppendAsync(request, note);
  store().AppendAsync(request, note);
  EXPECT_THAT(store().Append(request), StatusIs(absl::StatusCode::kResourceExhausted));
  {
    const MutexLock lock(mutex);
    release = true;
    changed.SignalAll();
    while (answered < 2) changed.Wait(mutex);
  }
  EXPECT_EQ(store().Head(), 3);
}

TEST_F(FaultsTest, WritesWhatIsQueuedBeforeItCloses) {
  Open();
  int answered = 0;
  for (int i = 0; i < 100; ++i) {
    store().AppendAsync(Named(absl::StrCat(i), "a"), [&](absl::StatusOr<AppendOutcome> outcome) {
      EXPECT_THAT(outcome, IsOk());
      ++answered;
    });
  }
  Close();
  EXPECT_EQ(answered, 100);
  Open();
  EXPECT_EQ(store().Head(), 100);
}

// Files cannot be written as fast as events come: callers are told so at once, before RocksDB would
// make them wait.
TEST_F(FaultsTest, RefusesEarlyWhileFlushesAreBehindAndGoesOnByItself) {
  GS_ASSERT_OK(OpenFaulty());
  disk_->HoldTables(true);
  constexpr int kMostAppends = 100'000;
  const std::string payload(1'000, 'p');
  int64_t acknowledged = 0;
  absl::Status status;
  while (status.ok() && acknowledged < kMostAppends) {
    status = store().Append(AppendTo("s", acknowledged, {payload})).status();
    if (status.ok()) ++acknowledged;
  }
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_FALSE(IsDiskNearlyFull(status));
  EXPECT_GT(acknowledged, 100);
  GS_EXPECT_OK(store().Health()) << "nothing has failed";
  EXPECT_EQ(store().Head(), acknowledged);
  EXPECT_THAT(store().StreamVersion("s"), IsOkAndHolds(acknowledged)) << "reading goes on";

  disk_->HoldTables(false);
  do {
    std::this_thread::yield();
    status = store().Append(AppendTo("s", acknowledged, {payload})).status();
  } while (status.code() == absl::StatusCode::kResourceExhausted);
  GS_EXPECT_OK(status);
  EXPECT_EQ(store().Head(), acknowledged + 1);
}

// Power fails after every single operation on the disk in turn. What was acknowledged is there,
// once.
class PowerCutTest : public FaultsTest {
 protected:
  // Appends until the disk fails, over a small memtable, so that files are written and removed.
  void Work() {
    for (int i = 0; i < 24 && store_ != nullptr; ++i) {
      const std::string id = absl::StrCat("r", next_++);
      const auto outcome = store().Append(Named(id, absl::StrCat("s", i % 3)));
      if (!outcome.ok()) return;
      acknowledged_[id] = outcome->first_position;
      if (i == 12 && !OpenFaulty().ok()) return;
    }
  }

  void CheckAcknowledged() {
    std::map<std::string, int64_t> found;
    GS_ASSERT_OK(store().VisitLog(1, store().Head(), [&](const Record& record) {
      EXPECT_TRUE(found.emplace(record.payload(), record.position()).second);
      return absl::OkStatus();
    }));
    for (const auto& [id, position] : acknowledged_) {
      const auto place = found.find(id);
      ASSERT_TRUE(place != found.end()) << id << " is lost";
      EXPECT_EQ(place->second, position);
    }
    for (const auto& [id, position] : found) {
      GS_ASSERT_OK_AND_ASSIGN(const auto outcome, store().FindRequest(Request(id)));
      ASSERT_TRUE(outcome.has_value());
      EXPECT_EQ(outcome->first_position, position);
    }
  }

  int next_ = 0;
  std::map<std::string, int64_t> acknowledged_;
};

TEST_F(PowerCutTest, LosesNothingAcknowledged) {
  std::mt19937_64 random(TestSeed(7));
  // Until a round comes through without meeting its failure.
  for (int64_t last = 0;; ++last) {
    SCOPED_TRACE(absl::StrCat("power fails after operation ", last));
    disk_->FailAfter(last);
    if (OpenFaulty().ok()) Work();
    Close();
    const bool finished = disk_->operations() <= last;
    disk_->PowerCut(random);
    GS_ASSERT_OK(OpenFaulty());
    CheckAcknowledged();
    Close();
    if (HasFailure() || finished) break;
  }
  EXPECT_GT(acknowledged_.size(), 100);
}

}  // namespace
}  // namespace goodstanding::eventstore
