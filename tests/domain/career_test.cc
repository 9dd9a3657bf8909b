#include "domain/career.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "domain/evaluate.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

using testing::Day;
using ::testing::ElementsAre;
using testing::History;
using ::testing::IsEmpty;
using testing::KnownFacts;

Career CareerOn(const History& history, absl::string_view day) {
  const KnownFacts known = history.Known();
  return CareerAt(known.facts(), Cutoff::EndOf(Day(day)));
}

std::vector<std::string> HeldOn(const History& history, absl::string_view day) {
  std::vector<std::string> held;
  for (const HeldCredential& credential : CareerOn(history, day).held) {
    held.push_back(credential.credential);
  }
  return held;
}

// "2022-05-14/2025-12-01" of each cycle.
std::vector<std::string> CyclesOn(const History& history, absl::string_view day) {
  std::vector<std::string> cycles;
  for (const CycleStatus& cycle : CareerOn(history, day).cycles) {
    cycles.push_back(cycle.start.ToString() + "/" + cycle.calendar.cycle_end.ToString());
  }
  return cycles;
}

std::string LevelOn(const History& history, absl::string_view day) {
  const KnownFacts known = history.Known();
  return Evaluate(known.facts(), Cutoff::EndOf(Day(day))).level->level;
}

History& Renew(History& history, absl::string_view day, absl::string_view suffix) {
  history.At(day).Credit({.reference = "c" + std::string(suffix), .minutes = 2700});
  return history.Submit()
      .Pay({.reference = "p" + std::string(suffix), .amount = "400.00"})
      .Approve();
}

TEST(CareerTest, TheFirstCycleEndsThreeYearsAfterTheGrantsYear) {
  struct Row {
    absl::string_view granted;
    absl::string_view ends;
    absl::string_view why;
  };
  for (const Row& row : std::vector<Row>{{"2022-01-01", "2025-12-01", "first day of a year"},
                                         {"2022-12-01", "2025-12-01", "on the day of the year"},
                                         {"2022-12-02", "2025-12-01", "day after it"},
                                         {"2022-12-31", "2025-12-01", "last day of a year"},
                                         {"2023-01-01", "2026-12-01", "first day of the next"},
                                         {"2024-02-29", "2027-12-01", "leap day"}}) {
    History history;
    history.At(row.granted).Grant();
    const Career career = CareerOn(history, row.granted);
    ASSERT_EQ(career.cycles.size(), 1) << row.why;
    EXPECT_EQ(career.cycles[0].calendar.cycle_end, Day(row.ends)) << row.why;
    EXPECT_EQ(career.cycles[0].start, Day(row.granted)) << row.why;
    EXPECT_THAT(CyclesOn(history, (Day(row.granted) - 1).ToString()), IsEmpty()) << row.why;
  }
}

TEST(CareerTest, ALaterGrantJoinsTheCycle) {
  History history;
  history.At("2022-05-14").Grant("CPMSM");
  history.At("2025-12-01").Grant("CPCS");
  EXPECT_THAT(HeldOn(history, "2025-11-30"), ElementsAre("CPMSM"));
  EXPECT_THAT(HeldOn(history, "2025-12-01"), ElementsAre("CPCS", "CPMSM")) << "by code";
  EXPECT_THAT(CyclesOn(history, "2025-12-01"), ElementsAre("2022-05-14/2025-12-01"));
}

TEST(CareerTest, TheNextCycleExistsOnceRenewedAndItsDatesNeverMove) {
  History early;
  early.At("2022-05-14").Grant();
  Renew(early, "2025-11-03", "1");
  EXPECT_THAT(CyclesOn(early, "2025-11-02"), ElementsAre("2022-05-14/2025-12-01"));
  EXPECT_THAT(CyclesOn(early, "2025-11-03"),
              ElementsAre("2022-05-14/2025-12-01", "2025-12-02/2028-12-01"));
  EXPECT_EQ(CareerOn(early, "2025-12-01").CurrentCycle(Day("2025-12-01")), 0);
  EXPECT_EQ(CareerOn(early, "2025-12-02").CurrentCycle(Day("2025-12-02")), 1);
  History late;
  late.At("2022-05-14").Grant();
  late.At("2025-12-20").Credit({.completed = "2025-11-01", .minutes = 1800}).Submit();
  late.Pay({.amount = "425.00"});
  late.At("2026-02-01").Approve();
  EXPECT_THAT(CyclesOn(late, "2026-02-01"),
              ElementsAre("2022-05-14/2025-12-01", "2025-12-02/2028-12-01"));
}

