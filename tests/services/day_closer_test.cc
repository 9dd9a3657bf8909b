#include "services/day_closer.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "projections/closed_days.h"
#include "tests/services/processor_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::services {
namespace {

using ::testing::ElementsAre;

class DayCloserTest : public ProcessorTest {
 protected:
  DayCloserTest() { EXPECT_TRUE(absl::LoadTimeZone("America/New_York", &zone_)); }

  void SetClock(const std::string& local) { clock_.Set(absl::FromCivil(Second(local), zone_)); }

  // "2025-12-31T23:59:59".
  static absl::CivilSecond Second(const std::string& text) {
    absl::CivilSecond second;
    EXPECT_TRUE(absl::ParseCivilTime(text, &second)) << text;
    return second;
  }

  void Start() {
    closer_ = std::make_unique<DayCloser>(*processor_, time_, clock_, absl::Milliseconds(1));
  }

  // Waits until the log has so many events.
  void Await(int64_t head) { EXPECT_GE(store_->WaitForHead(head, absl::Minutes(1)), head); }

  // Waits until this is the last day closed.
  void AwaitClosed(const std::string& day) {
    for (int64_t head = store_->Head(); head == 0 || Closed().back() != day;
         head = store_->Head()) {
      Await(head + 1);
    }
  }

  // The last days of all events, as the log has them.
  std::vector<std::string> Closed() {
    std::vector<std::string> days;
    for (int64_t position = 1; position <= store_->Head(); ++position) {
      const auto closed = projections::LoadClosedDays(*store_, position);
      GS_EXPECT_OK(closed);
      days.push_back(closed->last->ToString());
    }
    return days;
  }

  absl::TimeZone zone_;
  std::unique_ptr<DayCloser> closer_;
};

TEST_F(DayCloserTest, ClosesADayAtMidnightOfTheBoardsZone) {
  SetClock("2025-12-31T23:59:59");
  Start();
  Await(1);
  SetClock("2026-01-01T00:00:00");
  Await(2);
  EXPECT_THAT(Closed(), ElementsAre("2025-12-30", "2025-12-31"));
}

TEST_F(DayCloserTest, ClosesOneDayADayOverBothClockChangesAndFebruary29) {
  struct Row {
    const char* reason;
    const char* before;
    const char* after;
    const char* closed;
  };
  const Row rows[] = {
      {"a leap day begins", "2024-02-28T23:59:59", "2024-02-29T00:00:00", "2024-02-28"},
      {"a leap day ends", "2024-02-29T23:59:59", "2024-03-01T00:00:00", "2024-02-29"},
      {"the day with 23 hours", "2025-03-09T23:59:59", "2025-03-10T00:00:00", "2025-03-09"},
      {"the day with 25 hours", "2025-11-02T23:59:59", "2025-11-03T00:00:00", "2025-11-02"},
  };
  SetClock(rows[0].before);
  Start();
  for (const Row& row : rows) {
    SCOPED_TRACE(row.reason);
    SetClock(row.before);
    AwaitClosed(absl::FormatCivilTime(absl::CivilDay(Second(row.before)) - 1));
    SetClock(row.after);
    AwaitClosed(row.closed);
  }
  closer_.reset();
  EXPECT_THAT(Closed(), ElementsAre("2024-02-27", "2024-02-28", "2024-02-29", "2025-03-08",
                                    "2025-03-09", "2025-11-01", "2025-11-02"));
}

TEST_F(DayCloserTest, ClosesWhatPassedWhileItWasDownWithOneEvent) {
  SetClock("2025-12-30T12:00:00");
  Start();
  Await(1);
  closer_.reset();
  SetClock("2026-01-04T00:30:00");
  Start();
  Await(2);
  closer_.reset();
  Start();  // Nothing has passed since.
  closer_.reset();
  EXPECT_THAT(Closed(), ElementsAre("2025-12-29", "2026-01-03"));
}

TEST_F(DayCloserTest, ADayStaysClosedWhenTheClockGoesBack) {
  SetClock("2026-01-01T00:10:00");
  Start();
  Await(1);
  SetClock("2025-12-31T23:50:00");
  closer_.reset();
  Start();
  SetClock("2026-01-02T00:00:00");
  Await(2);
  closer_.reset();
  EXPECT_THAT(Closed(), ElementsAre("2025-12-31", "2026-01-01"));
}

}  // namespace
}  // namespace goodstanding::services
