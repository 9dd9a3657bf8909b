#include "domain/certificant.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

using event::v1::CertificantEvent;
using testing::At;
using testing::Day;

// Each kind of event, its fields unset.
std::vector<CertificantEvent> EveryKind() {
  std::vector<CertificantEvent> kinds;
  const auto* const oneof = CertificantEvent::descriptor()->oneof_decl(0);
  for (int i = 0; i < oneof->field_count(); ++i) {
    CertificantEvent event;
    event.GetReflection()->MutableMessage(&event, oneof->field(i));
    kinds.push_back(event);
  }
  return kinds;
}

// Sets the reference of the record that an event speaks of, where it has one.
void SetReference(CertificantEvent& event, const std::string& reference) {
  const auto* const oneof = CertificantEvent::descriptor()->oneof_decl(0);
  const auto* const field = event.GetReflection()->GetOneofFieldDescriptor(event, oneof);
  google::protobuf::Message* const fact = event.GetReflection()->MutableMessage(&event, field);
  const auto* const text = fact->GetDescriptor()->FindFieldByName("reference");
  if (text != nullptr) fact->GetReflection()->SetString(fact, text, reference);
}

// A state with a credit record and a payment of one reference.
CertificantState WithRecords(const std::string& reference) {
  CertificantState state;
  CertificantEvent credit;
  credit.mutable_credit_recorded()->set_reference(reference);
  CertificantEvent payment;
  payment.mutable_payment_received()->set_reference(reference);
  EXPECT_TRUE(Evolve(credit, {At("2025-01-01"), 1}, state).ok());
  EXPECT_TRUE(Evolve(payment, {At("2025-01-01"), 2}, state).ok());
  return state;
}

TEST(EvolveTest, TakesEveryKindOfEvent) {
  for (CertificantEvent event : EveryKind()) {
    SetReference(event, "r1");
    if (event.has_fact_annulled()) event.mutable_fact_annulled()->set_fact_position(1);
    // These carry facts of another stream: accounts_test.
    if (event.has_credit_moved_in() || event.has_merged_fact_recorded()) continue;
    CertificantState state = WithRecords("r1");
    if (event.has_dispute_decided()) event.mutable_dispute_decided()->set_dispute_position(7);
    if (event.has_dispute_withdrawn()) event.mutable_dispute_withdrawn()->set_dispute_position(7);
    state.disputes.push_back({{At("2025-01-01"), 7}});
    EXPECT_TRUE(Evolve(event, {At("2025-01-02"), 8}, state).ok()) << event.ShortDebugString();
    EXPECT_EQ(state.version, 3) << event.ShortDebugString();
  }
}

TEST(EvolveTest, ALaterFactAboutAnUnknownRecordIsDamage) {
  const std::set<CertificantEvent::EventCase> about_records = {
      CertificantEvent::kCreditAmended,     CertificantEvent::kCreditDocumented,
      CertificantEvent::kCreditVerified,    CertificantEvent::kCreditWithdrawn,
      CertificantEvent::kCreditDisallowed,  CertificantEvent::kCreditReinstated,
      CertificantEvent::kPaymentReturned,   CertificantEvent::kPaymentRefunded,
      CertificantEvent::kPaymentReassigned, CertificantEvent::kFactAnnulled,
      CertificantEvent::kDisputeDecided,    CertificantEvent::kDisputeWithdrawn,
      CertificantEvent::kCreditMovedOut,    CertificantEvent::kCreditMovedIn,
      CertificantEvent::kMergedFactRecorded};
  for (CertificantEvent event : EveryKind()) {
    SetReference(event, "other");
    CertificantState state = WithRecords("r1");
    const absl::Status status = Evolve(event, {At("2025-01-02"), 3}, state);
    if (about_records.contains(event.event_case())) {
      EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << event.ShortDebugString();
    } else {
      EXPECT_TRUE(status.ok()) << event.ShortDebugString();
    }
  }
}

TEST(EvolveTest, AnUnknownEventIsDamage) {
  CertificantState state;
  EXPECT_EQ(Evolve(CertificantEvent(), {At("2025-01-02"), 1}, state).code(),
            absl::StatusCode::kDataLoss);
}

CertificantEvent Granted(const std::string& credential) {
  CertificantEvent event;
  event.mutable_credential_granted()->set_credential(credential);
  return event;
}

TEST(EvolveTest, OrdersByEffectiveTimeThenByPosition) {
  CertificantState state;
  ASSERT_TRUE(Evolve(Granted("B"), {At("2025-02-01"), 1}, state).ok());
  ASSERT_TRUE(Evolve(Granted("A"), {At("2025-01-01"), 2}, state).ok());
  ASSERT_TRUE(Evolve(Granted("C"), {At("2025-02-01"), 3}, state).ok());
  ASSERT_TRUE(Evolve(Granted("D"), {At("2025-01-15"), 4}, state).ok());
  std::string order;
  for (const Milestone& milestone : state.milestones) order += milestone.credential;
  EXPECT_EQ(order, "ADBC");
}

TEST(EvolveTest, KeepsCreditsInLogOrderAndTheirChangesByTime) {
  testing::History history;
  history.At("2022-05-14").Grant();
  history.At("2024-01-01").Credit({.reference = "a", .minutes = 60});
  history.Effective("2023-01-01")
      .Credit({.reference = "b", .completed = "2022-12-01", .minutes = 60});
  history.At("2024-03-01").AmendMinutes("a", 30);
  history.Effective("2024-02-01").AmendMinutes("a", 90);
  const CertificantState& state = history.state();
  EXPECT_EQ(state.credits[0].reference, "a");
  EXPECT_EQ(state.credits[1].reference, "b");
  EXPECT_EQ(history.CreditOn("2024-02-15", "a"), "1.50");
  EXPECT_EQ(history.CreditOn("2024-03-01", "a"), "0.50") << "the last by effective time holds";
  EXPECT_EQ(state.FindCredit("b"), &state.credits[1]);
  EXPECT_EQ(state.FindCredit("c"), nullptr);
  EXPECT_EQ(state.FindPayment("a"), nullptr);
}

TEST(EvolveTest, BoardPostedRecordsAreDocumentedByNature) {
  for (const auto& [source, documented] : std::vector<std::pair<type::v1::CreditSource, bool>>{
           {type::v1::CREDIT_SOURCE_SELF, false},
           {type::v1::CREDIT_SOURCE_EDUCATION_ZONE, true},
           {type::v1::CREDIT_SOURCE_CONFERENCE, true}}) {
    CertificantState state;
    CertificantEvent event;
    event.mutable_credit_recorded()->set_source(source);
    ASSERT_TRUE(Evolve(event, {At("2025-01-01"), 1}, state).ok());
    EXPECT_EQ(state.credits[0].documented, documented);
    EXPECT_EQ(state.credits[0].board_posted, documented);
  }
}

TEST(AmountTest, ReadsTheUnitThatIsSet) {
  event::v1::ActivityAmount amount;
  EXPECT_EQ(Amount::FromProto(amount).unit, event::v1::ActivityAmount::AMOUNT_NOT_SET);
  amount.set_position_years_hundredths(150);
  EXPECT_EQ(Amount::FromProto(amount).value, 150);
  amount.set_count(2);
  EXPECT_EQ(Amount::FromProto(amount).value, 2);
  EXPECT_EQ(Amount::FromProto(amount).unit, event::v1::ActivityAmount::kCount);
}

}  // namespace
}  // namespace goodstanding::domain
