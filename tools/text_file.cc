#include "tools/text_file.h"

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace goodstanding::tools {

absl::StatusOr<std::string> ReadTextFile(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  if (!(text << stream.rdbuf())) return absl::NotFoundError(absl::StrCat(file, ": cannot be read"));
  return text.str();
}

}  // namespace goodstanding::tools
