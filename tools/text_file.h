// Files that a person names.
#ifndef GOODSTANDING_TOOLS_TEXT_FILE_H_
#define GOODSTANDING_TOOLS_TEXT_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace goodstanding::tools {

// The whole of a file, byte for byte. NOT_FOUND, naming it, where it cannot be read or is empty.
absl::StatusOr<std::string> ReadTextFile(const std::string& file);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_TEXT_FILE_H_
