#include "tools/offered_checkpoint.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "tools/client.h"
#include "tools/connection.h"

namespace goodstanding::tools {
namespace {

using api::v1::LogService;

absl::Status Refused(absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat("what the server hands out is ", why));
}

}  // namespace

absl::StatusOr<OfferedCheckpoint> FetchCheckpoint(LogService::Stub& log, int64_t min_size) {
  api::v1::GetCheckpointRequest request;
  request.set_min_size(min_size);
  api::v1::GetCheckpointResponse response;
  GS_RETURN_IF_ERROR(FromCall(Call(log, &LogService::Stub::GetCheckpoint, request, response)));
  auto checkpoint = verify::SignedCheckpoint::Parse(response.note());
  if (!checkpoint.ok()) return Refused(checkpoint.status().message());
  return OfferedCheckpoint{.note = response.note(),
                           .checkpoint = *std::move(checkpoint),
                           .verifier_key = response.verifier_key(),
                           .rotations = absl::StrJoin(response.key_rotations(), "")};
}

absl::Status CheckOffer(const OfferedCheckpoint& offer, const std::string& origin,
                        verify::LogKeys& keys) {
  if (offer.checkpoint.origin != origin) {
    return Refused(absl::StrCat("of the log ", offer.checkpoint.origin, ", not of ", origin));
  }
  const auto rotations = verify::KeyRotation::ParseNotes(offer.rotations);
  if (!rotations.ok()) return Refused(rotations.status().message());
  for (const verify::KeyRotation& rotation : *rotations) GS_RETURN_IF_ERROR(keys.Add(rotation));
  const absl::Status status = keys.Check(offer.checkpoint);
  if (status.ok()) return status;
  return absl::FailedPreconditionError(absl::StrCat("the server's checkpoint of size ",
                                                    offer.checkpoint.size, ": ", status.message()));
}

absl::StatusOr<bool> ProvesConsistency(LogService::Stub& log, const verify::SignedCheckpoint& older,
                                       const verify::SignedCheckpoint& newer) {
  if (older.size == newer.size) return older.root == newer.root;
  if (older.size == 0) return older.root == verify::Sha256("");  // Every log begins so.
  GS_ASSIGN_OR_RETURN(const std::vector<verify::Hash> proof,
                      FetchConsistencyProof(log, older.size, newer.size));
  return verify::CheckConsistency({.size = older.size, .root = older.root},
                                  {.size = newer.size, .root = newer.root}, proof);
}

absl::StatusOr<std::vector<verify::Hash>> FetchConsistencyProof(LogService::Stub& log,
                                                                int64_t old_size, int64_t size) {
  api::v1::GetConsistencyProofRequest request;
  request.set_old_size(old_size);
  request.set_size(size);
  api::v1::GetConsistencyProofResponse response;
  GS_RETURN_IF_ERROR(
      FromCall(Call(log, &LogService::Stub::GetConsistencyProof, request, response)));
  std::vector<verify::Hash> proof;
  for (const std::string& bytes : response.proof_hashes()) {
    const std::optional<verify::Hash> hash = verify::HashFromBytes(bytes);
    if (!hash.has_value()) return Refused("no proof: a hash has not 32 bytes");
    proof.push_back(*hash);
  }
  return proof;
}

}  // namespace goodstanding::tools
