// One open RocksDB with its families. The only place that knows how RocksDB is set up.
#ifndef GOODSTANDING_EVENTSTORE_DATABASE_H_
#define GOODSTANDING_EVENTSTORE_DATABASE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rocksdb/db.h"
#include "rocksdb/options.h"

namespace goodstanding::eventstore {

inline rocksdb::Slice ToSlice(absl::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline absl::string_view ToView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

// The one translation of RocksDB's errors. `doing` says what was attempted. Corruption is
// DATA_LOSS, a locked folder FAILED_PRECONDITION, anything else of the file system UNAVAILABLE.
absl::Status FromRocks(const rocksdb::Status& status, absl::string_view doing);

// Settings of one family.
struct Family {
  std::string name;
  size_t memtable_bytes = 8 << 20;
  bool whole_key_filter = false;      // For point look-ups that often find nothing.
  bool ascending = false;             // Keys mostly come in ascending order.
  uint64_t file_bytes = 64ull << 20;  // Of one table file on the first level.
};

struct DatabaseSettings {
  std::string path;
  rocksdb::Env* env = nullptr;  // nullptr is the real file system.
  std::vector<Family> families;
  size_t cache_bytes = 8 << 20;
  uint64_t max_wal_bytes = 256ull << 20;
  // Called on a thread of RocksDB when a flush, a compaction or a write failed. May be empty.
  std::function<void(const absl::Status&)> on_background_error;
};

// Thread-safe.
class Database {
 public:
  // Opens or creates the folder and the families that are missing. Families that are there and
  // unknown to us are opened and left alone. DATA_LOSS where the write-ahead log is damaged before
  // its end.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const DatabaseSettings& settings);

  // Opens what is there, for reading alone: nothing is written, and nobody else is kept out.
  // DATA_LOSS where a family of the settings is missing.
  static absl::StatusOr<std::unique_ptr<Database>> OpenReadOnly(const DatabaseSettings& settings);

  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  rocksdb::DB& db() const { return *db_; }

  // All that are there, by name.
  const std::map<std::string, rocksdb::ColumnFamilyHandle*>& families() const { return families_; }

  // Whether flushes or merges are so far behind that RocksDB slows down writes: it will soon stop
  // them. Cost: RocksDB's lock.
  bool WritesSlowed() const;
  // The same in detail: whether they stand still, and to how many bytes a second they are held; 0:
  // to none.
  bool WritesStopped() const;
  int64_t DelayedWriteRate() const;

  // Writes all memtables to table files, so that the write-ahead log is empty. Waits.
  absl::Status Flush() const;

  // REQUIRES: the family was named in the settings.
  rocksdb::ColumnFamilyHandle* family(absl::string_view name) const;

 private:
  Database() = default;
  void Adopt(const std::vector<rocksdb::ColumnFamilyHandle*>& handles);

  std::unique_ptr<rocksdb::DB> db_;
  std::map<std::string, rocksdb::ColumnFamilyHandle*> families_;  // Owned.
};

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_DATABASE_H_
