#include "eventstore/database_copies.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/plain_path.h"
#include "base/status_macros.h"
#include "eventstore/folders.h"

namespace goodstanding::eventstore {
namespace {

constexpr uint64_t kProgressBytes = 1 << 20;

rocksdb::BackupEngineOptions EngineOptions(const std::string& path) {
  rocksdb::BackupEngineOptions options(PlainPath(path));
  options.share_table_files = true;
  options.share_files_with_checksum = true;
  options.sync = true;
  options.callback_trigger_interval_size = kProgressBytes;
  return options;
}

// A file that is not there was lost: nothing else takes it away.
absl::Status FromEngine(const rocksdb::Status& status, const std::string& doing) {
  if (status.IsNotFound() || status.IsPathNotFound()) {
    return absl::DataLossError(absl::StrCat(doing, ": ", status.ToString()));
  }
  return FromRocks(status, doing);
}

rocksdb::BackupID EngineId(int64_t id) { return static_cast<rocksdb::BackupID>(id); }

}  // namespace

absl::StatusOr<DatabaseCopies> DatabaseCopies::OpenToWrite(const std::string& path,
                                                           rocksdb::Env& env) {
  GS_RETURN_IF_ERROR(CreateFolder(env, path));
  DatabaseCopies copies(path);
  rocksdb::BackupEngine* engine = nullptr;
  GS_RETURN_IF_ERROR(FromRocks(rocksdb::BackupEngine::Open(EngineOptions(path), &env, &engine),
                               absl::StrCat("opening ", path)));
  copies.writer_.reset(engine);
  return copies;
}

absl::StatusOr<DatabaseCopies> DatabaseCopies::OpenToRead(const std::string& path,
                                                          rocksdb::Env& env) {
  if (!env.FileExists(absl::StrCat(path, "/meta")).ok()) {
    return absl::NotFoundError(absl::StrCat("there are no copies in ", path));
  }
  DatabaseCopies copies(path);
  rocksdb::BackupEngineReadOnly* engine = nullptr;
  GS_RETURN_IF_ERROR(
      FromRocks(rocksdb::BackupEngineReadOnly::Open(EngineOptions(path), &env, &engine),
                absl::StrCat("opening ", path)));
  copies.reader_.reset(engine);
  return copies;
}

std::vector<DatabaseCopy> DatabaseCopies::List() const {
  std::vector<rocksdb::BackupInfo> infos;
  engine().GetBackupInfo(&infos);
  std::vector<DatabaseCopy> copies;
  for (const rocksdb::BackupInfo& info : infos) {
    DatabaseCopy& copy = copies.emplace_back();
    copy.id = info.backup_id;
    copy.made = absl::FromUnixSeconds(info.timestamp);
    copy.bytes = static_cast<int64_t>(info.size);
    copy.note = info.app_metadata;
  }
  std::vector<rocksdb::BackupID> damaged;
  engine().GetCorruptedBackups(&damaged);
  for (const rocksdb::BackupID id : damaged) {
    DatabaseCopy& copy = copies.emplace_back();
    copy.id = id;
    copy.damaged = true;
  }
  std::sort(copies.begin(), copies.end(),
            [](const DatabaseCopy& a, const DatabaseCopy& b) { return a.id < b.id; });
  return copies;
}

absl::StatusOr<int64_t> DatabaseCopies::Add(const Database& database, const std::string& note,
                                            const CopyProgress& progress) {
  rocksdb::CreateBackupOptions options;
  // What is in memory becomes a table file, which later copies share; a write-ahead log is copied
  // anew each time.
  options.flush_before_backup = true;
  options.decrease_background_thread_cpu_priority = true;
  options.background_thread_cpu_priority = rocksdb::CpuPriority::kLow;
  options.progress_callback = [this, &progress] {
    if (progress && !progress(kProgressBytes)) writer_->StopBackup();
  };
  rocksdb::BackupID id = 0;
  const rocksdb::Status made =
      writer_->CreateNewBackupWithMetadata(options, &database.db(), note, &id);
  if (made.IsIncomplete()) return absl::CancelledError("the copy was stopped");
  GS_RETURN_IF_ERROR(FromRocks(made, absl::StrCat("copying to ", path_)));
  return id;
}

absl::Status DatabaseCopies::Check(int64_t id) const {
  return FromEngine(engine().VerifyBackup(EngineId(id), /*verify_with_checksum=*/true),
                    absl::StrCat("checking copy ", id, " in ", path_));
}

absl::Status DatabaseCopies::Remove(int64_t id) {
  return FromRocks(writer_->DeleteBackup(EngineId(id)),
                   absl::StrCat("removing copy ", id, " from ", path_));
}

absl::Status DatabaseCopies::KeepNewest(int count) {
  return FromRocks(writer_->PurgeOldBackups(static_cast<uint32_t>(count)),
                   absl::StrCat("removing old copies from ", path_));
}

absl::StatusOr<DatabaseCopies::Opened> DatabaseCopies::OpenCopy(int64_t id,
                                                                DatabaseSettings settings) const {
  rocksdb::BackupInfo info;
  GS_RETURN_IF_ERROR(
      FromEngine(engine().GetBackupInfo(EngineId(id), &info, /*include_file_details=*/true),
                 absl::StrCat("looking for copy ", id, " in ", path_)));
  settings.path = info.name_for_open;
  settings.env = info.env_for_open.get();
  Opened opened;
  opened.env = info.env_for_open;
  GS_ASSIGN_OR_RETURN(opened.database, Database::OpenReadOnly(settings));
  return opened;
}

absl::Status DatabaseCopies::Restore(int64_t id, const std::string& path) const {
  return FromEngine(
      engine().RestoreDBFromBackup(rocksdb::RestoreOptions(), EngineId(id), path, path),
      absl::StrCat("restoring copy ", id, " of ", path_));
}

const rocksdb::BackupEngineReadOnlyBase& DatabaseCopies::engine() const {
  if (writer_ != nullptr) return *writer_;
  return *reader_;
}

}  // namespace goodstanding::eventstore
