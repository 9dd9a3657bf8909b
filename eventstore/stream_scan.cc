#include "eventstore/stream_scan.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "eventstore/keys.h"
#include "eventstore/rows.h"

namespace goodstanding::eventstore {
namespace {

constexpr size_t kReadaheadBytes = 2 << 20;
// Rows after which a scan looks up its place anew, so that no iterator pins old files for long.
constexpr int kRowsPerIterator = 1 << 16;
// Of a key, behind what all keys have in common: so many bytes tell where a range is cut.
constexpr size_t kCutBytes = 8;

using Iterator = std::unique_ptr<rocksdb::Iterator>;

absl::Status BadKey() { return absl::DataLossError("a key of the family `stream` does not parse"); }

// Follows the keys of a scan: which stream and which version each must be.
class Place {
 public:
  // Takes the next key. DATA_LOSS where it does not continue the last one.
  absl::Status Take(absl::string_view key) {
    const bool same_stream = key.size() == prefix_.size() + kNumberBytes &&
                             absl::StartsWith(key, prefix_) && !prefix_.empty();
    const std::optional<StreamKeyParts> parts = ParseStreamKey(key);
    if (!parts.has_value()) return BadKey();
    if (!same_stream) {
      prefix_ = StreamKeyPrefix(parts->stream);
      version_ = 0;
    }
    ++version_;
    if (parts->version == version_) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat("stream ", stream(), " has version ", parts->version,
                                            " where ", version_, " belongs"));
  }

  // Checks that a record is the one of the key taken last.
  absl::Status Check(absl::string_view of_stream, int64_t version) const {
    if (version == version_ && of_stream == stream()) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat("stream ", stream(), " version ", version_,
                                            " holds version ", version, " of ", of_stream));
  }

  absl::Status At(const absl::Status& status) const {
    if (status.ok()) return status;
    return absl::Status(status.code(), absl::StrCat("stream ", stream(), " version ", version_,
                                                    ": ", status.message()));
  }

  // The first key that can follow.
  std::string Next() const { return StreamKey(stream(), version_ + 1); }

 private:
  absl::string_view stream() const {
    return absl::string_view(prefix_).substr(0, prefix_.size() - 1);
  }

  std::string prefix_;  // The stream and its NUL byte; empty before the first key.
  int64_t version_ = 0;
};

// Cuts a span of keys by their bytes on disk. A key is taken for a number: the bytes behind what
// the first and the last key have in common.
class Cutter {
 public:
  Cutter(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, std::string first, std::string last)
      : db_(db), family_(family), first_(std::move(first)) {
    const auto [differs, other] =
        std::mismatch(first_.begin(), first_.end(), last.begin(), last.end());
    common_ = first_.substr(0, static_cast<size_t>(differs - first_.begin()));
    least_ = NumberOf(first_);
    most_ = NumberOf(last);
    bytes_ = BytesBefore(last);
  }

