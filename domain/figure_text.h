// The figures of a rule set as they are written in it.
#ifndef GOODSTANDING_DOMAIN_FIGURE_TEXT_H_
#define GOODSTANDING_DOMAIN_FIGURE_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "goodstanding/type/v1/rule_set.pb.h"

namespace goodstanding::domain {

// The value at a path by which corrections name figures, for example "fees.late"; empty where the
// rule set has no such figure. Pure.
std::string FigureText(absl::string_view path, const type::v1::RuleSet& rule_set);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_FIGURE_TEXT_H_
