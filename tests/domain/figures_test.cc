#include "domain/figures.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "domain/figure_text.h"
#include "domain/refusal.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

using ::testing::Contains;
using testing::Day;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ShippedFigures;
using testing::ShippedRuleSet;
using ::testing::StartsWith;
using type::v1::RuleSet;

TEST(FiguresTest, TheShippedRuleSetIsValidAndAsPublished) {
  EXPECT_THAT(ValidateRuleSet(ShippedRuleSet()), IsEmpty());
  const Figures& figures = ShippedFigures();
  ASSERT_EQ(figures.levels.size(), 2);
  const Level& single = figures.levels[0];
  const Level& dual = figures.levels[1];
  EXPECT_EQ(single.requirement[0].minimum, 3000);
  EXPECT_EQ(single.requirement[1].minimum, 1500);
  EXPECT_EQ(single.extension_half, 1500);
  EXPECT_EQ(single.member_fee, 20000);
  EXPECT_EQ(single.non_member_fee, 37500);
  EXPECT_EQ(dual.requirement[0].minimum, 4500);
  EXPECT_EQ(dual.requirement[1].minimum, 2500);
  EXPECT_EQ(dual.extension_half, 2500);
  EXPECT_EQ(dual.member_fee, 22500);
  EXPECT_EQ(dual.non_member_fee, 40000);
  EXPECT_EQ(figures.late_fee, 5000);
  EXPECT_EQ(figures.extension_fee, 5000);
  EXPECT_EQ(figures.reinstatement_fee, 15000);
  EXPECT_EQ(figures.FindKind("TEACHING")->rate, 200);
  EXPECT_EQ(figures.FindKind("COLLEGE_COURSE")->rate, 400);
  EXPECT_TRUE(figures.FindKind("TRADE_SHOW")->disqualified);
  EXPECT_EQ(figures.FindKind("NO_SUCH_KIND"), nullptr);
}

// A change to the shipped rule set, and the path of the fault that it makes.
struct Fault {
  std::function<void(RuleSet&)> change;
  std::string path;
  std::string why;
};

