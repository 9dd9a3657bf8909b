// The domain says what the slow model says, for any history.
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/simulation/boards.h"
#include "tests/simulation/properties.h"
#include "tests/simulation/transcript.h"

namespace goodstanding::simulation {
namespace {

// Figures of `wanted` that `got` does not have like that.
Answer Differing(const Answer& wanted, const Answer& got) {
  Answer differing;
  for (const auto& [name, value] : wanted) {
    const auto found = got.find(name);
    if (found == got.end() || found->second != value) differing[name] = value;
  }
  return differing;
}

std::string Format(const Answer& answer) {
  return absl::StrJoin(answer, ", ", absl::PairFormatter(": "));
}

std::string Disagreement(const History& history) {
  DomainBoard domain;
  ModelBoard model;
  Transcript transcript;
  for (const Step& step : history.steps) {
    const std::string got = domain.Take(step);
    if (absl::StrContains(got, "RULE_SET")) continue;  // The model knows of valid ones only.
    const std::string wanted = model.Take(step);
    transcript.AddStep(step, wanted);
    if (got != wanted) {
      return absl::StrCat("The domain says [", got, "], the model [", wanted, "]\n",
                          transcript.Text());
    }
    const std::string settled = DifferenceOfLastFacts(domain, model);
    if (!settled.empty()) return absl::StrCat("Settled differently: ", settled, transcript.Text());
  }
  for (const Question& question : history.questions) {
    const Answer wanted = model.Ask(question);
    const Answer got = domain.Ask(question);
    if (got == wanted) continue;
    transcript.AddExpectation(question, Differing(wanted, got));
    return absl::StrCat("The domain says ", Format(Differing(got, wanted)), "\n",
                        transcript.Text());
  }
  return "";
}

TEST(ModelProperty, DomainAndModelAgreeOnEveryHistory) { ExpectOfHistories(100, &Disagreement); }

}  // namespace
}  // namespace goodstanding::simulation
