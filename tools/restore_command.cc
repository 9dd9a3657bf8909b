#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "eventstore/backup.h"
#include "services/backups.h"
#include "tools/backup_text.h"
#include "tools/command_line.h"
#include "tools/progress.h"

namespace goodstanding::tools {
namespace {

constexpr char kAbout[] = "Make a new data folder from a backup: no server";

constexpr char kExamples[] =
    "  goodstanding restore /backups/board ./data                 the newest backup\n"
    "  goodstanding restore /backups/board ./data --backup 12     that one (backup --list)\n"
    "\n"
    "DATA appears once it is complete: every file synced, and every row of the log checked. A "
    "backup\n"
    "in which anything is wrong is refused. Then put deployment.key there and serve it.\n"
    "\n"
    "What was recorded after the backup is not in it, so the log gets another name: its origin. "
    "Its\n"
    "next event says from which origin and size it goes on. Readers that are ahead are told\n"
    "(LOG_REPLACED), checkpoints are signed with a new key, and views are built at the first "
    "start.\n"
    "\n"
    "Exit code 0: restored; 1: refused; 2: no such backup, or wrong use.";

struct RestoreOptions {
  std::string backup;
  std::string data;
  int64_t id = 0;
};

void AddOptions(Command& command, RestoreOptions& options) {
  command.Add("BACKUP", options.backup, "The folder of backups").Required();
  command.Add("DATA", options.data, "The new data folder; must not be there").Required();
  command.Add("--backup", options.id, "Which backup; the newest where it is not given").AtLeast(1);
}

const char* StepText(eventstore::BackupStep step) {
  switch (step) {
    case eventstore::BackupStep::kCopyLog:
      return "Copying the log";
    case eventstore::BackupStep::kCheckLog:
      return "Checking the log";
    case eventstore::BackupStep::kCopyKeys:
      return "Copying the keys";
    case eventstore::BackupStep::kCheckKeys:
      return "Checking the keys";
    case eventstore::BackupStep::kStartOrigin:
      return "Starting the new origin";
  }
  return "";
}

absl::StatusOr<eventstore::RestoredLog> Restore(const RestoreOptions& options) {
  const SystemClock clock;
  Progress progress;
  eventstore::RestoreOptions restore;
  restore.backup_folder = options.backup;
  restore.data_folder = options.data;
  restore.id = options.id;
  restore.clock = &clock;
  restore.progress = [&progress](eventstore::BackupStep step, int64_t) {
    progress.Show(StepText(step));
    return true;
  };
  restore.check_log = [&progress](const std::string& folder) {
    return services::CheckRestoredLog(folder, [&progress](int64_t done, int64_t all) {
      progress.Show(absl::StrCat(StepText(eventstore::BackupStep::kCheckLog), ", ", done, " of ",
                                 all, " events"));
    });
  };
  return eventstore::Restore(restore);
}

int Run(const RestoreOptions& options) {
  const absl::StatusOr<eventstore::RestoredLog> restored = Restore(options);
  if (!restored.ok()) {
    std::fprintf(stderr, "Not restored: %s\n", std::string(restored.status().message()).c_str());
    const bool usage =
        absl::IsNotFound(restored.status()) || absl::IsAlreadyExists(restored.status());
    return usage ? kExitUsage : kExitRefused;
  }
  api::v1::RestoredLog facts;
  facts.set_folder(options.data);
  facts.set_event_count(restored->size);
  facts.set_old_origin(restored->old_origin);
  facts.set_origin(restored->origin);
  std::fputs(RestoredText(facts).c_str(), stdout);
  return 0;
}

}  // namespace

void AddRestoreCommand(Commands& commands) {
  commands.Add("restore", kAbout, kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
