// The published head of the log, and those who wait for it.
#ifndef GOODSTANDING_EVENTSTORE_HEAD_WATCH_H_
#define GOODSTANDING_EVENTSTORE_HEAD_WATCH_H_

#include <atomic>
#include <cstdint>
#include <list>

#include "absl/time/time.h"
#include "base/mutex.h"
#include "eventstore/rows.h"

namespace goodstanding::eventstore {

// Thread-safe.
class HeadWatch {
 public:
  explicit HeadWatch(const HeadRow& head);

  // Makes a durable head known. Position and time never go back.
  void Publish(const HeadRow& head);

  int64_t position() const { return position_.load(std::memory_order_acquire); }
  int64_t recorded_micros() const { return recorded_micros_.load(std::memory_order_acquire); }

  // Waits until position() >= `position` or the timeout passes; returns position(). Wakes nobody
  // before its position is reached.
  int64_t Wait(int64_t position, absl::Duration timeout);

 private:
  struct Waiter {
    int64_t position = 0;
    bool reached = false;
    CondVar wake;
  };

  std::atomic<int64_t> position_;
  std::atomic<int64_t> recorded_micros_;
  Mutex mutex_;
  std::list<Waiter*> waiters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_HEAD_WATCH_H_
