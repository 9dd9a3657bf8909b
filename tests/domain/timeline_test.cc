#include "domain/timeline.h"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

using testing::Day;
using testing::History;
using testing::KnownFacts;

struct Case {
  absl::string_view why;
  std::function<void(History&)> play;
};

void Complete(History& history, const std::string& suffix = "1") {
  history.Credit({.reference = "c" + suffix, .minutes = 2700}).Submit();
  history.Pay({.reference = "p" + suffix, .amount = "475.00"});
}

void Pending(History& history) {
  history.At("2025-11-28").Credit({.reference = "half", .minutes = 1500}).RequestExtension();
}

const std::vector<Case>& Cases() {
  static const auto* const kCases = new std::vector<Case>{
      {"nothing done", [](History&) {}},
      {"renewed three times",
       [](History& h) {
         for (const std::string year : {"2025", "2028", "2031"}) {
           h.At(year + "-11-03");
           Complete(h, year);
           h.At(year + "-12-20").Approve();
         }
       }},
      {"under review, then returned",
       [](History& h) {
         h.At("2025-11-03");
         Complete(h);
         h.At("2026-03-03").ReturnApplication();
       }},
      {"a check bounced and another came",
       [](History& h) {
         h.At("2025-11-03");
         Complete(h);
         h.At("2026-01-15").ReturnPayment("p1");
         h.At("2026-01-20").Effective("2025-12-30").Pay({.reference = "p2", .amount = "475.00"});
       }},
      {"extension pending, denied",
       [](History& h) {
         Pending(h);
         h.At("2026-03-03").DenyExtension();
       }},
      {"extension granted late, not used",
       [](History& h) {
         Pending(h);
         h.At("2026-03-03").GrantExtension();
       }},
      {"extension used",
       [](History& h) {
         Pending(h);
         h.At("2025-12-03").GrantExtension();
         h.At("2026-05-03");
         Complete(h);
         h.At("2026-06-20").Approve();
       }},
      {"reinstated after the window",
       [](History& h) {
         h.At("2026-02-03").RequestReinstatement().Pay({.reference = "fee", .amount = "150.00"});
         h.Credit({.completed = "2025-11-01", .minutes = 1800}).Submit();
         h.Pay({.amount = "375.00"});
         h.At("2026-08-03").Approve();
       }},
      {"reinstatement undocumented, then documented by a backdated fact",
       [](History& h) {
         h.At("2026-02-03").RequestReinstatement().Pay({.reference = "fee", .amount = "150.00"});
         h.Credit({.completed = "2025-11-01", .minutes = 1800, .documented = false}).Submit();
         h.Pay({.amount = "375.00"});
         h.At("2026-08-03").Effective("2026-06-29").Document("c1");
       }},
      {"revoked in part, then surrendered",
       [](History& h) {
         h.At("2023-05-14").Grant("CPMSM");
         h.At("2024-05-14").Revoke("CPCS");
         h.At("2025-12-15").Surrender();
       }},
      {"expired, certified anew, renewed",
       [](History& h) {
         h.At("2026-09-01").Grant("CPCS");
         h.At("2029-11-03");
         Complete(h);
         h.Approve();
       }},
      {"the catalogue decides",
       [](History& h) {
         h.At("2025-11-03").Submit().Pay({.amount = "475.00"});
         h.Credit({.kind = "APPROVED_PROGRAM", .minutes = 1800, .activity = "act"});
         h.At("2026-02-01").ApproveActivity("act", "30.00", "2025-01-01", "2025-12-31");
         h.At("2026-04-01").Effective("2026-03-01").WithdrawActivity("act");
         h.At("2026-05-01").Effective("2025-11-01").WithdrawActivity("act");
       }},
      {"credits disallowed and reinstated under review",
       [](History& h) {
         h.At("2025-11-03");
         Complete(h);
         h.At("2026-01-15").Disallow("c1");
         h.At("2026-05-15").Reinstate("c1");
       }},
  };
  return *kCases;
}

History Played(const Case& test) {
  History history;
  history.At("2022-05-14").Grant("CPCS");
  test.play(history);
  return history;
}

// The span of an evaluated day.
StandingSpan SpanOf(const Evaluation& evaluation) {
  StandingSpan span;
  span.from = evaluation.cutoff.date;
  span.standing = evaluation.standing;
  if (const CycleStatus* const cycle = evaluation.cycle()) {
    span.cycle_end_year = cycle->end_year;
    span.cycle_start = cycle->start;
    span.cycle_end = cycle->calendar.cycle_end;
    span.renewed = cycle->renewed.has_value();
  }
  for (const HeldCredential& held : evaluation.career.held) {
    span.credentials.push_back(held.credential);
  }
  return span;
}

