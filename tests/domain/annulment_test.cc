// Facts entered in error: once annulled they count as never having been, except as known before.
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "domain/explain.h"
#include "domain/refusal.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

using event::v1::CertificantEvent;
using testing::Day;
using testing::History;
using testing::KnownFacts;
using testing::LoggedEvent;

CertificantEvent AnnulCommand(int64_t position) {
  CertificantEvent event;
  event.mutable_fact_annulled()->set_fact_position(position);
  event.mutable_fact_annulled()->set_reason("entered in error");
  return event;
}

int64_t LastPosition(const History& history) { return history.log().back().stamp.position; }

// A history that has every kind of fact that can be annulled.
History WithEverything() {
  History history;
  history.At("2022-05-14").Grant("CPCS").Grant("CPMSM");
  history.At("2024-12-20").Membership("2025-01-01", "2025-12-31");
  history.At("2025-03-01").Credit({.reference = "c1", .minutes = 3000, .documented = false});
  history.Document("c1").Verify("c1").AmendMinutes("c1", 3060).Disallow("c1").Reinstate("c1");
  history.Credit({.reference = "c2", .minutes = 600}).Withdraw("c2");
  history.At("2025-09-01").OpenAudit().CloseAudit();
  history.At("2025-10-01").RequestExtension().DenyExtension();
  history.RequestExtension().GrantExtension();
  history.At("2025-11-01").Submit().ReturnApplication().Submit();
  history.Pay({.reference = "p1", .amount = "325.00"}).Pay({.reference = "p2", .amount = "10.00"});
  history.ReturnPayment("p2");
  history.Pay({.reference = "p3", .amount = "20.00"}).Refund("p3");
  history.At("2025-11-20").Approve();
  history.At("2026-02-01").Surrender("CPMSM");
  history.At("2026-03-01").Revoke();
  return history;
}

