// A generation that is built: equal however it is built, stopped, killed or paused, and unseen
// until it is live.
#include "projections/generation_build.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "projections/codec.h"
#include "projections/projector.h"
#include "tests/projections/board_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::projections {
namespace {

using ::testing::ElementsAre;
using testing::StatusIs;

constexpr absl::Duration kPatience = absl::Seconds(60);

class GenerationBuildTest : public BoardTest {
 protected:
  void TellBoard(int people) {
    Approve("a1", "2023-01-01");
    for (int i = 0; i < people; ++i) {
      const std::string id = absl::StrCat("p", i);
      i % 10 == 0 ? TellLongLife(id) : TellShortLife(id);
      Tell(id, "2024-02-01",
           Credit("c9", "APPROVED_PROGRAM", "2024-01-15", 300, i % 3 == 0 ? "a1" : "a2"));
    }
    Approve("a2", "2024-01-01");
  }

  // A plan of the next generation, in so many ranges.
  view::v1::BuildPlan Plan(Views& views, int64_t position, int ranges) {
    view::v1::BuildPlan plan;
    *plan.mutable_checkpoint() = CheckpointAt(store().Origin(), position);
    plan.set_generation(static_cast<int32_t>(views.Live().generation) + 1);
    plan.set_cause(view::v1::BUILD_CAUSE_REQUESTED);
    plan.set_cpu_percent(100);
    const auto split = store().SplitStreams(kCertificantPrefix, ranges);
    GS_EXPECT_OK(split.status());
    for (const eventstore::StreamRange& range : *split) {
      plan.add_ranges()->set_begin(range.begin);
      plan.mutable_ranges(plan.ranges_size() - 1)->set_end(range.end);
    }
    return plan;
  }

  // Waits until the build is ready and makes it live, as the follower does.
  void TakeOver(Views& views, GenerationBuild& build) {
    while (!build.ready() && !build.finished()) std::this_thread::yield();
    ASSERT_TRUE(build.ready()) << build.Status().error;
    GS_ASSERT_OK(views.Switch(CheckpointAt(store().Origin(), build.taker().position())));
    build.Succeed();
    while (!build.finished()) std::this_thread::yield();
  }

  std::string DigestOf(const Views& views) {
    const auto digest = views.Digest();
    GS_EXPECT_OK(digest.status());
    return digest->sha256;
  }

