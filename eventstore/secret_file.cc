#include "eventstore/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "eventstore/posix_file.h"

namespace goodstanding::eventstore {
namespace {

constexpr size_t kMaxFileBytes = 64 << 10;

absl::StatusOr<std::string> ReadAll(const PosixFile& file, const std::string& path) {
  std::string text(kMaxFileBytes, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(file.descriptor(), text.data() + size, text.size() - size);
    if (got < 0) return FileError("reading", path);
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  text.resize(size);
  return text;
}

// Writes the bytes to a file of its own beside `path`; returns its name.
absl::StatusOr<std::string> WriteBeside(const std::string& path, const Secret& text) {
  std::string unfinished = absl::StrCat(path, ".new");
  // One that a crash left, or that somebody put there, may be open to others.
  if (unlink(unfinished.c_str()) != 0 && errno != ENOENT) return FileError("removing", unfinished);
  GS_RETURN_IF_ERROR(CreateFile(unfinished, text.bytes(), /*sync=*/true));
  return unfinished;
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Secret>> ReadSecretFile(const std::string& path) {
  const PosixFile file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.descriptor() < 0) {
    if (errno == ENOENT) return absl::NotFoundError(absl::StrCat("there is no key file ", path));
    return FileError("opening", path);
  }
  struct stat facts;
  if (fstat(file.descriptor(), &facts) != 0) return FileError("looking at", path);
  if ((facts.st_mode & S_IRWXO) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("key file ", path, " is open to everybody: chmod it to 0600"));
  }
  GS_ASSIGN_OR_RETURN(std::string text, ReadAll(file, path));
  return std::make_unique<const Secret>(std::move(text));
}

absl::Status CreateSecretFile(const std::string& path, const Secret& text) {
  GS_ASSIGN_OR_RETURN(const std::string unfinished, WriteBeside(path, text));
  // Unlike a rename, a link never replaces a key that somebody else has just put there.
  if (link(unfinished.c_str(), path.c_str()) != 0) {
    if (errno == EEXIST) return absl::AlreadyExistsError(absl::StrCat(path, " is already there"));
    return FileError("creating", path);
  }
  if (unlink(unfinished.c_str()) != 0) return FileError("removing", unfinished);
  return SyncFolderOf(path);
}

absl::Status ReplaceSecretFile(const std::string& path, const Secret& text) {
  GS_ASSIGN_OR_RETURN(const std::string unfinished, WriteBeside(path, text));
  if (rename(unfinished.c_str(), path.c_str()) != 0) return FileError("replacing", path);
  return SyncFolderOf(path);
}

}  // namespace goodstanding::eventstore
