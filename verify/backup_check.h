// Checks a backup where it lies: its files, and every row of its log.
#ifndef GOODSTANDING_VERIFY_BACKUP_CHECK_H_
#define GOODSTANDING_VERIFY_BACKUP_CHECK_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "verify/log_check.h"
#include "verify/report.h"

namespace goodstanding::verify {

// Whether a folder holds backups, and no data folder.
bool HoldsBackups(const std::string& folder, rocksdb::Env* env = nullptr);

// Reads every file of a backup (0: the newest) and compares the checksums kept beside them, those
// of the keys' newest copy too; then checks its log as CheckLog does. `options.path` is the folder
// of backups. Writes nothing. Errors: NOT_FOUND where there is no such backup, and those of
// CheckLog.
absl::StatusOr<Report> CheckBackup(LogCheckOptions options, int64_t id);

}  // namespace goodstanding::verify

#endif  // GOODSTANDING_VERIFY_BACKUP_CHECK_H_
