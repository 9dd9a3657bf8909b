// Decisions about the erasure of a person's data. What it does to the data: services/eraser_test.
#include <string>
#include <vector>

#include "domain/decide.h"
#include "domain/refusal.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

using event::v1::CertificantEvent;
using testing::At;
using testing::Day;
using testing::History;

CertificantEvent Request() {
  CertificantEvent event;
  event.mutable_erasure_requested();
  return event;
}
CertificantEvent Confirm() {
  CertificantEvent event;
  event.mutable_erasure_scheduled();
  return event;
}
CertificantEvent CallOff() {
  CertificantEvent event;
  event.mutable_erasure_called_off();
  return event;
}
CertificantEvent Begin() {
  CertificantEvent event;
  event.mutable_erasure_begun();
  return event;
}
CertificantEvent Complete() {
  CertificantEvent event;
  event.mutable_erasure_completed();
  return event;
}
CertificantEvent Hold(const std::string& reference, absl::string_view last = "") {
  CertificantEvent event;
  event.mutable_legal_hold_placed()->set_reference(reference);
  if (!last.empty()) *event.mutable_legal_hold_placed()->mutable_last_date() = Day(last).ToProto();
  return event;
}
CertificantEvent Lift(const std::string& reference) {
  CertificantEvent event;
  event.mutable_legal_hold_lifted()->set_reference(reference);
  return event;
}
CertificantEvent Rename() {
  CertificantEvent event;
  event.mutable_profile_changed()->set_name("Ana Roe");
  return event;
}

// The facts of a person, and who decides about them when.
class ErasureTest : public ::testing::Test {
 protected:
  // Decides and, where accepted, takes it in; the reason of a refusal.
  std::string Try(absl::string_view moment, const std::string& who, const CertificantEvent& event) {
    const testing::KnownFacts known = history_.Known();
    const Facts facts{state_, known.rules, known.catalogue, Knowledge{}};
    CommandContext context{At(moment), At(moment), position_, "2026a", {}};
    context.actor.set_issuer("spiffe://board");
    context.actor.set_subject(who);
    const auto decided = Decide(facts, event, context);
    if (!decided.ok()) return GetRefusal(decided.status())->reason;
    EXPECT_TRUE(Evolve(*decided, {context.effective, ++position_}, state_).ok());
    last_ = *decided;
    return "";
  }

  History history_ = [] {
    History history;
    history.At("2019-05-14").Grant();  // Ends 2022-12-01; lapsed from 2023-01-01.
    return history;
  }();
  CertificantState state_ = history_.Known().state;
  int64_t position_ = 100;
  CertificantEvent last_;
};

TEST_F(ErasureTest, IsAskedForByOneAndConfirmedByAnother) {
  EXPECT_EQ(Try("2023-02-01", "s1", Confirm()), "ERASURE_NOT_REQUESTED");
  EXPECT_EQ(Try("2023-02-01", "s1", CallOff()), "ERASURE_NOT_REQUESTED");
  EXPECT_EQ(Try("2023-02-01", "s1", Request()), "");
  EXPECT_EQ(last_.erasure_requested().requested_by_subject(), "s1");
  EXPECT_EQ(Try("2023-02-01", "s2", Request()), "ERASURE_ALREADY_REQUESTED");
  EXPECT_EQ(Try("2023-02-02", "s1", Confirm()), "SECOND_PERSON_NEEDED");
  EXPECT_EQ(Try("2023-02-02", "server", Begin()), "ERASURE_NOT_REQUESTED") << "not confirmed";
  EXPECT_EQ(Try("2023-02-02", "s2", Confirm()), "");
  EXPECT_EQ(*Date::FromProto(last_.erasure_scheduled().due_date()), Day("2023-03-04"));
  EXPECT_EQ(Try("2023-02-02", "s3", Confirm()), "ERASURE_ALREADY_CONFIRMED");
}

