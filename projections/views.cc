#include "projections/views.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "eventstore/crypto.h"
#include "eventstore/database.h"
#include "projections/row_cache.h"
#include "projections/rows.h"
#include "projections/view_folder.h"
#include "projections/view_keys.h"
#include "rocksdb/db.h"
#include "rocksdb/write_batch.h"

namespace goodstanding::projections {
namespace {

using eventstore::FromRocks;
using eventstore::ToSlice;
using eventstore::ToView;
using view::v1::CertificantRow;
using view::v1::Checkpoint;

constexpr size_t kRowCacheBytes = 256 << 20;

rocksdb::ReadOptions ScanOptions(const rocksdb::Slice* end) {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.iterate_upper_bound = end;
  return options;
}

// A snapshot for the length of a scope.
class Snapshot {
 public:
  explicit Snapshot(rocksdb::DB& db) : db_(db), snapshot_(db.GetSnapshot()) {}
  ~Snapshot() { db_.ReleaseSnapshot(snapshot_); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  rocksdb::DB& db_;
  const rocksdb::Snapshot* const snapshot_;
};

void SortUnique(std::vector<std::string>& ids) {
  if (std::adjacent_find(ids.begin(), ids.end(), std::greater_equal<>()) == ids.end()) return;
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

// The digest of a generation, over what its keys mean, however they are put together.
class DigestSum {
 public:
  void Add(char letter, absl::string_view id, absl::string_view row) {
    sum_.Add(absl::string_view(&letter, 1));
    sum_.Add(BigEndian(static_cast<uint32_t>(id.size())));
    sum_.Add(id);
    sum_.Add(BigEndian(static_cast<uint32_t>(row.size())));
    sum_.Add(row);
  }
  std::string Finish() { return sum_.Finish(); }

 private:
  eventstore::Sha256Sum sum_;
};

class RocksViews final : public Views {
 public:
  RocksViews(ViewFolder folder, rocksdb::Env* env, const std::string& path)
      : building_(ViewOptions(env), path + "/building"),
        db_(std::move(folder.db)),
        generation_(folder.generation),
        staged_(folder.generation + 1),
        checkpoint_(std::move(folder.checkpoint)) {}

  Checkpoint GetCheckpoint() const override {
    const MutexLock lock(mutex_);
    return checkpoint_;
  }

  absl::Status Write(const ViewBatch& batch) override {
    rocksdb::WriteBatch write;
    AddRows(batch, generation_, write);
    AddState(batch.checkpoint, generation_, write);
    GS_RETURN_IF_ERROR(Commit(write));
    for (const auto& [id, row] : batch.rows) cache_.Drop(RowKey(generation_, id));
    SetCheckpoint(batch.checkpoint);
    return absl::OkStatus();
  }

  ViewPoint Live() const override {
    const MutexLock lock(mutex_);
    return {generation_, checkpoint_.position()};
  }

  Staging& Building() override { return building_; }

  absl::Status TakeStaged(const view::v1::BuildPlan& plan) override {
    GS_RETURN_IF_ERROR(DropStaged());
    GS_ASSIGN_OR_RETURN(std::vector<std::string> tables, building_.RowTables(plan.ranges_size()));
    GS_ASSIGN_OR_RETURN(const auto index, building_.MergeIndexes(plan.ranges_size()));
    if (index.has_value()) tables.push_back(*index);
    if (!tables.empty()) {
      rocksdb::IngestExternalFileOptions options;
      options.move_files = true;
      options.write_global_seqno = false;
      GS_RETURN_IF_ERROR(
          Judge(FromRocks(db_->IngestExternalFile(tables, options), "taking in a new generation")));
    }
    staged_ = static_cast<uint32_t>(plan.generation());
    return building_.Clear();
  }

  absl::Status Stage(const ViewBatch& batch) override {
    rocksdb::WriteBatch write;
    AddRows(batch, staged_, write);
    return Commit(write);
  }

  absl::Status DropStaged() override { return DropOthers(); }

  absl::Status Switch(const Checkpoint& checkpoint) override {
    rocksdb::WriteBatch write;
    AddState(checkpoint, staged_, write);
    GS_RETURN_IF_ERROR(Commit(write));
    {
      // Whoever reads the old generation took a snapshot before this, and keeps it.
      const MutexLock lock(mutex_);
      checkpoint_ = checkpoint;
      generation_ = staged_.fetch_add(1);
    }
    return DropOthers();
  }

  absl::Status Reclaim() override {
    for (const char letter : kGenerationLetters) {
      const std::string begin_key(1, letter);
      const std::string end_key = GenerationPrefix(letter, generation_);
      const rocksdb::Slice begin(begin_key);
      const rocksdb::Slice end(end_key);
      rocksdb::CompactRangeOptions options;
      options.exclusive_manual_compaction = false;
      GS_RETURN_IF_ERROR(
          Judge(FromRocks(db_->CompactRange(options, &begin, &end), "dropping a generation")));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<CertificantRow>> Get(
      absl::string_view certificant_id) const override {
    std::optional<CertificantRow> row(std::in_place);
    GS_ASSIGN_OR_RETURN(const bool found, Read(certificant_id, *row, nullptr));
    if (!found) row.reset();
    return row;
  }

  absl::StatusOr<bool> Read(absl::string_view certificant_id, CertificantRow& row,
                            uint32_t* generation) const override {
    while (true) {
      const uint32_t live = generation_;
      GS_ASSIGN_OR_RETURN(const bool found, ReadCached(live, certificant_id, row));
      if (!found && live != generation_) continue;
      if (generation != nullptr) *generation = live;
      return found;
    }
  }

  absl::Status Scan(absl::string_view after, const RowVisitor& visit,
                    ViewPoint* point) const override {
    const Reading reading(*this);
    if (point != nullptr) *point = reading.point;
    return VisitPrefix(reading, GenerationPrefix(kRowLetter, reading.point.generation), after,
                       [&](absl::string_view id, absl::string_view bytes, bool& more) {
                         CertificantRow row;
                         if (!row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
                           return Damaged(id);
                         }
                         more = visit(id, row);
                         return absl::OkStatus();
                       });
  }

  absl::Status ScanStandings(absl::string_view after, domain::Date day,
                             const StandingVisitor& visit, ViewPoint* point) const override {
    const Reading reading(*this);
    if (point != nullptr) *point = reading.point;
    view::v1::StandingSpan span;
    const auto read = [&](absl::string_view id, absl::string_view bytes, bool& more) {
      const absl::StatusOr<bool> found = ReadStanding(bytes, day, span);
      if (!found.ok()) return Damaged(id);
      if (*found) more = visit(id, span);
      return absl::OkStatus();
    };
    // The pages of a report are asked for again.
    return VisitPrefix(reading, GenerationPrefix(kRowLetter, reading.point.generation), after, read,
                       /*fill_cache=*/true);
  }

  absl::Status ScanDue(int year, absl::string_view after, const RowVisitor& visit,
                       ViewPoint* point) const override {
    const Reading reading(*this);
    if (point != nullptr) *point = reading.point;
    rocksdb::ReadOptions options;
    options.snapshot = reading.snapshot->get();
    options.fill_cache = false;
    return VisitPrefix(reading, DuePrefix(reading.point.generation, year), after,
                       [&](absl::string_view id, absl::string_view, bool& more) {
                         GS_ASSIGN_OR_RETURN(const std::optional<CertificantRow> row,
                                             GetRow(options, reading.point.generation, id));
                         if (!row.has_value()) return Damaged(id);
                         if (CanEndIn(*row, year)) more = visit(id, *row);
                         return absl::OkStatus();
                       });
  }

  absl::Status VisitStored(absl::string_view begin, absl::string_view end,
                           const StoredRowVisitor& visit) const override {
    const Reading reading(*this);
    const std::string end_key = RowKey(reading.point.generation, end);
    return VisitKeys(
        reading, RowKey(reading.point.generation, begin), end_key,
        GenerationPrefix(kRowLetter, 0).size(),
        [&](absl::string_view id, absl::string_view row, bool&) { return visit(id, row); });
  }

  absl::StatusOr<std::vector<std::string>> CertificantsOf(absl::string_view activity_id,
                                                          bool staged) const override {
    const Reading reading(*this);
    std::vector<std::string> ids;
    const uint32_t generation = staged ? staged_.load() : reading.point.generation;
    GS_RETURN_IF_ERROR(VisitPrefix(reading, ActivityPrefix(generation, activity_id), "",
                                   [&](absl::string_view rest, absl::string_view value, bool&) {
                                     ReadIndexEntry(rest, value, &ids);
                                     return absl::OkStatus();
                                   }));
    SortUnique(ids);
    return ids;
  }

  absl::StatusOr<ViewDigest> Digest() const override {
    const Reading reading(*this);
    ViewDigest digest;
    digest.point = reading.point;
    DigestSum sum;
    const auto visit = [&](char letter, const KeyVisitor& visitor) {
      return VisitPrefix(reading, GenerationPrefix(letter, reading.point.generation), "", visitor);
    };
    GS_RETURN_IF_ERROR(visit(kRowLetter, [&](absl::string_view id, absl::string_view row, bool&) {
      sum.Add(kRowLetter, id, row);
      ++digest.row_count;
      return absl::OkStatus();
    }));
    std::string activity;  // With its NUL byte.
    std::vector<std::string> ids;
    const auto finish = [&] {
      SortUnique(ids);
      for (const std::string& id : ids) sum.Add(kActivityLetter, absl::StrCat(activity, id), "");
      ids.clear();
    };
    GS_RETURN_IF_ERROR(
        visit(kActivityLetter, [&](absl::string_view key, absl::string_view value, bool&) {
          const absl::string_view its = key.substr(0, key.find('\0') + 1);
          if (its != activity) {
            finish();
            activity = std::string(its);
          }
          ReadIndexEntry(key.substr(its.size()), value, &ids);
          return absl::OkStatus();
        }));
    finish();
    digest.sha256 = sum.Finish();
    return digest;
  }

 private:
  // A generation and a snapshot in which it is whole: it was live when the snapshot was taken.
  struct Reading {
    explicit Reading(const RocksViews& views) {
      do {
        point = views.Live();
        snapshot.emplace(*views.db_);
      } while (point.generation != views.generation_);
    }
    ViewPoint point;
    std::optional<Snapshot> snapshot;
  };

  using KeyVisitor =
      std::function<absl::Status(absl::string_view id, absl::string_view value, bool& more)>;

  // Visits the keys of a prefix from behind `after` on, with what follows the prefix.
  absl::Status VisitPrefix(const Reading& reading, const std::string& prefix,
                           absl::string_view after, const KeyVisitor& visit,
                           bool fill_cache = false) const {
    return VisitKeys(reading, ScanStart(prefix, after), PrefixEnd(prefix), prefix.size(), visit,
                     fill_cache);
  }

  // Visits the keys from `begin`, inclusive, to `end`, exclusive, less their first bytes.
  absl::Status VisitKeys(const Reading& reading, const std::string& begin,
                         const std::string& end_key, size_t less, const KeyVisitor& visit,
                         bool fill_cache = false) const {
    const rocksdb::Slice end(end_key);
    rocksdb::ReadOptions options = ScanOptions(&end);
    options.fill_cache = fill_cache;
    options.snapshot = reading.snapshot->get();
    const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(options));
    bool more = true;
    for (rows->Seek(begin); more && rows->Valid(); rows->Next()) {
      GS_RETURN_IF_ERROR(visit(ToView(rows->key()).substr(less), ToView(rows->value()), more));
    }
    return Judge(FromRocks(rows->status(), "scanning the views"));
  }

  absl::StatusOr<std::optional<CertificantRow>> GetRow(const rocksdb::ReadOptions& options,
                                                       uint32_t generation,
                                                       absl::string_view id) const {
    std::optional<CertificantRow> row(std::in_place);
    GS_ASSIGN_OR_RETURN(const bool found, ReadRow(options, generation, id, *row));
    if (!found) row.reset();
    return row;
  }

  // ReadRow through the cache.
  absl::StatusOr<bool> ReadCached(uint32_t generation, absl::string_view id,
                                  CertificantRow& row) const {
    const std::string key = RowKey(generation, id);
    bool parsed = false;
    const auto parse = [&](absl::string_view bytes) {
      parsed = row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    };
    if (cache_.Read(key, parse) && parsed) return true;
    const uint64_t ticket = cache_.Ticket(key);
    GS_ASSIGN_OR_RETURN(const bool found, ReadRow(rocksdb::ReadOptions(), generation, id, row));
    if (found) cache_.Keep(key, row.SerializeAsString(), ticket);
    return found;
  }

  // False where there is no such row.
  absl::StatusOr<bool> ReadRow(const rocksdb::ReadOptions& options, uint32_t generation,
                               absl::string_view id, CertificantRow& row) const {
    rocksdb::PinnableSlice bytes;
    const rocksdb::Status status =
        db_->Get(options, db_->DefaultColumnFamily(), RowKey(generation, id), &bytes);
    if (status.IsNotFound()) return false;
    GS_RETURN_IF_ERROR(Judge(FromRocks(status, absl::StrCat("reading the row of ", id))));
    if (!row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return Damaged(id);
    return true;
  }

  // An index entry that no longer holds stays: whoever follows it looks at the row.
  static void AddRows(const ViewBatch& batch, uint32_t generation, rocksdb::WriteBatch& write) {
    for (const auto& [id, row] : batch.rows) {
      write.Put(RowKey(generation, id), row.SerializeAsString());
      for (const int year : DueYears(row)) {
        write.Put(absl::StrCat(DuePrefix(generation, year), id), rocksdb::Slice());
      }
    }
    for (const auto& [activity_id, id] : batch.activity_certificants) {
      write.Put(absl::StrCat(ActivityPrefix(generation, activity_id), id), rocksdb::Slice());
    }
  }

  static void AddState(const Checkpoint& checkpoint, uint32_t generation,
                       rocksdb::WriteBatch& write) {
    write.Put(ToSlice(kCheckpointKey), checkpoint.SerializeAsString());
    write.Put(ToSlice(kGenerationKey), BigEndian(generation));
  }

  // Drops every row that is not of the live generation.
  absl::Status DropOthers() {
    rocksdb::WriteBatch write;
    for (const char letter : kGenerationLetters) {
      const std::string begin(1, letter);
      const std::string live = GenerationPrefix(letter, generation_);
      AddDrop(begin, live, write);
      AddDrop(PrefixEnd(live), PrefixEnd(begin), write);
    }
    return write.Count() == 0 ? absl::OkStatus() : Commit(write);
  }

  // Drops the keys from `begin` to `end`, exclusive, if there are any: each drop slows later scans.
  void AddDrop(const std::string& begin, const std::string& end, rocksdb::WriteBatch& write) {
    const rocksdb::Slice bound(end);
    const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(ScanOptions(&bound)));
    rows->Seek(begin);
    if (rows->Valid()) write.DeleteRange(begin, end);
  }

  absl::Status Commit(rocksdb::WriteBatch& write) {
    if (damaged_) {
      return absl::DataLossError("the views are damaged: they are rebuilt at the next start");
    }
    return Judge(FromRocks(db_->Write(rocksdb::WriteOptions(), &write), "writing the views"));
  }

  void SetCheckpoint(const Checkpoint& checkpoint) {
    const MutexLock lock(mutex_);
    checkpoint_ = checkpoint;
  }

  absl::Status Damaged(absl::string_view id) const {
    return Judge(absl::DataLossError(absl::StrCat("the row of ", id, " is missing or damaged")));
  }

  // Passes a status on. Damage condemns the folder: without a checkpoint the next Open empties it.
  absl::Status Judge(absl::Status status) const {
    if (absl::IsDataLoss(status) && !damaged_.exchange(true)) {
      const rocksdb::Status condemned =
          db_->Delete(rocksdb::WriteOptions(), ToSlice(kCheckpointKey));
      if (!condemned.ok()) {
        return absl::DataLossError(
            absl::StrCat(status.message(), "; delete the views by hand: ", condemned.ToString()));
      }
    }
    return status;
  }

  Staging building_;
  const std::unique_ptr<rocksdb::DB> db_;
  std::atomic<uint32_t> generation_;  // Changed under the mutex.
  std::atomic<uint32_t> staged_;      // Above it.
  mutable std::atomic<bool> damaged_ = false;
  mutable RowCache cache_{kRowCacheBytes};
  mutable Mutex mutex_;
  Checkpoint checkpoint_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<std::unique_ptr<Views>> Views::Open(const std::string& path,
                                                   absl::string_view origin, int64_t head_position,
                                                   rocksdb::Env* env) {
  GS_ASSIGN_OR_RETURN(ViewFolder folder, OpenViewFolder(path, origin, head_position, env));
  auto views = std::make_unique<RocksViews>(std::move(folder), env, path);
  GS_RETURN_IF_ERROR(views->DropStaged());
  return views;
}

}  // namespace goodstanding::projections
