#include "eventstore/backup.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "eventstore/database.h"
#include "eventstore/database_copies.h"
#include "eventstore/evidence_folder.h"
#include "eventstore/folders.h"
#include "eventstore/log_meta.h"
#include "eventstore/origin.h"
#include "eventstore/rows.h"
#include "eventstore/tree.h"

namespace goodstanding::eventstore {
namespace {

// ON DISK: where in a backup folder, and in a data folder, the copies lie; and the note of a copy
// of the keys, which is followed by the id of the newest backup of the log when it was made.
constexpr char kLogFolder[] = "/log";
constexpr char kKeyFolder[] = "/keys";
constexpr char kEvidenceFolder[] = "/evidence";
constexpr char kLockFile[] = "/LOCK";
constexpr absl::string_view kKeyNote = "log ";
constexpr char kUnfinished[] = ".restoring";

rocksdb::Env& EnvOr(rocksdb::Env* env) { return env != nullptr ? *env : *rocksdb::Env::Default(); }

absl::Status Tell(const BackupProgress& progress, BackupStep step) {
  if (progress && !progress(step, 0)) return absl::CancelledError("stopped");
  return absl::OkStatus();
}

// Sums the bytes of a step.
CopyProgress Summed(const BackupProgress& progress, BackupStep step) {
  if (!progress) return nullptr;
  return [&progress, step, sum = int64_t{0}](int64_t bytes) mutable {
    sum += bytes;
    return progress(step, sum);
  };
}

// Keeps everybody else from writing to a backup folder.
class FolderLock {
 public:
  static absl::StatusOr<FolderLock> Take(rocksdb::Env& env, const std::string& folder) {
    rocksdb::FileLock* lock = nullptr;
    GS_RETURN_IF_ERROR(FromRocks(env.LockFile(absl::StrCat(folder, kLockFile), &lock),
                                 absl::StrCat("locking ", folder)));
    return FolderLock(env, lock);
  }
  FolderLock(FolderLock&& other) noexcept
      : env_(other.env_), lock_(std::exchange(other.lock_, nullptr)) {}
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock() {
    if (lock_ != nullptr) GS_CHECK(env_.UnlockFile(lock_).ok());
  }

 private:
  FolderLock(rocksdb::Env& env, rocksdb::FileLock* lock) : env_(env), lock_(lock) {}

  rocksdb::Env& env_;
  rocksdb::FileLock* lock_;
};

// What a copied log says of itself, by its own bytes.
absl::StatusOr<Backup> ReadCopy(const DatabaseCopies& copies, int64_t id) {
  GS_ASSIGN_OR_RETURN(const DatabaseCopies::Opened copy,
                      copies.OpenCopy(id, LogSettings(Options())));
  GS_ASSIGN_OR_RETURN(const LogMeta meta, ReadLogMeta(*copy.database));
  if (meta.format == 0) return absl::DataLossError("the copy holds no log");
  Backup backup;
  backup.id = id;
  backup.origin = meta.origin;
  backup.size = meta.head.position;
  GS_ASSIGN_OR_RETURN(backup.root, TreeReader(*copy.database).Root(backup.size, backup.size));
  return backup;
}

absl::StatusOr<Backup> ReadBackup(const DatabaseCopies& logs, const DatabaseCopy& copy) {
  GS_ASSIGN_OR_RETURN(Backup backup, ReadCopy(logs, copy.id));
  backup.made = copy.made;
  backup.bytes = copy.bytes;
  return backup;
}

// The newest backup of the log for which a copy of the keys has all keys; 0 where it has none.
int64_t CoveredBy(const DatabaseCopy& keys) {
  absl::string_view note = keys.note;
  int64_t id = 0;
  if (keys.damaged || !absl::ConsumePrefix(&note, kKeyNote) || !absl::SimpleAtoi(note, &id)) {
    return 0;
  }
  return id;
}

// The newest copy of the keys that can be used.
std::optional<DatabaseCopy> NewestKeys(const DatabaseCopies& keys) {
  std::optional<DatabaseCopy> newest;
  for (const DatabaseCopy& copy : keys.List()) {
    if (CoveredBy(copy) > 0) newest = copy;
  }
  return newest;
}

// Every row is framed and its checksum right.
absl::Status CheckRows(const Database& database) {
  for (const auto& [name, family] : database.families()) {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> rows(database.db().NewIterator(options, family));
    for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
      const absl::Status status = UnframeRow(ToView(rows->value())).status();
      if (!status.ok()) {
        return absl::DataLossError(
            absl::StrCat("a row of the family ", name, " of the keys: ", status.message()));
      }
    }
    GS_RETURN_IF_ERROR(FromRocks(rows->status(), "reading the keys"));
  }
  return absl::OkStatus();
}

// The newest backup in the folder is one of a state that this log went through.
absl::Status CheckSameLog(const EventStore& store, const BackupOptions& options,
                          rocksdb::Env& env) {
  const auto logs = DatabaseCopies::OpenToRead(absl::StrCat(options.folder, kLogFolder), env);
  if (absl::IsNotFound(logs.status())) return absl::OkStatus();
  GS_RETURN_IF_ERROR(logs.status());
  const std::vector<DatabaseCopy> copies = logs->List();
  for (auto copy = copies.rbegin(); copy != copies.rend(); ++copy) {
    if (copy->damaged) continue;
    const absl::StatusOr<Backup> newest = ReadBackup(*logs, *copy);
    if (!newest.ok()) continue;  // Damaged: it says nothing of any log.
    const absl::StatusOr<Hash> root = store.TreeRoot(newest->size);
    const bool is_same =
        newest->size == 0 ? newest->origin == store.Origin() : root.ok() && *root == newest->root;
    if (is_same) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(
        "backup ", newest->id, " in the folder is of ", newest->size, " events of the log ",
        newest->origin, ", which ", store.Origin(), " does not begin with: use another folder"));
  }
  return absl::OkStatus();
}

