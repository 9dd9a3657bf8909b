#include "services/log_service.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "eventstore/key_rotation.h"

namespace goodstanding::services {
namespace {

using api::v1::LogService;
using domain::Refuse;
using eventstore::Hash;

// What the methods read.
struct LogSide {
  const eventstore::EventStore& store;
  eventstore::CheckpointIssuer& issuer;
};

// INVALID_ARGUMENT for a number below `least`, POSITION_BEYOND_HEAD for one above the head.
absl::Status CheckNumber(const LogSide& side, absl::string_view field, int64_t number,
                         int64_t least) {
  if (number < least) {
    return Refuse("INVALID_ARGUMENT", absl::StrCat(field, " must be from ", least, "."), field);
  }
  const int64_t head = side.store.Head();
  if (number <= head) return absl::OkStatus();
  return Refuse("POSITION_BEYOND_HEAD",
                absl::StrCat("The log has ", head, " events; ", field, " is ", number, "."), field,
                {{"headPosition", absl::StrCat(head)}, {std::string(field), absl::StrCat(number)}});
}

absl::Status CheckOrder(absl::string_view field, int64_t number, int64_t size) {
  if (number <= size) return absl::OkStatus();
  return Refuse("INVALID_ARGUMENT", absl::StrCat(field, " must not be above size."), field);
}

template <typename Hashes>
void FillHashes(const std::vector<Hash>& proof, Hashes& hashes) {
  for (const Hash& hash : proof) hashes.Add(std::string(eventstore::BytesOf(hash)));
}

absl::Status GetCheckpoint(const LogSide& side, const api::v1::GetCheckpointRequest& request,
                           api::v1::GetCheckpointResponse& response) {
  GS_RETURN_IF_ERROR(CheckNumber(side, "min_size", request.min_size(), 0));
  GS_ASSIGN_OR_RETURN(const auto stored, side.issuer.AtLeast(request.min_size()));
  response.set_note(stored.note);
  response.set_size(stored.size);
  response.set_verifier_key(side.issuer.public_key().ToText());
  GS_ASSIGN_OR_RETURN(const std::vector<std::string> notes,
                      eventstore::KeyRotationNotes(side.store));
  for (const std::string& note : notes) response.add_key_rotations(note);
  return absl::OkStatus();
}

absl::Status GetInclusionProof(const LogSide& side,
                               const api::v1::GetInclusionProofRequest& request,
                               api::v1::GetInclusionProofResponse& response) {
  GS_RETURN_IF_ERROR(CheckNumber(side, "size", request.size(), 1));
  GS_RETURN_IF_ERROR(CheckNumber(side, "position", request.position(), 1));
  GS_RETURN_IF_ERROR(CheckOrder("position", request.position(), request.size()));
  GS_ASSIGN_OR_RETURN(const std::string record, side.store.StoredRecord(request.position()));
  GS_ASSIGN_OR_RETURN(const std::vector<Hash> proof,
                      side.store.ProveInclusion(request.position(), request.size()));
  const Hash leaf = eventstore::EventLeaf(request.position(), record);
  response.set_leaf_index(request.position() - 1);
  response.set_leaf_hash(std::string(eventstore::BytesOf(leaf)));
  FillHashes(proof, *response.mutable_proof_hashes());
  return absl::OkStatus();
}

absl::Status GetConsistencyProof(const LogSide& side,
                                 const api::v1::GetConsistencyProofRequest& request,
                                 api::v1::GetConsistencyProofResponse& response) {
  GS_RETURN_IF_ERROR(CheckNumber(side, "size", request.size(), 1));
  GS_RETURN_IF_ERROR(CheckNumber(side, "old_size", request.old_size(), 1));
  GS_RETURN_IF_ERROR(CheckOrder("old_size", request.old_size(), request.size()));
  GS_ASSIGN_OR_RETURN(const std::vector<Hash> proof,
                      side.store.ProveConsistency(request.old_size(), request.size()));
  FillHashes(proof, *response.mutable_proof_hashes());
  return absl::OkStatus();
}

// As many notes as a proof file has room for, which is at most 128 KiB.
absl::StatusOr<std::string> NewestKeyRotations(const eventstore::EventStore& store) {
  constexpr size_t kMaxBytes = 32 << 10;
  GS_ASSIGN_OR_RETURN(const std::vector<std::string> notes, eventstore::KeyRotationNotes(store));
  std::string newest;
  for (auto note = notes.rbegin(); note != notes.rend(); ++note) {
    if (newest.size() + note->size() > kMaxBytes) break;
    newest.insert(0, *note);
  }
  return newest;
}

absl::Status GetEventProof(const LogSide& side, const api::v1::GetEventProofRequest& request,
                           api::v1::GetEventProofResponse& response) {
  GS_RETURN_IF_ERROR(CheckNumber(side, "position", request.position(), 1));
  GS_ASSIGN_OR_RETURN(*response.mutable_record(), side.store.StoredRecord(request.position()));
  GS_ASSIGN_OR_RETURN(const auto stored, side.issuer.AtLeast(request.position()));
  eventstore::ProofFile file;
  file.index = request.position() - 1;
  file.checkpoint = stored.note;
  GS_ASSIGN_OR_RETURN(file.extra, NewestKeyRotations(side.store));
  GS_ASSIGN_OR_RETURN(file.proof, side.store.ProveInclusion(request.position(), stored.size));
  response.set_proof(file.ToText());
  return absl::OkStatus();
}

absl::Status AddCosignatures(const LogSide& side, const api::v1::AddCosignaturesRequest& request,
                             api::v1::AddCosignaturesResponse& response) {
  const auto stored = side.issuer.AddCosignatures(request.note());
  if (absl::IsInvalidArgument(stored.status())) {
    return Refuse("INVALID_ARGUMENT", absl::StrCat("note: ", stored.status().message(), "."),
                  "note");
  }
  if (absl::IsNotFound(stored.status())) {
    return Refuse("WITNESS_NOT_KNOWN",
                  "The note has no cosignature of a witness that the server was told of.", "note");
  }
  GS_RETURN_IF_ERROR(stored.status());
  response.set_note(stored->note);
  return absl::OkStatus();
}

}  // namespace

void ServeLog(Loop& loop, LogService::AsyncService& service, const eventstore::EventStore& store,
              eventstore::CheckpointIssuer& issuer, Worker& worker) {
  using Service = LogService::AsyncService;
  const auto serve = [&](auto accept, auto answer) {
    loop.Serve(service, accept, [&store, &issuer, &worker, answer](auto& call) {
      const absl::Status queued = worker.Run([&store, &issuer, &call, answer] {
        call.Finish(answer(LogSide{store, issuer}, call.request(), call.response()));
      });
      if (!queued.ok()) call.Finish(queued);
    });
  };
  serve(&Service::RequestGetCheckpoint, GetCheckpoint);
  serve(&Service::RequestGetInclusionProof, GetInclusionProof);
  serve(&Service::RequestGetConsistencyProof, GetConsistencyProof);
  serve(&Service::RequestGetEventProof, GetEventProof);
  serve(&Service::RequestAddCosignatures, AddCosignatures);
}

}  // namespace goodstanding::services
