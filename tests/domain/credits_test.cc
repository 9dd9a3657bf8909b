#include "domain/credits.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "domain/evaluate.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

using testing::CreditReport;
using testing::Day;
using testing::History;
using testing::KnownFacts;

// Certified on 2022-05-14; the clock stands in June 2024, inside the first cycle.
History Certified() {
  History history;
  history.At("2022-05-14").Grant();
  history.At("2024-06-03");
  return history;
}

TEST(CreditsTest, MinutesBecomeCredits) {
  struct Row {
    CreditReport report;
    absl::string_view earned;
    absl::string_view why;
  };
  const std::vector<Row> rows = {
      {{.minutes = 60}, "1.00", "an hour"},
      {{.minutes = 59}, "0.75", "a minute less"},
      {{.minutes = 14}, "0.00", "below the increment earns nothing, without a reason"},
      {{.minutes = 15}, "0.25", "the increment"},
      {{.minutes = 29}, "0.25", "rounded down"},
      {{.minutes = 30}, "0.50", "half an hour"},
      {{.minutes = 60, .housekeeping = 10}, "1.00", "housekeeping as allowed"},
      {{.minutes = 60, .housekeeping = 11}, "0.75", "a minute above it is taken off"},
      {{.minutes = 75, .housekeeping = 12}, "1.25", "allowed pro rata: 12.5 minutes"},
      {{.minutes = 75, .housekeeping = 13}, "1.00", "half a minute above it"},
      {{.minutes = 70, .breaks = 10}, "1.00", "breaks are taken off"},
      {{.minutes = 70, .breaks = 11}, "0.75", "a minute more"},
      {{.minutes = 90, .breaks = 30, .housekeeping = 10}, "1.00", "an hour net"},
      {{.minutes = 90, .breaks = 30, .housekeeping = 11}, "0.75", "the allowance is of net time"},
      {{.minutes = 60, .breaks = 60}, "0.00", "nothing but breaks"},
      {{.minutes = 60, .housekeeping = 60}, "0.00", "nothing but housekeeping: 10 minutes left"},
      {{.kind = "TEACHING", .minutes = 50}, "1.50", "1.66 is rounded down after the rate"},
      {{.kind = "TEACHING", .minutes = 8}, "0.25", "0.26 is rounded down"},
      {{.kind = "ITEM_WRITING", .minutes = 120}, "2.00", "item writing"},
      {{.kind = "NON_APPROVED_PROGRAM", .minutes = 1800}, "30.00", "not approved"},
      {{.minutes = 1'000'000}, "16666.50", "the largest duration"},
  };
  for (const Row& row : rows) {
    History history = Certified();
    history.Credit(row.report);
    EXPECT_EQ(history.CreditOn("2024-06-03", "c1"), std::string(row.earned)) << row.why;
  }
}

TEST(CreditsTest, OtherAmountsAreExact) {
  struct Row {
    CreditReport report;
    absl::string_view earned;
    absl::string_view why;
  };
  const std::vector<Row> rows = {
      {{.kind = "VOLUNTEER_NATIONAL", .position_years = "1.00"}, "2.00", "national"},
      {{.kind = "VOLUNTEER_NATIONAL", .position_years = "0.50"}, "1.00", "half a year"},
      {{.kind = "VOLUNTEER_STATE", .position_years = "1.50"}, "1.50", "state"},
      {{.kind = "VOLUNTEER_STATE", .position_years = "0.33"}, "0.33", "no quarter rounding"},
      {{.kind = "COLLEGE_COURSE", .academic_credits = "3.00"}, "12.00", "as published"},
      {{.kind = "COLLEGE_COURSE", .academic_credits = "0.01"}, "0.04", "the smallest"},
      {{.kind = "SYNERGY_ARTICLE", .count = 2}, "4.00", "articles"},
      {{.kind = "BOOK", .count = 1}, "10.00", "a book"},
  };
  for (const Row& row : rows) {
    History history = Certified();
    history.Credit(row.report);
    EXPECT_EQ(history.CreditOn("2024-06-03", "c1"), std::string(row.earned)) << row.why;
  }
}

TEST(CreditsTest, AProductOfMoreThanTwoDecimalsIsRoundedDown) {
  History history = Certified();
  history.CorrectRules({{"activity.VOLUNTEER_STATE.rate", "0.33"}}, 2025, 2025);
  history.Credit({.kind = "VOLUNTEER_STATE", .position_years = "0.50"});  // 0.165
  EXPECT_EQ(history.CreditOn("2024-06-03", "c1"), "0.16");
}

