#include "domain/explain.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

using testing::Day;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::History;
using ::testing::IsEmpty;
using testing::KnownFacts;

using Topic = ExplanationTopic;
using Lines = std::vector<ExplanationLine>;

Lines On(const History& history, absl::string_view day) {
  const KnownFacts known = history.Known();
  const Facts facts = known.facts();
  return Explain(facts, Evaluate(facts, Cutoff::EndOf(Day(day))));
}

Lines Of(Topic topic, const Lines& lines) {
  Lines some;
  std::copy_if(lines.begin(), lines.end(), std::back_inserter(some),
               [&](const ExplanationLine& line) { return line.topic == topic; });
  return some;
}

// The line about a record or a fee, by a part of its text.
ExplanationLine About(absl::string_view part, const Lines& lines) {
  for (const ExplanationLine& line : lines) {
    if (absl::StrContains(line.text, part)) return line;
  }
  ADD_FAILURE() << "no line about " << part;
  return {};
}

// Granted on 2022-05-14 (position 3), the clock in June 2024.
History Certified() {
  History history;
  history.At("2022-05-14").Grant();
  history.At("2024-06-03");
  return history;
}

// A history with every kind of line: each reason of a credit, all fees, payments of every fate.
History Eventful() {
  History history = Certified();
  history.Grant("CPMSM").ApproveActivity("act", "3.00", "2024-01-01", "2025-12-31");
  history.Credit(
      {.reference = "cap", .kind = "APPROVED_PROGRAM", .minutes = 240, .activity = "act"});
  history.Credit(
      {.reference = "dup", .kind = "APPROVED_PROGRAM", .minutes = 240, .activity = "act"});
  history.Credit({.reference = "uncovered",
                  .kind = "APPROVED_PROGRAM",
                  .completed = "2023-12-31",
                  .minutes = 60,
                  .activity = "act"});
  history.Credit(
      {.reference = "none", .kind = "APPROVED_PROGRAM", .minutes = 60, .activity = "zz"});
  history.Credit({.reference = "unnamed", .kind = "APPROVED_PROGRAM", .minutes = 60});
  history.Credit({.reference = "breaks", .minutes = 475, .breaks = 30, .housekeeping = 100});
  history.Credit(
      {.reference = "other", .kind = "TEACHING", .minutes = 60, .at_approved_programme = false});
  history.Credit(
      {.reference = "paid", .kind = "SUBJECT_MATTER_EXPERT", .minutes = 60, .paid = true});
  history.Credit({.reference = "unverified", .kind = "SUBJECT_MATTER_EXPERT", .minutes = 60});
  history.Credit({.reference = "yoga", .kind = "PERSONAL_WELLNESS", .minutes = 60});
  history.Credit({.reference = "small", .kind = "COLLEGE_COURSE", .academic_credits = "3.00"});
  history.Credit({.reference = "big", .kind = "COLLEGE_COURSE", .academic_credits = "4.00"});
  history.Credit({.reference = "article", .kind = "SYNERGY_ARTICLE", .count = 1});
  history.Credit({.reference = "seat", .kind = "VOLUNTEER_STATE", .position_years = "1.50"});
  history.Credit({.reference = "early", .completed = "2022-05-14", .minutes = 60});
  history.Credit({.reference = "gone", .minutes = 60}).Withdraw("gone");
  history.Credit({.reference = "bad", .minutes = 60}).Disallow("bad");
  history.Credit({.reference = "paper", .minutes = 60, .documented = false});
  history.At("2025-03-03")
      .Credit({.reference = "zone",
               .completed = "2025-02-20",
               .minutes = 60,
               .source = type::v1::CREDIT_SOURCE_EDUCATION_ZONE});
  history.Membership("2025-01-01", "2025-12-31");
  history.At("2025-11-03").Submit().Pay({.reference = "bounced", .amount = "100.00"});
  history.At("2025-11-28").RequestExtension();
  history.At("2025-12-10").Pay({.reference = "check", .amount = "200.00", .dated = "2025-11-30"});
  history.ReturnPayment("bounced").OpenAudit();
  history.At("2026-01-05").DenyExtension().CloseAudit();
  history.At("2026-02-02").RequestReinstatement();
  history.Pay({.reference = "card", .amount = "300.00", .method = type::v1::PAYMENT_METHOD_CARD});
  history.Credit({.reference = "rest", .completed = "2025-11-20", .minutes = 1800});
  history.At("2026-07-15").Approve();
  history.At("2026-08-03").Refund("check");
  return history;
}

