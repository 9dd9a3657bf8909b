#include "eventstore/tree.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "eventstore/keys.h"
#include "eventstore/log_reader.h"
#include "eventstore/rows.h"

namespace goodstanding::eventstore {
namespace {

// Nodes of height 8 * level in a tree of `size` leaves.
int64_t NodesAt(int level, int64_t size) { return size >> (kTileHeight * level); }

// The perfect subtree over `count` (a power of two) hashes from `begin` on.
Hash Subtree(const std::vector<Hash>& hashes, size_t begin, size_t count) {
  if (count == 1) return hashes[begin];
  return HashNode(Subtree(hashes, begin, count / 2), Subtree(hashes, begin + count / 2, count / 2));
}

// The perfect subtrees that these hashes of one level make up, largest first.
std::vector<Hash> Peaks(const std::vector<Hash>& hashes) {
  std::vector<Hash> peaks;
  size_t begin = 0;
  for (size_t left = hashes.size(); left > 0; left = hashes.size() - begin) {
    const size_t count = std::bit_floor(left);
    peaks.push_back(Subtree(hashes, begin, count));
    begin += count;
  }
  return peaks;
}

absl::StatusOr<std::vector<Hash>> TakeHashes(absl::string_view bytes) {
  if (bytes.size() % kHashBytes != 0) {
    return absl::DataLossError(
        absl::StrCat("a row of the tree has ", bytes.size(), " bytes of hashes"));
  }
  std::vector<Hash> hashes;
  hashes.reserve(bytes.size() / kHashBytes);
  for (; !bytes.empty(); bytes.remove_prefix(kHashBytes)) {
    hashes.push_back(HashFromBytes(bytes.substr(0, kHashBytes)));
  }
  return hashes;
}

void AppendHashes(const std::vector<Hash>& hashes, std::string* out) {
  for (const Hash& hash : hashes) out->append(BytesOf(hash).data(), kHashBytes);
}

// The nodes of one tree; keeps the tiles that were read.
class CachedNodes {
 public:
  CachedNodes(const TreeReader& reader, int64_t head) : reader_(reader), head_(head) {}

  absl::StatusOr<Hash> operator()(int height, int64_t index) {
    const int level = height / kTileHeight;
    const int within = height % kTileHeight;
    const int64_t first = index << within;
    const std::pair key(level, first / kTileHashes);
    auto tile = tiles_.find(key);
    if (tile == tiles_.end()) {
      GS_ASSIGN_OR_RETURN(std::vector<Hash> hashes, reader_.Tile(level, key.second, head_));
      tile = tiles_.emplace(key, std::move(hashes)).first;
    }
    const auto begin = static_cast<size_t>(first % kTileHashes);
    const size_t count = size_t{1} << within;
    if (begin + count > tile->second.size()) {
      return absl::DataLossError(absl::StrCat("tile ", key.second, " of level ", level, " has ",
                                              tile->second.size(), " hashes, not ", begin + count));
    }
    return Subtree(tile->second, begin, count);
  }

