#include "domain/dates.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

using testing::Day;

TEST(DateTest, ParsesDaysOfTheCalendarAndNothingElse) {
  struct Row {
    absl::string_view text;
    bool valid;
    absl::string_view why;
  };
  const std::vector<Row> rows = {
      {"2024-02-29", true, "leap day of a leap year"},
      {"2023-02-29", false, "leap day of a common year"},
      {"2000-02-29", true, "a year divisible by 400 is a leap year"},
      {"2100-02-29", false, "a year divisible by 100 is none"},
      {"2025-04-30", true, "last day of a short month"},
      {"2025-04-31", false, "day after it"},
      {"2025-12-31", true, "last day of the year"},
      {"2025-12-32", false, "day after it"},
      {"2025-13-01", false, "month after the last"},
      {"2025-00-10", false, "month before the first"},
      {"2025-01-00", false, "day before the first"},
      {"1900-01-01", true, "first day of the range"},
      {"1899-12-31", false, "day before the range"},
      {"9999-12-31", true, "last day of the range"},
      {"2025-1-01", false, "too short"},
      {"2025-01-011", false, "too long"},
      {"2025/01/01", false, "other separators"},
      {"+025-01-01", false, "a sign is no digit"},
      {" 025-01-01", false, "a space is no digit"},
      {"", false, "empty"},
  };
  for (const Row& row : rows) {
    const auto date = Date::Parse(row.text);
    EXPECT_EQ(date.has_value(), row.valid) << row.text << ": " << row.why;
    if (date && row.valid) {
      EXPECT_EQ(date->ToString(), std::string(row.text)) << row.why;
      EXPECT_EQ(Date::FromProto(date->ToProto()), date) << row.why;
    }
  }
}

