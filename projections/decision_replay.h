// A question of the past, asked again: on facts and rules of then, and of now; and what differs.
#ifndef GOODSTANDING_PROJECTIONS_DECISION_REPLAY_H_
#define GOODSTANDING_PROJECTIONS_DECISION_REPLAY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "domain/dates.h"
#include "domain/explain.h"
#include "eventstore/event_store.h"
#include "goodstanding/event/v1/certificant_event.pb.h"
#include "goodstanding/event/v1/record.pb.h"
#include "goodstanding/view/v1/rows.pb.h"
#include "projections/replay.h"

namespace goodstanding::projections {

// What a decision of staff rests on; nullptr for an event that is none.
const event::v1::DecisionBasis* BasisOf(const event::v1::CertificantEvent& event);

// A decision as it stands in the log.
struct RecordedDecision {
  event::v1::Record record;
  event::v1::CertificantEvent event;  // Personal fields sealed.

  const event::v1::DecisionBasis& basis() const { return *BasisOf(event); }
  // Last log position that it saw.
  int64_t then_position() const;
};

// The decision of a record of a person's stream. NOT_A_DECISION where it is none; DATA_LOSS where
// it cannot be read.
absl::StatusOr<RecordedDecision> ReadDecision(const event::v1::Record& record);

struct ReplayQuestion {
  std::string certificant_id;       // Who answers now.
  std::string then_certificant_id;  // Who answered then, before a merge or its undoing.
  domain::Date day;                 // The standings are those at its end.
  int64_t then_position = 0;        // Last log position known then. Not beyond now.
  int64_t now_position = 0;         // Last log position known now.
  std::optional<RecordedDecision> decision;
  // The civil day of a moment in microseconds since 1970, by the board's time zone.
  std::function<domain::Date(int64_t)> day_of;
};

// A decision decided anew.
struct Redecision {
  absl::Status refusal;               // OK where it is allowed.
  event::v1::CertificantEvent event;  // What would be recorded; empty where it is refused.
};

// What facts and rules give.
struct Recomputation {
  view::v1::AnswerSpan answer;
  std::vector<domain::ExplanationLine> lines;
  std::optional<Redecision> decision;  // Where one is named.
};

enum class ReplayDifferenceKind { kRule, kFact, kByRules, kByFacts };

// A difference in a sentence.
struct ReplayDifference {
  ReplayDifferenceKind kind = ReplayDifferenceKind::kRule;
  std::string text;
  std::vector<int64_t> positions;  // Ascending.

  bool operator==(const ReplayDifference&) const = default;
};

struct DecisionReplay {
  Recomputation facts_then_rules_then;
  Recomputation facts_then_rules_now;
  Recomputation facts_now_rules_now;
  std::vector<ReplayDifference> differences;  // Rules, facts, then answers.
  bool reproduced = false;  // The decision named is what facts and rules of then give.
};

// Takes a decision that was recorded in a merged account as its survivor's stream carries it: by
// the references on which it was decided. DATA_LOSS where that does not have it.
absl::Status TakeAsCarried(const eventstore::EventStore& store, const std::string& survivor_id,
                           RecordedDecision& decision);

// Asks again. `board` holds rules and catalogue up to the question's now at least. REPLAY_DIFFERS
// (DATA_LOSS) where facts and rules of then, by an evaluator of the same revision, do not give the
// decision. The first recomputation is a function of the log up to then. Cost: four replays of the
// stream, and some ten evaluations.
absl::StatusOr<DecisionReplay> ReplayDecision(const eventstore::EventStore& store,
                                              const BoardFacts& board,
                                              const ReplayQuestion& question);

// Last position recorded at or before a moment, in microseconds since 1970; 0 where there is none.
// Cost: some twenty reads of one event.
absl::StatusOr<int64_t> PositionAt(const eventstore::EventStore& store, int64_t recorded_micros);

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_DECISION_REPLAY_H_
