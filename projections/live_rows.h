// Compares the rows of a build with the live ones.
#ifndef GOODSTANDING_PROJECTIONS_LIVE_ROWS_H_
#define GOODSTANDING_PROJECTIONS_LIVE_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/event_store.h"
#include "projections/views.h"

namespace goodstanding::projections {

// The live rows of a range, in short. Live rows can rest on later events than the build's: such are
// left out of the comparison. Confined to one thread.
class LiveRows {
 public:
  // Of the range; later than `position` is what the build does not see. Cost: a scan of the rows;
  // some 50 bytes are kept of each.
  static absl::StatusOr<LiveRows> Load(const Views& views, const eventstore::StreamRange& range,
                                       int64_t position);

  // Compares the build's next row. REQUIRES: ids ascend.
  void Compare(absl::string_view id, absl::string_view row);
  // Ends the comparison: what follows has no row in the build.
  void Finish();

  // Ids whose rows differ, though nothing later is known of them.
  const std::vector<std::string>& differing() const { return differing_; }

 private:
  struct Row {
    std::string id;
    int64_t position;  // Of the newest event that it rests on.
    size_t hash;
  };

  LiveRows(std::vector<Row> rows, int64_t position) : rows_(std::move(rows)), position_(position) {}

  const std::vector<Row> rows_;
  const int64_t position_;
  size_t next_ = 0;
  std::vector<std::string> differing_;
};

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_LIVE_ROWS_H_
