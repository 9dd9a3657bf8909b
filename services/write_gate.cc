#include "services/write_gate.h"

#include <utility>

#include "domain/refusal.h"

namespace goodstanding::services {

absl::Status WriteGate::Check() const {
  if (read_only_.load()) {
    return domain::Refuse("READ_ONLY",
                          "The server takes no commands for the time being; repeat it once an "
                          "operator has ended that. Reading goes on.");
  }
  return clock_.Check();
}

bool WriteGate::SetReadOnly(bool read_only, std::string reason) {
  const MutexLock lock(mutex_);
  reason_ = read_only ? std::move(reason) : "";
  return read_only_.exchange(read_only);
}

std::string WriteGate::read_only_reason() const {
  const MutexLock lock(mutex_);
  return reason_;
}

}  // namespace goodstanding::services