const std::vector<absl::string_view>& EventfulDays() {
  static const auto* const kDays = new std::vector<absl::string_view>{
      "2022-05-13", "2022-05-14", "2024-06-03", "2025-11-30", "2025-12-20", "2026-01-02",
      "2026-01-05", "2026-02-02", "2026-07-01", "2026-07-15", "2026-08-03", "2029-07-01"};
  return *kDays;
}

TEST(ExplainTest, ComesInOrderWithPositionsOfTheLog) {
  const History history = Eventful();
  for (const absl::string_view day : EventfulDays()) {
    Topic last = Topic::kStanding;
    for (const ExplanationLine& line : On(history, day)) {
      EXPECT_LE(last, line.topic) << day << ": " << line.text;
      last = line.topic;
      EXPECT_FALSE(line.text.empty()) << day;
      EXPECT_EQ(line.text.back(), '.') << line.text;
      EXPECT_TRUE(std::is_sorted(line.positions.begin(), line.positions.end())) << line.text;
      for (const int64_t position : line.positions) {
        EXPECT_TRUE(position >= 1 && position <= history.head()) << line.text;
      }
    }
  }
}

TEST(ExplainTest, EqualInputGivesEqualLines) {
  for (const absl::string_view day : EventfulDays()) {
    EXPECT_EQ(On(Eventful(), day), On(Eventful(), day)) << day;
  }
}

TEST(ExplainTest, HeadingsStandOnThePage) {
  const std::set<std::string> page = {
      "",
      "2025 Recertification",
      "Recertification Fees",
      "Qualifying Recertification CE Activities",
      "Activities That Do Not Qualify for Continuing Education Credits:",
      "Extension Requests",
      "When does the recertification application open?",
      "How many CE credits do I need to recertify?",
      "I became a dual certificant since my last recertification. Do I need to submit 45 credits?",
      "What is the deadline to submit my recertification application?",
      "What is the official recertification cycle this year?",
      "What are the different types of CE credits?",
      "How will my CE Credits be added to my Recertification Application?",
      "Recertification Payments",
      "My employer is paying my recertification fee by check. Will I be considered late if the "
      "check is not received by December 1?",
      "What is the status of my recertification application?",
      "When will the Good Standing Report be updated?",
      "When will I receive a copy of my updated certificate?",
      "When is my deadline to request a recertification extension, and how do I do so?",
      "How long is my extension?",
      "What if I miss the December 31, 2025 deadline?"};
  const History history = Eventful();
  for (const absl::string_view day : EventfulDays()) {
    for (const ExplanationLine& line : On(history, day)) {
      EXPECT_TRUE(page.contains(line.source_heading)) << line.source_heading;
    }
  }
}

// --- The standing.

struct StandingRow {
  std::function<void(History&)> play;
  absl::string_view day;
  absl::string_view standing;
  absl::string_view says;
  bool settled;
};

void Complete(History& history) {
  history.Credit({.completed = "2025-11-01", .minutes = 1800}).Submit().Pay({.amount = "425.00"});
}
void Request(History& history) {
  history.At("2025-11-28").Credit({.reference = "half", .minutes = 900}).RequestExtension();
}
void Grant(History& history) {
  Request(history);
  history.At("2025-12-05").GrantExtension();
}

