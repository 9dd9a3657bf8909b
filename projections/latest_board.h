// Rules and catalogue as of the end of the log, however far behind the views are.
#ifndef GOODSTANDING_PROJECTIONS_LATEST_BOARD_H_
#define GOODSTANDING_PROJECTIONS_LATEST_BOARD_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "eventstore/event_store.h"
#include "projections/projector.h"
#include "projections/replay.h"

namespace goodstanding::projections {

// Thread-safe.
class LatestBoard {
 public:
  // Both outlive it.
  LatestBoard(const eventstore::EventStore& store, const Projector& projector)
      : store_(store), projector_(projector), facts_(projector.Board()) {}

  // The facts at `position` or later. REQUIRES: the log holds the position. Cost: a copy of two
  // pointers, and reading what the log has that neither the views nor the last call knew. DATA_LOSS
  // where that does not make sense.
  absl::StatusOr<BoardFacts> At(int64_t position);

 private:
  const eventstore::EventStore& store_;
  const Projector& projector_;
  Mutex mutex_;
  BoardFacts facts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_LATEST_BOARD_H_
