#include "tools/when.h"

#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::tools {
namespace {

std::string InUtc(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M", time, absl::UTCTimeZone());
}

class WhenTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto zone = services::BoardTime::Load("America/New_York");
    GS_ASSERT_OK(zone);
    zone_ = *zone;
  }

  std::string Utc(absl::string_view text) {
    const std::optional<When> when = When::Parse(text);
    if (!when) return "unreadable";
    const std::optional<absl::Time> time = Instant(*when, *zone_);
    return time ? InUtc(*time) : "no such day";
  }

  std::optional<services::BoardTime> zone_;
};

TEST_F(WhenTest, ADayIsItsNoonInTheBoardsZone) {
  EXPECT_EQ(Utc("2025-12-01"), "2025-12-01 17:00");
  EXPECT_EQ(Utc("2025-06-01"), "2025-06-01 16:00");
}

TEST_F(WhenTest, AMinuteIsThatMinute) {
  EXPECT_EQ(Utc("2025-12-01 17:00"), "2025-12-01 22:00");
  EXPECT_EQ(Utc("2025-08-01 00:00"), "2025-08-01 04:00");
  EXPECT_EQ(Utc("2025-12-31 23:59"), "2026-01-01 04:59");
}

TEST_F(WhenTest, HoldsNearTheChangesOfTheClock) {
  EXPECT_EQ(Utc("2025-03-09 01:59"), "2025-03-09 06:59");
  EXPECT_EQ(Utc("2025-03-09 03:00"), "2025-03-09 07:00");
  EXPECT_EQ(Utc("2025-11-02 00:30"), "2025-11-02 04:30");
  EXPECT_EQ(Utc("2025-11-02 03:00"), "2025-11-02 08:00");
}

TEST_F(WhenTest, RefusesEverythingElse) {
  for (const char* const text :
       {"", "2025", "2025-1-1", "2025-12-01T17:00", "2025-12-01 24:00", "2025-12-01 17:60",
        "2025-12-01 7:00", "2025-12-01 17:00:00", "01.12.2025", "today", "2025-12-01 "}) {
    EXPECT_EQ(Utc(text), "unreadable") << text;
  }
}

TEST_F(WhenTest, ADayThatIsNoneIsReadAndLeftToTheServer) {
  ASSERT_TRUE(When::Parse("2023-02-30"));
  EXPECT_EQ(Utc("2023-02-30"), "no such day");
  api::v1::CommandHeader header;
  SetEffective(*When::Parse("2023-02-30"), *zone_, header);
  EXPECT_EQ(header.effective_date().day(), 30);
}

TEST_F(WhenTest, FormatsInTheBoardsZone) {
  EXPECT_EQ(FormatMinute(*Instant(*When::Parse("2025-12-01 17:30"), *zone_), *zone_),
            "2025-12-01 17:30");
  EXPECT_EQ(FormatDate(When::Parse("0950-01-09")->date), "0950-01-09");
  EXPECT_EQ(FormatDate(type::v1::CivilDate()), "");
}

}  // namespace
}  // namespace goodstanding::tools
