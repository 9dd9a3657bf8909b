// A file system in memory that fails on command and forgets what was not synced.
#ifndef GOODSTANDING_TESTS_EVENTSTORE_FAULTY_FILE_SYSTEM_H_
#define GOODSTANDING_TESTS_EVENTSTORE_FAULTY_FILE_SYSTEM_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "base/mutex.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"

namespace goodstanding::eventstore {

// Thread-safe, but for PowerCut.
class FaultyFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultyFileSystem(const std::shared_ptr<rocksdb::FileSystem>& base)
      : FileSystemWrapper(base), base_(base) {}

  const char* Name() const override { return "FaultyFileSystem"; }

  // From now on every sync of a write-ahead log fails; its bytes are there all the same.
  void FailLogSyncs(bool fail);

  // The operations that change something, counted from 1; after `last` of them every one fails.
  void FailAfter(int64_t last);
  int64_t operations() const;

  // The machine loses power: of what was not synced, each file keeps a random part, and the last
  // byte kept may be wrong. Ends FailAfter. REQUIRES: no store is open.
  void PowerCut(std::mt19937_64& random);

  // OK, or the failure that this operation is to have. For the files.
  rocksdb::IOStatus Operation(const std::string& file, bool is_sync);
  void Grew(const std::string& file, uint64_t size);
  void Synced(const std::string& file);

  rocksdb::IOStatus NewWritableFile(const std::string& file, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& file, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* result,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& file, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  struct Extent {
    uint64_t size = 0;
    uint64_t synced = 0;
  };

  const std::shared_ptr<rocksdb::FileSystem> base_;
  mutable Mutex mutex_;
  std::map<std::string, Extent> files_ ABSL_GUARDED_BY(mutex_);
  bool fail_log_syncs_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t operations_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t last_ ABSL_GUARDED_BY(mutex_) = INT64_MAX;
};

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_TESTS_EVENTSTORE_FAULTY_FILE_SYSTEM_H_
