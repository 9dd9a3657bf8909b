#include "services/worker.h"

#include <utility>

#include "base/thread_name.h"
#include "domain/refusal.h"

namespace goodstanding::services {

Worker::Worker(int thread_count, size_t max_waiting) : max_waiting_(max_waiting) {
  for (int i = 0; i < thread_count; ++i) threads_.emplace_back([this] { Loop(); });
}

Worker::~Worker() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.SignalAll();
  }
  for (std::thread& thread : threads_) thread.join();
}

absl::Status Worker::Run(std::function<void()> work) {
  MutexLock lock(mutex_);
  if (waiting_.size() >= max_waiting_) {
    return domain::Refuse("OVERLOADED", "Too many long questions wait; repeat it after the delay.");
  }
  waiting_.push_back(std::move(work));
  changed_.Signal();
  return absl::OkStatus();
}

void Worker::Loop() {
  NameThread("worker");
  while (true) {
    std::function<void()> work;
    {
      MutexLock lock(mutex_);
      while (waiting_.empty() && !stopping_) changed_.Wait(mutex_);
      if (waiting_.empty()) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    work();
  }
}

}  // namespace goodstanding::services