// Waits until the log has durably what the copy has: a copy can be ahead of the log's sync.
absl::Status AwaitDurable(const EventStore& store, int64_t size) {
  constexpr absl::Duration kLook = absl::Milliseconds(100);
  while (store.WaitForHead(size, kLook) < size) GS_RETURN_IF_ERROR(store.Health());
  return absl::OkStatus();
}

absl::StatusOr<Backup> CheckLogCopy(const EventStore& store, const DatabaseCopies& logs, int64_t id,
                                    const BackupProgress& progress) {
  GS_RETURN_IF_ERROR(Tell(progress, BackupStep::kCheckLog));
  GS_RETURN_IF_ERROR(logs.Check(id));
  GS_ASSIGN_OR_RETURN(Backup backup, ReadCopy(logs, id));
  GS_RETURN_IF_ERROR(AwaitDurable(store, backup.size));
  GS_ASSIGN_OR_RETURN(const Hash root, store.TreeRoot(backup.size));
  if (backup.origin != store.Origin() || backup.root != root) {
    return absl::DataLossError(
        absl::StrCat("the copied log is not the log: ", backup.size, " events of ", backup.origin));
  }
  for (const DatabaseCopy& copy : logs.List()) {
    if (copy.id != id) continue;
    backup.made = copy.made;
    backup.bytes = copy.bytes;
  }
  return backup;
}

absl::StatusOr<Backup> BackUpLog(const EventStore& store, const BackupOptions& options,
                                 rocksdb::Env& env) {
  const std::string folder = absl::StrCat(options.folder, kLogFolder);
  GS_RETURN_IF_ERROR(Tell(options.progress, BackupStep::kCopyLog));
  GS_ASSIGN_OR_RETURN(const int64_t id,
                      store.CopyTo(folder, Summed(options.progress, BackupStep::kCopyLog)));
  GS_ASSIGN_OR_RETURN(DatabaseCopies logs, DatabaseCopies::OpenToWrite(folder, env));
  absl::StatusOr<Backup> backup = CheckLogCopy(store, logs, id, options.progress);
  if (!backup.ok()) logs.Remove(id).IgnoreError();
  return backup;
}

absl::Status BackUpKeys(KeyStore& keys, const BackupOptions& options, int64_t backup_id,
                        rocksdb::Env& env) {
  const std::string folder = absl::StrCat(options.folder, kKeyFolder);
  GS_RETURN_IF_ERROR(Tell(options.progress, BackupStep::kCopyKeys));
  GS_ASSIGN_OR_RETURN(const int64_t id,
                      keys.CopyTo(folder, absl::StrCat(kKeyNote, backup_id), nullptr));
  GS_RETURN_IF_ERROR(Tell(options.progress, BackupStep::kCheckKeys));
  GS_ASSIGN_OR_RETURN(DatabaseCopies copies, DatabaseCopies::OpenToWrite(folder, env));
  absl::Status checked = copies.Check(id);
  if (checked.ok()) {
    GS_ASSIGN_OR_RETURN(const DatabaseCopies::Opened copy, copies.OpenCopy(id, DatabaseSettings()));
    checked = CheckRows(*copy.database);
  }
  if (!checked.ok()) {
    copies.Remove(id).IgnoreError();
    return checked;
  }
  return copies.KeepNewest(1);
}

