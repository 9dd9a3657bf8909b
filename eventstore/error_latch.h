// Why a store takes no more appends: set once, kept until the store is opened anew.
#ifndef GOODSTANDING_EVENTSTORE_ERROR_LATCH_H_
#define GOODSTANDING_EVENTSTORE_ERROR_LATCH_H_

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/mutex.h"

namespace goodstanding::eventstore {

// Thread-safe.
class ErrorLatch {
 public:
  // `on_set` is called once, by whoever sets the latch; may be empty.
  explicit ErrorLatch(std::function<void()> on_set) : on_set_(std::move(on_set)) {}

  // Keeps the first reason; later ones change nothing.
  void Set(const absl::Status& reason) {
    {
      const MutexLock lock(mutex_);
      if (!health_.ok()) return;
      health_ = absl::UnavailableError(
          absl::StrCat("the store takes no appends until it is opened anew: ", reason.message()));
    }
    if (on_set_) on_set_();
  }

  // OK, or UNAVAILABLE with the first reason.
  absl::Status Get() const {
    const MutexLock lock(mutex_);
    return health_;
  }

 private:
  const std::function<void()> on_set_;
  mutable Mutex mutex_;
  absl::Status health_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_ERROR_LATCH_H_