  // The digest of a view that took in the log event by event.
  std::string Followed(const std::function<void()>& tell) {
    const auto views = OpenViews("/followed");
    const auto projector = Start(*views);
    tell();
    GS_EXPECT_OK(projector->WaitFor(store().Head(), kPatience));
    return DigestOf(*views);
  }
};

TEST_F(GenerationBuildTest, IsEqualHoweverItIsBuilt) {
  const std::string followed = Followed([&] { TellBoard(120); });
  for (const int threads : {1, 2, 3}) {
    for (const int ranges : {1, 2, 7, 40}) {
      SCOPED_TRACE(absl::StrCat(threads, " threads, ", ranges, " ranges"));
      const auto views = OpenViews(absl::StrCat("/built-", threads, "-", ranges));
      GenerationBuild build(store(), *views, Plan(*views, store().Head(), ranges), threads, {});
      TakeOver(*views, build);
      EXPECT_EQ(DigestOf(*views), followed);
      EXPECT_EQ(build.Status().state, BuildState::kSucceeded);
      EXPECT_EQ(build.Status().row_count, 120);
    }
  }
}

// Built at an earlier position, it takes in what came since.
TEST_F(GenerationBuildTest, CatchesUpWithWhatCameSince) {
  int64_t half = 0;
  const std::string followed = Followed([&] {
    TellBoard(20);
    half = store().Head();
    for (int i = 0; i < 1500; ++i) Tell(absl::StrCat("p", i % 30), "2024-03-01", Noticed());
    Withdraw("a1", "2024-01-10");
  });
  const auto views = OpenViews("/built");
  GenerationBuild build(store(), *views, Plan(*views, half, 3), 2, {});
  while (!build.ready() && !build.finished()) std::this_thread::yield();
  ASSERT_TRUE(build.ready()) << build.Status().error;
  EXPECT_GE(build.taker().position(), store().Head() - 1000);
  while (build.taker().position() < store().Head()) {
    GS_ASSERT_OK_AND_ASSIGN(const bool taken, build.taker().TakePage(kPageRecords));
    ASSERT_TRUE(taken);
  }
  TakeOver(*views, build);
  EXPECT_EQ(DigestOf(*views), followed);
}

// Stopped at random moments, as by a kill, and begun again: some ranges are complete, some are not.
TEST_F(GenerationBuildTest, GoesOnAfterItWasStopped) {
  TellBoard(200);
  const auto whole = OpenViews("/whole");
  {
    GenerationBuild build(store(), *whole, Plan(*whole, store().Head(), 1), 1, {});
    TakeOver(*whole, build);
  }
  const auto build_is_held = [](const GenerationBuild& build) {
    const BuildState state = build.Status().state;
    return state == BuildState::kPaused || state == BuildState::kSucceeded;
  };
  const uint64_t seed = 20'251'126;
  std::mt19937_64 random(seed);
  for (int round = 0; round < 5; ++round) {
    SCOPED_TRACE(absl::StrCat("seed ", seed, " round ", round));
    const std::string folder = absl::StrCat("/stopped-", round);
    const view::v1::BuildPlan plan = Plan(*OpenViews(folder), store().Head(), 20);
    int stops = 0;
    while (true) {
      const auto views = OpenViews(folder);
      // The first time at once: how many ranges there are depends on how the store cuts them.
      const int told_at_most = stops == 0 ? 0 : static_cast<int>(random() % 6);
      std::atomic<int> told = 0;
      std::atomic<GenerationBuild*> holder = nullptr;
      std::atomic<bool> released = false;
      // Once it is far enough it is held where it is, before it is stopped.
      GenerationBuild build(store(), *views, plan, 2, [&](const BuildStatus&) {
        if (++told <= told_at_most) return;
        while (holder == nullptr) std::this_thread::yield();
        while (!released && !build_is_held(*holder)) std::this_thread::yield();
      });
      while (told <= told_at_most && !build.ready()) std::this_thread::yield();
      if (!build.ready()) {
        holder = &build;
        build.Pause();
        released = true;
        ++stops;
        continue;
      }
      holder = &build;
      TakeOver(*views, build);
      EXPECT_EQ(DigestOf(*views), DigestOf(*whole));
      EXPECT_EQ(build.Status().row_count, 200);
      break;
    }
    EXPECT_GT(stops, 0);
  }
}

TEST_F(GenerationBuildTest, WhatIsDamagedIsRefused) {
  TellBoard(50);
  const view::v1::BuildPlan plan = Plan(*OpenViews("/views"), store().Head(), 4);
  {
    const auto views = OpenViews("/views");
    GenerationBuild build(store(), *views, plan, 1, {});
    while (!build.ready()) std::this_thread::yield();
  }
  // A build that was ready and not made live is built anew: its files were used up.
  const auto views = OpenViews("/views");
  EXPECT_FALSE(views->Building().ReadPlan().has_value());
  GenerationBuild build(store(), *views, plan, 1, {});
  TakeOver(*views, build);
  EXPECT_EQ(build.Status().row_count, 50);
}

TEST_F(GenerationBuildTest, IsHeldAndLetGoOn) {
  TellBoard(50);
  const auto views = OpenViews("/views");
  view::v1::BuildPlan plan = Plan(*views, store().Head(), 4);
  plan.set_paused(true);
  GenerationBuild build(store(), *views, plan, 2, {});
  EXPECT_EQ(build.Status().state, BuildState::kPaused);
  std::this_thread::yield();
  EXPECT_FALSE(build.ready());
  build.Resume();
  TakeOver(*views, build);
}

TEST_F(GenerationBuildTest, LeavesNothingWhenItIsCancelled) {
  TellBoard(50);
  const auto views = OpenViews("/views");
  view::v1::BuildPlan plan = Plan(*views, store().Head(), 4);
  plan.set_paused(true);
  GenerationBuild build(store(), *views, plan, 2, {});
  build.Cancel();
  while (!build.finished()) std::this_thread::yield();
  EXPECT_EQ(build.Status().state, BuildState::kCancelled);
  EXPECT_FALSE(views->Building().ReadPlan().has_value());
  EXPECT_EQ(views->Live().generation, 0u);
}

TEST_F(GenerationBuildTest, UsesNoMoreThanItsShare) {
  for (const auto& [cores, percent, threads] : std::vector<std::tuple<int, int, int>>{
           {8, 100, 8}, {8, 50, 4}, {8, 10, 1}, {2, 51, 2}, {1, 1, 1}, {3, 34, 2}}) {
    EXPECT_EQ(Pace(cores, percent).threads(), threads) << cores << " " << percent;
  }
  Pace pace(1, 20);
  const auto begin = std::chrono::steady_clock::now();
  std::chrono::nanoseconds worked{0};
  Pace::Turn turn;
  while (worked < std::chrono::milliseconds(30)) {
    const auto piece = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - piece < std::chrono::milliseconds(1)) {
    }
    worked += std::chrono::steady_clock::now() - piece;
    GS_ASSERT_OK(pace.Step(turn));
  }
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 4 * worked);
}

