// Telling threads to stop, and resting until then.
#ifndef GOODSTANDING_TESTS_BENCH_STOP_SIGNAL_H_
#define GOODSTANDING_TESTS_BENCH_STOP_SIGNAL_H_

#include <chrono>

#include "base/mutex.h"

namespace goodstanding::bench {

// Thread-safe.
class StopSignal {
 public:
  void Stop() {
    const MutexLock lock(mutex_);
    stopped_ = true;
    changed_.SignalAll();
  }

  // Rests until a moment, or until it is told to stop: then it returns true.
  bool RestUntil(std::chrono::steady_clock::time_point end) {
    const MutexLock lock(mutex_);
    while (!stopped_) {
      const auto left = end - std::chrono::steady_clock::now();
      if (left <= std::chrono::nanoseconds(0)) break;
      changed_.WaitFor(mutex_, left);
    }
    return stopped_;
  }
  bool RestFor(std::chrono::nanoseconds time) {
    return RestUntil(std::chrono::steady_clock::now() + time);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace goodstanding::bench

#endif  // GOODSTANDING_TESTS_BENCH_STOP_SIGNAL_H_
