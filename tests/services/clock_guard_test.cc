#include "services/clock_guard.h"

#include <string>

#include "absl/time/time.h"
#include "domain/refusal.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::services {
namespace {

using ::testing::HasSubstr;

class ClockGuardTest : public ::testing::Test {
 protected:
  ClockGuardOptions Options() {
    ClockGuardOptions options;
    options.wall = &wall_;
    options.elapsed = &elapsed_;
    options.on_suspicion = [this] { ++told_; };
    return options;
  }

  // Both clocks go on.
  void Pass(absl::Duration time) {
    elapsed_.Advance(time);
    Step(time);
  }
  // The wall clock is set.
  void Step(absl::Duration by) { wall_.Set(wall_.Now() + by); }

  static constexpr absl::Duration kMoment = absl::Milliseconds(1);
  const absl::Time start_ = absl::FromUnixSeconds(1'764'000'000);
  ManualClock wall_{start_};
  ManualElapsedClock elapsed_;
  int told_ = 0;
};

TEST_F(ClockGuardTest, BelievesTimeThatPasses) {
  const ClockGuard guard(Options());
  Pass(absl::Hours(24 * 400));
  EXPECT_EQ(guard.Now(), wall_.Now());
  GS_EXPECT_OK(guard.Check());
  EXPECT_EQ(told_, 0);
}

TEST_F(ClockGuardTest, BelievesAStepUpToAMinuteAndNoFurther) {
  struct Row {
    absl::Duration step;
    bool believed;
    const char* why;
  };
  const Row rows[] = {
      {absl::Minutes(1), true, "forward, at the limit"},
      {absl::Minutes(1) + kMoment, false, "forward, beyond it"},
      {-absl::Minutes(1), true, "back, at the limit"},
      {-absl::Minutes(1) - kMoment, false, "back, beyond it"},
      {absl::Hours(24 * 365), false, "a year"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.why);
    wall_.Set(start_);
    const ClockGuard guard(Options());
    Step(row.step);
    EXPECT_EQ(guard.Check().ok(), row.believed);
    EXPECT_EQ(guard.Now(), row.believed ? start_ + row.step : start_);
  }
}

TEST_F(ClockGuardTest, StepsAddUp) {
  const ClockGuard guard(Options());
  Step(absl::Seconds(40));
  GS_EXPECT_OK(guard.Check());
  Step(absl::Seconds(40));
  EXPECT_FALSE(guard.Check().ok());
}

TEST_F(ClockGuardTest, TellsTheTimeThatElapsedUntilTheClockIsConfirmed) {
  ClockGuard guard(Options());
  Step(absl::Hours(48));
  EXPECT_EQ(guard.Now(), start_);
  Pass(absl::Seconds(10));
  EXPECT_EQ(guard.Now(), start_ + absl::Seconds(10));
  EXPECT_THAT(guard.Suspicion(), HasSubstr("was set to"));
  EXPECT_EQ(domain::GetRefusal(guard.Check())->reason, "CLOCK_SUSPECT");
  EXPECT_EQ(told_, 1) << "once";

  const auto cleared = guard.Confirm(wall_.Now() + absl::Seconds(30));
  ASSERT_TRUE(cleared.ok()) << cleared.status();
  EXPECT_THAT(*cleared, HasSubstr("was set to"));
  GS_EXPECT_OK(guard.Check());
  EXPECT_EQ(guard.Now(), wall_.Now());
  Step(-absl::Hours(48));
  EXPECT_FALSE(guard.Check().ok()) << "the next step is found too";
  EXPECT_EQ(told_, 2);
}

TEST_F(ClockGuardTest, StaysSuspectWhereTheClockIsSetBack) {
  const ClockGuard guard(Options());
  Step(absl::Hours(1));
  EXPECT_FALSE(guard.Check().ok());
  Step(-absl::Hours(1));
  EXPECT_FALSE(guard.Check().ok());
  EXPECT_EQ(guard.Now(), wall_.Now());
}

TEST_F(ClockGuardTest, IsConfirmedOnlyByATimeWithinAMinute) {
  ClockGuard guard(Options());
  Step(absl::Hours(1));
  EXPECT_FALSE(guard.Check().ok());
  for (const absl::Duration off : {absl::Minutes(1) + kMoment, -absl::Minutes(1) - kMoment}) {
    const auto refused = guard.Confirm(wall_.Now() + off);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(domain::GetRefusal(refused.status())->field, "time");
    EXPECT_FALSE(guard.Check().ok());
  }
  GS_EXPECT_OK(guard.Confirm(wall_.Now() - absl::Minutes(1)));
  GS_EXPECT_OK(guard.Check());
}

TEST_F(ClockGuardTest, HoldsTheClockAgainstTheLastEventAtTheStart) {
  constexpr absl::Duration kWeek = absl::Hours(24 * 7);
  struct Row {
    absl::Time last;
    absl::Duration max_downtime;
    bool believed;
    const char* why;
  };
  const Row rows[] = {
      {absl::InfinitePast(), kWeek, true, "an empty log"},
      {start_ + absl::Minutes(1), kWeek, true, "behind it, at the limit"},
      {start_ + absl::Minutes(1) + kMoment, kWeek, false, "behind it, beyond the limit"},
      {start_ + absl::Minutes(1) + kMoment, absl::ZeroDuration(), false,
       "downtime is another check"},
      {start_ - kWeek, kWeek, true, "a week down"},
      {start_ - kWeek - kMoment, kWeek, false, "more than a week down"},
      {start_ - kWeek - kMoment, absl::ZeroDuration(), true, "nobody looks at downtime"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.why);
    ClockGuard guard(Options());
    guard.HoldAgainst(row.last, row.max_downtime);
    EXPECT_EQ(guard.Check().ok(), row.believed);
    EXPECT_EQ(guard.Now(), start_);
    GS_EXPECT_OK(guard.Confirm(start_));
    GS_EXPECT_OK(guard.Check());
  }
}

TEST_F(ClockGuardTest, RefusesWhileTheClockIsNotSynchronised) {
  bool synchronised = false;
  ClockGuardOptions options = Options();
  options.synchronised = [&] { return synchronised; };
  ClockGuard guard(options);
  EXPECT_FALSE(guard.Check().ok());
  GS_EXPECT_OK(guard.Confirm(start_));
  EXPECT_FALSE(guard.Check().ok()) << "confirming does not synchronise";
  synchronised = true;
  GS_EXPECT_OK(guard.Check());
}

TEST_F(ClockGuardTest, BelievesAClockThatIsHeldAgainstNothing) {
  ClockGuardOptions options = Options();
  options.elapsed = nullptr;
  const ClockGuard guard(options);
  Step(absl::Hours(24 * 365));
  GS_EXPECT_OK(guard.Check());
  EXPECT_EQ(guard.Now(), wall_.Now());
}

}  // namespace
}  // namespace goodstanding::services