// What rules make of a state on days around every turn of the history.
std::vector<std::string> Answers(const CertificantState& state, const KnownFacts& known) {
  const Facts facts{state, known.rules, known.catalogue, {}};
  std::vector<std::string> answers;
  for (const char* day : {"2022-05-13", "2022-05-14", "2025-02-28", "2025-03-01", "2025-10-01",
                          "2025-11-01", "2025-11-20", "2025-12-01", "2025-12-02", "2026-01-01",
                          "2026-02-01", "2026-03-01", "2026-05-31", "2026-06-01", "2026-07-01"}) {
    const Evaluation now = Evaluate(facts, Cutoff::EndOf(Day(day)));
    std::string answer = absl::StrCat(
        day, " ", std::string(StandingName(now.standing)), " held=", now.career.held.size(),
        " cycles=", now.career.cycles.size(), " audit=", now.career.audit_opened.has_value());
    if (now.cycle() != nullptr) {
      absl::StrAppend(&answer, " extension=", now.cycle()->extension_granted.has_value(),
                      now.cycle()->extension_requested.has_value(),
                      " submitted=", now.cycle()->submitted.has_value(),
                      " fees=", now.renewal.fees.fees.Total(), " paid=", now.renewal.paid,
                      " arrears=", now.arrears, " counted=", now.renewal.credits.total);
      for (const CreditJudgment& judgment : now.renewal.credits.judgments) {
        absl::StrAppend(&answer, " ", judgment.record->reference, "=", judgment.earned, "/",
                        std::string(CreditReasonName(judgment.reason)));
      }
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

// The reference of the record or payment that a fact records; empty for the others.
std::string Recorded(const CertificantEvent& event) {
  return event.credit_recorded().reference() + event.payment_received().reference();
}

std::string About(const CertificantEvent& event) {
  return event.credit_amended().reference() + event.credit_documented().reference() +
         event.credit_verified().reference() + event.credit_withdrawn().reference() +
         event.credit_disallowed().reference() + event.credit_reinstated().reference() +
         event.payment_returned().reference() + event.payment_refunded().reference();
}

// The fold of a log without a fact, and without what is said of it.
CertificantState FoldWithout(const History& history, const LoggedEvent& left_out) {
  CertificantState state;
  for (const LoggedEvent& logged : history.log()) {
    if (logged.stamp.position == left_out.stamp.position) continue;
    const std::string reference = Recorded(left_out.event);
    if (!reference.empty() && About(logged.event) == reference) continue;
    GS_CHECK(Evolve(logged.event, logged.stamp, state).ok());
  }
  return state;
}

TEST(Annulment, LeavesWhatTheOtherFactsSay) {
  const History history = WithEverything();
  const KnownFacts known = history.Known();
  const std::vector<std::string> before = Answers(history.state(), known);
  int annulled = 0;
  int telling = 0;
  for (const LoggedEvent& logged : history.log()) {
    SCOPED_TRACE(logged.event.ShortDebugString());
    const int64_t position = logged.stamp.position;
    if (history.state().PlaceOf(position) != FactPlace::kCounts) continue;
    ++annulled;
    CertificantState state = history.state();
    const Stamp now{testing::At("2026-06-01"), history.head() + 1};
    ASSERT_TRUE(Evolve(AnnulCommand(position), now, state).ok());
    EXPECT_EQ(Answers(state, known), Answers(FoldWithout(history, logged), known));
    if (Answers(state, known) != before) ++telling;
    EXPECT_EQ(state.PlaceOf(position), FactPlace::kAnnulled);
    EXPECT_EQ(state.AnnulmentOf(position), now.position);
    EXPECT_EQ(state.PlaceOf(now.position), FactPlace::kCounts);

    // Taken back, all is as it was.
    const Stamp later{testing::At("2026-06-02"), history.head() + 2};
    ASSERT_TRUE(Evolve(AnnulCommand(now.position), later, state).ok());
    EXPECT_EQ(Answers(state, known), before);
    EXPECT_EQ(state.PlaceOf(position), FactPlace::kCounts);
    EXPECT_EQ(state.AnnulmentOf(position), 0);
    EXPECT_EQ(state.PlaceOf(now.position), FactPlace::kAnnulled);
    EXPECT_EQ(state.PlaceOf(later.position), FactPlace::kFixed);
  }
  EXPECT_EQ(annulled, 28);
  EXPECT_GT(telling, 15);  // The comparison sees a difference.
}

TEST(Annulment, IsRefusedWhereNothingCounts) {
  History history;
  history.At("2022-05-14").Grant();
  const int64_t grant = LastPosition(history);
  history.At("2025-03-01").Credit({.reference = "c1", .minutes = 600}).Document("c1");
  const int64_t document = LastPosition(history);
  const int64_t credit = document - 1;
  CertificantEvent notice;
  notice.mutable_notice_sent()->set_notice("APPLICATION_OPENS");
  notice.mutable_notice_sent()->set_channel("email");
  history.Do(notice);
  const int64_t noticed = LastPosition(history);

  EXPECT_EQ(history.Try(AnnulCommand(0)), "INVALID_ARGUMENT");
  EXPECT_EQ(history.Try(AnnulCommand(1)), "FACT_NOT_FOUND") << "the rule set's";
  EXPECT_EQ(history.Try(AnnulCommand(2)), "FACT_NOT_ANNULLABLE") << "the registration";
  EXPECT_EQ(history.Try(AnnulCommand(noticed)), "FACT_NOT_ANNULLABLE") << "moves no standing";
  EXPECT_EQ(history.Try(AnnulCommand(noticed + 1)), "FACT_NOT_FOUND") << "its own position";
  CertificantEvent without_reason = AnnulCommand(grant);
  without_reason.mutable_fact_annulled()->clear_reason();
  EXPECT_EQ(history.Try(without_reason), "INVALID_ARGUMENT");

  history.Do(AnnulCommand(credit));
  const int64_t annulment = LastPosition(history);
  EXPECT_EQ(history.Try(AnnulCommand(credit)), "FACT_ALREADY_ANNULLED");
  EXPECT_EQ(history.Try(AnnulCommand(document)), "FACT_ALREADY_ANNULLED") << "with its record";
  history.Do(AnnulCommand(annulment));
  const int64_t undoing = LastPosition(history);
  EXPECT_EQ(history.Try(AnnulCommand(annulment)), "FACT_ALREADY_ANNULLED");
  EXPECT_EQ(history.Try(AnnulCommand(undoing)), "FACT_NOT_ANNULLABLE");
  EXPECT_EQ(history.Try(AnnulCommand(credit)), "") << "it counted again";
}

TEST(Annulment, NeedsAPerson) {
  History history(History::Person::kUnknown);
  history.At("2025-03-01");
  EXPECT_EQ(history.Try(AnnulCommand(1)), "CERTIFICANT_NOT_FOUND");
}

TEST(Annulment, LeavesWhatWasKnownBefore) {
  History history;
  history.At("2022-05-14").Grant();
  const int64_t grant = LastPosition(history);
  history.At("2023-01-10").Do(AnnulCommand(grant));
  EXPECT_EQ(history.StandingOn("2022-06-01"), "NOT_CERTIFIED");
  const auto standing = [&](absl::string_view known_at) {
    const KnownFacts known = history.Known(History::KnownAt(known_at));
    return std::string(
        StandingName(Evaluate(known.facts(), Cutoff::EndOf(Day("2022-06-01"))).standing));
  };
  EXPECT_EQ(standing("2023-01-10 11:59"), "ACTIVE");
  EXPECT_EQ(standing("2023-01-10 12:00"), "NOT_CERTIFIED");
}

TEST(Annulment, KeepsReferencesTaken) {
  History history;
  history.At("2022-05-14").Grant();
  history.At("2025-03-01").Credit({.reference = "c1", .minutes = 600});
  history.Do(AnnulCommand(LastPosition(history)));
  history.Pay({.reference = "p1"});
  history.Do(AnnulCommand(LastPosition(history)));
  EXPECT_EQ(
      history.Try(testing::CreditCommand({.reference = "c1", .minutes = 60}, Day("2025-03-01"))),
      "CREDIT_ALREADY_RECORDED");
  EXPECT_EQ(history.Try(testing::PaymentCommand({.reference = "p1"}, Day("2025-03-01"))),
            "PAYMENT_ALREADY_RECORDED");
  CertificantEvent withdrawal;
  withdrawal.mutable_credit_withdrawn()->set_reference("c1");
  EXPECT_EQ(history.Try(withdrawal), "CREDIT_NOT_FOUND");
}

TEST(Annulment, OfAChangeComesBackToItsRecordWhileThatIsAnnulled) {
  History history;
  history.At("2022-05-14").Grant();
  history.At("2025-03-01").Credit({.reference = "c1", .minutes = 600});
  const int64_t credit = LastPosition(history);
  history.Withdraw("c1");
  history.Do(AnnulCommand(LastPosition(history)));
  const int64_t of_withdrawal = LastPosition(history);
  history.Do(AnnulCommand(credit));
  const int64_t of_credit = LastPosition(history);
  history.Do(AnnulCommand(of_withdrawal));
  history.Do(AnnulCommand(of_credit));
  EXPECT_EQ(history.CreditOn("2025-03-01", "c1"), "WITHDRAWN");
}

TEST(Annulment, IsExplained) {
  History history;
  history.At("2022-05-14").Grant();
  const int64_t grant = LastPosition(history);
  history.Do(AnnulCommand(grant));
  const KnownFacts known = history.Known();
  const auto lines =
      Explain(known.facts(), Evaluate(known.facts(), Cutoff::EndOf(Day("2022-06-01"))));
  ASSERT_EQ(lines.size(), 2);
  EXPECT_THAT(lines[1].text, ::testing::HasSubstr("annulled: the grant of CPCS of May 14, 2022"));
  EXPECT_THAT(lines[1].positions, ::testing::ElementsAre(grant, grant + 1));
}

}  // namespace
}  // namespace goodstanding::domain
