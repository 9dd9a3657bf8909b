#include "tools/witness.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "eventstore/note.h"
#include "tools/client.h"
#include "tools/connection.h"
#include "verify/log_keys.h"

namespace goodstanding::tools {
namespace {

using api::v1::LogService;

// Why the offered checkpoint contradicts the one that was seen; empty where it does not.
absl::StatusOr<std::string> Contradiction(LogService::Stub& log,
                                          const verify::SignedCheckpoint& seen,
                                          const verify::SignedCheckpoint& offered) {
  if (offered.size < seen.size) {
    return absl::StrCat("it has ", offered.size, " events, and had ", seen.size, " before");
  }
  GS_ASSIGN_OR_RETURN(const bool consistent, ProvesConsistency(log, seen, offered));
  if (consistent) return "";
  if (offered.size == seen.size) {
    return absl::StrCat("its ", seen.size, " events have another root than before");
  }
  return absl::StrCat("its ", offered.size, " events do not begin with the ", seen.size,
                      " that it had before");
}

}  // namespace

absl::StatusOr<Witness::Seen> Witness::ReadSeen() const {
  Seen seen;
  GS_ASSIGN_OR_RETURN(seen.note, folder_.ReadSeen(log_.name));
  if (seen.note.empty()) return seen;
  auto checkpoint = verify::SignedCheckpoint::Parse(seen.note);
  if (!checkpoint.ok() || checkpoint->origin != log_.name) {
    return absl::FailedPreconditionError(
        absl::StrCat("the checkpoint that was kept is none of ", log_.name));
  }
  seen.checkpoint = *std::move(checkpoint);
  return seen;
}

// A log that has lost what it had signed has nothing as large; its smaller checkpoint is evidence.
absl::StatusOr<OfferedCheckpoint> Witness::Fetch(LogService::Stub& log, const Seen& seen) const {
  auto offer = FetchCheckpoint(log, seen.checkpoint.size);
  if (absl::IsOutOfRange(offer.status())) offer = FetchCheckpoint(log, 0);
  return offer;
}

// What is known of the log's keys only grows: a server cannot take a rotation back.
absl::Status Witness::CheckSignature(const OfferedCheckpoint& offer) {
  GS_ASSIGN_OR_RETURN(const std::string known, folder_.ReadRotations(log_.name));
  const auto rotations = verify::KeyRotation::ParseNotes(known);
  if (!rotations.ok()) return absl::FailedPreconditionError(rotations.status().message());
  verify::LogKeys keys({log_});
  for (const verify::KeyRotation& rotation : *rotations) GS_RETURN_IF_ERROR(keys.Add(rotation));
  GS_RETURN_IF_ERROR(CheckOffer(offer, log_.name, keys));
  if (offer.rotations.size() <= known.size()) return absl::OkStatus();
  return folder_.WriteRotations(log_.name, offer.rotations);
}

bool Witness::HasOurs(const OfferedCheckpoint& offer) const {
  const auto key = verify::PublicKey::Parse(folder_.key().public_key().ToText());
  return key.ok() && offer.checkpoint.Check(*key) == verify::SignedCheckpoint::Verdict::kValid;
}

absl::Status Witness::Cosign(const OfferedCheckpoint& offer, LogService::Stub& log) const {
  eventstore::Note note;
  note.text = offer.checkpoint.text;
  note.signatures.push_back(folder_.key().Cosign(note.text, absl::ToUnixSeconds(clock_.Now())));
  api::v1::AddCosignaturesRequest request;
  request.set_note(note.ToText());
  api::v1::AddCosignaturesResponse response;
  return FromCall(Call(log, &LogService::Stub::AddCosignatures, request, response));
}

absl::StatusOr<WitnessRound> Witness::Look(LogService::Stub& log) {
  GS_ASSIGN_OR_RETURN(const Seen seen, ReadSeen());
  GS_ASSIGN_OR_RETURN(const OfferedCheckpoint offer, Fetch(log, seen));
  GS_RETURN_IF_ERROR(CheckSignature(offer));
  WitnessRound round;
  round.checkpoint = offer.checkpoint;
  if (!seen.note.empty()) {
    GS_ASSIGN_OR_RETURN(round.why, Contradiction(log, seen.checkpoint, offer.checkpoint));
  }
  if (!round.why.empty()) {
    round.outcome = WitnessRound::Outcome::kInconsistent;
    GS_ASSIGN_OR_RETURN(round.evidence, folder_.KeepEvidence(log_.name, seen.note, offer.note));
    return round;
  }
  const bool is_new = seen.note.empty() || offer.checkpoint.size > seen.checkpoint.size;
  if (!is_new && HasOurs(offer)) return round;
  if (is_new) GS_RETURN_IF_ERROR(folder_.WriteSeen(log_.name, offer.note));
  GS_RETURN_IF_ERROR(Cosign(offer, log));
  round.outcome = WitnessRound::Outcome::kCosigned;
  return round;
}

}  // namespace goodstanding::tools
