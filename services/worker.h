// A thread for work that takes longer than a loop may wait: replays, scans, pages of history.
#ifndef GOODSTANDING_SERVICES_WORKER_H_
#define GOODSTANDING_SERVICES_WORKER_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "base/mutex.h"

namespace goodstanding::services {

// Thread-safe.
class Worker {
 public:
  // At most `max_waiting` pieces of work wait.
  Worker(int thread_count, size_t max_waiting);
  // Finishes what waits, then joins.
  ~Worker();

  // Runs `work` when its turn comes. OVERLOADED where too much waits; then it is not run.
  absl::Status Run(std::function<void()> work);

 private:
  void Loop();

  const size_t max_waiting_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_WORKER_H_
