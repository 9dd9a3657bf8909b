// Every scenario holds against a complete server: real services, real store, a clock that it sets.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tools/rule_files.h"
#include "tools/scenario.h"
#include "tools/scenario_runner.h"

namespace goodstanding::tools {
namespace {

std::vector<std::string> ScenarioFiles() {
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(GOODSTANDING_SCENARIO_DIR)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class ScenarioFile : public ::testing::TestWithParam<std::string> {};

TEST_P(ScenarioFile, Holds) {
  GS_ASSERT_OK_AND_ASSIGN(const std::vector<Scenario> scenarios, ReadScenarios(GetParam()));
  size_t done = 0;
  ScenarioOptions options;
  options.rules = ShippedRules();
  options.jobs = 2;
  options.done = [&](const Scenario& scenario, const std::vector<StepFailure>& failures) {
    ++done;
    EXPECT_TRUE(failures.empty()) << DescribeFailures(scenario, failures);
  };
  GS_ASSERT_OK(RunScenarios(scenarios, options));
  EXPECT_EQ(done, scenarios.size());
}

std::string NameOf(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = std::filesystem::path(info.param).stem().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, ScenarioFile, ::testing::ValuesIn(ScenarioFiles()), NameOf);

// A folder without files is a fault of the call, not a reason to pass.
TEST(ScenarioFiles, AreThere) { EXPECT_GE(ScenarioFiles().size(), 12); }

}  // namespace
}  // namespace goodstanding::tools
