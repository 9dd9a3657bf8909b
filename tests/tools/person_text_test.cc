// Answers about a certificant as they are printed.
#include "tools/person_text.h"

#include <google/protobuf/text_format.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace goodstanding::tools {
namespace {

using namespace api::v1;  // NOLINT: the answers, by name.

constexpr Style kPiped;

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

constexpr char kCycle[] = R"(
    period { first_date { year: 2022 month: 5 day: 14 } last_date { year: 2025 month: 12 day: 1 } }
    number: 1)";

std::string Usd(int cents) {
  return "{ currency_code: 'USD' minor_units: " + std::to_string(cents) + " }";
}

TEST(PersonText, AStandingSaysEveryFigure) {
  const auto response = Parse<GetStandingResponse>(
      std::string(R"(answer {
        certificant_id: "ana" as_of_date { year: 2025 month: 12 day: 10 }
        standing: STANDING_LATE certified: true level: "DUAL"
        credentials: "CPCS" credentials: "CPMSM" cycle {)") +
      kCycle + R"(} requirement { line: "total" minimum { hundredths: 4500 }
                                  counted { hundredths: 1225 } }
        requirement { line: "approved" minimum { hundredths: 2500 } counted {} }
        fees { recertification )" +
      Usd(22500) + " late " + Usd(5000) + "} paid " + Usd(0) + " balance " + Usd(27500) +
      " arrears " + Usd(0) +
      R"( rule_set { name: "namss-2025" version: 2 } applied_position: 42 })");
  EXPECT_EQ(StandingText(response, kPiped),
            "ana is LATE at the end of 2025-12-10: certified.\n"
            "\n"
            "Level         DUAL\n"
            "Credentials   CPCS, CPMSM\n"
            "Cycle         2022-05-14 to 2025-12-01, number 1, not renewed\n"
            "Credits       total 12.25 of 45.00, approved 0.00 of 25.00\n"
            "Application   not complete\n"
            "Fees          275.00 USD (recertification 225.00, late 50.00)\n"
            "Paid          0.00 USD\n"
            "Balance       275.00 USD\n"
            "Arrears       0.00 USD\n"
            "Rules         namss-2025@2\n"
            "Log position  42\n");
}

TEST(PersonText, WhoWasNeverCertifiedHasNoCycle) {
  const auto response = Parse<GetStandingResponse>(R"(answer {
      certificant_id: "bo" as_of_date { year: 2025 month: 1 day: 2 }
      standing: STANDING_NOT_CERTIFIED applied_position: 3 })");
  EXPECT_EQ(StandingText(response, kPiped),
            "bo is NOT_CERTIFIED at the end of 2025-01-02: not certified.\n"
            "\n"
            "Log position  3\n");
}

TEST(PersonText, AnExplanationHasItsGroundsBelowEachReason) {
  const auto response = Parse<ExplainStandingResponse>(R"(
      answer { certificant_id: "ana" as_of_date { year: 2025 month: 1 day: 2 }
               standing: STANDING_ACTIVE certified: true }
      lines { topic: EXPLANATION_TOPIC_STANDING text: "The standing is ACTIVE." positions: 3 }
      lines { topic: EXPLANATION_TOPIC_CREDIT text: "c1 earned nothing." reason: "OUTSIDE_CYCLE"
              positions: 4 positions: 9 source_heading: "Types of credits" settled: true }
      lines { topic: EXPLANATION_TOPIC_CREDIT text: "c2 earned 1.00." })");
  EXPECT_EQ(ExplanationText(response, kPiped),
            "ana is ACTIVE at the end of 2025-01-02: certified.\n"
            "\n"
            "Standing\n"
            "  The standing is ACTIVE.\n"
            "    [event 3]\n"
            "\n"
            "Credits\n"
            "  c1 earned nothing.\n"
            "    [OUTSIDE_CYCLE; events 4, 9; \"Types of credits\"; the page is silent: the "
            "board's own reading]\n"
            "  c2 earned 1.00.\n");
}

TEST(PersonText, ATranscriptSaysWhyARecordEarnedNothing) {
  const auto response =
      Parse<GetTranscriptResponse>(std::string(
                                       R"(entries { reference: "c1" activity_kind: "SPONSORED"
          completed_date { year: 2024 month: 3 day: 5 } source: CREDIT_SOURCE_CONFERENCE
          documented: true approved: true earned { hundredths: 150 } position: 4 }
        entries { reference: "c2" activity_kind: "BOOK"
          completed_date { year: 2021 month: 1 day: 1 } source: CREDIT_SOURCE_SELF earned {}
          reason: "OUTSIDE_CYCLE" position: 7 }
        requirement { line: "total" minimum { hundredths: 3000 } counted { hundredths: 150 } }
        cycle {)") + kCycle + "}");
  EXPECT_EQ(
      TranscriptText(response, kPiped),
      "For the cycle 2022-05-14 to 2025-12-01, number 1, not renewed.\n"
      "\n"
      "Record  Completed   Kind       Credits  Approved  On file  Reported by  Event  Why nothing\n"
      "c1      2024-03-05  SPONSORED     1.50  yes       yes      CONFERENCE       4\n"
      "c2      2021-01-01  BOOK          0.00  no        no       SELF             7  "
      "OUTSIDE_CYCLE\n"
      "\n"
      "Counted: total 1.50 of 30.00.\n");
  EXPECT_EQ(TranscriptText({}, kPiped), "No credit is recorded.\n");
}

