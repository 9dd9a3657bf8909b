// Random histories of a store, compared with a model that is too simple to be wrong.
//
// GOODSTANDING_MODEL_HISTORIES=N for a long run. A failure names the seed of its history;
// GS_TEST_SEED with it, and one history, repeats it.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "eventstore/event_store.h"
#include "eventstore/merkle.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/env.h"
#include "tests/eventstore/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::eventstore {
namespace {

using ::goodstanding::testing::IsOk;
using ::goodstanding::testing::StatusIs;

constexpr int kStreams = 5;
constexpr int kRequestIds = 12;

// The whole log in a list.
class Model {
 public:
  // What the append must be answered, given all before it.
  absl::StatusOr<AppendOutcome> Append(const AppendRequest& request, int64_t now_micros) {
    if (request.request.has_value()) {
      const auto earlier = requests_.find(request.request->id);
      if (earlier != requests_.end()) return Repeat(*request.request, earlier->second);
    }
    for (const StreamExpectation& expectation : request.expectations) {
      if (VersionOf(expectation.stream) != expectation.version) {
        return absl::AbortedError(expectation.stream);
      }
    }
    AppendOutcome outcome;
    outcome.first_position = head() + 1;
    const int64_t micros = std::max(now_micros, log_.empty() ? 0 : log_.back().recorded_micros());
    outcome.recorded_time = absl::FromUnixMicros(micros);
    for (Record record : request.events) {
      record.set_position(head() + 1);
      record.set_version(VersionOf(record.stream()) + 1);
      record.set_recorded_micros(micros);
      outcome.versions.push_back(record.version());
      log_.push_back(record);
    }
    outcome.last_position = head();
    outcome.answer = request.answer;
    if (request.request.has_value()) {
      requests_[request.request->id] = {request.request->digest, outcome};
    }
    return outcome;
  }

  int64_t head() const { return static_cast<int64_t>(log_.size()); }
  const std::vector<Record>& log() const { return log_; }

  int64_t VersionOf(const std::string& stream) const {
    return static_cast<int64_t>(Stream(stream).size());
  }

  std::vector<Record> Stream(const std::string& stream) const {
    std::vector<Record> records;
    for (const Record& record : log_) {
      if (record.stream() == stream) records.push_back(record);
    }
    return records;
  }

  std::vector<std::string> Streams() const {
    std::map<std::string, int> names;
    for (const Record& record : log_) ++names[record.stream()];
    std::vector<std::string> streams;
    for (const auto& [name, count] : names) streams.push_back(name);
    return streams;
  }

  std::optional<AppendOutcome> FindRequest(const std::string& id) const {
    const auto found = requests_.find(id);
    if (found == requests_.end()) return std::nullopt;
    AppendOutcome outcome = found->second.outcome;
    outcome.repeated = true;
    return outcome;
  }

  // Root of leaves `begin` to `end`: the definition of RFC 6962, as it stands there.
  Hash Root(int64_t begin, int64_t end) const {
    if (end == begin) return EmptyRoot();
    if (end - begin == 1) {
      const Record& record = log_[static_cast<size_t>(begin)];
      return EventLeaf(record.position(), record.SerializeAsString());
    }
    int64_t half = 1;
    while (2 * half < end - begin) half *= 2;
    return HashNode(Root(begin, begin + half), Root(begin + half, end));
  }

 private:
  struct Remembered {
    std::string digest;
    AppendOutcome outcome;
  };

  static absl::StatusOr<AppendOutcome> Repeat(const RequestKey& request,
                                              const Remembered& earlier) {
    if (request.digest != earlier.digest) return absl::AlreadyExistsError(request.id);
    AppendOutcome outcome = earlier.outcome;
    outcome.repeated = true;
    return outcome;
  }

  std::vector<Record> log_;
  std::map<std::string, Remembered> requests_;
};

// Reads the log behind the writers, as the projector and the feed do.
class Follower {
 public:
  explicit Follower(const EventStore& store) : store_(store), thread_([this] { Follow(); }) {}
  ~Follower() { Finish(0); }

  // Follows up to a position that the log has, and ends. What it has seen.
  const std::vector<std::string>& Finish(int64_t last) {
    last_.store(last);
    if (thread_.joinable()) thread_.join();
    return seen_;
  }

