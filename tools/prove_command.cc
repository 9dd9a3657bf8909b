#include <cstdint>
#include <cstdio>
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
#include "verify/hashes.h"
#include "verify/log_keys.h"
#include "verify/proof_check.h"

namespace goodstanding::tools {
namespace {

constexpr char kAbout[] = "Write the proof that an event is in the log, or that the log only grew";

constexpr char kExamples[] =
    "  goodstanding prove 6                       event-6.bin and event-6.tlog-proof\n"
    "  goodstanding prove 6 --out dossier/ana --key goodstanding/0a…+402d4ae1+AQOh…\n"
    "  goodstanding verify-proof event-6.tlog-proof --event event-6.bin --key …\n"
    "  goodstanding prove --old-size 6 --size 8   that the log of 6 events begins that of 8\n"
    "\n"
    "The first form writes the record as it is stored, and its proof with the newest checkpoint\n"
    "that covers it: with the log's public key they are checked anywhere, without a server. The\n"
    "second one prints the hashes in the order of RFC 6962, a line of base64 each.\n"
    "\n"
    "Exit code 1 where the log is not so long, or the proof does not hold under --key.";

struct ProveOptions {
  Connection connection;
  int64_t position = 0;
  int64_t old_size = 0;
  int64_t size = 0;
  std::string out;
  std::string key;
};

void AddOptions(Command& command, ProveOptions& options) {
  const Option position = command.Add("POSITION", options.position, "The event").AtLeast(1);
  const Option size = command.Add("--size", options.size, "The larger size").AtLeast(1);
  command.Add("--old-size", options.old_size, "The smaller size")
      .AtLeast(1)
      .Excludes(position)
      .Needs(size);
  size.Excludes(position);
  command.Add("--out", options.out,
              "What the two files are called before .bin and .tlog-proof (default: "
              "event-POSITION)");
  command.Add("--key", options.key,
              "The log's public key (name+id+base64): nothing is written unless the proof "
              "holds under it");
  AddServer(command, options.connection);
}

// OK where no key is given.
absl::Status CheckUnderKey(const ProveOptions& options,
                           const api::v1::GetEventProofResponse& proof) {
  if (options.key.empty()) return absl::OkStatus();
  GS_ASSIGN_OR_RETURN(const auto keys, ParseKeys({options.key}, KeyOwner::kLog));
  GS_ASSIGN_OR_RETURN(const auto file, verify::ProofFile::Parse(proof.proof()));
  if (file.index != options.position - 1) {
    return absl::FailedPreconditionError("the proof is of another event");
  }
  return verify::CheckProof(
      file, verify::EventLeaf(options.position, verify::Sha256(proof.record())),
      {.origin = keys[0].name, .log = verify::LogKeys(keys), .witnesses = {}, .quorum = 0});
}

absl::StatusOr<int> ProveEvent(const ProveOptions& options, const Client& client) {
  api::v1::GetEventProofRequest request;
  request.set_position(options.position);
  api::v1::GetEventProofResponse proof;
  GS_RETURN_IF_ERROR(
      FromCall(Call(client.log(), &api::v1::LogService::Stub::GetEventProof, request, proof)));
  const absl::Status holds = CheckUnderKey(options, proof);
  if (absl::IsFailedPrecondition(holds)) {
    absl::FPrintF(stderr, "Not proven: %s\n", Printable(holds.message()));
    return kExitRefused;
  }
  GS_RETURN_IF_ERROR(holds);
  const std::string name =
      options.out.empty() ? absl::StrCat("event-", options.position) : options.out;
  GS_RETURN_IF_ERROR(WriteSmallFile(absl::StrCat(name, ".bin"), proof.record()));
  GS_RETURN_IF_ERROR(WriteSmallFile(absl::StrCat(name, ".tlog-proof"), proof.proof()));
  absl::PrintF("%s.bin\n%s.tlog-proof\n", name, name);
  return 0;
}

absl::StatusOr<int> ProveConsistency(const ProveOptions& options, const Client& client) {
  GS_ASSIGN_OR_RETURN(const std::vector<verify::Hash> proof,
                      FetchConsistencyProof(client.log(), options.old_size, options.size));
  for (const verify::Hash& hash : proof) absl::PrintF("%s\n", verify::Base64(hash));
  return 0;
}

absl::StatusOr<int> Prove(const ProveOptions& options) {
  if (options.position == 0 && options.old_size == 0) {
    return absl::InvalidArgumentError(
        "Say what is to be proven: give a POSITION, or --old-size and --size.");
  }
  const Client client = Connect(options.connection);
  return options.position > 0 ? ProveEvent(options, client) : ProveConsistency(options, client);
}

int Run(const ProveOptions& options) {
  const absl::StatusOr<int> code = Prove(options);
  return code.ok() ? *code : Finish(code.status(), options.connection);
}

}  // namespace

void AddProveCommand(Commands& commands) {
  commands.Add("prove", kAbout, kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
