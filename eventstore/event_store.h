// The log: every event that was ever accepted, in order, on disk.
//
// Knows nothing of certification. An event is appended to a stream, gets the next global position
// and the next version of its stream, and never changes again. Each event is stored twice, in log
// order and grouped by stream, so that both are read at full speed (docs/storage.md has every
// byte).
//
// Appending goes through one committer thread: while one synced write is on its way to the disk the
// next one gathers. An append is acknowledged only after its bytes are synced. A write that failed,
// or whose fate is unknown, poisons the store: every later append is refused with UNAVAILABLE until
// it is opened anew; reading goes on.
#ifndef GOODSTANDING_EVENTSTORE_EVENT_STORE_H_
#define GOODSTANDING_EVENTSTORE_EVENT_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "eventstore/append_status.h"
#include "eventstore/copy_progress.h"
#include "eventstore/merkle.h"
#include "goodstanding/event/v1/record.pb.h"

namespace rocksdb {
class Env;
}

namespace goodstanding::eventstore {

// An event to append: a Record of which the caller fills stream, kind, payload, effective_micros,
// utc_offset_seconds, actor, request_id, causation_position, correlation_id, traceparent and
// tracestate. The store fills position, version and recorded_micros.
using Record = event::v1::Record;

// What a stream's last version must be for an append to go through; 0 is a stream without events.
struct StreamExpectation {
  std::string stream;
  int64_t version = 0;
};

// Identifies a command for ever: the caller's scope and its id, and a keyed digest of the content.
struct RequestKey {
  std::string scope;   // The authenticated caller; at most 1024 bytes, no NUL byte.
  std::string id;      // 1 to 128 bytes, no NUL byte.
  std::string digest;  // 32 bytes.
};

// What the store remembers of an append by its request id.
struct AppendOutcome {
  int64_t first_position = 0;
  int64_t last_position = 0;
  absl::Time recorded_time;
  std::vector<int64_t> versions;  // Of the events' streams, one an event, in order.
  std::string answer;             // Opaque bytes given with the append.
  bool repeated = false;          // True where an earlier append answered.
  friend bool operator==(const AppendOutcome&, const AppendOutcome&) = default;
};

// One atomic append: all events are stored, or none. At most 96 MiB in all.
struct AppendRequest {
  std::optional<RequestKey> request;
  std::vector<StreamExpectation> expectations;  // Checked when the batch is made; any stream.
  std::vector<Record> events;                   // 1 to 100,000; each payload at most 1 MiB.
  std::string answer;                           // Kept with the request id; at most 1 MiB.
};

// Settings of a store.
struct Options {
  std::string path;              // Folder; created if absent.
  const Clock* clock = nullptr;  // Recorded times. Not owned; outlives the store.
  rocksdb::Env* env = nullptr;   // nullptr is the real file system. Not owned; outlives the store.
  size_t memtable_bytes = 64 << 20;  // Small in tests.
  size_t cache_bytes = 64 << 20;     // Of blocks read.
  bool sync = true;                  // False only for scratch stores of scenarios and generators.
  // Called once, on whatever thread finds out, when no more appends are taken (Health()). Must not
  // block. May be empty.
  std::function<void()> on_failure;
  // Called on the committer's thread after each write of the log: how long the synced write took
  // and how many events it had. Must not block. May be empty.
  std::function<void(absl::Duration taken, int64_t events)> on_commit;
  size_t queue_appends = 10'000;   // Appends that may wait; more are refused.
  size_t queue_bytes = 128 << 20;  // The same, in bytes; not below one append (96 MiB).
};

// A log that this one goes on from: its first `size` events are the first ones here.
struct FormerOrigin {
  std::string origin;
  int64_t size = 0;
  friend bool operator==(const FormerOrigin&, const FormerOrigin&) = default;
};

// What of a stored event says what happened to whom, and when: all that folding streams needs.
// Points into memory of the scan.
struct SkimmedRecord {
  int64_t position = 0;
  int64_t version = 0;
  int64_t effective_micros = 0;
  int32_t utc_offset_seconds = 0;
  absl::string_view stream;
  absl::string_view kind;
  absl::string_view payload;
};

// A page of a scan.
struct Page {
  std::vector<Record> records;
  bool end = false;  // Nothing follows in this direction.
};

enum class Direction { kForward, kBackward };

// The streams from `begin`, inclusive, to `end`, exclusive, in the order of their names.
struct StreamRange {
  std::string begin;
  std::string end;
  friend bool operator==(const StreamRange&, const StreamRange&) = default;
};

// Thread-safe.
class EventStore {
 public:
  // Opens or creates the store. Errors: FAILED_PRECONDITION where the folder is locked by another
  // process or was written by a newer version; DATA_LOSS where the stored bytes contradict each
  // other; UNAVAILABLE for errors of the file system.
  static absl::StatusOr<std::unique_ptr<EventStore>> Open(const Options& options);

