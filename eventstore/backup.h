// Backups of a whole store, log and keys, in a folder; and new stores made from them.
//
// A backup folder holds `log/` and `keys/`, each with copies of that database which share what did
// not change, and `evidence/` with every sealed document that was ever backed up. The keys that
// encrypt and sign (deployment.key, signing.key) never go there. Of the keys of persons the newest
// copy alone is kept: it has the key of every event of every backup, and lacks those that were
// destroyed until it was made.
#ifndef GOODSTANDING_EVENTSTORE_BACKUP_H_
#define GOODSTANDING_EVENTSTORE_BACKUP_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "eventstore/merkle.h"
#include "eventstore/random.h"

namespace rocksdb {
class Env;
}

namespace goodstanding::eventstore {

// What a backup or a restore is at.
enum class BackupStep { kCopyLog, kCheckLog, kCopyKeys, kCheckKeys, kStartOrigin };

// Told when a step begins, and while files are backed up: the bytes copied in this step so far.
// False: stop. May be called on another thread, one call at a time.
using BackupProgress = std::function<bool(BackupStep step, int64_t bytes)>;

struct Backup {
  int64_t id = 0;  // From 1, in the order in which they were made.
  absl::Time made;
  std::string origin;  // The log's, then.
  int64_t size = 0;    // Events.
  Hash root = {};      // Of the Merkle tree of these events.
  int64_t bytes = 0;   // Of the log's files, those included that other backups share.
  // Why it cannot be restored; empty: nothing is known against it.
  std::string fault;
};

struct BackupOptions {
  std::string folder;           // Created if absent; its parent is there.
  rocksdb::Env* env = nullptr;  // That of the store; nullptr is the real file system.
  int keep = 0;                 // Older backups of the log than so many are removed; 0: none.
  BackupProgress progress;      // May be empty.
  std::string evidence_folder;  // Of kept documents; empty: there is none.
};

// Copies a log and its keys while both are in use, syncs the copies, reads them again, and compares
// the Merkle root of the copied events with the log's. The backup has every event that was
// acknowledged when the call began, and none that is not durable. Errors: FAILED_PRECONDITION where
// the folder holds backups of another log, or somebody else is writing to it; DATA_LOSS where the
// copy is not what was copied, or a kept document is missing or damaged, and then the backup is
// complete but for it; CANCELLED where the progress says so; UNAVAILABLE where the file
// system fails, or the log takes no more appends. After an error, or a crash at any moment, the
// backups that were there are as they were. Cost: writes what is new since the last backup; reads
// the whole backup.
absl::StatusOr<Backup> BackUp(const EventStore& store, KeyStore& keys,
                              const BackupOptions& options);

// The backups in a folder, ascending. NOT_FOUND where there is none. Cost: opens each.
absl::StatusOr<std::vector<Backup>> ListBackups(const std::string& folder,
                                                rocksdb::Env* env = nullptr);

struct RestoreOptions {
  std::string backup_folder;
  std::string data_folder;         // Created; nothing of this name is there, its parent is.
  int64_t id = 0;                  // 0: the newest backup.
  const Clock* clock = nullptr;    // Not owned.
  RandomSource* random = nullptr;  // nullptr is SecureRandom(). Not owned.
  rocksdb::Env* env = nullptr;     // nullptr is the real file system.
  BackupProgress progress;         // May be empty.
  // Checks the restored log before anything uses it, given the folder of its database; an error
  // refuses the backup.
  std::function<absl::Status(const std::string& log_folder)> check_log;
};

struct RestoredLog {
  std::string origin;
  // What it goes on from.
  std::string old_origin;
  int64_t size = 0;
};

// Makes a new data folder with log/ and keys/ from a backup, syncs it, checks it, and starts a new
// origin whose first event names the old one. The folder appears under its name once it is
// complete: a crash at any moment leaves none, or a complete one; what is left over lies in
// `data_folder`.restoring, and goes with the next attempt. Errors: NOT_FOUND where there is no such
// backup; ALREADY_EXISTS where the data folder is there; DATA_LOSS where a file, a row or the check
// says that the backup is not what was backed up; FAILED_PRECONDITION where its keys are missing or
// older than its log; CANCELLED, UNAVAILABLE as BackUp.
absl::StatusOr<RestoredLog> Restore(const RestoreOptions& options);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_BACKUP_H_
