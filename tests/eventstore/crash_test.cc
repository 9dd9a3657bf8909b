// A process that is killed while sixteen threads append and one signs checkpoints, over memtables
// so small that write-ahead logs roll, and files are written and merged, all the time.
//
// GOODSTANDING_CRASH_KILLS=1000 for a long run.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "eventstore/checkpoint_issuer.h"
#include "eventstore/event_store.h"
#include "eventstore/signing_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/eventstore/store_fixture.h"
#include "tests/support/own_child.h"
#include "tests/support/status_matchers.h"
#include "verify/log_check.h"
#include "verify/signed_note.h"

namespace goodstanding::eventstore {
namespace {

constexpr int kWriters = 16;
// A log is given up after so many, so that checking it stays cheap.
constexpr int kKillsPerLog = 50;

int Kills() {
  int kills = 15;
  const char* const given = std::getenv("GOODSTANDING_CRASH_KILLS");
  if (given != nullptr && !absl::SimpleAtoi(given, &kills)) kills = 15;
  return kills;
}

Options CrashOptions(const std::string& path, const Clock& clock) {
  Options options;
  options.path = path;
  options.clock = &clock;
  options.memtable_bytes = 64 << 10;
  return options;
}

// An acknowledged append, or a checkpoint of `position` events (then `id` is 0), as the child
// reports it: small enough that a pipe takes it as a whole.
struct Report {
  int64_t id = 0;
  int64_t position = 0;
};

void Send(const Report& report, int pipe) {
  if (write(pipe, &report, sizeof(report)) != sizeof(report)) _exit(5);
}

std::unique_ptr<SigningKey> KeyOf(const EventStore& store) {
  return std::make_unique<SigningKey>(store.Origin(), NoteKeyType::kEd25519, std::string(32, 's'));
}

AppendRequest AppendOf(int64_t id) {
  AppendRequest request;
  request.request = Request(absl::StrCat(id));
  request.request->scope = "board/clerk";
  for (const std::string& stream : {absl::StrCat("s", id % 16), std::string("all")}) {
    Record& event = request.events.emplace_back(Event(stream, absl::StrCat(id)));
    event.set_request_id(request.request->id);
    event.set_tracestate(std::string(static_cast<size_t>(id * 37 % 1000), 't'));
  }
  return request;
}

// Appends for ever, from several threads, and reports each acknowledged append. Runs in the child.
[[noreturn]] void AppendUntilKilled(const std::string& path, int64_t first_id, int pipe) {
  const ManualClock clock(TestTime());
  auto opened = EventStore::Open(CrashOptions(path, clock));
  if (!opened.ok()) _exit(3);
  EventStore& store = **opened;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&store, first_id, writer, pipe] {
      for (int64_t id = first_id + writer;; id += kWriters) {
        auto outcome = store.Append(AppendOf(id));
        while (absl::IsResourceExhausted(outcome.status())) {  // Flushes are behind.
          std::this_thread::yield();
          outcome = store.Append(AppendOf(id));
        }
        if (!outcome.ok()) _exit(4);
        Send({.id = id, .position = outcome->first_position}, pipe);
      }
    });
  }
  CheckpointIssuer issuer(store, KeyOf(store), {});
  for (int64_t size = 1;; size += 100) {
    size = store.WaitForHead(size, absl::Seconds(10));
    const auto checkpoint = issuer.AtLeast(size);
    if (!checkpoint.ok()) _exit(6);
    Send({.position = checkpoint->size}, pipe);
  }
}

// What the environment tells a child: the folder, its first id and the pipe to report to.
constexpr char kChildVariable[] = "GOODSTANDING_CRASH_CHILD";

pid_t StartChild(const std::string& path, int64_t first_id, const int (&ends)[2]) {
  return testing::StartOwnChild(
      absl::StrCat(kChildVariable, "=", path, " ", first_id, " ", ends[1]),
      "--gtest_filter=Crash.*", ends[0]);
}

// Does what the environment orders, if it does.
void BeChildIfOrdered() {
  const char* const order = std::getenv(kChildVariable);
  if (order == nullptr) return;
  const std::vector<std::string> parts = absl::StrSplit(order, ' ');
  int64_t first_id = 0;
  int pipe = 0;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[1], &first_id) ||
      !absl::SimpleAtoi(parts[2], &pipe)) {
    _exit(8);
  }
  AppendUntilKilled(parts[0], first_id, pipe);
}

