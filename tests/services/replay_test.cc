// Replays: what was said then is said again, however much was recorded since, and what differs is
// named.
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "domain/evaluate.h"
#include "eventstore/event_store.h"
#include "gmock/gmock.h"
#include "goodstanding/api/v1/evidence_service.pb.h"
#include "projections/codec.h"
#include "tests/services/journey.h"
#include "tests/services/service_fixture.h"

namespace goodstanding::services {
namespace {

using api::v1::ReplayDecisionRequest;
using api::v1::ReplayDecisionResponse;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kCorrection[] =
    "name: 'namss-2025' reason: 'misprint' years { first_year: 2025 last_year: 2025 }"
    " changes { path: 'requirement.single.total' value: '25.00' }";

std::vector<std::string> TextsOf(const ReplayDecisionResponse& response) {
  std::vector<std::string> texts;
  for (const auto& difference : response.differences()) texts.push_back(difference.text());
  return texts;
}

class ReplayTest : public ServiceTest {
 protected:
  ReplayDecisionResponse Replay(absl::string_view text) {
    return Ask<ReplayDecisionResponse>(*RequestOf("ReplayDecision", text));
  }

  void Credit(const std::string& id, const std::string& reference, int minutes) {
    Do("RecordCredit",
       absl::StrCat("certificant_id: '", id, "' credit { reference: '", reference,
                    "' activity_kind: 'SPONSORED' completed_date { year: 2024 month: 5 day: 1 }"
                    " amount { minutes: ",
                    minutes, " } }"));
  }

