// What staff have to settle anew after a correction of rules: decisions that it would not have
// allowed or would have turned out otherwise, and lapses that would not have come. Changes nothing.
#ifndef GOODSTANDING_PROJECTIONS_RECONSIDER_H_
#define GOODSTANDING_PROJECTIONS_RECONSIDER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "domain/explain.h"
#include "eventstore/event_store.h"
#include "goodstanding/type/v1/rule_set.pb.h"
#include "projections/preview.h"

namespace goodstanding::projections {

enum class ReconsiderationKind {
  kSubmission,
  kReturn,
  kApproval,
  kExtensionRequest,
  kExtensionGrant,
  kExtensionDenial,
  kReinstatementRequest,
  kLapse,
  kExpiry,
};

// What rules say of a decision, or of a standing.
struct Ruling {
  std::string outcome;  // "ALLOWED", the reason of a refusal, or a standing.
  std::string text;     // The same as a sentence; empty for "ALLOWED".
};

// One thing to settle.
struct Reconsideration {
  std::string certificant_id;
  ReconsiderationKind kind = ReconsiderationKind::kApproval;
  int cycle_end_year = 0;
  int64_t position = 0;  // Of the decision; of a lapse, of the last event that it rests on.
  domain::Date date;     // Of the decision; the first day of the lapse that would not have been.
  std::string rule_set;  // Under which it was decided; of a lapse, that before the correction.
  int64_t rule_set_version = 0;
  Ruling before;
  Ruling after;
  ExplanationDifference why;  // Of that moment.
};

// Some people, in order of id.
struct ReconsiderationBatch {
  std::vector<Reconsideration> found;  // Of one person by position.
  int64_t certificants = 0;            // Looked at.
};

// Decides anew each decision about a renewal, on the facts known when it was recorded, under the
// rules before and after; and compares the standings of all days up to the question's on the facts
// known now. Calls `emit` as PreviewCorrection does. `years` filters by the end year of the cycle.
absl::Status FindReconsiderations(const eventstore::EventStore& store,
                                  const CorrectionQuestion& question,
                                  const type::v1::YearRange& years, const SweepScope& scope,
                                  const std::function<bool(const ReconsiderationBatch&)>& emit);

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_RECONSIDER_H_