 private:
  const TreeReader& reader_;
  const int64_t head_;
  std::map<std::pair<int, int64_t>, std::vector<Hash>> tiles_;
};

}  // namespace

std::string TileKey(int level, int64_t index) {
  std::string key(1, static_cast<char>(level));
  AppendNumber(index, &key);
  return key;
}

std::string EncodeHashes(const std::vector<Hash>& hashes) {
  std::string body;
  body.reserve(hashes.size() * kHashBytes);
  AppendHashes(hashes, &body);
  return FrameRow(body);
}

absl::StatusOr<std::vector<Hash>> DecodeHashes(absl::string_view value) {
  GS_ASSIGN_OR_RETURN(const absl::string_view body, UnframeRow(value));
  if (body.empty()) return absl::DataLossError("a tile holds no hash");
  return TakeHashes(body);
}

std::string EncodeCompactRange(const CompactRange& range) {
  std::string body;
  AppendNumber(range.size(), &body);
  AppendHashes(range.hashes(), &body);
  return FrameRow(body);
}

absl::StatusOr<CompactRange> DecodeCompactRange(absl::string_view value) {
  GS_ASSIGN_OR_RETURN(absl::string_view body, UnframeRow(value));
  const std::optional<int64_t> size = ParseNumber(body);
  if (!size.has_value()) return absl::DataLossError("the compact range has no size");
  body.remove_prefix(kNumberBytes);
  GS_ASSIGN_OR_RETURN(std::vector<Hash> hashes, TakeHashes(body));
  if (std::cmp_not_equal(hashes.size(), std::popcount(static_cast<uint64_t>(*size)))) {
    return absl::DataLossError(
        absl::StrCat("the compact range of ", *size, " events has ", hashes.size(), " hashes"));
  }
  return CompactRange(*size, std::move(hashes));
}

TreeReader::TreeReader(const Database& database)
    : db_(database.db()),
      log_(database.family(kLogFamily)),
      tree_(database.family(kTreeFamily)),
      meta_(database.family(kMetaFamily)) {}

absl::StatusOr<Hash> TreeReader::Root(int64_t size, int64_t head) const {
  return RootOf(size, CachedNodes(*this, head));
}

absl::StatusOr<std::vector<Hash>> TreeReader::Inclusion(int64_t position, int64_t size,
                                                        int64_t head) const {
  return InclusionProof(position - 1, size, CachedNodes(*this, head));
}

absl::StatusOr<std::vector<Hash>> TreeReader::Consistency(int64_t old_size, int64_t size,
                                                          int64_t head) const {
  return ConsistencyProof(old_size, size, CachedNodes(*this, head));
}

absl::StatusOr<std::vector<Hash>> TreeReader::Tile(int level, int64_t index, int64_t size) const {
  const int64_t begin = index * kTileHashes;
  const int64_t end = std::min(begin + kTileHashes, NodesAt(level, size));
  if (level == 0 && end < begin + kTileHashes) return HashLog(begin, end);
  if (end <= begin) return std::vector<Hash>();
  std::string value;
  const rocksdb::Status got = db_.Get(rocksdb::ReadOptions(), tree_, TileKey(level, index), &value);
  GS_RETURN_IF_ERROR(FromRocks(got, absl::StrCat("reading tile ", index, " of level ", level)));
  GS_ASSIGN_OR_RETURN(std::vector<Hash> hashes, DecodeHashes(value));
  if (std::cmp_less(hashes.size(), end - begin)) {
    return absl::DataLossError(absl::StrCat("tile ", index, " of level ", level, " has ",
                                            hashes.size(), " hashes, not ", end - begin));
  }
  return hashes;
}

// The leaves `begin` (inclusive) to `end` (exclusive), from the events themselves.
absl::StatusOr<std::vector<Hash>> TreeReader::HashLog(int64_t begin, int64_t end) const {
  std::vector<Hash> hashes;
  if (begin >= end) return hashes;
  const std::unique_ptr<rocksdb::Iterator> rows(db_.NewIterator(rocksdb::ReadOptions(), log_));
  rows->Seek(LogKey(begin + 1));
  for (int64_t position = begin + 1; position <= end; ++position, rows->Next()) {
    if (!rows->Valid() || ToView(rows->key()) != LogKey(position)) {
      GS_RETURN_IF_ERROR(FromRocks(rows->status(), "hashing the log"));
      return absl::DataLossError(absl::StrCat("position ", position, " is missing"));
    }
    GS_ASSIGN_OR_RETURN(const absl::string_view record, UnframeRow(ToView(rows->value())));
    hashes.push_back(EventLeaf(position, record));
  }
  return hashes;
}

absl::StatusOr<CompactRange> TreeReader::StoredRange() const {
  std::string value;
  const rocksdb::Status got = db_.Get(rocksdb::ReadOptions(), meta_, kTreeKey, &value);
  if (got.IsNotFound()) return absl::DataLossError("the store has no compact range");
  GS_RETURN_IF_ERROR(FromRocks(got, "reading the compact range"));
  return DecodeCompactRange(value);
}

TreeBuilder::TreeBuilder(const Database& database, CompactRange range)
    : tree_(database.family(kTreeFamily)),
      meta_(database.family(kMetaFamily)),
      range_(std::move(range)) {}

absl::StatusOr<TreeBuilder> TreeBuilder::Load(const Database& database, int64_t size) {
  const TreeReader reader(database);
  GS_ASSIGN_OR_RETURN(CompactRange range, reader.StoredRange());
  if (range.size() != size) {
    return absl::DataLossError(
        absl::StrCat("the compact range is of ", range.size(), " events, the log has ", size));
  }
  TreeBuilder builder(database, std::move(range));
  std::vector<Hash> peaks;
  for (int level = 0; NodesAt(level, size) > 0; ++level) {
    const int64_t nodes = NodesAt(level, size);
    GS_ASSIGN_OR_RETURN(std::vector<Hash> hashes, reader.Tile(level, nodes / kTileHashes, size));
    hashes.resize(static_cast<size_t>(nodes % kTileHashes));
    const std::vector<Hash> tile_peaks = Peaks(hashes);
    peaks.insert(peaks.begin(), tile_peaks.begin(), tile_peaks.end());
    builder.growing_.push_back({.hashes = std::move(hashes)});
  }
  if (peaks != builder.range_.hashes()) {
    return absl::DataLossError("the compact range contradicts the end of the log or its tiles");
  }
  return builder;
}

void TreeBuilder::Append(const Hash& leaf, rocksdb::WriteBatch& batch) {
  range_.Append(leaf, [&](int height, int64_t index, const Hash& node) {
    if (height % kTileHeight != 0) return;
    const int level = height / kTileHeight;
    if (std::cmp_equal(growing_.size(), level)) growing_.emplace_back();
    Growing& tile = growing_[static_cast<size_t>(level)];
    tile.hashes.push_back(node);
    tile.grew = level > 0;
    if (std::cmp_less(tile.hashes.size(), kTileHashes)) return;
    GS_CHECK(batch.Put(tree_, TileKey(level, index / kTileHashes), EncodeHashes(tile.hashes)).ok());
    tile = Growing();
  });
}

void TreeBuilder::Finish(rocksdb::WriteBatch& batch) {
  for (size_t level = 0; level < growing_.size(); ++level) {
    Growing& tile = growing_[level];
    if (!tile.grew) continue;
    const int64_t index = NodesAt(static_cast<int>(level), size()) / kTileHashes;
    GS_CHECK(
        batch.Put(tree_, TileKey(static_cast<int>(level), index), EncodeHashes(tile.hashes)).ok());
    tile.grew = false;
  }
  GS_CHECK(batch.Put(meta_, kTreeKey, EncodeCompactRange(range_)).ok());
}

}  // namespace goodstanding::eventstore
