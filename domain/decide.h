// Decisions: whether a command is accepted, and the fact that it becomes.
//
// A command is a proposed fact: the event as the caller states it, personal fields in plain text.
// Deciding is pure: the answer depends on the facts known, the rules and the moments given, and
// nothing else. Decisions are taken on the state at the command's effective instant, as known now;
// the first refusal that holds, in the order of section 12 of the rules, is the answer.
#ifndef GOODSTANDING_DOMAIN_DECIDE_H_
#define GOODSTANDING_DOMAIN_DECIDE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/evaluate.h"
#include "goodstanding/event/v1/certificant_event.pb.h"
#include "goodstanding/event/v1/record.pb.h"

namespace goodstanding::domain {

// Something that the actor of a command recorded about the person.
struct PastAct {
  int64_t position = 0;
  Date effective;
  int cycle_end_year = 0;  // Of the cycle that it names; 0 for none.
};

// The moments of a command, and what a decision writes down as its basis.
struct CommandContext {
  Moment effective;           // When the fact took place.
  Moment now;                 // The server's clock.
  int64_t head_position = 0;  // Last position that the decision sees.
  std::string time_zone_database;
  event::v1::Actor actor = {};  // Who commands.
  // Position of the event that the command names as its cause; 0 for none.
  int64_t cause_position = 0;
  bool cause_is_dispute = false;  // Whether that opened a dispute, whoever's.
  // Where a dispute is decided: by position.
  std::vector<PastAct> past_acts = {};
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

// End year of the cycle that a fact names; 0 for none.
int CycleNamedBy(const event::v1::CertificantEvent& event);

// Decides a fact about a dispute; fills in what follows from the state. Whether a dispute is open
// goes by what is recorded, whatever the effective times.
absl::Status DecideDispute(const CertificantState& state, const Evaluation& now,
                           const CommandContext& context, event::v1::CertificantEvent& event);

// Decides a waiver; fills in its basis.
absl::Status DecideWaiver(const CertificantState& state, const Evaluation& now,
                          const CommandContext& context, event::v1::WaiverGranted& waiver);

// Whether a dispute of the person's is open.
absl::Status CheckDisputeOpen(const CertificantState& state, int64_t dispute_position);

// Whether the event that the command names as its cause may be that.
absl::Status CheckCause(const CertificantState& state, const CommandContext& context);

// What a decision about a cycle rests on.
event::v1::DecisionBasis BasisOf(const CycleStatus& cycle, const CommandContext& context);

// The refusals of what several decisions name.
absl::Status CycleNotFound(int end_year);
absl::Status FactNotFound(int64_t position, absl::string_view field);

// The event to record, or the refusal. Includes ValidateCommand.
absl::StatusOr<event::v1::CertificantEvent> Decide(const Facts& facts,
                                                   const event::v1::CertificantEvent& proposed,
                                                   const CommandContext& context);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_DECIDE_H_
