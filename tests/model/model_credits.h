// What each credit record of a person earns in one cycle.
#ifndef GOODSTANDING_TESTS_MODEL_MODEL_CREDITS_H_
#define GOODSTANDING_TESTS_MODEL_MODEL_CREDITS_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "goodstanding/type/v1/rule_set.pb.h"
#include "tests/model/standing_model.h"

namespace goodstanding::model {

// What decides about records beside their own facts.
struct CreditCircumstances {
  const type::v1::RuleSet& rules;
  // Facts of the catalogue that are known and effective, in effective order.
  const std::vector<const ModelFact*>& catalogue;
  // Days of completion that count, both inclusive.
  absl::CivilDay first_day;
  absl::CivilDay last_day;
  // Last day of a granted extension, inclusive.
  std::optional<absl::CivilDay> extension_last_day;
  // Only records reported on or before it count.
  std::optional<absl::CivilDay> reported_by;
  bool documents_demanded = false;
  // References that approvals of earlier cycles rest on.
  std::set<std::string> counted_before;
  ModelCredits requirement;
  // Where the cycle is renewed: the references that its approval rests on.
  std::optional<std::set<std::string>> approved_with;
};

struct CreditOutcome {
  std::map<std::string, ModelCreditResult> results;
  ModelCredits counted;
};

// `facts`: those of the person that are known and effective, in effective order.
CreditOutcome EvaluateCredits(const std::vector<const ModelFact*>& facts,
                              const CreditCircumstances& circumstances);

}  // namespace goodstanding::model

#endif  // GOODSTANDING_TESTS_MODEL_MODEL_CREDITS_H_
