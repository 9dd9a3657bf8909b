#include "eventstore/head_watch.h"

#include <algorithm>

#include "base/check.h"

namespace goodstanding::eventstore {

HeadWatch::HeadWatch(const HeadRow& head)
    : position_(head.position), recorded_micros_(head.recorded_micros) {}

void HeadWatch::Publish(const HeadRow& head) {
  GS_CHECK(head.position >= position());
  recorded_micros_.store(head.recorded_micros, std::memory_order_release);
  position_.store(head.position, std::memory_order_release);
  const MutexLock lock(mutex_);
  for (Waiter* waiter : waiters_) {
    if (waiter->position > head.position) continue;
    waiter->reached = true;
    waiter->wake.Signal();
  }
}

int64_t HeadWatch::Wait(int64_t position, absl::Duration timeout) {
  constexpr absl::Duration kLongest = absl::Hours(24 * 365);
  const MutexLock lock(mutex_);
  // Publish stores before it looks for waiters, so a head that is missed here is seen there.
  if (this->position() >= position || timeout <= absl::ZeroDuration()) return this->position();
  Waiter waiter;
  waiter.position = position;
  const auto place = waiters_.insert(waiters_.end(), &waiter);
  bool timed_out = false;
  while (!waiter.reached && !timed_out) {
    timed_out =
        !waiter.wake.WaitFor(mutex_, absl::ToChronoNanoseconds(std::min(timeout, kLongest)));
  }
  waiters_.erase(place);
  return this->position();
}

}  // namespace goodstanding::eventstore