TEST(CreditsTest, EachRecordIsRoundedForItself) {
  History history = Certified();
  history.Credit({.reference = "a", .minutes = 20}).Credit({.reference = "b", .minutes = 20});
  const KnownFacts known = history.Known();
  const Evaluation now = Evaluate(known.facts(), Cutoff::EndOf(Day("2024-06-03")));
  EXPECT_EQ(now.renewal.credits.total, 50) << "not 0.75 minutes of 40 together";
  EXPECT_EQ(now.renewal.credits.approved, 50);
}

TEST(CreditsTest, TheCatalogueCapsAndCovers) {
  struct Row {
    absl::string_view completed;
    int64_t minutes;
    absl::string_view earned;
    absl::string_view why;
  };
  const std::vector<Row> rows = {
      {"2024-01-01", 180, "3.00", "first day of the approval, up to its credits"},
      {"2024-01-01", 240, "3.00", "above its credits"},
      {"2024-01-01", 170, "2.75", "below its credits"},
      {"2024-05-31", 240, "3.00", "last day of the approval"},
      {"2023-12-31", 240, "ACTIVITY_NOT_APPROVED", "day before it"},
      {"2024-06-01", 240, "ACTIVITY_NOT_APPROVED", "day after it"},
  };
  for (const Row& row : rows) {
    History history = Certified();
    history.ApproveActivity("act", "3.00", "2024-01-01", "2024-05-31");
    history.Credit({.kind = "APPROVED_PROGRAM",
                    .completed = std::string(row.completed),
                    .minutes = row.minutes,
                    .activity = "act"});
    EXPECT_EQ(history.CreditOn("2024-06-03", "c1"), std::string(row.earned)) << row.why;
  }
}

TEST(CreditsTest, ARecordEarnsAsSoonAsTheCatalogueCoversIt) {
  History history = Certified();
  history.Credit({.kind = "APPROVED_PROGRAM", .minutes = 60, .activity = "act"});
  history.At("2024-07-01").ApproveActivity("act", "3.00", "2024-01-01", "2024-12-31");
  history.At("2024-08-01").WithdrawActivity("act");
  history.At("2024-08-02")
      .Credit({.reference = "c2",
               .kind = "APPROVED_PROGRAM",
               .completed = "2024-08-01",
               .minutes = 60,
               .activity = "act"});
  EXPECT_EQ(history.CreditOn("2024-06-30", "c1"), "ACTIVITY_NOT_APPROVED");
  EXPECT_EQ(history.CreditOn("2024-07-01", "c1"), "1.00");
  EXPECT_EQ(history.CreditOn("2024-08-01", "c1"), "1.00") << "completed before the withdrawal";
  EXPECT_EQ(history.CreditOn("2024-08-02", "c2"), "ACTIVITY_NOT_APPROVED");
}

TEST(CreditsTest, TheWindowOfTheCycle) {
  struct Row {
    absl::string_view completed;
    absl::string_view result;
    absl::string_view why;
  };
  const std::vector<Row> first_cycle = {
      {"2022-05-13", "OUTSIDE_CYCLE", "day before the first grant"},
      {"2022-05-14", "OUTSIDE_CYCLE", "day of the first grant"},
      {"2022-05-15", "1.00", "day after it"},
      {"2025-12-01", "1.00", "last day"},
      {"2025-12-02", "OUTSIDE_CYCLE", "day after it"},
      {"2025-12-31", "OUTSIDE_CYCLE", "in the late period"},
  };
  for (const Row& row : first_cycle) {
    History history;
    history.At("2022-05-14").Grant();
    history.At("2025-12-31").Credit({.completed = std::string(row.completed), .minutes = 60});
    EXPECT_EQ(history.CreditOn("2025-12-31", "c1"), std::string(row.result)) << row.why;
  }
  const std::vector<Row> second_cycle = {
      {"2025-12-01", "OUTSIDE_CYCLE", "nothing carries over"},
      {"2025-12-02", "1.00", "first day, that day included"},
  };
  for (const Row& row : second_cycle) {
    History history;
    history.At("2022-05-14").Grant();
    history.At("2025-11-03").Credit({.reference = "all", .minutes = 1800}).Submit().Pay({});
    history.Approve();
    history.At("2025-12-05").Credit({.completed = std::string(row.completed), .minutes = 60});
    EXPECT_EQ(history.CreditOn("2025-12-05", "c1"), std::string(row.result)) << row.why;
  }
}

