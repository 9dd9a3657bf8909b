#include "domain/deadlines.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

using testing::Day;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using testing::History;
using ::testing::IsEmpty;
using testing::KnownFacts;
using testing::ShippedFigures;

std::vector<Deadline> On(const History& history, absl::string_view day) {
  const KnownFacts known = history.Known();
  const Facts facts = known.facts();
  return DeadlinesAt(facts, Evaluate(facts, Cutoff::EndOf(Day(day))));
}

absl::string_view NameOf(DeadlineKind kind) {
  switch (kind) {
    case DeadlineKind::kApplicationOpens:
      return "opens";
    case DeadlineKind::kApplication:
      return "application";
    case DeadlineKind::kExtensionRequest:
      return "request";
    case DeadlineKind::kLateApplication:
      return "late";
    case DeadlineKind::kExtensionEnd:
      return "extension";
    case DeadlineKind::kReinstatement:
      return "reinstatement";
    case DeadlineKind::kDecisionExpected:
      return "decision";
    case DeadlineKind::kBadgeExpected:
      return "badge";
    case DeadlineKind::kPostingExpected:
      return "posting";
  }
  return "";
}

// "application 2025-12-01" of each.
std::vector<std::string> Named(const std::vector<Deadline>& deadlines) {
  std::vector<std::string> names;
  for (const Deadline& deadline : deadlines) {
    names.push_back(absl::StrCat(NameOf(deadline.kind), " ", deadline.date.ToString()));
  }
  return names;
}

void Grant(History& history) { history.At("2022-05-14").Grant(); }

void Complete(History& history, absl::string_view day) {
  history.At(day).Credit({.completed = "2024-11-01", .minutes = 1800, .documented = true});
  history.Submit().Pay({});
}

void Extend(History& history) {
  history.At("2025-11-28").Credit({.reference = "half", .completed = "2024-11-01", .minutes = 900});
  history.RequestExtension();
  history.At("2025-12-05").GrantExtension();
}

struct Row {
  std::function<void(History&)> play;
  absl::string_view day;
  std::vector<std::string> deadlines;
  absl::string_view why;
};

void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    History history;
    Grant(history);
    row.play(history);
    EXPECT_THAT(Named(On(history, row.day)), ElementsAreArray(row.deadlines)) << row.why;
  }
}

TEST(DeadlinesTest, OfAnOrdinaryCycle) {
  const auto nothing = [](History&) {};
  Check({
      {nothing, "2022-05-13", {}, "before any grant"},
      {nothing,
       "2025-08-01",
       {"opens 2025-08-01", "request 2025-12-01", "application 2025-12-01", "late 2025-12-31"},
       "on the day on which the application opens"},
      {nothing,
       "2025-08-02",
       {"request 2025-12-01", "application 2025-12-01", "late 2025-12-31"},
       "the day after"},
      {nothing,
       "2025-12-01",
       {"request 2025-12-01", "application 2025-12-01", "late 2025-12-31"},
       "the last day"},
      {nothing, "2025-12-02", {"late 2025-12-31"}, "the day after"},
      {nothing, "2025-12-31", {"late 2025-12-31"}, "the last day with a late fee"},
      {nothing, "2026-01-01", {"reinstatement 2026-06-30"}, "lapsed"},
      {nothing, "2026-06-30", {"reinstatement 2026-06-30"}, "the window's last day"},
      {nothing, "2026-07-01", {}, "expired"},
      {[](History& h) { h.At("2025-09-01").Revoke(); }, "2025-09-01", {}, "revoked"},
  });
}

TEST(DeadlinesTest, OfAnExtension) {
  const auto request = [](History& h) { h.At("2025-11-28").RequestExtension(); };
  Check({
      {request,
       "2025-11-28",
       {"application 2025-12-01", "late 2025-12-31"},
       "requested: nothing more to ask for"},
      {request, "2026-01-01", {}, "pending after the late period"},
      {Extend, "2025-12-05", {"extension 2026-06-01"}, "granted"},
      {Extend, "2026-06-01", {"extension 2026-06-01"}, "its last day"},
      {Extend, "2026-06-02", {"reinstatement 2026-06-30"}, "lapsed"},
  });
}

