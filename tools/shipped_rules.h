// The rule set that comes with the program, put in when it was built (tools/CMakeLists.txt).
#ifndef GOODSTANDING_TOOLS_SHIPPED_RULES_H_
#define GOODSTANDING_TOOLS_SHIPPED_RULES_H_

namespace goodstanding::tools {

// Text of deploy/rules/namss-2025.textproto.
extern const char* const kShippedRules;

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_SHIPPED_RULES_H_
