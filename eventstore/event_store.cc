#include "eventstore/event_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "eventstore/committer.h"
#include "eventstore/database.h"
#include "eventstore/database_copies.h"
#include "eventstore/error_latch.h"
#include "eventstore/head_watch.h"
#include "eventstore/keys.h"
#include "eventstore/limits.h"
#include "eventstore/log_meta.h"
#include "eventstore/log_reader.h"
#include "eventstore/origin.h"
#include "eventstore/rows.h"
#include "eventstore/stream_scan.h"
#include "eventstore/tree.h"

namespace goodstanding::eventstore {
namespace {

// What is looked at when a store is opened: a crash can only have hurt the end of the log.
constexpr int64_t kCheckedCopies = 128;

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
                  const Options& options, LogMeta meta, std::vector<FormerOrigin> former_origins,
                  TreeBuilder tree)
      : errors_(std::move(errors)),
        database_(std::move(database)),
        sync_(options.sync),
        origin_(std::move(meta.origin)),
        former_origins_(std::move(former_origins)),
        reader_(*database_),
        streams_(*database_),
        tree_(*database_),
        head_(meta.head),
        committer_(std::make_unique<Committer>(
            *database_, reader_, *errors_, meta.head, std::move(tree),
            CommitterSettings{.clock = options.clock,
                              .sync = options.sync,
                              .queue_appends = options.queue_appends,
                              .queue_bytes = options.queue_bytes,
                              .publish = [this](const HeadRow& head) { head_.Publish(head); },
                              .on_commit = options.on_commit})) {}

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

  absl::StatusOr<std::vector<StreamRange>> SplitStreams(absl::string_view prefix,
                                                        int count) const override {
    return streams_.Split(prefix, count);
  }

  absl::Status VisitStreams(
      const StreamRange& range, int64_t last,
      const std::function<absl::Status(const Record&)>& visit) const override {
    return streams_.Visit(range, std::min(last, Head()), visit);
  }

  absl::Status SkimStreams(
      const StreamRange& range, int64_t last,
      const std::function<absl::Status(const SkimmedRecord&)>& visit) const override {
    return streams_.Skim(range, std::min(last, Head()), visit);
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

  absl::StatusOr<int64_t> CopyTo(const std::string& folder,
                                 const CopyProgress& progress) const override {
    GS_RETURN_IF_ERROR(errors_->Get());
    GS_ASSIGN_OR_RETURN(DatabaseCopies copies,
                        DatabaseCopies::OpenToWrite(folder, *database_->db().GetEnv()));
    return copies.Add(*database_, "", progress);
  }

  const std::string& Origin() const override { return origin_; }

  const std::vector<FormerOrigin>& FormerOrigins() const override { return former_origins_; }

  absl::Status Health() const override { return errors_->Get(); }

  WriteStall Stall() const override {
    return {.stopped = database_->WritesStopped(),
            .delayed_bytes_per_second = database_->DelayedWriteRate()};
  }

 private:
  const std::shared_ptr<ErrorLatch> errors_;
  const std::unique_ptr<Database> database_;
  const bool sync_;
  const std::string origin_;
  const std::vector<FormerOrigin> former_origins_;
  const LogReader reader_;
  const StreamScan streams_;
  const TreeReader tree_;
  mutable HeadWatch head_;
  std::unique_ptr<Committer> committer_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<EventStore>> EventStore::Open(const Options& options) {
  GS_CHECK(options.clock != nullptr);
  GS_CHECK(options.queue_bytes >= kMaxAppendBytes);
  auto errors = std::make_shared<ErrorLatch>(options.on_failure);
  DatabaseSettings settings = LogSettings(options);
  settings.on_background_error = [errors](const absl::Status& error) { errors->Set(error); };
  GS_ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(settings));

  const LogReader reader(*database);
  GS_ASSIGN_OR_RETURN(LogMeta meta, ReadLogMeta(*database));
  if (meta.format == 0) {
    GS_ASSIGN_OR_RETURN(const int64_t last, reader.LastPosition());
    if (last != 0) return absl::DataLossError("the log has events but no format");
    GS_ASSIGN_OR_RETURN(meta, CreateLogMeta(*database, options.sync));
  }
  GS_RETURN_IF_ERROR(CheckTail(reader, meta.head));
  GS_ASSIGN_OR_RETURN(TreeBuilder tree, TreeBuilder::Load(*database, meta.head.position));
  GS_ASSIGN_OR_RETURN(std::vector<FormerOrigin> former_origins,
                      ReadFormerOrigins(reader, meta.head.position));
  return std::make_unique<RocksEventStore>(std::move(errors), std::move(database), options,
                                           std::move(meta), std::move(former_origins),
                                           std::move(tree));
}

absl::StatusOr<AppendOutcome> EventStore::Append(AppendRequest request) {
  Answer answer;
  AppendAsync(std::move(request),
              [&answer](absl::StatusOr<AppendOutcome> outcome) { answer.Set(std::move(outcome)); });
  return answer.Wait();
}

}  // namespace goodstanding::eventstore
