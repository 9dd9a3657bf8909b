#include "eventstore/deployment_key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "base/status_macros.h"

namespace goodstanding::eventstore {
namespace {

// ON DISK: what the keys are derived with (docs/storage.md).
constexpr char kIdLabel[] = "goodstanding deployment key id v1";
constexpr char kWrapLabel[] = "goodstanding wrap v1";
constexpr size_t kIdBytes = 16;
constexpr size_t kMaxFileBytes = 64 << 10;

absl::Status FileError(absl::string_view doing, absl::string_view path) {
  return absl::UnavailableError(absl::StrCat(doing, " ", path, ": ", std::strerror(errno)));
}

// A file descriptor that closes itself.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
};

absl::Status WriteAll(const File& file, absl::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(file.descriptor(), bytes.data(), bytes.size());
    if (written < 0) return FileError("writing", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (fsync(file.descriptor()) != 0) return FileError("syncing", path);
  return absl::OkStatus();
}

absl::Status SyncFolderOf(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  const File file(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.descriptor() < 0 || fsync(file.descriptor()) != 0) return FileError("syncing", folder);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadAll(const File& file, const std::string& path) {
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

bool IsKeyLine(absl::string_view line) {
  return line.size() == 2 * kKeyBytes &&
         std::all_of(line.begin(), line.end(), absl::ascii_isxdigit);
}

}  // namespace

DeploymentKey::DeploymentKey(absl::string_view bytes)
    : id_(Sha256(absl::StrCat(kIdLabel, bytes)).substr(0, kIdBytes)),
      root_(HmacSha256(bytes, kWrapLabel)) {
  GS_CHECK(bytes.size() == kKeyBytes);
}

// ON DISK: HMAC-SHA-256 of both ids, 16 bytes each, and the owner.
std::string DeploymentKey::WrappingKey(absl::string_view key_id, absl::string_view owner) const {
  GS_CHECK(key_id.size() == kIdBytes);
  return HmacSha256(root_.bytes(), absl::StrCat(id_, key_id, owner));
}

std::string DeploymentKey::WrapFor(absl::string_view key_id, absl::string_view owner,
                                   absl::string_view key) const {
  const Secret wrapping(WrappingKey(key_id, owner));
  return WrapKey(wrapping.bytes(), key);
}

std::unique_ptr<const Secret> DeploymentKey::UnwrapFor(absl::string_view key_id,
                                                       absl::string_view owner,
                                                       absl::string_view wrapped) const {
  const Secret wrapping(WrappingKey(key_id, owner));
  std::optional<std::string> key = UnwrapKey(wrapping.bytes(), wrapped);
  if (!key.has_value()) return nullptr;
  return std::make_unique<const Secret>(*std::move(key));
}

absl::StatusOr<DeploymentKeys> ReadKeyFile(const std::string& path) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
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
  const Secret wiped(std::move(text));
  DeploymentKeys keys;
  for (const absl::string_view line : absl::StrSplit(wiped.bytes(), '\n', absl::SkipWhitespace())) {
    const absl::string_view digits = absl::StripAsciiWhitespace(line);
    if (!IsKeyLine(digits)) {
      return absl::FailedPreconditionError(
          absl::StrCat("key file ", path, " has a line that is not 64 hex digits"));
    }
    const Secret bytes(absl::HexStringToBytes(digits));
    keys.push_back(std::make_unique<const DeploymentKey>(bytes.bytes()));
  }
  if (keys.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("key file ", path, " holds no key"));
  }
  return keys;
}

absl::Status CreateKeyFile(const std::string& path, RandomSource& random) {
  const std::string unfinished = absl::StrCat(path, ".new");
  {
    const File file(
        open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (file.descriptor() < 0) return FileError("creating", unfinished);
    const Secret key(random.Bytes(kKeyBytes));
    const Secret text(absl::StrCat(absl::BytesToHexString(key.bytes()), "\n"));
    GS_RETURN_IF_ERROR(WriteAll(file, text.bytes(), unfinished));
  }
  // Unlike a rename, a link never replaces a key that somebody else has just put there.
  if (link(unfinished.c_str(), path.c_str()) != 0) {
    if (errno == EEXIST) return absl::AlreadyExistsError(absl::StrCat(path, " is already there"));
    return FileError("creating", path);
  }
  if (unlink(unfinished.c_str()) != 0) return FileError("removing", unfinished);
  return SyncFolderOf(path);
}

}  // namespace goodstanding::eventstore
