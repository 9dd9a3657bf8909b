#include "projections/rows.h"

#include <cstdlib>
#include <functional>
#include <iostream>
#include <optional>
#include <random>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "domain/evaluate.h"
#include "gtest/gtest.h"
#include "projections/replay.h"
#include "tests/projections/board_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::projections {
namespace {

using domain::Cutoff;
using domain::Date;
using view::v1::AnswerSpan;
using view::v1::CertificantRow;

// The seed of the random lives: GS_TEST_SEED, or a fixed one.
uint64_t TestSeed() {
  uint64_t seed = 20'251'201;
  const char* const given = std::getenv("GS_TEST_SEED");
  if (given != nullptr && !absl::SimpleAtoi(given, &seed)) seed = 1;
  std::cout << "GS_TEST_SEED=" << seed << std::endl;
  return seed;
}

class Rows : public BoardTest {
 protected:
  // What the row says of each day of a long range is what evaluating the facts says of it.
  void ExpectRowAgrees(absl::string_view id, Date first, Date last);

 private:
  void ExpectStandingAgrees(const CertificantRow& row, const domain::Facts& facts, Date day);
  void ExpectAnswerAgrees(const CertificantRow& row, const domain::Facts& facts, Date day);
  static void ExpectReadAgrees(const std::string& stored, const CertificantRow& row, Date day);
};

void Rows::ExpectStandingAgrees(const CertificantRow& row, const domain::Facts& facts, Date day) {
  const domain::Evaluation evaluation = domain::Evaluate(facts, Cutoff::EndOf(day));
  const view::v1::StandingSpan* const span = FindStanding(row, day);
  if (span == nullptr) {
    EXPECT_EQ(evaluation.standing, type::v1::STANDING_NOT_CERTIFIED);
    return;
  }
  EXPECT_EQ(domain::StandingName(span->standing()), domain::StandingName(evaluation.standing));
  const domain::CycleStatus* const cycle = evaluation.cycle();
  ASSERT_EQ(span->cycle_end_year(), cycle == nullptr ? 0 : cycle->end_year);
  if (cycle != nullptr) {
    EXPECT_EQ(span->cycle_first_day(), cycle->start.number());
    EXPECT_EQ(span->cycle_last_day(), cycle->calendar.cycle_end.number());
    EXPECT_EQ(span->renewed(), cycle->renewed.has_value());
  }
  std::vector<std::string> held;
  for (const auto& credential : evaluation.career.held) held.push_back(credential.credential);
  EXPECT_EQ(std::vector<std::string>(span->credentials().begin(), span->credentials().end()), held);
}

void Rows::ExpectReadAgrees(const std::string& stored, const CertificantRow& row, Date day) {
  const view::v1::StandingSpan* const span = FindStanding(row, day);
  view::v1::StandingSpan read;
  EXPECT_THAT(ReadStanding(stored, day, read), testing::IsOkAndHolds(span != nullptr));
  if (span == nullptr) return;
  EXPECT_EQ(read.DebugString(), span->DebugString());
}

void Rows::ExpectAnswerAgrees(const CertificantRow& row, const domain::Facts& facts, Date day) {
  const AnswerSpan* const answer = FindAnswer(row, day);
  if (answer == nullptr) return;
  AnswerSpan wanted = BuildAnswer(facts, day);
  wanted.set_first_day(answer->first_day());
  EXPECT_EQ(answer->DebugString(), wanted.DebugString());
}

void Rows::ExpectRowAgrees(absl::string_view id, Date first, Date last) {
  const BoardFacts board = *LoadBoardFacts(store(), store().Head());
  const domain::RulebookView rules = board.rulebook->Newest();
  GS_ASSERT_OK_AND_ASSIGN(const auto state, LoadCertificant(store(), id, {}));
  const domain::Facts facts{state, rules, *board.catalogue, {}};
  const CertificantRow row = BuildRow(facts, 1);
  const std::string stored = row.SerializeAsString();
  for (Date day = first; day <= last && !HasFailure(); day = day + 1) {
    SCOPED_TRACE(absl::StrCat(id, " on ", day.ToString()));
    ExpectStandingAgrees(row, facts, day);
    ExpectReadAgrees(stored, row, day);
    ExpectAnswerAgrees(row, facts, day);
  }
  for (int i = 1; i < row.answers_size(); ++i) {
    AnswerSpan next = row.answers(i);
    next.set_first_day(row.answers(i - 1).first_day());
    EXPECT_NE(next.SerializeAsString(), row.answers(i - 1).SerializeAsString()) << "not merged";
    EXPECT_LT(row.answers(i - 1).first_day(), row.answers(i).first_day());
  }
}

// Tells random commands of a life; those that are refused leave nothing.
class RandomLife {
 public:
  using Command = std::function<bool(Date day, const CertificantEvent& proposed)>;
  RandomLife(std::mt19937_64& random, Command command)
      : random_(random), command_(std::move(command)), day_(Day("2021-03-01") + Below(600)) {}

