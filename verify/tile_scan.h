// Compares the stored tiles of the tree with recomputed ones.
#ifndef GOODSTANDING_VERIFY_TILE_SCAN_H_
#define GOODSTANDING_VERIFY_TILE_SCAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "verify/database.h"
#include "verify/hashes.h"
#include "verify/report.h"

namespace goodstanding::verify {

// A tile holds up to 256 nodes of one row of the tree; those of the next level are the roots of
// full tiles.
inline constexpr int64_t kTileHashes = 256;

// Key of a tile in the family `tree`: level (1 byte), index (8 bytes, big-endian).
std::string TileKey(int level, int64_t index);

// Walks a part of the family `tree`; wants every tile of it, in order. Not thread-safe. Database
// and list outlive it.
class TileScan {
 public:
  // From `begin` (empty: the first row) to before `end` (empty: no end).
  TileScan(const Database& database, const std::string& begin, std::string end, Faults& faults);

  // The next tile is this one, and holds these hashes.
  void Expect(int level, int64_t index, const std::vector<Hash>& hashes);
  // Nothing follows.
  void End();

 private:
  void RefuseRow();

  Scan rows_;
  Faults& faults_;
};

}  // namespace goodstanding::verify

#endif  // GOODSTANDING_VERIFY_TILE_SCAN_H_
