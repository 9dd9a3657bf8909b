#include "projections/projector.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/status_macros.h"
#include "base/thread_name.h"
#include "projections/codec.h"
#include "projections/rebuild.h"
#include "projections/state_cache.h"

namespace goodstanding::projections {
namespace {

using event::v1::Record;

constexpr int kPageRecords = 1000;
// The same where it rests between pages: what else is to be done waits for a page's end at most.
constexpr int kShortPageRecords = 100;
// While nobody waits, and the views are less than so many events behind, the follower rests this
// many times as long as it worked: in a burst commands come first, and the longer it rests, the
// more events of a person it takes in one go.
constexpr int64_t kRestedEvents = 50'000;  // Some seconds of work.
constexpr int kRest = 9;
constexpr std::chrono::nanoseconds kShortestRest = std::chrono::milliseconds(10);
constexpr std::chrono::nanoseconds kLongestRest = std::chrono::seconds(1);
// A burst is over once nothing was recorded for so long.
constexpr std::chrono::nanoseconds kBurstPause = std::chrono::milliseconds(50);
// How long the follower can take to notice that it is to stop. A new event wakes it at once.
constexpr absl::Duration kLongestWait = absl::Milliseconds(10);

using Then = std::function<void(const absl::Status&)>;

// What a page of the log touches. The states are those of streams in the page, folded to its end;
// nullopt where the stream has to be replayed.
struct Page {
  std::map<std::string, std::optional<ReplayedCertificant>> touched;  // By certificant id.
  std::vector<std::pair<std::string, std::string>> activity_certificants;
};

class Follower final : public Projector {
 public:
  Follower(const eventstore::EventStore& store, Views& views)
      : store_(store), views_(views), cache_(StateCache::Bounds()) {}

  ~Follower() override {
    {
      const MutexLock lock(mutex_);
      stopping_ = true;
      waiting_.SignalAll();
    }
    if (thread_.joinable()) thread_.join();
    Stop(absl::CancelledError("the projector was stopped"));
  }

  // Brings the views to the head that the log has now.
  absl::Status CatchUp(const Progress& progress) {
    const int64_t head = store_.Head();
    const int64_t position = views_.GetCheckpoint().position();
    const auto tell = [&](int64_t done) {
      if (progress) progress(std::min(done, head), head);
    };
    tell(position);
    // Behind by more than half of the log, going person by person is less work than page by page.
    const bool anew = head > 0 && head - position > head / 2;
    GS_ASSIGN_OR_RETURN(BoardFacts board, LoadBoardFacts(store_, anew ? head : position));
    if (anew) GS_RETURN_IF_ERROR(Rebuild(store_, board, {tell, nullptr}, views_));
    Publish(std::move(board));
    while (AppliedPosition() < head) {
      GS_RETURN_IF_ERROR(TakePage(kPageRecords));
      tell(AppliedPosition());
    }
    if (anew) tell(head);
    return absl::OkStatus();
  }

  void Begin() {
    thread_ = std::thread([this] { Follow(); });
  }

  int64_t AppliedPosition() const override { return applied_; }

  void WhenApplied(int64_t position, Then then) override {
    absl::Status status;
    {
      const MutexLock lock(mutex_);
      if (position > board_.position) {
        if (status_.ok()) {
          waiters_.emplace(position, std::move(then));
          waiting_.SignalAll();
          return;
        }
        status = status_;
      }
    }
    then(status);
  }

  BoardFacts Board() const override {
    const MutexLock lock(mutex_);
    return board_;
  }

  absl::Status Health() const override {
    const MutexLock lock(mutex_);
    return status_;
  }

 private:
  void Follow() {
    NameThread("projector");
    while (!stopping_) {
      const int64_t next = AppliedPosition() + 1;
      if (store_.WaitForHead(next, kLongestWait) < next) continue;
      const auto begin = std::chrono::steady_clock::now();
      const bool calm = IsCalm();
      const absl::Status status = TakePage(calm ? kShortPageRecords : kPageRecords);
      if (!status.ok()) return Stop(status);
      const auto worked = std::chrono::steady_clock::now() - begin;
      if (calm) Rest(kRest * worked);
    }
  }

  // Whether nobody waits, and little is to be done.
  bool IsCalm() {
    if (store_.Head() - AppliedPosition() >= kRestedEvents) return false;
    const MutexLock lock(mutex_);
    return waiters_.empty();
  }

  // Until somebody waits, the burst is over, or for so long.
  void Rest(std::chrono::nanoseconds time) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::clamp(time, kShortestRest, kLongestRest);
    int64_t head = store_.Head();
    const MutexLock lock(mutex_);
    while (waiters_.empty() && !stopping_ && Clock::now() < end) {
      const auto pause = std::min<std::chrono::nanoseconds>(end - Clock::now(), kBurstPause);
      if (waiting_.WaitFor(mutex_, pause)) continue;
      if (head == store_.Head()) return;
      head = store_.Head();
    }
  }

  // Applies the page after the applied position. REQUIRES: the log goes on there.
  absl::Status TakePage(int records) {
    const BoardFacts before = Board();
    GS_ASSIGN_OR_RETURN(
        const eventstore::Page log,
        store_.ReadLog(before.position + 1, eventstore::Direction::kForward, records));
    BoardFolder folder(before);
    Page page;
    for (const Record& record : log.records) {
      GS_RETURN_IF_ERROR(folder.Take(record));
      GS_RETURN_IF_ERROR(TakeRecord(record, page));
    }
    const bool touches_all = folder.rules_changed();
    BoardFacts after = std::move(folder).Finish();
    if (touches_all) {
      GS_RETURN_IF_ERROR(
          Rebuild(store_, after, {nullptr, [this] { return stopping_.load(); }}, views_));
      Keep(std::move(page));
    } else {
      GS_RETURN_IF_ERROR(WriteRows(after, std::move(page)));
    }
    Publish(std::move(after));
    return absl::OkStatus();
  }

