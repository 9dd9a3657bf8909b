// One proof for many events: far smaller than as many proofs.
#ifndef GOODSTANDING_EVENTSTORE_SHARED_PROOF_H_
#define GOODSTANDING_EVENTSTORE_SHARED_PROOF_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/event_store.h"
#include "eventstore/merkle.h"

namespace goodstanding::eventstore {

// The hashes, from left to right, of every largest subtree of the tree of the first `size` events
// that holds none of these positions: with their leaves, what the root follows from. REQUIRES:
// ascending positions, at least one. Errors and cost as of a ProveInclusion for each.
absl::StatusOr<std::vector<Hash>> ProveTogether(const EventStore& store,
                                                const std::vector<int64_t>& positions,
                                                int64_t size);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_SHARED_PROOF_H_