const std::vector<Fault>& Faults() {
  static const auto* const kFaults = new std::vector<Fault>{
      {[](RuleSet& r) { r.set_name("Namss"); }, "name", "capitals"},
      {[](RuleSet& r) { r.set_name(""); }, "name", "empty"},
      {[](RuleSet& r) { r.set_name(std::string(65, 'a')); }, "name", "too long"},
      {[](RuleSet& r) { r.clear_time_zone(); }, "time_zone", "missing"},
      {[](RuleSet& r) { r.set_currency_code("US"); }, "currency_code", "too short"},
      {[](RuleSet& r) { r.set_currency_code("usd"); }, "currency_code", "small letters"},
      {[](RuleSet& r) { r.add_years()->set_first_year(2025); }, "years", "no last year"},
      {[](RuleSet& r) {
         for (int i = 0; i < 2; ++i) {
           auto* const years = r.add_years();
           years->set_first_year(2025);
           years->set_last_year(2026);
         }
       },
       "years", "overlap"},
      {[](RuleSet& r) { r.clear_credentials(); }, "credentials", "none"},
      {[](RuleSet& r) { r.mutable_credentials(0)->set_code("cp"); }, "credentials.code",
       "small letters"},
      {[](RuleSet& r) { r.mutable_credentials(0)->set_code("CPMSM"); }, "credentials.code",
       "twice"},
      {[](RuleSet& r) { r.mutable_calendar()->set_cycle_years(0); }, "calendar.cycle_years",
       "too few"},
      {[](RuleSet& r) { r.mutable_calendar()->set_cycle_years(11); }, "calendar.cycle_years",
       "too many"},
      {[](RuleSet& r) { r.mutable_calendar()->set_cycle_end("02-29"); }, "calendar.cycle_end",
       "not every year has it"},
      {[](RuleSet& r) { r.mutable_calendar()->set_application_opens("12-02"); },
       "calendar.application_opens", "after the cycle's end"},
      {[](RuleSet& r) { r.mutable_calendar()->set_application_opens("x"); },
       "calendar.application_opens", "no day"},
      {[](RuleSet& r) { r.mutable_calendar()->set_late_through("12-32"); }, "calendar.late_through",
       "no day"},
      {[](RuleSet& r) { r.mutable_calendar()->set_late_through("07-01"); }, "calendar.late_through",
       "after the reinstatement window"},
      {[](RuleSet& r) { r.mutable_calendar()->set_extension_through("07-01"); },
       "calendar.extension_through", "after the reinstatement window"},
      {[](RuleSet& r) { r.mutable_calendar()->set_extension_through(""); },
       "calendar.extension_through", "missing"},
      {[](RuleSet& r) { r.mutable_calendar()->set_reinstatement_through("6-30"); },
       "calendar.reinstatement_through", "misspelt"},
      {[](RuleSet& r) { r.mutable_calendar()->set_business_closes("25:00"); },
       "calendar.business_closes", "no time of day"},
      {[](RuleSet& r) { r.clear_levels(); }, "levels", "none"},
      {[](RuleSet& r) { r.mutable_levels(0)->set_credential_count(2); }, "levels",
       "does not begin with one credential"},
      {[](RuleSet& r) { r.mutable_levels(1)->set_credential_count(1); }, "levels.credential_count",
       "does not ascend"},
      {[](RuleSet& r) { r.mutable_levels(0)->set_level("Single"); }, "levels.level",
       "small letters"},
      {[](RuleSet& r) { r.mutable_levels(0)->clear_requirement(); }, "requirement.single",
       "no line"},
      {[](RuleSet& r) { r.mutable_levels(0)->mutable_requirement(0)->set_minimum("30.001"); },
       "requirement.single.total", "three decimals"},
      {[](RuleSet& r) { r.mutable_levels(0)->mutable_requirement(0)->set_minimum("-1"); },
       "requirement.single.total", "negative"},
      {[](RuleSet& r) { r.mutable_levels(0)->mutable_requirement(1)->set_minimum("30.25"); },
       "requirement.single.approved", "above the total"},
      {[](RuleSet& r) { r.mutable_levels(0)->mutable_requirement(1)->set_line("total"); },
       "requirement.single.total", "a name twice"},
      {[](RuleSet& r) {
         r.mutable_levels(0)->mutable_requirement(1)->set_counts(
             type::v1::COUNTED_RECORDS_UNSPECIFIED);
       },
       "requirement.single.approved", "counts nothing"},
      {[](RuleSet& r) { r.mutable_levels(0)->set_extension_half("30.25"); },
       "requirement.single.extension_half", "above the total"},
      {[](RuleSet& r) { r.mutable_levels(0)->set_extension_half("half"); },
       "requirement.single.extension_half", "no decimal"},
      {[](RuleSet& r) { r.mutable_levels(1)->set_member_fee("free"); }, "fees.dual.member",
       "no decimal"},
      {[](RuleSet& r) { r.mutable_levels(1)->set_non_member_fee(""); }, "fees.dual.non_member",
       "missing"},
      {[](RuleSet& r) { r.mutable_fees()->set_late("-50"); }, "fees.late", "negative"},
      {[](RuleSet& r) { r.mutable_fees()->set_extension("x"); }, "fees.extension", "no decimal"},
      {[](RuleSet& r) { r.mutable_fees()->clear_reinstatement(); }, "fees.reinstatement",
       "missing"},
      {[](RuleSet& r) { r.clear_activity_kinds(); }, "activity_kinds", "none"},
      {[](RuleSet& r) { r.mutable_activity_kinds(1)->set_kind("SPONSORED"); }, "activity_kinds",
       "a kind twice"},
      {[](RuleSet& r) { r.mutable_activity_kinds(0)->set_kind("spon"); }, "activity.spon",
       "small letters"},
      {[](RuleSet& r) {
         r.mutable_activity_kinds(0)->set_unit(type::v1::ACTIVITY_UNIT_UNSPECIFIED);
       },
       "activity.SPONSORED.unit", "no unit"},
      {[](RuleSet& r) { r.mutable_activity_kinds(0)->set_records_per_cycle(2); },
       "activity.SPONSORED.records_per_cycle", "not supported"},
      {[](RuleSet& r) { r.mutable_activity_kinds(0)->set_rate("1.005"); },
       "activity.SPONSORED.rate", "three decimals"},
      {[](RuleSet& r) { r.mutable_activity_kinds(11)->set_rate("1.00"); },
       "activity.INTERNAL_MEETING.rate", "a rate for a kind that earns nothing"},
      {[](RuleSet& r) { r.set_credit_increment("0"); }, "credit_increment", "not above zero"},
      {[](RuleSet& r) { r.clear_credit_increment(); }, "credit_increment", "missing"},
      {[](RuleSet& r) { r.set_housekeeping_minutes_per_hour(61); }, "housekeeping_minutes_per_hour",
       "above an hour"},
      {[](RuleSet& r) { r.set_housekeeping_minutes_per_hour(-1); }, "housekeeping_minutes_per_hour",
       "negative"},
      {[](RuleSet& r) { r.mutable_service_times()->set_decision_days(-1); }, "service_times",
       "negative"},
      {[](RuleSet& r) { r.mutable_service_times()->set_posting_business_days_min(11); },
       "service_times", "min above max"},
      {[](RuleSet& r) { r.mutable_service_times()->clear_automatic_posting_from_date(); },
       "service_times.automatic_posting_from_date", "missing"},
      {[](RuleSet& r) { r.mutable_holidays(0)->set_month(13); }, "holidays", "no day"},
  };
  return *kFaults;
}

