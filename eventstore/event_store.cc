#include "eventstore/event_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "eventstore/committer.h"
#include "eventstore/database.h"
#include "eventstore/error_latch.h"
#include "eventstore/head_watch.h"
#include "eventstore/keys.h"
#include "eventstore/limits.h"
#include "eventstore/log_reader.h"
#include "eventstore/random.h"
#include "eventstore/rows.h"
#include "eventstore/tree.h"

namespace goodstanding::eventstore {
namespace {

// ON DISK: the newest format that this program reads, and the one that it writes.
constexpr int64_t kFormat = 1;
constexpr char kOriginPrefix[] = "goodstanding/";
constexpr size_t kOriginRandomBytes = 16;

// What is looked at when a store is opened: a crash can only have hurt the end of the log.
constexpr int64_t kCheckedCopies = 128;

struct Meta {
  int64_t format = 0;  // 0: the store is new.
  std::string origin;
  HeadRow head;
};

// The families of the two copies do not fill their memtables in the same write: where RocksDB 7.8
// cannot begin a new write-ahead log for two of them at once, it loses count of its references and
// stops the process when the database is closed.
DatabaseSettings LogDatabase(const Options& options) {
  const size_t stream_bytes = options.memtable_bytes / 8 * 11;
  DatabaseSettings settings;
  settings.path = options.path;
  settings.env = options.env;
  settings.cache_bytes = options.cache_bytes;
  settings.max_wal_bytes = 4 * options.memtable_bytes;
  settings.families = {
      {.name = kLogFamily, .memtable_bytes = options.memtable_bytes},
      {.name = kStreamFamily, .memtable_bytes = stream_bytes},
      {.name = kRequestFamily, .memtable_bytes = options.memtable_bytes, .whole_key_filter = true},
      {.name = kMetaFamily},
      {.name = kTreeFamily},
      {.name = kCheckpointFamily},
  };
  return settings;
}

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

absl::StatusOr<Meta> ReadMeta(const Database& database) {
  Meta meta;
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

// Format, origin and empty head of a new store, in one synced write.
absl::StatusOr<Meta> CreateMeta(const Database& database, bool sync) {
  Meta meta;
  meta.format = kFormat;
  meta.origin =
      absl::StrCat(kOriginPrefix, absl::BytesToHexString(SecureRandom().Bytes(kOriginRandomBytes)));
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

// The end of the log, its copy in the streams, and the head summary say the same.
absl::Status CheckTail(const LogReader& reader, const HeadRow& head) {
  GS_ASSIGN_OR_RETURN(const int64_t last, reader.LastPosition());
  if (last != head.position) {
    return absl::DataLossError(
        absl::StrCat("the log ends at position ", last, ", its head summary says ", head.position));
  }
  Record record;
  for (int64_t position = std::max<int64_t>(1, last - kCheckedCopies + 1); position <= last;
       ++position) {
    GS_RETURN_IF_ERROR(reader.CheckCopies(position, &record));
  }
  if (last > 0 && record.recorded_micros() != head.recorded_micros) {
    return absl::DataLossError("the last event and the head summary differ in their time");
  }
  return reader.CheckPositions(last);
}

absl::Status CheckRange(absl::string_view name, int64_t number, int64_t least, int64_t most) {
  if (number >= least && number <= most) return absl::OkStatus();
  return absl::OutOfRangeError(
      absl::StrCat(name, " is ", number, "; it must be from ", least, " to ", most));
}

// Waits for one append.
class Answer {
 public:
  void Set(absl::StatusOr<AppendOutcome> outcome) {
    const MutexLock lock(mutex_);
    outcome_ = std::move(outcome);
    ready_.SignalAll();
  }

  absl::StatusOr<AppendOutcome> Wait() {
    const MutexLock lock(mutex_);
    while (!outcome_.has_value()) ready_.Wait(mutex_);
    return *std::move(outcome_);
  }

 private:
  Mutex mutex_;
  CondVar ready_;
  std::optional<absl::StatusOr<AppendOutcome>> outcome_ ABSL_GUARDED_BY(mutex_);
};

class RocksEventStore final : public EventStore {
 public:
  RocksEventStore(std::shared_ptr<ErrorLatch> errors, std::unique_ptr<Database> database,
                  const Options& options, Meta meta, TreeBuilder tree)
      : errors_(std::move(errors)),
        database_(std::move(database)),
        sync_(options.sync),
        origin_(std::move(meta.origin)),
        reader_(*database_),
        tree_(*database_),
        head_(meta.head),
        committer_(std::make_unique<Committer>(
            *database_, reader_, *errors_, meta.head, std::move(tree),
            CommitterSettings{.clock = options.clock,
                              .sync = options.sync,
                              .queue_appends = options.queue_appends,
                              .queue_bytes = options.queue_bytes,
                              .publish = [this](const HeadRow& head) { head_.Publish(head); }})) {}

  // A store that was closed in order has nothing in its write-ahead log, where damage to the last
  // write could not be told from a torn one.
  ~RocksEventStore() override {
    committer_.reset();
    if (sync_ && errors_->Get().ok()) database_->Flush().IgnoreError();
  }

  void AppendAsync(AppendRequest request, Done done) override {
    std::vector<Pending> group;
    group.push_back({std::move(request), std::move(done)});
    committer_->Submit(std::move(group));
  }

  void AppendGroupAsync(std::vector<Pending> group) override {
    committer_->Submit(std::move(group));
  }

  absl::StatusOr<std::optional<AppendOutcome>> FindRequest(
      const RequestKey& request) const override {
    GS_RETURN_IF_ERROR(CheckRequestKey(request));
    GS_ASSIGN_OR_RETURN(std::optional<RequestRow> row, reader_.FindRequest(request));
    if (!row.has_value()) return std::nullopt;
    if (row->digest != request.digest) return RequestIdReusedError(request.id);
    row->outcome.repeated = true;
    return std::move(row->outcome);
  }

  int64_t Head() const override { return head_.position(); }

  absl::Time LastRecordedTime() const override {
    if (head_.position() == 0) return absl::InfinitePast();
    return absl::FromUnixMicros(head_.recorded_micros());
  }

  absl::StatusOr<int64_t> StreamVersion(absl::string_view stream) const override {
    return reader_.StreamVersion(stream, Head());
  }

  absl::StatusOr<Page> ReadLog(int64_t position, Direction direction, int limit) const override {
    return reader_.ReadLog(position, direction, limit, Head());
  }

  absl::Status VisitLog(int64_t position, int64_t last,
                        const std::function<absl::Status(const Record&)>& visit) const override {
    return reader_.VisitLog(position, std::min(last, Head()), visit);
  }

  absl::Status VisitStoredLog(int64_t position, int64_t last,
                              const StoredVisitor& visit) const override {
    return reader_.VisitStoredLog(position, std::min(last, Head()), visit);
  }

  absl::StatusOr<Page> ReadStream(absl::string_view stream, int64_t version, Direction direction,
                                  int limit) const override {
    return reader_.ReadStream(stream, version, direction, limit, Head());
  }

  absl::Status VisitStream(absl::string_view stream,
                           const std::function<absl::Status(const Record&)>& visit) const override {
    return reader_.VisitStream(stream, Head(), visit);
  }

  absl::StatusOr<std::vector<std::string>> ListStreams(absl::string_view prefix,
                                                       absl::string_view after,
                                                       int limit) const override {
    return reader_.ListStreams(prefix, after, limit, Head());
  }

  absl::StatusOr<Hash> TreeRoot(int64_t size) const override {
    const int64_t head = Head();
    GS_RETURN_IF_ERROR(CheckRange("size", size, 0, head));
    return tree_.Root(size, head);
  }

  absl::StatusOr<std::vector<Hash>> ProveInclusion(int64_t position, int64_t size) const override {
    const int64_t head = Head();
    GS_RETURN_IF_ERROR(CheckRange("size", size, 1, head));
    GS_RETURN_IF_ERROR(CheckRange("position", position, 1, size));
    return tree_.Inclusion(position, size, head);
  }

  absl::StatusOr<std::vector<Hash>> ProveConsistency(int64_t old_size,
                                                     int64_t size) const override {
    const int64_t head = Head();
    GS_RETURN_IF_ERROR(CheckRange("size", size, 1, head));
    GS_RETURN_IF_ERROR(CheckRange("old_size", old_size, 1, size));
    return tree_.Consistency(old_size, size, head);
  }

  absl::StatusOr<std::string> StoredRecord(int64_t position) const override {
    GS_RETURN_IF_ERROR(CheckRange("position", position, 1, Head()));
    return reader_.StoredRecord(position);
  }

  absl::Status PutCheckpoint(int64_t size, absl::string_view note) override {
    GS_RETURN_IF_ERROR(errors_->Get());
    rocksdb::WriteOptions options;
    options.sync = sync_;
    const rocksdb::Status put = database_->db().Put(options, database_->family(kCheckpointFamily),
                                                    LogKey(size), FrameRow(note));
    const absl::Status status = FromRocks(put, "writing a checkpoint");
    if (!status.ok()) errors_->Set(status);
    return status;
  }

  absl::StatusOr<std::optional<StoredCheckpoint>> FindCheckpoint(int64_t size) const override {
    return reader_.FindCheckpoint(size);
  }

  int64_t WaitForHead(int64_t position, absl::Duration timeout) const override {
    return head_.Wait(position, timeout);
  }

  const std::string& Origin() const override { return origin_; }

  absl::Status Health() const override { return errors_->Get(); }

 private:
  const std::shared_ptr<ErrorLatch> errors_;
  const std::unique_ptr<Database> database_;
  const bool sync_;
  const std::string origin_;
  const LogReader reader_;
  const TreeReader tree_;
  mutable HeadWatch head_;
  std::unique_ptr<Committer> committer_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<EventStore>> EventStore::Open(const Options& options) {
  GS_CHECK(options.clock != nullptr);
  GS_CHECK(options.queue_bytes >= kMaxAppendBytes);
  auto errors = std::make_shared<ErrorLatch>(options.on_failure);
  DatabaseSettings settings = LogDatabase(options);
  settings.on_background_error = [errors](const absl::Status& error) { errors->Set(error); };
  GS_ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(settings));

  const LogReader reader(*database);
  GS_ASSIGN_OR_RETURN(Meta meta, ReadMeta(*database));
  if (meta.format == 0) {
    GS_ASSIGN_OR_RETURN(const int64_t last, reader.LastPosition());
    if (last != 0) return absl::DataLossError("the log has events but no format");
    GS_ASSIGN_OR_RETURN(meta, CreateMeta(*database, options.sync));
  }
  GS_RETURN_IF_ERROR(CheckTail(reader, meta.head));
  GS_ASSIGN_OR_RETURN(TreeBuilder tree, TreeBuilder::Load(*database, meta.head.position));
  return std::make_unique<RocksEventStore>(std::move(errors), std::move(database), options,
                                           std::move(meta), std::move(tree));
}

absl::StatusOr<AppendOutcome> EventStore::Append(AppendRequest request) {
  Answer answer;
  AppendAsync(std::move(request),
              [&answer](absl::StatusOr<AppendOutcome> outcome) { answer.Set(std::move(outcome)); });
  return answer.Wait();
}

}  // namespace goodstanding::eventstore