TEST(CareerTest, ARevocationOfOneLeavesTheOther) {
  History history;
  history.At("2022-05-14").Grant("CPCS");
  history.At("2023-05-14").Grant("CPMSM");
  history.At("2024-05-14").Revoke("CPCS");
  EXPECT_THAT(HeldOn(history, "2024-05-14"), ElementsAre("CPMSM"));
  EXPECT_EQ(history.StandingOn("2024-05-14"), "ACTIVE");
  EXPECT_THAT(CyclesOn(history, "2024-05-14"), ElementsAre("2022-05-14/2025-12-01"));
  history.At("2024-06-14").Surrender("CPMSM");
  EXPECT_EQ(history.StandingOn("2024-06-13"), "ACTIVE");
  EXPECT_EQ(history.StandingOn("2024-06-14"), "SURRENDERED") << "the last one ends the tenure";
}

TEST(CareerTest, NamingNoCredentialEndsTheTenure) {
  History history;
  history.At("2022-05-14").Grant("CPCS").Grant("CPMSM");
  history.At("2024-05-14").Revoke();
  EXPECT_THAT(HeldOn(history, "2024-05-14"), IsEmpty());
  EXPECT_EQ(history.StandingOn("2024-05-14"), "REVOKED");
  EXPECT_EQ(LevelOn(history, "2024-05-13"), "DUAL");
  EXPECT_EQ(LevelOn(history, "2024-05-14"), "SINGLE") << "two are no longer held";
}

TEST(CareerTest, ASecondApprovalOfAnEarlierDayLeavesTheNextCycleAlone) {
  History history;
  history.At("2022-05-14").Grant("CPCS");
  history.At("2025-11-03").Credit({.reference = "c1", .minutes = 1800}).Submit().Pay({});
  history.At("2025-12-20").Approve();
  history.At("2025-12-22").Effective("2025-11-10").Approve();
  EXPECT_THAT(CyclesOn(history, "2025-12-22"),
              ElementsAre("2022-05-14/2025-12-01", "2025-12-02/2028-12-01"));
}

TEST(CareerTest, AGrantAfterTheEndBeginsANewTenure) {
  struct Row {
    std::function<void(History&)> end;
    absl::string_view why;
  };
  for (const Row& row :
       std::vector<Row>{{[](History& h) { h.At("2024-05-14").Revoke(); }, "revoked"},
                        {[](History& h) { h.At("2024-05-14").Surrender(); }, "surrendered"},
                        {[](History&) {}, "expired on 2026-07-01"}}) {
    History history;
    history.At("2022-05-14").Grant("CPCS").Grant("CPMSM");
    row.end(history);
    history.At("2026-07-01").Grant("CPCS");
    EXPECT_THAT(HeldOn(history, "2026-07-01"), ElementsAre("CPCS")) << row.why;
    EXPECT_THAT(CyclesOn(history, "2026-07-01"),
                ElementsAre("2022-05-14/2025-12-01", "2026-07-01/2029-12-01"))
        << row.why;
    EXPECT_EQ(CareerOn(history, "2026-07-01").cycles[1].tenure, 1) << row.why;
    EXPECT_EQ(CareerOn(history, "2026-07-01").cycles[1].number, 1) << row.why;
    EXPECT_EQ(history.StandingOn("2026-07-01"), "ACTIVE") << row.why;
  }
}

TEST(CareerTest, AGrantWhileLapsedJoinsTheTenure) {
  History history;
  history.At("2022-05-14").Grant("CPCS");
  history.At("2026-06-30").Grant("CPMSM");
  EXPECT_THAT(HeldOn(history, "2026-06-30"), ElementsAre("CPCS", "CPMSM"));
  EXPECT_THAT(CyclesOn(history, "2026-06-30"), ElementsAre("2022-05-14/2025-12-01"));
  EXPECT_EQ(history.StandingOn("2026-06-30"), "LAPSED");
}

// --- The level of the requirement.

