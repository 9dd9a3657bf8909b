#include "domain/amounts.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "domain/money_text.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

TEST(AmountsTest, ParsesDecimalsOfAtMostTwoPlaces) {
  struct Row {
    absl::string_view text;
    std::optional<Hundredths> value;
    absl::string_view why;
  };
  const std::vector<Row> rows = {
      {"0", 0, "zero"},
      {"0.00", 0, "zero, in full"},
      {"37", 3700, "no decimals"},
      {"37.5", 3750, "one decimal"},
      {"37.50", 3750, "two decimals"},
      {"0.01", 1, "the smallest"},
      {"-1.00", -100, "negative"},
      {"-0.25", -25, "negative below one"},
      {"1000000.00", kMaxAmount, "the largest"},
      {"1000000.01", std::nullopt, "above the largest"},
      {"-1000000.01", std::nullopt, "below the smallest"},
      {"37.505", std::nullopt, "three decimals"},
      {"37.", std::nullopt, "a point without decimals"},
      {".50", std::nullopt, "decimals without a number"},
      {"1.2.3", std::nullopt, "two points"},
      {"1..50", std::nullopt, "two points, one behind the other"},
      {"000000000.50", 50, "twelve characters, as many as are read"},
      {"0000000000.50", std::nullopt, "a character more"},
      {"", std::nullopt, "empty"},
      {"-", std::nullopt, "only a sign"},
      {"--1", std::nullopt, "two signs"},
      {"+1", std::nullopt, "a plus sign"},
      {"1e3", std::nullopt, "an exponent"},
      {" 1", std::nullopt, "a space"},
      {"1,000", std::nullopt, "a thousands separator"},
      {"99999999999999999999", std::nullopt, "more digits than fit"},
  };
  for (const Row& row : rows) EXPECT_EQ(ParseHundredths(row.text), row.value) << row.why;
}

TEST(AmountsTest, FormatsWithTwoPlaces) {
  EXPECT_EQ(FormatHundredths(0), "0.00");
  EXPECT_EQ(FormatHundredths(5), "0.05");
  EXPECT_EQ(FormatHundredths(-25), "-0.25");
  EXPECT_EQ(FormatHundredths(3750), "37.50");
  EXPECT_EQ(FormatHundredths(kMaxAmount), "1000000.00");
}

TEST(AmountsTest, EveryAmountSurvivesTheRoundTrip) {
  for (Hundredths value = -1000; value <= 1000; ++value) {
    ASSERT_EQ(ParseHundredths(FormatHundredths(value)), value);
  }
}

TEST(AmountsTest, RoundsDownToAMultiple) {
  EXPECT_EQ(RoundDownToMultiple(124, 25), 100);
  EXPECT_EQ(RoundDownToMultiple(125, 25), 125);
  EXPECT_EQ(RoundDownToMultiple(149, 25), 125);
  EXPECT_EQ(RoundDownToMultiple(24, 25), 0);
}

TEST(AmountsTest, MoneyNamesItsCurrency) {
  Figures figures = testing::ShippedFigures();
  EXPECT_EQ(MoneyText(figures, 37500), "$375.00");
  EXPECT_EQ(MoneyText(figures, -2500), "-$25.00");
  figures.currency_code = "EUR";
  EXPECT_EQ(MoneyText(figures, 37500), "375.00 EUR");
  EXPECT_EQ(MoneyText(figures, -5), "-0.05 EUR");
}

}  // namespace
}  // namespace goodstanding::domain
