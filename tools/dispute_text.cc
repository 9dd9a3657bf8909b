#include "tools/dispute_text.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "tools/history_text.h"
#include "tools/when.h"

namespace goodstanding::tools {
namespace {

using api::v1::HistoryEvent;
using event::v1::CertificantEvent;

std::string OutcomeText(type::v1::DisputeOutcome outcome) {
  switch (outcome) {
    case type::v1::DISPUTE_OUTCOME_UPHELD:
      return "upheld";
    case type::v1::DISPUTE_OUTCOME_UPHELD_IN_PART:
      return "upheld in part";
    default:
      return "rejected";
  }
}

// The dispute that an event belongs to; 0 for none.
int64_t DisputeOf(const HistoryEvent& event) {
  const CertificantEvent& fact = event.certificant();
  switch (fact.event_case()) {
    case CertificantEvent::kDisputeOpened:
      return event.record().position();
    case CertificantEvent::kDisputeDecided:
      return fact.dispute_decided().dispute_position();
    case CertificantEvent::kDisputeWithdrawn:
      return fact.dispute_withdrawn().dispute_position();
    case CertificantEvent::kEvidenceAttached:
      if (fact.evidence_attached().dispute_position() > 0) {
        return fact.evidence_attached().dispute_position();
      }
      break;
    case CertificantEvent::kWaiverGranted:
      if (fact.waiver_granted().dispute_position() > 0) {
        return fact.waiver_granted().dispute_position();
      }
      break;
    default:
      break;
  }
  return event.record().causation_position();
}

DisputeChain Begin(const HistoryEvent& event) {
  const event::v1::DisputeOpened& opened = event.certificant().dispute_opened();
  DisputeChain chain;
  chain.position = event.record().position();
  chain.cycle_end_year = opened.cycle_end_year();
  chain.disputed_position = opened.disputed_position();
  chain.claim = opened.claim();
  chain.state = "open";
  return chain;
}

}  // namespace

std::vector<DisputeChain> DisputeChains(const std::vector<HistoryEvent>& events) {
  std::vector<DisputeChain> chains;
  for (const HistoryEvent& event : events) {
    if (event.certificant().has_dispute_opened()) chains.push_back(Begin(event));
    const auto chain = std::find_if(chains.begin(), chains.end(), [&](const DisputeChain& other) {
      return other.position == DisputeOf(event);
    });
    if (chain == chains.end()) continue;
    chain->events.push_back(event);
    if (event.certificant().has_dispute_decided()) {
      chain->state = OutcomeText(event.certificant().dispute_decided().outcome());
    }
    if (event.certificant().has_dispute_withdrawn()) chain->state = "withdrawn";
  }
  return chains;
}

std::string DisputeTitle(const DisputeChain& chain) {
  return absl::StrCat(
      "Dispute at position ", chain.position, ", about the cycle that ends in ",
      chain.cycle_end_year,
      chain.disputed_position > 0
          ? absl::StrCat(" and what was recorded at position ", chain.disputed_position)
          : "",
      ": ", chain.state);
}

std::string RoleOf(const HistoryEvent& event, const DisputeChain& chain) {
  const CertificantEvent& fact = event.certificant();
  switch (fact.event_case()) {
    case CertificantEvent::kDisputeOpened:
      return event.record().position() == chain.position ? "claimed" : "led to another";
    case CertificantEvent::kDisputeDecided:
      return "decided";
    case CertificantEvent::kDisputeWithdrawn:
      return "withdrawn";
    case CertificantEvent::kEvidenceAttached:
      return "evidence";
    case CertificantEvent::kWaiverGranted:
      return "waived";
    default:
      return "led to";
  }
}

std::string DisputesText(const std::vector<DisputeChain>& chains, const services::BoardTime& zone,
                         const Style& style) {
  if (chains.empty()) return "No dispute was ever opened.\n";
  std::string text;
  for (const DisputeChain& chain : chains) {
    absl::StrAppend(&text, text.empty() ? "" : "\n", Printable(DisputeTitle(chain)), "\n");
    Table table(
        {{"It"}, {"Position", Table::Align::kRight}, {"Recorded"}, {"By"}, {"Event"}, {"Details"}});
    for (const HistoryEvent& event : chain.events) {
      const event::v1::Record& record = event.record();
      table.AddRow({RoleOf(event, chain), absl::StrCat(record.position()),
                    FormatMinute(absl::FromUnixMicros(record.recorded_micros()), zone),
                    record.actor().subject(), record.kind(), Details(event)});
    }
    absl::StrAppend(&text, table.Render(style));
  }
  return text;
}

}  // namespace goodstanding::tools
