// What a correction of rules would change for whom (section 10). Changes nothing.
#ifndef GOODSTANDING_PROJECTIONS_PREVIEW_H_
#define GOODSTANDING_PROJECTIONS_PREVIEW_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "domain/evaluate.h"
#include "domain/rulebook.h"
#include "eventstore/event_store.h"

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

// What is told of each certificant.
using PreviewVisitor = std::function<bool(
    absl::string_view certificant_id, const domain::Evaluation& before,
    const domain::Evaluation& after, const std::vector<FigureDifference>& differences)>;

// Evaluates every certificant by the end of `day` under both rulebooks, in order of id, on what is
// in the log when it begins, and calls `visit` with each: `differences` is empty where the answer
// is the same. Stops where it returns false. Cost: one replay and two evaluations of each
// certificant; nothing is kept. Any number may run at once.
absl::Status PreviewCorrection(const eventstore::EventStore& store,
                               const domain::Catalogue& catalogue,
                               const domain::RulebookView& before,
                               const domain::RulebookView& after, domain::Date day,
                               const PreviewVisitor& visit);

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_PREVIEW_H_
