// A folder that goes with its owner.
#ifndef GOODSTANDING_TOOLS_SCRATCH_FOLDER_H_
#define GOODSTANDING_TOOLS_SCRATCH_FOLDER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace goodstanding::tools {

class ScratchFolder {
 public:
  // Below TMPDIR where that is set, else in memory (/dev/shm) where there is one, else below /tmp.
  static absl::StatusOr<std::unique_ptr<ScratchFolder>> Create();

  // Removes the folder with all that is in it.
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_SCRATCH_FOLDER_H_
