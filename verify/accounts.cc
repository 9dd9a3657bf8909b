#include "verify/accounts.h"

#include <array>
#include <cstring>

namespace goodstanding::verify {

Accounts::Accounts(int64_t events) : events_(events), accounts_(static_cast<size_t>(events)) {}

uint64_t Accounts::RequestNumber(const Request& request) const {
  const std::array<uint64_t, 3> parts = {requests_.Of(request.key),
                                         static_cast<uint64_t>(request.version),
                                         static_cast<uint64_t>(request.recorded_micros)};
  std::array<char, sizeof(parts)> bytes;
  std::memcpy(bytes.data(), parts.data(), sizeof(parts));
  return requests_.Of({bytes.data(), bytes.size()});
}

Accounts::Unbalanced Accounts::FindUnbalanced(size_t limit) const {
  Unbalanced unbalanced;
  for (size_t i = 0; i < accounts_.size(); ++i) {
    if (accounts_[i].load(std::memory_order_relaxed) == 0) continue;
    ++unbalanced.count;
    if (unbalanced.positions.size() < limit) {
      unbalanced.positions.push_back(static_cast<int64_t>(i) + 1);
    }
  }
  return unbalanced;
}

}  // namespace goodstanding::verify