  void Tell() {
    command_(day_, Registered());
    command_(day_, Granted("CPCS"));
    for (int i = 0; i < 90; ++i) {
      Step();
      if (Below(12) == 0) {
        Bundle(i);
        continue;
      }
      const bool late_fact = Below(8) == 0;
      command_(late_fact ? day_ - Below(200) : day_, Proposal(i));
    }
  }

 private:
  int Below(int bound) { return static_cast<int>(random_() % static_cast<uint64_t>(bound)); }

  // Most of what a renewal needs, at once.
  void Bundle(int i) {
    command_(day_, Credit(absl::StrCat("b", i), "SPONSORED", (day_ - Below(40)).ToString(),
                          900 + 60 * Below(20)));
    command_(day_, Paid(absl::StrCat("q", i), day_.ToString(), 20'000 + 20'000 * Below(3)));
    CertificantEvent request;
    if (Below(2) == 0) {
      request.mutable_extension_requested();
      command_(day_, request);
      if (Below(2) == 0) request.mutable_extension_granted();
    } else {
      request.mutable_reinstatement_requested();
    }
    command_(day_, request);
    command_(day_, Submitted());
    if (Below(2) == 0) command_(day_ + Below(10), Renewed());
  }

  // Mostly some weeks on; at times to a day on which something ends or begins.
  void Step() {
    constexpr const char* kEdges[] = {"-08-01", "-12-01", "-12-02", "-12-31", "-06-01", "-06-30"};
    if (Below(4) != 0) {
      day_ = day_ + Below(60);
      return;
    }
    const auto edge = Date::Parse(absl::StrCat(day_.year() + Below(2), kEdges[Below(6)]));
    if (*edge > day_) day_ = *edge + (Below(3) - 1);
  }

  CertificantEvent Proposal(int i) {
    const std::string number = absl::StrCat(i);
    switch (Below(9)) {
      case 0:
      case 1:
      case 2:
        return CreditProposal(number);
      case 3:
        return Paid(absl::StrCat("p", number), (day_ - Below(20)).ToString(),
                    Below(2) == 0 ? 42'500 : 20'000);
      case 4:
        return Submitted();
      case 5:
        return Renewed();
      case 6:
        return Member(day_.ToString(), (day_ + 100 + Below(300)).ToString());
      case 7:
        return RequestProposal();
      default:
        return ChangeProposal();
    }
  }

  CertificantEvent CreditProposal(const std::string& number) {
    constexpr const char* kKinds[] = {"SPONSORED", "NON_APPROVED_PROGRAM", "APPROVED_PROGRAM",
                                      "ITEM_WRITING", "TEACHING"};
    const char* const kind = kKinds[Below(5)];
    CertificantEvent event =
        Credit(absl::StrCat("c", number), kind, (day_ - Below(300)).ToString(), 60 * Below(20) + 60,
               std::string(kind) == "APPROVED_PROGRAM" ? "a1" : "");
    event.mutable_credit_recorded()->set_documented(Below(3) != 0);
    if (Below(5) == 0) {
      event.mutable_credit_recorded()->set_source(type::v1::CREDIT_SOURCE_CONFERENCE);
    }
    return event;
  }

  CertificantEvent RequestProposal() {
    CertificantEvent event;
    switch (Below(6)) {
      case 0:
        event.mutable_extension_requested();
        break;
      case 1:
        event.mutable_extension_granted();
        break;
      case 2:
        event.mutable_extension_denied();
        break;
      case 3:
        event.mutable_reinstatement_requested();
        break;
      case 4:
        event.mutable_application_returned()->set_reason("A page is missing.");
        break;
      default:
        event = Granted(Below(2) == 0 ? "CPMSM" : "CPCS");
    }
    return event;
  }

  CertificantEvent ChangeProposal() {
    CertificantEvent event;
    const std::string credit = absl::StrCat("c", Below(60));
    const std::string payment = absl::StrCat("p", Below(60));
    switch (Below(7)) {
      case 0:
        event.mutable_credit_withdrawn()->set_reference(credit);
        break;
      case 1:
        event.mutable_credit_documented()->set_reference(credit);
        break;
      case 2:
        event.mutable_credit_disallowed()->set_reference(credit);
        event.mutable_credit_disallowed()->set_reason("No certificate.");
        break;
      case 3:
        event.mutable_payment_returned()->set_reference(payment);
        break;
      case 4:
        event.mutable_payment_refunded()->set_reference(payment);
        break;
      case 5:
        if (Below(6) == 0) {
          event.mutable_credential_revoked()->set_reason("Fraud.");
        } else {
          event.mutable_audit_opened();
        }
        break;
      default:
        event.mutable_credential_surrendered()->set_credential("CPMSM");
        event.mutable_credential_surrendered()->set_reason("Moved on.");
    }
    return event;
  }

