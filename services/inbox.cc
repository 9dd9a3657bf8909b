#include "services/inbox.h"

#include <utility>

#include "grpc/support/time.h"

namespace goodstanding::services {

thread_local const Inbox* Inbox::here_ = nullptr;

void Inbox::Leave(std::function<void()> work) {
  const MutexLock lock(mutex_);
  left_.push_back(std::move(work));
  if (called_) return;
  called_ = true;
  alarm_.Set(&queue_, gpr_inf_past(GPR_CLOCK_MONOTONIC), this);
}

void Inbox::Proceed(bool /*ok*/) {
  std::vector<std::function<void()>> taken;
  {
    const MutexLock lock(mutex_);
    taken.swap(left_);
    called_ = false;
  }
  for (const auto& work : taken) work();
}

}  // namespace goodstanding::services
