#include "verify/proof_check.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace goodstanding::verify {
namespace {

// What a proof brings along besides key rotations is none of our business.
absl::Status CheckLogsSignature(const SignedCheckpoint& checkpoint, absl::string_view key_rotations,
                                LogKeys keys) {
  const auto rotations = KeyRotation::ParseNotes(key_rotations);
  if (rotations.ok()) {
    for (const KeyRotation& rotation : *rotations) GS_RETURN_IF_ERROR(keys.Add(rotation));
  }
  const absl::Status status = keys.Check(checkpoint);
  if (status.ok()) return status;
  return absl::FailedPreconditionError(absl::StrCat("the checkpoint: ", status.message()));
}

absl::Status CheckWitnesses(const SignedCheckpoint& checkpoint, const ProofDemands& demands) {
  std::set<std::string> cosigned;  // Keys: one given twice is one witness.
  for (const PublicKey& witness : demands.witnesses) {
    const SignedCheckpoint::Verdict verdict = checkpoint.Check(witness);
    if (verdict == SignedCheckpoint::Verdict::kForged) {
      return absl::FailedPreconditionError(
          absl::StrCat("the cosignature of ", witness.name, " is wrong"));
    }
    if (verdict == SignedCheckpoint::Verdict::kValid) cosigned.insert(witness.key);
  }
  if (cosigned.size() >= demands.quorum) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      cosigned.size(), " of the given witnesses cosigned; ", demands.quorum, " are required"));
}

}  // namespace

absl::Status CheckCheckpoint(const SignedCheckpoint& checkpoint, absl::string_view key_rotations,
                             const ProofDemands& demands) {
  if (checkpoint.origin != demands.origin) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the checkpoint is of the log ", checkpoint.origin, ", the key of ", demands.origin));
  }
  GS_RETURN_IF_ERROR(CheckLogsSignature(checkpoint, key_rotations, demands.log));
  return CheckWitnesses(checkpoint, demands);
}

absl::Status CheckProof(const ProofFile& proof, const Hash& leaf, const ProofDemands& demands) {
  const SignedCheckpoint& checkpoint = proof.checkpoint;
  GS_RETURN_IF_ERROR(CheckCheckpoint(checkpoint, proof.extra, demands));
  if (!CheckInclusion(proof.index, checkpoint.size, leaf, proof.path, checkpoint.root)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the path does not lead from this leaf at index ", proof.index,
                     " to the checkpoint's root"));
  }
  return absl::OkStatus();
}

}  // namespace goodstanding::verify
