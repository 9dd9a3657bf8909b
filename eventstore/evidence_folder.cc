#include "eventstore/evidence_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "eventstore/append_status.h"
#include "eventstore/crypto.h"
#include "eventstore/posix_file.h"

namespace goodstanding::eventstore {
namespace {

constexpr size_t kMaxFileBytes = 64 << 20;
constexpr size_t kNameBytes = 64;
constexpr absl::string_view kUnfinished = "new-";

absl::Status CreateFolderAt(const std::string& path, bool sync) {
  if (mkdir(path.c_str(), S_IRWXU) != 0) {
    return errno == EEXIST ? absl::OkStatus() : FileError("creating", path);
  }
  return sync ? SyncFolderOf(path) : absl::OkStatus();
}

// NOT_FOUND where there is no such file.
absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const PosixFile file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.descriptor() < 0) {
    if (errno == ENOENT) return absl::NotFoundError(absl::StrCat("there is no file ", path));
    return FileError("opening", path);
  }
  std::string bytes;
  std::vector<char> part(64 << 10);
  while (bytes.size() <= kMaxFileBytes) {
    const ssize_t got = read(file.descriptor(), part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError("reading", path);
    if (got == 0) return bytes;
    bytes.append(part.data(), static_cast<size_t>(got));
  }
  return absl::DataLossError(absl::StrCat(path, " is longer than any document"));
}

std::string PathOf(const std::string& folder, absl::string_view digest) {
  return absl::StrCat(folder, "/", absl::BytesToHexString(digest));
}

// A name beside all others. A file of it that a killed process left is in the way of nobody.
std::string UnfinishedPath(const std::string& folder) {
  static std::atomic<int64_t> count = 0;
  return absl::StrCat(folder, "/", kUnfinished, getpid(), "-", ++count);
}

// Gives bytes the name of their digest, unless a file has it.
absl::Status Publish(const std::string& folder, absl::string_view digest, absl::string_view bytes,
                     bool sync) {
  const std::string path = PathOf(folder, digest);
  const std::string unfinished = UnfinishedPath(folder);
  if (unlink(unfinished.c_str()) != 0 && errno != ENOENT) return FileError("removing", unfinished);
  GS_RETURN_IF_ERROR(CreateFile(unfinished, bytes, sync));
  if (rename(unfinished.c_str(), path.c_str()) != 0) return FileError("renaming", unfinished);
  return sync ? SyncFolderAt(folder) : absl::OkStatus();
}

// Documents leave to the log what it reserves for itself.
absl::Status CheckRoom(const std::string& folder, size_t bytes) {
  constexpr uint64_t kReservedBytes = 256 << 20;
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(folder, error);
  if (error || space.available >= kReservedBytes + bytes) return absl::OkStatus();
  return DiskNearlyFullError(space.available, kReservedBytes);
}

bool IsName(absl::string_view name) {
  return name.size() == kNameBytes && std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isxdigit(static_cast<unsigned char>(c)) &&
                  !absl::ascii_isupper(static_cast<unsigned char>(c));
         });
}

}  // namespace

absl::StatusOr<std::string> EvidenceFolder::Put(absl::string_view bytes) const {
  GS_RETURN_IF_ERROR(CreateFolderAt(path_, sync_));
  GS_RETURN_IF_ERROR(CheckRoom(path_, bytes.size()));
  std::string digest = Sha256(bytes);
  GS_RETURN_IF_ERROR(Publish(path_, digest, bytes, sync_));
  return digest;
}

absl::StatusOr<std::string> EvidenceFolder::Get(absl::string_view digest) const {
  absl::StatusOr<std::string> bytes = ReadFile(PathOf(path_, digest));
  if (absl::IsNotFound(bytes.status())) return absl::DataLossError(bytes.status().message());
  if (!bytes.ok() || Sha256(*bytes) == digest) return bytes;
  return absl::DataLossError(
      absl::StrCat(PathOf(path_, digest), " is not what its name says: it is damaged"));
}

absl::Status CopyEvidence(const std::string& from, const std::string& to) {
  std::error_code error;
  if (!std::filesystem::exists(from, error)) return absl::OkStatus();
  GS_RETURN_IF_ERROR(CreateFolderAt(to, /*sync=*/true));
  std::filesystem::directory_iterator entry(from, error);
  const EvidenceFolder source(from);
  absl::Status damage;
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!IsName(name)) continue;
    std::error_code missing;
    if (std::filesystem::exists(absl::StrCat(to, "/", name), missing)) continue;
    const std::string digest = absl::HexStringToBytes(name);
    const absl::StatusOr<std::string> bytes = source.Get(digest);
    if (absl::IsDataLoss(bytes.status())) {  // The others are copied all the same.
      damage.Update(bytes.status());
      continue;
    }
    GS_RETURN_IF_ERROR(bytes.status());
    GS_RETURN_IF_ERROR(Publish(to, digest, *bytes, /*sync=*/true));
  }
  if (error) {
    return absl::UnavailableError(absl::StrCat("listing ", from, ": ", error.message()));
  }
  return damage;
}

}  // namespace goodstanding::eventstore