// --- Through the projector.

class RebuildTest : public GenerationBuildTest {
 protected:
  BuildStatus Await(Projector& projector, uint32_t generation) {
    while (true) {
      const std::vector<BuildStatus> builds = projector.Builds();
      for (const BuildStatus& build : builds) {
        if (build.generation == generation && build.ended()) return build;
      }
      std::this_thread::yield();
    }
  }
};

TEST_F(RebuildTest, OnRequestFindsNoDifference) {
  TellBoard(60);
  const auto views = OpenViews("/views");
  const auto projector = Start(*views);
  const std::string before = DigestOf(*views);
  const uint32_t live = views->Live().generation;
  GS_ASSERT_OK_AND_ASSIGN(const uint32_t generation, projector->StartBuild(0, 1));
  EXPECT_GT(generation, live);
  const BuildStatus status = Await(*projector, generation);
  EXPECT_EQ(status.state, BuildState::kSucceeded);
  EXPECT_TRUE(status.compared);
  EXPECT_EQ(status.difference_count, 0);
  EXPECT_EQ(status.row_count, 60);
  EXPECT_EQ(views->Live().generation, generation);
  EXPECT_EQ(DigestOf(*views), before);
}

TEST_F(RebuildTest, OnRequestFindsRowsThatWereWrong) {
  TellBoard(60);
  const auto views = OpenViews("/views");
  {
    const auto projector = Start(*views);
    GS_ASSERT_OK(projector->WaitFor(store().Head(), kPatience));
  }
  GS_ASSERT_OK_AND_ASSIGN(auto wrong, views->Get("p7"));
  wrong->mutable_answers(0)->set_paid(1);
  GS_ASSERT_OK_AND_ASSIGN(auto surplus, views->Get("p8"));
  GS_ASSERT_OK(views->Write({{{"p7", *wrong}, {"nobody", *surplus}}, {}, views->GetCheckpoint()}));
  const auto projector = Start(*views);
  GS_ASSERT_OK_AND_ASSIGN(const uint32_t generation, projector->StartBuild(0, 1));
  const BuildStatus status = Await(*projector, generation);
  EXPECT_EQ(status.difference_count, 2);
  EXPECT_THAT(status.differing_ids, ElementsAre("nobody", "p7"));
  ExpectConsistent(*views);
}

