#include "projections/pace.h"

#include <algorithm>

namespace goodstanding::projections {
namespace {

using std::chrono::nanoseconds;
using Clock = std::chrono::steady_clock;

// Work between two rests: short, so that nobody waits long for a processor.
constexpr nanoseconds kSpell = std::chrono::milliseconds(5);

int ThreadsFor(int cores, int percent) { return std::max(1, (cores * percent + 99) / 100); }

}  // namespace

Pace::Pace(int cores, int percent)
    : threads_(ThreadsFor(cores, percent)), rest_(100.0 * threads_ / (cores * percent) - 1) {}

void Pace::Pause() {
  const MutexLock lock(mutex_);
  if (held_ != kNot) return;
  held_ = kPaused;
  paused_since_ = Clock::now();
}

void Pace::Resume() {
  const MutexLock lock(mutex_);
  if (held_ != kPaused) return;
  held_ = kNot;
  paused_ += Clock::now() - paused_since_;
  changed_.SignalAll();
}

void Pace::Stop() {
  const MutexLock lock(mutex_);
  held_ = kStopped;
  changed_.SignalAll();
}

nanoseconds Pace::ActiveTime() const {
  const MutexLock lock(mutex_);
  const Clock::time_point now = held_ == kPaused ? paused_since_ : Clock::now();
  return now - begin_ - paused_;
}

absl::Status Pace::Step(Turn& turn) {
  if (held_ != kNot) {
    const absl::Status status = WaitWhilePaused();
    if (!status.ok()) return status;
    turn = Turn();
  }
  if (rest_ <= 0) return absl::OkStatus();
  const nanoseconds worked = Clock::now() - turn.begin;
  if (worked < kSpell) return absl::OkStatus();
  RestAfter(worked);
  turn = Turn();
  return absl::OkStatus();
}

absl::Status Pace::WaitWhilePaused() {
  const MutexLock lock(mutex_);
  while (held_ == kPaused) changed_.Wait(mutex_);
  return held_ == kStopped ? absl::CancelledError("stopping") : absl::OkStatus();
}

void Pace::RestAfter(nanoseconds worked) {
  const auto rest = nanoseconds(static_cast<int64_t>(static_cast<double>(worked.count()) * rest_));
  const MutexLock lock(mutex_);
  bool in_time = true;
  while (held_ == kNot && in_time) in_time = changed_.WaitFor(mutex_, rest);
}

}  // namespace goodstanding::projections
