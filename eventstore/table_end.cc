#include "eventstore/table_end.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/env.h"

namespace goodstanding::eventstore {
namespace {

// Version (4 bytes), magic number of a block-based table (8 bytes), both little-endian.
constexpr size_t kVersionBytes = 4;
constexpr size_t kEndBytes = 12;
constexpr uint64_t kMagic = 0x88e241b785f4cff7;
constexpr uint64_t kOldestVersion = 5;  // What RocksDB 7.8 writes; older programs had no other.

uint64_t ReadLittleEndian(const rocksdb::Slice& bytes, size_t begin, size_t end) {
  uint64_t value = 0;
  for (size_t i = end; i > begin; --i) value = value << 8 | static_cast<uint8_t>(bytes[i - 1]);
  return value;
}

bool IsMissing(const rocksdb::Status& status) {
  return status.IsNotFound() || status.IsPathNotFound();
}

}  // namespace

rocksdb::Status CheckTableEnd(rocksdb::Env& env, const std::string& path) {
  uint64_t size = 0;
  rocksdb::Status status = env.GetFileSize(path, &size);
  if (!status.ok()) return IsMissing(status) ? rocksdb::Status::OK() : status;
  if (size < kEndBytes) return rocksdb::Status::OK();
  std::unique_ptr<rocksdb::RandomAccessFile> file;
  status = env.NewRandomAccessFile(path, &file, rocksdb::EnvOptions());
  if (!status.ok()) return IsMissing(status) ? rocksdb::Status::OK() : status;
  char scratch[kEndBytes];
  rocksdb::Slice end;
  status = file->Read(size - kEndBytes, kEndBytes, &end, scratch);
  if (!status.ok()) return status;
  if (end.size() != kEndBytes || ReadLittleEndian(end, kVersionBytes, kEndBytes) != kMagic) {
    return rocksdb::Status::OK();
  }
  const uint64_t version = ReadLittleEndian(end, 0, kVersionBytes);
  if (version >= kOldestVersion) return rocksdb::Status::OK();
  return rocksdb::Status::Corruption(path, absl::StrCat("a table of format version ", version));
}

rocksdb::Status CheckTableEnds(rocksdb::Env& env, const std::string& folder) {
  std::vector<std::string> names;
  const rocksdb::Status listed = env.GetChildren(folder, &names);
  if (!listed.ok()) return IsMissing(listed) ? rocksdb::Status::OK() : listed;
  for (const std::string& name : names) {
    if (!absl::EndsWith(name, ".sst")) continue;
    const rocksdb::Status checked = CheckTableEnd(env, absl::StrCat(folder, "/", name));
    if (!checked.ok()) return checked;
  }
  return rocksdb::Status::OK();
}

}  // namespace goodstanding::eventstore