TEST_F(RebuildTest, TakesTurns) {
  TellBoard(30);
  const auto views = OpenViews("/views");
  const auto projector = Start(*views);
  GS_ASSERT_OK_AND_ASSIGN(const uint32_t first, projector->StartBuild(0, 1));
  EXPECT_THAT(projector->PauseBuild(first + 1), StatusIs(absl::StatusCode::kNotFound));
  GS_ASSERT_OK(projector->CancelBuild(first));
  EXPECT_THAT(Await(*projector, first).state,
              ::testing::AnyOf(BuildState::kCancelled, BuildState::kSucceeded));
  absl::StatusOr<uint32_t> second = projector->StartBuild(0, 2);
  while (!second.ok()) second = projector->StartBuild(0, 2);
  EXPECT_EQ(Await(*projector, *second).state, BuildState::kSucceeded);
}

// Under writers, with rules that change, every question sees one generation as a whole.
TEST_F(RebuildTest, NobodySeesHalf) {
  constexpr int kPeople = 40;
  TellBoard(kPeople);
  const auto views = OpenViews("/views");
  const auto projector = Start(*views);
  std::atomic<bool> done = false;
  std::thread reader([&] {
    uint32_t newest = 0;
    while (!done) {
      ViewPoint point;
      int rows = 0;
      std::set<int64_t> versions;  // Of the rules.
      GS_EXPECT_OK(views->Scan(
          "",
          [&](absl::string_view, const view::v1::CertificantRow& row) {
            ++rows;
            for (const auto& answer : row.answers()) {
              if (answer.cycle_end_year() == 2025) versions.insert(answer.rule_set_version());
            }
            return true;
          },
          &point));
      EXPECT_EQ(rows, kPeople);
      EXPECT_EQ(versions.size(), 1u) << "rows of one generation are of one rulebook";
      EXPECT_GE(point.generation, newest);
      newest = point.generation;
    }
  });
  for (int i = 0; i < 20; ++i) {
    projector->StartBuild(0, 1).status().IgnoreError();
    Tell(absl::StrCat("p", i), "2024-03-01", Noticed());
    if (i % 4 == 2) Correct(2025, 2025, "fees.late", absl::StrCat(60 + i, ".00"));
    Tell(absl::StrCat("p", i + 1), "2024-03-01", Noticed());
    if (i % 4 != 0) continue;
    GS_EXPECT_OK(projector->WaitFor(store().Head(), kPatience));
  }
  GS_EXPECT_OK(projector->WaitFor(store().Head(), kPatience));
  done = true;
  reader.join();
  ExpectConsistent(*views);
}

TEST_F(RebuildTest, AViewOfAnotherEvaluatorAnswersUntilItIsReplaced) {
  TellBoard(30);
  {
    const auto views = OpenViews("/views");
    Start(*views).reset();
    view::v1::Checkpoint other = views->GetCheckpoint();
    other.set_evaluator_revision(other.evaluator_revision() + 1);
    GS_ASSERT_OK(views->Write({{}, {}, other}));
  }
  const auto views = OpenViews("/views");
  view::v1::BuildPlan plan = Plan(*views, store().Head(), 1);
  plan.set_cause(view::v1::BUILD_CAUSE_PROGRAM);
  plan.set_paused(true);
  GS_ASSERT_OK(views->Building().Begin(plan));
  GS_ASSERT_OK_AND_ASSIGN(const auto projector, Projector::Start(store(), *views, {}));
  EXPECT_EQ(projector->AppliedPosition(), 0);
  EXPECT_EQ(views->Live().position, store().Head());
  ASSERT_EQ(projector->Builds().size(), 1u);
  EXPECT_TRUE(projector->Builds().front().needed);
  EXPECT_THAT(projector->CancelBuild(static_cast<uint32_t>(plan.generation())),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  GS_ASSERT_OK(projector->ResumeBuild(static_cast<uint32_t>(plan.generation())));
  GS_ASSERT_OK(projector->WaitFor(store().Head(), kPatience));
  ExpectConsistent(*views);
}

}  // namespace
}  // namespace goodstanding::projections
