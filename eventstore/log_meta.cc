#include "eventstore/log_meta.h"

#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "eventstore/log_reader.h"
#include "eventstore/tree.h"
#include "rocksdb/write_batch.h"

namespace goodstanding::eventstore {
namespace {

// ON DISK: the newest format that this program reads, and the one that it writes.
constexpr int64_t kFormat = 1;
constexpr char kOriginPrefix[] = "goodstanding/";
constexpr size_t kOriginRandomBytes = 16;

// The body of a row of the family `meta`; nullopt where there is none.
absl::StatusOr<std::optional<std::string>> GetMeta(const Database& database,
                                                   absl::string_view key) {
  std::string value;
  const rocksdb::Status got =
      database.db().Get(rocksdb::ReadOptions(), database.family(kMetaFamily), ToSlice(key), &value);
  if (got.IsNotFound()) return std::nullopt;
  GS_RETURN_IF_ERROR(FromRocks(got, absl::StrCat("reading meta row ", key)));
  GS_ASSIGN_OR_RETURN(const absl::string_view body, UnframeRow(value));
  return std::string(body);
}

absl::StatusOr<int64_t> ReadFormat(const Database& database) {
  GS_ASSIGN_OR_RETURN(const std::optional<std::string> text, GetMeta(database, kFormatKey));
  if (!text.has_value()) return 0;
  int64_t format = 0;
  if (!absl::SimpleAtoi(*text, &format) || format < 1) {
    return absl::DataLossError("the format of the store is no number");
  }
  if (format > kFormat) {
    return absl::FailedPreconditionError(absl::StrCat("the store has format ", format,
                                                      "; this program knows ", kFormat,
                                                      " and older ones: use the newer program"));
  }
  return format;
}

}  // namespace

// The families of the two copies do not fill their memtables in the same write: where RocksDB 7.8
// cannot begin a new write-ahead log for two of them at once, it loses count of its references and
// stops the process when the database is closed.
DatabaseSettings LogSettings(const Options& options) {
  const size_t stream_bytes = options.memtable_bytes / 8 * 11;
  DatabaseSettings settings;
  settings.path = options.path;
  settings.env = options.env;
  settings.cache_bytes = options.cache_bytes;
  settings.max_wal_bytes = 4 * options.memtable_bytes;
  settings.families = {
      {.name = kLogFamily, .memtable_bytes = options.memtable_bytes, .ascending = true},
      {.name = kStreamFamily, .memtable_bytes = stream_bytes},
      {.name = kRequestFamily, .memtable_bytes = options.memtable_bytes, .whole_key_filter = true},
      {.name = kMetaFamily},
      {.name = kTreeFamily},
      {.name = kCheckpointFamily},
  };
  return settings;
}

absl::StatusOr<LogMeta> ReadLogMeta(const Database& database) {
  LogMeta meta;
  GS_ASSIGN_OR_RETURN(meta.format, ReadFormat(database));
  if (meta.format == 0) return meta;
  GS_ASSIGN_OR_RETURN(const std::optional<std::string> origin, GetMeta(database, kOriginKey));
  if (!origin.has_value()) return absl::DataLossError("the store has no origin");
  meta.origin = *origin;
  std::string head;
  const rocksdb::Status got =
      database.db().Get(rocksdb::ReadOptions(), database.family(kMetaFamily), kHeadKey, &head);
  if (got.IsNotFound()) return absl::DataLossError("the store has no head summary");
  GS_RETURN_IF_ERROR(FromRocks(got, "reading the head summary"));
  GS_ASSIGN_OR_RETURN(meta.head, DecodeHeadRow(head));
  return meta;
}

absl::StatusOr<LogMeta> CreateLogMeta(const Database& database, bool sync) {
  LogMeta meta;
  meta.format = kFormat;
  meta.origin = NewOrigin(SecureRandom());
  rocksdb::ColumnFamilyHandle* const family = database.family(kMetaFamily);
  rocksdb::WriteBatch batch;
  GS_CHECK(batch.Put(family, kFormatKey, FrameRow(absl::StrCat(meta.format))).ok());
  GS_CHECK(batch.Put(family, kOriginKey, FrameRow(meta.origin)).ok());
  GS_CHECK(batch.Put(family, kHeadKey, EncodeHeadRow(meta.head)).ok());
  GS_CHECK(batch.Put(family, kTreeKey, EncodeCompactRange(CompactRange())).ok());
  rocksdb::WriteOptions options;
  options.sync = sync;
  GS_RETURN_IF_ERROR(FromRocks(database.db().Write(options, &batch), "creating the store"));
  return meta;
}

std::string NewOrigin(RandomSource& random) {
  return absl::StrCat(kOriginPrefix, absl::BytesToHexString(random.Bytes(kOriginRandomBytes)));
}

}  // namespace goodstanding::eventstore