  // Everything up to an approval on the clock's day; its position.
  int64_t Renew(const std::string& id) {
    Certify(id);
    Credit(id, "c1", 1800);
    Do("SubmitApplication", absl::StrCat("certificant_id: '", id, "'"));
    Do("RecordPayment", absl::StrCat("certificant_id: '", id,
                                     "' reference: 'p1' amount { currency_code: 'USD' "
                                     "minor_units: 37500 } method: PAYMENT_METHOD_CARD"));
    return Do("ApproveApplication", absl::StrCat("certificant_id: '", id, "'")).position();
  }
};

TEST_F(ReplayTest, AnApprovalIsWhatFactsAndRulesOfThenGive) {
  const int64_t position = Renew("ana");
  const auto replay = Replay(absl::StrCat("certificant_id: 'ana' decision_position: ", position));
  EXPECT_EQ(replay.recorded().kind(), "CertificationRenewed");
  EXPECT_EQ(replay.recorded().cycle_end_year(), 2025);
  EXPECT_EQ(replay.recorded().effective_date().day(), 15);
  EXPECT_EQ(replay.recorded().basis().position(), position - 1);
  EXPECT_EQ(replay.recorded().basis().evaluator_revision(), domain::kEvaluatorRevision);
  EXPECT_EQ(replay.recorded().basis().rule_set().version(), 1);
  EXPECT_TRUE(replay.recorded().reproduced());
  EXPECT_EQ(replay.then_position(), position - 1);
  EXPECT_EQ(replay.now_position(), position);
  const auto& then = replay.facts_then_rules_then();
  EXPECT_TRUE(then.decision().allowed());
  EXPECT_EQ(then.decision().terms().SerializeAsString(),
            replay.recorded().terms().SerializeAsString());
  EXPECT_EQ(then.decision().terms().fees().recertification().minor_units(), 37500);
  EXPECT_THAT(then.decision().terms().credit_references(), ElementsAre("c1"));
  EXPECT_FALSE(then.answer().cycle().renewed()) << "what the decision saw";
  EXPECT_TRUE(replay.facts_now_rules_now().decision().allowed())
      << "the decision does not stand in its own way";
  EXPECT_THAT(TextsOf(replay),
              ElementsAre(HasSubstr("The approval of the renewal of the cycle that ends in 2025, "
                                    "effective September 15, 2025, was recorded on September 15, "
                                    "2025, at position ")));
}

TEST_F(ReplayTest, ALateKeyedPaymentIsNamedAndChangesTheAnswer) {
  Certify("ana");
  Credit("ana", "c1", 1800);
  SetClock("2025-11-30");
  Do("SubmitApplication", "certificant_id: 'ana'");
  SetClock("2026-01-02");
  const int64_t before = Head();
  SetClock("2026-01-05");
  const int64_t payment =
      Do("RecordPayment",
         "header { effective_date { year: 2025 month: 12 day: 30 } } certificant_id: 'ana'"
         " reference: 'p1' amount { currency_code: 'USD' minor_units: 42500 }"
         " method: PAYMENT_METHOD_CARD")
          .position();
  const auto replay = Replay(absl::StrCat(
      "certificant_id: 'ana' as_of_date { year: 2026 month: 1 day: 1 } known_at { position: ",
      before, " }"));
  EXPECT_FALSE(replay.has_recorded());
  EXPECT_EQ(replay.facts_then_rules_then().answer().standing(), type::v1::STANDING_LAPSED);
  EXPECT_EQ(replay.facts_then_rules_now().answer().standing(), type::v1::STANDING_LAPSED);
  EXPECT_EQ(replay.facts_now_rules_now().answer().standing(), type::v1::STANDING_UNDER_REVIEW);
  EXPECT_THAT(TextsOf(replay),
              Contains(absl::StrCat("Payment p1 of $425.00, received December 30, 2025, was "
                                    "recorded on January 5, 2026, at position ",
                                    payment, ".")));
  EXPECT_THAT(TextsOf(replay),
              Contains("By the facts of now, the standing: LAPSED → UNDER_REVIEW."));
  ASSERT_GT(replay.differences_size(), 0);
  EXPECT_EQ(replay.differences(0).kind(), api::v1::REPLAY_DIFFERENCE_KIND_FACT);
  EXPECT_THAT(replay.differences(0).positions(), ElementsAre(payment));
  for (const auto& difference : replay.differences()) {
    EXPECT_NE(difference.kind(), api::v1::REPLAY_DIFFERENCE_KIND_BY_RULES) << difference.text();
  }
  // The same by the moment: the last second of the day before it was keyed in.
  EXPECT_EQ(Replay("certificant_id: 'ana' as_of_date { year: 2026 month: 1 day: 1 }"
                   " known_at { date { year: 2026 month: 1 day: 4 } }")
                .SerializeAsString(),
            replay.SerializeAsString());
  EXPECT_THAT(TextsOf(Replay("certificant_id: 'ana' as_of_date { year: 2026 month: 1 day: 1 }"
                             " known_at { date { year: 2026 month: 1 day: 5 } }")),
              IsEmpty())
      << "known on the day itself";
}

TEST_F(ReplayTest, ACorrectionBetweenIsNamedByItsFigure) {
  Certify("ana");
  Credit("ana", "c1", 1560);  // 26.00 credits.
  Do("SubmitApplication", "certificant_id: 'ana'");
  const int64_t returned =
      Do("ReturnApplication", "certificant_id: 'ana' reason: 'too few credits'").position();
  const int64_t correction = Do("CorrectRuleSet", kCorrection).position();
  const auto replay = Replay(absl::StrCat("certificant_id: 'ana' decision_position: ", returned));
  EXPECT_TRUE(replay.recorded().reproduced());
  EXPECT_EQ(replay.recorded().kind(), "ApplicationReturned");
  EXPECT_FALSE(replay.recorded().has_terms());
  EXPECT_EQ(replay.facts_then_rules_then().answer().requirement(0).minimum().hundredths(), 3000);
  EXPECT_EQ(replay.facts_then_rules_now().answer().requirement(0).minimum().hundredths(), 2500);
  ASSERT_GT(replay.differences_size(), 0);
  EXPECT_EQ(replay.differences(0).text(),
            absl::StrCat("Rule requirement.single.total for the year 2025: 30.00 → 25.00, by "
                         "namss-2025 version 2, recorded on September 15, 2025, at position ",
                         correction, "."));
  EXPECT_EQ(replay.differences(0).kind(), api::v1::REPLAY_DIFFERENCE_KIND_RULE);
  EXPECT_THAT(TextsOf(replay),
              Contains("By the rules of now, the requirement \"total\": 30.00 → 25.00."));
}

TEST_F(ReplayTest, ADecisionThatWouldNotBeTakenSaysWhy) {
  const int64_t position = Renew("ana");
  Do("WithdrawCredit", "certificant_id: 'ana' reference: 'c1'");
  Do("CorrectRuleSet",
     "name: 'namss-2025' reason: 'misprint' years { first_year: 2025 last_year: 2025 }"
     " changes { path: 'requirement.single.total' value: '31.00' }");
  const auto replay = Replay(absl::StrCat("certificant_id: 'ana' decision_position: ", position));
  EXPECT_TRUE(replay.recorded().reproduced());
  EXPECT_TRUE(replay.facts_then_rules_then().decision().allowed());
  EXPECT_FALSE(replay.facts_then_rules_now().decision().allowed());
  EXPECT_EQ(replay.facts_then_rules_now().decision().reason(), "REQUIREMENTS_NOT_MET");
  EXPECT_THAT(TextsOf(replay), Contains(HasSubstr("The withdrawal of credit c1, effective")));
  EXPECT_THAT(TextsOf(replay),
              Contains(HasSubstr("By the rules of now, the decision: allowed, with fees of 375.00 "
                                 "on the credits c1 → refused as REQUIREMENTS_NOT_MET")));
}

TEST_F(ReplayTest, EveryKindOfDecisionIsReproduced) {
  const std::set<std::string> kDecisions = {
      "ApplicationReturned", "CertificationRenewed", "ExtensionGranted", "ExtensionDenied",
      "AuditClosed",         "ArrearsWrittenOff",    "WaiverGranted"};
  std::map<int64_t, std::string> decisions;
  for (const JourneyStep& step : Journey()) {
    const auto request = RequestOf(step, NewId());
    const int64_t position = Ask<api::v1::CommandReceipt>(*request).position();
    if (kDecisions.count(step.kind) > 0) decisions[position] = step.kind;
  }
  std::set<std::string> replayed;
  for (const auto& [position, kind] : decisions) {
    const auto replay = Replay(absl::StrCat("certificant_id: 'ana' decision_position: ", position));
    EXPECT_EQ(replay.recorded().kind(), kind);
    EXPECT_TRUE(replay.recorded().reproduced()) << kind;
    EXPECT_TRUE(replay.facts_then_rules_then().decision().allowed()) << kind;
    replayed.insert(kind);
  }
  EXPECT_EQ(replayed, kDecisions);
}

TEST_F(ReplayTest, AnAnnulledDecisionAndAnAnnulledPaymentAreNamed) {
  const int64_t position = Renew("ana");
  const auto annul = [&](int64_t fact) {
    return Do("AnnulFact", absl::StrCat("certificant_id: 'ana' fact_position: ", fact,
                                        " reason: 'keyed in for another person'"))
        .position();
  };
  SetClock("2025-10-01");
  const int64_t of_decision = annul(position);
  const int64_t of_payment = annul(position - 1);
  const auto replay = Replay(absl::StrCat("certificant_id: 'ana' decision_position: ", position));
  EXPECT_TRUE(replay.recorded().reproduced());
  EXPECT_TRUE(replay.facts_then_rules_now().decision().allowed());
  EXPECT_EQ(replay.facts_now_rules_now().decision().reason(), "BALANCE_DUE");
  for (const auto& [annulment, fact] :
       {std::pair(of_decision, position), std::pair(of_payment, position - 1)}) {
    EXPECT_THAT(TextsOf(replay),
                Contains(absl::StrCat("The annulment of the fact at position ", fact,
                                      ", effective October 1, 2025, was recorded on October 1, "
                                      "2025, at position ",
                                      annulment, ".")));
  }
  annul(of_decision);
  EXPECT_TRUE(Replay(absl::StrCat("certificant_id: 'ana' decision_position: ", position))
                  .recorded()
                  .reproduced());
}

TEST_F(ReplayTest, WhatCannotBeReplayedIsRefused) {
  const int64_t position = Renew("ana");
  Certify("bea");
  struct Case {
    const char* why;
    std::string request;
    const char* reason;
    const char* field;
  };
  const Case kCases[] = {
      {"nobody", "certificant_id: 'nobody'", "CERTIFICANT_NOT_FOUND", "certificant_id"},
      {"a payment decides nothing",
       absl::StrCat("certificant_id: 'ana' decision_position: ", position - 1), "NOT_A_DECISION",
       "decision_position"},
      {"another person's", absl::StrCat("certificant_id: 'bea' decision_position: ", position),
       "EVENT_NOT_FOUND", "decision_position"},
      {"no position", "certificant_id: 'ana' decision_position: 0", "INVALID_ARGUMENT",
       "decision_position"},
      {"beyond the head", absl::StrCat("certificant_id: 'ana' decision_position: ", Head() + 1),
       "EVENT_NOT_FOUND", "decision_position"},
      {"known beyond the head",
       absl::StrCat("certificant_id: 'ana' known_at { position: ", Head() + 1, " }"),
       "POSITION_BEYOND_HEAD", ""},
      {"no day", "certificant_id: 'ana' as_of_date { year: 2025 month: 2 day: 30 }",
       "INVALID_ARGUMENT", "as_of_date"},
  };
  for (const Case& c : kCases) {
    const grpc::Status status = Try("ReplayDecision", c.request);
    EXPECT_EQ(ReasonOf(status), c.reason) << c.why;
    EXPECT_EQ(FieldOf(status), c.field) << c.why;
  }
}

// A decision in the log that its own basis does not give: as if the evaluator had changed silently.
TEST_F(ReplayTest, ADecisionThatFactsAndRulesDoNotGiveIsDataLossAndTold) {
  const int64_t position = Renew("ana");
  Certify("bea");
  int64_t forged = 0;
  std::vector<int64_t> told;
  options().tell_replay_differs = [&](int64_t where) { told.push_back(where); };
  const auto append = [&](int revision) {
    const SystemClock clock;
    eventstore::Options log;
    log.path = folder() + "/log";
    log.clock = &clock;
    auto store = eventstore::EventStore::Open(log);
    ASSERT_TRUE(store.ok()) << store.status();
    auto page = (*store)->ReadLog(position, eventstore::Direction::kForward, 1);
    ASSERT_TRUE(page.ok());
    auto event = projections::DecodeCertificant(page->records[0]);
    ASSERT_TRUE(event.ok());
    event->mutable_certification_renewed()->mutable_basis()->set_evaluator_revision(revision);
    event->mutable_certification_renewed()->mutable_basis()->set_position((*store)->Head());
    eventstore::AppendRequest request;
    auto& record = request.events.emplace_back();
    record.set_stream(projections::CertificantStream("bea"));
    record.set_kind("CertificationRenewed");
    record.set_payload(event->SerializeAsString());
    record.set_effective_micros(page->records[0].effective_micros());
    record.set_utc_offset_seconds(page->records[0].utc_offset_seconds());
    const auto outcome = (*store)->Append(std::move(request));
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    forged = outcome->last_position;
  };
  Restart([&] { append(domain::kEvaluatorRevision); });
  const std::string same = absl::StrCat("certificant_id: 'bea' decision_position: ", forged);
  const grpc::Status status = Try("ReplayDecision", same);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(ReasonOf(status), "REPLAY_DIFFERS");
  EXPECT_THAT(told, ElementsAre(forged));
  // Of another evaluator it cannot be said.
  Restart([&] { append(domain::kEvaluatorRevision + 1); });
  const auto other = Replay(absl::StrCat("certificant_id: 'bea' decision_position: ", forged));
  EXPECT_FALSE(other.recorded().reproduced());
  EXPECT_FALSE(other.facts_then_rules_then().decision().allowed());
}

// GOODSTANDING_UNRELATED_EVENTS=100000 asks for more.
int UnrelatedEvents() {
  int count = 3'000;
  const char* const text = std::getenv("GOODSTANDING_UNRELATED_EVENTS");
  if (text != nullptr && !absl::SimpleAtoi(text, &count)) ADD_FAILURE() << text;
  return count;
}

TEST_F(ReplayTest, WhatWasSaidIsSaidAgainYearsAndThousandsOfEventsLater) {
  const int64_t position = Renew("ana");
  const std::string request = absl::StrCat("certificant_id: 'ana' decision_position: ", position);
  const ReplayDecisionResponse said = Replay(request);
  const int each = UnrelatedEvents() / 3;
  int recorded = 0;
  for (const char* const day : {"2026-09-15", "2028-09-15", "2035-09-15"}) {
    SetClock(day);
    while (recorded % each != each - 1) {
      Do("RegisterCertificant", absl::StrCat("certificant_id: 'p", recorded, "' name: 'Person'"));
      ++recorded;
    }
    ++recorded;
    Do("CorrectRuleSet",
       absl::StrCat("name: 'namss-2025' reason: 'yearly' years { first_year: 2025 last_year: 2040 }"
                    " changes { path: 'fees.late' value: '",
                    60 + recorded % 7, ".00' }"));
    const ReplayDecisionResponse again = Replay(request);
    EXPECT_EQ(again.recorded().SerializeAsString(), said.recorded().SerializeAsString()) << day;
    EXPECT_EQ(again.facts_then_rules_then().SerializeAsString(),
              said.facts_then_rules_then().SerializeAsString())
        << day;
    EXPECT_GT(again.now_position(), said.now_position());
  }
  Restart();
  EXPECT_EQ(Replay(request).facts_then_rules_then().SerializeAsString(),
            said.facts_then_rules_then().SerializeAsString());
}

}  // namespace
}  // namespace goodstanding::services