  // About the key before which `part` of `count` parts of the bytes lie. Ascending with `part`.
  std::string Cut(int part, int count) const {
    const auto wanted = static_cast<uint64_t>(static_cast<double>(bytes_) / count * part);
    uint64_t low = least_;
    uint64_t high = most_;
    while (low < high) {
      const uint64_t middle = low + (high - low) / 2;
      if (BytesBefore(KeyOf(middle)) < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return KeyOf(low);
  }

 private:
  uint64_t NumberOf(absl::string_view key) const {
    uint64_t number = 0;
    for (size_t i = 0; i < kCutBytes; ++i) {
      const size_t at = common_.size() + i;
      number = number << 8 | (at < key.size() ? static_cast<uint8_t>(key[at]) : 0);
    }
    return number;
  }

  std::string KeyOf(uint64_t number) const {
    std::string key = common_;
    for (size_t i = 0; i < kCutBytes; ++i) {
      key.push_back(static_cast<char>(number >> (8 * (kCutBytes - 1 - i)) & 0xff));
    }
    return key;
  }

  uint64_t BytesBefore(const std::string& key) const {
    if (key <= first_) return 0;  // The number of the first key is cut short.
    rocksdb::SizeApproximationOptions options;
    options.include_memtables = true;
    const rocksdb::Range range{first_, key};
    uint64_t bytes = 0;
    // An estimate that fails is none: the ranges are then less even.
    db_.GetApproximateSizes(options, family_, &range, 1, &bytes).PermitUncheckedError();
    return bytes;
  }

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle* const family_;
  const std::string first_;
  std::string common_;
  uint64_t least_ = 0;
  uint64_t most_ = 0;
  uint64_t bytes_ = 0;
};

// The first name behind all names with the prefix. Names are printable, so there is one.
std::string NamesEnd(absl::string_view prefix) { return absl::StrCat(prefix, "\x7f"); }

absl::StatusOr<std::string> KeyUnder(const rocksdb::Iterator& rows) {
  GS_RETURN_IF_ERROR(FromRocks(rows.status(), "looking for streams"));
  return rows.Valid() ? rows.key().ToString() : std::string();
}

}  // namespace

StreamScan::StreamScan(const Database& database)
    : db_(database.db()), stream_(database.family(kStreamFamily)) {}

absl::StatusOr<std::vector<StreamRange>> StreamScan::Split(absl::string_view prefix,
                                                           int count) const {
  std::vector<StreamRange> ranges = {{std::string(prefix), NamesEnd(prefix)}};
  const Iterator rows(db_.NewIterator(rocksdb::ReadOptions(), stream_));
  rows->Seek(ToSlice(prefix));
  GS_ASSIGN_OR_RETURN(const std::string first, KeyUnder(*rows));
  rows->SeekForPrev(ToSlice(ranges.front().end));
  GS_ASSIGN_OR_RETURN(const std::string last, KeyUnder(*rows));
  if (!absl::StartsWith(first, prefix) || first >= last) return ranges;
  const Cutter cutter(db_, stream_, first, last);
  for (int part = 1; part < count; ++part) {
    rows->Seek(ToSlice(cutter.Cut(part, count)));
    GS_ASSIGN_OR_RETURN(const std::string key, KeyUnder(*rows));
    const std::optional<StreamKeyParts> parts = ParseStreamKey(key);
    if (!parts.has_value()) return BadKey();
    if (parts->stream <= ranges.back().begin || !absl::StartsWith(parts->stream, prefix)) continue;
    const std::string end = std::exchange(ranges.back().end, std::string(parts->stream));
    ranges.push_back({ranges.back().end, end});
  }
  return ranges;
}

template <typename Take>
absl::Status StreamScan::VisitRows(const StreamRange& range, const Take& take) const {
  const rocksdb::Slice end(range.end);
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  options.readahead_size = kReadaheadBytes;
  options.iterate_upper_bound = &end;
  Place place;
  std::string start = range.begin;
  while (true) {
    const Iterator rows(db_.NewIterator(options, stream_));
    rows->Seek(start);
    for (int row = 0; row < kRowsPerIterator && rows->Valid(); ++row, rows->Next()) {
      GS_RETURN_IF_ERROR(place.Take(ToView(rows->key())));
      GS_RETURN_IF_ERROR(take(place, ToView(rows->value())));
    }
    if (!rows->Valid()) return FromRocks(rows->status(), "reading streams");
    start = place.Next();
  }
}

absl::Status StreamScan::Visit(const StreamRange& range, int64_t last,
                               const RecordVisitor& visit) const {
  Record record;
  return VisitRows(range, [&](const Place& place, absl::string_view value) -> absl::Status {
    GS_RETURN_IF_ERROR(place.At(ParseRecordRow(value, &record)));
    GS_RETURN_IF_ERROR(place.Check(record.stream(), record.version()));
    return record.position() <= last ? visit(record) : absl::OkStatus();
  });
}

absl::Status StreamScan::Skim(
    const StreamRange& range, int64_t last,
    const std::function<absl::Status(const SkimmedRecord&)>& visit) const {
  return VisitRows(range, [&](const Place& place, absl::string_view value) -> absl::Status {
    SkimmedRecord record;
    GS_RETURN_IF_ERROR(place.At(SkimRecordRow(value, &record)));
    GS_RETURN_IF_ERROR(place.Check(record.stream, record.version));
    return record.position <= last ? visit(record) : absl::OkStatus();
  });
}

}  // namespace goodstanding::eventstore
