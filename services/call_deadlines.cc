#include "services/call_deadlines.h"

#include "grpc/support/time.h"

namespace goodstanding::services {

void CallDeadlines::Add(Entry& entry) {
  entry.after_ = first_;
  if (first_ != nullptr) first_->before_ = &entry;
  first_ = &entry;
  if (!waits_) SetAlarm();
}

void CallDeadlines::Remove(Entry& entry) {
  (entry.before_ == nullptr ? first_ : entry.before_->after_) = entry.after_;
  if (entry.after_ != nullptr) entry.after_->before_ = entry.before_;
}

void CallDeadlines::Proceed(bool /*ok*/) {
  waits_ = false;
  const Time now = std::chrono::steady_clock::now();
  for (Entry* entry = first_; entry != nullptr; entry = entry->after_) {
    if (entry->end <= now) entry->Expire();
  }
  if (first_ != nullptr) SetAlarm();
}

void CallDeadlines::SetAlarm() {
  constexpr int kMilliseconds = 200;
  waits_ = true;
  alarm_.Set(
      &queue_,
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(kMilliseconds, GPR_TIMESPAN)),
      this);
}

}  // namespace goodstanding::services
