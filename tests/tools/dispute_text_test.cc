// The chain of a dispute, from a person's events.
#include "tools/dispute_text.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace goodstanding::tools {
namespace {

using api::v1::HistoryEvent;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

HistoryEvent& Add(std::vector<HistoryEvent>& events, const std::string& kind, int64_t cause = 0) {
  HistoryEvent& event = events.emplace_back();
  event.mutable_record()->set_position(static_cast<int64_t>(events.size()));
  event.mutable_record()->set_kind(kind);
  event.mutable_record()->set_causation_position(cause);
  event.mutable_certificant();
  return event;
}

// 1 is disputed at 2; 5 decides it; 6 and 7 follow from it; 8 is another dispute.
std::vector<HistoryEvent> Events() {
  std::vector<HistoryEvent> events;
  Add(events, "PaymentReceived").mutable_certificant()->mutable_payment_received();
  auto& opened = *Add(events, "DisputeOpened").mutable_certificant()->mutable_dispute_opened();
  opened.set_cycle_end_year(2025);
  opened.set_disputed_position(1);
  opened.set_claim("paid in time");
  Add(events, "EvidenceAttached")
      .mutable_certificant()
      ->mutable_evidence_attached()
      ->set_dispute_position(2);
  Add(events, "EvidenceAttached").mutable_certificant()->mutable_evidence_attached();
  auto& decided = *Add(events, "DisputeDecided").mutable_certificant()->mutable_dispute_decided();
  decided.set_dispute_position(2);
  decided.set_outcome(type::v1::DISPUTE_OUTCOME_UPHELD_IN_PART);
  Add(events, "FactAnnulled", 2).mutable_certificant()->mutable_fact_annulled();
  Add(events, "WaiverGranted")
      .mutable_certificant()
      ->mutable_waiver_granted()
      ->set_dispute_position(2);
  Add(events, "DisputeOpened")
      .mutable_certificant()
      ->mutable_dispute_opened()
      ->set_cycle_end_year(2028);
  return events;
}

TEST(DisputeChains, HaveWhatBelongsToEach) {
  const std::vector<DisputeChain> chains = DisputeChains(Events());
  ASSERT_EQ(chains.size(), 2u);
  std::vector<std::string> roles;
  for (const HistoryEvent& event : chains[0].events) roles.push_back(RoleOf(event, chains[0]));
  EXPECT_THAT(roles, ElementsAre("claimed", "evidence", "decided", "led to", "waived"));
  EXPECT_EQ(DisputeTitle(chains[0]),
            "Dispute at position 2, about the cycle that ends in 2025 and what was recorded at "
            "position 1: upheld in part");
  EXPECT_EQ(DisputeTitle(chains[1]),
            "Dispute at position 8, about the cycle that ends in 2028: open");
}

TEST(DisputeChains, AreToldALineAnEvent) {
  const auto zone = services::BoardTime::Load("America/New_York").value();
  const std::string text = DisputesText(DisputeChains(Events()), zone, Style());
  EXPECT_THAT(text, HasSubstr("FactAnnulled"));
  EXPECT_THAT(text, Not(HasSubstr("PaymentReceived"))) << "no part of it";
  EXPECT_EQ(DisputesText({}, zone, Style()), "No dispute was ever opened.\n");
}

}  // namespace
}  // namespace goodstanding::tools
