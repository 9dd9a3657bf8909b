// Time that passes, whatever the wall clock is set to.
#ifndef GOODSTANDING_BASE_ELAPSED_CLOCK_H_
#define GOODSTANDING_BASE_ELAPSED_CLOCK_H_

#include <time.h>

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "base/check.h"

namespace goodstanding {

// Thread-safe.
class ElapsedClock {
 public:
  virtual ~ElapsedClock() = default;

  // Since some moment that stays the same while the process runs; never goes back.
  virtual absl::Duration Elapsed() const = 0;
};

// The machine's, which goes on while the machine is suspended.
class SystemElapsedClock final : public ElapsedClock {
 public:
  absl::Duration Elapsed() const override {
    timespec now = {};
    GS_CHECK(clock_gettime(CLOCK_BOOTTIME, &now) == 0);
    return absl::DurationFromTimespec(now);
  }
};

// One that stands where it was put: for tests.
class ManualElapsedClock final : public ElapsedClock {
 public:
  absl::Duration Elapsed() const override { return absl::Microseconds(micros_.load()); }
  void Advance(absl::Duration duration) { micros_ += absl::ToInt64Microseconds(duration); }

 private:
  std::atomic<int64_t> micros_ = 0;
};

}  // namespace goodstanding

#endif  // GOODSTANDING_BASE_ELAPSED_CLOCK_H_
