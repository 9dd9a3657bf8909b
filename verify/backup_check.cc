#include "verify/backup_check.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/plain_path.h"
#include "base/status_macros.h"
#include "rocksdb/env.h"
#include "rocksdb/utilities/backup_engine.h"

namespace goodstanding::verify {
namespace {

constexpr char kFamily[] = "backup";

using Copies = std::unique_ptr<rocksdb::BackupEngineReadOnly>;

rocksdb::Env& EnvOr(rocksdb::Env* env) { return env != nullptr ? *env : *rocksdb::Env::Default(); }

// The copies of one database, in "log" or "keys" of a folder of backups; nullptr where there are
// none.
absl::StatusOr<Copies> OpenCopies(const std::string& folder, rocksdb::Env& env) {
  if (!env.FileExists(absl::StrCat(folder, "/meta")).ok()) return Copies();
  rocksdb::BackupEngineReadOnly* engine = nullptr;
  const rocksdb::Status opened =
      rocksdb::BackupEngineReadOnly::Open(rocksdb::BackupEngineOptions(folder), &env, &engine);
  if (!opened.ok()) return absl::UnavailableError(opened.ToString());
  return Copies(engine);
}

// The copy of this id, or the newest (0), whether sound or not; 0 where there is none.
rocksdb::BackupID FindCopy(const rocksdb::BackupEngineReadOnly& copies, int64_t id) {
  std::vector<rocksdb::BackupID> ids;
  copies.GetCorruptedBackups(&ids);
  std::vector<rocksdb::BackupInfo> sound;
  copies.GetBackupInfo(&sound);
  for (const rocksdb::BackupInfo& info : sound) ids.push_back(info.backup_id);
  rocksdb::BackupID found = 0;
  for (const rocksdb::BackupID candidate : ids) {
    if (id == 0 || candidate == id) found = std::max(found, candidate);
  }
  return found;
}

// Every file of a copy is what was copied.
void CheckFiles(const rocksdb::BackupEngineReadOnly& copies, rocksdb::BackupID id,
                const std::string& row, Faults& faults) {
  const rocksdb::Status status = copies.VerifyBackup(id, /*verify_with_checksum=*/true);
  if (status.ok()) return;
  faults.Add({.family = kFamily, .row = row, .what = status.ToString()});
}

absl::Status CheckKeys(const std::string& folder, rocksdb::Env& env, Faults& faults) {
  GS_ASSIGN_OR_RETURN(const Copies keys, OpenCopies(folder, env));
  const rocksdb::BackupID newest = keys == nullptr ? 0 : FindCopy(*keys, 0);
  if (newest == 0) {
    faults.Add({.family = kFamily, .row = "keys", .what = "there is no copy of the keys"});
    return absl::OkStatus();
  }
  CheckFiles(*keys, newest, absl::StrCat("keys, copy ", newest), faults);
  return absl::OkStatus();
}

}  // namespace

bool HoldsBackups(const std::string& folder, rocksdb::Env* env) {
  return EnvOr(env).FileExists(absl::StrCat(folder, "/log/meta")).ok() &&
         !EnvOr(env).FileExists(absl::StrCat(folder, "/log/CURRENT")).ok();
}

absl::StatusOr<Report> CheckBackup(LogCheckOptions options, int64_t id) {
  const std::string folder = PlainPath(options.path);
  rocksdb::Env& env = EnvOr(options.env);
  GS_ASSIGN_OR_RETURN(const Copies logs, OpenCopies(absl::StrCat(folder, "/log"), env));
  const rocksdb::BackupID found = logs == nullptr ? 0 : FindCopy(*logs, id);
  if (found == 0) {
    return absl::NotFoundError(id == 0 ? absl::StrCat("there is no backup in ", folder)
                                       : absl::StrCat("there is no backup ", id, " in ", folder));
  }
  Faults faults;
  CheckFiles(*logs, found, absl::StrCat("log, backup ", found), faults);
  GS_RETURN_IF_ERROR(CheckKeys(absl::StrCat(folder, "/keys"), env, faults));
  rocksdb::BackupInfo info;
  Report report;
  if (logs->GetBackupInfo(found, &info, /*include_file_details=*/true).ok()) {
    options.path = info.name_for_open;
    options.env = info.env_for_open.get();
    options.evidence_path = absl::StrCat(folder, "/evidence");
    GS_ASSIGN_OR_RETURN(report, CheckLog(options));
  }
  report.backup_id = found;
  report.Add(faults);
  return report;
}

}  // namespace goodstanding::verify
