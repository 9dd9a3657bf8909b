// Copies of one database in a folder of their own, made beside its writers by RocksDB's backup
// engine. Files that a database never changes are shared between its copies, so that a copy costs
// what is new; a CRC-32C of each file is kept beside them.
#ifndef GOODSTANDING_EVENTSTORE_DATABASE_COPIES_H_
#define GOODSTANDING_EVENTSTORE_DATABASE_COPIES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/copy_progress.h"
#include "eventstore/database.h"
#include "rocksdb/utilities/backup_engine.h"

namespace goodstanding::eventstore {

struct DatabaseCopy {
  int64_t id = 0;  // From 1, in the order in which they were made.
  absl::Time made;
  int64_t bytes = 0;     // Of its files, those included that it shares with other copies.
  std::string note;      // As given when it was made.
  bool damaged = false;  // A file is missing or of another size; then only the id is known.
};

// Not thread-safe. At most one that writes is open for a folder.
class DatabaseCopies {
 public:
  // Opens a folder to add copies and take some away; creates it if absent, its parent is there.
  static absl::StatusOr<DatabaseCopies> OpenToWrite(const std::string& path, rocksdb::Env& env);
  // Opens a folder to read; writes nothing. NOT_FOUND where there is none.
  static absl::StatusOr<DatabaseCopies> OpenToRead(const std::string& path, rocksdb::Env& env);

  // Ascending by id.
  std::vector<DatabaseCopy> List() const;

  // Copies the database as it stands at a moment during the call, and syncs the copy; returns its
  // id. CANCELLED where the progress says so: what was copied goes with the next copy. REQUIRES:
  // opened to write.
  absl::StatusOr<int64_t> Add(const Database& database, const std::string& note,
                              const CopyProgress& progress);

  // Reads every file of a copy again; DATA_LOSS where one is not what was copied.
  absl::Status Check(int64_t id) const;

  // REQUIRES: opened to write.
  absl::Status Remove(int64_t id);
  absl::Status KeepNewest(int count);

  // Opens a copy where it lies, for reading alone; `settings` names the families.
  struct Opened {
    std::shared_ptr<rocksdb::Env> env;  // Outlives the database.
    std::unique_ptr<Database> database;
  };
  absl::StatusOr<Opened> OpenCopy(int64_t id, DatabaseSettings settings) const;

  // Writes a copy's files to a new folder whose parent is there. DATA_LOSS where one is not what
  // was copied.
  absl::Status Restore(int64_t id, const std::string& path) const;

 private:
  explicit DatabaseCopies(std::string path) : path_(std::move(path)) {}
  const rocksdb::BackupEngineReadOnlyBase& engine() const;

  std::string path_;
  std::unique_ptr<rocksdb::BackupEngine> writer_;  // One of the two.
  std::unique_ptr<rocksdb::BackupEngineReadOnly> reader_;
};

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_DATABASE_COPIES_H_
