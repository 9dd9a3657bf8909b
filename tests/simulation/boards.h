// The two sides that are compared: the domain layer, and the slow model. Each takes a history step
// by step and keeps a log of its own, with what its own decisions settled.
#ifndef GOODSTANDING_TESTS_SIMULATION_BOARDS_H_
#define GOODSTANDING_TESTS_SIMULATION_BOARDS_H_

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "domain/evaluate.h"
#include "tests/model/standing_model.h"
#include "tests/simulation/history.h"

namespace goodstanding::simulation {

domain::Date ToDate(absl::CivilDay day);
domain::Moment ToMoment(absl::Time time);

// An answer, figure by figure, in the words of tests/scenarios/FORMAT.md:
// {"standing", "ACTIVE"}, {"counted", "[\"30.00\", \"15.00\"]"}, {"credit.c1", "OUTSIDE_CYCLE"}.
using Answer = std::map<std::string, std::string>;

// A fact as the domain recorded it.
struct RecordedFact {
  int64_t position = 0;
  absl::Time recorded;
  absl::Time effective;
  std::string stream;
  std::variant<event::v1::CertificantEvent, event::v1::ActivityEvent, event::v1::RuleSetEvent>
      payload;
};

// What was known at a moment; owns what its facts borrow.
struct KnownFacts {
  domain::CertificantState state;
  domain::Rulebook rulebook;
  domain::RulebookView rules;
  domain::Catalogue catalogue;
  domain::Knowledge knowledge;

  domain::Facts facts() const { return {state, rules, catalogue, knowledge}; }
};

// What the domain answers for a day.
Answer AnswerOf(const domain::Facts& facts, domain::Date day);

// The days on which the answer about a person may turn, those next to them, and some in between.
std::vector<domain::Date> TellingDays(const domain::Facts& facts);

// Confined to one thread.
class DomainBoard {
 public:
  DomainBoard();

  // The reason with which the step is refused; empty where it is accepted and recorded.
  std::string Take(const Step& step);

  KnownFacts Known(const Question& question) const;
  Answer Ask(const Question& question) const;

  const std::vector<RecordedFact>& log() const { return log_; }

 private:
  absl::Status Record(const Step& step);
  absl::Status RecordFor(const Step& step, const event::v1::CertificantEvent& proposed);
  absl::Status RecordFor(const Step& step, const event::v1::ActivityEvent& proposed);
  absl::Status RecordFor(const Step& step, const event::v1::RuleSetCorrected& proposed);
  template <typename Event>
  void Append(const Step& step, const Event& event);

  domain::Rulebook rulebook_;
  domain::RulebookView rules_;
  domain::Catalogue catalogue_;
  std::map<std::string, domain::CertificantState> states_;
  std::vector<RecordedFact> log_;
};

// Confined to one thread.
class ModelBoard {
 public:
  ModelBoard();

  // As DomainBoard::Take. A correction is always accepted: valid ones are no matter of the model.
  std::string Take(const Step& step);
  Answer Ask(const Question& question) const;

  const std::vector<model::ModelFact>& log() const { return log_; }

 private:
  std::vector<model::ModelFact> log_;
  int64_t rules_version_ = 1;
};

// What the last facts recorded by both settled differently; empty where they agree.
std::string DifferenceOfLastFacts(const DomainBoard& domain, const ModelBoard& model);

}  // namespace goodstanding::simulation

#endif  // GOODSTANDING_TESTS_SIMULATION_BOARDS_H_
