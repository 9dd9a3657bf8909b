// Disputes: who opens, decides and withdraws them when, and what they may be the cause of.
#include <string>
#include <vector>

#include "domain/decide.h"
#include "domain/refusal.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

using event::v1::CertificantEvent;
using testing::At;
using testing::Day;
using testing::History;

CertificantEvent Open(int cycle, int64_t position = 0) {
  CertificantEvent event;
  event.mutable_dispute_opened()->set_cycle_end_year(cycle);
  event.mutable_dispute_opened()->set_disputed_position(position);
  event.mutable_dispute_opened()->set_claim("it was in time");
  return event;
}
CertificantEvent Settle(int64_t dispute,
                        type::v1::DisputeOutcome outcome = type::v1::DISPUTE_OUTCOME_UPHELD) {
  CertificantEvent event;
  event.mutable_dispute_decided()->set_dispute_position(dispute);
  event.mutable_dispute_decided()->set_outcome(outcome);
  event.mutable_dispute_decided()->set_reason("the log says so");
  return event;
}
CertificantEvent Withdraw(int64_t dispute) {
  CertificantEvent event;
  event.mutable_dispute_withdrawn()->set_dispute_position(dispute);
  return event;
}
CertificantEvent Evidence(int64_t dispute) {
  CertificantEvent event;
  auto& evidence = *event.mutable_evidence_attached();
  evidence.set_digest(std::string(32, 'd'));
  evidence.set_file_name("letter.pdf");
  evidence.set_media_type("application/pdf");
  evidence.set_dispute_position(dispute);
  return event;
}
CertificantEvent Reinstated() {
  CertificantEvent event;
  event.mutable_credit_reinstated()->set_reference("c1");
  return event;
}

class DisputeTest : public ::testing::Test {
 protected:
  // Decides and, where accepted, takes it in; the reason of a refusal.
  std::string Try(absl::string_view moment, const CertificantEvent& event) {
    const testing::KnownFacts known = history_.Known();
    const Facts facts{state_, known.rules, known.catalogue, Knowledge{}};
    CommandContext context{At(moment), At(moment), position_, "2026a", {}};
    context.past_acts = acts_;
    context.cause_position = cause_;
    context.cause_is_dispute = cause_is_dispute_;
    const auto decided = Decide(facts, event, context);
    if (!decided.ok()) return GetRefusal(decided.status())->reason;
    EXPECT_TRUE(Evolve(*decided, {context.effective, ++position_}, state_).ok());
    last_ = *decided;
    return "";
  }

  // Renewed in 2025, in the cycle that ends in 2028 now; the credit is at position 2.
  History history_ = [] {
    History history;
    history.At("2022-05-14").Grant();
    history.At("2025-06-02").Credit({.reference = "c1", .minutes = 1800}).Disallow("c1");
    history.Reinstate("c1");
    history.At("2025-10-01").Submit().Pay({});
    history.At("2025-10-05").Approve();
    return history;
  }();
  CertificantState state_ = history_.Known().state;
  int64_t position_ = 100;
  std::vector<PastAct> acts_;
  int64_t cause_ = 0;
  bool cause_is_dispute_ = false;
  CertificantEvent last_;
};

