// Backups of what a server keeps, in the one folder that it was started with.
#ifndef GOODSTANDING_SERVICES_BACKUPS_H_
#define GOODSTANDING_SERVICES_BACKUPS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "eventstore/backup.h"
#include "eventstore/event_store.h"
#include "eventstore/evidence_folder.h"
#include "eventstore/key_store.h"
#include "goodstanding/api/v1/operations_service.pb.h"
#include "verify/log_check.h"

namespace goodstanding::services {

// OK where the outside check finds no fault in the log of a folder; DATA_LOSS with the first one.
// For RestoreOptions::check_log. `progress` may be empty.
absl::Status CheckRestoredLog(const std::string& log_folder,
                              const std::function<void(int64_t done, int64_t all)>& progress);

// Thread-safe. The eventstore lets one backup at a time write to the folder.
class Backups {
 public:
  // `folder` is empty where the server was started without one: then all is refused with
  // BACKUP_NOT_CONFIGURED. All outlive it.
  Backups(const eventstore::EventStore& store, eventstore::KeyStore& keys,
          const eventstore::EvidenceFolder& evidence, const Clock& clock, std::string folder);

  // `send` is called on the caller's thread with how far it is, then with the backup; a receiver
  // that is slow misses some of the former, and slows nothing. CANCELLED once `send` returns false.
  using SendCreate = std::function<bool(const api::v1::CreateBackupResponse&)>;
  absl::Status Create(const api::v1::CreateBackupRequest& request, const SendCreate& send);

  // When the newest one that is known was made: of the folder's at the start, and those made since;
  // the first moment of 1970 where there is none.
  absl::Time newest() const { return absl::FromUnixMicros(newest_micros_.load()); }
  // Looks at the folder for that. Opens every backup.
  void FindNewest();

  absl::Status List(api::v1::ListBackupsResponse& response) const;

  // As Create, into a new folder below `restored` in the backup folder.
  using SendRestore = std::function<bool(const api::v1::RestoreBackupResponse&)>;
  absl::Status Restore(const api::v1::RestoreBackupRequest& request, const SendRestore& send);

 private:
  absl::Status CheckConfigured() const;

  const eventstore::EventStore& store_;
  eventstore::KeyStore& keys_;
  const eventstore::EvidenceFolder& evidence_;
  const Clock& clock_;
  const std::string folder_;
  std::atomic<int64_t> newest_micros_ = 0;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_BACKUPS_H_