TEST(FiguresTest, NamesEachFaultByItsPath) {
  for (const Fault& fault : Faults()) {
    RuleSet rule_set = ShippedRuleSet();
    fault.change(rule_set);
    EXPECT_THAT(ValidateRuleSet(rule_set), Contains(StartsWith(fault.path + ": ")))
        << fault.path << ": " << fault.why;
    EXPECT_FALSE(CompileRuleSet(rule_set).ok()) << fault.path << ": " << fault.why;
  }
}

TEST(FiguresTest, NamesAllFaultsAtOnce) {
  RuleSet rule_set = ShippedRuleSet();
  rule_set.mutable_fees()->set_late("x");
  rule_set.set_credit_increment("y");
  rule_set.mutable_calendar()->set_business_closes("z");
  EXPECT_THAT(ValidateRuleSet(rule_set),
              ElementsAre(StartsWith("calendar.business_closes: "), StartsWith("fees.late: "),
                          StartsWith("credit_increment: ")));
  const auto refusal = GetRefusal(CompileRuleSet(rule_set).status());
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->reason, "INVALID_RULE_SET");
  EXPECT_THAT(refusal->metadata[0].second, HasSubstr("fees.late"));
}

TEST(FiguresTest, AnEmptyRuleSetIsRefusedNotRead) {
  EXPECT_THAT(ValidateRuleSet(RuleSet()), Contains(StartsWith("name: ")));
}