// Runs a child until it has reported some appends and a moment has passed, kills it, and gives all
// that it reported.
std::vector<Report> RunAndKill(const std::string& path, int64_t first_id, std::mt19937_64& random) {
  constexpr uint64_t kMostReports = 1'000;
  constexpr uint64_t kMostSteps = 200'000;  // About a millisecond.
  const size_t reports = 1 + random() % kMostReports;
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = StartChild(path, first_id, ends);
  close(ends[1]);
  std::vector<Report> seen;
  Report report;
  while (read(ends[0], &report, sizeof(report)) == sizeof(report)) {
    seen.push_back(report);
    if (seen.size() != reports) continue;
    for (uint64_t steps = random() % kMostSteps; steps > 0; --steps) random();
    kill(child, SIGKILL);
  }
  close(ends[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
  return seen;
}

// A log that is written and killed again and again.
class KilledLog {
 public:
  void WriteAndKill(std::mt19937_64& random) {
    for (const Report& report : RunAndKill(path_, next_id_, random)) {
      if (report.id == 0) {
        signed_.push_back(report.position);
      } else {
        acknowledged_[report.id] = report.position;
      }
    }
    next_id_ += 1'000'000;
  }

  // The outside check sees the folder as the killed process left it.
  void Verify() {
    verify::LogCheckOptions options;
    options.path = path_;
    if (key_.has_value()) options.keys = {*key_};
    GS_ASSERT_OK_AND_ASSIGN(const verify::Report report, verify::CheckLog(options));
    for (const verify::Fault& fault : report.faults) {
      ADD_FAILURE() << fault.family << ", " << fault.row << ": " << fault.what;
    }
    EXPECT_GE(report.events, Last());
  }

  void OpenAndCheck() {
    GS_ASSERT_OK_AND_ASSIGN(const auto store, EventStore::Open(CrashOptions(path_, clock_)));
    key_ = verify::PublicKey::Parse(KeyOf(*store)->public_key().ToText()).value();
    std::map<int64_t, int64_t> found;
    std::map<int64_t, int> copies;
    int64_t next = 1;
    GS_ASSERT_OK(store->VisitLog(1, store->Head(), [&](const Record& record) {
      EXPECT_EQ(record.position(), next++);
      int64_t id = 0;
      EXPECT_TRUE(absl::SimpleAtoi(record.payload(), &id));
      found.emplace(id, record.position());
      ++copies[id];
      return absl::OkStatus();
    }));
    EXPECT_EQ(next, store->Head() + 1);
    for (const auto& [id, position] : acknowledged_) {
      ASSERT_TRUE(found.contains(id)) << "request " << id << " is lost";
      ASSERT_EQ(found[id], position);
    }
    for (const auto& [id, count] : copies) ASSERT_EQ(count, 2) << "request " << id;
    for (const int64_t size : signed_) {
      GS_ASSERT_OK_AND_ASSIGN(const auto checkpoint, store->FindCheckpoint(size));
      ASSERT_TRUE(checkpoint.has_value());
      ASSERT_EQ(checkpoint->size, size) << "a checkpoint that was handed out is lost";
    }
    CheckStream(*store);
  }

  size_t acknowledged() const { return acknowledged_.size(); }

 private:
  int64_t Last() const {
    int64_t last = 0;
    for (const auto& [id, position] : acknowledged_) last = std::max(last, position + 1);
    return last;
  }

  static void CheckStream(const EventStore& store) {
    int64_t version = 0;
    GS_ASSERT_OK(store.VisitStream("all", [&](const Record& record) {
      EXPECT_EQ(record.version(), ++version);
      return absl::OkStatus();
    }));
    EXPECT_EQ(2 * version, store.Head());
  }

  const ScratchFolder folder_;
  const std::string path_ = folder_.path("store");
  const ManualClock clock_{TestTime()};
  std::optional<verify::PublicKey> key_;
  std::map<int64_t, int64_t> acknowledged_;  // First position by id.
  std::vector<int64_t> signed_;              // Sizes of checkpoints that were handed out.
  int64_t next_id_ = 1;
};

TEST(Crash, KeepsEveryAcknowledgedEventExactlyOnce) {
  BeChildIfOrdered();
  std::mt19937_64 random(TestSeed(11));
  const int kills = Kills();
  size_t acknowledged = 0;
  for (int done = 0; done < kills && !::testing::Test::HasFailure();) {
    KilledLog log;
    for (int i = 0; i < kKillsPerLog && done < kills; ++i, ++done) {
      SCOPED_TRACE(absl::StrCat("kill ", done + 1));
      log.WriteAndKill(random);
      ASSERT_NO_FATAL_FAILURE(log.Verify());
      if (random() % 4 == 0) continue;  // The next process finds it as it was left.
      ASSERT_NO_FATAL_FAILURE(log.OpenAndCheck());
    }
    ASSERT_NO_FATAL_FAILURE(log.OpenAndCheck());
    acknowledged += log.acknowledged();
  }
  std::cout << kills << " kills, " << acknowledged << " appends acknowledged" << std::endl;
}

}  // namespace
}  // namespace goodstanding::eventstore
