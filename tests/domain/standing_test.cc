// Every row of the table of section 8: its first and last day, and the days before and after.
#include <functional>
#include <string>
#include <vector>

#include "domain/evaluate.h"
#include "domain/timeline.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

using testing::Day;
using testing::History;
using testing::KnownFacts;

struct DayRow {
  absl::string_view day;
  absl::string_view standing;
};

// Granted on 2022-05-14; cycle 1 ends on 2025-12-01.
void CheckDays(const std::function<void(History&)>& play, const std::vector<DayRow>& rows,
               absl::string_view why) {
  History history;
  history.At("2022-05-14").Grant();
  play(history);
  for (const DayRow& row : rows) {
    EXPECT_EQ(history.StandingOn(row.day), std::string(row.standing)) << row.day << ": " << why;
  }
}

// Submitted, 30.00 reported and 375.00 paid, all on one day in time.
void Complete(History& history, absl::string_view day) {
  history.At(day).Credit({.completed = "2025-11-01", .minutes = 1800}).Submit().Pay({});
}

void Extend(History& history, absl::string_view granted) {
  history.At("2025-11-28").Credit({.reference = "half", .minutes = 900}).RequestExtension();
  history.At(granted).GrantExtension();
}

TEST(StandingTest, NothingDone) {
  CheckDays([](History&) {},
            {{"2022-05-13", "NOT_CERTIFIED"},
             {"2022-05-14", "ACTIVE"},
             {"2025-12-01", "ACTIVE"},
             {"2025-12-02", "LATE"},
             {"2025-12-31", "LATE"},
             {"2026-01-01", "LAPSED"},
             {"2026-06-30", "LAPSED"},
             {"2026-07-01", "EXPIRED"},
             {"2050-01-01", "EXPIRED"}},
            "nothing done");
}

TEST(StandingTest, RenewedInTime) {
  CheckDays(
      [](History& h) {
        Complete(h, "2025-11-03");
        h.At("2025-11-20").Approve();
      },
      {{"2025-11-19", "ACTIVE"},
       {"2025-11-20", "ACTIVE"},
       {"2025-12-02", "ACTIVE"},
       {"2026-07-01", "ACTIVE"},
       {"2028-12-01", "ACTIVE"},
       {"2028-12-02", "LATE"}},
      "renewed in time");
}

TEST(StandingTest, RenewedInTheLatePeriod) {
  CheckDays(
      [](History& h) {
        Complete(h, "2025-11-03");
        h.At("2025-12-20").Approve();
      },
      {{"2025-12-19", "LATE"}, {"2025-12-20", "ACTIVE"}, {"2026-01-01", "ACTIVE"}},
      "renewed in the late period");
}

TEST(StandingTest, UnderReview) {
  CheckDays([](History& h) { Complete(h, "2025-11-03"); },
            {{"2025-12-01", "ACTIVE"},
             {"2025-12-31", "LATE"},
             {"2026-01-01", "UNDER_REVIEW"},
             {"2026-07-01", "UNDER_REVIEW"},
             {"2030-01-01", "UNDER_REVIEW"}},
            "complete, never decided");
  CheckDays(
      [](History& h) {
        Complete(h, "2025-11-03");
        h.At("2026-02-01").Approve();
      },
      {{"2026-01-31", "UNDER_REVIEW"}, {"2026-02-01", "ACTIVE"}}, "approved under review");
  CheckDays(
      [](History& h) {
        Complete(h, "2025-11-03");
        h.At("2026-02-01").ReturnApplication();
      },
      {{"2026-01-31", "UNDER_REVIEW"}, {"2026-02-01", "LAPSED"}, {"2026-07-01", "EXPIRED"}},
      "returned: what it would have been without it");
}

