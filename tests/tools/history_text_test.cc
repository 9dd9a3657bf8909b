// Events as they are printed.
#include "tools/history_text.h"

#include <google/protobuf/text_format.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace goodstanding::tools {
namespace {

api::v1::HistoryEvent Event(const std::string& text) {
  api::v1::HistoryEvent event;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &event)) << text;
  return event;
}

TEST(HistoryText, DetailsAreTheFieldsOfTheFact) {
  EXPECT_EQ(Details(Event(R"(certificant { credit_recorded {
      reference: "c1" activity_kind: "TEACHING"
      completed_date { year: 2025 month: 3 day: 4 } amount { minutes: 90 } paid: true
      source: CREDIT_SOURCE_EDUCATION_ZONE location: "Reno, \"NV\"" } })")),
            "reference=c1 activity_kind=TEACHING completed=2025-03-04 minutes=90 paid=yes "
            "source=EDUCATION_ZONE location=\"Reno, 'NV'\"");
  EXPECT_EQ(Details(Event(R"(certificant { credit_recorded {
      reference: "c2" amount { position_years_hundredths: 150 } } })")),
            "reference=c2 position_years=1.50");
}

TEST(HistoryText, ADecisionShowsFeesAndWhatItRestsOn) {
  EXPECT_EQ(Details(Event(R"(certificant { certification_renewed {
      cycle_end_year: 2025 fees { recertification_minor_units: 20000 late_minor_units: 5000 }
      credit_references: "c1" credit_references: "c2"
      basis { rule_set { name: "namss-2025" version: 2 } position: 9 evaluator_revision: 1
              time_zone_database: "2026a" } } })")),
            "cycle_end_year=2025 recertification=200.00 late=50.00 credit_references=c1,c2 "
            "rule_set=namss-2025@2 position=9 evaluator_revision=1 time_zone_database=2026a");
}

TEST(HistoryText, OtherStreamsAndErasedPersons) {
  EXPECT_EQ(Details(Event(R"(activity { activity_approved {
      sponsor: "State" title: "Day one" credits { hundredths: 600 }
      period { first_date { year: 2025 month: 1 day: 1 }
               last_date { year: 2025 month: 12 day: 31 } } } })")),
            "sponsor=State title=\"Day one\" credits=6.00 period=2025-01-01 to 2025-12-31");
  EXPECT_EQ(Details(Event(R"(rule_set { rule_set_corrected {
      version: 2 years { first_year: 2025 last_year: 2027 }
      changes { path: "fees.late" value: "60.00" } changes { path: "credit_increment" value: "1" }
      reason: "misread" } })")),
            "version=2 years=2025-2027 changes=fees.late=60.00,credit_increment=1 reason=misread");
  EXPECT_EQ(Details(Event(R"(log { signing_key_rotated {
      old_key: "log.example+00000001+AQ==" new_key: "log.example+00000002+AQ==" first_size: 7
      old_signature: "\001\377" new_signature: "\002" } })")),
            "old_key=log.example+00000001+AQ== new_key=log.example+00000002+AQ== first_size=7 "
            "old_signature=01ff new_signature=02");
  EXPECT_EQ(Details(Event(R"(certificant { certificant_registered {
      data_key_digest: "\001\377" } } erased: true)")),
            "data_key_digest=01ff (erased)");
  EXPECT_EQ(Details({}), "");
}

TEST(HistoryText, WhatArrivedBeforeItWasRecordedSaysWhy) {
  EXPECT_EQ(Details(Event(R"(record { arrival { arrived_micros: 1764608400000000 receipt: "x" } }
      certificant { credit_verified { reference: "c1" } })")),
            "reference=c1 (arrived before, shed by overload)");
}

TEST(HistoryText, ARowAnEvent) {
  const auto zone = services::BoardTime::Load("America/New_York").value();
  const auto event = Event(R"(
      record { position: 7 stream: "certificant/ana" version: 2
               recorded_micros: 1764624600000000 effective_micros: 1764608400000000
               actor { subject: "portal" on_behalf_of_subject: "ana" }
               kind: "CreditVerified" }
      certificant { credit_verified { reference: "c1" } })");
  EXPECT_EQ(EventsText({event}, zone, true, Style{}),
            "Position  Recorded          Effective         Stream                    "
            "Event                   By              Details\n"
            "       7  2025-12-01 16:30  2025-12-01 12:00  certificant/ana           "
            "CreditVerified          portal for ana  reference=c1\n");
}

}  // namespace
}  // namespace goodstanding::tools
