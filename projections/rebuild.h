// Building a whole generation of the views from the log, beside the live one.
#ifndef GOODSTANDING_PROJECTIONS_REBUILD_H_
#define GOODSTANDING_PROJECTIONS_REBUILD_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "eventstore/event_store.h"
#include "projections/replay.h"
#include "projections/views.h"

namespace goodstanding::projections {

// Computes rows under the board facts of one position. Borrows the facts.
class RowBuilder {
 public:
  explicit RowBuilder(const BoardFacts& board);

  // The row of a certificant whose facts are those at the same position. A function of the log up
  // to the newest event that the row rests on: whichever way the view came there, the bytes are
  // equal.
  view::v1::CertificantRow Build(const ReplayedCertificant& certificant) const;

 private:
  const domain::Catalogue& catalogue_;
  const domain::RulebookView rules_;
  int64_t rules_position_ = 0;  // Of the newest event of any rule set.
};

// (activity, certificant) for each activity that a record of the certificant names, once.
std::vector<std::pair<std::string, std::string>> ActivityIndexOf(
    absl::string_view certificant_id, const domain::CertificantState& state);

// A checkpoint of this program at a position of a log.
view::v1::Checkpoint CheckpointAt(absl::string_view origin, int64_t position);

// Stages the rows of all certificants at the board facts' position and switches to them. One
// certificant is in memory at a time, and a page of rows. `progress` (may be empty) is told how
// many events are done; a rebuild ends with CANCELLED where `cancelled` says so. The live
// generation is untouched unless it succeeds.
struct RebuildControl {
  std::function<void(int64_t events_done)> progress;
  std::function<bool()> cancelled;
};
absl::Status Rebuild(const eventstore::EventStore& store, const BoardFacts& board,
                     const RebuildControl& control, Views& views);

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_REBUILD_H_
