// Two accounts of one person, and credits posted to the wrong one.
#include "domain/accounts.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "domain/merge.h"
#include "domain/refusal.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::domain {
namespace {

using event::v1::CarriedFact;
using event::v1::CertificantEvent;
using testing::At;
using testing::Day;
using ::testing::ElementsAre;
using testing::History;
using testing::IsOk;
using testing::KnownFacts;
using testing::LoggedEvent;
using testing::StatusIs;

constexpr int64_t kOther = 10'000;   // Positions of the other account lie behind this one.
constexpr int64_t kMerged = 20'000;  // Of the merge.

// The facts of one history, at positions behind an offset.
CertificantState StateOf(const History& history, int64_t offset = 0) {
  CertificantState state;
  for (const LoggedEvent& logged : history.log()) {
    Stamp stamp = logged.stamp;
    stamp.position += offset;
    GS_CHECK(Evolve(logged.event, stamp, state).ok());
  }
  return state;
}

std::vector<CarriedFact> CarriedOf(const History& history, int64_t offset = kOther) {
  std::vector<CarriedFact> facts;
  for (const LoggedEvent& logged : history.log()) {
    Stamp stamp = logged.stamp;
    stamp.position += offset;
    facts.push_back(Carry(logged.event, stamp));
  }
  return facts;
}

MergeProposal ProposalOf(const History& other) {
  MergeProposal proposal;
  proposal.survivor_id = "ana";
  proposal.event.set_merged_certificant_id("ann");
  proposal.event.set_reason("registered twice");
  proposal.facts = CarriedOf(other);
  return proposal;
}

absl::StatusOr<event::v1::AccountMerged> TryMerge(const History& own, const History& other,
                                                  const std::string& today) {
  const KnownFacts known = own.Known();
  const CertificantState survivor = StateOf(own);
  const CertificantState merged = StateOf(other, kOther);
  const CommandContext context{At(today), At(today), kMerged - 1, "2026a"};
  return DecideMerge({survivor, known.rules, known.catalogue, {}},
                     {merged, known.rules, known.catalogue, {}}, ProposalOf(other), context);
}

// The survivor once the other account is merged into it, or a failed test.
CertificantState Merged(const History& own, const History& other, const std::string& today) {
  auto event = TryMerge(own, other, today);
  GS_CHECK(event.ok());
  CertificantEvent merge;
  *merge.mutable_account_merged() = *std::move(event);
  CertificantState state = StateOf(own);
  GS_CHECK(Evolve(merge, {At(today), kMerged}, state).ok());
  return state;
}

std::string Reason(const absl::Status& status) {
  const auto refusal = GetRefusal(status);
  return refusal ? refusal->reason : std::string(status.message());
}

// What rules make of a state on a day.
std::string Answer(const CertificantState& state, const History& rules, absl::string_view day) {
  const KnownFacts known = rules.Known();
  const Evaluation now =
      Evaluate({state, known.rules, known.catalogue, {}}, Cutoff::EndOf(Day(day)));
  std::string answer =
      absl::StrCat(std::string(StandingName(now.standing)), " held=", now.career.held.size(),
                   " cycles=", now.career.cycles.size());
  if (now.cycle() == nullptr) return answer;
  absl::StrAppend(&answer, " ends=", now.cycle()->end_year, " paid=", now.renewal.paid,
                  " fees=", now.renewal.fees.fees.Total(), " arrears=", now.arrears,
                  " counted=", now.renewal.credits.total, "/", now.renewal.credits.approved);
  for (const CreditJudgment& judgment : now.renewal.credits.judgments) {
    absl::StrAppend(&answer, " ", judgment.record->reference, "=", judgment.earned, "/",
                    std::string(CreditReasonName(judgment.reason)));
  }
  return answer;
}

constexpr const char* kDays[] = {"2022-05-13", "2022-05-14", "2025-03-01", "2025-10-15",
                                 "2025-11-20", "2025-12-01", "2025-12-02", "2026-02-28",
                                 "2026-03-01", "2026-06-01", "2027-01-01"};

std::vector<std::string> Answers(const CertificantState& state, const History& rules) {
  std::vector<std::string> answers;
  for (const char* day : kDays)
    answers.push_back(absl::StrCat(day, " ", Answer(state, rules, day)));
  return answers;
}

// A renewal with records and payments of every kind.
History WholeHistory() {
  History history;
  history.At("2022-05-14").Grant("CPCS").Grant("CPMSM");
  history.At("2024-12-20").Membership("2025-01-01", "2025-12-31");
  history.At("2025-03-01").Credit({.reference = "c1", .minutes = 3000, .documented = false});
  history.Document("c1").Verify("c1").AmendMinutes("c1", 3060).Disallow("c1").Reinstate("c1");
  history.Credit({.reference = "c2", .minutes = 600}).Withdraw("c2");
  history.Credit({.reference = "c3", .completed = "2025-02-02", .minutes = 300});
  history.At("2025-11-01").Submit();
  history.Pay({.reference = "p1", .amount = "325.00"}).Pay({.reference = "p2", .amount = "10.00"});
  history.ReturnPayment("p2");
  history.Pay({.reference = "p3", .amount = "20.00"}).Refund("p3", "5.00");
  history.At("2025-11-20").Approve();
  history.At("2026-02-01").Surrender("CPMSM");
  return history;
}

// Which record or payment an event is about; empty for the others.
std::string About(const CertificantEvent& event) {
  return event.credit_recorded().reference() + event.credit_amended().reference() +
         event.credit_documented().reference() + event.credit_verified().reference() +
         event.credit_withdrawn().reference() + event.credit_disallowed().reference() +
         event.credit_reinstated().reference() + event.payment_received().reference() +
         event.payment_returned().reference() + event.payment_refunded().reference();
}

// A history cut into two accounts: records whose bit is set stand in the other one.
struct Split {
  CertificantState own;
  CertificantState other;
  event::v1::AccountMerged merge;
};

Split Cut(const History& whole, unsigned bits) {
  const std::vector<std::string> names = {"c1", "c2", "c3", "p1", "p2", "p3"};
  Split split;
  CertificantEvent registration;
  registration.mutable_certificant_registered();
  const Stamp registered{At("2022-01-01"), 1};
  GS_CHECK(Evolve(registration, registered, split.other).ok());
  split.merge.set_merged_certificant_id("ann");
  *split.merge.add_facts() = Carry(registration, registered);
  for (const LoggedEvent& logged : whole.log()) {
    const auto name = std::find(names.begin(), names.end(), About(logged.event));
    const bool elsewhere = name != names.end() && ((bits >> (name - names.begin())) & 1U) != 0;
    GS_CHECK(Evolve(logged.event, logged.stamp, elsewhere ? split.other : split.own).ok());
    if (elsewhere) *split.merge.add_facts() = Carry(logged.event, logged.stamp);
  }
  return split;
}

CertificantEvent AnnulmentOf(int64_t position) {
  CertificantEvent event;
  event.mutable_fact_annulled()->set_fact_position(position);
  event.mutable_fact_annulled()->set_reason("wrong");
  return event;
}

TEST(Accounts, MergedHalvesAreTheWholeHistory) {
  const History whole = WholeHistory();
  for (unsigned bits = 0; bits < 64; ++bits) {
    SCOPED_TRACE(bits);
    Split split = Cut(whole, bits);
    const std::vector<std::string> alone = Answers(split.own, whole);
    CertificantEvent merge;
    *merge.mutable_account_merged() = split.merge;
    GS_ASSERT_OK(Evolve(merge, {At("2026-03-01"), kMerged}, split.own));
    EXPECT_EQ(Answers(split.own, whole), Answers(whole.state(), whole));
    // Undone, it never was.
    GS_ASSERT_OK(Evolve(AnnulmentOf(kMerged), {At("2026-03-02"), kMerged + 2}, split.own));
    EXPECT_EQ(Answers(split.own, whole), alone);
    EXPECT_EQ(split.own.parts, nullptr);
  }
}

TEST(Accounts, MergedAccountHoldsNothingUntilTheMergeIsUndone) {
  const History whole = WholeHistory();
  CertificantState state = whole.state();
  CertificantEvent into;
  into.mutable_merged_into_account()->set_survivor_certificant_id("ana");
  GS_ASSERT_OK(Evolve(into, {At("2026-03-01"), kMerged}, state));
  EXPECT_EQ(state.survivor_id, "ana");
  EXPECT_EQ(Answer(state, whole, "2026-03-01"), "NOT_CERTIFIED held=0 cycles=0");
  // What comes in between is there afterwards.
  CertificantEvent revoked;
  revoked.mutable_credential_revoked();
  GS_ASSERT_OK(Evolve(revoked, {At("2026-03-01 13:00"), kMerged + 1}, state));
  GS_ASSERT_OK(Evolve(AnnulmentOf(kMerged), {At("2026-03-02"), kMerged + 2}, state));
  EXPECT_EQ(state.survivor_id, "");
  EXPECT_EQ(state.version, whole.state().version + 3);
  EXPECT_THAT(Answer(state, whole, "2026-02-28"), ::testing::StartsWith("ACTIVE"));
  EXPECT_THAT(Answer(state, whole, "2026-03-01"), ::testing::StartsWith("REVOKED"));
}

TEST(Accounts, EarlierCycleHoldsAndTwoGrantsOfACredentialAreOne) {
  History own;
  own.At("2023-02-01").Grant("CPCS");
  History other;
  other.At("2022-05-14").Grant("CPCS").Grant("CPMSM");
  const CertificantState state = Merged(own, other, "2024-01-01");
  EXPECT_EQ(Answer(state, own, "2024-01-01"),
            "ACTIVE held=2 cycles=1 ends=2025 paid=0 fees=40000 arrears=0 counted=0/0");
}

struct CountCase {
  const char* why;
  testing::CreditReport own;
  testing::CreditReport other;
  std::string counted;
};

TEST(Accounts, ActivityOfBothAccountsCountsOnce) {
  const CountCase kCases[] = {
      {"another activity",
       {.reference = "c1", .completed = "2025-03-01", .minutes = 60, .activity = "a1"},
       {.reference = "c2", .completed = "2025-03-01", .minutes = 60, .activity = "a2"},
       "200"},
      {"none named",
       {.reference = "c1", .completed = "2025-03-01", .minutes = 60},
       {.reference = "c2", .completed = "2025-03-01", .minutes = 60},
       "200"},
      {"the same on the same day",
       {.reference = "c1", .completed = "2025-03-01", .minutes = 60, .activity = "a1"},
       {.reference = "c2", .completed = "2025-03-01", .minutes = 60, .activity = "a1"},
       "100"},
      {"the same, of another day",
       {.reference = "c1", .completed = "2025-03-01", .minutes = 60, .activity = "a1"},
       {.reference = "c2", .completed = "2025-03-02", .minutes = 60, .activity = "a1"},
       "100"},
      {"one record posted to both",
       {.reference = "c1", .completed = "2025-03-01", .minutes = 60},
       {.reference = "c1", .completed = "2025-03-01", .minutes = 60},
       "100"},
      {"two records of one name",
       {.reference = "c1", .completed = "2025-03-01", .minutes = 60},
       {.reference = "c1", .completed = "2025-03-02", .minutes = 60},
       "200"},
  };
  for (const CountCase& c : kCases) {
    SCOPED_TRACE(c.why);
    History own;
    own.At("2022-05-14").Grant("CPCS").At("2025-04-01").Credit(c.own);
    History other;
    other.At("2022-05-14").Grant("CPCS").At("2025-04-02").Credit(c.other);
    const CertificantState state = Merged(own, other, "2025-05-01");
    EXPECT_THAT(Answer(state, own, "2025-05-01"),
                ::testing::HasSubstr(absl::StrCat("counted=", c.counted, "/")));
  }
}

TEST(Accounts, SameActivityOnTwoDaysOfOneAccountCountsTwice) {
  History own;
  own.At("2022-05-14").Grant("CPCS").At("2025-04-01");
  own.Credit({.reference = "c1", .completed = "2025-03-01", .minutes = 60, .activity = "a1"});
  own.Credit({.reference = "c2", .completed = "2025-03-02", .minutes = 60, .activity = "a1"});
  History other;
  other.At("2022-05-14").Grant("CPMSM");
  EXPECT_THAT(Answer(Merged(own, other, "2025-05-01"), own, "2025-05-01"),
              ::testing::HasSubstr("counted=200/"));
}

TEST(Accounts, RecordOfATakenNameGetsAnother) {
  History own;
  own.At("2022-05-14").Grant("CPCS").At("2025-04-01");
  own.Credit({.reference = "c1", .minutes = 60}).Pay({.reference = "p1", .amount = "10.00"});
  History other;
  other.At("2022-05-14").Grant("CPCS").At("2025-04-02");
  other.Credit({.reference = "c1", .minutes = 120}).Pay({.reference = "p1", .amount = "20.00"});
  const CertificantState state = Merged(own, other, "2025-05-01");
  EXPECT_THAT(
      Answer(state, own, "2025-05-01"),
      ::testing::HasSubstr("paid=3000 fees=37500 arrears=0 counted=300/300 c1=100/ c1~2=200/"));
  // It keeps its own name in its own account.
  CertificantEvent verified;
  verified.mutable_credit_verified()->set_reference("c1~2");
  EXPECT_EQ(AccountOf(state, verified, ""), "ann");
  ToAccountNames(*FindAccount(state, "ann"), verified);
  EXPECT_EQ(verified.credit_verified().reference(), "c1");
  EXPECT_EQ(AccountOf(state, verified, "ann"), "");  // This is the survivor's name of its own.
}

TEST(Accounts, PaymentOfBothAccountsCountsOnce) {
  History own;
  own.At("2022-05-14").Grant("CPCS").At("2025-04-01").Pay({.reference = "p1", .amount = "10.00"});
  History other;
  other.At("2022-05-14").Grant("CPCS").At("2025-04-01");
  other.Pay({.reference = "p1", .amount = "10.00"}).Refund("p1", "4.00");
  EXPECT_THAT(Answer(Merged(own, other, "2025-05-01"), own, "2025-05-01"),
              ::testing::HasSubstr("paid=600 "));
}

TEST(Accounts, PaymentForACycleThatIsNoneGoesToTheOneThatIs) {
  History own;
  own.At("2022-05-14").Grant("CPCS");
  History other;
  other.At("2023-05-14").Grant("CPMSM").At("2024-03-01").Pay({.reference = "p1", .amount = "9.00"});
  const CertificantState state = Merged(own, other, "2024-05-01");
  EXPECT_THAT(Answer(state, own, "2024-04-30"), ::testing::HasSubstr("ends=2025 paid=0 "));
  EXPECT_THAT(Answer(state, own, "2024-05-01"), ::testing::HasSubstr("ends=2025 paid=900 "));
}

TEST(Accounts, MembershipEndedInOneAccountStandsInTheOther) {
  History own;
  own.At("2022-05-14").Grant("CPCS").Membership("2025-01-01", "2025-12-31");
  History other;
  other.At("2022-05-14").Grant("CPCS").Membership("2025-01-01", "2025-12-31");
  other.At("2025-02-01").EndMembership("2025-01-31");
  CertificantState state = Merged(own, other, "2025-05-01");
  EXPECT_THAT(Answer(state, own, "2025-06-01"), ::testing::HasSubstr("fees=20000 "));
  // Once they are one, an end is that of both.
  CertificantEvent end;
  *end.mutable_membership_ended()->mutable_last_date() = Day("2025-05-31").ToProto();
  GS_ASSERT_OK(Evolve(end, {At("2025-05-02"), kMerged + 2}, state));
  EXPECT_THAT(Answer(state, own, "2025-06-01"), ::testing::HasSubstr("fees=37500 "));
}

TEST(Accounts, FactOfTheMergedAccountCountsUntilTheMergeIsUndone) {
  History own;
  own.At("2022-05-14").Grant("CPCS");
  History other;
  other.At("2022-05-14").Grant("CPCS").At("2025-04-02").Credit({.reference = "c1", .minutes = 60});
  CertificantState state = Merged(own, other, "2025-05-01");
  CertificantEvent withdrawn;
  withdrawn.mutable_credit_withdrawn()->set_reference("c1");
  CertificantEvent copy;
  copy.mutable_merged_fact_recorded()->set_merged_certificant_id("ann");
  *copy.mutable_merged_fact_recorded()->mutable_fact() =
      Carry(withdrawn, {At("2025-05-02"), kMerged + 2});
  GS_ASSERT_OK(Evolve(copy, {At("2025-05-02"), kMerged + 3}, state));
  EXPECT_THAT(Answer(state, own, "2025-05-02"), ::testing::HasSubstr("c1=0/WITHDRAWN"));
  EXPECT_EQ(state.PlaceOf(kMerged + 2), FactPlace::kCounts);
  EXPECT_EQ(state.PlaceOf(kMerged + 3), FactPlace::kFixed);
  EXPECT_EQ(state.PlaceOf(kMerged), FactPlace::kCounts);
  GS_ASSERT_OK(Evolve(AnnulmentOf(kMerged), {At("2025-05-03"), kMerged + 4}, state));
  EXPECT_EQ(state.PlaceOf(kMerged), FactPlace::kAnnulled);
  EXPECT_EQ(state.PlaceOf(kMerged + 4), FactPlace::kFixed);
  EXPECT_EQ(state.version, 5);
  // A fact of an account that is none of the person's is a fault of the log.
  EXPECT_THAT(Evolve(copy, {At("2025-05-04"), kMerged + 5}, state),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST(Accounts, MergeIsRefused) {
  const auto certified = [] {
    History history;
    history.At("2022-05-14").Grant("CPCS");
    return history;
  };
  History unknown(History::Person::kUnknown);
  EXPECT_EQ(Reason(TryMerge(certified(), unknown, "2024-01-01").status()), "CERTIFICANT_NOT_FOUND");
  EXPECT_EQ(Reason(TryMerge(unknown, certified(), "2024-01-01").status()), "CERTIFICANT_NOT_FOUND");

  // An open application of a cycle that there would not be; returned, it is none.
  History applied;
  applied.At("2023-05-14").Grant("CPMSM").At("2026-08-15").Submit();
  History earlier;
  earlier.At("2022-05-14").Grant("CPCS").At("2025-03-01");
  earlier.Credit({.reference = "c1", .minutes = 3600}).At("2025-11-01").Submit();
  earlier.Pay({.reference = "p1", .amount = "375.00"}).Approve();
  EXPECT_EQ(Reason(TryMerge(earlier, applied, "2026-09-01").status()), "MERGE_APPLICATION_OPEN");
  applied.ReturnApplication();
  EXPECT_THAT(TryMerge(earlier, applied, "2026-09-01"), IsOk());

  // The earlier cycle was never renewed, the later one runs.
  History lapsed;
  lapsed.At("2019-05-14").Grant("CPCS");
  EXPECT_EQ(Reason(TryMerge(lapsed, certified(), "2024-01-01").status()),
            "MERGE_ENDS_CERTIFICATION");

  // The same record with facts of its own in both.
  History one = certified();
  one.At("2025-04-01").Credit({.reference = "c1", .minutes = 60}).Verify("c1");
  History two = certified();
  two.At("2025-04-01").Credit({.reference = "c1", .minutes = 60}).Disallow("c1");
  EXPECT_EQ(Reason(TryMerge(one, two, "2025-05-01").status()), "MERGE_RECORDS_DIFFER");
}

// --- Credits that change hands.

CertificantEvent MoveOut(const std::string& reference) {
  CertificantEvent event;
  auto& move = *event.mutable_credit_moved_out();
  move.set_reference(reference);
  move.set_to_certificant_id("bob");
  move.set_to_reference(reference);
  return event;
}

CertificantEvent MoveIn(const CreditRecord& record, const std::string& reference) {
  CertificantEvent event;
  auto& move = *event.mutable_credit_moved_in();
  move.set_from_certificant_id("ana");
  move.set_reference(reference);
  for (CarriedFact& fact : CarryCredit(record, reference)) *move.add_facts() = std::move(fact);
  return event;
}

TEST(Accounts, MovedCreditKeepsItsDatesAndCountsForTheOther) {
  History ana;
  ana.At("2022-05-14").Grant("CPCS").At("2025-04-01");
  ana.Credit({.reference = "c1", .completed = "2025-03-01", .minutes = 60, .documented = false});
  ana.At("2025-04-02").Document("c1").AmendMinutes("c1", 120);
  History bob;
  bob.At("2022-06-01").Grant("CPCS");
  CertificantState from = ana.state();
  CertificantState to = StateOf(bob, kOther);
  const CreditRecord record = *from.FindCredit("c1");
  GS_ASSERT_OK(Evolve(MoveOut("c1"), {At("2025-05-01"), kMerged}, from));
  GS_ASSERT_OK(Evolve(MoveIn(record, "k7"), {At("2025-05-01"), kMerged + 1}, to));

  EXPECT_THAT(Answer(from, ana, "2025-05-01"), ::testing::HasSubstr("counted=0/0"));
  EXPECT_TRUE(from.CreditReferenceTaken("c1"));
  const CreditRecord& moved = *to.FindCredit("k7");
  EXPECT_EQ(moved.stamp.effective, record.stamp.effective);
  EXPECT_EQ(moved.stamp.position, record.stamp.position);
  EXPECT_EQ(moved.changes.size(), 2U);
  // As known now, from the day of the first report on, and not a day earlier.
  EXPECT_THAT(Answer(to, bob, "2025-03-31"), ::testing::HasSubstr("counted=0/0"));
  EXPECT_THAT(Answer(to, bob, "2025-04-01"), ::testing::HasSubstr("k7=100/"));
  EXPECT_THAT(Answer(to, bob, "2025-04-02"), ::testing::HasSubstr("k7=200/"));
  EXPECT_EQ(from.PlaceOf(kMerged), FactPlace::kCounts);
  EXPECT_EQ(to.PlaceOf(kMerged + 1), FactPlace::kCounts);

  // Moved back, it is as it was.
  CertificantState back_from = to;
  CertificantState back_to = from;
  GS_ASSERT_OK(Evolve(MoveOut("k7"), {At("2025-06-01"), kMerged + 2}, back_from));
  GS_ASSERT_OK(Evolve(MoveIn(moved, "c1"), {At("2025-06-01"), kMerged + 3}, back_to));
  EXPECT_EQ(Answer(back_to, ana, "2025-06-01"), Answer(ana.state(), ana, "2025-06-01"));
  EXPECT_THAT(Answer(back_from, bob, "2025-06-01"), ::testing::HasSubstr("counted=0/0"));
  EXPECT_EQ(back_to.PlaceOf(record.stamp.position), FactPlace::kCounts);
  EXPECT_EQ(back_to.PlaceOf(kMerged), FactPlace::kAnnulled);

  // The move annulled: the same.
  GS_ASSERT_OK(Evolve(AnnulmentOf(kMerged), {At("2025-06-01"), kMerged + 2}, from));
  GS_ASSERT_OK(Evolve(AnnulmentOf(kMerged + 1), {At("2025-06-01"), kMerged + 3}, to));
  EXPECT_EQ(Answer(from, ana, "2025-06-01"), Answer(ana.state(), ana, "2025-06-01"));
  EXPECT_THAT(Answer(to, bob, "2025-06-01"), ::testing::HasSubstr("counted=0/0"));
  EXPECT_EQ(to.PlaceOf(kMerged + 1), FactPlace::kAnnulled);
  EXPECT_EQ(to.PlaceOf(kMerged + 3), FactPlace::kFixed);
  EXPECT_TRUE(to.CreditReferenceTaken("k7"));
}

TEST(Accounts, CarriedFactKeepsItsMomentToTheMicrosecond) {
  CertificantEvent event;
  event.mutable_audit_opened();
  // Standard and summer time, and a second before midnight.
  for (const char* moment : {"2025-01-15 23:59:59", "2025-07-15 00:00:01"}) {
    const CarriedFact fact = Carry(event, {At(moment), 7});
    EXPECT_EQ(Moment::FromUtc(fact.effective_micros(), fact.utc_offset_seconds()), At(moment));
    EXPECT_EQ(fact.position(), 7);
  }
}

}  // namespace
}  // namespace goodstanding::domain