TEST(StandingTest, CompleteByDecember31) {
  struct Row {
    std::function<void(History&)> play;
    absl::string_view standing;  // On 2026-01-01.
    absl::string_view why;
  };
  const auto late = [](absl::string_view submitted, absl::string_view reported,
                       absl::string_view paid, absl::string_view amount) {
    return [=](History& h) {
      h.At("2026-01-10");
      h.Effective(reported).Credit({.completed = "2025-11-01", .minutes = 1800});
      h.Effective(submitted).Submit();
      h.Effective(paid).Pay({.amount = std::string(amount)});
    };
  };
  for (const Row& row : std::vector<Row>{
           {late("2025-12-31 23:59", "2025-12-31 23:59", "2025-12-31 23:59", "425.00"),
            "UNDER_REVIEW", "all on the last day, keyed in later"},
           {late("2025-12-31", "2026-01-01", "2025-12-31", "425.00"), "LAPSED",
            "credits reported a day late"},
           {late("2025-12-31", "2025-12-31", "2026-01-01 00:00", "425.00"), "LAPSED",
            "payment received a day late"},
           {late("2025-12-31", "2025-12-31", "2025-12-31", "424.99"), "LAPSED", "a cent short"},
           {[](History& h) {
              h.At("2025-12-31").Credit({.completed = "2025-11-01", .minutes = 1799}).Submit();
              h.Pay({.amount = "425.00"});
            },
            "LAPSED", "a quarter of a credit short"},
           {[](History& h) {
              h.At("2025-12-31").Submit().Pay({.amount = "425.00"});
              h.Credit(
                  {.kind = "NON_APPROVED_PROGRAM", .completed = "2025-11-01", .minutes = 1800});
            },
            "LAPSED", "no approved credits"},
           {[](History& h) {
              h.At("2025-12-31").Submit().Pay({.amount = "425.00"});
              h.Credit({.reference = "a", .completed = "2025-11-01", .minutes = 900});
              h.Credit({.reference = "n",
                        .kind = "NON_APPROVED_PROGRAM",
                        .completed = "2025-11-01",
                        .minutes = 900});
            },
            "UNDER_REVIEW", "exactly half approved"},
           {[](History& h) {
              h.At("2025-12-20").Submit().Pay({.amount = "425.00"});
              h.Credit({.completed = "2025-12-02", .minutes = 1800});
            },
            "LAPSED", "earned in the late period"},
           {[](History& h) {
              h.At("2025-12-20").Submit().Pay({.amount = "425.00"});
              h.Credit({.kind = "APPROVED_PROGRAM",
                        .completed = "2025-11-01",
                        .minutes = 1800,
                        .activity = "act"});
              h.At("2026-01-05").ApproveActivity("act", "30.00", "2025-11-01", "2025-11-01");
            },
            "LAPSED", "the catalogue entry takes effect later"}}) {
    History history;
    history.At("2022-05-14").Grant();
    row.play(history);
    EXPECT_EQ(history.StandingOn("2026-01-01"), std::string(row.standing)) << row.why;
  }
}

TEST(StandingTest, WhatHappensLaterToTheSameRecordsCounts) {
  CheckDays(
      [](History& h) {
        Complete(h, "2025-11-03");
        h.At("2026-01-15").ReturnPayment("p1");
      },
      {{"2026-01-14", "UNDER_REVIEW"}, {"2026-01-15", "LAPSED"}}, "a check bounced");
  CheckDays(
      [](History& h) {
        Complete(h, "2025-11-03");
        h.At("2026-01-15").Disallow("c1");
        h.At("2026-01-20").Reinstate("c1");
      },
      {{"2026-01-14", "UNDER_REVIEW"}, {"2026-01-15", "LAPSED"}, {"2026-01-20", "UNDER_REVIEW"}},
      "a credit disallowed and reinstated");
  CheckDays(
      [](History& h) {
        h.At("2025-12-20").Submit().Pay({.amount = "425.00"});
        h.Credit({.kind = "SUBJECT_MATTER_EXPERT", .completed = "2025-11-01", .minutes = 1800});
        h.At("2026-01-15").Verify("c1");
      },
      {{"2026-01-14", "LAPSED"}, {"2026-01-15", "UNDER_REVIEW"}}, "verified later");
  CheckDays(
      [](History& h) {
        h.At("2025-12-20").Submit().Pay({.amount = "425.00"});
        h.Credit({.completed = "2025-11-01", .minutes = 60});
        h.At("2026-01-15").AmendMinutes("c1", 1800);
      },
      {{"2026-01-14", "LAPSED"}, {"2026-01-15", "UNDER_REVIEW"}}, "amended later");
}

TEST(StandingTest, ExtensionPending) {
  const auto pending = [](History& h) {
    h.At("2025-12-01 17:00").Credit({.reference = "half", .minutes = 900}).RequestExtension();
  };
  CheckDays(pending,
            {{"2025-12-01", "ACTIVE"},
             {"2025-12-02", "LATE"},
             {"2025-12-31", "LATE"},
             {"2026-01-01", "EXTENSION_PENDING"},
             {"2026-07-01", "EXTENSION_PENDING"}},
            "never decided");
  CheckDays(
      [&](History& h) {
        pending(h);
        h.At("2026-02-10").DenyExtension();
      },
      {{"2026-02-09", "EXTENSION_PENDING"}, {"2026-02-10", "LAPSED"}, {"2026-07-01", "EXPIRED"}},
      "denied");
  CheckDays(
      [&](History& h) {
        pending(h);
        h.At("2025-12-10").DenyExtension();
      },
      {{"2025-12-31", "LATE"}, {"2026-01-01", "LAPSED"}}, "denied in the late period");
  CheckDays(
      [&](History& h) {
        pending(h);
        h.At("2026-02-10").GrantExtension();
      },
      {{"2026-02-09", "EXTENSION_PENDING"},
       {"2026-02-10", "EXTENDED"},
       {"2026-06-01", "EXTENDED"},
       {"2026-06-02", "LAPSED"}},
      "granted after the late period");
  CheckDays(
      [&](History& h) {
        pending(h);
        Complete(h, "2025-12-01 18:00");
      },
      {{"2025-12-31", "LATE"}, {"2026-01-01", "UNDER_REVIEW"}}, "complete goes before pending");
  CheckDays(
      [&](History& h) {
        pending(h);
        h.At("2026-01-20").Credit({.completed = "2025-11-01", .minutes = 900}).Submit();
        h.Pay({.amount = "425.00"}).Approve();
      },
      {{"2026-01-19", "EXTENSION_PENDING"}, {"2026-01-20", "ACTIVE"}},
      "a complete application can be approved meanwhile");
}

