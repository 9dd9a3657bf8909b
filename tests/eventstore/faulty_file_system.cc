#include "tests/eventstore/faulty_file_system.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace goodstanding::eventstore {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyFile(FaultyFileSystem* system, std::string name,
             std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)), system_(*system), name_(std::move(name)) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* debug) override {
    bool torn = false;
    const IOStatus failure = system_.Operation(name_, FaultyFileSystem::Kind::kWrite, &torn);
    if (!failure.ok() && !torn) return failure;
    const rocksdb::Slice written(data.data(), torn ? data.size() / 2 : data.size());
    const IOStatus status = FSWritableFileOwnerWrapper::Append(written, options, debug);
    if (status.ok()) system_.Grew(name_, GetFileSize(options, debug));
    return torn ? failure : status;
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = system_.Operation(name_, FaultyFileSystem::Kind::kSync);
    if (!status.ok()) return status;
    status = FSWritableFileOwnerWrapper::Sync(options, debug);
    if (status.ok()) system_.Synced(name_);
    return status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = system_.Operation(name_, FaultyFileSystem::Kind::kOther);
    return status.ok() ? FSWritableFileOwnerWrapper::Close(options, debug) : status;
  }

 private:
  FaultyFileSystem& system_;
  const std::string name_;
};

class FaultyFolder final : public rocksdb::FSDirectoryWrapper {
 public:
  FaultyFolder(FaultyFileSystem* system, std::string name,
               std::unique_ptr<rocksdb::FSDirectory> folder)
      : FSDirectoryWrapper(std::move(folder)), system_(*system), name_(std::move(name)) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = system_.Operation(name_, FaultyFileSystem::Kind::kSync);
    if (!status.ok()) return status;
    status = FSDirectoryWrapper::Fsync(options, debug);
    if (status.ok()) system_.FolderSynced(name_);
    return status;
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

 private:
  FaultyFileSystem& system_;
  const std::string name_;
};

std::string FolderOf(const std::string& file) { return file.substr(0, file.rfind('/')); }

}  // namespace

void FaultyFileSystem::FailLogSyncs(bool fail) {
  const MutexLock lock(mutex_);
  fail_log_syncs_ = fail;
}

void FaultyFileSystem::FailAfter(int64_t last) {
  const MutexLock lock(mutex_);
  operations_ = 0;
  last_ = last;
  once_ = 0;
  counts_opens_ = false;
}

void FaultyFileSystem::FailOnce(int64_t number, Fault fault) {
  const MutexLock lock(mutex_);
  operations_ = 0;
  last_ = INT64_MAX;
  once_ = number;
  counts_opens_ = true;
  fault_ = fault;
}

int64_t FaultyFileSystem::operations() const {
  const MutexLock lock(mutex_);
  return operations_;
}

void FaultyFileSystem::PowerCut(std::mt19937_64& random) {
  FailAfter(INT64_MAX);
  std::map<std::string, Extent> files;
  {
    const MutexLock lock(mutex_);
    files.swap(files_);
  }
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(base_);
  for (const auto& [name, extent] : files) {
    if (!env->FileExists(name).ok()) continue;
    if (!extent.in_folder && random() % 2 == 0) {
      (void)env->DeleteFile(name);
      continue;
    }
    if (extent.size == extent.synced) continue;
    std::string bytes;
    if (!rocksdb::ReadFileToString(env.get(), name, &bytes).ok()) continue;
    const uint64_t lost = bytes.size() - extent.synced;
    bytes.resize(extent.synced + random() % (lost + 1));
    // A manifest is torn, never wrong: RocksDB refuses one with a wrong checksum, and says so.
    const bool manifest = absl::StrContains(name, "MANIFEST");
    if (bytes.size() > extent.synced && !manifest && random() % 2 == 0) bytes.back() ^= 0x40;
    (void)rocksdb::WriteStringToFile(env.get(), bytes, name);
  }
}

IOStatus FaultyFileSystem::Operation(const std::string& file, Kind kind, bool* torn) {
  const MutexLock lock(mutex_);
  if (kind == Kind::kSync && fail_log_syncs_ && absl::EndsWith(file, ".log")) {
    return IOStatus::IOError("sync failed on command");
  }
  if (kind == Kind::kOpenToRead && !counts_opens_) return IOStatus::OK();
  if (++operations_ > last_) return IOStatus::IOError("the disk is gone on command");
  if (operations_ != once_) return IOStatus::OK();
  if (torn != nullptr) *torn = fault_ == Fault::kTornWrite;
  return fault_ == Fault::kNoSpace ? IOStatus::NoSpace("the disk is full on command")
                                   : IOStatus::IOError("failed on command");
}