  virtual ~EventStore() = default;

  // Queues an append and returns at once; `done` is called exactly once, on the committer thread,
  // in queue order, after the outcome is known. It must not block, and must not call Append. An
  // append that is refused at the door (RESOURCE_EXHAUSTED, INVALID_ARGUMENT, a store already
  // poisoned) has its `done` called before this returns, on the caller's thread: hold no lock that
  // it takes. Errors: ABORTED with a StreamConflict where an expectation fails; ALREADY_EXISTS
  // where the request id was used with another digest (IsRequestIdReused); UNAVAILABLE where the
  // store is poisoned, or the outcome is unknown (IsOutcomeUnknown); RESOURCE_EXHAUSTED where the
  // queue is full; INVALID_ARGUMENT for a record that breaks a limit. A repeated request gives the
  // outcome of the first one, `repeated` set; its expectations are not looked at.
  using Done = std::function<void(absl::StatusOr<AppendOutcome>)>;
  virtual void AppendAsync(AppendRequest request, Done done) = 0;

  // The same for all appends of one group: they are written by one synced write, in order, each
  // atomic by itself: one that is refused does not hold back the rest. A group is queued or refused
  // as a whole where the queue is full.
  struct Pending {
    AppendRequest request;
    Done done;
  };
  virtual void AppendGroupAsync(std::vector<Pending> group) = 0;

  // AppendAsync, waiting for its outcome.
  absl::StatusOr<AppendOutcome> Append(AppendRequest request);

  // The outcome of an earlier append by its request id; nullopt where there is none. ALREADY_EXISTS
  // where it has another digest. Cost: one point look-up.
  virtual absl::StatusOr<std::optional<AppendOutcome>> FindRequest(
      const RequestKey& request) const = 0;

  // Position of the last durable event; 0 for an empty log. Never runs ahead of what can be read.
  virtual int64_t Head() const = 0;

  // Recorded time of the last durable event; absl::InfinitePast() for an empty log.
  virtual absl::Time LastRecordedTime() const = 0;

  // Last version of a stream; 0 where it has no events.
  virtual absl::StatusOr<int64_t> StreamVersion(absl::string_view stream) const = 0;

  // Events of the log from `position` on (forward: ascending from it, inclusive; backward:
  // descending from it, inclusive), at most `limit` records and about 1 MiB. Each page is one short
  // scan: no iterator outlives the call. DATA_LOSS where a position is missing or does not parse.
  virtual absl::StatusOr<Page> ReadLog(int64_t position, Direction direction, int limit) const = 0;

  // Calls `visit` for every event from `position` to `last`, both inclusive, ascending; stops early
  // where it returns an error, and returns that. The record is reused: it is valid during the call
  // only. The fastest way through the log (readahead, nothing kept in the cache); no iterator lives
  // longer than some thousand events. Events behind Head() are not visited.
  virtual absl::Status VisitLog(int64_t position, int64_t last,
                                const std::function<absl::Status(const Record&)>& visit) const = 0;

  // The same with each record's bytes as stored, which are not parsed. The checksum of the row is
  // checked.
  virtual absl::Status VisitStoredLog(
      int64_t position, int64_t last,
      const std::function<absl::Status(int64_t position, absl::string_view record)>& visit)
      const = 0;

  // Events of one stream from `version` on, likewise a page.
  virtual absl::StatusOr<Page> ReadStream(absl::string_view stream, int64_t version,
                                          Direction direction, int limit) const = 0;

  // Calls `visit` for every event of the stream, ascending; stops early where it returns an error,
  // and returns that. Bounded memory. For streams of a lifetime: hundreds of events.
  virtual absl::Status VisitStream(
      absl::string_view stream, const std::function<absl::Status(const Record&)>& visit) const = 0;

