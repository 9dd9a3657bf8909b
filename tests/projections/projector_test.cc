#include "projections/projector.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "projections/codec.h"
#include "tests/projections/board_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::projections {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::SizeIs;
using testing::StatusIs;

constexpr absl::Duration kPatience = absl::Seconds(60);

class ProjectorTest : public BoardTest {
 protected:
  int64_t RowPosition(const Views& views, absl::string_view id) {
    const auto row = views.Get(id);
    EXPECT_THAT(row, IsOk());
    return row->has_value() ? (*row)->position() : 0;
  }

  // The answers of the view on a day.
  view::v1::AnswerSpan Answer(const Views& views, absl::string_view id, absl::string_view day) {
    const auto row = views.Get(id);
    EXPECT_THAT(row, IsOk());
    EXPECT_TRUE(row->has_value());
    const view::v1::AnswerSpan* const answer = FindAnswer(**row, Day(day));
    EXPECT_NE(answer, nullptr);
    return answer == nullptr ? view::v1::AnswerSpan() : *answer;
  }
};

TEST_F(ProjectorTest, HoldsTheWholeLogWhenItStarts) {
  TellShortLife("ana");
  TellLongLife("bo");
  const auto views = OpenViews("/views");
  const auto projector = Start(*views);
  EXPECT_EQ(projector->AppliedPosition(), store().Head());
  EXPECT_EQ(views->GetCheckpoint().position(), store().Head());
  EXPECT_EQ(projector->Board().position, store().Head());
  ExpectConsistent(*views);
}

TEST_F(ProjectorTest, FollowsEveryEvent) {
  const auto views = OpenViews("/views");
  const auto projector = Start(*views);
  TellShortLife("ana");
  TellLongLife("bo");
  Approve("a1", "2023-01-01");
  Tell("bo", "2026-08-02", Credit("c8", "APPROVED_PROGRAM", "2026-08-01", 60, "a1"));
  GS_ASSERT_OK(projector->WaitFor(store().Head(), kPatience));
  EXPECT_EQ(projector->AppliedPosition(), store().Head());
  ExpectConsistent(*views);
}

TEST_F(ProjectorTest, RowsAndCheckpointAgreeAtEveryPosition) {
  const auto views = OpenViews("/views");
  const auto projector = Start(*views);
  const auto check = [&] {
    GS_ASSERT_OK(projector->WaitFor(store().Head(), kPatience));
    EXPECT_EQ(views->GetCheckpoint().position(), store().Head());
    ExpectConsistent(*views);
  };
  Tell("ana", "2022-05-14", Registered());
  check();
  Tell("ana", "2022-05-14", Granted("CPCS"));
  check();
  Tell("ana", "2023-02-01", Credit("c1", "APPROVED_PROGRAM", "2023-01-31", 600, "a1"));
  check();
  Approve("a1", "2023-01-01");
  check();
  Tell("bo", "2022-05-14", Registered());
  check();
  Correct(2025, 2025, "fees.late", "60.00");
  check();
  Tell("ana", "2024-02-01", Noticed());
  check();
  Withdraw("a1", "2023-01-15");
  check();
}

TEST_F(ProjectorTest, RebuildingADeletedFolderGivesEqualBytes) {
  const auto views = OpenViews("/views");
  auto projector = Start(*views);
  Approve("a1", "2023-01-01");
  for (int i = 0; i < 40; ++i) {
    TellShortLife(absl::StrCat("p", i));
    Tell(absl::StrCat("p", i), "2024-02-01",
         Credit("c9", "APPROVED_PROGRAM", "2024-01-15", 300, i % 3 == 0 ? "a1" : "a2"));
  }
  Approve("a2", "2024-01-01");
  TellLongLife("ana");
  Correct(2025, 2028, "requirement.single.total", "28.00");
  Tell("p1", "2024-03-01", Granted("CPMSM"));
  Withdraw("a1", "2024-01-10");
  GS_ASSERT_OK(projector->WaitFor(store().Head(), kPatience));
  projector.reset();
  const Contents live = ContentsOf(*views, {"a1", "a2"});
  EXPECT_THAT(live, ::testing::Not(::testing::IsEmpty()));
  EXPECT_EQ(live, Rebuilt({"a1", "a2"}));
}

TEST_F(ProjectorTest, AViewBehindTheLogCatchesUp) {
  for (const int more : {1, 50}) {  // Page by page, and anew.
    SCOPED_TRACE(more);
    const std::string folder = absl::StrCat("/views-", more);
    TellShortLife(absl::StrCat("ana", more));
    {
      const auto views = OpenViews(folder);
      Start(*views).reset();
    }
    for (int i = 0; i < more; ++i) TellShortLife(absl::StrCat("p", more, ".", i));
    const auto views = OpenViews(folder);
    const auto projector = Start(*views);
    EXPECT_EQ(projector->AppliedPosition(), store().Head());
    ExpectConsistent(*views);
  }
}

