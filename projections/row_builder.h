// Rows from the facts of a certificant and of the board.
#ifndef GOODSTANDING_PROJECTIONS_ROW_BUILDER_H_
#define GOODSTANDING_PROJECTIONS_ROW_BUILDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "domain/evaluate.h"
#include "projections/replay.h"
#include "projections/rows.h"

namespace goodstanding::projections {

// Computes rows under the board facts of one position. Borrows the facts. Thread-safe.
class RowBuilder {
 public:
  explicit RowBuilder(const BoardFacts& board);

  // The row of a certificant whose facts are those at the same position. A function of the log up
  // to the newest event that the row rests on: whichever way the view came there, the bytes are
  // equal.
  view::v1::CertificantRow Build(const ReplayedCertificant& certificant) const;
  // The same into an empty row of the caller's, on an arena where it is to be fast.
  void Build(const ReplayedCertificant& certificant, view::v1::CertificantRow& row) const;

 private:
  const domain::Catalogue& catalogue_;
  const domain::RulebookView rules_;
  int64_t rules_position_ = 0;  // Of the newest event of any rule set.
};

// The activities that the certificant's records name, each once, ascending.
std::vector<std::string> ActivitiesOf(const domain::CertificantState& state);

// A checkpoint of this program at a position of a log.
view::v1::Checkpoint CheckpointAt(absl::string_view origin, int64_t position);

// Whether a checkpoint is of this program: its rows say what this program would say.
bool IsOfThisProgram(const view::v1::Checkpoint& checkpoint);

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_ROW_BUILDER_H_
