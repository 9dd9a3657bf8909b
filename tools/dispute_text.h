// Disputes with what belongs to them: who reads a history sees the chain from the claim to what was
// corrected.
#ifndef GOODSTANDING_TOOLS_DISPUTE_TEXT_H_
#define GOODSTANDING_TOOLS_DISPUTE_TEXT_H_

#include <string>
#include <vector>

#include "goodstanding/api/v1/history_service.pb.h"
#include "services/board_time.h"
#include "tools/output.h"

namespace goodstanding::tools {

// A dispute as the events of its person tell it.
struct DisputeChain {
  int64_t position = 0;
  int cycle_end_year = 0;
  int64_t disputed_position = 0;  // 0: the cycle as a whole.
  std::string claim;              // Empty where it is sealed.
  std::string state;              // "open", "upheld", "upheld in part", "rejected", "withdrawn".
  // All events, by position, the opening among them: evidence, the end, waivers that rest on it,
  // and what names it as its cause.
  std::vector<api::v1::HistoryEvent> events;
};

// The disputes of a person, from all the person's events, ascending.
std::vector<DisputeChain> DisputeChains(const std::vector<api::v1::HistoryEvent>& events);

// "Dispute at position 57, about the cycle that ends in 2025 and what was recorded at position 31:
// upheld".
std::string DisputeTitle(const DisputeChain& chain);

// What an event is in the chain of its dispute: "claimed", "evidence", "decided", "corrected" …
std::string RoleOf(const api::v1::HistoryEvent& event, const DisputeChain& chain);

// Each with its events, a line each.
std::string DisputesText(const std::vector<DisputeChain>& chains, const services::BoardTime& zone,
                         const Style& style);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_DISPUTE_TEXT_H_
