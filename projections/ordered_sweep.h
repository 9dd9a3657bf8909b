// Going through all certificants on several threads, and telling what was found in order of id.
#ifndef GOODSTANDING_PROJECTIONS_ORDERED_SWEEP_H_
#define GOODSTANDING_PROJECTIONS_ORDERED_SWEEP_H_

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "eventstore/event_store.h"
#include "projections/sweep.h"

namespace goodstanding::projections {

// Puts what several threads make into order. Thread-safe.
template <typename Batch>
class InOrder {
 public:
  // At most `window` batches are waiting or being made. `emit` is called by one thread at a time;
  // it returns false where no more is wanted.
  InOrder(size_t window, std::function<bool(const Batch&)> emit)
      : window_(window), emit_(std::move(emit)) {}

  // Waits until batch `number` may be begun; false where no more is wanted. Batches are begun
  // ascending, and each that was begun is finished or the whole is stopped.
  bool Begin(size_t number) {
    MutexLock lock(mutex_);
    while (!stopped_ && number >= next_ + window_) changed_.Wait(mutex_);
    return !stopped_;
  }

  void Finish(size_t number, Batch batch) {
    {
      MutexLock lock(mutex_);
      waiting_.emplace(number, std::move(batch));
      if (emitting_) return;  // Whoever emits goes on with it.
      emitting_ = true;
    }
    while (EmitNext()) {
    }
  }

  void Stop() {
    MutexLock lock(mutex_);
    stopped_ = true;
    changed_.SignalAll();
  }

  bool stopped() {
    MutexLock lock(mutex_);
    return stopped_;
  }

 private:
  // Emits the next batch where it is there; else nobody emits any more.
  bool EmitNext() {
    Batch batch;
    {
      MutexLock lock(mutex_);
      const auto found = waiting_.find(next_);
      if (stopped_ || found == waiting_.end()) {
        emitting_ = false;
        return false;
      }
      batch = std::move(found->second);
      waiting_.erase(found);
    }
    const bool more = emit_(batch);
    MutexLock lock(mutex_);
    ++next_;
    stopped_ = stopped_ || !more;
    changed_.SignalAll();
    return true;
  }

  const size_t window_;
  const std::function<bool(const Batch&)> emit_;
  Mutex mutex_;
  CondVar changed_;
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  bool emitting_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<size_t, Batch> waiting_ ABSL_GUARDED_BY(mutex_);
};

// Calls `scan` for each range, on so many threads, and `emit` with what each makes, in the order of
// the ranges. Holds some ranges' batches in memory, however many there are. Stops where `emit`
// returns false (CANCELLED) or `scan` an error, which is returned.
template <typename Batch>
absl::Status SweepInOrder(
    const std::vector<eventstore::StreamRange>& ranges, int threads,
    const std::function<absl::Status(const eventstore::StreamRange&, Batch&)>& scan,
    std::function<bool(const Batch&)> emit) {
  const size_t window = static_cast<size_t>(threads) * 2;
  InOrder<Batch> order(window, std::move(emit));
  const auto gone = [] { return absl::CancelledError("no more is wanted"); };
  const auto sweep = [&](size_t number) -> absl::Status {
    if (!order.Begin(number)) return gone();
    Batch batch;
    absl::Status status = scan(ranges[number], batch);
    if (!status.ok()) {
      order.Stop();
      return status;
    }
    order.Finish(number, std::move(batch));
    return absl::OkStatus();
  };
  GS_RETURN_IF_ERROR(RunTasks(ranges.size(), threads, sweep));
  return order.stopped() ? gone() : absl::OkStatus();
}

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_ORDERED_SWEEP_H_
