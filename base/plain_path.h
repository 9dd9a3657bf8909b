// Paths for libraries that compare them as texts.
#ifndef GOODSTANDING_BASE_PLAIN_PATH_H_
#define GOODSTANDING_BASE_PLAIN_PATH_H_

#include <filesystem>
#include <string>
#include <system_error>

namespace goodstanding {

// The same folder, from the root on, without "." or ".." and without a "/" at its end. Symbolic
// links are not followed. As it was where the current folder is unknown.
inline std::string PlainPath(const std::string& path) {
  std::error_code error;
  std::filesystem::path plain = std::filesystem::absolute(path, error).lexically_normal();
  if (error) return path;
  if (!plain.has_filename() && plain.has_relative_path()) plain = plain.parent_path();
  return plain.string();
}

}  // namespace goodstanding

#endif  // GOODSTANDING_BASE_PLAIN_PATH_H_
