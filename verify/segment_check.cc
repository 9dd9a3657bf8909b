#include "verify/segment_check.h"

#include <algorithm>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "verify/stored_bytes.h"

namespace goodstanding::verify {
namespace {

constexpr char kFamily[] = "log";
constexpr int64_t kCountedRows = 1024;

std::string FirstTile(const SegmentCheck::Bounds& bounds) {
  return bounds.begin == 0 ? "" : TileKey(0, bounds.begin / kTileHashes);
}

// The last segment answers for every row of level 0 that follows.
std::string EndOfTiles(const SegmentCheck::Bounds& bounds) {
  return bounds.last ? TileKey(1, 0) : TileKey(0, bounds.end / kTileHashes);
}

}  // namespace

SegmentCheck::SegmentCheck(const Database& database, Accounts& accounts,
                           const std::vector<int64_t>& sizes, std::atomic<int64_t>& rows,
                           Bounds bounds)
    : database_(database),
      accounts_(accounts),
      rows_(rows),
      bounds_(bounds),
      next_size_(std::upper_bound(sizes.begin(), sizes.end(), bounds.begin)),
      sizes_end_(sizes.end()),
      tiles_(database, FirstTile(bounds), EndOfTiles(bounds), segment_.tree_faults),
      position_(bounds.begin + 1) {
  tile_.reserve(kTileHashes);
}

Segment SegmentCheck::Run() && {
  Scan rows(database_, kFamily, bounds_.begin == 0 ? "" : NumberBytes(bounds_.begin + 1),
            NumberBytes(bounds_.end + 1));
  for (; rows.Valid(); rows.Next()) {
    const std::optional<int64_t> position = ReadNumber(rows.key());
    if (!position.has_value() || *position < 1) {
      segment_.log_faults.Add(
          {.family = kFamily,
           .row = absl::StrCat("key ", absl::BytesToHexString(rows.key())),
           .what = absl::StrCat("the key is no position; it lies before position ", position_)});
      continue;
    }
    Miss(*position, "missing");
    CheckRow(rows.value());
    if (position_ % kCountedRows == 0) rows_.fetch_add(kCountedRows, std::memory_order_relaxed);
  }
  const absl::Status status = rows.status();
  Miss(bounds_.end + 1, status.ok() ? "missing" : status.message());
  tiles_.End();
  return std::move(segment_);
}

// Checks the row at position_ and steps to the next.
void SegmentCheck::CheckRow(absl::string_view value) {
  const Frame frame = ReadFrame(value);
  const Hash record_hash = Sha256(frame.body);
  const int64_t position = position_;
  AppendLeaf(EventLeaf(position, record_hash));
  if (frame.fault != nullptr) return AddFault(frame.fault);
  const std::optional<RecordFields> record = ReadRecord(frame.body);
  if (!record.has_value()) return AddFault("its record does not parse");
  if (record->position != position) {
    return AddFault(absl::StrCat("its record is that of position ", record->position));
  }
  if (record->version < 1) AddFault(absl::StrCat("its version is ", record->version));
  if (segment_.first_micros == 0) segment_.first_micros = record->recorded_micros;
  if (record->recorded_micros < segment_.last_micros) {
    AddFault("its recorded time is before that of an earlier position");
  }
  segment_.last_micros = std::max(segment_.last_micros, record->recorded_micros);
  if (record->kind == "EvidenceAttached") {
    const std::optional<absl::string_view> digest = ReadKeptEvidence(record->payload);
    if (!digest.has_value()) {
      AddFault("its payload is no EvidenceAttached");
    } else if (!digest->empty()) {
      segment_.evidence.emplace_back(position, std::string(*digest));
    }
  }
  accounts_.PutCopy(position, record_hash);
  if (record->request_id.empty()) return;
  request_key_.clear();
  absl::StrAppend(&request_key_, record->actor_issuer, "/", record->actor_subject,
                  absl::string_view("\0", 1), record->request_id);
  accounts_.PutRequest(position, {.key = request_key_,
                                  .version = record->version,
                                  .recorded_micros = record->recorded_micros});
}

// The positions from position_ to before `end` cannot be read.
void SegmentCheck::Miss(int64_t end, absl::string_view why) {
  if (position_ >= end) return;
  Fault fault{.family = kFamily,
              .row = absl::StrCat("position ", position_),
              .what = std::string(why),
              .position = position_};
  if (end - position_ > 1) fault.row = absl::StrCat("positions ", position_, " to ", end - 1);
  segment_.log_faults.Add(std::move(fault));
  while (position_ < end) AppendLeaf(Hash{});
}

void SegmentCheck::AppendLeaf(const Hash& leaf) {
  tile_.push_back(leaf);
  segment_.last_tile.Append(leaf);
  if (tile_.size() == kTileHashes) {
    tiles_.Expect(0, (position_ - 1) / kTileHashes, tile_);
    const Hash node = segment_.last_tile.hashes().front();
    segment_.nodes.push_back(node);
    segment_.peaks.Append(node);
    segment_.last_tile = Peaks();
    tile_.clear();
  }
  const int64_t size = position_++;
  if (next_size_ == sizes_end_ || *next_size_ != size) return;
  ++next_size_;
  std::optional<Hash> last;
  if (segment_.last_tile.count() > 0) last = segment_.last_tile.Root();
  segment_.roots.emplace_back(size, segment_.peaks.Root(last));
}

// A fault of the row that was read last.
void SegmentCheck::AddFault(std::string what) {
  segment_.log_faults.Add({.family = kFamily,
                           .row = absl::StrCat("position ", position_ - 1),
                           .what = std::move(what),
                           .position = position_ - 1});
}

}  // namespace goodstanding::verify
