// Calls of one loop that must have their answers by a time.
#ifndef GOODSTANDING_SERVICES_CALL_DEADLINES_H_
#define GOODSTANDING_SERVICES_CALL_DEADLINES_H_

#include <chrono>

#include "grpcpp/alarm.h"
#include "grpcpp/completion_queue.h"
#include "services/inbox.h"

namespace goodstanding::services {

// Confined to the thread of its queue, but for Stop. One alarm looks after all calls, five times a
// second while there are any: an alarm a call would cost as much as a small call.
class CallDeadlines final : public Event {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // A call with its end. It is taken out before it goes.
  class Entry {
   public:
    virtual ~Entry() = default;
    // Its end has passed. May give it another one; must not take any entry out.
    virtual void Expire() = 0;

    Time end = Time::max();

   private:
    friend class CallDeadlines;
    Entry* before_ = nullptr;
    Entry* after_ = nullptr;
  };

  explicit CallDeadlines(grpc::CompletionQueue& queue) : queue_(queue) {}

  void Add(Entry& entry);
  void Remove(Entry& entry);

  // Lets the queue end. REQUIRES: it has no entries, and none are added.
  void Stop() { alarm_.Cancel(); }

  void Proceed(bool ok) override;

 private:
  void SetAlarm();

  grpc::CompletionQueue& queue_;
  Entry* first_ = nullptr;
  bool waits_ = false;  // The alarm is set.
  grpc::Alarm alarm_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_CALL_DEADLINES_H_
