// What the parts of the scenario player read from YAML.
#ifndef GOODSTANDING_TESTS_MODEL_SCENARIO_YAML_H_
#define GOODSTANDING_TESTS_MODEL_SCENARIO_YAML_H_

#include <yaml-cpp/yaml.h>

#include <string>

#include "absl/time/civil_time.h"
#include "base/check.h"

namespace goodstanding::model {

// A scalar as written; empty where there is none.
inline std::string Text(const YAML::Node& node) { return node ? node.as<std::string>() : ""; }

// The day of "2025-12-01" or "2025-12-01 17:30".
inline absl::CivilDay DayOf(const YAML::Node& text) {
  absl::CivilDay day;
  GS_CHECK(absl::ParseCivilTime(Text(text).substr(0, 10), &day));
  return day;
}

}  // namespace goodstanding::model

#endif  // GOODSTANDING_TESTS_MODEL_SCENARIO_YAML_H_
