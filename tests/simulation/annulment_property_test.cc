// Whatever is annulled, and taken back, at whatever moment: the domain says what the slow model
// says.
#include <cstdint>
#include <random>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/simulation/boards.h"
#include "tests/simulation/properties.h"

namespace goodstanding::simulation {
namespace {

// An annulment of any position so far, or just behind; now and then of the last annulment.
class Annuller {
 public:
  explicit Annuller(const History& history)
      : random_(static_cast<uint32_t>(history.steps.size())), ids_(history.Certificants()) {}

  bool Wants() { return !ids_.empty() && random_() % 3 == 0; }

  Step Next(absl::Time at, int64_t head) {
    Step step;
    step.at = at;
    step.id = ids_[random_() % ids_.size()];
    event::v1::CertificantEvent event;
    const bool again = last_ > 0 && random_() % 4 == 0;
    event.mutable_fact_annulled()->set_fact_position(
        again ? last_ : static_cast<int64_t>(random_() % static_cast<uint64_t>(head + 1)) + 1);
    event.mutable_fact_annulled()->set_reason("entered in error");
    step.proposed = event;
    last_ = head + 1;
    return step;
  }

 private:
  std::mt19937 random_;
  const std::vector<std::string> ids_;
  int64_t last_ = 0;
};

std::string Disagreement(const History& history) {
  DomainBoard domain;
  ModelBoard model;
  Annuller annuller(history);
  std::string told;
  const auto take = [&](const Step& step) -> std::string {
    const std::string got = domain.Take(step);
    if (absl::StrContains(got, "RULE_SET")) return "";  // The model knows of valid ones only.
    const std::string wanted = model.Take(step);
    absl::StrAppend(&told, domain.log().size(), ": ", ToYaml(step, wanted), "\n");
    if (got == wanted) return "";
    return absl::StrCat("The domain says [", got, "], the model [", wanted, "]\n", told);
  };
  for (const Step& step : history.steps) {
    std::string fault = take(step);
    if (fault.empty() && annuller.Wants()) {
      fault = take(annuller.Next(step.at, static_cast<int64_t>(domain.log().size())));
    }
    if (!fault.empty()) return fault;
    fault = DifferenceOfLastFacts(domain, model);
    if (!fault.empty()) return absl::StrCat("Settled differently: ", fault, "\n", told);
  }
  for (const Question& question : history.questions) {
    const Answer wanted = model.Ask(question);
    const Answer got = domain.Ask(question);
    for (const auto& [name, value] : wanted) {
      const auto found = got.find(name);
      if (found != got.end() && found->second == value) continue;
      return absl::StrCat(name, ": the domain says ",
                          found == got.end() ? "nothing" : found->second, ", the model ", value,
                          "\n", told);
    }
  }
  return "";
}

TEST(AnnulmentProperty, DomainAndModelAgree) { ExpectOfHistories(150, &Disagreement); }

}  // namespace
}  // namespace goodstanding::simulation