  // Cuts the streams that begin with `prefix` into at most `count` ranges of about as many bytes
  // each, ascending: every such stream, those to come included, is in exactly one. Cost: some ten
  // microseconds a range and step of a binary search; nothing of the events is read.
  virtual absl::StatusOr<std::vector<StreamRange>> SplitStreams(absl::string_view prefix,
                                                                int count) const = 0;

  // Calls `visit` for every event of the streams of the range up to position `last`, inclusive,
  // stream by stream ascending, each from version 1 on; else as VisitLog. Ranges can be visited at
  // once, on a thread each.
  virtual absl::Status VisitStreams(
      const StreamRange& range, int64_t last,
      const std::function<absl::Status(const Record&)>& visit) const = 0;

  // The same with the fields of SkimmedRecord alone: of the others it is only looked at where they
  // end. Costs less than half.
  virtual absl::Status SkimStreams(
      const StreamRange& range, int64_t last,
      const std::function<absl::Status(const SkimmedRecord&)>& visit) const = 0;

  // Names of the streams that begin with `prefix`, ascending, from `after` (exclusive; may be
  // empty), at most `limit`.
  virtual absl::StatusOr<std::vector<std::string>> ListStreams(absl::string_view prefix,
                                                               absl::string_view after,
                                                               int limit) const = 0;

  // The Merkle log (RFC 6962; leaf of position p at index p - 1). Root of the first `size` events;
  // proof that the event at `position` is among the first `size`; proof that the first `old_size`
  // events are the beginning of the first `size`. OUT_OF_RANGE where a number is beyond Head(), or
  // `position` or `old_size` is beyond `size` or below 1. Cost: some tiles of the tree, and up to
  // 255 events.
  virtual absl::StatusOr<Hash> TreeRoot(int64_t size) const = 0;
  virtual absl::StatusOr<std::vector<Hash>> ProveInclusion(int64_t position,
                                                           int64_t size) const = 0;
  virtual absl::StatusOr<std::vector<Hash>> ProveConsistency(int64_t old_size,
                                                             int64_t size) const = 0;

  // The bytes of an event's record exactly as stored, which its leaf commits to. OUT_OF_RANGE
  // beyond Head() or below 1. Cost: one point look-up.
  virtual absl::StatusOr<std::string> StoredRecord(int64_t position) const = 0;

  // Signed checkpoints, by tree size; opaque here. Put is synced before it returns, and replaces
  // what stood there: the same checkpoint with fewer cosignatures. Errors as of appends.
  virtual absl::Status PutCheckpoint(int64_t size, absl::string_view note) = 0;
  // The one of the largest size that is not above `size`, with its size; nullopt where there is
  // none.
  struct StoredCheckpoint {
    int64_t size = 0;
    std::string note;
  };
  virtual absl::StatusOr<std::optional<StoredCheckpoint>> FindCheckpoint(int64_t size) const = 0;

  // Waits until Head() >= position or the deadline passes; returns Head(). For followers of the
  // log.
  virtual int64_t WaitForHead(int64_t position, absl::Duration timeout) const = 0;

  // Adds a copy of the log, as it stands at a moment during the call, to a folder of copies that
  // backup.h keeps, and returns its id. Appends go on. It can hold events that are not durable yet.
  // CANCELLED where the progress says so. Cost: a flush, and reading and writing what is new.
  virtual absl::StatusOr<int64_t> CopyTo(const std::string& folder,
                                         const CopyProgress& progress) const = 0;

  // This log's origin: a name fixed when it was created or restored, for ever unique.
  virtual const std::string& Origin() const = 0;

  // The logs that this one goes on from, oldest first; empty where it was never restored. What they
  // had behind `size` is not here.
  virtual const std::vector<FormerOrigin>& FormerOrigins() const = 0;

  // OK, or why appends are refused.
  virtual absl::Status Health() const = 0;

  // How far RocksDB holds writes back, as flushes and merges are behind.
  struct WriteStall {
    bool stopped = false;
    int64_t delayed_bytes_per_second = 0;  // 0: not delayed.
  };
  virtual WriteStall Stall() const = 0;
};

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_EVENT_STORE_H_