// --- Reasons, and the order in which the first that holds is named.

// Every kind's strictness in one kind, and a kind that earns nothing.
type::v1::RuleSet StrictRules() {
  type::v1::RuleSet rules = testing::ShippedRuleSet();
  auto* const strict = rules.add_activity_kinds();
  strict->set_kind("STRICT");
  strict->set_unit(type::v1::ACTIVITY_UNIT_MINUTES);
  strict->set_rate("1.00");
  strict->set_catalogue_required(true);
  strict->set_verification_required(true);
  strict->set_unpaid_only(true);
  strict->set_records_per_cycle(1);
  auto* const nothing = rules.add_activity_kinds();
  nothing->set_kind("NOTHING");
  nothing->set_unit(type::v1::ACTIVITY_UNIT_MINUTES);
  nothing->set_disqualified(true);
  nothing->set_catalogue_required(true);
  nothing->set_verification_required(true);
  nothing->set_unpaid_only(true);
  return rules;
}

// The reason of a record, with documents demanded.
std::string StrictReason(const History& history, absl::string_view reference) {
  const KnownFacts known = history.Known();
  const Facts facts = known.facts();
  const Cutoff cutoff = Cutoff::EndOf(Day("2024-06-30"));
  const Career career = CareerAt(facts, cutoff);
  const CreditCount count =
      CountCredits(facts.state, career, 0, career.cycles[0].figures().levels[0], facts.catalogue,
                   facts.knowledge, {cutoff, Date::Max(), /*documents_demanded=*/true});
  for (const CreditJudgment& judgment : count.judgments) {
    if (judgment.record->reference == reference) {
      return std::string(CreditReasonName(judgment.reason));
    }
  }
  return "absent";
}

TEST(CreditReasonsTest, TheFirstThatHoldsIsNamed) {
  History history(StrictRules());
  history.At("2022-05-14").Grant();
  history.At("2024-06-01").ApproveActivity("act", "9.00", "2024-01-01", "2024-12-31");
  // Each record has one fault less than the one before it.
  const CreditReport worst{.kind = "NOTHING",
                           .completed = "2022-05-14",
                           .minutes = 60,
                           .activity = "none",
                           .paid = true,
                           .documented = false};
  CreditReport report = worst;
  const auto add = [&](absl::string_view reference) {
    report.reference = std::string(reference);
    history.Credit(report);
  };
  add("withdrawn");
  history.Disallow("withdrawn").Withdraw("withdrawn");
  add("disallowed");
  history.Disallow("disallowed");
  add("outside");
  report.completed = "2024-05-05";
  add("unqualified");
  report.kind = "STRICT";
  add("paid");
  report.paid = false;
  add("unverified");
  add("unapproved");
  history.Verify("unapproved");
  report.activity = "act";
  add("undocumented");
  history.Verify("undocumented");
  report.documented = true;
  add("first");
  history.Verify("first");
  report.minutes = 120;
  add("twice");
  history.Verify("twice");
  report.completed = "2024-05-06";
  report.minutes = 30;
  add("second-course");
  history.Verify("second-course");
  struct Row {
    absl::string_view reference;
    absl::string_view reason;
  };
  for (const Row& row : std::vector<Row>{{"withdrawn", "WITHDRAWN"},
                                         {"disallowed", "DISALLOWED"},
                                         {"outside", "OUTSIDE_CYCLE"},
                                         {"unqualified", "ACTIVITY_DOES_NOT_QUALIFY"},
                                         {"paid", "PAID_SERVICE"},
                                         {"unverified", "AWAITING_VERIFICATION"},
                                         {"unapproved", "ACTIVITY_NOT_APPROVED"},
                                         {"undocumented", "NOT_DOCUMENTED"},
                                         {"first", ""},
                                         {"twice", "DUPLICATE"},
                                         {"second-course", "ONE_COURSE_PER_CYCLE"}}) {
    EXPECT_EQ(StrictReason(history, row.reference), std::string(row.reason)) << row.reference;
  }
}