TEST(TimelineTest, SaysOfEveryDayWhatItsEvaluationSays) {
  for (const Case& test : Cases()) {
    const History history = Played(test);
    const KnownFacts known = history.Known();
    const Facts facts = known.facts();
    const std::vector<StandingSpan> spans = BuildTimeline(facts);
    ASSERT_FALSE(spans.empty()) << test.why;
    EXPECT_EQ(spans.front().from, Day("2022-05-14")) << test.why;
    size_t at = 0;
    for (Date day = Day("2022-05-14"); day <= Day("2036-01-31"); day = day + 1) {
      while (at + 1 < spans.size() && spans[at + 1].from <= day) ++at;
      const StandingSpan wanted = SpanOf(Evaluate(facts, Cutoff::EndOf(day)));
      ASSERT_TRUE(spans[at].SameAs(wanted))
          << test.why << ", " << day.ToString() << ": " << StandingName(spans[at].standing)
          << " in the timeline, " << StandingName(wanted.standing) << " evaluated";
    }
  }
}

TEST(TimelineTest, SpansAscendAndDiffer) {
  for (const Case& test : Cases()) {
    const History history = Played(test);
    const KnownFacts known = history.Known();
    const std::vector<StandingSpan> spans = BuildTimeline(known.facts());
    for (size_t i = 1; i < spans.size(); ++i) {
      EXPECT_LT(spans[i - 1].from, spans[i].from) << test.why;
      EXPECT_FALSE(spans[i - 1].SameAs(spans[i])) << test.why << ", " << spans[i].from.ToString();
    }
  }
}

TEST(TimelineTest, IsEmptyBeforeAnyGrant) {
  const History history;
  EXPECT_TRUE(BuildTimeline(history.Known().facts()).empty());
}

// Everything of an answer that a view stores, as text.
std::string AnswerOf(const Evaluation& e) {
  std::string text(StandingName(e.standing));
  if (e.cycle() == nullptr) return text;
  const Fees& fees = e.renewal.fees.fees;
  for (const int64_t number :
       {int64_t{e.cycle()->end_year}, e.renewal.credits.total, e.renewal.credits.approved,
        fees.recertification, fees.late, fees.extension, fees.reinstatement, e.renewal.paid,
        e.renewal.balance, e.arrears, int64_t{e.renewal.complete},
        int64_t{e.renewal.level->credential_count}, int64_t{e.level->credential_count}}) {
    text += "/" + std::to_string(number);
  }
  return text;
}

TEST(TimelineTest, AnswersChangeOnTheDaysNamedAlone) {
  std::vector<Case> cases = Cases();
  cases.push_back({"a membership that ends",
                   [](History& h) { h.At("2024-01-01").Membership("2024-02-01", "2024-12-31"); }});
  for (const Case& test : cases) {
    const History history = Played(test);
    const KnownFacts known = history.Known();
    const Facts facts = known.facts();
    const std::vector<Date> days = AnswerDaysFromLastFact(facts, OutlookOf(facts));
    ASSERT_FALSE(days.empty()) << test.why;
    std::string answer = AnswerOf(Evaluate(facts, Cutoff::EndOf(days.front())));
    for (Date day = days.front() + 1; day <= Day("2036-01-31"); day = day + 1) {
      const std::string now = AnswerOf(Evaluate(facts, Cutoff::EndOf(day)));
      if (now != answer) {
        EXPECT_TRUE(std::binary_search(days.begin(), days.end(), day))
            << test.why << ", " << day.ToString() << ": " << answer << " becomes " << now;
      }
      answer = now;
    }
  }
}

TEST(TimelineTest, TheDayOfTheLastFactIsTheFirstOnWhichAnswersChange) {
  History history;
  history.At("2022-05-14").Grant();
  history.At("2024-06-03").Credit({.minutes = 60});
  const KnownFacts known = history.Known();
  const Facts facts = known.facts();
  const std::vector<Date> days = AnswerDaysFromLastFact(facts, OutlookOf(facts));
  ASSERT_FALSE(days.empty());
  EXPECT_EQ(days.front(), Day("2024-06-03"));
}

}  // namespace
}  // namespace goodstanding::domain
