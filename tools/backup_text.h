// Backups, as an operator reads them.
#ifndef GOODSTANDING_TOOLS_BACKUP_TEXT_H_
#define GOODSTANDING_TOOLS_BACKUP_TEXT_H_

#include <cstdint>
#include <string>

#include "goodstanding/api/v1/operations_service.pb.h"
#include "services/board_time.h"
#include "tools/output.h"

namespace goodstanding::tools {

// "1.5 GiB".
std::string BytesText(int64_t bytes);

// What a backup is at: "Copying the log, 12.0 MiB".
std::string StepText(api::v1::BackupStep step, int64_t copied_bytes);

// A line a fact; times in the zone.
std::string BackupText(const api::v1::Backup& backup, const services::BoardTime& zone);

// What was restored and what to do with it.
std::string RestoredText(const api::v1::RestoredLog& restored);

// A row a backup.
std::string BackupListText(const api::v1::ListBackupsResponse& backups,
                           const services::BoardTime& zone, const Style& style);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_BACKUP_TEXT_H_
