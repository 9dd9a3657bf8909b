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

// How an operation fails.
enum class Fault {
  kError,      // Nothing is done.
  kNoSpace,    // The same, because the disk is full.
  kTornWrite,  // A write leaves the first half of its bytes; any other operation does nothing.
};

// Thread-safe, but for PowerCut.
class FaultyFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultyFileSystem(const std::shared_ptr<rocksdb::FileSystem>& base)
      : FileSystemWrapper(base), base_(base) {}

  const char* Name() const override { return "FaultyFileSystem"; }

  // While held, whoever makes a table file waits: flushes and merges stand still.
  void HoldTables(bool hold);

  // From now on every sync of a write-ahead log fails; its bytes are there all the same.
  void FailLogSyncs(bool fail);

  // The operations that change something, counted from 1; after `last` of them every one fails.
  void FailAfter(int64_t last);
  // Of these operations, and of those that open a file to read it, only the one of this number
  // fails; with 0 none does.
  void FailOnce(int64_t number, Fault fault);
  // Counted since FailAfter or FailOnce.
  int64_t operations() const;

  // The machine loses power: of what was not synced, each file keeps a random part, and the last
  // byte kept may be wrong; a new file whose folder was not synced may be gone. Ends FailAfter.
  // REQUIRES: no store is open.
  void PowerCut(std::mt19937_64& random);

  // What an operation does to the disk.
  enum class Kind { kWrite, kSync, kOther, kOpenToRead };
  // OK, or the failure that this operation is to have; `torn`: half of it is done all the same. For
  // the files.
  rocksdb::IOStatus Operation(const std::string& file, Kind kind, bool* torn = nullptr);
  void Grew(const std::string& file, uint64_t size);
  void Synced(const std::string& file);
  void FolderSynced(const std::string& folder);

  rocksdb::IOStatus NewSequentialFile(const std::string& file, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* result,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& file,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                        rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& folder, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* result,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus CreateDirIfMissing(const std::string& folder, const rocksdb::IOOptions& options,
                                       rocksdb::IODebugContext* debug) override;
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
    bool in_folder = false;  // The folder was synced since the file was made.
  };

  const std::shared_ptr<rocksdb::FileSystem> base_;
  mutable Mutex mutex_;
  std::map<std::string, Extent> files_ ABSL_GUARDED_BY(mutex_);
  CondVar tables_free_;
  bool hold_tables_ ABSL_GUARDED_BY(mutex_) = false;
  bool fail_log_syncs_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t operations_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t last_ ABSL_GUARDED_BY(mutex_) = INT64_MAX;
  int64_t once_ ABSL_GUARDED_BY(mutex_) = 0;
  bool counts_opens_ ABSL_GUARDED_BY(mutex_) = false;
  Fault fault_ ABSL_GUARDED_BY(mutex_) = Fault::kError;
};

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_TESTS_EVENTSTORE_FAULTY_FILE_SYSTEM_H_
