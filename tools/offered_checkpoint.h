// Checkpoints as a server hands them out, and what it says for them. Nothing of that is believed:
// it is checked with the code of verify/ and a key that is known from elsewhere.
#ifndef GOODSTANDING_TOOLS_OFFERED_CHECKPOINT_H_
#define GOODSTANDING_TOOLS_OFFERED_CHECKPOINT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "goodstanding/api/v1/log_service.grpc.pb.h"
#include "verify/hashes.h"
#include "verify/log_keys.h"
#include "verify/signed_note.h"

namespace goodstanding::tools {

struct OfferedCheckpoint {
  std::string note;
  verify::SignedCheckpoint checkpoint;
  std::string verifier_key;
  std::string rotations;  // Notes, one behind the other.
};

// The newest checkpoint, of at least this size. The failed call (FromCall), or FAILED_PRECONDITION
// where the answer is none.
absl::StatusOr<OfferedCheckpoint> FetchCheckpoint(api::v1::LogService::Stub& log, int64_t min_size);

// Takes the rotations that were offered into the keys, then checks origin and signature.
// FAILED_PRECONDITION where something of that is not as it must be.
absl::Status CheckOffer(const OfferedCheckpoint& offer, const std::string& origin,
                        verify::LogKeys& keys);

// Whether the server proves that the first checkpoint is the beginning of the second one, which is
// not smaller. The failed call where it does not answer.
absl::StatusOr<bool> ProvesConsistency(api::v1::LogService::Stub& log,
                                       const verify::SignedCheckpoint& older,
                                       const verify::SignedCheckpoint& newer);

// The proof itself. The failed call, or FAILED_PRECONDITION where the answer holds other things
// than hashes.
absl::StatusOr<std::vector<verify::Hash>> FetchConsistencyProof(api::v1::LogService::Stub& log,
                                                                int64_t old_size, int64_t size);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_OFFERED_CHECKPOINT_H_