const std::vector<StandingRow>& StandingRows() {
  static const auto* const kRows = new std::vector<StandingRow>{
      {[](History&) {}, "2022-05-13", "NOT_CERTIFIED", "no credential was granted by then", false},
      {[](History&) {}, "2025-12-01", "ACTIVE", "the cycle runs through December 1, 2025", false},
      {[](History& h) {
         h.At("2025-11-03");
         Complete(h);
         h.Approve();
       },
       "2025-12-01", "ACTIVE",
       "the cycle that ends on December 1, 2025 was renewed on November 3, 2025", false},
      {[](History&) {}, "2025-12-31", "LATE", "it still can be through December 31, 2025", false},
      {Request, "2025-12-31", "LATE", "requested on November 28, 2025 is undecided", false},
      {Request, "2026-01-01", "EXTENSION_PENDING", "requested in time, on November 28, 2025", true},
      {Grant, "2026-06-01", "EXTENDED", "granted on December 5, 2025 runs through June 1, 2026",
       false},
      {[](History& h) {
         h.At("2025-12-20");
         Complete(h);
       },
       "2026-01-01", "UNDER_REVIEW", "complete by December 31, 2025", false},
      {[](History&) {}, "2026-01-01", "LAPSED",
       "not complete by December 31, 2025, so the certification lapsed on January 1, 2026", true},
      {Grant, "2026-06-02", "LAPSED",
       "not complete by June 1, 2026, so the certification lapsed on June 2, 2026", true},
      {[](History& h) {
         h.At("2026-01-10").RequestReinstatement().Pay({.reference = "p0", .amount = "150.00"});
         Complete(h);
       },
       "2026-07-01", "REINSTATEMENT_REVIEW", "complete by June 30, 2026", true},
      {[](History&) {}, "2026-07-01", "EXPIRED", "expired on July 1, 2026", true},
      {[](History& h) { h.Revoke(); }, "2024-06-03", "REVOKED", "revoked on June 3, 2024", false},
      {[](History& h) { h.Surrender(); }, "2024-06-03", "SURRENDERED",
       "surrendered on June 3, 2024", false},
  };
  return *kRows;
}

TEST(ExplainStandingTest, SaysWhichRowOfTheTableHolds) {
  for (const StandingRow& row : StandingRows()) {
    History history = Certified();
    row.play(history);
    const Lines lines = On(history, row.day);
    EXPECT_EQ(lines[0].topic, Topic::kStanding);
    EXPECT_EQ(lines[0].reason, std::string(row.standing)) << row.says;
    EXPECT_THAT(lines[0].text, HasSubstr(std::string(row.says)));
    EXPECT_EQ(lines[0].settled, row.settled) << row.says;
    const bool certified = absl::StrContains(lines[0].text, ", certified: ");
    EXPECT_EQ(certified, IsCertified([&] {
                const KnownFacts known = history.Known();
                return Evaluate(known.facts(), Cutoff::EndOf(Day(row.day))).standing;
              }()))
        << lines[0].text;
  }
}

TEST(ExplainStandingTest, SaysWhatWasCompleteByTheDecisiveDay) {
  History history = Certified();
  EXPECT_EQ(On(history, "2026-01-01")[1].text,
            "Complete by December 31, 2025: no, because no application was submitted by then; 0.00 "
            "of 30.00 credits (total) count; 0.00 of 15.00 credits (approved) count; $0.00 of "
            "$425.00 in fees was received.");
  EXPECT_EQ(On(history, "2026-01-01")[1].reason, "NOT_SUBMITTED");
  history.At("2025-12-20").Submit();
  history.Credit({.completed = "2025-11-01", .minutes = 1740});
  EXPECT_EQ(On(history, "2026-01-01")[1].reason, "REQUIREMENTS_NOT_MET");
  history.Credit({.reference = "c2", .completed = "2025-11-02", .minutes = 60});
  EXPECT_EQ(On(history, "2026-01-01")[1].reason, "BALANCE_DUE");
  history.Pay({.amount = "425.00"});
  const ExplanationLine line = On(history, "2026-01-01")[1];
  EXPECT_EQ(line.text,
            "Complete by December 31, 2025: yes: the application was submitted on December 20, "
            "2025; 30.00 of 30.00 credits (total) count; 30.00 of 15.00 credits (approved) count; "
            "$425.00 of $425.00 in fees was received.");
  EXPECT_EQ(line.reason, "");
  EXPECT_THAT(line.positions, ElementsAre(4, 5, 6, 7));
}

