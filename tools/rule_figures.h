// A rule set figure by figure, under the paths by which corrections name them.
#ifndef GOODSTANDING_TOOLS_RULE_FIGURES_H_
#define GOODSTANDING_TOOLS_RULE_FIGURES_H_

#include <string>
#include <vector>

#include "goodstanding/type/v1/rule_set.pb.h"

namespace goodstanding::tools {

struct RuleFigure {
  std::string path;   // "fees.late", "requirement.single.total", "activity.TEACHING.rate".
  std::string value;  // As written in the rule set; "yes" or "no" for a flag.

  bool operator==(const RuleFigure&) const = default;
};

// Everything that the rule set says, each path once, in the order of the rule set.
std::vector<RuleFigure> ListFigures(const type::v1::RuleSet& rules);

// A figure that two rule sets have differently.
struct RuleDifference {
  std::string path;
  std::string before;        // Empty where only the later one has it.
  std::string after;         // Empty where only the earlier one has it.
  bool correctable = false;  // Whether a correction of the earlier one can replace it.
  // The same for a person: what the figure is, and both values with their units.
  std::string words = {};
  std::string before_words = {};
  std::string after_words = {};

  bool operator==(const RuleDifference&) const = default;
};

// What differs, in the order of the rule sets.
std::vector<RuleDifference> CompareRules(const type::v1::RuleSet& before,
                                         const type::v1::RuleSet& after);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_RULE_FIGURES_H_
