// Rule sets as text files.
#ifndef GOODSTANDING_TOOLS_RULE_FILES_H_
#define GOODSTANDING_TOOLS_RULE_FILES_H_

#include <string>

#include "absl/status/statusor.h"
#include "goodstanding/type/v1/rule_set.pb.h"

namespace goodstanding::tools {

// The rule set of a text. INVALID_ARGUMENT, as "FILE:LINE: message", where it is none; whether its
// figures make sense is another question.
absl::StatusOr<type::v1::RuleSet> ParseRules(const std::string& file, const std::string& text);

// The same for a file. NOT_FOUND where it cannot be read.
absl::StatusOr<type::v1::RuleSet> ReadRules(const std::string& file);

// deploy/rules/namss-2025.textproto, as it was when the program was built.
const type::v1::RuleSet& ShippedRules();

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_RULE_FILES_H_