void FaultyFileSystem::Grew(const std::string& file, uint64_t size) {
  const MutexLock lock(mutex_);
  files_[file].size = size;
}

void FaultyFileSystem::Synced(const std::string& file) {
  const MutexLock lock(mutex_);
  files_[file].synced = files_[file].size;
}

void FaultyFileSystem::FolderSynced(const std::string& folder) {
  const absl::string_view path = absl::StripSuffix(folder, "/");
  const MutexLock lock(mutex_);
  for (auto& [name, extent] : files_) extent.in_folder |= FolderOf(name) == path;
}

IOStatus FaultyFileSystem::NewSequentialFile(const std::string& file,
                                             const rocksdb::FileOptions& options,
                                             std::unique_ptr<rocksdb::FSSequentialFile>* result,
                                             IODebugContext* debug) {
  IOStatus status = Operation(file, Kind::kOpenToRead);
  return status.ok() ? target()->NewSequentialFile(file, options, result, debug) : status;
}

IOStatus FaultyFileSystem::NewRandomAccessFile(const std::string& file,
                                               const rocksdb::FileOptions& options,
                                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                               IODebugContext* debug) {
  IOStatus status = Operation(file, Kind::kOpenToRead);
  return status.ok() ? target()->NewRandomAccessFile(file, options, result, debug) : status;
}

IOStatus FaultyFileSystem::NewDirectory(const std::string& folder, const IOOptions& options,
                                        std::unique_ptr<rocksdb::FSDirectory>* result,
                                        IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSDirectory> base;
  const IOStatus status = target()->NewDirectory(folder, options, &base, debug);
  if (status.ok()) *result = std::make_unique<FaultyFolder>(this, folder, std::move(base));
  return status;
}

IOStatus FaultyFileSystem::CreateDirIfMissing(const std::string& folder, const IOOptions& options,
                                              IODebugContext* debug) {
  IOStatus status = Operation(folder, Kind::kOther);
  return status.ok() ? target()->CreateDirIfMissing(folder, options, debug) : status;
}

void FaultyFileSystem::HoldTables(bool hold) {
  const MutexLock lock(mutex_);
  hold_tables_ = hold;
  tables_free_.SignalAll();
}

IOStatus FaultyFileSystem::NewWritableFile(const std::string& file,
                                           const rocksdb::FileOptions& options,
                                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                                           IODebugContext* debug) {
  if (absl::EndsWith(file, ".sst")) {
    const MutexLock lock(mutex_);
    while (hold_tables_) tables_free_.Wait(mutex_);
  }
  IOStatus status = Operation(file, Kind::kOther);
  if (!status.ok()) return status;
  std::unique_ptr<rocksdb::FSWritableFile> base;
  status = target()->NewWritableFile(file, options, &base, debug);
  if (!status.ok()) return status;
  {
    const MutexLock lock(mutex_);
    files_[file] = Extent{};
  }
  *result = std::make_unique<FaultyFile>(this, file, std::move(base));
  return status;
}

IOStatus FaultyFileSystem::ReopenWritableFile(const std::string& file,
                                              const rocksdb::FileOptions& options,
                                              std::unique_ptr<rocksdb::FSWritableFile>* result,
                                              IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSWritableFile> base;
  const IOStatus status = target()->ReopenWritableFile(file, options, &base, debug);
  if (status.ok()) *result = std::make_unique<FaultyFile>(this, file, std::move(base));
  return status;
}

IOStatus FaultyFileSystem::RenameFile(const std::string& from, const std::string& to,
                                      const IOOptions& options, IODebugContext* debug) {
  IOStatus status = Operation(from, Kind::kOther);
  if (!status.ok()) return status;
  status = target()->RenameFile(from, to, options, debug);
  if (!status.ok()) return status;
  // The new name is there after a loss of power, and with it all that changed in the folder before:
  // file systems keep that order.
  FolderSynced(FolderOf(from));
  const MutexLock lock(mutex_);
  const auto moved = files_.find(from);
  if (moved != files_.end()) {
    files_[to] = moved->second;
    files_.erase(from);
  }
  return status;
}

IOStatus FaultyFileSystem::DeleteFile(const std::string& file, const IOOptions& options,
                                      IODebugContext* debug) {
  IOStatus status = Operation(file, Kind::kOther);
  if (!status.ok()) return status;
  status = target()->DeleteFile(file, options, debug);
  const MutexLock lock(mutex_);
  files_.erase(file);
  return status;
}

}  // namespace goodstanding::eventstore