// The backup that is asked for.
absl::StatusOr<DatabaseCopy> FindBackup(const DatabaseCopies& logs, const RestoreOptions& options) {
  const std::vector<DatabaseCopy> copies = logs.List();
  for (auto copy = copies.rbegin(); copy != copies.rend(); ++copy) {
    if (options.id != 0 && copy->id != options.id) continue;
    if (!copy->damaged) return *copy;
    return absl::DataLossError(absl::StrCat("backup ", copy->id, " in ", options.backup_folder,
                                            " lacks a file, or one has another size"));
  }
  return absl::NotFoundError(
      options.id == 0
          ? absl::StrCat("there is no backup in ", options.backup_folder)
          : absl::StrCat("there is no backup ", options.id, " in ", options.backup_folder));
}

absl::Status RestoreLog(const RestoreOptions& options, const DatabaseCopies& logs, int64_t id,
                        const std::string& folder) {
  GS_RETURN_IF_ERROR(Tell(options.progress, BackupStep::kCopyLog));
  GS_RETURN_IF_ERROR(logs.Restore(id, folder));
  GS_RETURN_IF_ERROR(Tell(options.progress, BackupStep::kCheckLog));
  return options.check_log ? options.check_log(folder) : absl::OkStatus();
}

absl::Status RestoreKeys(const RestoreOptions& options, int64_t backup_id, rocksdb::Env& env,
                         const std::string& folder) {
  const auto copies =
      DatabaseCopies::OpenToRead(absl::StrCat(options.backup_folder, kKeyFolder), env);
  if (!copies.ok() && !absl::IsNotFound(copies.status())) return copies.status();
  const std::optional<DatabaseCopy> newest = copies.ok() ? NewestKeys(*copies) : std::nullopt;
  if (!newest.has_value() || CoveredBy(*newest) < backup_id) {
    return absl::FailedPreconditionError(absl::StrCat("the keys that belong to backup ", backup_id,
                                                      " are not in ", options.backup_folder,
                                                      ": what it seals could never be read"));
  }
  GS_RETURN_IF_ERROR(Tell(options.progress, BackupStep::kCopyKeys));
  GS_RETURN_IF_ERROR(copies->Restore(newest->id, folder));
  GS_RETURN_IF_ERROR(Tell(options.progress, BackupStep::kCheckKeys));
  DatabaseSettings settings;
  settings.path = folder;
  settings.env = &env;
  GS_ASSIGN_OR_RETURN(const std::unique_ptr<Database> keys, Database::OpenReadOnly(settings));
  return CheckRows(*keys);
}

absl::StatusOr<RestoredLog> StartOriginIn(const RestoreOptions& options, rocksdb::Env& env,
                                          const std::string& folder) {
  GS_RETURN_IF_ERROR(Tell(options.progress, BackupStep::kStartOrigin));
  Options log;
  log.path = folder;
  log.env = &env;
  log.memtable_bytes = 1 << 20;  // For one event.
  GS_ASSIGN_OR_RETURN(const std::unique_ptr<Database> database, Database::Open(LogSettings(log)));
  GS_ASSIGN_OR_RETURN(const FormerOrigin former,
                      StartOrigin(*database, *options.clock,
                                  options.random != nullptr ? *options.random : SecureRandom()));
  GS_ASSIGN_OR_RETURN(const LogMeta meta, ReadLogMeta(*database));
  return RestoredLog{.origin = meta.origin, .old_origin = former.origin, .size = former.size};
}

// Gives a complete folder its name.
absl::Status Publish(rocksdb::Env& env, const std::string& unfinished, const std::string& folder) {
  GS_RETURN_IF_ERROR(SyncTree(env, unfinished));
  GS_RETURN_IF_ERROR(FromRocks(env.RenameFile(unfinished, folder),
                               absl::StrCat("renaming ", unfinished, " to ", folder)));
  return SyncFolder(env, std::string(ParentFolder(folder)));
}

}  // namespace

