// The tool as a person calls it, in this process.
#ifndef GOODSTANDING_TESTS_TOOLS_RUN_TOOL_H_
#define GOODSTANDING_TESTS_TOOLS_RUN_TOOL_H_

#include <string>
#include <vector>

namespace goodstanding::tools {

struct Outcome {
  int code = 0;
  std::string out;
  std::string error;
};

// Runs `goodstanding` with the arguments, and takes what it writes.
Outcome RunWith(const std::vector<std::string>& arguments);

// The bytes of a file; empty where there is none.
std::string ReadFile(const std::string& path);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TESTS_TOOLS_RUN_TOOL_H_
