// Reads the families of the log. Knows nothing of writing.
#ifndef GOODSTANDING_EVENTSTORE_LOG_READER_H_
#define GOODSTANDING_EVENTSTORE_LOG_READER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/database.h"
#include "eventstore/event_store.h"
#include "eventstore/rows.h"

namespace goodstanding::eventstore {

// ON DISK: the families of the log.
inline constexpr char kLogFamily[] = "log";
inline constexpr char kStreamFamily[] = "stream";
inline constexpr char kRequestFamily[] = "request";
inline constexpr char kMetaFamily[] = "meta";
inline constexpr char kTreeFamily[] = "tree";
inline constexpr char kCheckpointFamily[] = "checkpoint";

// ON DISK: keys of the family `meta`.
inline constexpr char kFormatKey[] = "format";
inline constexpr char kOriginKey[] = "origin";
inline constexpr char kHeadKey[] = "head";

using RecordVisitor = std::function<absl::Status(const Record&)>;
using StoredVisitor = std::function<absl::Status(int64_t position, absl::string_view record)>;

// All methods see only events up to the `head` that they are given. Thread-safe; the database
// outlives it. DATA_LOSS where a row is missing, damaged, or not what its key says.
class LogReader {
 public:
  explicit LogReader(const Database& database);

  absl::StatusOr<Page> ReadLog(int64_t position, Direction direction, int limit,
                               int64_t head) const;
  absl::Status VisitLog(int64_t position, int64_t last, const RecordVisitor& visit) const;
  absl::Status VisitStoredLog(int64_t position, int64_t last, const StoredVisitor& visit) const;
  absl::StatusOr<Page> ReadStream(absl::string_view stream, int64_t version, Direction direction,
                                  int limit, int64_t head) const;
  absl::Status VisitStream(absl::string_view stream, int64_t head,
                           const RecordVisitor& visit) const;
  absl::StatusOr<std::vector<std::string>> ListStreams(absl::string_view prefix,
                                                       absl::string_view after, int limit,
                                                       int64_t head) const;

  // Last version of the stream; 0 where it has none.
  absl::StatusOr<int64_t> StreamVersion(absl::string_view stream, int64_t head) const;

  // What stands under a request id; nullopt where nothing does.
  absl::StatusOr<std::optional<RequestRow>> FindRequest(const RequestKey& request) const;

  // The bytes of a record as stored. DATA_LOSS where it is missing or damaged.
  absl::StatusOr<std::string> StoredRecord(int64_t position) const;

  // The checkpoint of the largest size that is not above `size`; nullopt where there is none.
  absl::StatusOr<std::optional<EventStore::StoredCheckpoint>> FindCheckpoint(int64_t size) const;

  // Position of the last row of the log; 0 where there is none.
  absl::StatusOr<int64_t> LastPosition() const;

  // The last 65,536 positions up to `last` are all there, without a gap.
  absl::Status CheckPositions(int64_t last) const;

  // The bytes of both copies of an event, as stored, agree and hold `position`.
  absl::Status CheckCopies(int64_t position, Record* record) const;

 private:
  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle* const log_;
  rocksdb::ColumnFamilyHandle* const stream_;
  rocksdb::ColumnFamilyHandle* const request_;
  rocksdb::ColumnFamilyHandle* const checkpoint_;
};

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_LOG_READER_H_