absl::StatusOr<Backup> BackUp(const EventStore& store, KeyStore& keys,
                              const BackupOptions& options) {
  rocksdb::Env& env = EnvOr(options.env);
  GS_RETURN_IF_ERROR(CreateFolder(env, options.folder));
  GS_ASSIGN_OR_RETURN(const FolderLock lock, FolderLock::Take(env, options.folder));
  GS_RETURN_IF_ERROR(CheckSameLog(store, options, env));
  GS_ASSIGN_OR_RETURN(Backup backup, BackUpLog(store, options, env));
  GS_RETURN_IF_ERROR(BackUpKeys(keys, options, backup.id, env));
  // What an event names was in the folder before the event was in the log. A damaged document
  // keeps nobody from having a backup of all else.
  if (!options.evidence_folder.empty()) {
    GS_RETURN_IF_ERROR(
        CopyEvidence(options.evidence_folder, absl::StrCat(options.folder, kEvidenceFolder)));
  }
  if (options.keep > 0) {
    GS_ASSIGN_OR_RETURN(DatabaseCopies logs,
                        DatabaseCopies::OpenToWrite(absl::StrCat(options.folder, kLogFolder), env));
    GS_RETURN_IF_ERROR(logs.KeepNewest(options.keep));
  }
  return backup;
}

absl::StatusOr<std::vector<Backup>> ListBackups(const std::string& folder, rocksdb::Env* env) {
  const auto logs = DatabaseCopies::OpenToRead(absl::StrCat(folder, kLogFolder), EnvOr(env));
  if (!logs.ok()) {
    if (!absl::IsNotFound(logs.status())) return logs.status();
    return absl::NotFoundError(absl::StrCat("there is no backup in ", folder));
  }
  const auto keys = DatabaseCopies::OpenToRead(absl::StrCat(folder, kKeyFolder), EnvOr(env));
  std::optional<DatabaseCopy> newest_keys;
  if (keys.ok()) newest_keys = NewestKeys(*keys);
  std::vector<Backup> backups;
  for (const DatabaseCopy& copy : logs->List()) {
    absl::StatusOr<Backup> read = absl::DataLossError("a file is missing or of another size");
    if (!copy.damaged) read = ReadBackup(*logs, copy);
    Backup& backup = backups.emplace_back();
    if (read.ok()) backup = *read;
    backup.id = copy.id;
    if (!read.ok()) {
      backup.fault = std::string(read.status().message());
    } else if (!newest_keys || CoveredBy(*newest_keys) < copy.id) {
      backup.fault = "the keys that belong to it are not there";
    }
  }
  return backups;
}

absl::StatusOr<RestoredLog> Restore(const RestoreOptions& options) {
  GS_CHECK(options.clock != nullptr);
  rocksdb::Env& env = EnvOr(options.env);
  std::string folder = options.data_folder;
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  if (env.FileExists(folder).ok()) {
    return absl::AlreadyExistsError(absl::StrCat(folder, " is there already"));
  }
  const auto logs =
      DatabaseCopies::OpenToRead(absl::StrCat(options.backup_folder, kLogFolder), env);
  if (absl::IsNotFound(logs.status())) {
    return absl::NotFoundError(absl::StrCat("there is no backup in ", options.backup_folder));
  }
  GS_RETURN_IF_ERROR(logs.status());
  GS_ASSIGN_OR_RETURN(const DatabaseCopy backup, FindBackup(*logs, options));

  const std::string unfinished = absl::StrCat(folder, kUnfinished);
  GS_RETURN_IF_ERROR(CreateFolder(env, std::string(ParentFolder(folder))));
  if (env.FileExists(unfinished).ok()) GS_RETURN_IF_ERROR(DeleteTree(env, unfinished));
  GS_RETURN_IF_ERROR(CreateFolder(env, unfinished));
  const std::string log_folder = absl::StrCat(unfinished, kLogFolder);
  GS_RETURN_IF_ERROR(RestoreKeys(options, backup.id, env, absl::StrCat(unfinished, kKeyFolder)));
  GS_RETURN_IF_ERROR(RestoreLog(options, *logs, backup.id, log_folder));
  GS_RETURN_IF_ERROR(CopyEvidence(absl::StrCat(options.backup_folder, kEvidenceFolder),
                                  absl::StrCat(unfinished, kEvidenceFolder)));
  GS_ASSIGN_OR_RETURN(RestoredLog restored, StartOriginIn(options, env, log_folder));
  GS_RETURN_IF_ERROR(Publish(env, unfinished, folder));
  return restored;
}

}  // namespace goodstanding::eventstore