TEST(ExplainStandingTest, ThePartsAgreeWithTheStanding) {
  for (const StandingRow& row : StandingRows()) {
    History history = Certified();
    row.play(history);
    const Lines lines = Of(Topic::kStanding, On(history, row.day));
    if (row.standing == "UNDER_REVIEW") {
      EXPECT_THAT(lines[1].text, HasSubstr(": yes: "));
    }
    if (row.standing == "LAPSED") {
      EXPECT_THAT(lines[1].text, HasSubstr(": no, because "));
    }
    if (row.standing == "REINSTATEMENT_REVIEW") {
      EXPECT_THAT(lines[2].text, HasSubstr("Complete by June 30, 2026: yes: "));
    }
  }
}

// --- Cycle and rules.

TEST(ExplainCycleTest, TellsGrantsRenewalAndDays) {
  const Lines lines = Of(Topic::kCycle, On(Eventful(), "2026-08-03"));
  ASSERT_EQ(lines.size(), 4);
  EXPECT_EQ(lines[0].text, "On May 14, 2022 the board granted CPCS: the first cycle began.");
  EXPECT_THAT(lines[0].positions, ElementsAre(3));
  EXPECT_EQ(lines[1].text, "On June 3, 2024 the board granted CPMSM; it joined the running cycle.");
  EXPECT_THAT(lines[2].text, HasSubstr("was renewed on July 15, 2026, by a reinstatement"));
  EXPECT_EQ(lines[3].text, "Cycle 2 runs from December 2, 2025 through December 1, 2028.");
}

TEST(ExplainCycleTest, TellsWhatHappenedToTheApplication) {
  std::vector<std::string> deeds;
  for (const ExplanationLine& line : Of(Topic::kCycle, On(Eventful(), "2026-02-02"))) {
    deeds.push_back(line.text.substr(0, line.text.find(',')));
  }
  EXPECT_THAT(deeds, ElementsAre("On May 14", "On June 3", "Cycle 1 runs from May 14",
                                 "On November 3", "On November 28", "On December 10",
                                 "On January 5", "On January 5", "On February 2"));
}

TEST(ExplainCycleTest, ANewTenureForgetsTheOldOne) {
  History history = Certified();
  history.At("2027-01-10").Grant("CPMSM");
  const Lines lines = Of(Topic::kCycle, On(history, "2027-01-10"));
  ASSERT_EQ(lines.size(), 2);
  EXPECT_THAT(lines[0].text, HasSubstr("January 10, 2027 the board granted CPMSM"));
}

TEST(ExplainRulesTest, NamesTheVersionAndTheEventThatMadeIt) {
  History history = Certified();
  history.CorrectRules({{"fees.late", "60.00"}}, 2025, 2025);
  const Lines lines = Of(Topic::kRules, On(history, "2024-06-03"));
  ASSERT_EQ(lines.size(), 1);
  EXPECT_EQ(lines[0].text,
            "Judged by the rule set namss-2025, version 2, which governs the cycles that end in "
            "2025.");
  EXPECT_THAT(lines[0].positions, ElementsAre(history.head()));
}

// --- Credits.

struct CreditRow {
  absl::string_view reference;
  absl::string_view reason;
  absl::string_view says;
  bool settled;
};

