// The Merkle log on disk: the hashes of all events in tiles of 256, and the compact range that the
// next event extends.
//
// ON DISK: a tile is a row of the family `tree`: level (1 byte) and index (8 bytes), then up to 256
// hashes. Tile (level, index) holds the nodes of height 8 * level from index * 256 on. Level 0, the
// leaves, is written once a tile is full: those after it are hashed from the log. Higher levels are
// written as they grow. The row `tree` of the family `meta` is the compact range.
#ifndef GOODSTANDING_EVENTSTORE_TREE_H_
#define GOODSTANDING_EVENTSTORE_TREE_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/database.h"
#include "eventstore/merkle.h"
#include "rocksdb/write_batch.h"

namespace goodstanding::eventstore {

// ON DISK: key of the compact range in the family `meta`.
inline constexpr char kTreeKey[] = "tree";

inline constexpr int kTileHeight = 8;
inline constexpr int64_t kTileHashes = 1 << kTileHeight;

// Key of a tile.
std::string TileKey(int level, int64_t index);
// Value of a row of hashes, and back. DATA_LOSS where it holds none, or parts of one.
std::string EncodeHashes(const std::vector<Hash>& hashes);
absl::StatusOr<std::vector<Hash>> DecodeHashes(absl::string_view value);
// Value of the row `tree`.
std::string EncodeCompactRange(const CompactRange& range);
absl::StatusOr<CompactRange> DecodeCompactRange(absl::string_view value);

// Reads nodes of the tree of the first `head` events, or any part of it. Thread-safe; the database
// outlives it.
class TreeReader {
 public:
  explicit TreeReader(const Database& database);

  // Root of the first `size` events. `head` is the last durable position, not below `size`. Cost: a
  // few tiles, and up to 255 events that no tile holds yet. DATA_LOSS where something is missing.
  absl::StatusOr<Hash> Root(int64_t size, int64_t head) const;

  // Proofs, as in merkle.h. REQUIRES: what is required there, and size <= head.
  absl::StatusOr<std::vector<Hash>> Inclusion(int64_t position, int64_t size, int64_t head) const;
  absl::StatusOr<std::vector<Hash>> Consistency(int64_t old_size, int64_t size, int64_t head) const;

  // The hashes of a tile of the tree of `size` events: all that it has.
  absl::StatusOr<std::vector<Hash>> Tile(int level, int64_t index, int64_t size) const;

  // The compact range as it is stored.
  absl::StatusOr<CompactRange> StoredRange() const;

 private:
  absl::StatusOr<std::vector<Hash>> HashLog(int64_t begin, int64_t end) const;

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle* const log_;
  rocksdb::ColumnFamilyHandle* const tree_;
  rocksdb::ColumnFamilyHandle* const meta_;
};

// Extends the tree. Used by the committer thread alone.
class TreeBuilder {
 public:
  // Reads where the tree of `size` events ends, and checks the stored compact range against the
  // tiles and the events. DATA_LOSS where they differ.
  static absl::StatusOr<TreeBuilder> Load(const Database& database, int64_t size);

  // Adds the leaf of the next event, and a tile that it fills to the batch.
  void Append(const Hash& leaf, rocksdb::WriteBatch& batch);

  // Adds the compact range, and the tiles that grew, to the batch.
  void Finish(rocksdb::WriteBatch& batch);

  int64_t size() const { return range_.size(); }

 private:
  TreeBuilder(const Database& database, CompactRange range);

  rocksdb::ColumnFamilyHandle* tree_;
  rocksdb::ColumnFamilyHandle* meta_;
  CompactRange range_;
  // The last tile of each level, which is not full.
  struct Growing {
    std::vector<Hash> hashes;
    bool grew = false;  // Since the last Finish.
  };
  std::vector<Growing> growing_;
};

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_TREE_H_
