#include "verify/database.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "rocksdb/env.h"

namespace goodstanding::verify {
namespace {

constexpr size_t kReadaheadBytes = 2 << 20;
// A server that runs may flush while its files are being opened; then they are opened again.
constexpr int kAttempts = 10;

absl::Status FromRocks(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsCorruption()) return absl::DataLossError(status.ToString());
  return absl::UnavailableError(status.ToString());
}

// What changes whenever the set of files does: names of the write-ahead logs, and names and sizes
// of the manifests.
std::string FileState(rocksdb::Env& env, const std::string& path) {
  std::vector<std::string> names;
  env.GetChildren(path, &names).PermitUncheckedError();
  std::sort(names.begin(), names.end());
  std::string state;
  for (const std::string& name : names) {
    if (absl::EndsWith(name, ".log")) absl::StrAppend(&state, name, "\n");
    if (!absl::StartsWith(name, "MANIFEST-")) continue;
    uint64_t size = 0;
    env.GetFileSize(absl::StrCat(path, "/", name), &size).PermitUncheckedError();
    absl::StrAppend(&state, name, " ", size, "\n");
  }
  return state;
}

// RocksDB believes the last 12 bytes of a table without a checksum: version of the format, 4 bytes,
// and magic number, 8 bytes, both little-endian. A damaged version has it read sound blocks in the
// way of an older one, and abort. A file without the magic number is not whole, which RocksDB tells
// itself; one that is not there was merged by the server.
rocksdb::Status CheckTableEnd(rocksdb::Env& env, const std::string& path) {
  constexpr size_t kEndBytes = 12;
  constexpr absl::string_view kMagic("\xf7\xcf\xf4\x85\xb7\x41\xe2\x88", 8);
  constexpr absl::string_view kVersion("\x05\0\0\0", 4);
  uint64_t size = 0;
  std::unique_ptr<rocksdb::RandomAccessFile> file;
  rocksdb::Status status = env.GetFileSize(path, &size);
  if (status.ok()) status = env.NewRandomAccessFile(path, &file, rocksdb::EnvOptions());
  if (status.IsNotFound() || status.IsPathNotFound()) return rocksdb::Status::OK();
  if (!status.ok() || size < kEndBytes) return status;
  char scratch[kEndBytes];
  rocksdb::Slice end;
  status = file->Read(size - kEndBytes, kEndBytes, &end, scratch);
  if (!status.ok() || !end.ends_with(rocksdb::Slice(kMagic.data(), kMagic.size()))) return status;
  if (end.starts_with(rocksdb::Slice(kVersion.data(), kVersion.size()))) return status;
  return rocksdb::Status::Corruption(path, "a table of a format version that is never written");
}

rocksdb::Status CheckTableEnds(rocksdb::Env& env, const std::string& path) {
  std::vector<std::string> names;
  rocksdb::Status status = env.GetChildren(path, &names);
  for (const std::string& name : names) {
    if (!absl::EndsWith(name, ".sst")) continue;
    if (status.ok()) status = CheckTableEnd(env, absl::StrCat(path, "/", name));
  }
  return status;
}

struct Opened {
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
};

// A last write that was torn by a loss of power was never acknowledged and is left out; damage
// before that is an error.
rocksdb::Status OpenOnce(const rocksdb::DBOptions& options, const std::string& path,
                         Opened* opened) {
  const rocksdb::Status ends = CheckTableEnds(*options.env, path);
  if (!ends.ok()) return ends;
  std::vector<std::string> names;
  const rocksdb::Status listed = rocksdb::DB::ListColumnFamilies(options, path, &names);
  if (!listed.ok()) return listed;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.reserve(names.size());
  for (const std::string& name : names) {
    families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  }
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::OpenForReadOnly(options, path, families, &opened->handles, &db);
  opened->db.reset(db);
  return status;
}

void Close(Opened& opened) {
  for (rocksdb::ColumnFamilyHandle* const handle : opened.handles) {
    GS_CHECK(opened.db->DestroyColumnFamilyHandle(handle).ok());
  }
  opened.handles.clear();
  opened.db.reset();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path,
                                                         rocksdb::Env* env) {
  rocksdb::DBOptions options;
  options.env = env != nullptr ? env : rocksdb::Env::Default();
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  if (!options.env->FileExists(absl::StrCat(path, "/CURRENT")).ok()) {
    return absl::NotFoundError(absl::StrCat("there is no log in ", path));
  }
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::string before = FileState(*options.env, path);
    Opened opened;
    const rocksdb::Status status = OpenOnce(options, path, &opened);
    if (FileState(*options.env, path) != before) {
      Close(opened);
      continue;
    }
    GS_RETURN_IF_ERROR(FromRocks(status));
    std::unique_ptr<Database> database(new Database());
    database->db_ = std::move(opened.db);
    for (rocksdb::ColumnFamilyHandle* const handle : opened.handles) {
      database->families_.emplace(handle->GetName(), handle);
    }
    return database;
  }
  return absl::UnavailableError(
      absl::StrCat("the files of ", path, " kept changing while they were opened"));
}

Database::~Database() {
  for (const auto& [name, handle] : families_) {
    GS_CHECK(db_->DestroyColumnFamilyHandle(handle).ok());
  }
}

absl::StatusOr<std::optional<std::string>> Database::Get(const std::string& family,
                                                         const std::string& key) const {
  const auto handle = families_.find(family);
  if (handle == families_.end()) return std::nullopt;
  std::string value;
  const rocksdb::Status got = db_->Get(rocksdb::ReadOptions(), handle->second, key, &value);
  if (got.IsNotFound()) return std::nullopt;
  GS_RETURN_IF_ERROR(FromRocks(got));
  return value;
}

Scan::Scan(const Database& database, const std::string& family, const std::string& begin,
           std::string end)
    : end_(std::move(end)), end_slice_(end_) {
  const auto handle = database.families().find(family);
  if (handle == database.families().end()) return;
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = kReadaheadBytes;
  if (!end_.empty()) options.iterate_upper_bound = &end_slice_;
  rows_.reset(database.db().NewIterator(options, handle->second));
  if (begin.empty()) {
    rows_->SeekToFirst();
  } else {
    rows_->Seek(begin);
  }
}

absl::Status Scan::status() const {
  return rows_ == nullptr ? absl::OkStatus() : FromRocks(rows_->status());
}

}  // namespace goodstanding::verify
