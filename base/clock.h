// The wall clock, passed in wherever time is read.
#ifndef GOODSTANDING_BASE_CLOCK_H_
#define GOODSTANDING_BASE_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace goodstanding {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // The present moment, in whole microseconds.
  virtual absl::Time Now() const = 0;
};

// The machine's clock.
class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixMicros(absl::ToUnixMicros(absl::Now())); }
};

// A clock that stands where it was set: scenarios, tests and generators.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(absl::Time now) : micros_(absl::ToUnixMicros(now)) {}
  absl::Time Now() const override { return absl::FromUnixMicros(micros_.load()); }
  void Set(absl::Time now) { micros_.store(absl::ToUnixMicros(now)); }

 private:
  std::atomic<int64_t> micros_;
};

}  // namespace goodstanding

#endif  // GOODSTANDING_BASE_CLOCK_H_
