// Checks a piece of the log from its events alone.
#ifndef GOODSTANDING_VERIFY_SEGMENT_CHECK_H_
#define GOODSTANDING_VERIFY_SEGMENT_CHECK_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "verify/accounts.h"
#include "verify/database.h"
#include "verify/hashes.h"
#include "verify/report.h"
#include "verify/tile_scan.h"

namespace goodstanding::verify {

// Events of a segment that is full: what one tile of level 1 stands for.
inline constexpr int64_t kSegmentEvents = kTileHashes * kTileHashes;

// What is known of a segment once it was read.
struct Segment {
  std::vector<Hash> nodes;  // The roots of its full tiles of leaves.
  Peaks peaks;              // The same, merged.
  Peaks last_tile;          // The leaves behind them.
  // The root of its leaves up to each wanted size, with that size.
  std::vector<std::pair<int64_t, Hash>> roots;
  // Positions of events that name a kept document, with its digest.
  std::vector<std::pair<int64_t, std::string>> evidence;
  int64_t first_micros = 0;  // Recorded times of its first and last event.
  int64_t last_micros = 0;
  Faults log_faults;
  Faults tree_faults;
};

// Reads the events begin + 1 to `end` (`begin` is a multiple of kSegmentEvents), hashes each, and
// compares the tiles of leaves. Not thread-safe; used once.
class SegmentCheck {
 public:
  struct Bounds {
    int64_t begin = 0;
    int64_t end = 0;
    bool last = false;  // The log ends with it.
  };
  // `sizes` are the tree sizes whose roots are wanted, ascending. `rows` counts what was read. All
  // outlive it.
  SegmentCheck(const Database& database, Accounts& accounts, const std::vector<int64_t>& sizes,
               std::atomic<int64_t>& rows, Bounds bounds);

  Segment Run() &&;

 private:
  void CheckRow(absl::string_view value);
  void Miss(int64_t end, absl::string_view why);
  void AppendLeaf(const Hash& leaf);
  void AddFault(std::string what);

  const Database& database_;
  Accounts& accounts_;
  std::atomic<int64_t>& rows_;
  const Bounds bounds_;
  std::vector<int64_t>::const_iterator next_size_;
  const std::vector<int64_t>::const_iterator sizes_end_;
  Segment segment_;
  TileScan tiles_;
  std::vector<Hash> tile_;
  int64_t position_;  // Of the row that comes next.
  std::string request_key_;
};

}  // namespace goodstanding::verify

#endif  // GOODSTANDING_VERIFY_SEGMENT_CHECK_H_
