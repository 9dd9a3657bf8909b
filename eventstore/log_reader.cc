#include "eventstore/log_reader.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "eventstore/keys.h"
#include "eventstore/rows.h"

namespace goodstanding::eventstore {
namespace {

constexpr size_t kPageBytes = 1 << 20;
// Rows after which a visit looks up its place anew, so that no iterator pins old files for long.
constexpr int kRowsPerIterator = 4096;
// Pages from this size on read ahead and leave the block cache alone.
constexpr int kScanRows = 256;
constexpr size_t kReadaheadBytes = 2 << 20;
// Positions that are counted when a store is opened.
constexpr int64_t kCheckedPositions = 65'536;

using Iterator = std::unique_ptr<rocksdb::Iterator>;

rocksdb::ReadOptions ScanOptions(int rows) {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  if (rows >= kScanRows) {
    options.fill_cache = false;
    options.readahead_size = kReadaheadBytes;
  }
  return options;
}

void Seek(rocksdb::Iterator& rows, absl::string_view key, Direction direction) {
  if (direction == Direction::kForward) {
    rows.Seek(ToSlice(key));
  } else {
    rows.SeekForPrev(ToSlice(key));
  }
}

void Step(rocksdb::Iterator& rows, Direction direction) {
  if (direction == Direction::kForward) {
    rows.Next();
  } else {
    rows.Prev();
  }
}

absl::Status WrongRow(absl::string_view family, int64_t got, int64_t want) {
  return absl::DataLossError(
      absl::StrCat("family ", family, " has a row numbered ", got, " where ", want, " belongs"));
}

absl::Status AtPosition(int64_t position, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("position ", position, ": ", status.message()));
}

// The record of the row under the iterator, which must be that of `position`.
absl::StatusOr<absl::string_view> ReadLogRow(const rocksdb::Iterator& rows, int64_t position) {
  const int64_t found = ParseNumber(ToView(rows.key())).value_or(-1);
  if (found != position) return WrongRow("log", found, position);
  absl::StatusOr<absl::string_view> record = UnframeRow(ToView(rows.value()));
  if (!record.ok()) return AtPosition(position, record.status());
  return record;
}

// Parses the record, which must be the event at `position`.
absl::Status ParseLogRecord(absl::string_view bytes, int64_t position, Record* record) {
  const absl::Status parsed = ParseRecord(bytes, record);
  if (!parsed.ok()) return AtPosition(position, parsed);
  if (record->position() != position) return WrongRow("log", record->position(), position);
  return absl::OkStatus();
}

// The same for a version of a stream. REQUIRES: the key is one of that stream.
absl::Status ParseStreamRow(const rocksdb::Iterator& rows, absl::string_view stream,
                            int64_t version, Record* record) {
  const int64_t found = ParseNumber(ToView(rows.key()).substr(stream.size() + 1)).value_or(-1);
  if (found != version) return WrongRow("stream", found, version);
  const absl::Status parsed = ParseRecordRow(ToView(rows.value()), record);
  if (!parsed.ok()) {
    return absl::Status(parsed.code(), absl::StrCat("stream ", stream, " version ", version, ": ",
                                                    parsed.message()));
  }
  if (record->version() != version) return WrongRow("stream", record->version(), version);
  if (record->stream() != stream) {
    return absl::DataLossError(
        absl::StrCat("stream ", stream, " holds an event of ", record->stream()));
  }
  return absl::OkStatus();
}

bool IsPageFull(const Page& page, int limit, size_t bytes) {
  return std::cmp_greater_equal(page.records.size(), limit) || bytes >= kPageBytes;
}

}  // namespace

LogReader::LogReader(const Database& database)
    : db_(database.db()),
      log_(database.family(kLogFamily)),
      stream_(database.family(kStreamFamily)),
      request_(database.family(kRequestFamily)),
      checkpoint_(database.family(kCheckpointFamily)) {}

absl::StatusOr<Page> LogReader::ReadLog(int64_t position, Direction direction, int limit,
                                        int64_t head) const {
  const bool forward = direction == Direction::kForward;
  position = forward ? std::max<int64_t>(position, 1) : std::min(position, head);
  const int64_t last = forward ? head : 1;
  const int64_t step = forward ? 1 : -1;
  Page page;
  page.end = forward ? position > last : position < last;
  if (page.end || limit <= 0) return page;

  const Iterator rows(db_.NewIterator(ScanOptions(limit), log_));
  size_t bytes = 0;
  for (Seek(*rows, LogKey(position), direction); !IsPageFull(page, limit, bytes);
       Step(*rows, direction), position += step) {
    if (!rows->Valid()) {
      GS_RETURN_IF_ERROR(FromRocks(rows->status(), "reading the log"));
      return absl::DataLossError(absl::StrCat("position ", position, " is missing"));
    }
    GS_ASSIGN_OR_RETURN(const absl::string_view record, ReadLogRow(*rows, position));
    GS_RETURN_IF_ERROR(ParseLogRecord(record, position, &page.records.emplace_back()));
    bytes += rows->value().size();
    if (position == last) {
      page.end = true;
      return page;
    }
  }
  return page;
}