TEST(ExplainCreditsTest, TellsWhatEachEarnedOrWhyNot) {
  const Lines lines = Of(Topic::kCredit, On(Eventful(), "2026-02-02"));
  const std::vector<CreditRow> rows = {
      {"cap", "",
       "earned 3.00: 240 minutes at 1.00 an hour, at most the 3.00 for which the "
       "catalogue approves act. It counts as approved.",
       false},
      {"dup", "DUPLICATE", "credit cap reports the same activity (act) of the same day", false},
      {"uncovered", "ACTIVITY_NOT_APPROVED", "the catalogue does not cover act on that day", false},
      {"none", "ACTIVITY_NOT_APPROVED", "the catalogue has no zz", false},
      {"unnamed", "ACTIVITY_NOT_APPROVED", "it names no activity of the catalogue", false},
      {"breaks", "",
       "earned 6.75: 475 minutes, less 30 of breaks, meals and networking, less 25 "
       "min 50 s of the 100 minutes of housekeeping, of which 10 an hour are allowed, "
       "leave 419 min 10 s at 1.00 an hour, rounded down to 6.75, a multiple of 0.25.",
       true},
      {"other", "ACTIVITY_NOT_APPROVED", "it was not at an approved programme", false},
      {"paid", "PAID_SERVICE", "service for which the person was paid earns none", false},
      {"unverified", "AWAITING_VERIFICATION", "the board's staff have not verified it", false},
      {"yoga", "ACTIVITY_DOES_NOT_QUALIFY", "(Personal wellness) does not qualify", false},
      {"small", "ONE_COURSE_PER_CYCLE", "credit big, with 16.00, comes first", false},
      {"big", "", "earned 16.00: 4.00 academic credits at 4.00 each.", false},
      {"article", "", "earned 2.00: 1 at 2.00 each. It counts as approved.", true},
      {"seat", "", "earned 1.50: 1.50 position-years at 1.00 each.", false},
      {"early", "OUTSIDE_CYCLE",
       "run from May 15, 2022 through December 1, 2025, in a first cycle "
       "after the day of the first grant",
       false},
      {"gone", "WITHDRAWN", "it was withdrawn on June 3, 2024", false},
      {"bad", "DISALLOWED", "it was disallowed on June 3, 2024", false},
      {"paper", "NOT_DOCUMENTED", "its certificate is not on file", false},
      {"zone", "", "The board posted it, so it is documented and dated by its completion.", true},
  };
  EXPECT_EQ(lines.size(), rows.size() + 1);
  for (const CreditRow& row : rows) {
    const ExplanationLine line = About(absl::StrCat("Credit ", row.reference, " ("), lines);
    EXPECT_EQ(line.reason, std::string(row.reason)) << line.text;
    EXPECT_THAT(line.text, HasSubstr(std::string(row.says)));
    EXPECT_EQ(line.settled, row.settled) << line.text;
  }
}

TEST(ExplainCreditsTest, ThePlainSentence) {
  History history = Certified();
  history.Credit({.completed = "2024-05-20", .minutes = 900});
  const Lines lines = Of(Topic::kCredit, On(history, "2024-06-03"));
  ASSERT_EQ(lines.size(), 1);
  EXPECT_EQ(lines[0].text,
            "Credit c1 (SPONSORED, completed May 20, 2024) earned 15.00: 900 minutes at 1.00 an "
            "hour. It counts as approved.");
  EXPECT_THAT(lines[0].positions, ElementsAre(4));
  EXPECT_EQ(lines[0].source_heading, "What are the different types of CE credits?");
  EXPECT_FALSE(lines[0].settled);
}

TEST(ExplainCreditsTest, ComeByCompletionThenByRecording) {
  History history = Certified();
  history.Credit({.reference = "third", .completed = "2024-05-20", .minutes = 60});
  history.Credit({.reference = "first", .completed = "2024-05-01", .minutes = 60});
  history.Credit({.reference = "fourth", .completed = "2024-05-20", .minutes = 60});
  history.Credit({.reference = "second", .completed = "2024-05-02", .minutes = 60});
  std::vector<std::string> order;
  for (const ExplanationLine& line : Of(Topic::kCredit, On(history, "2024-06-03"))) {
    order.push_back(line.text.substr(7, line.text.find(" (") - 7));
  }
  EXPECT_THAT(order, ElementsAre("first", "second", "third", "fourth"));
}

