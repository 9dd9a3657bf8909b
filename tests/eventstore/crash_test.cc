// A process that is killed while it appends.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "eventstore/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/eventstore/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::eventstore {
namespace {

constexpr int kWriters = 4;

int Rounds() {
  int rounds = 20;
  const char* const given = std::getenv("GS_CRASH_ROUNDS");
  if (given != nullptr && !absl::SimpleAtoi(given, &rounds)) rounds = 20;
  return rounds;
}

Options CrashOptions(const std::string& path, const Clock& clock) {
  Options options;
  options.path = path;
  options.clock = &clock;
  options.memtable_bytes = 64 << 10;
  return options;
}

// An acknowledged append, as the child reports it: small enough that a pipe takes it as a whole.
struct Report {
  int64_t id = 0;
  int64_t position = 0;
};

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
        AppendRequest request;
        request.request = Request(absl::StrCat(id));
        request.events.push_back(Event(absl::StrCat("s", id % 16), absl::StrCat(id)));
        request.events.push_back(Event("all", absl::StrCat(id)));
        const auto outcome = store.Append(std::move(request));
        if (!outcome.ok()) _exit(4);
        const Report report{.id = id, .position = outcome->first_position};
        if (write(pipe, &report, sizeof(report)) != sizeof(report)) _exit(5);
      }
    });
  }
  writers.front().join();
  _exit(6);
}

// Runs a child until it has reported `reports` appends, kills it, and gives all that it reported.
std::vector<Report> RunAndKill(const std::string& path, int64_t first_id, size_t reports) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    AppendUntilKilled(path, first_id, ends[1]);
  }
  close(ends[1]);
  std::vector<Report> seen;
  Report report;
  while (read(ends[0], &report, sizeof(report)) == sizeof(report)) {
    seen.push_back(report);
    if (seen.size() == reports) kill(child, SIGKILL);
  }
  close(ends[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
  return seen;
}

TEST(Crash, KeepsEveryAcknowledgedEventExactlyOnce) {
  std::mt19937_64 random(TestSeed(11));
  const ScratchFolder folder;
  const std::string path = folder.path("store");
  const ManualClock clock(TestTime());
  std::map<int64_t, int64_t> acknowledged;
  int64_t next_id = 1;
  const int rounds = Rounds();
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE(absl::StrCat("round ", round));
    const size_t reports = 1 + random() % 300;
    for (const Report& report : RunAndKill(path, next_id, reports)) {
      acknowledged[report.id] = report.position;
    }
    next_id += 1'000'000;

    GS_ASSERT_OK_AND_ASSIGN(const auto store, EventStore::Open(CrashOptions(path, clock)));
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
    for (const auto& [id, position] : acknowledged) {
      ASSERT_TRUE(found.contains(id)) << "request " << id << " is lost";
      ASSERT_EQ(found[id], position);
    }
    for (const auto& [id, count] : copies) ASSERT_EQ(count, 2) << "request " << id;
    int64_t version = 0;
    GS_ASSERT_OK(store->VisitStream("all", [&](const Record& record) {
      EXPECT_EQ(record.version(), ++version);
      return absl::OkStatus();
    }));
    EXPECT_EQ(2 * version, store->Head());
  }
}

}  // namespace
}  // namespace goodstanding::eventstore
