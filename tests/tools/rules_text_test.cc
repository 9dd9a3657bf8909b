// Rules figure by figure, what two of them say differently, and corrections on the command line.
#include "tools/rules_text.h"

#include <algorithm>

#include "domain/figures.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tools/correction.h"
#include "tools/rule_files.h"
#include "tools/rule_words.h"

namespace goodstanding::tools {
namespace {

using ::goodstanding::testing::StatusIs;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr Style kPiped;

type::v1::YearRange Years(int first, int last) {
  type::v1::YearRange years;
  years.set_first_year(first);
  years.set_last_year(last);
  return years;
}

// The shipped rules with figures of them replaced.
type::v1::RuleSet With(const std::vector<RuleFigure>& figures) {
  type::v1::RuleSet rules = ShippedRules();
  for (const RuleFigure& figure : figures) {
    type::v1::FigureChange change;
    change.set_path(figure.path);
    change.set_value(figure.value);
    GS_EXPECT_OK(domain::ApplyFigureChange(change, rules));
  }
  return rules;
}

// Version 2: the late fee is another one for the cycles that end in 2025 to 2027.
RuleSource Corrected() {
  return {2,
          {{Years(kFirstYear, 2024), With({})},
           {Years(2025, 2027), With({{"fees.late", "60.00"}})},
           {Years(2028, kLastYear), With({})}}};
}

TEST(RuleFigures, EveryFigureThatACorrectionNamesIsListed) {
  const std::vector<RuleFigure> figures = ListFigures(ShippedRules());
  EXPECT_THAT(figures, Contains(RuleFigure{"requirement.dual.approved", "25.00"}));
  EXPECT_THAT(figures, Contains(RuleFigure{"requirement.dual.extension_half", "25.00"}));
  EXPECT_THAT(figures, Contains(RuleFigure{"fees.single.non_member", "375.00"}));
  EXPECT_THAT(figures, Contains(RuleFigure{"fees.reinstatement", "150.00"}));
  EXPECT_THAT(figures, Contains(RuleFigure{"calendar.late_through", "12-31"}));
  EXPECT_THAT(figures, Contains(RuleFigure{"activity.TEACHING.rate", "2.00"}));
  EXPECT_THAT(figures, Contains(RuleFigure{"activity.TEACHING.approved_programme_only", "yes"}));
  EXPECT_THAT(figures, Contains(RuleFigure{"credit_increment", "0.25"}));
  // 6 of the calendar, 3 of each requirement, 2 + 2 + 3 fees, 11 rates, the increment.
  const auto correctable = [](const RuleFigure& figure) {
    type::v1::RuleSet rules = ShippedRules();
    type::v1::FigureChange change;
    change.set_path(figure.path);
    return domain::ApplyFigureChange(change, rules).ok();
  };
  EXPECT_EQ(std::count_if(figures.begin(), figures.end(), correctable), 6 + 6 + 7 + 11 + 1);
}

TEST(RuleFigures, ComparesBothWays) {
  type::v1::RuleSet other = With({{"fees.late", "60.00"}});
  other.set_title("Another title");
  auto& kind = *other.add_activity_kinds();
  kind.set_kind("NEW");
  kind.set_rate("1.00");
  EXPECT_THAT(CompareRules(ShippedRules(), ShippedRules()), IsEmpty());
  const auto differences = CompareRules(ShippedRules(), other);
  EXPECT_EQ(differences[0],
            (RuleDifference{"title", ShippedRules().title(), "Another title", false,
                            "Title of the rule set", ShippedRules().title(), "Another title"}));
  EXPECT_EQ(differences[1], (RuleDifference{"fees.late", "50.00", "60.00", true,
                                            "Fee for a late application", "$50.00", "$60.00"}));
  EXPECT_THAT(differences, Contains(RuleDifference{"activity.NEW.rate", "", "1.00", false,
                                                   "NEW: credits each", "", "1.00 credits"}));
  EXPECT_THAT(CompareRules(other, ShippedRules()),
              Contains(RuleDifference{"activity.NEW.rate", "1.00", "", false, "NEW: credits each",
                                      "1.00 credits", ""}));
}

TEST(RuleWords, EveryFigureIsSaidInWords) {
  for (const RuleFigure& figure : ListFigures(ShippedRules())) {
    const std::string words = FigureInWords(figure.path, ShippedRules());
    EXPECT_NE(words, figure.path);
    const std::string last = figure.path.substr(figure.path.rfind('.') + 1);
    if (last.find('_') == std::string::npos) continue;
    EXPECT_THAT(words, Not(HasSubstr(last)));
  }
}

struct WordsCase {
  const char* path;
  const char* value;
  const char* words;
  const char* value_words;
};

TEST(RuleWords, ValuesHaveTheirUnits) {
  const WordsCase cases[] = {
      {"fees.dual.non_member", "400.00", "Recertification fee of non-members, level DUAL",
       "$400.00"},
      {"requirement.single.approved", "15.00",
       "Credits that a renewal needs (approved), level "
       "SINGLE",
       "15.00 credits"},
      {"requirement.dual.extension_half", "25.00",
       "Documented credits that an extension needs, level DUAL", "25.00 credits"},
      {"requirement.single.approved.counts", "APPROVED",
       "Records that count toward approved, level SINGLE", "approved"},
      {"activity.TEACHING.rate", "2.00", "TEACHING: credits an hour", "2.00 credits"},
      {"activity.VOLUNTEER_STATE.rate", "1.00", "VOLUNTEER_STATE: credits a year in a position",
       "1.00 credits"},
      {"activity.COLLEGE_COURSE.rate", "4.00", "COLLEGE_COURSE: credits an academic credit",
       "4.00 credits"},
      {"activity.BOOK.rate", "10.00", "BOOK: credits each", "10.00 credits"},
      {"calendar.late_through", "12-31", "Last day of the late period, after the cycle's end",
       "December 31"},
      {"calendar.cycle_years", "1", "Length of a cycle", "1 year"},
      {"calendar.business_closes", "17:00",
       "Time by which an extension request must arrive on the cycle's last day", "17:00"},
      {"service_times.decision_days", "28", "From the payment of the fee to the decision",
       "28 days"},
      {"service_times.badge_business_days", "10",
       "From the cycle's end or the approval to the badge", "10 business days"},
      {"housekeeping_minutes_per_hour", "10", "Housekeeping that is allowed in a net hour",
       "10 minutes"},
      {"fees.late", "", "Fee for a late application", ""},
  };
  for (const WordsCase& c : cases) {
    EXPECT_EQ(FigureInWords(c.path, ShippedRules()), c.words);
    EXPECT_EQ(ValueInWords({c.path, c.value}, ShippedRules()), c.value_words);
  }
  type::v1::RuleSet euros = ShippedRules();
  euros.set_currency_code("EUR");
  EXPECT_EQ(ValueInWords({"fees.late", "50.00"}, euros), "50.00 EUR");
}

TEST(RuleWords, OfHolidaysThoseAloneThatDiffer) {
  type::v1::RuleSet other = ShippedRules();
  other.mutable_holidays(0)->set_day(30);
  const auto differences = CompareRules(ShippedRules(), other);
  ASSERT_EQ(differences.size(), 1u);
  EXPECT_EQ(differences[0].before_words, "2021-12-31");
  EXPECT_EQ(differences[0].after_words, "2021-12-30");
}

TEST(RuleSource, YearsAreOneOrARange) {
  GS_ASSERT_OK_AND_ASSIGN(const auto one, ReadYears("2025"));
  EXPECT_EQ(one.last_year(), 2025);
  GS_ASSERT_OK_AND_ASSIGN(const auto range, ReadYears("2025-2027"));
  EXPECT_EQ(range.first_year(), 2025);
  EXPECT_EQ(range.last_year(), 2027);
  for (const char* const text : {"", "2027-2025", "25", "2025-", "2025-2026-2027", "x", "10000"}) {
    EXPECT_THAT(ReadYears(text), StatusIs(kInvalid, HasSubstr("FIRST-LAST"))) << text;
  }
}

TEST(RuleSource, DifferencesStandUnderTheirYears) {
  const RuleSource published{1, {{Years(kFirstYear, kLastYear), With({})}}};
  EXPECT_EQ(DifferencesText(CompareSources(published, Corrected()), kPiped),
            "For cycles that end in: 2025-2027\n"
            "What                        Before  After   Figure\n"
            "Fee for a late application  $50.00  $60.00  fees.late\n");
  EXPECT_EQ(DifferencesJson(CompareSources(Corrected(), published)),
            R"({"first_year":2025,"last_year":2027,"figure":"fees.late",)"
            R"("words":"Fee for a late application","before":"60.00",)"
            R"("after":"50.00"})"
            "\n");
  EXPECT_EQ(DifferencesText(CompareSources(published, published), kPiped), "They say the same.\n");
}

TEST(RuleSource, NeighbouringYearsWithTheSameDifferencesStandTogether) {
  const RuleSource draft{0, {{Years(kFirstYear, kLastYear), With({{"credit_increment", "0.50"}})}}};
  EXPECT_EQ(DifferencesText(CompareSources(Corrected(), draft), kPiped),
            "For cycles that end in: up to 2024\n"
            "What                                                    Before        After         "
            "Figure\n"
            "Credits from minutes are rounded down to a multiple of  0.25 credits  0.50 credits  "
            "credit_increment\n"
            "\n"
            "For cycles that end in: 2025-2027\n"
            "What                                                    Before        After         "
            "Figure\n"
            "Fee for a late application                              $60.00        $50.00        "
            "fees.late\n"
            "Credits from minutes are rounded down to a multiple of  0.25 credits  0.50 credits  "
            "credit_increment\n"
            "\n"
            "For cycles that end in: from 2028 on\n"
            "What                                                    Before        After         "
            "Figure\n"
            "Credits from minutes are rounded down to a multiple of  0.25 credits  0.50 credits  "
            "credit_increment\n");
  const RuleSource cut{3,
                       {{Years(kFirstYear, 2030), With({})}, {Years(2031, kLastYear), With({})}}};
  const RuleSource all{0, {{Years(kFirstYear, kLastYear), With({{"fees.late", "1.00"}})}}};
  EXPECT_THAT(DifferencesText(CompareSources(cut, all), kPiped),
              HasSubstr("For cycles that end in: all years\n"));
}

TEST(Correction, AFilesChangesCoverEveryYearNamed) {
  // For 2027 the late fee goes back to what 2028 has already.
  GS_ASSERT_OK_AND_ASSIGN(const auto changes, ChangesToward(With({{"credit_increment", "0.50"}}),
                                                            Corrected(), Years(2027, 2028)));
  ASSERT_EQ(changes.size(), 2);
  EXPECT_EQ(changes[0].path(), "credit_increment");
  EXPECT_EQ(changes[0].value(), "0.50");
  EXPECT_EQ(changes[1].path(), "fees.late");
  EXPECT_EQ(changes[1].value(), "50.00");
}

TEST(Correction, AFileThatNoCorrectionCanFollowIsRefused) {
  EXPECT_THAT(ChangesToward(With({}), Corrected(), Years(2028, 2030)),
              StatusIs(kInvalid, HasSubstr("says nothing else")));
  type::v1::RuleSet other = ShippedRules();
  other.set_housekeeping_minutes_per_hour(5);
  other.mutable_calendar()->set_cycle_years(2);
  EXPECT_THAT(
      ChangesToward(other, Corrected(), Years(2025, 2025)),
      StatusIs(kInvalid, HasSubstr("calendar.cycle_years, housekeeping_minutes_per_hour. Leave")));
}

TEST(Correction, IsRepeatedForTheShell) {
  EXPECT_EQ(OnCommandLine({"namss-2025", "2025-2027", {"fees.late=60.00", "a=it's b"}, ""}),
            "namss-2025 --years 2025-2027 --set fees.late=60.00 --set 'a=it'\\''s b'");
  EXPECT_EQ(OnCommandLine({"n", "2025", {}, "my draft"}), "n --years 2025 --from-file 'my draft'");
}

TEST(RulesText, FiguresLeaveOutFlagsThatAreNotSet) {
  EXPECT_THAT(FiguresText(ShippedRules(), kPiped),
              AllOf(HasSubstr("\nfees.late  "), HasSubstr("\nactivity.BOOK.rate  "),
                    Not(HasSubstr("activity.BOOK.approved"))));
}

TEST(RulesText, RevisionsSayWhyAndByWhom) {
  api::v1::RuleSetRevision published;
  published.mutable_rule_set()->set_name("r");
  published.mutable_rule_set()->set_version(1);
  published.set_position(1);
  api::v1::RuleSetRevision corrected = published;
  corrected.mutable_rule_set()->set_version(2);
  corrected.set_position(12);
  *corrected.mutable_years() = Years(2025, 2025);
  auto& change = *corrected.add_changes();
  change.set_path("fees.late");
  change.set_value("60.00");
  corrected.set_reason("misread");
  corrected.set_authority("Commission");
  EXPECT_EQ(RevisionsText({published, corrected}, kPiped),
            "Rules  Event  For years  What             Why      Decided by\n"
            "r@1        1             published\n"
            "r@2       12  2025       fees.late=60.00  misread  Commission\n");
  EXPECT_THAT(RevisionsText({}, kPiped), HasSubstr("rules publish FILE"));
}

}  // namespace
}  // namespace goodstanding::tools
