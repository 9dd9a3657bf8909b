// The database of a log, opened for reading alone.
#ifndef GOODSTANDING_VERIFY_DATABASE_H_
#define GOODSTANDING_VERIFY_DATABASE_H_

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rocksdb/db.h"

namespace goodstanding::verify {

// The log as it stood when it was opened: nothing is written or locked, and what a running server
// appends meanwhile is not seen. Thread-safe.
class Database {
 public:
  // `env` is the file system; nullptr is the real one. NOT_FOUND where the folder holds no
  // database; DATA_LOSS where its files contradict each other; UNAVAILABLE where it cannot be read,
  // or a server kept changing its files.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path, rocksdb::Env* env);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  rocksdb::DB& db() const { return *db_; }
  // By name; those that are not there are not in it.
  const std::map<std::string, rocksdb::ColumnFamilyHandle*>& families() const { return families_; }

  // The value of a row; nullopt where it, or its family, is not there.
  absl::StatusOr<std::optional<std::string>> Get(const std::string& family,
                                                 const std::string& key) const;

 private:
  Database() = default;
  std::unique_ptr<rocksdb::DB> db_;
  std::map<std::string, rocksdb::ColumnFamilyHandle*> families_;  // Owned.
};

// Walks the rows of a family once, in order of their keys. Not thread-safe.
class Scan {
 public:
  // From `begin` (inclusive; empty: the first row) to `end` (exclusive; empty: no end). A family
  // that is not there has no rows.
  Scan(const Database& database, const std::string& family, const std::string& begin,
       std::string end);
  Scan(const Scan&) = delete;
  Scan& operator=(const Scan&) = delete;

  // False at the end, and where the next row cannot be read: status() tells which.
  bool Valid() const { return rows_ != nullptr && rows_->Valid(); }
  void Next() { rows_->Next(); }
  absl::string_view key() const { return {rows_->key().data(), rows_->key().size()}; }
  absl::string_view value() const { return {rows_->value().data(), rows_->value().size()}; }
  absl::Status status() const;

 private:
  const std::string end_;
  const rocksdb::Slice end_slice_;
  std::unique_ptr<rocksdb::Iterator> rows_;
};

}  // namespace goodstanding::verify

#endif  // GOODSTANDING_VERIFY_DATABASE_H_