TEST_F(ErasureTest, CanBeCalledOffForThirtyDays) {
  ASSERT_EQ(Try("2024-02-01", "s1", Request()), "");
  ASSERT_EQ(Try("2024-02-01", "s2", Confirm()), "");  // Over February 29.
  EXPECT_EQ(Try("2024-03-01 23:59", "server", Begin()), "ERASURE_NOT_DUE") << "the 29th day";
  EXPECT_EQ(Try("2024-03-01 23:59", "s1", CallOff()), "");
  EXPECT_EQ(Try("2024-03-02", "server", Begin()), "ERASURE_NOT_REQUESTED");
  EXPECT_EQ(Try("2024-03-02", "s2", Request()), "") << "it can be asked for anew";
  EXPECT_EQ(Try("2024-03-02", "s1", Confirm()), "");
  EXPECT_EQ(Try("2024-04-01 00:00", "server", Begin()), "") << "the 30th day";
  EXPECT_EQ(Try("2024-04-01", "s1", CallOff()), "CERTIFICANT_ERASED") << "too late";
}

TEST_F(ErasureTest, NothingIsRecordedAboutAnErasedPerson) {
  ASSERT_EQ(Try("2023-02-01", "s1", Request()), "");
  ASSERT_EQ(Try("2023-02-01", "s2", Confirm()), "");
  EXPECT_EQ(Try("2023-02-02", "s1", Rename()), "") << "until then she is as everybody";
  ASSERT_EQ(Try("2023-03-03", "server", Begin()), "");
  EXPECT_EQ(Try("2023-03-03", "s1", Rename()), "CERTIFICANT_ERASED");
  EXPECT_EQ(Try("2023-03-03", "s1", Hold("h")), "CERTIFICANT_ERASED");
  EXPECT_EQ(Try("2023-03-03", "server", Complete()), "");
  EXPECT_EQ(Try("2023-03-03", "server", Complete()), "ERASURE_NOT_REQUESTED") << "twice";
  EXPECT_EQ(Try("2023-03-03", "s1", Rename()), "CERTIFICANT_ERASED");
}

TEST_F(ErasureTest, WaitsForWhatStandsAgainstIt) {
  EXPECT_EQ(Try("2022-12-31", "s1", Request()), "CERTIFIED") << "late, on the last day";
  EXPECT_EQ(Try("2023-01-01", "s1", Hold("retention", "2023-02-01")), "");
  EXPECT_EQ(Try("2023-02-01", "s1", Request()), "LEGAL_HOLD") << "its last day";
  EXPECT_EQ(Try("2023-02-02", "s1", Request()), "") << "the day after";
  EXPECT_EQ(Try("2023-02-02", "s1", Hold("case-7")), "");
  EXPECT_EQ(Try("2023-02-02", "s1", Hold("case-7")), "LEGAL_HOLD_ALREADY_PLACED");
  EXPECT_EQ(Try("2023-02-02", "s2", Confirm()), "LEGAL_HOLD");
  EXPECT_EQ(Try("2023-02-03", "s1", Lift("case-8")), "LEGAL_HOLD_NOT_FOUND");
  EXPECT_EQ(Try("2023-02-03", "s1", Lift("case-7")), "");
  EXPECT_EQ(Try("2023-02-03", "s2", Confirm()), "");
  EXPECT_EQ(Try("2023-02-04", "s1", Hold("case-9")), "") << "also once it is scheduled";
  EXPECT_EQ(Try("2023-06-01", "server", Begin()), "LEGAL_HOLD");
  EXPECT_EQ(Try("2023-06-01", "s1", Lift("case-9")), "");
  EXPECT_EQ(Try("2023-06-01", "server", Begin()), "");
}

TEST_F(ErasureTest, WaitsForAnAudit) {
  CertificantEvent audit;
  audit.mutable_audit_opened();
  ASSERT_EQ(Try("2023-02-01", "s1", audit), "");
  EXPECT_EQ(Try("2023-02-01", "s1", Request()), "AUDIT_OPEN");
}

TEST_F(ErasureTest, TakesPlaceWhenItIsRecorded) {
  const testing::KnownFacts known = history_.Known();
  for (const CertificantEvent& event : {Request(), Confirm(), CallOff(), Hold("h"), Lift("h")}) {
    const CommandContext context{At("2023-02-01"), At("2023-02-02"), 100, "2026a", {}};
    const auto refusal = GetRefusal(ValidateCommand(event, known.rules, context));
    ASSERT_TRUE(refusal.has_value()) << event.ShortDebugString();
    EXPECT_EQ(refusal->field, "header.effective");
  }
}

}  // namespace
}  // namespace goodstanding::domain
