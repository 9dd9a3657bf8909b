#include "projections/view_folder.h"

#include <cstdarg>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "eventstore/database.h"
#include "eventstore/table_end.h"
#include "projections/rows.h"
#include "projections/view_keys.h"
#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/table.h"

namespace goodstanding::projections {
namespace {

using eventstore::FromRocks;
using eventstore::ToSlice;
using view::v1::Checkpoint;

constexpr size_t kMemtableBytes = 16 << 20;
constexpr size_t kCacheBytes = 64 << 20;
constexpr size_t kBlockBytes = 8 << 10;
constexpr double kFilterBitsPerKey = 10;

// RocksDB's own log would be most of a small folder.
class SilentLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

bool IsViewFolder(const rocksdb::Options& options, const std::string& path) {
  std::vector<std::string> families;
  const rocksdb::Status listed = rocksdb::DB::ListColumnFamilies(options, path, &families);
  return !listed.ok() || families.size() == 1;
}

using Database = std::unique_ptr<rocksdb::DB>;

absl::StatusOr<Database> OpenDatabase(const rocksdb::Options& options, const std::string& path) {
  rocksdb::DB* db = nullptr;
  rocksdb::Status opened = eventstore::CheckTableEnds(*options.env, path);
  if (opened.ok()) opened = rocksdb::DB::Open(options, path, &db);
  Database database(db);
  GS_RETURN_IF_ERROR(FromRocks(opened, absl::StrCat("opening the views in ", path)));
  return database;
}

absl::StatusOr<Database> CreateAnew(const rocksdb::Options& options, const std::string& path) {
  GS_RETURN_IF_ERROR(
      FromRocks(rocksdb::DestroyDB(path, options), absl::StrCat("emptying the views in ", path)));
  return OpenDatabase(options, path);
}

// A folder that cannot be opened is emptied, unless somebody else holds it or it is not ours.
absl::StatusOr<Database> OpenOrCreateAnew(const rocksdb::Options& options,
                                          const std::string& path) {
  if (!IsViewFolder(options, path)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " holds another database, and no views"));
  }
  absl::StatusOr<Database> database = OpenDatabase(options, path);
  if (database.ok() || absl::IsFailedPrecondition(database.status())) return database;
  return CreateAnew(options, path);
}

bool IsEmpty(rocksdb::DB& db) {
  const std::unique_ptr<rocksdb::Iterator> rows(db.NewIterator(rocksdb::ReadOptions()));
  rows->SeekToFirst();
  return !rows->Valid() && rows->status().ok();
}

// Reads what the folder says of itself; false where any of it is missing or does not parse.
bool ReadState(ViewFolder& folder) {
  std::string bytes;
  const rocksdb::ReadOptions options;
  if (!folder.db->Get(options, ToSlice(kCheckpointKey), &bytes).ok()) return false;
  if (!folder.checkpoint.ParseFromString(bytes)) return false;
  if (!folder.db->Get(options, ToSlice(kGenerationKey), &bytes).ok()) return false;
  const std::optional<uint32_t> generation = ParseBigEndian(bytes);
  folder.generation = generation.value_or(0);
  return generation.has_value();
}

bool IsUsable(const Checkpoint& checkpoint, absl::string_view origin, int64_t head_position) {
  return absl::string_view(checkpoint.origin()) == origin && checkpoint.position() > 0 &&
         checkpoint.position() <= head_position &&
         checkpoint.schema_version() == kViewSchemaVersion;
}

}  // namespace

rocksdb::Options ViewOptions(rocksdb::Env* env) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kCacheBytes);
  table.block_size = kBlockBytes;
  table.checksum = rocksdb::kXXH3;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));
  rocksdb::Options options;
  if (env != nullptr) options.env = env;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.create_if_missing = true;
  options.compression = rocksdb::kLZ4Compression;
  options.level_compaction_dynamic_level_bytes = true;
  options.write_buffer_size = kMemtableBytes;
  options.max_write_buffer_number = 3;
  options.max_background_jobs = 2;
  options.bytes_per_sync = 1 << 20;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.avoid_flush_during_recovery = true;
  options.info_log = std::make_shared<SilentLogger>();
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.skip_stats_update_on_db_open = true;
  return options;
}

absl::StatusOr<ViewFolder> OpenViewFolder(const std::string& path, absl::string_view origin,
                                          int64_t head_position, rocksdb::Env* env) {
  const rocksdb::Options options = ViewOptions(env);
  ViewFolder folder;
  GS_ASSIGN_OR_RETURN(folder.db, OpenOrCreateAnew(options, path));
  if (ReadState(folder) && IsUsable(folder.checkpoint, origin, head_position)) return folder;
  if (IsEmpty(*folder.db)) return ViewFolder{std::move(folder.db), {}, 0};
  folder.db.reset();
  GS_ASSIGN_OR_RETURN(Database db, CreateAnew(options, path));
  return ViewFolder{std::move(db), {}, 0};
}

}  // namespace goodstanding::projections
