// The parts of an explanation, and what they share. For explain.cc alone.
#ifndef GOODSTANDING_DOMAIN_EXPLAIN_PARTS_H_
#define GOODSTANDING_DOMAIN_EXPLAIN_PARTS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "domain/explain.h"
#include "domain/money_text.h"

namespace goodstanding::domain {

// A line without positions.
inline ExplanationLine MakeLine(ExplanationTopic topic, std::string text,
                                absl::string_view heading) {
  ExplanationLine line;
  line.topic = topic;
  line.text = std::move(text);
  line.source_heading = std::string(heading);
  return line;
}

// What was annulled, as known, whatever its day; needs no cycle.
std::vector<ExplanationLine> ExplainAnnulments(const Facts& facts);

// Each other part speaks of the current cycle, which there is.

// The standing, and by which day the application was complete or why it was not.
std::vector<ExplanationLine> ExplainStanding(const Facts& facts, const Evaluation& evaluation);

// Grants, the renewal before, the cycle, and what happened to its application.
std::vector<ExplanationLine> ExplainCycle(const Facts& facts, const Evaluation& evaluation);

// Each credit record, by completion and then recording, but for those that `other`, if there is
// one, tells alike.
std::vector<ExplanationLine> ExplainCredits(const Facts& facts, const Evaluation& evaluation,
                                            const Evaluation* other);

// What the renewal needs and has, and the half that an extension needs.
std::vector<ExplanationLine> ExplainRequirement(const Facts& facts, const Evaluation& evaluation);

// Each of the four fees: due or not, and why.
std::vector<ExplanationLine> ExplainFees(const Facts& facts, const Evaluation& evaluation);

// Each payment and what it covered, the balance, and arrears.
std::vector<ExplanationLine> ExplainPayments(const Facts& facts, const Evaluation& evaluation);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_EXPLAIN_PARTS_H_
