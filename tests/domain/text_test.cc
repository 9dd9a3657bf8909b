#include "domain/text.h"

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "domain/refusal.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

struct Row {
  std::string text;
  bool accepted;
  absl::string_view why;
};

// A refusal names the field and nothing but it.
void ExpectField(const absl::Status& status, absl::string_view field, absl::string_view why) {
  const auto refusal = GetRefusal(status);
  ASSERT_TRUE(refusal.has_value()) << why;
  EXPECT_EQ(refusal->reason, "INVALID_ARGUMENT") << why;
  EXPECT_EQ(refusal->field, std::string(field)) << why;
}

TEST(TextTest, ChecksIds) {
  const std::vector<Row> rows = {
      {"a", true, "shortest"},
      {std::string(64, 'a'), true, "longest"},
      {std::string(65, 'a'), false, "too long"},
      {"", false, "empty"},
      {"A.b_c-9", true, "every class of characters"},
      {"a b", false, "a space"},
      {"a/b", false, "a slash"},
      {"\xC3\xA4", false, "a letter outside ASCII"},
      {std::string("a\0b", 3), false, "a NUL"},
  };
  for (const Row& row : rows) {
    const absl::Status status = CheckId(row.text, "id");
    EXPECT_EQ(status.ok(), row.accepted) << row.why;
    if (!status.ok()) ExpectField(status, "id", row.why);
  }
}

TEST(TextTest, ChecksReferences) {
  const std::vector<Row> rows = {
      {"c1", true, "ordinary"},
      {"!~", true, "first and last printable character"},
      {"a b", false, "a space"},
      {"a\n", false, "a line break"},
      {"a\x7F", false, "DEL"},
      {"", false, "shorter than asked"},
      {std::string(8, 'x'), true, "longest"},
      {std::string(9, 'x'), false, "longer than asked"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(CheckReference(row.text, 1, 8, "reference").ok(), row.accepted) << row.why;
  }
}

TEST(TextTest, ChecksUtf8) {
  const std::vector<Row> rows = {
      {"Zo\xC3\xAB", true, "two bytes"},
      {"\xE2\x82\xAC", true, "three bytes"},
      {"\xF0\x9F\x98\x80", true, "four bytes"},
      {"\xF4\x8F\xBF\xBF", true, "the last code point"},
      {"a\nb\tc", true, "line breaks and tabs"},
      {"a\rb", false, "a carriage return"},
      {std::string("a\0b", 3), false, "a NUL"},
      {"a\x1B[31m", false, "an escape"},
      {"\x7F", false, "DEL"},
      {"\x80", false, "a continuation byte alone"},
      {"\xC3", false, "a sequence cut short"},
      {"\xE2\x82", false, "a longer sequence cut short"},
      {"\xC3(", false, "a wrong continuation"},
      {"\xC0\xAF", false, "overlong, two bytes"},
      {"\xE0\x80\xAF", false, "overlong, three bytes"},
      {"\xF0\x80\x80\xAF", false, "overlong, four bytes"},
      {"\xED\xA0\x80", false, "a surrogate"},
      {"\xF4\x90\x80\x80", false, "above the last code point"},
      {"\xFF", false, "a byte that UTF-8 never has"},
  };
  for (const Row& row : rows) {
    const absl::Status status = CheckText(row.text, 0, 100, "name");
    EXPECT_EQ(status.ok(), row.accepted) << row.why;
    if (!status.ok()) ExpectField(status, "name", row.why);
  }
}

TEST(TextTest, ChecksTheSizeOfText) {
  EXPECT_TRUE(CheckText("", 0, 3, "f").ok());
  EXPECT_FALSE(CheckText("", 1, 3, "f").ok());
  EXPECT_TRUE(CheckText("abc", 1, 3, "f").ok());
  EXPECT_FALSE(CheckText("abcd", 1, 3, "f").ok());
  EXPECT_FALSE(CheckText("\xE2\x82\xAC\xE2\x82\xAC", 1, 3, "f").ok()) << "counted in bytes";
}

TEST(TextTest, ChecksAddressesInOutline) {
  const std::vector<Row> rows = {
      {"a@b", true, "the shortest"},
      {"ana@example.org", true, "ordinary"},
      {"@b", false, "nothing before"},
      {"a@", false, "nothing after"},
      {"ab", false, "no sign"},
      {"a@b@c", false, "two signs"},
      {"a b@c", false, "a space"},
      {"a@b\n", false, "a line break"},
      {"a@\xC3", false, "invalid UTF-8"},
      {std::string(252, 'a') + "@b", true, "the longest"},
      {std::string(253, 'a') + "@b", false, "too long"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(CheckEmail(row.text, "email").ok(), row.accepted) << row.why;
  }
}

TEST(TextTest, ChecksPeriodsAndMoments) {
  EXPECT_TRUE(CheckPeriod(testing::Day("2025-01-01"), testing::Day("2025-01-01"), "p").ok())
      << "one day is a period";
  const auto refusal =
      GetRefusal(CheckPeriod(testing::Day("2025-01-02"), testing::Day("2025-01-01"), "p"));
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->reason, "INVALID_PERIOD");
  const Moment now = testing::At("2025-12-01 17:00");
  EXPECT_TRUE(CheckNotInFuture(now, now).ok()) << "the present moment is not in the future";
  Moment later = now;
  ++later.micros;
  EXPECT_EQ(GetRefusal(CheckNotInFuture(later, now))->reason, "EFFECTIVE_IN_FUTURE");
}

TEST(TextTest, AcceptsTheFirstAndTheLastSequenceOfEachSize) {
  for (const absl::string_view text :
       {"\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(CheckText(text, 0, 10, "text").ok()) << text;
  }
}

TEST(TextTest, AnAddressHasOneAt) {
  EXPECT_FALSE(CheckEmail("a@@b.org", "email").ok()) << "one behind the other";
  EXPECT_FALSE(CheckEmail("a@b@c.org", "email").ok());
  EXPECT_FALSE(CheckEmail("a@b@", "email").ok()) << "at the end";
}

}  // namespace
}  // namespace goodstanding::domain