TEST(PersonText, AnAccountHasRenewalsAndPayments) {
  const auto response = Parse<GetAccountResponse>(std::string("renewals { cycle {") + kCycle +
                                                  " renewed: true } fees { recertification " +
                                                  Usd(20000) + " late " + Usd(0) + " extension " +
                                                  Usd(0) + " reinstatement " + Usd(0) + "} paid " +
                                                  Usd(25000) + " balance " + Usd(-5000) + R"(}
      payments { reference: "p1" amount )" + Usd(25000) +
                                                  R"( method: PAYMENT_METHOD_CHECK
        dated_date { year: 2025 month: 9 day: 1 } received_date { year: 2025 month: 9 day: 3 }
        cycle_end_year: 2025 position: 9 }
      payments { reference: "p2" amount )" + Usd(100) +
                                                  R"( method: PAYMENT_METHOD_CARD
        dated_date { year: 2025 month: 9 day: 1 } received_date { year: 2025 month: 9 day: 1 }
        cycle_end_year: 2025 position: 11 returned_date { year: 2025 month: 9 day: 5 }
        refunded: true } arrears )" + Usd(0));
  EXPECT_EQ(AccountText(response, kPiped),
            "Cycle                     Recertification  Late  Extension  Reinstatement    Paid  "
            "Balance  Fees are\n"
            "2022-05-14 to 2025-12-01           200.00  0.00       0.00           0.00  250.00  "
            " -50.00  fixed: renewed\n"
            "\n"
            "Payment  Amount  Method  Dated       Received    For cycle  Event  It\n"
            "p1       250.00  CHECK   2025-09-01  2025-09-03       2025      9  counts\n"
            "p2         1.00  CARD    2025-09-01  2025-09-01       2025     11  refunded "
            "2025-09-05\n"
            "\n"
            "Arrears of renewed cycles: 0.00 USD\n");
}

TEST(PersonText, DeadlinesAreDaysMomentsOrSpans) {
  const auto response = Parse<GetDeadlinesResponse>(R"(
      deadlines { kind: DEADLINE_KIND_EXTENSION_REQUEST date { year: 2025 month: 12 day: 1 }
                  minute_of_day: 1020 text: "Last moment to ask." source_heading: "Extensions" }
      deadlines { kind: DEADLINE_KIND_POSTING_EXPECTED date { year: 2025 month: 12 day: 15 }
                  earliest_date { year: 2025 month: 12 day: 8 } text: "Posted by then." }
      deadlines { kind: DEADLINE_KIND_APPLICATION date { year: 2025 month: 12 day: 20 }
                  text: "Apply." })");
  EXPECT_EQ(DeadlinesText(response, kPiped),
            "2025-12-01 17:00  extension request\n"
            "  Last moment to ask.\n"
            "    [\"Extensions\"]\n"
            "\n"
            "2025-12-08 to 2025-12-15  posting expected\n"
            "  Posted by then.\n"
            "\n"
            "2025-12-20  application\n"
            "  Apply.\n");
  EXPECT_EQ(DeadlinesText({}, kPiped), "Nothing is due or expected.\n");
}

TEST(PersonText, ATimelinesLastIntervalIsOpen) {
  const auto response = Parse<GetTimelineResponse>(
      R"(intervals { first_date { year: 2022 month: 5 day: 14 }
                     last_date { year: 2025 month: 12 day: 1 } standing: STANDING_ACTIVE
                     certified: true }
         intervals { first_date { year: 2025 month: 12 day: 2 } standing: STANDING_LATE
                     certified: true })");
  EXPECT_EQ(TimelineText(response, kPiped),
            "From        Through     Standing  Certified  Cycle\n"
            "2022-05-14  2025-12-01  ACTIVE    yes\n"
            "2025-12-02              LATE      yes\n");
}

TEST(PersonText, WhoWasErasedHasNoName) {
  const auto known = Parse<GetCertificantResponse>(
      R"(certificant_id: "ana" name: "Ana Roe" email: "ana@example.org" version: 3
         applied_position: 9)");
  EXPECT_EQ(CertificantText(known, kPiped),
            "Certificant   ana\n"
            "Name          Ana Roe\n"
            "E-mail        ana@example.org\n"
            "Version       3\n"
            "Log position  9\n");
  const auto shared = Parse<GetCertificantResponse>(
      R"(certificant_id: "ana" name: "A" also_certificant_ids: ["bea", "cleo"])");
  EXPECT_THAT(CertificantText(shared, kPiped),
              ::testing::EndsWith("The same e-mail address is on file for bea, cleo.\n"));
  const auto erased = Parse<GetCertificantResponse>(R"(certificant_id: "ana" version: 3)");
  EXPECT_EQ(CertificantText(erased, kPiped),
            "Certificant   ana\n"
            "Name          (erased)\n"
            "Version       3\n"
            "Log position  0\n");
}

}  // namespace
}  // namespace goodstanding::tools