TEST(ExplainCreditsTest, OfAnExtendedCycleAndTheNext) {
  History history = Certified();
  Grant(history);
  history.At("2026-05-04");
  history.Credit({.reference = "x", .completed = "2026-02-01", .minutes = 900});
  history.Credit({.reference = "y", .completed = "2026-02-02", .minutes = 60});
  const ExplanationLine next = About("Credit y (", On(history, "2026-05-04"));
  EXPECT_EQ(next.reason, "COUNTS_IN_NEXT_CYCLE");
  EXPECT_TRUE(next.settled);
  history.Submit().Pay({.amount = "425.00"}).Approve();
  const ExplanationLine before = About("Credit x (", On(history, "2026-05-04"));
  EXPECT_EQ(before.reason, "COUNTED_IN_PREVIOUS_CYCLE");
  EXPECT_THAT(before.text, HasSubstr("the approval of May 4, 2026 rests on it"));
  const ExplanationLine outside = About("Credit half (", On(history, "2026-05-04"));
  EXPECT_THAT(outside.text, HasSubstr("no credit carries over"));
  EXPECT_TRUE(outside.settled);
}

TEST(ExplainCreditsTest, ALaterChangeIsAmongThePositions) {
  History history = Certified();
  history.Credit({.minutes = 60});                  // Position 4.
  history.At("2024-07-01").AmendMinutes("c1", 90);  // Position 5.
  EXPECT_THAT(About("Credit c1", On(history, "2024-06-30")).positions, ElementsAre(4));
  EXPECT_THAT(About("Credit c1", On(history, "2024-07-01")).positions, ElementsAre(4, 5));
}

// --- Requirement, fees, payments.

TEST(ExplainRequirementTest, TellsEachLineAndTheFirstRenewalAsDual) {
  const Lines lines = Of(Topic::kRequirement, On(Eventful(), "2025-11-30"));
  ASSERT_EQ(lines.size(), 4);
  EXPECT_THAT(lines[0].text, HasSubstr("The level is DUAL, but the requirement is that of SINGLE"));
  EXPECT_TRUE(lines[0].settled);
  EXPECT_EQ(lines[1].text,
            "The renewal needs 30.00 credits (total; level SINGLE); 31.25 count: met.");
  EXPECT_EQ(lines[2].text,
            "The renewal needs 15.00 credits (approved, of approved kinds only; level SINGLE); "
            "15.25 count: met.");
  EXPECT_THAT(
      lines[3].text,
      HasSubstr("An extension needs 15.00 documented credits completed by December 1, 2025"));
}

TEST(ExplainFeesTest, TellsWhyEachIsDueOrNot) {
  const History history = Eventful();
  struct Row {
    absl::string_view day;
    absl::string_view fee;
    absl::string_view reason;
    absl::string_view says;
  };
  for (const Row& row : std::vector<Row>{
           {"2025-10-01", "recertification fee is", "MEMBER",
            "$225.00: the member rate of level DUAL, as a membership covers October 1, 2025, the "
            "day of asking; the day of submission will decide."},
           {"2025-11-03", "recertification fee is", "MEMBER",
            "$225.00: the member rate of level DUAL, as a membership covers November 3, 2025, the "
            "day of submission."},
           {"2025-11-03", "late fee", "", "it is known only after December 1, 2025"},
           {"2025-12-20", "late fee", "NOT_PAID_IN_TIME",
            "The late fee of $50.00 is due: the payments dated on or before December 1, 2025, "
            "$200.00, do not cover the recertification fee."},
           {"2025-12-20", "extension fee", "", "no extension is granted"},
           {"2026-02-02", "late fee", "", "reinstatement is requested"},
           {"2026-02-02", "reinstatement fee", "",
            "The reinstatement fee of $150.00 is due: reinstatement was requested on February 2, "
            "2026."},
           {"2026-08-03", "recertification fee is", "NON_MEMBER", "$400.00"}}) {
    const ExplanationLine line = About(row.fee, Of(Topic::kFee, On(history, row.day)));
    EXPECT_EQ(line.reason, std::string(row.reason)) << line.text;
    EXPECT_THAT(line.text, HasSubstr(std::string(row.says)));
  }
}

