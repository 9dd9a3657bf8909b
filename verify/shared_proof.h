// One proof for many leaves: the hashes of the subtrees that hold none of them. Written from its
// description in docs/dossier.md. Pure. Thread-safe.
#ifndef GOODSTANDING_VERIFY_SHARED_PROOF_H_
#define GOODSTANDING_VERIFY_SHARED_PROOF_H_

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "verify/hashes.h"

namespace goodstanding::verify {

// The root of the tree of `size` leaves that has these at their indexes, and these hashes, from
// left to right, for every largest subtree without any of them. nullopt where no leaf is given, an
// index lies outside, or hashes are missing or left over.
std::optional<Hash> RootOfShared(const std::map<int64_t, Hash>& leaves, int64_t size,
                                 const std::vector<Hash>& hashes);

}  // namespace goodstanding::verify

#endif  // GOODSTANDING_VERIFY_SHARED_PROOF_H_
