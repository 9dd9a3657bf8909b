// What a correction of rules would change for whom (section 10). Changes nothing.
#ifndef GOODSTANDING_PROJECTIONS_PREVIEW_H_
#define GOODSTANDING_PROJECTIONS_PREVIEW_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "domain/catalogue.h"
#include "domain/evaluate.h"
#include "domain/explain.h"
#include "eventstore/event_store.h"
#include "projections/correction.h"

namespace goodstanding::projections {

// One figure of an answer before and after.
struct FigureDifference {
  // "standing", "certified", "level", "cycle_end", "requirement.<line>", "counted.<line>",
  // "credit.<reference>", "fees.recertification", "fees.late", "fees.extension",
  // "fees.reinstatement", "paid", "balance", "arrears" or "complete".
  std::string figure;
  // Amounts as "37.50", credits that earn nothing as the reason, days as "2025-12-01", else "yes"
  // or "no"; empty where the figure is not there.
  std::string before;
  std::string after;
};

// What differs between two evaluations of one person: standing, level's requirement, counted
// credits, each credit, fees, balance, arrears, completeness, in this order; empty where nothing
// does.
std::vector<FigureDifference> Compare(const domain::Evaluation& before,
                                      const domain::Evaluation& after);

// What a question about a correction rests on. Borrows everything.
struct CorrectionQuestion {
  const Correction& correction;
  const domain::Catalogue& catalogue;
  int64_t position = 0;  // Last event seen, inclusive.
  domain::Date day;      // The evaluations are of its end.
};

// Explanations of one moment under the rules before and after: the lines of each that the other
// does not have. That which names the version is left out.
struct ExplanationDifference {
  std::vector<domain::ExplanationLine> before;
  std::vector<domain::ExplanationLine> after;
};
ExplanationDifference ExplainDifference(const domain::Facts& before_facts,
                                        const domain::Evaluation& before,
                                        const domain::Facts& after_facts,
                                        const domain::Evaluation& after);

// What a correction changes for one person.
struct CorrectionEffect {
  std::string certificant_id;
  domain::Standing before_standing = type::v1::STANDING_NOT_CERTIFIED;
  domain::Standing after_standing = type::v1::STANDING_NOT_CERTIFIED;
  int before_cycle_end_year = 0;  // Of the current cycle; 0 for none.
  int after_cycle_end_year = 0;
  std::vector<FigureDifference> changes;      // At least one.
  std::vector<std::string> deciding_figures;  // Those of the correction without which, or with
                                              // which alone, the answer is another one.
  ExplanationDifference why;
};

// Which effects are told.
struct EffectFilter {
  // End years of the current cycle, before or after, both inclusive.
  int first_year = 0;
  int last_year = 9999;
  domain::Standing before_standing = type::v1::STANDING_UNSPECIFIED;  // Unspecified: any.
  domain::Standing after_standing = type::v1::STANDING_UNSPECIFIED;
};

// How many people were looked at, and what becomes of them.
struct PreviewCounts {
  int64_t certificants = 0;
  int64_t changed = 0;
  int64_t listed = 0;  // Changed, and let through by the filter.
  // By standing before and after, of all that are changed.
  std::map<std::pair<domain::Standing, domain::Standing>, int64_t> transitions;

  void Add(const PreviewCounts& other);
};

// Some people, in order of id, and the counts of these alone.
struct PreviewBatch {
  std::vector<CorrectionEffect> effects;
  PreviewCounts counts;
};

// How many threads, and who: everybody where `certificant_ids` is empty.
struct SweepScope {
  int threads = 1;
  std::vector<std::string> certificant_ids;
};

// Evaluates every certificant under both rules and calls `emit` with those for whom the answer is
// another one, in order of id, also with batches of nobody; from one thread at a time. CANCELLED
// where it returns false. Cost: a scan of the log, one fold of each certificant, an evaluation or
// two; memory for some thousand people a thread. Any number may run at once.
absl::Status PreviewCorrection(const eventstore::EventStore& store,
                               const CorrectionQuestion& question, const EffectFilter& filter,
                               const SweepScope& scope,
                               const std::function<bool(const PreviewBatch&)>& emit);

// The ranges of streams that a sweep of the scope goes through, ascending by id.
absl::StatusOr<std::vector<eventstore::StreamRange>> RangesOf(const eventstore::EventStore& store,
                                                              const SweepScope& scope);

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_PREVIEW_H_
