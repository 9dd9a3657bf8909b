#include "tools/decimal.h"

#include <limits>

#include "gtest/gtest.h"

namespace goodstanding::tools {
namespace {

TEST(Decimal, ReadsAmountsAsPeopleWriteThem) {
  EXPECT_EQ(ParseDecimal("37.50"), 3750);
  EXPECT_EQ(ParseDecimal("37.5"), 3750);
  EXPECT_EQ(ParseDecimal("37"), 3700);
  EXPECT_EQ(ParseDecimal("-0.01"), -1);
  EXPECT_EQ(ParseDecimal("999999999999999.99"), 99999999999999999);
}

TEST(Decimal, ReadsNothingElse) {
  for (const char* const text : {"", "-", ".", "5.", ".5", "1.234", "1,00", "1e3", " 1", "1 ", "+1",
                                 "0x1", "1000000000000000.00", "ACTIVE", "--1"}) {
    EXPECT_EQ(ParseDecimal(text), std::nullopt) << text;
  }
}

TEST(Decimal, WritesTwoPlaces) {
  EXPECT_EQ(FormatDecimal(0), "0.00");
  EXPECT_EQ(FormatDecimal(-5), "-0.05");
  EXPECT_EQ(FormatDecimal(123456), "1234.56");
  EXPECT_EQ(FormatDecimal(std::numeric_limits<int64_t>::min()), "-92233720368547758.08");
}

}  // namespace
}  // namespace goodstanding::tools