TEST_F(DisputeTest, IsAboutACycleOrAFactOfTheSamePerson) {
  const int64_t approval = history_.log().back().stamp.position;
  const int64_t grant = history_.log()[1].stamp.position;
  const int64_t registration = history_.log()[0].stamp.position;
  EXPECT_EQ(Try("2026-01-05", Open(2024)), "CYCLE_NOT_FOUND");
  EXPECT_EQ(Try("2026-01-05", Open(2028)), "") << "the running one";
  EXPECT_EQ(Try("2026-01-05", Open(2025)), "");
  EXPECT_EQ(Try("2026-01-05", Open(2025)), "DISPUTE_ALREADY_OPEN");
  EXPECT_EQ(Try("2026-01-05", Open(2025, 99)), "FACT_NOT_FOUND");
  EXPECT_EQ(Try("2026-01-05", Open(0, approval)), "") << "about the same cycle, and another fact";
  EXPECT_EQ(last_.dispute_opened().cycle_end_year(), 2025) << "the cycle that it renewed";
  EXPECT_EQ(Try("2026-01-05", Open(2025, approval)), "DISPUTE_ALREADY_OPEN");
  EXPECT_EQ(Try("2026-01-05", Open(0, grant)), "");
  EXPECT_EQ(last_.dispute_opened().cycle_end_year(), 2025) << "the cycle of its day";
  EXPECT_EQ(Try("2026-01-05", Open(0, registration)), "");
  EXPECT_EQ(last_.dispute_opened().cycle_end_year(), 2028) << "of no cycle: the running one";
  EXPECT_EQ(Try("2026-01-05", Open(0, 0)), "INVALID_ARGUMENT");
  EXPECT_EQ(Try("2026-01-05", Open(2025, -1)), "INVALID_ARGUMENT");
}

TEST_F(DisputeTest, EndsOnce) {
  EXPECT_EQ(Try("2026-01-05", Settle(101)), "DISPUTE_NOT_FOUND");
  ASSERT_EQ(Try("2026-01-05", Open(2025)), "");
  EXPECT_EQ(Try("2026-01-05", Settle(2)), "DISPUTE_NOT_FOUND") << "an event of another kind";
  EXPECT_EQ(Try("2026-01-05", Settle(101, type::v1::DISPUTE_OUTCOME_UNSPECIFIED)),
            "INVALID_ARGUMENT");
  ASSERT_EQ(Try("2026-01-06", Settle(101)), "");
  EXPECT_EQ(last_.dispute_decided().basis().rule_set().name(), "namss-2025");
  EXPECT_EQ(last_.dispute_decided().basis().position(), 101);
  EXPECT_EQ(state_.FindDispute(101)->stage, DisputeStage::kUpheld);
  EXPECT_EQ(Try("2026-01-06", Settle(101)), "DISPUTE_NOT_OPEN");
  EXPECT_EQ(Try("2026-01-06", Withdraw(101)), "DISPUTE_NOT_OPEN");
  EXPECT_EQ(Try("2026-01-06", Evidence(101)), "DISPUTE_NOT_OPEN");
  ASSERT_EQ(Try("2026-01-07", Open(2025)), "") << "about the same, now that it is decided";
  EXPECT_EQ(Try("2026-01-07", Evidence(103)), "");
  EXPECT_EQ(Try("2026-01-07", Evidence(104)), "DISPUTE_NOT_FOUND");
  EXPECT_EQ(Try("2026-01-07", Withdraw(103)), "");
  EXPECT_EQ(Try("2026-01-07", Settle(103)), "DISPUTE_NOT_OPEN");
}

TEST_F(DisputeTest, IsDecidedByNobodyWhoHadAPart) {
  struct Row {
    const char* why;
    int cycle;
    PastAct act;
    const char* reason;
  };
  const int64_t approval = history_.log().back().stamp.position;
  const Row rows[] = {
      {"nothing recorded", 2025, {}, ""},
      {"the day before the cycle", 2025, {10, Day("2022-05-13")}, ""},
      {"its first day", 2025, {10, Day("2022-05-14")}, "DECIDER_INVOLVED"},
      {"its last day, though renewed before", 2025, {10, Day("2025-12-01")}, "DECIDER_INVOLVED"},
      {"the first day of the next one", 2025, {10, Day("2025-12-02")}, ""},
      {"that day, of the next one", 2028, {10, Day("2025-12-02")}, "DECIDER_INVOLVED"},
      {"named the cycle later", 2025, {10, Day("2026-01-02"), 2025}, "DECIDER_INVOLVED"},
      {"named another one later", 2025, {10, Day("2026-01-02"), 2028}, ""},
      {"recorded what is disputed", 2025, {approval, Day("2026-01-02")}, "DECIDER_INVOLVED"},
      {"opened the dispute", 2025, {101, Day("2026-01-05")}, "DECIDER_INVOLVED"},
      {"the last day to reinstate, not renewed", 2028, {10, Day("2029-06-30")}, "DECIDER_INVOLVED"},
      {"the day after that", 2028, {10, Day("2029-07-01")}, ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.why);
    CertificantState before = state_;
    position_ = 100;
    acts_.clear();
    ASSERT_EQ(Try("2026-01-05", Open(row.cycle, row.cycle == 2025 ? approval : 0)), "");
    if (row.act.position != 0) acts_ = {row.act};
    EXPECT_EQ(Try("2029-08-01", Settle(101)), row.reason);
    state_ = before;
  }
}

