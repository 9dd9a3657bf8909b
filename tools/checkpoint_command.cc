#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/offered_checkpoint.h"
#include "tools/output.h"
#include "tools/verify_command.h"

namespace goodstanding::tools {
namespace {

constexpr char kAbout[] = "Fetch the newest signed checkpoint of a server's log, and check it";

constexpr char kExamples[] =
    "  goodstanding checkpoint --key goodstanding/0a…+402d4ae1+AQOh… --out kept.txt\n"
    "  goodstanding checkpoint --key … --since kept.txt      the log extends what was kept\n"
    "  goodstanding checkpoint                               the note alone; its key is told\n"
    "\n"
    "A checkpoint commits to every event up to its size. Keep one now and then where the server's\n"
    "keepers cannot reach it: `goodstanding verify --checkpoint`, and --since here, then find any\n"
    "rewriting of what it covers.\n"
    "\n"
    "Exit code 0: printed, and as it must be; 1: it is not, and nothing is printed or written;\n"
    "4: it is signed, but contradicts the one of --since.";

struct CheckpointOptions {
  Connection connection;
  std::string key;
  std::string since;
  int64_t min_size = 0;
  std::string out;
  std::string rotations;
};

void AddOptions(Command& command, CheckpointOptions& options) {
  command.Add("--key", options.key,
              "The log's public key (name+id+base64), known from elsewhere; any one of them "
              "where it was rotated");
  command.Add("--since", options.since,
              "File of a checkpoint that was kept: the log has to extend it");
  command.Add("--min-size", options.min_size, "Of at least this size").AtLeast(0);
  command.Add("--out", options.out, "File to write the note to (default: print it)");
  command.Add("--rotations", options.rotations,
              "File to write the log's key rotations to, for verify-proof");
  AddServer(command, options.connection);
}

struct Kept {
  std::optional<verify::PublicKey> key;
  std::optional<verify::SignedCheckpoint> since;
};

absl::StatusOr<Kept> ReadKept(const CheckpointOptions& options) {
  Kept kept;
  if (!options.key.empty()) {
    GS_ASSIGN_OR_RETURN(const auto keys, ParseKeys({options.key}, KeyOwner::kLog));
    kept.key = keys[0];
  }
  if (options.since.empty()) return kept;
  GS_ASSIGN_OR_RETURN(const std::string note, ReadSmallFile(options.since));
  const auto since = verify::SignedCheckpoint::Parse(note);
  if (!since.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.since, " is ", since.status().message()));
  }
  kept.since = *since;
  return kept;
}

// FAILED_PRECONDITION where a key is given and did not sign the offer, or what was kept.
absl::Status CheckSignatures(const OfferedCheckpoint& offer, const Kept& kept) {
  const std::string& origin = offer.checkpoint.origin;
  if (kept.since.has_value() && kept.since->origin != origin) {
    return absl::FailedPreconditionError(
        absl::StrCat("what was kept is of the log ", kept.since->origin, ", not of ", origin));
  }
  if (!kept.key.has_value()) return absl::OkStatus();
  verify::LogKeys keys({*kept.key});
  GS_RETURN_IF_ERROR(CheckOffer(offer, kept.key->name, keys));
  if (!kept.since.has_value()) return absl::OkStatus();
  const absl::Status status = keys.Check(*kept.since);
  if (status.ok()) return status;
  return absl::FailedPreconditionError(
      absl::StrCat("the checkpoint that was kept: ", status.message()));
}

// The server may have lost what it had signed: then there is nothing as large to fetch.
absl::StatusOr<OfferedCheckpoint> Fetch(const CheckpointOptions& options, const Kept& kept,
                                        const Client& client) {
  const int64_t since = kept.since.has_value() ? kept.since->size : 0;
  auto offer = FetchCheckpoint(client.log(), std::max(options.min_size, since));
  if (absl::IsOutOfRange(offer.status()) && options.min_size <= since) {
    offer = FetchCheckpoint(client.log(), 0);
  }
  return offer;
}

absl::StatusOr<bool> Extends(const OfferedCheckpoint& offer, const Kept& kept,
                             const Client& client) {
  if (!kept.since.has_value()) return true;
  if (offer.checkpoint.size < kept.since->size) return false;
  return ProvesConsistency(client.log(), *kept.since, offer.checkpoint);
}

void TellWhatIsKnown(const CheckpointOptions& options, const OfferedCheckpoint& offer,
                     const Kept& kept) {
  if (kept.since.has_value()) {
    absl::FPrintF(stderr, "The log of %d events extends that of %d in %s.\n", offer.checkpoint.size,
                  kept.since->size, options.since);
  }
  if (!kept.key.has_value()) {
    absl::FPrintF(stderr,
                  "No signature was checked (--key). By its own word the server's key is:\n%s\n",
                  Printable(offer.verifier_key));
  }
}

absl::StatusOr<int> Checkpoint(const CheckpointOptions& options) {
  GS_ASSIGN_OR_RETURN(const Kept kept, ReadKept(options));
  const Client client = Connect(options.connection);
  GS_ASSIGN_OR_RETURN(const OfferedCheckpoint offer, Fetch(options, kept, client));
  const absl::Status is_signed = CheckSignatures(offer, kept);
  if (!is_signed.ok()) {
    absl::FPrintF(stderr, "Not accepted: %s\n", Printable(is_signed.message()));
    return kExitRefused;
  }
  GS_ASSIGN_OR_RETURN(const bool extends, Extends(offer, kept, client));
  if (!extends) {
    absl::FPrintF(stderr,
                  "THE LOG CONTRADICTS ITSELF: its checkpoint of %d events does not extend that of "
                  "%d in %s. Keep both:\n%s",
                  offer.checkpoint.size, kept.since->size, options.since, offer.note);
    return kExitInconsistent;
  }
  if (!options.rotations.empty()) {
    GS_RETURN_IF_ERROR(WriteSmallFile(options.rotations, offer.rotations));
  }
  if (options.out.empty()) {
    std::fputs(offer.note.c_str(), stdout);
  } else {
    GS_RETURN_IF_ERROR(WriteSmallFile(options.out, offer.note));
  }
  TellWhatIsKnown(options, offer, kept);
  return 0;
}

int Run(const CheckpointOptions& options) {
  const absl::StatusOr<int> code = Checkpoint(options);
  if (code.ok()) return *code;
  const int failed = Finish(code.status(), options.connection);
  return absl::IsFailedPrecondition(code.status()) ? kExitRefused : failed;
}

}  // namespace

void AddCheckpointCommand(Commands& commands) {
  commands.Add("checkpoint", kAbout, kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
