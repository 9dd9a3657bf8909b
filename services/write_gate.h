// Whether commands are taken at all: the clock is believed, and nobody wants the server read-only.
#ifndef GOODSTANDING_SERVICES_WRITE_GATE_H_
#define GOODSTANDING_SERVICES_WRITE_GATE_H_

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "base/mutex.h"
#include "services/clock_guard.h"

namespace goodstanding::services {

// Thread-safe. The clock outlives it.
class WriteGate {
 public:
  explicit WriteGate(const ClockGuard& clock) : clock_(clock) {}

  // OK, READ_ONLY or CLOCK_SUSPECT. Cost: two readings of clocks.
  absl::Status Check() const;

  // Returns what it was before.
  bool SetReadOnly(bool read_only, std::string reason);
  bool read_only() const { return read_only_.load(); }
  std::string read_only_reason() const;

 private:
  const ClockGuard& clock_;
  std::atomic<bool> read_only_ = false;
  mutable Mutex mutex_;
  std::string reason_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_WRITE_GATE_H_
