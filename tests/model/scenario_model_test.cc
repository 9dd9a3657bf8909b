// Every scenario file holds against the model alone.
#include <google/protobuf/text_format.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "goodstanding/type/v1/rule_set.pb.h"
#include "gtest/gtest.h"
#include "tests/model/scenario_player.h"

namespace goodstanding::model {
namespace {

std::string FolderFrom(const char* variable, const char* otherwise) {
  const char* value = std::getenv(variable);
  return value == nullptr ? otherwise : value;
}

type::v1::RuleSet ShippedRules() {
  const std::string path =
      FolderFrom("GS_RULES", GOODSTANDING_SOURCE_DIR "/deploy/rules/namss-2025.textproto");
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  type::v1::RuleSet rules;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text.str(), &rules)) << path;
  return rules;
}

std::vector<std::string> ScenarioFiles() {
  std::vector<std::string> files;
  const std::string folder = FolderFrom("GS_SCENARIOS", GOODSTANDING_SOURCE_DIR "/tests/scenarios");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class ScenarioModelTest : public ::testing::TestWithParam<std::string> {};

TEST_P(ScenarioModelTest, Holds) {
  const type::v1::RuleSet rules = ShippedRules();
  int compared = 0;
  for (const YAML::Node& scenario : YAML::LoadAllFromFile(GetParam())) {
    ScenarioPlayer player(rules);
    for (const std::string& fault : player.Play(scenario)) ADD_FAILURE() << fault;
    compared += player.compared();
  }
  RecordProperty("compared", compared);
}

std::string NameOf(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = std::filesystem::path(info.param).stem().string();
  for (char& letter : name) {
    if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, ScenarioModelTest, ::testing::ValuesIn(ScenarioFiles()), NameOf);
// A folder without files is a fault of the call, not a reason to pass.
TEST(ScenarioFilesTest, AreThere) { EXPECT_FALSE(ScenarioFiles().empty()); }

}  // namespace
}  // namespace goodstanding::model
