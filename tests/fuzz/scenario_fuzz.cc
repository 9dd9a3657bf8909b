// Scenarios in YAML.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "tools/scenario.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto scenarios = goodstanding::tools::ParseScenarios(
      "file", std::string(reinterpret_cast<const char*>(data), size));
  GS_CHECK(scenarios.ok() || scenarios.status().code() == absl::StatusCode::kInvalidArgument);
  return 0;
}