TEST(DeadlinesTest, OfADecision) {
  const auto partly = [](History& h) {
    h.At("2025-11-03").Submit().Pay({.reference = "a", .amount = "374.99"});
  };
  const auto covered = [&](History& h) {
    partly(h);
    h.At("2025-12-10").Pay({.reference = "b", .amount = "50.01"});
  };
  Check({
      {[](History& h) { Complete(h, "2025-11-03"); },
       "2025-11-03",
       {"decision 2025-12-01"},
       "complete: 28 days after the fee was received, and nothing else is due"},
      {[](History& h) { Complete(h, "2025-11-03"); }, "2025-12-01", {"decision 2025-12-01"}, "day"},
      {[](History& h) { Complete(h, "2025-11-03"); }, "2025-12-02", {}, "overdue"},
      {partly,
       "2025-11-03",
       {"request 2025-12-01", "application 2025-12-01", "late 2025-12-31"},
       "a cent of the fee is missing"},
      {covered,
       "2025-12-10",
       {"late 2025-12-31", "decision 2026-01-07"},
       "counted from the payment that covers the recertification fee, credits or not"},
      {[&](History& h) {
         covered(h);
         h.At("2025-12-12").ReturnPayment("a");
       },
       "2025-12-12",
       {"late 2025-12-31"},
       "a payment that came back covers nothing"},
      {[](History& h) {
         Complete(h, "2025-11-03");
         h.At("2025-11-10").ReturnApplication();
       },
       "2025-11-10",
       {"request 2025-12-01", "application 2025-12-01", "late 2025-12-31"},
       "returned"},
  });
}

TEST(DeadlinesTest, OfARenewedCycle) {
  const auto renewed = [](absl::string_view day) {
    return [=](History& h) {
      Complete(h, "2025-11-03");
      h.At(day).Approve();
    };
  };
  const std::vector<std::string> next = {"opens 2028-08-01", "request 2028-12-01",
                                         "application 2028-12-01", "late 2028-12-31"};
  const auto with_badge = [&](const std::string& badge) {
    std::vector<std::string> all = {badge};
    all.insert(all.end(), next.begin(), next.end());
    return all;
  };
  Check({
      {renewed("2025-11-10"), "2025-11-10", with_badge("badge 2025-12-15"),
       "10 business days after the cycle's end, and the next cycle's dates"},
      {renewed("2025-11-10"), "2025-12-15", with_badge("badge 2025-12-15"), "its day"},
      {renewed("2025-11-10"), "2025-12-16", next, "past"},
      {renewed("2025-12-22"), "2025-12-22", with_badge("badge 2026-01-07"),
       "10 business days after a later approval, over Christmas and New Year"},
  });
}

TEST(PostingTest, IsExpectedSevenToTenBusinessDaysLater) {
  struct PostingRow {
    absl::string_view completed;
    absl::string_view earliest;  // Empty: none.
    absl::string_view latest;
    absl::string_view why;
  };
  for (const PostingRow& row : std::vector<PostingRow>{
           {"2024-12-31", "", "", "the day before automatic posting"},
           {"2025-01-01", "2025-01-10", "2025-01-15", "its first day"},
           {"2025-11-21", "2025-12-03", "2025-12-08", "over Thanksgiving"},
           {"2025-12-24", "2026-01-06", "2026-01-09", "over Christmas and New Year"},
           {"2025-06-07", "2025-06-17", "2025-06-23", "from a Saturday, over Juneteenth"}}) {
    const auto span = PostingExpected(ShippedFigures(), Day(row.completed));
    ASSERT_EQ(span.has_value(), !row.earliest.empty()) << row.why;
    if (!span) continue;
    EXPECT_EQ(span->earliest.ToString(), std::string(row.earliest)) << row.why;
    EXPECT_EQ(span->latest.ToString(), std::string(row.latest)) << row.why;
  }
}

