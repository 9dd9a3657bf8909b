// How fast work in the background may go: how many threads, what share of the processors, whether
// it is held.
#ifndef GOODSTANDING_PROJECTIONS_PACE_H_
#define GOODSTANDING_PROJECTIONS_PACE_H_

#include <atomic>
#include <chrono>

#include "absl/status/status.h"
#include "base/mutex.h"

namespace goodstanding::projections {

// Thread-safe.
class Pace {
 public:
  // `percent` of `cores`, 1 to 100.
  Pace(int cores, int percent);

  // Threads that the work is for: as many as the share needs, at least one.
  int threads() const { return threads_; }

  void Pause();
  void Resume();
  // Ends the work, for ever.
  void Stop();
  bool paused() const { return held_ == kPaused; }

  // Time that the work was not paused, since it began.
  std::chrono::nanoseconds ActiveTime() const;

  // One thread's place. Confined to it.
  struct Turn {
    std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
  };

  // To be called by each thread between short pieces of work: waits as long as the work is paused,
  // and now and then so long that the share holds. CANCELLED once it is stopped. Cost otherwise:
  // some ten nanoseconds.
  absl::Status Step(Turn& turn);

 private:
  enum Held { kNot, kPaused, kStopped };

  absl::Status WaitWhilePaused();
  void RestAfter(std::chrono::nanoseconds worked);

  const int threads_;
  const double rest_;  // For each time of work.
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::atomic<Held> held_ = kNot;  // Changed under the mutex.
  mutable Mutex mutex_;
  CondVar changed_;
  std::chrono::steady_clock::time_point paused_since_ ABSL_GUARDED_BY(mutex_);
  std::chrono::nanoseconds paused_ ABSL_GUARDED_BY(mutex_){0};
};

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_PACE_H_
