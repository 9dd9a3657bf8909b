// The figures of a rule set in plain words, with their units.
#ifndef GOODSTANDING_TOOLS_RULE_WORDS_H_
#define GOODSTANDING_TOOLS_RULE_WORDS_H_

#include <string>

#include "goodstanding/type/v1/rule_set.pb.h"
#include "tools/rule_figures.h"

namespace goodstanding::tools {

// What a figure is: "Fee for a late application"; the path where it is none of a rule set.
std::string FigureInWords(const std::string& path, const type::v1::RuleSet& rules);

// Its value: "$50.00", "15.00 credits", "December 31", "28 days", "yes"; empty where there is none.
std::string ValueInWords(const RuleFigure& figure, const type::v1::RuleSet& rules);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_RULE_WORDS_H_