TEST(CreditReasonsTest, NamesAreThoseOfTheRules) {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(CreditReason::kOneCoursePerCycle); ++i) {
    names.emplace_back(CreditReasonName(static_cast<CreditReason>(i)));
  }
  EXPECT_THAT(names, ::testing::ElementsAre("", "WITHDRAWN", "DISALLOWED", "OUTSIDE_CYCLE",
                                            "ACTIVITY_DOES_NOT_QUALIFY", "PAID_SERVICE",
                                            "AWAITING_VERIFICATION", "ACTIVITY_NOT_APPROVED",
                                            "NOT_DOCUMENTED", "DUPLICATE", "PART_OF_ANOTHER",
                                            "COUNTED_IN_PREVIOUS_CYCLE", "COUNTS_IN_NEXT_CYCLE",
                                            "ONE_COURSE_PER_CYCLE"));
}

TEST(CreditReasonsTest, EveryDisqualifiedKindEarnsNothing) {
  for (const std::string kind : {"INTERNAL_MEETING", "PRODUCT_TRAINING", "PERSONAL_WELLNESS",
                                 "TRADE_SHOW", "POLICY_WRITING", "OTHER_VOLUNTEER"}) {
    History history = Certified();
    history.Credit({.kind = kind, .minutes = 600});
    EXPECT_EQ(history.CreditOn("2024-06-03", "c1"), "ACTIVITY_DOES_NOT_QUALIFY") << kind;
  }
}

TEST(CreditReasonsTest, ChangesTakeEffectOnTheirDay) {
  History history = Certified();
  history.Credit({.kind = "SUBJECT_MATTER_EXPERT", .minutes = 60});
  history.At("2024-07-01").Verify("c1");
  history.At("2024-08-01").Disallow("c1");
  history.At("2024-09-01").Reinstate("c1");
  history.At("2024-10-01").AmendMinutes("c1", 120);
  history.At("2024-10-15").AmendCompleted("c1", "2022-05-14");
  history.At("2024-11-01").Withdraw("c1");
  struct Row {
    absl::string_view day;
    absl::string_view result;
  };
  for (const Row& row : std::vector<Row>{{"2024-06-02", "absent"},
                                         {"2024-06-03", "AWAITING_VERIFICATION"},
                                         {"2024-06-30", "AWAITING_VERIFICATION"},
                                         {"2024-07-01", "1.00"},
                                         {"2024-07-31", "1.00"},
                                         {"2024-08-01", "DISALLOWED"},
                                         {"2024-09-01", "1.00"},
                                         {"2024-10-01", "2.00"},
                                         {"2024-10-15", "OUTSIDE_CYCLE"},
                                         {"2024-11-01", "WITHDRAWN"}}) {
    EXPECT_EQ(history.CreditOn(row.day, "c1"), std::string(row.result)) << row.day;
  }
}

TEST(CreditReasonsTest, TeachingAtAnyOtherProgrammeEarnsNothing) {
  History history = Certified();
  history.Credit({.kind = "TEACHING", .minutes = 60, .at_approved_programme = false});
  EXPECT_EQ(history.CreditOn("2024-06-03", "c1"), "ACTIVITY_NOT_APPROVED");
}

TEST(CreditReasonsTest, PaidMattersOnlyToExperts) {
  History history = Certified();
  history.Credit({.kind = "TEACHING", .minutes = 60, .paid = true});
  EXPECT_EQ(history.CreditOn("2024-06-03", "c1"), "2.00");
}

// --- Twice reported.

TEST(DuplicatesTest, TheOneRecordedFirstEarns) {
  History history = Certified();
  history.Credit({.reference = "a", .minutes = 60, .activity = "act"});
  history.Credit({.reference = "b", .minutes = 90, .activity = "act"});
  EXPECT_EQ(history.CreditOn("2024-06-03", "a"), "1.00");
  EXPECT_EQ(history.CreditOn("2024-06-03", "b"), "DUPLICATE");
  history.At("2024-06-04").Withdraw("a");
  EXPECT_EQ(history.CreditOn("2024-06-03", "b"), "DUPLICATE");
  EXPECT_EQ(history.CreditOn("2024-06-04", "b"), "1.50") << "the next takes its place";
}

TEST(DuplicatesTest, AnotherDayOrNoActivityIsNoDuplicate) {
  History history = Certified();
  history.Credit({.reference = "a", .minutes = 60, .activity = "act"});
  history.Credit({.reference = "b", .completed = "2024-06-02", .minutes = 60, .activity = "act"});
  history.Credit({.reference = "c", .minutes = 60}).Credit({.reference = "d", .minutes = 60});
  for (const absl::string_view reference : {"a", "b", "c", "d"}) {
    EXPECT_EQ(history.CreditOn("2024-06-03", reference), "1.00") << reference;
  }
}

