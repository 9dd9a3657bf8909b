// What deciding a command has gathered; the processor's own.
#ifndef GOODSTANDING_SERVICES_DECIDED_H_
#define GOODSTANDING_SERVICES_DECIDED_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "domain/certificant.h"
#include "eventstore/event_store.h"
#include "services/command_processor.h"

namespace goodstanding::services {

struct CommandProcessor::Decided {
  eventstore::AppendRequest append;
  // The certificant events among append.events, by their index there: sealed and serialised at
  // last.
  std::map<size_t, event::v1::CertificantEvent> personal;
  std::vector<absl::Status> refusals;  // One a proposal; OK where accepted.
  // Number of each proposal's own event among append.events, from 1; without a meaning where it was
  // refused.
  std::vector<int32_t> event_numbers;
  int64_t next_position = 0;
  bool cause_is_dispute = false;  // The event that the command names as its cause opened one.
  // For commands that are all or nothing, or about several streams: the facts of certificants as
  // they would be.
  std::map<std::string, domain::CertificantState> drafts;
  bool drafting = false;
  int64_t erasure_steps = 0;  // Events of the stream of all erasures, while drafting.
};

// A command that is being decided, and when its fact takes place.
struct CommandProcessor::Deciding {
  const Command& command;
  absl::Time effective;
  domain::CommandContext context;
  Decided& decided;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_DECIDED_H_
