#include "tools/replay_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/decimal.h"
#include "tools/person_text.h"
#include "tools/when.h"
#include "tools/words.h"

namespace goodstanding::tools {
namespace {

using namespace api::v1;  // NOLINT: the answers, by name.

// "225.00 late 50.00", the fees that are due; empty where there are no terms.
std::string TermsText(const DecisionTerms& terms) {
  std::vector<std::string> words;
  const auto add = [&](absl::string_view name, const type::v1::Money& fee) {
    if (fee.minor_units() != 0) words.push_back(absl::StrCat(name, " ", Format(fee)));
  };
  add("recertification", terms.fees().recertification());
  add("late", terms.fees().late());
  add("extension", terms.fees().extension());
  add("reinstatement", terms.fees().reinstatement());
  return absl::StrCat("fees: ", words.empty() ? "none" : absl::StrJoin(words, ", "),
                      "; credits: ", absl::StrJoin(terms.credit_references(), ", "));
}

std::string RecordedText(const RecordedDecision& recorded, const Style& style) {
  const auto& basis = recorded.basis();
  return absl::StrCat(
      Colored("The decision", Mood::kStrong, style), "\n",
      NameValueLines(
          {{"  Event", absl::StrCat(recorded.kind(), " at position ", recorded.position(),
                                    ", effective ", FormatDate(recorded.effective_date()))},
           {"  Rests on",
            absl::StrCat(Describe(basis.rule_set()), ", log position ", basis.position(),
                         ", evaluator revision ", basis.evaluator_revision())},
           {"  Fixed", recorded.has_terms() ? TermsText(recorded.terms()) : ""},
           {"  Replayed", recorded.reproduced() ? "facts and rules of then give the same"
                                                : "not compared: another evaluator decided it"}}),
      "\n");
}

std::string DifferencesText(const ReplayDecisionResponse& response, const Style& style) {
  std::string text = absl::StrCat(Colored("Differences", Mood::kStrong, style), "\n");
  if (response.differences().empty()) absl::StrAppend(&text, "  None.\n");
  for (const ReplayDifference& difference : response.differences()) {
    absl::StrAppend(&text, Wrapped(difference.text(), "  ", style));
  }
  return text;
}

std::string DecisionText(const Redecision& decision) {
  if (!decision.allowed()) {
    return absl::StrCat("Decided anew: refused, ", decision.reason(), ": ", decision.text(), "\n");
  }
  return absl::StrCat("Decided anew: allowed, by ", Describe(decision.rule_set()),
                      decision.has_terms() ? "; " + TermsText(decision.terms()) : "", "\n");
}

bool SameLines(const Recomputation& a, const Recomputation& b) {
  return std::equal(a.lines().begin(), a.lines().end(), b.lines().begin(), b.lines().end(),
                    [](const ExplanationLine& x, const ExplanationLine& y) {
                      return x.SerializeAsString() == y.SerializeAsString();
                    });
}

// Reasons that were told before are not told again; `before` may be nullptr.
std::string PartText(absl::string_view title, const Recomputation& result,
                     const Recomputation* before, const Style& style) {
  ExplainStandingResponse explanation;
  *explanation.mutable_answer() = result.answer();
  *explanation.mutable_lines() = result.lines();
  const bool told = before != nullptr && SameLines(*before, result);
  return absl::StrCat(
      "\n", Colored(title, Mood::kStrong, style), "\n",
      told ? "The same, line for line, as above.\n" : ExplanationText(explanation, style),
      result.has_decision() ? "\n" + DecisionText(result.decision()) : "");
}

}  // namespace

std::string ReplayText(const ReplayDecisionResponse& response, const Style& style) {
  const Recomputation& first = response.facts_then_rules_then();
  const Recomputation& second = response.facts_then_rules_now();
  const Recomputation& third = response.facts_now_rules_now();
  const StandingAnswer& then = first.answer();
  const StandingAnswer& now = third.answer();
  return absl::StrCat(then.certificant_id(), " at the end of ", FormatDate(then.as_of_date()),
                      " was ", Colored(Name(then.standing()), MoodOf(then.standing()), style),
                      " as known then (position ", response.then_position(), "), and is ",
                      Colored(Name(now.standing()), MoodOf(now.standing()), style),
                      " as known now (position ", response.now_position(), ").\n\n",
                      response.has_recorded() ? RecordedText(response.recorded(), style) : "",
                      DifferencesText(response, style),
                      PartText("On the facts and by the rules of then", first, nullptr, style),
                      PartText("On the facts of then, by the rules of now", second, &first, style),
                      PartText("On the facts and by the rules of now", third, &second, style));
}

}  // namespace goodstanding::tools
