#include "services/backups.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/cores.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "services/board_time.h"

namespace goodstanding::services {
namespace {

using domain::Refuse;

constexpr int kMaxKeepCount = 10'000;
constexpr size_t kMaxNameBytes = 100;
constexpr char kRestoredFolder[] = "restored";

// What the operator is told of an error of a backup: he is who must look at the folder.
absl::Status Told(const absl::Status& status) {
  const std::string message = absl::StrCat("Nothing was done: ", status.message(), ".");
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return Refuse("BACKUP_NOT_FOUND", message, "backup_id");
    case absl::StatusCode::kAlreadyExists:
      return Refuse("FOLDER_EXISTS", message, "folder_name");
    case absl::StatusCode::kFailedPrecondition:
      return Refuse("BACKUP_REFUSED", message);
    case absl::StatusCode::kDataLoss:
      return Refuse("DATA_LOSS", message);
    default:
      return status;
  }
}

// Runs `work` on a thread of its own, and sends on this one what it tells: the newest, at most ten
// times a second. `work` is given a function that takes what is to be told, and returns false once
// it is to stop.
template <typename Response>
absl::Status RunAndTell(
    const std::function<absl::Status(const std::function<bool(Response)>& tell)>& work,
    const std::function<bool(const Response&)>& send) {
  constexpr std::chrono::milliseconds kInterval(100);
  Mutex mutex;
  CondVar changed;
  std::optional<Response> next;
  std::optional<absl::Status> ended;
  bool stop = false;
  std::thread thread([&] {
    const absl::Status status = work([&](Response response) {
      const MutexLock lock(mutex);
      next = std::move(response);
      return !stop;
    });
    const MutexLock lock(mutex);
    ended = status;
    changed.SignalAll();
  });
  while (true) {
    std::optional<Response> response;
    bool last = false;
    {
      const MutexLock lock(mutex);
      if (!ended.has_value()) changed.WaitFor(mutex, kInterval);
      last = ended.has_value();
      response.swap(next);
    }
    const bool taken = !response.has_value() || send(*response);
    const MutexLock lock(mutex);
    stop = stop || !taken;
    if (last) break;
  }
  thread.join();
  return *ended;
}

api::v1::BackupStep ToMessage(eventstore::BackupStep step) {
  switch (step) {
    case eventstore::BackupStep::kCopyLog:
      return api::v1::BACKUP_STEP_COPY_LOG;
    case eventstore::BackupStep::kCheckLog:
      return api::v1::BACKUP_STEP_CHECK_LOG;
    case eventstore::BackupStep::kCopyKeys:
      return api::v1::BACKUP_STEP_COPY_KEYS;
    case eventstore::BackupStep::kCheckKeys:
      return api::v1::BACKUP_STEP_CHECK_KEYS;
    case eventstore::BackupStep::kStartOrigin:
      return api::v1::BACKUP_STEP_START_ORIGIN;
  }
  return api::v1::BACKUP_STEP_UNSPECIFIED;
}

api::v1::Backup ToMessage(const eventstore::Backup& backup) {
  api::v1::Backup message;
  message.set_backup_id(backup.id);
  message.set_fault(backup.fault);
  if (backup.origin.empty()) return message;
  *message.mutable_create_time() = ToTimestamp(backup.made);
  message.set_origin(backup.origin);
  message.set_event_count(backup.size);
  message.set_root(std::string(eventstore::BytesOf(backup.root)));
  message.set_byte_count(backup.bytes);
  return message;
}

absl::Status CheckName(const std::string& name) {
  const bool fits = !name.empty() && name.size() <= kMaxNameBytes && name.front() != '.' &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' ||
                             c == '_' || c == '-';
                    });
  if (fits) return absl::OkStatus();
  return Refuse("INVALID_ARGUMENT",
                "folder_name must have 1 to 100 letters, digits, dots, dashes and underscores, and "
                "not begin with a dot.",
                "folder_name");
}

}  // namespace

absl::Status CheckRestoredLog(const std::string& log_folder,
                              const std::function<void(int64_t done, int64_t all)>& progress) {
  verify::LogCheckOptions options;
  options.path = log_folder;
  options.threads = UsableCores();
  options.progress = progress;
  GS_ASSIGN_OR_RETURN(const verify::Report report, verify::CheckLog(options));
  if (report.fault_count == 0) return absl::OkStatus();
  const verify::Fault& first = report.faults.front();
  return absl::DataLossError(absl::StrCat("the log has ", report.fault_count,
                                          " faults; the first: ", first.family, ", ", first.row,
                                          ": ", first.what));
}

