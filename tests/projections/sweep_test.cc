#include "projections/sweep.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/projections/board_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::projections {
namespace {

using testing::StatusIs;

class Sweep : public BoardTest {
 protected:
  // Version and position of each certificant.
  std::map<std::string, std::pair<int64_t, int64_t>> Run(int64_t position, int threads) {
    std::map<std::string, std::pair<int64_t, int64_t>> seen;
    Mutex mutex;
    const auto ranges = CertificantRanges(store(), threads);
    GS_EXPECT_OK(ranges.status());
    GS_EXPECT_OK(RunTasks(ranges->size(), threads, [&](size_t i) {
      return SweepRange(
          store(), (*ranges)[i], position,
          [&](absl::string_view id, ReplayedCertificant& certificant) {
            const MutexLock lock(mutex);
            EXPECT_TRUE(seen.emplace(std::string(id),
                                     std::pair(certificant.state.version, certificant.position))
                            .second)
                << id;
            return absl::OkStatus();
          });
    }));
    return seen;
  }
};

TEST_F(Sweep, FoldsEachAsReplayDoes) {
  for (int i = 0; i < 200; ++i) {
    i % 3 == 0 ? TellLongLife(absl::StrCat("c", i)) : TellShortLife(absl::StrCat("c", i));
  }
  Approve("zoom", "2024-01-01");
  for (const int64_t position : {store().Head(), store().Head() / 2}) {
    std::map<std::string, std::pair<int64_t, int64_t>> replayed;
    for (int i = 0; i < 200; ++i) {
      const std::string id = absl::StrCat("c", i);
      GS_ASSERT_OK_AND_ASSIGN(const ReplayedCertificant certificant,
                              ReplayCertificant(store(), id, {.max_position = position}));
      if (certificant.state.version == 0) continue;
      replayed[id] = {certificant.state.version, certificant.position};
    }
    for (const int threads : {1, 2, 3}) EXPECT_EQ(Run(position, threads), replayed) << threads;
  }
}

TEST_F(Sweep, FindsNobody) { EXPECT_TRUE(Run(store().Head(), 2).empty()); }

TEST_F(Sweep, StopsAtAnEventThatItDoesNotKnow) {
  TellShortLife("ana");
  TellRaw("certificant/ana", "CreditRecorded", "garbage", Day("2025-01-01"));
  GS_ASSERT_OK_AND_ASSIGN(const auto ranges, CertificantRanges(store(), 1));
  EXPECT_THAT(SweepRange(store(), ranges.front(), store().Head(),
                         [](absl::string_view, ReplayedCertificant&) { return absl::OkStatus(); }),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST(RunTasks, RunsEachOnce) {
  for (const int threads : {1, 2, 5}) {
    std::vector<std::atomic<int>> runs(100);
    GS_EXPECT_OK(RunTasks(runs.size(), threads, [&](size_t i) {
      ++runs[i];
      return absl::OkStatus();
    }));
    EXPECT_TRUE(std::all_of(runs.begin(), runs.end(), [](const auto& n) { return n == 1; }));
  }
  GS_EXPECT_OK(RunTasks(0, 3, [](size_t) { return absl::InternalError("none"); }));
}

TEST(RunTasks, EndsWithTheFirstError) {
  std::atomic<int> runs = 0;
  const absl::Status status = RunTasks(1'000'000, 2, [&](size_t i) {
    ++runs;
    return i < 3 ? absl::OkStatus() : absl::InternalError(absl::StrCat(i));
  });
  EXPECT_EQ(status, absl::InternalError("3"));
  EXPECT_LT(runs, 1000);
}

}  // namespace
}  // namespace goodstanding::projections
