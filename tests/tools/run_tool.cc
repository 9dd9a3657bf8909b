#include "tests/tools/run_tool.h"

#include <fstream>
#include <sstream>

#include "gtest/gtest.h"
#include "tools/command_line.h"

namespace goodstanding::tools {

Outcome RunWith(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv = {"goodstanding"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.code = RunTool(static_cast<int>(argv.size()), argv.data());
  outcome.out = ::testing::internal::GetCapturedStdout();
  outcome.error = ::testing::internal::GetCapturedStderr();
  return outcome;
}

std::string ReadFile(const std::string& path) {
  const std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace goodstanding::tools
