#include "tools/scratch_folder.h"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"

namespace goodstanding::tools {
namespace {

std::string ParentFolder() {
  const char* const chosen = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe)
  if (chosen != nullptr && *chosen != '\0') return chosen;
  constexpr char kMemory[] = "/dev/shm";
  return access(kMemory, W_OK | X_OK) == 0 ? kMemory : "/tmp";
}

}  // namespace

absl::StatusOr<std::unique_ptr<ScratchFolder>> ScratchFolder::Create() {
  std::string path = absl::StrCat(ParentFolder(), "/goodstanding-XXXXXX");
  if (mkdtemp(path.data()) == nullptr) {
    const std::error_code error(errno, std::generic_category());
    return absl::UnavailableError(
        absl::StrCat("no scratch folder can be made in ", ParentFolder(), ": ", error.message()));
  }
  return absl::WrapUnique(new ScratchFolder(std::move(path)));
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;  // What is left behind is in a folder for temporary files.
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace goodstanding::tools
