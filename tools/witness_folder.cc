#include "tools/witness_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/status_macros.h"
#include "eventstore/note.h"
#include "eventstore/secret_file.h"
#include "tools/verify_command.h"
#include "verify/hashes.h"

namespace goodstanding::tools {
namespace {

constexpr char kSeen[] = "seen.checkpoint";
constexpr char kRotations[] = "rotations";
constexpr size_t kEvidenceIdBytes = 8;

absl::Status SyncFolder(const std::string& path) {
  const int folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = folder >= 0 && fsync(folder) == 0;
  if (folder >= 0) close(folder);
  if (synced) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot sync ", path));
}

// Creates a folder that is there for good once this returns; its parent exists.
absl::Status CreateFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directory(path, error);
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot create ", path, ": ", error.message()));
  }
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  return SyncFolder(parent.empty() ? "." : parent.string());
}

std::string LogFolder(const std::string& path, absl::string_view origin) {
  return absl::StrCat(path, "/", absl::StrReplaceAll(origin, {{"/", "_"}}));
}

// Empty where there is none.
absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::error_code error;
  const auto facts = std::filesystem::status(path, error);
  if (facts.type() == std::filesystem::file_type::not_found) return "";
  return ReadSmallFile(path);
}

// As key files are written: synced, and whole or not at all.
absl::Status WriteFile(const std::string& folder, const std::string& name,
                       const std::string& bytes) {
  GS_RETURN_IF_ERROR(CreateFolder(folder));
  return eventstore::ReplaceSecretFile(absl::StrCat(folder, "/", name), eventstore::Secret(bytes));
}

absl::StatusOr<int> LockFolder(const std::string& path) {
  const std::string file = absl::StrCat(path, "/lock");
  const int lock = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (lock < 0) return absl::UnavailableError(absl::StrCat("cannot create ", file));
  if (flock(lock, LOCK_EX | LOCK_NB) == 0) return lock;
  close(lock);
  return absl::FailedPreconditionError(absl::StrCat("another witness has ", path));
}

}  // namespace

absl::StatusOr<std::unique_ptr<WitnessFolder>> WitnessFolder::Open(
    const std::string& path, absl::string_view name, eventstore::RandomSource& random) {
  constexpr auto kType = eventstore::NoteKeyType::kCosignature;
  if (!eventstore::IsNoteKeyName(name)) {
    return absl::InvalidArgumentError(
        "the name of a witness has no space and no plus sign, for example witness.example/w1");
  }
  GS_RETURN_IF_ERROR(CreateFolder(path));
  GS_ASSIGN_OR_RETURN(const int lock, LockFolder(path));
  std::unique_ptr<WitnessFolder> folder(new WitnessFolder(path, lock));
  const std::string file = absl::StrCat(path, "/witness.key");
  GS_ASSIGN_OR_RETURN(eventstore::SigningKeys keys,
                      eventstore::ReadOrCreateSigningKeys(file, name, kType, random));
  folder->key_ = std::move(keys[0]);
  const eventstore::NoteKey& key = folder->key_->public_key();
  if (key.type == kType && key.name == name) return folder;
  return absl::FailedPreconditionError(
      absl::StrCat(file, " is the key of ", key.name, ", not of the witness ", name));
}

WitnessFolder::~WitnessFolder() { close(lock_); }

absl::StatusOr<std::string> WitnessFolder::ReadSeen(absl::string_view origin) const {
  return ReadFile(absl::StrCat(LogFolder(path_, origin), "/", kSeen));
}

absl::StatusOr<std::string> WitnessFolder::ReadRotations(absl::string_view origin) const {
  return ReadFile(absl::StrCat(LogFolder(path_, origin), "/", kRotations));
}

absl::Status WitnessFolder::WriteSeen(absl::string_view origin, const std::string& note) {
  return WriteFile(LogFolder(path_, origin), kSeen, note);
}

absl::Status WitnessFolder::WriteRotations(absl::string_view origin, const std::string& notes) {
  return WriteFile(LogFolder(path_, origin), kRotations, notes);
}

absl::StatusOr<std::string> WitnessFolder::KeepEvidence(absl::string_view origin,
                                                        const std::string& seen,
                                                        const std::string& offered) {
  // The same contradiction, found once more, is kept once.
  const verify::Hash hash = verify::Sha256(absl::StrCat(seen, offered));
  const std::string id = absl::BytesToHexString(verify::BytesOf(hash).substr(0, kEvidenceIdBytes));
  const std::string folder = absl::StrCat(LogFolder(path_, origin), "/evidence-", id);
  GS_RETURN_IF_ERROR(WriteFile(folder, kSeen, seen));
  GS_RETURN_IF_ERROR(WriteFile(folder, "offered.checkpoint", offered));
  return folder;
}

}  // namespace goodstanding::tools
