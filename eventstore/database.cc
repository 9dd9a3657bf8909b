#include "eventstore/database.h"

#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "eventstore/folders.h"
#include "eventstore/table_end.h"
#include "eventstore/wal_tail.h"
#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/listener.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/table.h"

namespace goodstanding::eventstore {
namespace {

constexpr size_t kBlockBytes = 16 << 10;
constexpr int kMemtables = 4;
constexpr double kFilterBitsPerKey = 10;

// Hands every error that RocksDB latches to a function.
class ErrorListener final : public rocksdb::EventListener {
 public:
  explicit ErrorListener(std::function<void(const absl::Status&)> report)
      : report_(std::move(report)) {}

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override {
    report_(FromRocks(*error, "in the background"));
  }

 private:
  const std::function<void(const absl::Status&)> report_;
};

rocksdb::ColumnFamilyOptions FamilyOptions(const Family& family,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = kBlockBytes;
  table.checksum = rocksdb::kXXH3;
  if (family.whole_key_filter) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));
  }
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = rocksdb::kLZ4Compression;
  options.write_buffer_size = family.memtable_bytes;
  options.max_write_buffer_number = kMemtables;
  options.target_file_size_base = family.file_bytes;
  options.level_compaction_dynamic_level_bytes = true;
  if (family.whole_key_filter) {
    options.memtable_prefix_bloom_size_ratio = 0.02;
    options.memtable_whole_key_filtering = true;
  }
  if (family.ascending) {
    // All keys share one hint: where the last one went. Of the memtable alone, not of the files.
    options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(0));
  }
  return options;
}

// No prefix extractor, no pipelined write, no recycled log, no retry after an error: each of them
// has lost data for somebody. A write-ahead log that is damaged before its end is refused.
rocksdb::DBOptions DatabaseOptions(const DatabaseSettings& settings) {
  rocksdb::DBOptions options;
  if (settings.env != nullptr) options.env = settings.env;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.recycle_log_file_num = 0;
  options.enable_pipelined_write = false;
  options.max_total_wal_size = settings.max_wal_bytes;
  options.max_bgerror_resume_count = 0;
  options.bytes_per_sync = 1 << 20;
  options.max_background_jobs = 2;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.max_log_file_size = 4 << 20;
  options.keep_log_file_num = 4;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.skip_stats_update_on_db_open = true;
  if (settings.on_background_error) {
    options.listeners.push_back(std::make_shared<ErrorListener>(settings.on_background_error));
  }
  return options;
}

// The families on disk; only RocksDB's own in a folder without a database.
absl::StatusOr<std::vector<std::string>> ListFamilies(const rocksdb::DBOptions& options,
                                                      const std::string& path) {
  if (!options.env->FileExists(absl::StrCat(path, "/CURRENT")).ok()) {
    return std::vector<std::string>{rocksdb::kDefaultColumnFamilyName};
  }
  std::vector<std::string> names;
  GS_RETURN_IF_ERROR(FromRocks(rocksdb::DB::ListColumnFamilies(options, path, &names),
                               absl::StrCat("listing the families of ", path)));
  return names;
}

using Descriptors = std::vector<rocksdb::ColumnFamilyDescriptor>;
using FamiliesByName = std::map<std::string, rocksdb::ColumnFamilyOptions>;

FamiliesByName WantedFamilies(const DatabaseSettings& settings,
                              const std::shared_ptr<rocksdb::Cache>& cache) {
  FamiliesByName wanted;
  for (const Family& family : settings.families) {
    wanted.emplace(family.name, FamilyOptions(family, cache));
  }
  return wanted;
}

// The families that are there, which are taken out of the wanted ones.
Descriptors TakePresent(const std::vector<std::string>& found,
                        const std::shared_ptr<rocksdb::Cache>& cache, FamiliesByName& wanted) {
  Descriptors present;
  for (const std::string& name : found) {
    const auto known = wanted.find(name);
    present.emplace_back(name,
                         known == wanted.end() ? FamilyOptions(Family{}, cache) : known->second);
    wanted.erase(name);
  }
  return present;
}

// Opens the database. Where the write-ahead log does not end cleanly but nothing readable follows
// the damage, that is the last write of a machine that lost power: it was never acknowledged and is
// cut.
rocksdb::Status OpenRocks(rocksdb::DBOptions options, const std::string& path,
                          const std::vector<rocksdb::ColumnFamilyDescriptor>& families,
                          std::vector<rocksdb::ColumnFamilyHandle*>* handles, rocksdb::DB** db) {
  const rocksdb::Status status = rocksdb::DB::Open(options, path, families, handles, db);
  if (!status.IsCorruption() || !OnlyTailIsTorn(*options.env, path)) return status;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  return rocksdb::DB::Open(options, path, families, handles, db);
}

}  // namespace

