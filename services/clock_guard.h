// A clock that is not believed once it was set: one jump forward would stamp the log for ever and
// lapse everybody.
#ifndef GOODSTANDING_SERVICES_CLOCK_GUARD_H_
#define GOODSTANDING_SERVICES_CLOCK_GUARD_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/elapsed_clock.h"
#include "base/mutex.h"

namespace goodstanding::services {

// How far apart two readings of the time may be.
inline constexpr absl::Duration kMaxClockStep = absl::Minutes(1);

struct ClockGuardOptions {
  const Clock* wall = nullptr;  // Not owned; outlives the guard, as the next one does.
  // What the wall clock is held against; nullptr: it is believed, as clocks that are set by hand.
  const ElapsedClock* elapsed = nullptr;
  // Whether the machine's clock is synchronised with others; empty: nobody asks.
  std::function<bool()> synchronised;
  // Told on whatever thread finds a step, once until it is confirmed. Must not block or ask the
  // clock. May be empty.
  std::function<void()> on_suspicion;
};

// Thread-safe.
class ClockGuard final : public Clock {
 public:
  explicit ClockGuard(ClockGuardOptions options);

  // Holds the clock against the log, at the start: suspect where the last event was recorded more
  // than a minute ahead of it, or more than `max_downtime` ago (zero: that is not looked at). A
  // jump forward while nothing ran looks like time that passed: nothing else can tell them apart.
  void HoldAgainst(absl::Time last_recorded, absl::Duration max_downtime);

  // The wall clock. Where that was set by more than a minute: the time before, and what has elapsed
  // since, until it is confirmed. Cost: two readings of clocks.
  absl::Time Now() const override;

  // Why the clock is not to be trusted; empty: it is. Looks.
  std::string Suspicion() const;
  // OK, or CLOCK_SUSPECT. Cost: as Now, where `synchronised` is empty.
  absl::Status Check() const;

  // Takes the wall clock as it is from now on, and gives what was suspect before, or an empty text.
  // INVALID_ARGUMENT where `time` is more than a minute away from it. Does not make a clock
  // synchronised.
  absl::StatusOr<std::string> Confirm(absl::Time time);

 private:
  int64_t WallMinusElapsed() const;
  std::string LastingSuspicion() const;
  void Suspect(std::string why) const;

  const ClockGuardOptions options_;
  // Of wall and elapsed clock, in microseconds, as it was when the clock was believed last.
  std::atomic<int64_t> difference_;
  mutable std::atomic<bool> suspect_ = false;  // Whether why_ is not empty.
  mutable Mutex mutex_;
  mutable std::string why_ ABSL_GUARDED_BY(mutex_);
};

// Whether the kernel says that its clock is synchronised.
bool KernelClockSynchronised();

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_CLOCK_GUARD_H_
