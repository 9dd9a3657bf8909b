// A witness of a log: it cosigns a checkpoint only where that extends every one that it cosigned
// before. Two who are shown different logs under one name cannot both be shown cosignatures of the
// same witness.
#ifndef GOODSTANDING_TOOLS_WITNESS_H_
#define GOODSTANDING_TOOLS_WITNESS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "goodstanding/api/v1/log_service.grpc.pb.h"
#include "tools/offered_checkpoint.h"
#include "tools/witness_folder.h"
#include "verify/signed_note.h"

namespace goodstanding::tools {

// What came of looking at a log once.
struct WitnessRound {
  enum class Outcome {
    kCosigned,
    kUpToDate,  // Its newest checkpoint has our cosignature already.
    // It contradicts what was seen before. Nothing was cosigned, both notes are kept.
    kInconsistent,
  };
  Outcome outcome = Outcome::kUpToDate;
  verify::SignedCheckpoint checkpoint;  // The one that was offered.
  std::string why;                      // Of kInconsistent: a clause.
  std::string evidence;                 // The same: the folder of the notes.
};

// Not thread-safe.
class Witness {
 public:
  // `log` is a key of the log, known from elsewhere; its name is the origin. The folder and the
  // clock outlive it.
  Witness(WitnessFolder& folder, verify::PublicKey log, const Clock& clock)
      : folder_(folder), log_(std::move(log)), clock_(clock) {}

  // Fetches the newest checkpoint, checks it, keeps it, cosigns it and hands the cosignature in, in
  // this order. Errors, after which nothing was cosigned or the server did not take it: the failed
  // call (FromCall); FAILED_PRECONDITION where the checkpoint is not signed by the log, or the
  // folder holds something else than it wrote; UNAVAILABLE where the folder cannot be written.
  absl::StatusOr<WitnessRound> Look(api::v1::LogService::Stub& log);

 private:
  struct Seen {
    std::string note;  // Empty where nothing was seen.
    verify::SignedCheckpoint checkpoint;
  };
  absl::StatusOr<Seen> ReadSeen() const;
  absl::StatusOr<OfferedCheckpoint> Fetch(api::v1::LogService::Stub& log, const Seen& seen) const;
  absl::Status CheckSignature(const OfferedCheckpoint& offer);
  bool HasOurs(const OfferedCheckpoint& offer) const;
  absl::Status Cosign(const OfferedCheckpoint& offer, api::v1::LogService::Stub& log) const;

  WitnessFolder& folder_;
  const verify::PublicKey log_;
  const Clock& clock_;
};

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_WITNESS_H_