absl::Status LogReader::VisitLog(int64_t position, int64_t last, const RecordVisitor& visit) const {
  Record record;
  return VisitStoredLog(position, last, [&](int64_t at, absl::string_view bytes) -> absl::Status {
    GS_RETURN_IF_ERROR(ParseLogRecord(bytes, at, &record));
    return visit(record);
  });
}

absl::Status LogReader::VisitStoredLog(int64_t position, int64_t last,
                                       const StoredVisitor& visit) const {
  position = std::max<int64_t>(position, 1);
  while (position <= last) {
    const int64_t count = std::min<int64_t>(last - position + 1, kRowsPerIterator);
    const Iterator rows(db_.NewIterator(ScanOptions(static_cast<int>(count)), log_));
    const int64_t end = position + count;
    for (rows->Seek(ToSlice(LogKey(position))); position < end; rows->Next(), ++position) {
      if (!rows->Valid()) {
        GS_RETURN_IF_ERROR(FromRocks(rows->status(), "reading the log"));
        return absl::DataLossError(absl::StrCat("position ", position, " is missing"));
      }
      GS_ASSIGN_OR_RETURN(const absl::string_view record, ReadLogRow(*rows, position));
      GS_RETURN_IF_ERROR(visit(position, record));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Page> LogReader::ReadStream(absl::string_view stream, int64_t version,
                                           Direction direction, int limit, int64_t head) const {
  const bool forward = direction == Direction::kForward;
  if (forward) version = std::max<int64_t>(version, 1);
  Page page;
  page.end = !forward && version < 1;
  if (page.end || limit <= 0) return page;

  const std::string prefix = StreamKeyPrefix(stream);
  const Iterator rows(db_.NewIterator(ScanOptions(limit), stream_));
  Seek(*rows, StreamKey(stream, version), direction);
  size_t bytes = 0;
  // Backward from beyond the end: the last event is the first to be read.
  bool first = true;
  for (;; Step(*rows, direction)) {
    if (!rows->Valid() || !absl::StartsWith(ToView(rows->key()), prefix)) {
      GS_RETURN_IF_ERROR(FromRocks(rows->status(), "reading a stream"));
      if (!forward && !first && version > 0) {
        return absl::DataLossError(absl::StrCat("stream ", stream, " lacks version ", version));
      }
      page.end = true;
      return page;
    }
    if (IsPageFull(page, limit, bytes)) return page;
    if (first && !forward) {
      version =
          std::min(version, ParseNumber(ToView(rows->key()).substr(prefix.size())).value_or(0));
    }
    Record record;
    GS_RETURN_IF_ERROR(ParseStreamRow(*rows, stream, version, &record));
    if (record.position() > head) {
      if (forward) {
        page.end = true;
        return page;
      }
    } else {
      bytes += rows->value().size();
      page.records.push_back(std::move(record));
    }
    first = false;
    version += forward ? 1 : -1;
  }
}

absl::Status LogReader::VisitStream(absl::string_view stream, int64_t head,
                                    const RecordVisitor& visit) const {
  const std::string prefix = StreamKeyPrefix(stream);
  Record record;
  int64_t version = 1;
  while (true) {
    const Iterator rows(db_.NewIterator(ScanOptions(0), stream_));
    rows->Seek(ToSlice(StreamKey(stream, version)));
    for (int row = 0; row < kRowsPerIterator; ++row, ++version, rows->Next()) {
      if (!rows->Valid() || !absl::StartsWith(ToView(rows->key()), prefix)) {
        return FromRocks(rows->status(), "reading a stream");
      }
      GS_RETURN_IF_ERROR(ParseStreamRow(*rows, stream, version, &record));
      if (record.position() > head) return absl::OkStatus();
      GS_RETURN_IF_ERROR(visit(record));
    }
  }
}

absl::StatusOr<std::vector<std::string>> LogReader::ListStreams(absl::string_view prefix,
                                                                absl::string_view after, int limit,
                                                                int64_t head) const {
  std::vector<std::string> streams;
  const Iterator rows(db_.NewIterator(ScanOptions(0), stream_));
  std::string start(prefix);
  if (!after.empty()) start = std::max(start, AfterStreamKey(after));
  rows->Seek(ToSlice(start));
  Record first;
  while (std::cmp_less(streams.size(), limit) && rows->Valid() &&
         absl::StartsWith(ToView(rows->key()), prefix)) {
    const std::optional<StreamKeyParts> key = ParseStreamKey(ToView(rows->key()));
    if (!key) return absl::DataLossError("a key of the family `stream` does not parse");
    const std::string stream(key->stream);
    GS_RETURN_IF_ERROR(ParseStreamRow(*rows, stream, 1, &first));
    if (first.position() <= head) streams.push_back(stream);
    rows->Seek(ToSlice(AfterStreamKey(stream)));
  }
  GS_RETURN_IF_ERROR(FromRocks(rows->status(), "listing streams"));
  return streams;
}

absl::StatusOr<int64_t> LogReader::StreamVersion(absl::string_view stream, int64_t head) const {
  GS_ASSIGN_OR_RETURN(const Page page,
                      ReadStream(stream, INT64_MAX, Direction::kBackward, 1, head));
  return page.records.empty() ? 0 : page.records.front().version();
}

absl::StatusOr<std::optional<RequestRow>> LogReader::FindRequest(const RequestKey& request) const {
  rocksdb::PinnableSlice value;
  const rocksdb::Status got = db_.Get(rocksdb::ReadOptions(), request_,
                                      ToSlice(RequestRowKey(request.scope, request.id)), &value);
  if (got.IsNotFound()) return std::nullopt;
  GS_RETURN_IF_ERROR(FromRocks(got, "looking up a request id"));
  GS_ASSIGN_OR_RETURN(RequestRow row, DecodeRequestRow(ToView(value)));
  return row;
}

absl::StatusOr<std::string> LogReader::StoredRecord(int64_t position) const {
  rocksdb::PinnableSlice row;
  const rocksdb::Status got =
      db_.Get(rocksdb::ReadOptions(), log_, ToSlice(LogKey(position)), &row);
  if (got.IsNotFound()) {
    return absl::DataLossError(absl::StrCat("position ", position, " is missing"));
  }
  GS_RETURN_IF_ERROR(FromRocks(got, "reading a record"));
  GS_ASSIGN_OR_RETURN(const absl::string_view record, UnframeRow(ToView(row)));
  return std::string(record);
}

absl::StatusOr<std::optional<EventStore::StoredCheckpoint>> LogReader::FindCheckpoint(
    int64_t size) const {
  const Iterator rows(db_.NewIterator(rocksdb::ReadOptions(), checkpoint_));
  rows->SeekForPrev(ToSlice(LogKey(size)));
  if (!rows->Valid()) {
    GS_RETURN_IF_ERROR(FromRocks(rows->status(), "looking for a checkpoint"));
    return std::nullopt;
  }
  const std::optional<int64_t> found = ParseNumber(ToView(rows->key()));
  if (!found) return absl::DataLossError("a key of the family `checkpoint` does not parse");
  GS_ASSIGN_OR_RETURN(const absl::string_view note, UnframeRow(ToView(rows->value())));
  return EventStore::StoredCheckpoint{.size = *found, .note = std::string(note)};
}

absl::StatusOr<int64_t> LogReader::LastPosition() const {
  const Iterator rows(db_.NewIterator(rocksdb::ReadOptions(), log_));
  rows->SeekToLast();
  if (!rows->Valid()) {
    GS_RETURN_IF_ERROR(FromRocks(rows->status(), "looking for the end of the log"));
    return 0;
  }
  const std::optional<int64_t> position = ParseNumber(ToView(rows->key()));
  if (!position || *position < 1 || rows->key().size() != kNumberBytes) {
    return absl::DataLossError("the last key of the log is no position");
  }
  return *position;
}

absl::Status LogReader::CheckPositions(int64_t last) const {
  int64_t position = std::max<int64_t>(1, last - kCheckedPositions + 1);
  const Iterator rows(db_.NewIterator(ScanOptions(kScanRows), log_));
  for (rows->Seek(ToSlice(LogKey(position))); position <= last; rows->Next(), ++position) {
    if (!rows->Valid()) break;
    const int64_t found = ParseNumber(ToView(rows->key())).value_or(-1);
    if (found != position) return WrongRow("log", found, position);
  }
  GS_RETURN_IF_ERROR(FromRocks(rows->status(), "checking the log"));
  if (position <= last) {
    return absl::DataLossError(absl::StrCat("position ", position, " is missing"));
  }
  return absl::OkStatus();
}

absl::Status LogReader::CheckCopies(int64_t position, Record* record) const {
  rocksdb::PinnableSlice log_row;
  rocksdb::PinnableSlice stream_row;
  const rocksdb::Status in_log =
      db_.Get(rocksdb::ReadOptions(), log_, ToSlice(LogKey(position)), &log_row);
  if (in_log.IsNotFound()) {
    return absl::DataLossError(absl::StrCat("position ", position, " is missing"));
  }
  GS_RETURN_IF_ERROR(FromRocks(in_log, "checking the log"));
  GS_RETURN_IF_ERROR(ParseRecordRow(ToView(log_row), record));
  if (record->position() != position) return WrongRow("log", record->position(), position);
  const rocksdb::Status in_stream =
      db_.Get(rocksdb::ReadOptions(), stream_,
              ToSlice(StreamKey(record->stream(), record->version())), &stream_row);
  if (!in_stream.ok() && !in_stream.IsNotFound()) return FromRocks(in_stream, "checking a stream");
  if (in_stream.IsNotFound() || ToView(log_row) != ToView(stream_row)) {
    return absl::DataLossError(absl::StrCat("position ", position, " and its copy in stream ",
                                            record->stream(), " differ"));
  }
  return absl::OkStatus();
}

}  // namespace goodstanding::eventstore