 private:
  void Follow() {
    while (true) {
      const int64_t next = static_cast<int64_t>(seen_.size()) + 1;
      const int64_t last = last_.load();
      if (last >= 0 && next > last) return;
      const int64_t head = store_.WaitForHead(next, absl::Milliseconds(1));
      const absl::Status visited = store_.VisitLog(next, head, [&](const Record& record) {
        EXPECT_EQ(record.position(), static_cast<int64_t>(seen_.size()) + 1);
        seen_.push_back(record.SerializeAsString());
        return absl::OkStatus();
      });
      EXPECT_THAT(visited, IsOk());
      if (!visited.ok()) return;
    }
  }

  const EventStore& store_;
  std::vector<std::string> seen_;  // The thread's, until it has ended.
  std::atomic<int64_t> last_ = -1;
  std::thread thread_;
};

class History {
 public:
  explicit History(uint64_t seed)
      : random_(seed), env_(rocksdb::NewMemEnv(rocksdb::Env::Default())), clock_(TestTime()) {}

  void Run() {
    ASSERT_NO_FATAL_FAILURE(Open());
    const uint64_t steps = 10 + Below(40);
    for (uint64_t step = 0; step < steps && !::testing::Test::HasFailure(); ++step) Step();
    ASSERT_NO_FATAL_FAILURE(Restart());
    ReadEverything();
  }

  int64_t events() const { return model_.head(); }

 private:
  // An append under way, and what it must be answered.
  struct Expected {
    absl::StatusOr<AppendOutcome> outcome;
    bool answered = false;
  };

  uint64_t Below(uint64_t bound) { return random_() % bound; }
  std::string AnyStream() { return absl::StrCat("s/", Below(kStreams)); }

  void Open() {
    Options options;
    options.path = "/store";
    options.clock = &clock_;
    options.env = env_.get();
    options.memtable_bytes = 64 << 10;
    GS_ASSERT_OK_AND_ASSIGN(store_, EventStore::Open(options));
    follower_ = std::make_unique<Follower>(*store_);
  }

  void Step() {
    switch (Below(10)) {
      case 0:
        return Drain();
      case 1:
        return ReadWhileWriting();
      case 2:
        Drain();
        // Clocks go back, too; recorded times do not.
        clock_.Set(TestTime() + absl::Seconds(static_cast<int64_t>(Below(100))));
        return;
      case 3:
        return Below(4) == 0 ? Restart() : ReadSomething();
      default:
        return Submit();
    }
  }

  AppendRequest AnyAppend() {
    AppendRequest request;
    const uint64_t events = 1 + Below(3);
    for (uint64_t i = 0; i < events; ++i) {
      request.events.push_back(Event(AnyStream(), absl::StrCat("event ", ++payloads_)));
    }
    for (uint64_t i = Below(3); i > 0; --i) {
      const std::string stream = AnyStream();
      const int64_t right = model_.VersionOf(stream);
      // One in four expects something else.
      const int64_t wrong = static_cast<int64_t>(Below(4));
      request.expectations.push_back({stream, Below(4) == 0 ? wrong : right});
    }
    if (Below(2) == 0) {
      const char content = Below(4) == 0 ? 'x' : 'd';
      request.request = Request(absl::StrCat("request-", Below(kRequestIds)), content);
      request.answer = absl::StrCat("answer ", payloads_);
    }
    return request;
  }

  // Submits a group without waiting for it. Appends are answered in the order of the queue, so the
  // model can say at once what each will be told.
  void Submit() {
    std::vector<EventStore::Pending> group;
    for (uint64_t i = 1 + Below(4); i > 0; --i) {
      AppendRequest request = AnyAppend();
      const MutexLock lock(mutex_);
      const size_t number = expected_.size();
      expected_.push_back({model_.Append(request, absl::ToUnixMicros(clock_.Now()))});
      group.push_back({std::move(request), [this, number](absl::StatusOr<AppendOutcome> outcome) {
                         CheckAnswer(number, outcome);
                       }});
    }
    store_->AppendGroupAsync(std::move(group));
  }