TEST(DuplicatesTest, FirstMeansRecordedNotEffective) {
  History history = Certified();
  history.Credit(
      {.reference = "self", .completed = "2024-06-01", .minutes = 60, .activity = "act"});
  history.Credit({.reference = "posted",
                  .completed = "2024-06-01",
                  .minutes = 90,
                  .activity = "act",
                  .source = type::v1::CREDIT_SOURCE_EDUCATION_ZONE});
  EXPECT_EQ(history.CreditOn("2024-06-02", "posted"), "1.50") << "only it is effective yet";
  EXPECT_EQ(history.CreditOn("2024-06-03", "self"), "1.00");
  EXPECT_EQ(history.CreditOn("2024-06-03", "posted"), "DUPLICATE");
}

// --- College.

// A conference of March 1 to 3, 2024, and a session of it.
History Conference() {
  History history;
  history.At("2022-05-14").Grant();
  history.At("2024-01-02")
      .ApproveActivity("conference", "12.00", "2024-03-01", "2024-03-03")
      .ApproveActivity("session", "2.00", "2024-03-01", "2024-12-31", "conference");
  return history;
}

TEST(PartsTest, WhatIsReportedWholeEarnsOnce) {
  const auto whole = [](absl::string_view from, absl::string_view completed) {
    return testing::CreditReport{.reference = "whole",
                                 .kind = "APPROVED_PROGRAM",
                                 .completed = std::string(completed),
                                 .from = std::string(from),
                                 .minutes = 720,
                                 .activity = "conference"};
  };
  const auto part = [](absl::string_view completed) {
    return testing::CreditReport{.reference = "part",
                                 .kind = "APPROVED_PROGRAM",
                                 .completed = std::string(completed),
                                 .minutes = 60,
                                 .activity = "session"};
  };
  struct Row {
    testing::CreditReport whole;
    testing::CreditReport part;
    bool earns;
    const char* why;
  };
  for (const Row& row : std::vector<Row>{
           {whole("2024-03-01", "2024-03-03"), part("2024-03-01"), false, "the first day"},
           {whole("2024-03-01", "2024-03-03"), part("2024-03-03"), false, "the last day"},
           {whole("2024-03-02", "2024-03-03"), part("2024-03-01"), true, "the day before"},
           {whole("2024-03-01", "2024-03-02"), part("2024-03-03"), true, "the day after"},
           {whole("", "2024-03-03"), part("2024-03-01"), false,
            "without a first day the approval's first day is that of the whole"},
           {whole("", "2024-03-03"), part("2024-06-01"), true, "seen again at home"}}) {
    for (const bool part_first : {false, true}) {
      History history = Conference();
      history.At("2024-07-01").Credit(part_first ? row.part : row.whole);
      history.Credit(part_first ? row.whole : row.part);
      EXPECT_EQ(history.CreditOn("2024-07-01", "part"), row.earns ? "1.00" : "PART_OF_ANOTHER")
          << row.why << part_first;
      EXPECT_EQ(history.CreditOn("2024-07-01", "whole"), "12.00") << row.why << part_first;
    }
  }
}

TEST(PartsTest, APartEarnsWhereTheWholeDoesNot) {
  History history = Conference();
  history.At("2024-07-01")
      .Credit({.reference = "whole",
               .kind = "APPROVED_PROGRAM",
               .completed = "2024-03-03",
               .minutes = 720,
               .activity = "conference"})
      .Credit({.reference = "part",
               .kind = "APPROVED_PROGRAM",
               .completed = "2024-03-02",
               .minutes = 60,
               .activity = "session"});
  EXPECT_EQ(history.CreditOn("2024-07-01", "part"), "PART_OF_ANOTHER");
  history.At("2024-07-02").Withdraw("whole");
  EXPECT_EQ(history.CreditOn("2024-07-02", "part"), "1.00");
  EXPECT_EQ(history.CreditOn("2024-07-01", "part"), "PART_OF_ANOTHER") << "as of the day before";
}

