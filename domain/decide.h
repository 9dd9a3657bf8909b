// Decisions: whether a command is accepted, and the fact that it becomes.
//
// A command is a proposed fact: the event as the caller states it, personal fields in plain text.
// Deciding is pure: the answer depends on the facts known, the rules and the moments given, and
// nothing else. Decisions are taken on the state at the command's effective instant, as known now;
// the first refusal that holds, in the order of section 12 of the rules, is the answer.
#ifndef GOODSTANDING_DOMAIN_DECIDE_H_
#define GOODSTANDING_DOMAIN_DECIDE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "domain/evaluate.h"
#include "goodstanding/event/v1/certificant_event.pb.h"
#include "goodstanding/event/v1/record.pb.h"

namespace goodstanding::domain {

// The moments of a command, and what a decision writes down as its basis.
struct CommandContext {
  Moment effective;           // When the fact took place.
  Moment now;                 // The server's clock.
  int64_t head_position = 0;  // Last position that the decision sees.
  std::string time_zone_database;
  event::v1::Actor actor = {};  // Who commands.
};

// The day on which a fact that the board posts itself is effective, whatever the caller says;
// nullopt for all other facts (section 1).
std::optional<Date> BoardPostedDay(const event::v1::CertificantEvent& proposed);

// The checks of the command itself: INVALID_ARGUMENT, INVALID_AMOUNT, INVALID_PERIOD,
// EFFECTIVE_IN_FUTURE, COMPLETED_IN_FUTURE.
absl::Status ValidateCommand(const event::v1::CertificantEvent& proposed, const RulebookView& rules,
                             const CommandContext& context);

// Decides a fact about an erasure; fills in what follows from the state. An erasure takes place
// when it is recorded, whatever day a command names.
absl::Status DecideErasure(const CertificantState& state, const Evaluation& now,
                           const CommandContext& context, event::v1::CertificantEvent& event);

// The event to record, or the refusal. Includes ValidateCommand.
absl::StatusOr<event::v1::CertificantEvent> Decide(const Facts& facts,
                                                   const event::v1::CertificantEvent& proposed,
                                                   const CommandContext& context);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_DECIDE_H_