TEST(FiguresTest, CorrectionPathsNameAFigure) {
  struct Row {
    std::string path;
    std::string value;
    std::function<std::string(const RuleSet&)> read;
  };
  const std::vector<Row> rows = {
      {"requirement.single.total", "31.00",
       [](const RuleSet& r) { return r.levels(0).requirement(0).minimum(); }},
      {"requirement.dual.approved", "26.00",
       [](const RuleSet& r) { return r.levels(1).requirement(1).minimum(); }},
      {"requirement.dual.extension_half", "22.50",
       [](const RuleSet& r) { return r.levels(1).extension_half(); }},
      {"fees.single.member", "210.00", [](const RuleSet& r) { return r.levels(0).member_fee(); }},
      {"fees.dual.non_member", "410.00",
       [](const RuleSet& r) { return r.levels(1).non_member_fee(); }},
      {"fees.late", "60.00", [](const RuleSet& r) { return r.fees().late(); }},
      {"fees.extension", "60.00", [](const RuleSet& r) { return r.fees().extension(); }},
      {"fees.reinstatement", "60.00", [](const RuleSet& r) { return r.fees().reinstatement(); }},
      {"activity.SPONSORED.rate", "1.50",
       [](const RuleSet& r) { return r.activity_kinds(0).rate(); }},
      {"calendar.application_opens", "07-01",
       [](const RuleSet& r) { return r.calendar().application_opens(); }},
      {"calendar.cycle_end", "11-30", [](const RuleSet& r) { return r.calendar().cycle_end(); }},
      {"calendar.late_through", "01-15",
       [](const RuleSet& r) { return r.calendar().late_through(); }},
      {"calendar.extension_through", "05-31",
       [](const RuleSet& r) { return r.calendar().extension_through(); }},
      {"calendar.reinstatement_through", "07-31",
       [](const RuleSet& r) { return r.calendar().reinstatement_through(); }},
      {"calendar.business_closes", "16:00",
       [](const RuleSet& r) { return r.calendar().business_closes(); }},
      {"credit_increment", "0.50", [](const RuleSet& r) { return r.credit_increment(); }},
  };
  for (const Row& row : rows) {
    RuleSet rule_set = ShippedRuleSet();
    type::v1::FigureChange change;
    change.set_path(row.path);
    change.set_value(row.value);
    EXPECT_TRUE(ApplyFigureChange(change, rule_set).ok()) << row.path;
    EXPECT_EQ(row.read(rule_set), row.value) << row.path;
    EXPECT_THAT(ValidateRuleSet(rule_set), IsEmpty()) << row.path;
  }
}

TEST(FiguresTest, OtherPathsNameNone) {
  for (const std::string path :
       {"", "fees", "fees.", "fees.tax", "fees.triple.member", "fees.single.child",
        "fees.single.member.more", "requirement.single", "requirement.triple.total",
        "requirement.single.none", "activity.TEACHING", "activity.TEACHING.unit",
        "activity.NONE.rate", "activity.TRADE_SHOW.rate", "calendar", "calendar.none",
        "credit_increment.more", "name", "time_zone"}) {
    RuleSet rule_set = ShippedRuleSet();
    type::v1::FigureChange change;
    change.set_path(path);
    change.set_value("1.00");
    const auto refusal = GetRefusal(ApplyFigureChange(change, rule_set));
    ASSERT_TRUE(refusal.has_value()) << path;
    EXPECT_EQ(refusal->reason, "INVALID_RULE_SET") << path;
  }
}

TEST(FiguresTest, WindowsLieAfterTheCycle) {
  const CycleCalendar calendar = ShippedFigures().CalendarOf(2025);
  EXPECT_EQ(calendar.application_opens, Day("2025-08-01"));
  EXPECT_EQ(calendar.cycle_end, Day("2025-12-01"));
  EXPECT_EQ(calendar.late_through, Day("2025-12-31"));
  EXPECT_EQ(calendar.extension_through, Day("2026-06-01"));
  EXPECT_EQ(calendar.reinstatement_through, Day("2026-06-30"));
}

TEST(FiguresTest, LevelsByNumberOfCredentials) {
  const Figures& figures = ShippedFigures();
  EXPECT_EQ(figures.LevelFor(0).level, "SINGLE") << "the first row for none";
  EXPECT_EQ(figures.LevelFor(1).level, "SINGLE");
  EXPECT_EQ(figures.LevelFor(2).level, "DUAL");
  EXPECT_EQ(figures.LevelFor(3).level, "DUAL") << "the last row for more";
}

