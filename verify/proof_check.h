// Checks a proof file against what its reader trusts.
#ifndef GOODSTANDING_VERIFY_PROOF_CHECK_H_
#define GOODSTANDING_VERIFY_PROOF_CHECK_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "verify/hashes.h"
#include "verify/log_keys.h"
#include "verify/signed_note.h"

namespace goodstanding::verify {

// Who has to vouch for a proof.
struct ProofDemands {
  std::string origin;
  LogKeys log;
  std::vector<PublicKey> witnesses;
  size_t quorum = 0;  // How many of the witnesses have to have cosigned.
};

// OK where a key of the log signed the checkpoint and may do so, no known key is forged, and enough
// witnesses cosigned. Notes of key rotations that come along are taken in; what is none is ignored.
// FAILED_PRECONDITION says which of them fails.
absl::Status CheckCheckpoint(const SignedCheckpoint& checkpoint, absl::string_view key_rotations,
                             const ProofDemands& demands);

// OK where a key of the log signed the checkpoint and may do so, no known key is forged, enough
// witnesses cosigned, and the leaf is at its place in the tree. Key rotations that the proof brings
// along are taken in. FAILED_PRECONDITION says which of them fails.
absl::Status CheckProof(const ProofFile& proof, const Hash& leaf, const ProofDemands& demands);

}  // namespace goodstanding::verify

#endif  // GOODSTANDING_VERIFY_PROOF_CHECK_H_