  absl::Status TakeRecord(const Record& record, Page& page) {
    if (const auto id = StreamId(record.stream(), kCertificantPrefix)) {
      return TakeCertificantRecord(std::string(*id), record, page);
    }
    if (const auto activity_id = StreamId(record.stream(), kActivityPrefix)) {
      GS_ASSIGN_OR_RETURN(const std::vector<std::string> ids, views_.CertificantsOf(*activity_id));
      for (const std::string& id : ids) page.touched.try_emplace(id);
    }
    return absl::OkStatus();
  }

  absl::Status TakeCertificantRecord(const std::string& id, const Record& record, Page& page) {
    std::optional<ReplayedCertificant>& certificant = page.touched[id];
    if (!certificant.has_value()) certificant = cache_.Take(id);
    if (!certificant.has_value() && record.version() == 1) certificant.emplace();
    if (!certificant.has_value()) return absl::OkStatus();
    return Advance(record, *certificant);
  }

  // Evaluates whomever the page touches, and writes their rows and the checkpoint.
  absl::Status WriteRows(const BoardFacts& board, Page page) {
    const RowBuilder rows(board);
    ViewBatch batch;
    batch.checkpoint = CheckpointAt(store_.Origin(), board.position);
    for (auto& [id, folded] : page.touched) {
      GS_ASSIGN_OR_RETURN(ReplayedCertificant certificant,
                          Obtain(id, std::move(folded), board.position));
      batch.rows.emplace(id, rows.Build(certificant));
      for (auto& pair : ActivityIndexOf(id, certificant.state)) {
        batch.activity_certificants.push_back(std::move(pair));
      }
      cache_.Put(id, std::move(certificant));
    }
    return views_.Write(batch);
  }

  // A state at the page's end: as folded, as cached where the page has no event of it, or replayed.
  absl::StatusOr<ReplayedCertificant> Obtain(const std::string& id,
                                             std::optional<ReplayedCertificant> folded,
                                             int64_t position) {
    if (!folded.has_value()) folded = cache_.Take(id);
    if (folded.has_value()) return *std::move(folded);
    return ReplayCertificant(store_, id, {.max_position = position});
  }

  // Puts folded states back.
  void Keep(Page page) {
    for (auto& [id, folded] : page.touched) {
      if (folded.has_value()) cache_.Put(id, *std::move(folded));
    }
  }

  // Makes what is written known, all of it at once, and runs those who waited for it.
  void Publish(BoardFacts board) {
    std::multimap<int64_t, Then> due;
    {
      const MutexLock lock(mutex_);
      std::swap(board_, board);  // What was there is freed without the lock.
      applied_ = board_.position;
      while (!waiters_.empty() && waiters_.begin()->first <= board_.position) {
        due.insert(due.end(), waiters_.extract(waiters_.begin()));
      }
    }
    for (const auto& [position, then] : due) then(absl::OkStatus());
  }

  // Ends for the given reason, unless it ended before, and lets nobody wait any longer.
  void Stop(const absl::Status& reason) {
    std::multimap<int64_t, Then> waiters;
    absl::Status status;
    {
      const MutexLock lock(mutex_);
      if (status_.ok()) status_ = reason;
      status = status_;
      waiters.swap(waiters_);
    }
    for (const auto& [position, then] : waiters) then(status);
  }

  const eventstore::EventStore& store_;
  Views& views_;

  // Of the thread that applies pages.
  StateCache cache_;

  std::atomic<bool> stopping_ = false;
  std::atomic<int64_t> applied_ = 0;  // Never ahead of board_; set under the mutex.

  mutable Mutex mutex_;
  CondVar waiting_;  // Somebody waits, or it is to stop.
  BoardFacts board_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::multimap<int64_t, Then> waiters_ ABSL_GUARDED_BY(mutex_);

  std::thread thread_;
};

// What WaitFor shares with the function that it leaves with the projector.
struct Arrival {
  Mutex mutex;
  CondVar changed;
  std::optional<absl::Status> status ABSL_GUARDED_BY(mutex);
};

}  // namespace

absl::StatusOr<std::unique_ptr<Projector>> Projector::Start(const eventstore::EventStore& store,
                                                            Views& views,
                                                            const Progress& progress) {
  auto follower = std::make_unique<Follower>(store, views);
  GS_RETURN_IF_ERROR(follower->CatchUp(progress));
  follower->Begin();
  return follower;
}

absl::Status Projector::WaitFor(int64_t position, absl::Duration timeout) {
  constexpr absl::Duration kLongest = absl::Hours(24 * 365);
  const auto arrival = std::make_shared<Arrival>();
  WhenApplied(position, [arrival](const absl::Status& status) {
    const MutexLock lock(arrival->mutex);
    arrival->status = status;
    arrival->changed.SignalAll();
  });
  const auto wait = absl::ToChronoNanoseconds(std::clamp(timeout, absl::ZeroDuration(), kLongest));
  const MutexLock lock(arrival->mutex);
  bool in_time = true;
  while (!arrival->status.has_value() && in_time) {
    in_time = arrival->changed.WaitFor(arrival->mutex, wait);
  }
  if (arrival->status.has_value()) return *arrival->status;
  return absl::DeadlineExceededError("the views do not hold the position yet");
}

}  // namespace goodstanding::projections