TEST(ExplainFeesTest, TellsTheOtherReasonsOfALateFee) {
  History history = Certified();
  EXPECT_EQ(About("late fee", On(history, "2025-12-02")).reason, "NOT_SUBMITTED");
  history.At("2025-12-02").Submit();
  EXPECT_EQ(About("late fee", On(history, "2025-12-02")).reason, "SUBMITTED_LATE");
  History in_time = Certified();
  in_time.At("2025-11-03").Submit().Pay({});
  EXPECT_THAT(About("late fee", On(in_time, "2025-12-02")).text, HasSubstr("cover the"));
}

TEST(ExplainFeesTest, FixedFeesSaySo) {
  History history = Certified();
  history.At("2025-11-03");
  Complete(history);
  history.Approve();
  const Lines fees = Of(Topic::kFee, On(history, "2025-11-30"));
  ASSERT_EQ(fees.size(), 4);
  for (const ExplanationLine& fee : fees) {
    EXPECT_EQ(fee.reason, "FIXED_BY_APPROVAL");
    EXPECT_THAT(fee.text, HasSubstr("fixed by the approval of November 3, 2025"));
  }
}

TEST(ExplainFeesTest, AnExtensionFeeOutlivesAReinstatement) {
  History history = Certified();
  Grant(history);
  history.At("2026-06-10").RequestReinstatement();
  const ExplanationLine line = About("extension fee", Of(Topic::kFee, On(history, "2026-06-10")));
  EXPECT_THAT(line.text, HasSubstr("the reinstatement does not take it away."));
  EXPECT_TRUE(line.settled);
}

TEST(ExplainPaymentsTest, TellsWhatEachCovered) {
  const Lines lines = Of(Topic::kPayment, On(Eventful(), "2026-02-02"));
  ASSERT_EQ(lines.size(), 4);
  EXPECT_THAT(lines[0].text, HasSubstr("Payment bounced of $100.00"));
  EXPECT_EQ(lines[0].reason, "RETURNED");
  EXPECT_EQ(lines[1].text,
            "Payment check of $200.00 (check dated November 30, 2025, received December 10, 2025) "
            "is for the renewal of the cycle that ends in 2025 and covers $200.00 of its fees.");
  EXPECT_THAT(lines[2].text,
              HasSubstr("covers $175.00 of its fees; $125.00 is above what is due now"));
  EXPECT_EQ(lines[3].text,
            "Fees of $375.00 less payments of $500.00 leave $125.00 overpaid, a negative balance.");
}

TEST(ExplainPaymentsTest, TellsArrears) {
  const Lines lines = Of(Topic::kPayment, On(Eventful(), "2026-08-03"));
  EXPECT_EQ(About("Payment check", lines).reason, "REFUNDED");
  EXPECT_THAT(lines.back().text,
              HasSubstr("Of the fees of $375.00 that the approval of July 15, 2026 fixed, $75.00 "
                        "is missing again"));
}

TEST(ExplainTest, EndedCertificationsHaveNoDates) {
  History history = Certified();
  history.Credit({.minutes = 60}).Pay({}).Revoke();
  EXPECT_THAT(Of(Topic::kDate, On(history, "2024-06-03")), IsEmpty());
  EXPECT_THAT(Of(Topic::kDate, On(Certified(), "2026-07-01")), IsEmpty());
}

// Board-made activities, reported twice, whole and in parts, and up to a cap; one is reported by
// somebody who withdrew it first.
History Twice() {
  History history = Certified();
  history.ApproveActivity("act", "3.00", "2024-01-01", "2025-12-31");
  history.ApproveActivity("conference", "12.00", "2024-01-01", "2025-12-31");
  history.ApproveActivity("session", "2.00", "2024-01-01", "2025-12-31", "conference");
  const auto report = [&](absl::string_view reference, absl::string_view activity) {
    history.Credit({.reference = std::string(reference),
                    .kind = "APPROVED_PROGRAM",
                    .minutes = 180,
                    .activity = std::string(activity)});
  };
  report("withdrawn", "act");
  history.Withdraw("withdrawn");
  report("exactly-the-cap", "act");
  report("second", "act");
  report("third", "act");
  report("whole", "conference");
  report("part", "session");
  report("part-again", "session");
  return history;
}