  void CheckAnswer(size_t number, const absl::StatusOr<AppendOutcome>& outcome) {
    const MutexLock lock(mutex_);
    Expected& expected = expected_[number];
    EXPECT_FALSE(expected.answered);
    EXPECT_EQ(number, answered_) << "answers come in the order of the queue";
    EXPECT_EQ(outcome.status().code(), expected.outcome.status().code()) << outcome.status();
    if (outcome.ok() && expected.outcome.ok()) {
      EXPECT_EQ(*outcome, *expected.outcome);
    }
    expected.answered = true;
    ++answered_;
    changed_.SignalAll();
  }

  void Drain() {
    const MutexLock lock(mutex_);
    while (answered_ < expected_.size()) changed_.Wait(mutex_);
    EXPECT_EQ(store_->Head(), model_.head());
  }

  // Closes with appends in the queue, or without, and opens again.
  void Restart() {
    const bool drained = Below(2) == 0;
    if (drained) Drain();
    const std::vector<std::string>& seen = follower_->Finish(drained ? model_.head() : 0);
    if (drained) {
      ASSERT_EQ(seen.size(), model_.log().size());
    }
    ASSERT_LE(seen.size(), model_.log().size());
    for (size_t i = 0; i < seen.size(); ++i) {
      ASSERT_EQ(seen[i], model_.log()[i].SerializeAsString());
    }
    follower_.reset();
    store_.reset();
    {
      const MutexLock lock(mutex_);
      EXPECT_EQ(answered_, expected_.size());
    }
    ASSERT_NO_FATAL_FAILURE(Open());
    EXPECT_EQ(store_->Head(), model_.head());
  }

  // What is read while appends are under way is what the log was at some moment meanwhile.
  void ReadWhileWriting() {
    const std::string stream = AnyStream();
    const int64_t before = store_->Head();
    GS_ASSERT_OK_AND_ASSIGN(const int64_t version, store_->StreamVersion(stream));
    GS_ASSERT_OK_AND_ASSIGN(const Page page,
                            store_->ReadStream(stream, 1, Direction::kForward, 1000));
    const int64_t after = store_->Head();
    const std::vector<Record> all = model_.Stream(stream);
    const auto up_to = [&](int64_t head) {
      return std::count_if(all.begin(), all.end(),
                           [&](const Record& record) { return record.position() <= head; });
    };
    EXPECT_GE(version, up_to(before));
    EXPECT_LE(version, up_to(after));
    EXPECT_GE(std::ssize(page.records), up_to(before));
    EXPECT_LE(std::ssize(page.records), up_to(after));
    ExpectRecords(page.records, all, 0, page.records.size());
  }

  void ExpectRecords(const std::vector<Record>& read, const std::vector<Record>& all, size_t begin,
                     size_t count) {
    ASSERT_EQ(read.size(), count);
    ASSERT_LE(begin + count, all.size());
    for (size_t i = 0; i < count; ++i) {
      EXPECT_EQ(read[i].SerializeAsString(), all[begin + i].SerializeAsString());
    }
  }

  void ReadSomething() {
    Drain();
    ReadPages(model_.log(), std::nullopt);
    const std::string stream = AnyStream();
    ReadPages(model_.Stream(stream), stream);
    ReadRequest(absl::StrCat("request-", Below(kRequestIds)));
    ReadProofs();
  }

  // One page forward and one backward, from anywhere, of the log or of a stream.
  void ReadPages(const std::vector<Record>& all, const std::optional<std::string>& stream) {
    const auto read = [&](int64_t from, Direction direction, int limit) {
      return stream ? store_->ReadStream(*stream, from, direction, limit)
                    : store_->ReadLog(from, direction, limit);
    };
    const size_t size = all.size();
    const size_t from = 1 + Below(size + 2);
    const size_t limit = 1 + Below(size + 2);
    GS_ASSERT_OK_AND_ASSIGN(const Page forward, read(static_cast<int64_t>(from),
                                                     Direction::kForward, static_cast<int>(limit)));
    const size_t begin = std::min(from - 1, size);
    ExpectRecords(forward.records, all, begin, std::min(limit, size - begin));
    if (begin + limit > size) {
      EXPECT_TRUE(forward.end);
    }
    GS_ASSERT_OK_AND_ASSIGN(Page backward, read(static_cast<int64_t>(from), Direction::kBackward,
                                                static_cast<int>(limit)));
    std::reverse(backward.records.begin(), backward.records.end());
    const size_t end = std::min(from, size);
    const size_t count = std::min(limit, end);
    ExpectRecords(backward.records, all, end - count, count);
  }

