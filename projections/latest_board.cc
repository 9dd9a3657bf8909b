#include "projections/latest_board.h"

#include <utility>

#include "base/status_macros.h"

namespace goodstanding::projections {
namespace {

// Behind so many events the streams of rules and catalogue are read anew: less work than all that
// happened since.
constexpr int64_t kManyEvents = 10'000;

}  // namespace

absl::StatusOr<BoardFacts> LatestBoard::At(int64_t position) {
  const MutexLock lock(mutex_);
  if (facts_.position >= position) return facts_;
  BoardFacts viewed = projector_.Board();
  if (viewed.position > facts_.position) facts_ = std::move(viewed);
  if (facts_.position >= position) return facts_;
  const int64_t head = store_.Head();
  if (head - facts_.position > kManyEvents) {
    GS_ASSIGN_OR_RETURN(facts_, LoadBoardFacts(store_, head));
    return facts_;
  }
  BoardFolder folder(facts_);
  GS_RETURN_IF_ERROR(
      store_.VisitLog(facts_.position + 1, head,
                      [&folder](const eventstore::Record& record) { return folder.Take(record); }));
  facts_ = std::move(folder).Finish();
  return facts_;
}

}  // namespace goodstanding::projections
