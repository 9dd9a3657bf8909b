// Brings one generation of the views forward along the log, page by page.
#ifndef GOODSTANDING_PROJECTIONS_PAGE_TAKER_H_
#define GOODSTANDING_PROJECTIONS_PAGE_TAKER_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/event_store.h"
#include "projections/replay.h"
#include "projections/state_cache.h"
#include "projections/views.h"

namespace goodstanding::projections {

inline constexpr int kPageRecords = 1000;
// The same where it rests between pages: what else is to be done waits for a page's end at most.
inline constexpr int kShortPageRecords = 100;

// Evaluates whomever a page of the log touches, by an event of their own stream or by an activity
// that their records name, and writes rows and checkpoint together. A change of rules touches
// everybody: there it stops, and a generation built behind it has to take over. Confined to one
// thread at a time.
class PageTaker {
 public:
  enum class Target { kLive, kStaged };

  // The generation holds the log up to the board facts' position. All outlive it.
  PageTaker(const eventstore::EventStore& store, Views& views, Target target, BoardFacts board)
      : store_(store), views_(views), target_(target), board_(std::move(board)) {}

  // Rules and catalogue up to where the generation stands.
  const BoardFacts& board() const { return board_; }
  int64_t position() const { return board_.position; }

  // Applies the next page, of so many records at most, as far as rules do not change in it. False
  // where they change with the next event: nothing is done then. REQUIRES: the log goes on.
  // DATA_LOSS for an event that this program does not know; errors of the disk.
  absl::StatusOr<bool> TakePage(int records);

  // The staged generation has become the live one.
  void BecomeLive() { target_ = Target::kLive; }

 private:
  // What a page of the log touches, by certificant id. The states are those of streams in the page,
  // folded to its end; nullopt where the stream has to be replayed.
  using Touched = std::map<std::string, std::optional<ReplayedCertificant>>;

  absl::Status TakeRecord(const eventstore::Record& record, Touched& touched);
  absl::Status TakeCertificantRecord(const std::string& id, const eventstore::Record& record,
                                     Touched& touched);
  absl::Status WriteRows(const BoardFacts& board, Touched touched);
  absl::StatusOr<ReplayedCertificant> Obtain(const std::string& id,
                                             std::optional<ReplayedCertificant> folded,
                                             int64_t position);

  const eventstore::EventStore& store_;
  Views& views_;
  Target target_;
  BoardFacts board_;
  StateCache cache_{StateCache::Bounds()};
};

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_PAGE_TAKER_H_