Backups::Backups(const eventstore::EventStore& store, eventstore::KeyStore& keys,
                 const eventstore::EvidenceFolder& evidence, const Clock& clock, std::string folder)
    : store_(store), keys_(keys), evidence_(evidence), clock_(clock), folder_(std::move(folder)) {}

absl::Status Backups::Create(const api::v1::CreateBackupRequest& request, const SendCreate& send) {
  using Response = api::v1::CreateBackupResponse;
  GS_RETURN_IF_ERROR(CheckConfigured());
  if (request.keep_count() < 0 || request.keep_count() > kMaxKeepCount) {
    return Refuse("INVALID_ARGUMENT",
                  absl::StrCat("keep_count must be from 0 to ", kMaxKeepCount, "."), "keep_count");
  }
  const absl::Status status = RunAndTell<Response>(
      [&](const std::function<bool(Response)>& tell) -> absl::Status {
        eventstore::BackupOptions options;
        options.folder = folder_;
        options.keep = request.keep_count();
        options.evidence_folder = evidence_.path();
        options.progress = [&tell](eventstore::BackupStep step, int64_t bytes) {
          Response response;
          response.set_step(ToMessage(step));
          response.set_copied_bytes(bytes);
          return tell(std::move(response));
        };
        GS_ASSIGN_OR_RETURN(const eventstore::Backup backup,
                            eventstore::BackUp(store_, keys_, options));
        newest_micros_.store(absl::ToUnixMicros(backup.made));
        Response response;
        *response.mutable_backup() = ToMessage(backup);
        tell(std::move(response));
        return absl::OkStatus();
      },
      send);
  return Told(status);
}

void Backups::FindNewest() {
  if (folder_.empty()) return;
  const auto backups = eventstore::ListBackups(folder_);
  if (!backups.ok()) return;
  for (const eventstore::Backup& backup : *backups) {
    if (!backup.fault.empty()) continue;
    newest_micros_.store(std::max(newest_micros_.load(), absl::ToUnixMicros(backup.made)));
  }
}

absl::Status Backups::List(api::v1::ListBackupsResponse& response) const {
  GS_RETURN_IF_ERROR(CheckConfigured());
  const auto backups = eventstore::ListBackups(folder_);
  if (absl::IsNotFound(backups.status())) return absl::OkStatus();
  if (!backups.ok()) return Told(backups.status());
  for (const eventstore::Backup& backup : *backups) *response.add_backups() = ToMessage(backup);
  return absl::OkStatus();
}

absl::Status Backups::Restore(const api::v1::RestoreBackupRequest& request,
                              const SendRestore& send) {
  using Response = api::v1::RestoreBackupResponse;
  GS_RETURN_IF_ERROR(CheckConfigured());
  GS_RETURN_IF_ERROR(CheckName(request.folder_name()));
  if (request.backup_id() < 0) {
    return Refuse("INVALID_ARGUMENT", "backup_id must not be negative.", "backup_id");
  }
  const absl::Status status = RunAndTell<Response>(
      [&](const std::function<bool(Response)>& tell) -> absl::Status {
        eventstore::RestoreOptions options;
        options.backup_folder = folder_;
        options.data_folder =
            absl::StrCat(folder_, "/", kRestoredFolder, "/", request.folder_name());
        options.id = request.backup_id();
        options.clock = &clock_;
        options.progress = [&tell](eventstore::BackupStep step, int64_t) {
          Response response;
          response.set_step(ToMessage(step));
          return tell(std::move(response));
        };
        options.check_log = [&tell](const std::string& log_folder) {
          return CheckRestoredLog(log_folder, [&tell](int64_t done, int64_t all) {
            Response response;
            response.set_step(api::v1::BACKUP_STEP_CHECK_LOG);
            response.set_checked_event_count(done);
            response.set_event_count(all);
            tell(std::move(response));
          });
        };
        GS_ASSIGN_OR_RETURN(const eventstore::RestoredLog restored, eventstore::Restore(options));
        Response response;
        response.mutable_restored()->set_folder(options.data_folder);
        response.mutable_restored()->set_origin(restored.origin);
        response.mutable_restored()->set_old_origin(restored.old_origin);
        response.mutable_restored()->set_event_count(restored.size);
        tell(std::move(response));
        return absl::OkStatus();
      },
      send);
  return Told(status);
}

absl::Status Backups::CheckConfigured() const {
  if (!folder_.empty()) return absl::OkStatus();
  return Refuse("BACKUP_NOT_CONFIGURED",
                "The server was started without a folder for backups: start it with --backup.");
}

}  // namespace goodstanding::services