TEST(StandingTest, Extended) {
  CheckDays([](History& h) { Extend(h, "2025-11-29"); },
            {{"2025-11-29", "ACTIVE"},
             {"2025-12-01", "ACTIVE"},
             {"2025-12-02", "EXTENDED"},
             {"2026-06-01", "EXTENDED"},
             {"2026-06-02", "LAPSED"},
             {"2026-06-30", "LAPSED"},
             {"2026-07-01", "EXPIRED"}},
            "granted before the cycle's end");
  CheckDays([](History& h) { Extend(h, "2025-12-05"); },
            {{"2025-12-04", "LATE"}, {"2025-12-05", "EXTENDED"}}, "granted in the late period");
  const auto completed = [](absl::string_view day) {
    return [=](History& h) {
      Extend(h, "2025-12-05");
      h.At("2026-06-10");
      h.Effective(day).Credit({.completed = "2026-05-01", .minutes = 900});
      h.Effective("2026-05-20").Submit();
      h.Effective("2026-05-20").Pay({.amount = "425.00"});
    };
  };
  CheckDays(
      completed("2026-06-01"),
      {{"2026-06-01", "EXTENDED"}, {"2026-06-02", "UNDER_REVIEW"}, {"2026-07-01", "UNDER_REVIEW"}},
      "complete on the extension's last day");
  CheckDays(completed("2026-06-02"), {{"2026-06-02", "LAPSED"}}, "complete a day later");
}

TEST(StandingTest, Reinstatement) {
  const auto request = [](History& h) {
    h.At("2026-01-01").RequestReinstatement().Pay({.reference = "fee", .amount = "150.00"});
  };
  const auto complete = [&](absl::string_view day) {
    return [=](History& h) {
      request(h);
      h.At("2026-01-02").Submit();
      h.Credit({.completed = "2025-11-01", .minutes = 1800});
      h.At(day).Pay({.amount = "375.00"});
    };
  };
  CheckDays(complete("2026-06-30"),
            {{"2026-06-30", "LAPSED"},
             {"2026-07-01", "REINSTATEMENT_REVIEW"},
             {"2027-01-01", "REINSTATEMENT_REVIEW"}},
            "complete on the last day");
  CheckDays(
      [&](History& h) {
        complete("2026-06-30")(h);
        h.At("2026-07-15").Approve();
      },
      {{"2026-07-14", "REINSTATEMENT_REVIEW"},
       {"2026-07-15", "ACTIVE"},
       {"2028-12-01", "ACTIVE"},
       {"2028-12-02", "LATE"}},
      "approved after the last day");
  CheckDays(
      [&](History& h) {
        complete("2026-03-01")(h);
        h.Approve();
      },
      {{"2026-02-28", "LAPSED"}, {"2026-03-01", "ACTIVE"}}, "approved within the window");
  CheckDays(
      [&](History& h) {
        request(h);
        h.At("2026-01-02").Submit();
        h.Credit({.completed = "2025-11-01", .minutes = 1800, .documented = false});
        h.Pay({.amount = "375.00"});
      },
      {{"2026-06-30", "LAPSED"}, {"2026-07-01", "EXPIRED"}}, "not documented");
  CheckDays(
      [&](History& h) {
        request(h);
        h.At("2026-06-30").Submit().Credit({.completed = "2025-11-01", .minutes = 1800});
      },
      {{"2026-07-01", "EXPIRED"}}, "not paid");
}

TEST(StandingTest, RevokedAndSurrendered) {
  CheckDays([](History& h) { h.At("2025-12-15").Revoke(); },
            {{"2025-12-14", "LATE"}, {"2025-12-15", "REVOKED"}, {"2030-01-01", "REVOKED"}},
            "revoked");
  CheckDays([](History& h) { h.At("2025-12-15").Surrender("CPCS"); },
            {{"2025-12-14", "LATE"}, {"2025-12-15", "SURRENDERED"}, {"2030-01-01", "SURRENDERED"}},
            "surrendered");
}