// Every row of the published list of activities: kind, rate, and what is asked of it.
TEST(FiguresTest, TheShippedKindsAreAsPublished) {
  struct Kind {
    std::string kind;
    type::v1::ActivityUnit unit;
    Hundredths rate;
    bool approved;
    std::string asks;  // catalogue, verification, unpaid, programme, once
  };
  const auto minutes = type::v1::ACTIVITY_UNIT_MINUTES;
  const auto years = type::v1::ACTIVITY_UNIT_POSITION_YEARS;
  const std::vector<Kind> kinds = {
      {"APPROVED_PROGRAM", minutes, 100, true, "catalogue "},
      {"BOOK", type::v1::ACTIVITY_UNIT_COUNT, 1000, false, ""},
      {"COLLEGE_COURSE", type::v1::ACTIVITY_UNIT_ACADEMIC_CREDITS, 400, false, "once "},
      {"INTERNAL_MEETING", minutes, 0, false, "disqualified "},
      {"ITEM_WRITING", minutes, 100, true, ""},
      {"NON_APPROVED_PROGRAM", minutes, 100, false, ""},
      {"OTHER_VOLUNTEER", minutes, 0, false, "disqualified "},
      {"PERSONAL_WELLNESS", minutes, 0, false, "disqualified "},
      {"POLICY_WRITING", minutes, 0, false, "disqualified "},
      {"PRODUCT_TRAINING", minutes, 0, false, "disqualified "},
      {"SPONSORED", minutes, 100, true, ""},
      {"SUBJECT_MATTER_EXPERT", minutes, 100, true, "verification unpaid "},
      {"SYNERGY_ARTICLE", type::v1::ACTIVITY_UNIT_COUNT, 200, true, ""},
      {"TEACHING", minutes, 200, true, "programme "},
      {"TRADE_SHOW", minutes, 0, false, "disqualified "},
      {"VOLUNTEER_NATIONAL", years, 200, true, ""},
      {"VOLUNTEER_STATE", years, 100, true, ""}};
  const Figures& figures = ShippedFigures();
  ASSERT_EQ(figures.kinds.size(), kinds.size());
  for (size_t i = 0; i < kinds.size(); ++i) {
    const ActivityKind& found = figures.kinds[i];
    EXPECT_EQ(found.kind, kinds[i].kind);
    EXPECT_EQ(found.unit, kinds[i].unit) << found.kind;
    EXPECT_EQ(found.rate, kinds[i].rate) << found.kind;
    EXPECT_EQ(found.approved, kinds[i].approved) << found.kind;
    std::string asks;
    if (found.catalogue_required) asks += "catalogue ";
    if (found.verification_required) asks += "verification ";
    if (found.unpaid_only) asks += "unpaid ";
    if (found.approved_programme_only) asks += "programme ";
    if (found.one_per_cycle) asks += "once ";
    if (found.disqualified) asks += "disqualified ";
    EXPECT_EQ(asks, kinds[i].asks) << found.kind;
  }
  EXPECT_EQ(figures.decision_days, 28);
  EXPECT_EQ(figures.badge_business_days, 10);
  EXPECT_EQ(figures.posting_business_days_min, 7);
  EXPECT_EQ(figures.posting_business_days_max, 10);
  EXPECT_EQ(figures.automatic_posting_from, Day("2025-01-01"));
}

// The count-th of that weekday (0: Monday) in a month; 0 counts the last one.
Date Weekday(int year, int month, int weekday, int count) {
  std::vector<Date> days;
  for (int day = 1; day <= 31; ++day) {
    const auto date = Date::Create(year, month, day);
    if (date && date->weekday() == weekday) days.push_back(*date);
  }
  return count == 0 ? days.back() : days[static_cast<size_t>(count - 1)];
}

// On Saturday it is observed on Friday, on Sunday on Monday.
Date Observed(int year, int month, int day) {
  const Date date = *Date::Create(year, month, day);
  if (date.weekday() == 5) return date + -1;
  return date.weekday() == 6 ? date + 1 : date;
}

// Public Law 90-363 and those since: the federal holidays of the years that are shipped.
TEST(FiguresTest, TheShippedHolidaysAreTheFederalOnes) {
  constexpr int kMonday = 0;
  constexpr int kThursday = 3;
  std::vector<Date> holidays;
  for (int year = 2022; year <= 2030; ++year) {
    holidays.insert(
        holidays.end(),
        {Observed(year, 1, 1), Weekday(year, 1, kMonday, 3), Weekday(year, 2, kMonday, 3),
         Weekday(year, 5, kMonday, 0), Observed(year, 6, 19), Observed(year, 7, 4),
         Weekday(year, 9, kMonday, 1), Weekday(year, 10, kMonday, 2), Observed(year, 11, 11),
         Weekday(year, 11, kThursday, 4), Observed(year, 12, 25)});
  }
  std::sort(holidays.begin(), holidays.end());
  EXPECT_EQ(ShippedFigures().holidays, holidays);
}