TEST(CollegeTest, TheCourseWithMostCreditsEarns) {
  struct Row {
    CreditReport first;
    CreditReport second;
    absl::string_view earns;
    absl::string_view why;
  };
  const auto course = [](absl::string_view reference, absl::string_view credits,
                         absl::string_view completed) {
    return CreditReport{.reference = std::string(reference),
                        .kind = "COLLEGE_COURSE",
                        .completed = std::string(completed),
                        .academic_credits = std::string(credits)};
  };
  const std::vector<Row> rows = {
      {course("a", "3", "2024-01-01"), course("b", "4", "2024-02-01"), "b", "most credits"},
      {course("a", "4", "2024-01-01"), course("b", "3", "2024-02-01"), "a", "most credits"},
      {course("a", "3", "2024-02-01"), course("b", "3", "2024-01-01"), "b", "completed first"},
      {course("a", "3", "2024-01-01"), course("b", "3", "2024-01-01"), "a", "recorded first"},
  };
  for (const Row& row : rows) {
    History history = Certified();
    history.Credit(row.first).Credit(row.second);
    const absl::string_view other = row.earns == "a" ? "b" : "a";
    EXPECT_NE(history.CreditOn("2024-06-03", row.earns), "ONE_COURSE_PER_CYCLE") << row.why;
    EXPECT_EQ(history.CreditOn("2024-06-03", other), "ONE_COURSE_PER_CYCLE") << row.why;
  }
}

// --- Credits completed inside an extension.

// 20.00 by the cycle's end, 10.00 of them approved; an extension granted; the clock in June 2026.
History Extended() {
  History history;
  history.At("2022-05-14").Grant();
  history.At("2025-11-03").Credit({.reference = "a", .minutes = 600});
  history.Credit({.reference = "n", .kind = "NON_APPROVED_PROGRAM", .minutes = 600});
  history.RequestExtension();
  history.At("2025-12-05").GrantExtension();
  history.At("2026-06-01");
  return history;
}

TEST(ExtensionCreditsTest, TheWindowReachesTheExtensionsEnd) {
  History history = Extended();
  history.Credit({.reference = "first", .completed = "2025-12-02", .minutes = 60});
  history.Credit({.reference = "last", .completed = "2026-06-01", .minutes = 60});
  EXPECT_EQ(history.CreditOn("2026-06-01", "first"), "1.00");
  EXPECT_EQ(history.CreditOn("2026-06-01", "last"), "1.00");
  history.At("2026-06-02").Credit({.reference = "after", .minutes = 60});
  EXPECT_EQ(history.CreditOn("2026-06-02", "after"), "OUTSIDE_CYCLE");
}

TEST(ExtensionCreditsTest, EachStaysAsLongAsItHelps) {
  History history = Extended();
  history.Credit({.reference = "x1",
                  .kind = "NON_APPROVED_PROGRAM",
                  .completed = "2026-02-01",
                  .minutes = 540});  // Total 29.00.
  history.Credit({.reference = "x2",
                  .kind = "NON_APPROVED_PROGRAM",
                  .completed = "2026-02-02",
                  .minutes = 120});  // Total 31.00.
  history.Credit({.reference = "x3",
                  .kind = "NON_APPROVED_PROGRAM",
                  .completed = "2026-02-03",
                  .minutes = 60});  // Not needed.
  history.Credit(
      {.reference = "x4", .completed = "2026-02-04", .minutes = 240});  // Approved 14.00.
  history.Credit(
      {.reference = "x5", .completed = "2026-02-05", .minutes = 240});            // Approved 18.00.
  history.Credit({.reference = "x6", .completed = "2026-02-06", .minutes = 60});  // Not needed.
  struct Row {
    absl::string_view reference;
    absl::string_view result;
    absl::string_view why;
  };
  for (const Row& row : std::vector<Row>{
           {"x1", "9.00", "the total is lacking"},
           {"x2", "2.00", "the total is lacking by 1.00; a record is never split"},
           {"x3", "COUNTS_IN_NEXT_CYCLE", "approved credits are lacking, and it is not approved"},
           {"x4", "4.00", "approved credits are lacking"},
           {"x5", "4.00", "approved credits are lacking by 1.00"},
           {"x6", "COUNTS_IN_NEXT_CYCLE", "nothing is lacking"}}) {
    EXPECT_EQ(history.CreditOn("2026-06-01", row.reference), std::string(row.result)) << row.why;
  }
}

TEST(ExtensionCreditsTest, TakenByCompletionThenByRecording) {
  History history = Extended();
  history.Credit({.reference = "late", .completed = "2026-03-01", .minutes = 600});
  history.Credit({.reference = "early", .completed = "2026-02-01", .minutes = 600});
  EXPECT_EQ(history.CreditOn("2026-06-01", "early"), "10.00");
  EXPECT_EQ(history.CreditOn("2026-06-01", "late"), "COUNTS_IN_NEXT_CYCLE");
  History same_day = Extended();
  same_day.Credit({.reference = "one", .completed = "2026-03-01", .minutes = 600});
  same_day.Credit({.reference = "two", .completed = "2026-03-01", .minutes = 600});
  EXPECT_EQ(same_day.CreditOn("2026-06-01", "one"), "10.00");
  EXPECT_EQ(same_day.CreditOn("2026-06-01", "two"), "COUNTS_IN_NEXT_CYCLE");
}