TEST(StandingTest, TellsWhoIsCertified) {
  for (const type::v1::Standing standing :
       {type::v1::STANDING_ACTIVE, type::v1::STANDING_LATE, type::v1::STANDING_EXTENSION_PENDING,
        type::v1::STANDING_EXTENDED, type::v1::STANDING_UNDER_REVIEW}) {
    EXPECT_TRUE(IsCertified(standing)) << StandingName(standing);
  }
  for (const type::v1::Standing standing :
       {type::v1::STANDING_NOT_CERTIFIED, type::v1::STANDING_LAPSED,
        type::v1::STANDING_REINSTATEMENT_REVIEW, type::v1::STANDING_EXPIRED,
        type::v1::STANDING_REVOKED, type::v1::STANDING_SURRENDERED}) {
    EXPECT_FALSE(IsCertified(standing)) << StandingName(standing);
  }
}

TEST(StandingTest, KnowledgeFiltersEvents) {
  History history;
  history.At("2022-05-14").Grant();
  history.At("2025-11-03").Credit({.minutes = 1800}).Submit();
  history.At("2026-01-05").Effective("2025-12-30").Pay({.amount = "425.00"});
  const auto standing = [&](absl::string_view known_at) {
    const KnownFacts known = history.Known(History::KnownAt(known_at));
    return Evaluate(known.facts(), Cutoff::EndOf(Day("2026-01-05"))).standing;
  };
  EXPECT_EQ(standing("2026-01-03"), type::v1::STANDING_LAPSED) << "the check is not keyed in yet";
  EXPECT_EQ(standing("2026-01-05"), type::v1::STANDING_UNDER_REVIEW) << "it arrived in time";
}

TEST(StandingTest, CorrectionsApplyByKnowledge) {
  History history;
  history.At("2022-05-14").Grant();
  history.At("2025-11-03").Credit({.minutes = 1740}).Submit().Pay({});  // 29.00
  history.At("2026-02-01").CorrectRules({{"requirement.single.total", "29.00"}}, 2025, 2025);
  const auto standing = [&](const Knowledge& knowledge,
                            const std::optional<RuleSetChoice>& choice) {
    const KnownFacts known = history.Known(knowledge, choice);
    return Evaluate(known.facts(), Cutoff::EndOf(Day("2026-01-15"))).standing;
  };
  EXPECT_EQ(standing(History::KnownAt("2026-01-31"), std::nullopt), type::v1::STANDING_LAPSED);
  EXPECT_EQ(standing({}, std::nullopt), type::v1::STANDING_UNDER_REVIEW);
  EXPECT_EQ(standing({}, RuleSetChoice{"namss-2025", 1}), type::v1::STANDING_LAPSED);
}

// The days behind the last fact, in another order than they come, as Evaluate() has them.
TEST(LateEvaluatorTest, AnswersAsAWholeEvaluation) {
  History never;
  History once;
  once.At("2022-05-14").Grant();
  History twice;
  twice.At("2022-05-14").Grant();
  twice.At("2025-11-03").Credit({.minutes = 1800}).Submit().Pay({}).Approve();
  const std::vector<absl::string_view> days = {"2025-12-02", "2025-11-03", "2025-12-01",
                                               "2026-01-01", "2028-12-01", "2025-12-31",
                                               "2028-12-02", "2029-07-01", "2026-07-01"};
  for (const History* history : {&never, &once, &twice}) {
    const KnownFacts known = history->Known();
    const Facts facts = known.facts();
    LateEvaluator late(facts, OutlookOf(facts).career);
    for (const absl::string_view day : days) {
      const Evaluation whole = Evaluate(facts, Cutoff::EndOf(Day(day)));
      const Evaluation& found = late.At(Day(day));
      EXPECT_EQ(found.cycle_index, whole.cycle_index) << day;
      EXPECT_EQ(found.standing, whole.standing) << day;
      EXPECT_EQ(found.arrears, whole.arrears) << day;
      if (whole.cycle_index < 0) continue;
      EXPECT_EQ(found.level, whole.level) << day;
      EXPECT_EQ(found.renewal.level, whole.renewal.level) << day;
      EXPECT_EQ(found.renewal.credits.total, whole.renewal.credits.total) << day;
      EXPECT_EQ(found.renewal.fees.fees.Total(), whole.renewal.fees.fees.Total()) << day;
      EXPECT_EQ(found.renewal.paid, whole.renewal.paid) << day;
      EXPECT_EQ(found.renewal.balance, whole.renewal.balance) << day;
      EXPECT_EQ(found.renewal.complete, whole.renewal.complete) << day;
    }
  }
}

}  // namespace
}  // namespace goodstanding::domain