  void ReadRequest(const std::string& id) {
    const std::optional<AppendOutcome> expected = model_.FindRequest(id);
    GS_ASSERT_OK_AND_ASSIGN(const auto found, FindWithEitherDigest(id));
    EXPECT_EQ(found, expected);
  }

  // Requests are of one of two contents; the other one is refused.
  absl::StatusOr<std::optional<AppendOutcome>> FindWithEitherDigest(const std::string& id) {
    auto found = store_->FindRequest(Request(id, 'd'));
    if (absl::IsAlreadyExists(found.status())) return store_->FindRequest(Request(id, 'x'));
    return found;
  }

  void ReadProofs() {
    if (model_.head() == 0) return;
    const int64_t head = model_.head();
    const auto any = [&](int64_t most) {
      return 1 + static_cast<int64_t>(Below(static_cast<uint64_t>(most)));
    };
    const int64_t size = any(head);
    const int64_t position = any(size);
    GS_ASSERT_OK_AND_ASSIGN(const Hash root, store_->TreeRoot(size));
    EXPECT_EQ(root, model_.Root(0, size));
    GS_ASSERT_OK_AND_ASSIGN(const std::string stored, store_->StoredRecord(position));
    EXPECT_EQ(stored, model_.log()[static_cast<size_t>(position - 1)].SerializeAsString());
    GS_ASSERT_OK_AND_ASSIGN(const auto inclusion, store_->ProveInclusion(position, size));
    EXPECT_TRUE(VerifyInclusion(position - 1, size, EventLeaf(position, stored), inclusion, root));
    GS_ASSERT_OK_AND_ASSIGN(const auto consistency, store_->ProveConsistency(size, head));
    EXPECT_TRUE(VerifyConsistency(size, root, head, model_.Root(0, head), consistency));
  }

  void ReadEverything() {
    Drain();
    std::vector<Record> read;
    GS_ASSERT_OK(store_->VisitLog(1, store_->Head(), [&](const Record& record) {
      read.push_back(record);
      return absl::OkStatus();
    }));
    ExpectRecords(read, model_.log(), 0, model_.log().size());
    GS_ASSERT_OK_AND_ASSIGN(const auto streams, store_->ListStreams("s/", "", 100));
    EXPECT_EQ(streams, model_.Streams());
    for (const std::string& stream : streams) {
      read.clear();
      GS_ASSERT_OK(store_->VisitStream(stream, [&](const Record& record) {
        read.push_back(record);
        return absl::OkStatus();
      }));
      const std::vector<Record> all = model_.Stream(stream);
      ExpectRecords(read, all, 0, all.size());
    }
    for (int i = 0; i < kRequestIds; ++i) ReadRequest(absl::StrCat("request-", i));
    ReadProofs();
    GS_ASSERT_OK_AND_ASSIGN(const Hash root, store_->TreeRoot(model_.head()));
    EXPECT_EQ(root, model_.Root(0, model_.head()));
  }

  std::mt19937_64 random_;
  const std::unique_ptr<rocksdb::Env> env_;
  ManualClock clock_;
  Model model_;
  int payloads_ = 0;
  Mutex mutex_;
  CondVar changed_;
  std::vector<Expected> expected_ ABSL_GUARDED_BY(mutex_);
  size_t answered_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unique_ptr<EventStore> store_;
  std::unique_ptr<Follower> follower_;
};

int Histories() {
  int histories = 100;
  const char* const given = std::getenv("GOODSTANDING_MODEL_HISTORIES");
  if (given != nullptr && !absl::SimpleAtoi(given, &histories)) histories = 100;
  return histories;
}

TEST(Model, AgreesOnRandomHistories) {
  const uint64_t seed = TestSeed(23);
  const int histories = Histories();
  int64_t events = 0;
  for (int i = 0; i < histories && !::testing::Test::HasFailure(); ++i) {
    const uint64_t own_seed = seed + static_cast<uint64_t>(i);
    SCOPED_TRACE(absl::StrCat("GS_TEST_SEED=", own_seed));
    History history(own_seed);
    history.Run();
    events += history.events();
  }
  std::cout << histories << " histories, " << events << " events" << std::endl;
  EXPECT_GT(events, histories);
}

}  // namespace
}  // namespace goodstanding::eventstore