TEST(DualTest, TheFirstRenewalAsDualNeedsTheSingleRequirement) {
  struct Row {
    std::function<void(History&)> play;
    absl::string_view day;
    absl::string_view requirement;
    absl::string_view level;
    absl::string_view why;
  };
  const auto renewed_single_then_dual = [](absl::string_view granted) {
    return [=](History& h) {
      h.At("2022-05-14").Grant("CPCS");
      Renew(h, "2025-11-03", "1");
      h.At(granted).Grant("CPMSM");
    };
  };
  for (const Row& row :
       std::vector<Row>{{[](History& h) { h.At("2022-05-14").Grant("CPCS").Grant("CPMSM"); },
                         "2022-05-14", "SINGLE", "DUAL", "both on the first day of cycle 1"},
                        {renewed_single_then_dual("2025-12-01"), "2026-01-05", "DUAL", "DUAL",
                         "second credential the day before cycle 2"},
                        {renewed_single_then_dual("2025-12-02"), "2026-01-05", "SINGLE", "DUAL",
                         "second credential on the first day of cycle 2"},
                        {[&](History& h) {
                           renewed_single_then_dual("2025-12-01")(h);
                           h.At("2026-01-05").Revoke("CPMSM");
                         },
                         "2026-01-05", "SINGLE", "SINGLE", "no longer both held"},
                        {[&](History& h) {
                           renewed_single_then_dual("2025-12-01")(h);
                           h.At("2026-01-05").Revoke("CPMSM");
                           h.At("2026-02-05").Grant("CPMSM");
                         },
                         "2026-02-05", "SINGLE", "DUAL", "granted anew within the cycle"}}) {
    History history;
    row.play(history);
    const KnownFacts known = history.Known();
    const Evaluation now = Evaluate(known.facts(), Cutoff::EndOf(Day(row.day)));
    EXPECT_EQ(now.renewal.level->level, std::string(row.requirement)) << row.why;
    EXPECT_EQ(now.level->level, std::string(row.level)) << row.why;
  }
}

TEST(CareerTest, AGrantThatIsRecordedLaterButTookPlaceEarlierIsOfTheSameCredential) {
  History history;
  history.At("2023-05-15").Grant("CPCS");
  history.At("2023-06-01").Effective("2023-05-14").Grant("CPCS");
  EXPECT_THAT(HeldOn(history, "2023-06-01"), ElementsAre("CPCS"));
  EXPECT_EQ(LevelOn(history, "2023-06-01"), "SINGLE");
}

TEST(CareerTest, DaysCountWhereMomentsStandInAnotherOrder) {
  // The first moment is the earlier one, but of a later civil day: the time zone was moved between.
  History history;
  CertificantState state;
  state.milestones = {
      {MilestoneType::kGranted, {{1000, Day("2023-01-02"), 0}, 3}, "CPCS", 0, nullptr},
      {MilestoneType::kGranted, {{2000, Day("2023-01-01"), 0}, 4}, "CPMSM", 0, nullptr}};
  const KnownFacts known = history.Known();
  const Career career = BuildCareer(state, known.rules, Cutoff::EndOf(Day("2023-01-01")),
                                    [](const Career&, const Stamp&) { return false; });
  ASSERT_EQ(career.held.size(), 1);
  EXPECT_EQ(career.held[0].credential, "CPMSM");
}

TEST(CareerTest, AFactOfACycleThatHadNotBegunWaitsForIt) {
  History history;
  CertificantState state;
  const auto terms = std::make_shared<RenewalTerms>();
  const auto stamp = [](absl::string_view day, int64_t position) {
    return Stamp{testing::At(day), position};
  };
  state.milestones = {{MilestoneType::kGranted, stamp("2022-05-14", 3), "CPCS", 0, nullptr},
                      {MilestoneType::kSubmitted, stamp("2025-10-01", 4), "", 2028, nullptr},
                      {MilestoneType::kSubmitted, stamp("2025-10-02", 5), "", 2031, nullptr},
                      {MilestoneType::kRenewed, stamp("2025-11-01", 6), "", 2025, terms},
                      {MilestoneType::kRenewed, stamp("2025-11-02", 7), "", 2028, terms}};
  const KnownFacts known = history.Known();
  const auto career = [&](absl::string_view day) {
    return BuildCareer(state, known.rules, Cutoff::EndOf(Day(day)),
                       [](const Career&, const Stamp&) { return false; });
  };
  const Career second = career("2025-11-01");
  ASSERT_EQ(second.cycles.size(), 2);
  EXPECT_FALSE(second.cycles[0].submitted.has_value());
  ASSERT_TRUE(second.cycles[1].submitted.has_value());
  EXPECT_EQ(second.cycles[1].submitted->position, 4);
  const Career third = career("2025-11-02");
  ASSERT_EQ(third.cycles.size(), 3);
  ASSERT_TRUE(third.cycles[2].submitted.has_value()) << "that of the cycle after waited on";
  EXPECT_EQ(third.cycles[2].submitted->position, 5);
}

TEST(CareerTest, ADayBeforeTheLastTenureIsOfItsFirstCycle) {
  History history;
  history.At("2010-05-14").Grant();
  history.At("2022-05-14").Grant();
  const Career career = CareerOn(history, "2022-05-14");
  ASSERT_EQ(career.cycles.size(), 2);
  EXPECT_EQ(career.CurrentCycle(Day("2022-05-14")), 1);
  EXPECT_EQ(career.CurrentCycle(Day("2022-05-13")), 1) << "the tenure before is over";
}

}  // namespace
}  // namespace goodstanding::domain