absl::Status FromRocks(const rocksdb::Status& status, absl::string_view doing) {
  if (status.ok()) return absl::OkStatus();
  const std::string message = absl::StrCat(doing, ": ", status.ToString());
  if (status.IsCorruption()) return absl::DataLossError(message);
  if (status.IsIOError() && absl::StrContains(message, "/LOCK: ")) {
    return absl::FailedPreconditionError(
        absl::StrCat(doing, ": another process uses this folder; stop it first"));
  }
  if (status.IsNotSupported() || status.IsInvalidArgument()) {
    return absl::FailedPreconditionError(message);
  }
  return absl::UnavailableError(message);
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const DatabaseSettings& settings) {
  const rocksdb::DBOptions options = DatabaseOptions(settings);
  GS_RETURN_IF_ERROR(CreateFolder(*options.env, settings.path));
  GS_RETURN_IF_ERROR(FromRocks(CheckTableEnds(*options.env, settings.path),
                               absl::StrCat("opening ", settings.path)));
  GS_ASSIGN_OR_RETURN(const std::vector<std::string> found, ListFamilies(options, settings.path));

  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(settings.cache_bytes);
  FamiliesByName wanted = WantedFamilies(settings, cache);
  const Descriptors present = TakePresent(found, cache, wanted);

  std::unique_ptr<Database> database(new Database());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  GS_RETURN_IF_ERROR(FromRocks(OpenRocks(options, settings.path, present, &handles, &db),
                               absl::StrCat("opening ", settings.path)));
  database->db_.reset(db);
  database->Adopt(handles);

  Descriptors missing;
  for (const auto& [name, family_options] : wanted) missing.emplace_back(name, family_options);
  if (missing.empty()) return database;
  handles.clear();
  const rocksdb::Status created = db->CreateColumnFamilies(missing, &handles);
  database->Adopt(handles);
  GS_RETURN_IF_ERROR(FromRocks(created, absl::StrCat("creating families in ", settings.path)));
  return database;
}

absl::StatusOr<std::unique_ptr<Database>> Database::OpenReadOnly(const DatabaseSettings& settings) {
  const rocksdb::DBOptions options = DatabaseOptions(settings);
  GS_RETURN_IF_ERROR(FromRocks(CheckTableEnds(*options.env, settings.path),
                               absl::StrCat("opening ", settings.path)));
  GS_ASSIGN_OR_RETURN(const std::vector<std::string> found, ListFamilies(options, settings.path));
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(settings.cache_bytes);
  FamiliesByName wanted = WantedFamilies(settings, cache);
  const Descriptors present = TakePresent(found, cache, wanted);
  if (!wanted.empty()) {
    return absl::DataLossError(
        absl::StrCat(settings.path, " lacks the family ", wanted.begin()->first));
  }
  std::unique_ptr<Database> database(new Database());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  GS_RETURN_IF_ERROR(
      FromRocks(rocksdb::DB::OpenForReadOnly(options, settings.path, present, &handles, &db),
                absl::StrCat("opening ", settings.path)));
  database->db_.reset(db);
  database->Adopt(handles);
  return database;
}

Database::~Database() {
  for (const auto& [name, handle] : families_) {
    GS_CHECK(db_->DestroyColumnFamilyHandle(handle).ok());
  }
}

// Asked for, not listened to: RocksDB tells its listeners on several threads, in no order.
bool Database::WritesSlowed() const { return DelayedWriteRate() > 0 || WritesStopped(); }

bool Database::WritesStopped() const {
  uint64_t stopped = 0;
  GS_CHECK(db_->GetIntProperty(rocksdb::DB::Properties::kIsWriteStopped, &stopped));
  return stopped > 0;
}

int64_t Database::DelayedWriteRate() const {
  uint64_t rate = 0;
  GS_CHECK(db_->GetIntProperty(rocksdb::DB::Properties::kActualDelayedWriteRate, &rate));
  return static_cast<int64_t>(rate);
}

absl::Status Database::Flush() const {
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  for (const auto& [name, handle] : families_) handles.push_back(handle);
  return FromRocks(db_->Flush(rocksdb::FlushOptions(), handles), "flushing");
}

rocksdb::ColumnFamilyHandle* Database::family(absl::string_view name) const {
  const auto found = families_.find(std::string(name));
  GS_CHECK(found != families_.end());
  return found->second;
}

void Database::Adopt(const std::vector<rocksdb::ColumnFamilyHandle*>& handles) {
  for (rocksdb::ColumnFamilyHandle* handle : handles) families_.emplace(handle->GetName(), handle);
}

}  // namespace goodstanding::eventstore