// The largest and the smallest that is accepted; one step more is among the faults.
TEST(FiguresTest, AcceptsFiguresUpToTheirBounds) {
  struct Case {
    std::function<void(RuleSet&)> change;
    std::string why;
  };
  const auto years = [](RuleSet& r, int first, int last) {
    auto* const range = r.add_years();
    range->set_first_year(first);
    range->set_last_year(last);
  };
  const std::vector<Case> cases = {
      {[&](RuleSet& r) { years(r, 1900, 1900); }, "the first year, alone"},
      {[&](RuleSet& r) { years(r, 9999, 9999); }, "the last year, alone"},
      {[&](RuleSet& r) {
         years(r, 2025, 2026);
         years(r, 2027, 2027);
       },
       "ranges that touch"},
      {[](RuleSet& r) { r.mutable_calendar()->set_cycle_years(1); }, "cycles of a year"},
      {[](RuleSet& r) { r.mutable_calendar()->set_cycle_years(10); }, "cycles of ten years"},
      {[](RuleSet& r) { r.mutable_calendar()->set_application_opens("12-01"); },
       "applications on the last day alone"},
      {[](RuleSet& r) { r.mutable_calendar()->set_late_through("06-30"); },
       "late as long as reinstatement"},
      {[](RuleSet& r) { r.mutable_calendar()->set_extension_through("06-30"); },
       "an extension as long as reinstatement"},
      {[](RuleSet& r) { r.mutable_levels(0)->mutable_requirement()->DeleteSubrange(1, 1); },
       "one line of requirement"},
      {[](RuleSet& r) { r.mutable_levels(0)->set_extension_half("30.00"); }, "half is all"},
      {[](RuleSet& r) { r.mutable_levels(0)->set_extension_half("0.00"); }, "half is nothing"},
      {[](RuleSet& r) { r.mutable_fees()->set_late("0.00"); }, "no fee"},
      {[](RuleSet& r) { r.mutable_fees()->set_late("1000000.00"); }, "the largest fee"},
      {[](RuleSet& r) { r.set_credit_increment("0.01"); }, "the smallest increment"},
      {[](RuleSet& r) { r.set_housekeeping_minutes_per_hour(0); }, "no housekeeping"},
      {[](RuleSet& r) { r.set_housekeeping_minutes_per_hour(60); }, "nothing but housekeeping"},
      {[](RuleSet& r) { r.mutable_service_times()->set_decision_days(0); }, "at once"},
      {[](RuleSet& r) { r.mutable_service_times()->set_decision_days(366); }, "in a leap year"},
      {[](RuleSet& r) { r.mutable_service_times()->set_posting_business_days_min(10); },
       "posting on one day"}};
  for (const Case& one : cases) {
    RuleSet rule_set = ShippedRuleSet();
    one.change(rule_set);
    EXPECT_THAT(ValidateRuleSet(rule_set), IsEmpty()) << one.why;
  }
}

TEST(FiguresTest, RangesThatShareAYearOverlap) {
  RuleSet rule_set = ShippedRuleSet();
  for (const auto& [first, last] : std::vector<std::pair<int, int>>{{2025, 2026}, {2026, 2027}}) {
    auto* const range = rule_set.add_years();
    range->set_first_year(first);
    range->set_last_year(last);
  }
  EXPECT_THAT(ValidateRuleSet(rule_set), Contains(StartsWith("years: ")));
}

TEST(FiguresTest, TellsAFigureByItsPath) {
  EXPECT_EQ(FigureText("fees.late", ShippedRuleSet()), "50.00");
  EXPECT_EQ(FigureText("fees.none", ShippedRuleSet()), "");
}

}  // namespace
}  // namespace goodstanding::domain