TEST_F(DisputeTest, CausesOnlyWhatIsAboutTheSamePersonAndCameToSomething) {
  ASSERT_EQ(Try("2026-01-05", Open(2025)), "");
  cause_ = 101;
  cause_is_dispute_ = true;
  EXPECT_EQ(Try("2026-01-05", Reinstated()), "") << "while it is open";
  cause_ = 77;
  EXPECT_EQ(Try("2026-01-05", Reinstated()), "DISPUTE_NOT_FOUND") << "another person's";
  cause_is_dispute_ = false;
  EXPECT_EQ(Try("2026-01-05", Reinstated()), "") << "any other event";
  cause_ = 0;
  ASSERT_EQ(Try("2026-01-06", Settle(101, type::v1::DISPUTE_OUTCOME_UPHELD_IN_PART)), "");
  cause_ = 101;
  cause_is_dispute_ = true;
  EXPECT_EQ(Try("2026-01-07", Reinstated()), "");
  cause_ = 0;
  const int64_t second = position_ + 1;
  ASSERT_EQ(Try("2026-01-08", Open(2025)), "");
  ASSERT_EQ(Try("2026-01-08", Settle(second, type::v1::DISPUTE_OUTCOME_REJECTED)), "");
  cause_ = second;
  EXPECT_EQ(Try("2026-01-09", Reinstated()), "DISPUTE_NOT_UPHELD");
}

TEST_F(DisputeTest, MovesNoStandingAndIsNoFactToAnnul) {
  const std::string before = history_.StandingOn("2026-01-05");
  ASSERT_EQ(Try("2026-01-05", Open(2025)), "");
  ASSERT_EQ(Try("2026-01-05", Settle(101)), "");
  const testing::KnownFacts known = history_.Known();
  const Facts facts{state_, known.rules, known.catalogue, Knowledge{}};
  EXPECT_EQ(StandingName(Evaluate(facts, Cutoff::EndOf(Day("2026-01-05"))).standing), before);
  CertificantEvent annul;
  annul.mutable_fact_annulled()->set_fact_position(101);
  annul.mutable_fact_annulled()->set_reason("error");
  EXPECT_EQ(Try("2026-01-05", annul), "FACT_NOT_ANNULLABLE");
}

TEST_F(DisputeTest, StandsAgainstAnErasureWhileItIsOpen) {
  CertificantEvent revoked;
  revoked.mutable_credential_revoked();
  ASSERT_EQ(Try("2026-01-05", revoked), "");
  ASSERT_EQ(Try("2026-01-05", Open(2025)), "");
  CertificantEvent request;
  request.mutable_erasure_requested();
  EXPECT_EQ(Try("2026-01-05", request), "DISPUTE_OPEN");
  ASSERT_EQ(Try("2026-01-05", Withdraw(102)), "");
  EXPECT_EQ(Try("2026-01-05", request), "");
}

TEST_F(DisputeTest, IsAFaultOfTheLogWhereItEndsWithoutABeginning) {
  EXPECT_FALSE(Evolve(Settle(5), {At("2026-01-05"), 101}, state_).ok());
  EXPECT_FALSE(Evolve(Withdraw(5), {At("2026-01-05"), 102}, state_).ok());
}

}  // namespace
}  // namespace goodstanding::domain