TEST(ExtensionCreditsTest, TheApprovalSettlesWhichCreditsStay) {
  History history = Extended();
  history.At("2026-03-02");
  history.Credit({.reference = "x", .completed = "2026-03-01", .minutes = 600, .activity = "act"});
  history.Credit({.reference = "y", .completed = "2026-03-02", .minutes = 60});
  history.Credit({.reference = "dup", .completed = "2026-03-01", .minutes = 60, .activity = "act"});
  history.Submit().Pay({.amount = "425.00"}).Approve();
  EXPECT_EQ(history.CreditOn("2026-03-02", "x"), "COUNTED_IN_PREVIOUS_CYCLE");
  EXPECT_EQ(history.CreditOn("2026-03-02", "y"), "1.00");
  EXPECT_EQ(history.CreditOn("2026-03-02", "dup"), "DUPLICATE")
      << "named before COUNTED_IN_PREVIOUS_CYCLE takes the first out";
  EXPECT_EQ(history.CreditOn("2026-03-02", "a"), "OUTSIDE_CYCLE");
  // A record that is earlier, and one that falls away, change nothing of that.
  history.At("2026-04-01").Credit({.reference = "z", .completed = "2026-01-15", .minutes = 600});
  history.Disallow("a");
  EXPECT_EQ(history.CreditOn("2026-04-01", "z"), "10.00");
  EXPECT_EQ(history.CreditOn("2026-04-01", "x"), "COUNTED_IN_PREVIOUS_CYCLE");
  EXPECT_EQ(history.CreditOn("2026-04-01", "y"), "1.00");
}

TEST(ExtensionCreditsTest, ACourseThatStayedPlaysNoPartInTheNextCycle) {
  History history = Extended();
  history.At("2026-03-02");
  history.Credit({.reference = "big", .kind = "COLLEGE_COURSE", .academic_credits = "5.00"});
  history.Credit({.reference = "x", .minutes = 300});
  history.Submit().Pay({.amount = "425.00"}).Approve();
  history.Credit({.reference = "small", .kind = "COLLEGE_COURSE", .academic_credits = "3.00"});
  EXPECT_EQ(history.CreditOn("2026-03-02", "big"), "COUNTED_IN_PREVIOUS_CYCLE");
  EXPECT_EQ(history.CreditOn("2026-03-02", "small"), "12.00");
}

TEST(ExtensionCreditsTest, ACourseLeftToTheNextCycleDoesNotDisplaceOne) {
  History history = Extended();
  history.Credit({.reference = "now",
                  .kind = "COLLEGE_COURSE",
                  .completed = "2025-11-01",
                  .academic_credits = "3.00"});  // Total 32.00.
  history.Credit({.reference = "later",
                  .kind = "COLLEGE_COURSE",
                  .completed = "2026-02-01",
                  .academic_credits = "5.00"});
  EXPECT_EQ(history.CreditOn("2026-06-01", "now"), "12.00");
  EXPECT_EQ(history.CreditOn("2026-06-01", "later"), "COUNTS_IN_NEXT_CYCLE");
}

// --- Documents.

TEST(DocumentsTest, AreDemandedForTheHalfAndInAReinstatement) {
  History history;
  history.At("2022-05-14").Grant();
  history.At("2025-11-03").Credit({.reference = "doc", .minutes = 600});
  history.Credit({.reference = "undoc", .minutes = 600, .documented = false});
  history.Credit({.reference = "posted",
                  .completed = "2025-11-02",
                  .minutes = 60,
                  .documented = false,
                  .source = type::v1::CREDIT_SOURCE_CONFERENCE});
  const auto half = [&](absl::string_view day) {
    const KnownFacts known = history.Known();
    const Cutoff cutoff = Cutoff::EndOf(Day(day));
    return EvaluateHalf(known.facts(), CareerAt(known.facts(), cutoff), 0, cutoff).counted;
  };
  EXPECT_EQ(history.CreditOn("2025-11-03", "undoc"), "10.00") << "an ordinary application";
  EXPECT_EQ(half("2025-11-03"), 1100) << "documented, and documented by nature";
  history.At("2026-01-10").RequestReinstatement();
  EXPECT_EQ(history.CreditOn("2026-01-09", "undoc"), "10.00");
  EXPECT_EQ(history.CreditOn("2026-01-10", "undoc"), "NOT_DOCUMENTED");
  EXPECT_EQ(history.CreditOn("2026-01-10", "posted"), "1.00");
  history.At("2026-01-11").Document("undoc");
  EXPECT_EQ(history.CreditOn("2026-01-11", "undoc"), "10.00");
  EXPECT_EQ(half("2026-01-11"), 2100);
}