TEST_F(ProjectorTest, StartingWithoutNewEventsChangesNothing) {
  TellLongLife("ana");
  {
    const auto views = OpenViews("/views");
    Start(*views).reset();
  }
  const auto views = OpenViews("/views");
  const Contents before = ContentsOf(*views, {});
  const std::string checkpoint = views->GetCheckpoint().SerializeAsString();
  Start(*views).reset();
  EXPECT_EQ(ContentsOf(*views, {}), before);
  EXPECT_EQ(views->GetCheckpoint().SerializeAsString(), checkpoint);
}

TEST_F(ProjectorTest, TellsHowFarTheCatchUpIs) {
  for (int i = 0; i < 30; ++i) TellShortLife(absl::StrCat("p", i));
  const auto views = OpenViews("/views");
  std::vector<int64_t> told;
  Mutex mutex;
  {
    ProjectorOptions options;
    options.tell = [&](const BuildStatus& status) {
      const MutexLock lock(mutex);
      EXPECT_EQ(status.events_total, store().Head());
      EXPECT_EQ(status.cause, view::v1::BUILD_CAUSE_PROGRAM);
      told.push_back(status.events_done);
    };
    GS_ASSERT_OK_AND_ASSIGN(const auto projector, Projector::Start(store(), *views, options));
    GS_ASSERT_OK(projector->WaitFor(store().Head(), kPatience));
  }
  const MutexLock lock(mutex);
  ASSERT_THAT(told, ::testing::Not(::testing::IsEmpty()));
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_EQ(told.front(), 0);
  EXPECT_EQ(told.back(), store().Head());
}

// An event that this program does not know, of one stream or another.
struct UnknownEvent {
  const char* why;
  const char* stream;
  const char* kind;
};

class UnknownEventTest : public ProjectorTest,
                         public ::testing::WithParamInterface<UnknownEvent> {};

TEST_P(UnknownEventTest, StopsItWithAClearError) {
  SCOPED_TRACE(GetParam().why);
  TellShortLife("ana");
  TellShortLife("bo");
  const auto views = OpenViews("/views");
  auto projector = Start(*views);
  const int64_t before = Tell("ana", "2024-02-01", Noticed());
  GS_ASSERT_OK(projector->WaitFor(before, kPatience));
  const int64_t unknown = TellRaw(GetParam().stream, GetParam().kind, "", Day("2024-02-01"));
  EXPECT_THAT(projector->WaitFor(unknown, kPatience),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr(absl::StrCat(unknown))));
  EXPECT_THAT(projector->Health(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(projector->WaitFor(unknown + 1, kPatience), StatusIs(absl::StatusCode::kDataLoss));
  GS_EXPECT_OK(projector->WaitFor(before, kPatience)) << "what is applied stays applied";
  EXPECT_EQ(projector->AppliedPosition(), before);
  EXPECT_EQ(views->GetCheckpoint().position(), before);
  ExpectConsistent(*views);
  projector.reset();
  GS_ASSERT_OK_AND_ASSIGN(projector, Projector::Start(store(), *views, {}));
  EXPECT_THAT(projector->WaitFor(unknown, kPatience),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr(absl::StrCat(unknown))));
}

INSTANTIATE_TEST_SUITE_P(
    Projector, UnknownEventTest,
    ::testing::Values(UnknownEvent{"a person whose state is cached", "certificant/ana", "Promoted"},
                      UnknownEvent{"a person to be replayed", "certificant/bo", "Promoted"},
                      UnknownEvent{"the catalogue", "activity/a1", "ActivityPraised"},
                      UnknownEvent{"the rules", "rules/namss-2025", "RuleSetPraised"},
                      UnknownEvent{"the log itself", "log/origin", "LogPraised"},
                      UnknownEvent{"a stream of another name", "weather/today", "Rained"}));