TEST(PostingTest, IsListedWhileASelfReportAwaitsIt) {
  const auto report = [](History& h) {
    h.At("2025-06-03").Credit({.completed = "2025-06-02", .minutes = 60, .activity = "zone-1"});
  };
  const auto first = [](const std::function<void(History&)>& play, absl::string_view day) {
    History history;
    Grant(history);
    play(history);
    return Named(On(history, day)).front();
  };
  EXPECT_EQ(first(report, "2025-06-03"), "posting 2025-06-16");
  EXPECT_EQ(first(report, "2025-06-16"), "posting 2025-06-16") << "the last day of the span";
  EXPECT_EQ(first(report, "2025-06-17"), "opens 2025-08-01") << "the day after";
  const auto then = [&](const std::function<void(History&)>& play) {
    return [=](History& h) {
      report(h);
      play(h);
    };
  };
  EXPECT_EQ(first(then([](History& h) { h.Withdraw("c1"); }), "2025-06-03"), "opens 2025-08-01");
  EXPECT_EQ(first(then([](History& h) {
                    h.Credit({.reference = "posted",
                              .completed = "2025-06-02",
                              .minutes = 60,
                              .activity = "zone-1",
                              .source = type::v1::CREDIT_SOURCE_EDUCATION_ZONE});
                  }),
                  "2025-06-03"),
            "opens 2025-08-01")
      << "posted";
  EXPECT_EQ(
      first([](History& h) { h.At("2025-06-03").Credit({.kind = "TEACHING", .minutes = 60}); },
            "2025-06-03"),
      "opens 2025-08-01")
      << "nothing that the board runs";
}

TEST(DeadlinesTest, SayWhatAWindowPermitsAndWhatComesAfter) {
  History history;
  Grant(history);
  const std::vector<Deadline> open = On(history, "2025-08-01");
  ASSERT_EQ(open.size(), 4);
  EXPECT_EQ(open[1].minute_of_day, 17 * 60);
  EXPECT_TRUE(open[1].settled);
  EXPECT_EQ(open[2].minute_of_day, std::nullopt);
  EXPECT_THAT(open[1].text, HasSubstr("By 17:00 on December 1, 2025"));
  EXPECT_THAT(open[2].text, HasSubstr("After it a late fee of $50.00 is due"));
  EXPECT_THAT(open[3].text, HasSubstr("are for applying, not for earning"));
  EXPECT_THAT(open[3].text, HasSubstr("lapses on January 1, 2026"));
  const std::vector<Deadline> lapsed = On(history, "2026-01-01");
  ASSERT_EQ(lapsed.size(), 1);
  EXPECT_THAT(lapsed[0].text, HasSubstr("for documents, not for earning"));
  EXPECT_THAT(lapsed[0].text, HasSubstr("expires on July 1, 2026"));
  for (const Deadline& deadline : open) EXPECT_FALSE(deadline.source_heading.empty());
}

TEST(DeadlinesTest, FollowTheRulesOfTheCycle) {
  History history;
  Grant(history);
  history.CorrectRules({{"calendar.late_through", "01-15"}, {"calendar.business_closes", "16:00"}},
                       2025, 2025);
  EXPECT_THAT(Named(On(history, "2025-09-01")),
              ElementsAre("request 2025-12-01", "application 2025-12-01", "late 2026-01-15"));
  EXPECT_EQ(On(history, "2025-09-01")[0].minute_of_day, 16 * 60);
}

TEST(DeadlinesTest, SayOnWhichDayAnExtensionLapses) {
  History history;
  Grant(history);
  Extend(history);
  const std::vector<Deadline> deadlines = On(history, "2025-12-05");
  ASSERT_EQ(deadlines.size(), 1);
  EXPECT_THAT(deadlines[0].text, HasSubstr("lapses on June 2, 2026"));
}

TEST(DeadlinesTest, ADecisionIsCountedFromTheFeeNotFromWhatWasPaidOnTop) {
  Check({{[](History& h) {
            Complete(h, "2025-11-03");
            h.At("2025-11-20").Pay({.reference = "more", .amount = "50.00"});
          },
          "2025-11-20",
          {"decision 2025-12-01"},
          "the recertification fee was there on November 3"}});
}

TEST(DeadlinesTest, PostingsOfOneDayStandInTheOrderOfTheLog) {
  History history;
  Grant(history);
  // Saturday and Sunday: their business days are the same. The one for today is there at once.
  history.At("2025-02-09");
  history.Credit({.reference = "sunday", .completed = "2025-02-09", .minutes = 60});
  history.Credit({.reference = "saturday", .completed = "2025-02-08", .minutes = 60});
  std::vector<std::vector<int64_t>> positions;
  for (const Deadline& deadline : On(history, "2025-02-09")) {
    if (deadline.kind == DeadlineKind::kPostingExpected) positions.push_back(deadline.positions);
  }
  EXPECT_THAT(positions, ElementsAre(ElementsAre(4), ElementsAre(5)));
}

}  // namespace
}  // namespace goodstanding::domain