TEST(DateTest, EachDayIsTheOneOfItsYearMonthAndDay) {
  const Date last = Day("9999-12-31");
  int days = 0;
  for (Date day = Day("1900-01-01"); day <= last; day = day + 1, ++days) {
    ASSERT_EQ(Date::Create(day.year(), day.month(), day.day()), day) << day.number();
  }
  EXPECT_EQ(days, 2'958'464) << "8,100 years, 1,964 of them leap years";
  EXPECT_EQ(Date::FromNumber(-719'468).ToString(), "0000-03-01") << "where counting begins";
  EXPECT_EQ(Date::FromNumber(-719'469).ToString(), "0000-02-29") << "the day before";
}

TEST(DateTest, CreatesNothingOutsideTheCalendar) {
  EXPECT_FALSE(Date::Create(2023, 2, 30).has_value());
  EXPECT_FALSE(Date::Create(2023, 2, -1).has_value());
  EXPECT_FALSE(Date::Create(10000, 1, 1).has_value());
  EXPECT_FALSE(Date::FromProto(type::v1::CivilDate()).has_value());
}

TEST(DateTest, StepsOverMonthAndYearEnds) {
  struct Row {
    absl::string_view from;
    int days;
    absl::string_view to;
    absl::string_view why;
  };
  const std::vector<Row> rows = {
      {"2024-02-28", 1, "2024-02-29", "into the leap day"},
      {"2024-02-29", 1, "2024-03-01", "out of it"},
      {"2023-02-28", 1, "2023-03-01", "no leap day"},
      {"2025-12-31", 1, "2026-01-01", "year end"},
      {"2025-03-09", 1, "2025-03-10", "the day on which clocks go forward is one day"},
      {"2025-11-02", 1, "2025-11-03", "the day on which clocks go back is one day"},
      {"2026-01-01", -1, "2025-12-31", "backwards"},
      {"1970-01-01", -1, "1969-12-31", "before the epoch"},
      {"2025-12-01", 28, "2025-12-29", "four weeks"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ((Day(row.from) + row.days).ToString(), std::string(row.to)) << row.why;
  }
}

TEST(DateTest, KnowsTheDayOfTheWeek) {
  struct Row {
    absl::string_view day;
    int weekday;
  };
  for (const Row& row : std::vector<Row>{{"1970-01-01", 3},
                                         {"1969-12-31", 2},
                                         {"2025-12-01", 0},
                                         {"2025-11-30", 6},
                                         {"2024-02-29", 3},
                                         {"1900-01-01", 0}}) {
    EXPECT_EQ(Day(row.day).weekday(), row.weekday) << row.day;
  }
}

TEST(DateTest, SpeaksInWords) {
  EXPECT_EQ(Day("2025-12-01").ToWords(), "December 1, 2025");
  EXPECT_EQ(Day("2024-02-29").ToWords(), "February 29, 2024");
}

TEST(MonthDayTest, IsADayOfEveryYear) {
  EXPECT_TRUE(MonthDay::Parse("02-28").has_value());
  EXPECT_FALSE(MonthDay::Parse("02-29").has_value()) << "not every year has it";
  EXPECT_FALSE(MonthDay::Parse("13-01").has_value());
  EXPECT_FALSE(MonthDay::Parse("1-01").has_value());
  EXPECT_FALSE(MonthDay::Parse("12/01").has_value());
}

TEST(MonthDayTest, FirstAfterExcludesTheDayItself) {
  const MonthDay end{12, 1};
  EXPECT_EQ(end.FirstAfter(Day("2025-11-30")), Day("2025-12-01"));
  EXPECT_EQ(end.FirstAfter(Day("2025-12-01")), Day("2026-12-01"));
  EXPECT_EQ(end.FirstAfter(Day("2025-12-02")), Day("2026-12-01"));
}

TEST(MinuteOfDayTest, ReadsAndWrites) {
  EXPECT_EQ(ParseMinuteOfDay("00:00"), 0);
  EXPECT_EQ(ParseMinuteOfDay("17:00"), 1020);
  EXPECT_EQ(ParseMinuteOfDay("23:59"), 1439);
  EXPECT_EQ(ParseMinuteOfDay("24:00"), std::nullopt);
  EXPECT_EQ(ParseMinuteOfDay("12:60"), std::nullopt);
  EXPECT_EQ(ParseMinuteOfDay("9:00"), std::nullopt);
  EXPECT_EQ(FormatMinuteOfDay(1020), "17:00");
  EXPECT_EQ(FormatMinuteOfDay(5), "00:05");
}

TEST(MomentTest, FindsTheCivilDayWithTheOffsetOfTheMoment) {
  constexpr int64_t kSecond = 1'000'000;
  constexpr int64_t kHour = 3600 * kSecond;
  struct Row {
    int64_t micros;
    int32_t offset_seconds;
    absl::string_view day;
    int64_t micros_of_day;
    absl::string_view why;
  };
  const std::vector<Row> rows = {
      // 2025-03-09 06:59:59 UTC and 07:00:00 UTC: clocks go forward from 2:00 to 3:00.
      {1741503599 * kSecond, -5 * 3600, "2025-03-09", 2 * kHour - kSecond, "last winter second"},
      {1741503600 * kSecond, -4 * 3600, "2025-03-09", 3 * kHour, "first summer second"},
      // 2025-11-02 05:30 UTC and 06:30 UTC: 1:30 comes twice.
      {1762061400 * kSecond, -4 * 3600, "2025-11-02", kHour + kHour / 2, "1:30 in summer time"},
      {1762065000 * kSecond, -5 * 3600, "2025-11-02", kHour + kHour / 2, "1:30 again"},
      // 2025-12-02 04:59:59.999999 UTC is the last instant of December 1 in New York.
      {1764651600 * kSecond - 1, -5 * 3600, "2025-12-01", 24 * kHour - 1, "last instant of a day"},
      {1764651600 * kSecond, -5 * 3600, "2025-12-02", 0, "first instant of the next"},
      {-1, 0, "1969-12-31", 24 * kHour - 1, "just before the epoch"},
      {0, 0, "1970-01-01", 0, "the epoch"},
  };
  for (const Row& row : rows) {
    const Moment moment = Moment::FromUtc(row.micros, row.offset_seconds);
    EXPECT_EQ(moment.date.ToString(), std::string(row.day)) << row.why;
    EXPECT_EQ(moment.micros_of_day, row.micros_of_day) << row.why;
    EXPECT_EQ(moment.micros, row.micros) << row.why;
  }
}

TEST(BusinessDaysTest, SkipWeekendsAndHolidays) {
  struct Row {
    absl::string_view from;
    int count;
    absl::string_view to;
    absl::string_view why;
  };
  const std::vector<Row> rows = {
      {"2025-11-26", 0, "2025-11-26", "none is the day itself"},
      {"2025-11-26", 1, "2025-11-28", "over Thanksgiving"},
      {"2025-11-26", 2, "2025-12-01", "over Thanksgiving and a weekend"},
      {"2025-11-29", 1, "2025-12-01", "from a Saturday"},
      {"2025-12-01", 10, "2025-12-15", "the badge: two weeks without a holiday"},
      {"2025-12-24", 1, "2025-12-26", "over Christmas"},
      {"2025-12-31", 1, "2026-01-02", "over New Year"},
      {"2021-12-30", 1, "2022-01-03", "New Year on a Saturday is observed on Friday"},
      {"2025-12-22", 7, "2026-01-02", "over Christmas and New Year"},
      {"2024-02-28", 2, "2024-03-01", "over a leap day, which is a business day"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(testing::ShippedFigures().AddBusinessDays(Day(row.from), row.count).ToString(),
              std::string(row.to))
        << row.why;
  }
}

}  // namespace
}  // namespace goodstanding::domain
