// Work that other threads leave with the thread of a completion queue.
#ifndef GOODSTANDING_SERVICES_INBOX_H_
#define GOODSTANDING_SERVICES_INBOX_H_

#include <functional>
#include <vector>

#include "base/mutex.h"
#include "grpcpp/alarm.h"
#include "grpcpp/completion_queue.h"

namespace goodstanding::services {

// What a completion queue gives back when something has happened.
class Event {
 public:
  virtual ~Event() = default;
  virtual void Proceed(bool ok) = 0;
};

// Thread-safe, but for Open. The queue outlives it, and is not shut down while work is left.
class Inbox final : public Event {
 public:
  explicit Inbox(grpc::CompletionQueue& queue) : queue_(queue) {}

  // The calling thread is the queue's from now on.
  void Open() { here_ = this; }

  // Runs the work on the queue's thread: at once where this is it.
  template <typename Work>
  void Run(Work work) {
    if (here_ == this) return work();
    Leave(std::move(work));
  }

  void Proceed(bool ok) override;

 private:
  void Leave(std::function<void()> work);

  static thread_local const Inbox* here_;

  grpc::CompletionQueue& queue_;
  Mutex mutex_;
  std::vector<std::function<void()>> left_ ABSL_GUARDED_BY(mutex_);
  bool called_ ABSL_GUARDED_BY(mutex_) = false;  // The alarm is set, and was not taken yet.
  grpc::Alarm alarm_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_INBOX_H_