TEST(DocumentsTest, OfTwoReportsTheDocumentedOneCountsForTheHalf) {
  History history;
  history.At("2022-05-14").Grant();
  history.At("2025-11-03");
  history.Credit({.reference = "a", .minutes = 60, .activity = "act", .documented = false});
  history.Credit({.reference = "b", .minutes = 60, .activity = "act"});
  const KnownFacts known = history.Known();
  const Cutoff cutoff = Cutoff::EndOf(Day("2025-11-03"));
  const HalfStatus half = EvaluateHalf(known.facts(), CareerAt(known.facts(), cutoff), 0, cutoff);
  EXPECT_EQ(half.counted, 100);
  EXPECT_EQ(half.needed, 1500);
}

// With half of the credits on the last day of the cycle, and an extension.
History ExtendedWith(const std::vector<CreditReport>& reports) {
  History history = Certified();
  for (const CreditReport& report : reports) history.Credit(report);
  history.At("2025-11-20").Credit({.reference = "half", .minutes = 900}).RequestExtension();
  history.At("2025-12-05").GrantExtension();
  return history;
}

TEST(ExtensionCreditsTest, TheLastDayOfTheCycleIsNotOfTheExtension) {
  History history = ExtendedWith({{.reference = "first", .minutes = 900}});
  history.At("2026-02-02")
      .Credit({.reference = "last-day", .completed = "2025-12-01", .minutes = 60});
  history.Credit({.reference = "day-after", .completed = "2025-12-02", .minutes = 60});
  EXPECT_EQ(history.CreditOn("2026-02-02", "last-day"), "1.00")
      << "nothing is lacking, but it is of the cycle";
  EXPECT_EQ(history.CreditOn("2026-02-02", "day-after"), "COUNTS_IN_NEXT_CYCLE");
}

TEST(ExtensionCreditsTest, OfSeveralCoursesTheBestFillsTheRequirement) {
  struct Row {
    absl::string_view one;
    absl::string_view two;
    absl::string_view extended;
    absl::string_view why;
  };
  for (const Row& row : std::vector<Row>{
           {"2.00", "3.00", "1.00", "15 and 12 leave 3 lacking; both courses would be enough"},
           {"3.00", "2.00", "1.00", "the other way round"},
           {"4.00", "1.00", "COUNTS_IN_NEXT_CYCLE", "15 and 16 are enough; the first is the best"},
           {"1.00", "4.00", "COUNTS_IN_NEXT_CYCLE", "the second is the best"}}) {
    History history = ExtendedWith(
        {{.reference = "one", .kind = "COLLEGE_COURSE", .academic_credits = std::string(row.one)},
         {.reference = "two", .kind = "COLLEGE_COURSE", .academic_credits = std::string(row.two)}});
    history.At("2026-02-02")
        .Credit({.reference = "extended", .completed = "2026-02-01", .minutes = 60});
    EXPECT_EQ(history.CreditOn("2026-02-02", "extended"), std::string(row.extended)) << row.why;
  }
}

TEST(CourseTest, OfThreeTheBestEarnsInWhateverOrder) {
  std::vector<std::string> order = {"2.00", "3.00", "2.50"};
  std::sort(order.begin(), order.end());
  do {
    History history = Certified();
    for (const std::string& credits : order) {
      history.Credit({.reference = credits, .kind = "COLLEGE_COURSE", .academic_credits = credits});
    }
    EXPECT_EQ(history.CreditOn("2024-06-03", "3.00"), "12.00") << order[0] << ' ' << order[1];
    EXPECT_EQ(history.CreditOn("2024-06-03", "2.50"), "ONE_COURSE_PER_CYCLE");
    EXPECT_EQ(history.CreditOn("2024-06-03", "2.00"), "ONE_COURSE_PER_CYCLE");
  } while (std::next_permutation(order.begin(), order.end()));
}

}  // namespace
}  // namespace goodstanding::domain
