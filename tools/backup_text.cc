#include "tools/backup_text.h"

#include <iterator>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/when.h"

namespace goodstanding::tools {
namespace {

std::string Minute(const google::protobuf::Timestamp& time, const services::BoardTime& zone) {
  return FormatMinute(absl::FromUnixSeconds(time.seconds()), zone);
}

}  // namespace

std::string BytesText(int64_t bytes) {
  constexpr double kStep = 1024;
  constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  if (bytes < static_cast<int64_t>(kStep)) return absl::StrCat(bytes, " bytes");
  auto number = static_cast<double>(bytes);
  size_t unit = 0;
  for (; number >= kStep && unit + 1 < std::size(kUnits); ++unit) number /= kStep;
  return absl::StrFormat("%.1f %s", number, kUnits[unit]);
}

std::string StepText(api::v1::BackupStep step, int64_t copied_bytes) {
  switch (step) {
    case api::v1::BACKUP_STEP_COPY_LOG:
      return absl::StrCat("Copying the log, ", BytesText(copied_bytes));
    case api::v1::BACKUP_STEP_CHECK_LOG:
      return "Reading the copied log again";
    case api::v1::BACKUP_STEP_COPY_KEYS:
      return "Copying the keys";
    case api::v1::BACKUP_STEP_CHECK_KEYS:
      return "Reading the copied keys again";
    case api::v1::BACKUP_STEP_START_ORIGIN:
      return "Starting the new origin";
    default:
      return "";
  }
}

std::string BackupText(const api::v1::Backup& backup, const services::BoardTime& zone) {
  return NameValueLines({{"Backup", absl::StrCat(backup.backup_id())},
                         {"Made", Minute(backup.create_time(), zone)},
                         {"Log", backup.origin()},
                         {"Events", absl::StrCat(backup.event_count())},
                         {"Root", absl::Base64Escape(backup.root())},
                         {"Size", BytesText(backup.byte_count())}});
}

std::string RestoredText(const api::v1::RestoredLog& restored) {
  return absl::StrCat(NameValueLines({{"Restored", restored.folder()},
                                      {"Events", absl::StrCat(restored.event_count())},
                                      {"Of the log", restored.old_origin()},
                                      {"Now the log", restored.origin()}}),
                      "\nPut deployment.key into ", restored.folder(),
                      ", then: goodstanding serve --data ", restored.folder(), "\n");
}

std::string BackupListText(const api::v1::ListBackupsResponse& backups,
                           const services::BoardTime& zone, const Style& style) {
  if (backups.backups().empty()) return "No backup yet.\n";
  constexpr auto kRight = Table::Align::kRight;
  Table table({{.title = "Backup", .align = kRight},
               {.title = "Made"},
               {.title = "Events", .align = kRight},
               {.title = "Size", .align = kRight},
               {.title = "State"}});
  for (const api::v1::Backup& backup : backups.backups()) {
    const bool known = !backup.origin().empty();
    table.AddRow({absl::StrCat(backup.backup_id()), known ? Minute(backup.create_time(), zone) : "",
                  known ? absl::StrCat(backup.event_count()) : "",
                  known ? BytesText(backup.byte_count()) : "",
                  backup.fault().empty() ? "good" : Printable(backup.fault())});
    if (!backup.fault().empty()) table.SetMood(Mood::kBad);
  }
  return table.Render(style);
}

}  // namespace goodstanding::tools
