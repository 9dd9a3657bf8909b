#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "tools/backup_text.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/output.h"
#include "tools/progress.h"

namespace goodstanding::tools {
namespace {

using OperationsStub = api::v1::OperationsService::Stub;

constexpr char kAbout[] = "Back up a running server's log and keys, beside everything else";

constexpr char kExamples[] =
    "  goodstanding backup                what is new since the last backup\n"
    "  goodstanding backup --keep 30      and remove all but the newest 30\n"
    "  goodstanding backup --list         the backups that are there\n"
    "  goodstanding backup --restore try  the newest, as a data folder on the server's host\n"
    "\n"
    "The backup is written on the server's host, into the folder that the server was started with\n"
    "(serve --backup), synced, and read again. deployment.key and signing.key are not in it: keep\n"
    "copies of them elsewhere. Without deployment.key a restored folder cannot be served.\n"
    "\n"
    "Check one with `goodstanding verify FOLDER`. --restore NAME makes the folder restored/NAME\n"
    "beside the backups and leaves the server as it is; without a server: `goodstanding restore`.";

struct BackupOptions {
  Connection connection;
  int keep = 0;
  bool list = false;
  std::string restore;
  int64_t id = 0;
};

void AddOptions(Command& command, BackupOptions& options) {
  constexpr int kMaxKeep = 10'000;
  command.Add("--keep", options.keep, "Remove older backups than so many; 0: none")
      .Between(0, kMaxKeep)
      .ShowDefault();
  command.AddFlag("--list", options.list, "List the backups instead");
  command.Add("--restore", options.restore, "Make a data folder of this name from one instead");
  command.Add("--backup", options.id, "Which one --restore takes; the newest where it is not given")
      .AtLeast(1);
  AddConnection(command, options.connection);
}

absl::StatusOr<int> List(const BackupOptions& options, const Client& client) {
  GS_ASSIGN_OR_RETURN(const auto zone, services::BoardTime::Load(options.connection.time_zone));
  api::v1::ListBackupsResponse response;
  GS_RETURN_IF_ERROR(FromCall(Call(client.operations(), &OperationsStub::ListBackups,
                                   api::v1::ListBackupsRequest(), response)));
  const std::string text =
      options.connection.json ? ToJson(response) : BackupListText(response, zone, StdoutStyle());
  std::fputs(text.c_str(), stdout);
  return 0;
}

absl::StatusOr<api::v1::Backup> Create(const BackupOptions& options, const Client& client) {
  api::v1::CreateBackupRequest request;
  request.set_keep_count(options.keep);
  grpc::ClientContext context;
  const auto stream = client.operations().CreateBackup(&context, request);
  api::v1::CreateBackupResponse response;
  api::v1::Backup backup;
  Progress progress;
  while (stream->Read(&response)) {
    if (response.has_backup()) backup = response.backup();
    progress.Show(StepText(response.step(), response.copied_bytes()));
  }
  GS_RETURN_IF_ERROR(FromCall(stream->Finish()));
  return backup;
}

absl::StatusOr<int> BackUp(const BackupOptions& options, const Client& client) {
  GS_ASSIGN_OR_RETURN(const auto zone, services::BoardTime::Load(options.connection.time_zone));
  GS_ASSIGN_OR_RETURN(const api::v1::Backup backup, Create(options, client));
  const std::string text = options.connection.json ? ToJson(backup) : BackupText(backup, zone);
  std::fputs(text.c_str(), stdout);
  return 0;
}

absl::StatusOr<int> Restore(const BackupOptions& options, const Client& client) {
  api::v1::RestoreBackupRequest request;
  request.set_backup_id(options.id);
  request.set_folder_name(options.restore);
  grpc::ClientContext context;
  const auto stream = client.operations().RestoreBackup(&context, request);
  api::v1::RestoreBackupResponse response;
  api::v1::RestoredLog restored;
  Progress progress;
  while (stream->Read(&response)) {
    if (response.has_restored()) restored = response.restored();
    progress.Show(response.event_count() == 0
                      ? StepText(response.step(), 0)
                      : absl::StrCat("Checking the log, ", response.checked_event_count(), " of ",
                                     response.event_count(), " events"));
  }
  GS_RETURN_IF_ERROR(FromCall(stream->Finish()));
  const std::string text = options.connection.json ? ToJson(restored) : RestoredText(restored);
  std::fputs(text.c_str(), stdout);
  return 0;
}

absl::StatusOr<int> Do(const BackupOptions& options, const Client& client) {
  if (!options.restore.empty()) return Restore(options, client);
  return options.list ? List(options, client) : BackUp(options, client);
}

int Run(const BackupOptions& options) {
  const Client client = Connect(options.connection);
  const absl::StatusOr<int> code = Do(options, client);
  return code.ok() ? *code : Finish(code.status(), options.connection);
}

}  // namespace

void AddBackupCommand(Commands& commands) {
  commands.Add("backup", kAbout, kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