  std::mt19937_64& random_;
  const Command command_;
  Date day_;
};

TEST_F(Rows, AgreeWithTheEvaluationOnEveryDayOfShortAndLongLives) {
  TellShortLife("short");
  TellLongLife("long");
  ExpectRowAgrees("short", Day("2022-01-01"), Day("2033-12-31"));
  ExpectRowAgrees("long", Day("2022-01-01"), Day("2036-12-31"));
}

TEST_F(Rows, AgreeAfterTheCatalogueChanged) {
  Approve("a1", "2022-06-01");
  TellShortLife("ana");
  Tell("ana", "2024-02-01", Credit("c9", "APPROVED_PROGRAM", "2024-01-15", 300, "a1"));
  Withdraw("a1", "2024-01-10");
  Approve("a1", "2026-01-10");
  ExpectRowAgrees("ana", Day("2022-01-01"), Day("2033-12-31"));
}

TEST_F(Rows, AgreeWithTheEvaluationOnEveryDayOfRandomLives) {
  std::mt19937_64 random(TestSeed());
  Approve("a1", "2021-01-01");
  for (int life = 0; life < 12 && !HasFailure(); ++life) {
    const std::string id = absl::StrCat("life-", life);
    RandomLife(random, [&](Date day, const CertificantEvent& proposed) {
      return Command(id, day, proposed);
    }).Tell();
    if (life == 6) Withdraw("a1", "2024-05-05");
    ExpectRowAgrees(id, Day("2021-01-01"), Day("2040-12-31"));
  }
}

TEST_F(Rows, BoundaryDaysOfAnUnrenewedCycle) {
  TellShortLife("ana");
  const BoardFacts board = *LoadBoardFacts(store(), store().Head());
  const domain::RulebookView rules = board.rulebook->Newest();
  GS_ASSERT_OK_AND_ASSIGN(const auto state, LoadCertificant(store(), "ana", {}));
  const CertificantRow row = BuildRow({state, rules, *board.catalogue, {}}, 9);
  const struct {
    const char* day;
    const char* standing;
    int64_t late_fee;
  } kCases[] = {
      {"2022-05-14", "ACTIVE", 0},      {"2023-01-31", "ACTIVE", 0},
      {"2025-12-01", "ACTIVE", 0},      {"2025-12-02", "LATE", 5'000},
      {"2025-12-31", "LATE", 5'000},    {"2026-01-01", "LAPSED", 5'000},
      {"2026-06-30", "LAPSED", 5'000},  {"2026-07-01", "EXPIRED", 5'000},
      {"2099-01-01", "EXPIRED", 5'000},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.day);
    const Date day = Day(test.day);
    ASSERT_NE(FindStanding(row, day), nullptr);
    EXPECT_EQ(domain::StandingName(FindStanding(row, day)->standing()), test.standing);
    const AnswerSpan* const answer = FindAnswer(row, day);
    if (day < Day("2023-02-01")) {
      EXPECT_EQ(answer, nullptr) << "before the last fact";
      continue;
    }
    ASSERT_NE(answer, nullptr);
    EXPECT_EQ(domain::StandingName(answer->standing()), test.standing);
    EXPECT_EQ(answer->late_fee(), test.late_fee);
  }
  EXPECT_EQ(FindStanding(row, Day("2022-05-13")), nullptr);
  EXPECT_EQ(row.position(), 9);
  EXPECT_EQ(row.version(), 3);
  EXPECT_EQ(DueYears(row), std::vector<int>{2025});
}

TEST_F(Rows, ARegisteredPersonWithoutFactsHasAnEmptyRow) {
  Tell("ana", "2022-05-14", Registered());
  const BoardFacts board = *LoadBoardFacts(store(), store().Head());
  const domain::RulebookView rules = board.rulebook->Newest();
  GS_ASSERT_OK_AND_ASSIGN(const auto state, LoadCertificant(store(), "ana", {}));
  const CertificantRow row = BuildRow({state, rules, *board.catalogue, {}}, 2);
  EXPECT_EQ(row.version(), 1);
  EXPECT_EQ(row.spans_size(), 0);
  EXPECT_EQ(row.answers_size(), 0);
  EXPECT_TRUE(DueYears(row).empty());
}

TEST_F(Rows, ARenewedCycleIsDueInItsYearAndTheNextOneInIts) {
  TellLongLife("ana");
  const BoardFacts board = *LoadBoardFacts(store(), store().Head());
  const domain::RulebookView rules = board.rulebook->Newest();
  GS_ASSERT_OK_AND_ASSIGN(const auto renewed,
                          LoadCertificant(store(), "ana", {.max_position = store().Head() - 1}));
  EXPECT_EQ(DueYears(BuildRow({renewed, rules, *board.catalogue, {}}, 1)),
            (std::vector<int>{2025, 2028}));
  GS_ASSERT_OK_AND_ASSIGN(const auto later, LoadCertificant(store(), "ana", {}));
  EXPECT_EQ(DueYears(BuildRow({later, rules, *board.catalogue, {}}, 1)), std::vector<int>{2028});
}

}  // namespace
}  // namespace goodstanding::projections