// Complete to the cent and the quarter, renewed; an audit on the first day of the next cycle.
History Exact() {
  History history = Certified();
  history.Credit({.reference = "half", .minutes = 900});
  history.At("2025-08-01").Credit({.reference = "rest", .completed = "2025-07-31", .minutes = 900});
  history.Submit().Pay({.amount = "375.00"});
  history.At("2025-11-10").Approve();
  history.At("2025-12-02").OpenAudit();
  history.At("2025-12-09").CloseAudit();
  return history;
}

// An extension, asked for in the last minute with exactly the half.
History Extended() {
  History history = Certified();
  history.Credit({.reference = "half", .minutes = 900});
  history.At("2025-12-01 17:00").RequestExtension();
  history.At("2025-12-05").GrantExtension();
  history.At("2026-03-02").Credit({.reference = "rest", .completed = "2026-03-01", .minutes = 900});
  history.At("2026-05-20").Submit().Pay({.amount = "425.00"});
  history.At("2026-06-10").Approve();
  return history;
}

// What is told on each of the days that was not told on the one before.
std::string Told(absl::string_view title, const History& history,
                 const std::vector<absl::string_view>& days) {
  std::string text;
  std::set<std::string> before;
  for (const absl::string_view day : days) {
    std::set<std::string> told;
    const Lines lines = On(history, day);
    absl::StrAppend(&text, "== ", title, ", ", day, ": ", lines.size(), " lines, of these new\n");
    for (const ExplanationLine& line : lines) {
      const std::string one =
          absl::StrCat(line.text, "\n    [", line.reason, "; ", absl::StrJoin(line.positions, ", "),
                       "; ", line.source_heading, line.settled ? "; settled" : "", "]\n");
      if (before.count(one) == 0) text += one;
      told.insert(one);
    }
    before = std::move(told);
  }
  return text;
}

// What people are told on the days on which it turns. A change of it is looked at by somebody.
TEST(ExplainTest, IsTheGoldenText) {
  const std::vector<absl::string_view> turns = {
      "2025-07-31", "2025-08-01", "2025-11-10", "2025-12-01", "2025-12-02", "2025-12-05",
      "2025-12-31", "2026-01-01", "2026-06-01", "2026-06-02", "2026-06-10", "2026-06-30"};
  const std::string text =
      absl::StrCat(Told("eventful", Eventful(), EventfulDays()),
                   Told("nothing done", Certified(), turns), Told("exact", Exact(), turns),
                   Told("extended", Extended(), turns), Told("twice", Twice(), {"2024-06-03"}));
  const std::string golden = GOODSTANDING_DOCS_DIR "/../tests/domain/golden/explanations.txt";
  std::ifstream file(golden);
  std::stringstream expected;
  expected << file.rdbuf();
  if (text == expected.str()) return;
  const std::string written = ::testing::TempDir() + "/explanations.txt";
  std::ofstream(written) << text;
  ADD_FAILURE() << "the text is another one; look at " << written << ", and if it is right: cp "
                << written << " " << golden;
}

TEST(ExplainTest, RulesThatAreOnlyProposedHaveNoPosition) {
  const History history = Certified();
  KnownFacts known = history.Known();
  event::v1::RuleSetEvent event;
  *event.mutable_rule_set_published()->mutable_rule_set() = testing::ShippedRuleSet();
  Rulebook proposed;
  ASSERT_TRUE(proposed.Apply(0, 0, event).ok());
  known.rules = proposed.Newest();
  const Facts facts = known.facts();
  const Lines lines =
      Of(Topic::kRules, Explain(facts, Evaluate(facts, Cutoff::EndOf(Day("2024-06-03")))));
  ASSERT_EQ(lines.size(), 1);
  EXPECT_THAT(lines[0].positions, IsEmpty());
}

}  // namespace
}  // namespace goodstanding::domain
