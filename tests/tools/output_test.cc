#include "tools/output.h"

#include "gmock/gmock.h"
#include "goodstanding/api/v1/query_service.pb.h"
#include "gtest/gtest.h"

namespace goodstanding::tools {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Style kPiped;
constexpr Style kNarrow{.terminal = true, .color = false, .width = 40};
constexpr Style kColored{.terminal = true, .color = true, .width = 100};

Table TwoPayments() {
  Table table({{"Payment"}, {"Amount", Table::Align::kRight}, {"What"}});
  table.AddRow({"p1", "200.00", "counts"});
  table.AddRow({"überweisung", "50.00", ""});
  table.SetMood(Mood::kFaint);
  return table;
}

TEST(Output, ATableLinesUpItsColumns) {
  EXPECT_EQ(TwoPayments().Render(kPiped),
            "Payment      Amount  What\n"
            "p1           200.00  counts\n"
            "überweisung   50.00\n");
}

TEST(Output, ATerminalGetsARuleAndColour) {
  EXPECT_EQ(TwoPayments().Render(kColored),
            "\033[1mPayment      Amount  What\033[0m\n"
            "\033[2m───────────────────────────\033[0m\n"
            "p1           200.00  counts\n"
            "\033[2müberweisung   50.00\033[0m\n");
}

TEST(Output, ATerminalsWidthShortensTheWidestColumn) {
  Table table({{"Id"}, {"Why"}, {"N", Table::Align::kRight}});
  table.AddRow({"ana", "a reason that is a good deal longer than a row", "7"});
  EXPECT_EQ(table.Render(kNarrow),
            "Id   Why                               N\n"
            "────────────────────────────────────────\n"
            "ana  a reason that is a good deal lo…  7\n");
  EXPECT_THAT(table.Render(kPiped), HasSubstr("longer than a row  7\n"));
}

TEST(Output, PiecesOfATableLineUp) {
  const std::vector<Table::Column> columns = {{"Id", Table::Align::kLeft, 6}, {"On"}};
  Table first(columns);
  first.AddRow({"a", "1"});
  Table second(columns);
  second.AddRow({"anabel", "2"});
  EXPECT_EQ(first.Render(kPiped) + second.Render(kPiped, /*with_header=*/false),
            "Id      On\n"
            "a       1\n"
            "anabel  2\n");
}

TEST(Output, WhatOthersWroteCannotSteerTheTerminalNorBreakARow) {
  EXPECT_EQ(Printable("a\033[31m\nb\tc\x7f\xC2\x9B"
                      "d é"),
            "a [31m b c  d é");
  Table table({{"Name"}});
  table.AddRow({"x\ny"});
  EXPECT_EQ(table.Render(kPiped), "Name\nx y\n");
  EXPECT_EQ(NameValueLines({{"Name", "x\ny"}}), "Name  x y\n");
  EXPECT_EQ(Wrapped("x\033y", "", kPiped), "x y\n");
}

TEST(Output, WrapsOnATerminalAlone) {
  const std::string text = "The cycle runs through December 1, 2025, and can then be renewed.";
  EXPECT_EQ(Wrapped(text, "  ", kNarrow),
            "  The cycle runs through December 1,\n"
            "  2025, and can then be renewed.\n");
  EXPECT_EQ(Wrapped(text, "  ", kPiped), "  " + text + "\n");
}

TEST(Output, LeavesOutLinesWithoutAValue) {
  EXPECT_EQ(NameValueLines({{"Id", "ana"}, {"A long name", ""}, {"Level", "DUAL"}}),
            "Id     ana\n"
            "Level  DUAL\n");
}

TEST(Output, JsonHasTheProtosNamesAndEveryPlainField) {
  api::v1::DueEntry entry;
  entry.set_certificant_id("ana");
  entry.set_standing(type::v1::STANDING_LATE);
  EXPECT_EQ(ToJsonLine(entry),
            R"({"certificant_id":"ana","standing":"STANDING_LATE","complete":false})"
            "\n");
  EXPECT_THAT(ToJson(entry), HasSubstr("\n \"complete\": false\n"));
}

TEST(Output, CsvQuotesAndGuardsAgainstFormulas) {
  EXPECT_EQ(CsvLine({"a", "b,c", "say \"x\"", "two\nlines", ""}),
            "a,\"b,c\",\"say \"\"x\"\"\",\"two\nlines\",");
  EXPECT_EQ(CsvLine({"=1+1", "@x", "-x", "-50.00", "+1"}), "'=1+1,'@x,'-x,-50.00,'+1");
}

TEST(Output, ColoursOnlyWhereTheStyleHasColour) {
  EXPECT_EQ(Colored("x", Mood::kBad, kPiped), "x");
  EXPECT_EQ(Colored("x", Mood::kBad, kNarrow), "x");
  EXPECT_EQ(Colored("x", Mood::kBad, kColored), "\033[31mx\033[0m");
  EXPECT_EQ(Colored("x", Mood::kPlain, kColored), "x");
  EXPECT_THAT(TwoPayments().Render(kNarrow), Not(HasSubstr("\033")));
}

}  // namespace
}  // namespace goodstanding::tools
