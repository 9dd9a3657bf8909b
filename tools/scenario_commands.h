// The commands of a scenario: from the fields of a step to the request that is sent.
#ifndef GOODSTANDING_TOOLS_SCENARIO_COMMANDS_H_
#define GOODSTANDING_TOOLS_SCENARIO_COMMANDS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "tools/any_command.h"
#include "tools/field_reader.h"

namespace goodstanding::tools {

// Puts the request of an action together; faults are left in `fields`. `default_effective` is set
// where the action's own fields say when the fact took place (a payment's day of receipt). nullopt
// where there is no such action.
std::optional<AnyCommand> ReadCommand(absl::string_view action, FieldReader& fields,
                                      std::optional<When>& default_effective);

// Names of all actions, comma-separated.
std::string CommandNames();

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_SCENARIO_COMMANDS_H_
