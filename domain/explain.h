// Why a person stands as they do: an evaluation in sentences, each with the events it rests on and
// the heading of the published page that its rule comes from. Section 11 of the rules.
//
// Deterministic: equal facts and evaluation give equal lines. Nothing personal is in them:
// references, codes, dates and amounts only.
#ifndef GOODSTANDING_DOMAIN_EXPLAIN_H_
#define GOODSTANDING_DOMAIN_EXPLAIN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "domain/evaluate.h"

namespace goodstanding::domain {

// What a line speaks of. Lines come in this order.
enum class ExplanationTopic {
  kStanding,
  kCycle,
  kRules,
  kCredit,
  kRequirement,
  kFee,
  kPayment,
  kDate,
};

// One reason.
struct ExplanationLine {
  ExplanationTopic topic = ExplanationTopic::kStanding;
  std::string text;                // A sentence that a member of staff can read out.
  std::string reason;              // Its code, for example "OUTSIDE_CYCLE"; may be empty.
  std::vector<int64_t> positions;  // Of the events that it rests on, ascending, each once.
  std::string source_heading;      // Exactly as it stands on the page; empty where there is none.
  bool settled = false;            // The page is silent: the board's own reading.

  bool operator==(const ExplanationLine&) const = default;
};

// The reasons of an evaluation of these facts, in order: the standing, the cycle, the rules, each
// credit record (by completion, then recording), the requirement, fees, payments (by position), and
// the dates ahead. Costs a few evaluations.
std::vector<ExplanationLine> Explain(const Facts& facts, const Evaluation& evaluation);
// The same without credit records of which `other`, an evaluation of the same state by other rules,
// plainly tells the same.
std::vector<ExplanationLine> ExplainBeside(const Facts& facts, const Evaluation& evaluation,
                                           const Evaluation& other);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_EXPLAIN_H_
