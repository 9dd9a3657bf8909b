// Scenarios: short histories with what must be true along the way (tests/scenarios/FORMAT.md).
#ifndef GOODSTANDING_TOOLS_SCENARIO_H_
#define GOODSTANDING_TOOLS_SCENARIO_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "goodstanding/type/v1/values.pb.h"
#include "tools/any_command.h"
#include "tools/when.h"

namespace goodstanding::tools {

// What must hold, figure by figure: {"standing", "ACTIVE"}, {"counted.total", "30.00"},
// {"fees.late", "0.00"}, {"credit.c1", "OUTSIDE_CYCLE"}.
using Figures = std::vector<std::pair<std::string, std::string>>;

// A person's standing.
struct Expectation {
  std::string certificant_id;
  std::optional<type::v1::CivilDate> as_of;
  std::optional<When> known_at;
  std::optional<type::v1::RuleSetVersion> rules;
  Figures figures;
};

// Who is on the Good Standing Report.
struct ReportExpectation {
  std::optional<type::v1::CivilDate> as_of;
  std::optional<When> known_at;
  std::vector<std::string> certificant_ids;
};

// Who is due in each of some years.
struct DueExpectation {
  std::vector<std::pair<int, std::vector<std::string>>> by_year;
};

// One step. A command carries a header without request id.
struct Step {
  int number = 0;  // From 1.
  int line = 0;    // In the file, from 1.
  std::optional<When> at;
  std::string fails;  // The reason; empty: it must succeed.
  std::optional<When> effective;
  std::string by;   // Who takes the step; empty: nobody is identified.
  int because = 0;  // Number of the earlier step that the command names as its cause; 0 for none.
  std::variant<AnyCommand, Expectation, ReportExpectation, DueExpectation> action;
};

struct Scenario {
  std::string file;
  int line = 0;  // In the file, from 1.
  std::string title;
  std::vector<Step> steps;
};

// All scenarios of a YAML text; `file` is its name in messages. INVALID_ARGUMENT, as
// "FILE:LINE: message", where the text is no YAML or not as the format says.
absl::StatusOr<std::vector<Scenario>> ParseScenarios(const std::string& file,
                                                     const std::string& text);

// The same for a file. NOT_FOUND where it cannot be read.
absl::StatusOr<std::vector<Scenario>> ReadScenarios(const std::string& file);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_SCENARIO_H_