TEST_F(ProjectorTest, ACatalogueChangeReachesThosePersonsWhoNameTheActivity) {
  for (const char* const id : {"ana", "bo", "cy"}) TellShortLife(id);
  Tell("ana", "2024-02-01", Credit("c9", "APPROVED_PROGRAM", "2024-01-15", 300, "a1"));
  Tell("bo", "2024-02-01", Credit("c9", "APPROVED_PROGRAM", "2024-01-15", 300, "a2"));
  const auto views = OpenViews("/views");
  const auto projector = Start(*views);
  const int64_t bo_before = RowPosition(*views, "bo");
  const int64_t cy_before = RowPosition(*views, "cy");
  EXPECT_EQ(Answer(*views, "ana", "2024-06-01").requirement(1).counted_hundredths(), 1'000);

  const int64_t approved = Approve("a1", "2024-01-01");
  GS_ASSERT_OK(projector->WaitFor(approved, kPatience));
  EXPECT_EQ(RowPosition(*views, "ana"), approved);
  EXPECT_EQ(RowPosition(*views, "bo"), bo_before);
  EXPECT_EQ(RowPosition(*views, "cy"), cy_before);
  EXPECT_EQ(Answer(*views, "ana", "2024-06-01").requirement(1).counted_hundredths(), 1'500);
  EXPECT_NE(projector->Board().catalogue->Find("a1"), nullptr);

  const int64_t withdrawn = Withdraw("a1", "2024-01-10");
  GS_ASSERT_OK(projector->WaitFor(withdrawn, kPatience));
  EXPECT_EQ(Answer(*views, "ana", "2024-06-01").requirement(1).counted_hundredths(), 1'000);
  EXPECT_EQ(RowPosition(*views, "bo"), bo_before);
}

TEST_F(ProjectorTest, ARuleCorrectionReachesEverybody) {
  for (const char* const id : {"ana", "bo"}) TellShortLife(id);
  const auto views = OpenViews("/views");
  const auto projector = Start(*views);
  EXPECT_EQ(Answer(*views, "bo", "2025-12-02").late_fee(), 5'000);
  const int64_t corrected = Correct(2025, 2025, "fees.late", "60.00");
  const int64_t after = Tell("bo", "2024-02-01", Noticed());
  GS_ASSERT_OK(projector->WaitFor(after, kPatience));
  for (const char* const id : {"ana", "bo"}) {
    EXPECT_EQ(Answer(*views, id, "2025-12-02").late_fee(), 6'000);
    EXPECT_EQ(Answer(*views, id, "2025-12-02").rule_set_version(), 2);
  }
  EXPECT_EQ(RowPosition(*views, "ana"), corrected);
  EXPECT_EQ(RowPosition(*views, "bo"), after);
  EXPECT_EQ(projector->Board().rulebook->revisions().at("namss-2025").size(), 2u);
}

TEST_F(ProjectorTest, WaitersRunInOrderOfTheirPositions) {
  const auto views = OpenViews("/views");
  const auto projector = Start(*views);
  const int64_t head = store().Head();
  std::vector<int64_t> ran;
  for (const int64_t ahead : {3, 1, 2}) {
    projector->WhenApplied(head + ahead, [&ran, ahead](const absl::Status& status) {
      GS_EXPECT_OK(status);
      ran.push_back(ahead);
    });
  }
  TellShortLife("ana");
  GS_ASSERT_OK(projector->WaitFor(head + 3, kPatience));
  EXPECT_THAT(ran, ElementsAre(1, 2, 3));
}

TEST_F(ProjectorTest, WhoeverWaitsSeesWhatTheyWaitedFor) {
  const auto views = OpenViews("/views");
  const auto projector = Start(*views);
  const int64_t next = store().Head() + 1;
  int64_t board = 0;
  int64_t checkpoint = 0;
  projector->WhenApplied(next, [&](const absl::Status&) {
    board = projector->Board().position;
    checkpoint = views->GetCheckpoint().position();
  });
  Approve("a1", "2024-01-01");
  GS_ASSERT_OK(projector->WaitFor(next, kPatience));
  EXPECT_GE(board, next);
  EXPECT_GE(checkpoint, next);
}

TEST_F(ProjectorTest, AppliedPositionsRunAtOnceOnTheCallingThread) {
  const auto views = OpenViews("/views");
  const auto projector = Start(*views);
  std::thread::id ran_on;
  projector->WhenApplied(store().Head(),
                         [&](const absl::Status&) { ran_on = std::this_thread::get_id(); });
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST_F(ProjectorTest, AWaitRunsOut) {
  const auto views = OpenViews("/views");
  const auto projector = Start(*views);
  EXPECT_THAT(projector->WaitFor(store().Head() + 1, absl::ZeroDuration()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(projector->WaitFor(store().Head() + 1, absl::Milliseconds(1)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(ProjectorTest, WhoStillWaitsAtTheEndIsTold) {
  const auto views = OpenViews("/views");
  auto projector = Start(*views);
  std::vector<absl::Status> told;
  projector->WhenApplied(store().Head() + 1,
                         [&](const absl::Status& status) { told.push_back(status); });
  projector.reset();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told.front(), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(ProjectorTest, FollowsWritersWhileReadersRead) {
  const auto views = OpenViews("/views");
  const auto projector = Start(*views);
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) {
      const int64_t applied = projector->AppliedPosition();
      EXPECT_GE(projector->Board().position, applied);
      EXPECT_GE(views->GetCheckpoint().position(), applied);
      int64_t newest = 0;
      GS_EXPECT_OK(views->Scan("", [&](absl::string_view, const view::v1::CertificantRow& row) {
        newest = std::max(newest, row.position());
        return true;
      }));
      EXPECT_LE(newest, store().Head());
    }
  });
  std::thread other([&] {
    for (int i = 0; i < 60; ++i) TellShortLife(absl::StrCat("q", i));
  });
  for (int i = 0; i < 60; ++i) {
    TellShortLife(absl::StrCat("p", i));
    if (i % 20 == 10) Correct(2025, 2025, "fees.late", absl::StrCat(60 + i, ".00"));
  }
  other.join();
  GS_EXPECT_OK(projector->WaitFor(store().Head(), kPatience));
  done = true;
  reader.join();
  ExpectConsistent(*views);
}

}  // namespace
}  // namespace goodstanding::projections
