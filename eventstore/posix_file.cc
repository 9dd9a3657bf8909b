#include "eventstore/posix_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace goodstanding::eventstore {

absl::Status FileError(absl::string_view doing, absl::string_view path) {
  return absl::UnavailableError(
      absl::StrCat(doing, " ", path, ": ", std::generic_category().message(errno)));
}

absl::Status CreateFile(const std::string& path, absl::string_view bytes, bool sync) {
  const PosixFile file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (file.descriptor() < 0) return FileError("creating", path);
  while (!bytes.empty()) {
    const ssize_t written = write(file.descriptor(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FileError("writing", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (sync && fsync(file.descriptor()) != 0) return FileError("syncing", path);
  return absl::OkStatus();
}

absl::Status SyncFolderAt(const std::string& path) {
  const PosixFile folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.descriptor() < 0 || fsync(folder.descriptor()) != 0) return FileError("syncing", path);
  return absl::OkStatus();
}

absl::Status SyncFolderOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return SyncFolderAt(parent.empty() ? "." : parent);
}

}  // namespace goodstanding::eventstore
