// Plays scenario files against the model alone. A command becomes a fact unless the step says that
// it fails; what the model would answer is compared with that.
#ifndef GOODSTANDING_TESTS_MODEL_SCENARIO_PLAYER_H_
#define GOODSTANDING_TESTS_MODEL_SCENARIO_PLAYER_H_

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "goodstanding/type/v1/rule_set.pb.h"
#include "tests/model/standing_model.h"

namespace goodstanding::model {

// One scenario with a log and a clock of its own. Confined to one thread.
class ScenarioPlayer {
 public:
  // Publishes the rule set as the first fact.
  explicit ScenarioPlayer(const type::v1::RuleSet& rules);

  // Plays all steps. Returns a line for each expectation that does not hold.
  std::vector<std::string> Play(const YAML::Node& scenario);

  // How many expect, expect_report and expect_due steps were compared.
  int compared() const { return compared_; }
  const std::vector<ModelFact>& log() const { return log_; }

 private:
  void PlayStep(const YAML::Node& step);
  void PlayCommand(const std::string& action, const YAML::Node& fields, const YAML::Node& step);
  bool PlayCreditCommand(const std::string& action, const YAML::Node& fields, absl::Time effective);
  bool PlayRenewalCommand(const std::string& action, const YAML::Node& fields,
                          absl::Time effective);
  bool PlayDisputeCommand(const std::string& action, const YAML::Node& fields,
                          absl::Time effective);
  event::v1::WaiverGranted Waiver(const YAML::Node& fields);
  bool PlayPersonCommand(const std::string& action, const YAML::Node& fields, absl::Time effective);
  bool PlayBoardCommand(const std::string& action, const YAML::Node& fields, absl::Time effective);
  void RecordCredit(const YAML::Node& fields, absl::Time effective);
  void Pay(const YAML::Node& fields, const YAML::Node& step);
  void CorrectRules(const YAML::Node& fields, absl::Time effective);

  void Expect(const YAML::Node& fields);
  void ExpectStanding(const YAML::Node& fields, const ModelAnswer& answer);
  void ExpectAmounts(const YAML::Node& fields, const ModelAnswer& answer);
  void ExpectCredits(const YAML::Node& fields, const ModelAnswer& answer);
  void ExpectReport(const YAML::Node& ids, const YAML::Node& step);
  void ExpectDue(const YAML::Node& years);
  void Compare(const std::string& what, const YAML::Node& wanted, const std::string& got);

  // The instant that a date, or a date with a time, means.
  absl::Time Instant(const YAML::Node& text) const;
  ModelQuestion Question(const std::string& id, const YAML::Node& fields) const;

  template <typename Event>
  ModelFact MakeFact(const std::string& stream, absl::Time effective, const Event& event) const;
  template <typename Event>
  void Append(const std::string& stream, absl::Time effective, const Event& event);
  // Asks the model for a refusal and compares. Whether the step must succeed.
  template <typename Event>
  bool Decide(const std::string& stream, absl::Time effective, const Event& event);
  void AppendPersonal(const YAML::Node& fields, absl::Time effective,
                      const event::v1::CertificantEvent& event);

  absl::TimeZone zone_;
  absl::Time now_;
  std::string rule_set_name_;
  int64_t rule_set_version_ = 1;
  std::vector<ModelFact> log_;
  std::map<int64_t, int64_t> positions_;  // Of what a step recorded, by its number.
  std::set<std::string> ids_;
  std::vector<std::string> faults_;
  std::string where_;
  // The reason with which the step at hand must be refused; empty where it must succeed.
  std::string wanted_refusal_;
  // Who takes it, and the position that it names as its cause.
  std::string actor_;
  int64_t cause_ = 0;
  int compared_ = 0;
};

}  // namespace goodstanding::model

#endif  // GOODSTANDING_TESTS_MODEL_SCENARIO_PLAYER_H_
