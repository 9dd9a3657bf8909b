#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "goodstanding/event/v1/record.pb.h"
#include "tools/command_line.h"
#include "tools/output.h"
#include "tools/verify_command.h"
#include "verify/hashes.h"
#include "verify/log_keys.h"
#include "verify/proof_check.h"
#include "verify/signed_note.h"

namespace goodstanding::tools {
namespace {

constexpr char kAbout[] = "Check that an event is in a signed log: no server, only its public key";

constexpr char kExamples[] =
    "  goodstanding verify-proof event-6.tlog-proof --event event-6.bin --key goodstanding/0a…+…\n"
    "  goodstanding verify-proof event-6.tlog-proof --event event-6.bin --key … \\\n"
    "      --witness witness.example/w1+20324abe+… --witness … --quorum 1\n"
    "\n"
    "The event is the record as the log stores it, byte for byte, as `goodstanding prove` writes "
    "it.\n"
    "\n"
    "A log can change its key. Each key then signs sizes of its own, and a proof brings along how\n"
    "they followed each other; one from before a change does not: give --rotations with it.\n"
    "\n"
    "Exit code 0: proven; 1: not proven; 2: a file is not what it should be, or wrong use.";

struct ProofOptions {
  std::string file;
  std::string key;
  std::string rotations;
  std::string event;
  std::string leaf;
  std::vector<std::string> witnesses;
  std::optional<size_t> quorum;
  bool json = false;
};

void AddOptions(Command& command, ProofOptions& options) {
  command.Add("FILE", options.file, "The proof: a .tlog-proof file").Required();
  command.Add("--key", options.key, "The log's public key (name+id+base64); any one of them")
      .Required();
  command.Add("--rotations", options.rotations,
              "File that `goodstanding checkpoint --rotations` wrote");
  Command what = command.AddOneOf("event", "What is to be proven; one of these:");
  what.Add("--event", options.event, "File of the event's record as stored");
  what.Add("--leaf", options.leaf, "Hash of its leaf, 64 hex digits");
  command
      .Add("--witness", options.witnesses,
           "Public key of a witness that has to have cosigned; may be repeated")
      .OneValueEach();
  command.Add("--quorum", options.quorum, "How many of the witnesses suffice; else all");
  command.AddFlag("--json", options.json, "Print JSON");
}

struct ProvenEvent {
  verify::Hash leaf = {};
  std::optional<event::v1::Record> record;  // Where the event itself was given.
};

absl::StatusOr<ProvenEvent> ReadEvent(const ProofOptions& options, int64_t position) {
  ProvenEvent event;
  if (!options.leaf.empty()) {
    const std::string bytes = absl::HexStringToBytes(options.leaf);
    const std::optional<verify::Hash> leaf = verify::HashFromBytes(bytes);
    if (!leaf.has_value() || absl::BytesToHexString(bytes) != options.leaf) {
      return absl::InvalidArgumentError("--leaf takes 64 hex digits, in lower case");
    }
    event.leaf = *leaf;
    return event;
  }
  GS_ASSIGN_OR_RETURN(const std::string bytes, ReadSmallFile(options.event));
  event.leaf = verify::EventLeaf(position, verify::Sha256(bytes));
  if (!event.record.emplace().ParseFromString(bytes)) {
    return absl::InvalidArgumentError(absl::StrCat(options.event, " is no stored record"));
  }
  return event;
}

absl::StatusOr<verify::ProofDemands> ReadDemands(const ProofOptions& options) {
  GS_ASSIGN_OR_RETURN(const auto keys, ParseKeys({options.key}, KeyOwner::kLog));
  verify::ProofDemands demands{
      .origin = keys[0].name, .log = verify::LogKeys(keys), .witnesses = {}, .quorum = 0};
  if (!options.rotations.empty()) {
    GS_RETURN_IF_ERROR(AddRotations(options.rotations, demands.log));
  }
  GS_ASSIGN_OR_RETURN(demands.witnesses, ParseKeys(options.witnesses, KeyOwner::kWitness));
  demands.quorum = options.quorum.value_or(demands.witnesses.size());
  if (demands.quorum > demands.witnesses.size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--quorum ", demands.quorum, " of ", demands.witnesses.size(), " witnesses is impossible"));
  }
  return demands;
}

absl::StatusOr<verify::ProofFile> ReadProof(const std::string& path) {
  GS_ASSIGN_OR_RETURN(const std::string bytes, ReadSmallFile(path));
  absl::StatusOr<verify::ProofFile> proof = verify::ProofFile::Parse(bytes);
  if (proof.ok()) return proof;
  return absl::InvalidArgumentError(absl::StrCat(path, " is ", proof.status().message()));
}

absl::Status CheckEvent(const verify::ProofFile& proof, const ProvenEvent& event,
                        const verify::ProofDemands& demands) {
  GS_RETURN_IF_ERROR(verify::CheckProof(proof, event.leaf, demands));
  if (!event.record.has_value() || event.record->position() == proof.index + 1) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "the record says position ", event.record->position(), ", the proof ", proof.index + 1));
}

std::string ProofText(const verify::ProofFile& proof, const ProvenEvent& event,
                      const verify::ProofDemands& demands) {
  std::string text =
      absl::StrCat("Proven: position ", proof.index + 1, " of the ", proof.checkpoint.size,
                   " events that ", proof.checkpoint.origin, " signed\n");
  if (event.record.has_value()) {
    absl::StrAppend(
        &text,
        NameValueLines(
            {{"Event", event.record->kind()},
             {"Stream",
              absl::StrCat(event.record->stream(), ", version ", event.record->version())},
             {"Recorded", absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ",
                                           absl::FromUnixMicros(event.record->recorded_micros()),
                                           absl::UTCTimeZone())}}));
  }
  if (demands.quorum > 0) {
    absl::StrAppend(&text, "Cosigned by at least ", demands.quorum, " of ",
                    demands.witnesses.size(), " witnesses\n");
  }
  return text;
}

std::string ProofJson(const verify::ProofFile& proof, const absl::Status& status) {
  return absl::StrCat("{\"proven\": ", status.ok() ? "true" : "false",
                      ", \"why_not\": ", JsonString(status.message()),
                      ", \"position\": ", proof.index + 1,
                      ", \"origin\": ", JsonString(proof.checkpoint.origin),
                      ", \"size\": ", proof.checkpoint.size, "}\n");
}

absl::StatusOr<int> VerifyProof(const ProofOptions& options) {
  GS_ASSIGN_OR_RETURN(const verify::ProofDemands demands, ReadDemands(options));
  GS_ASSIGN_OR_RETURN(const verify::ProofFile proof, ReadProof(options.file));
  GS_ASSIGN_OR_RETURN(const ProvenEvent event, ReadEvent(options, proof.index + 1));
  const absl::Status status = CheckEvent(proof, event, demands);
  std::string text;
  if (options.json) {
    text = ProofJson(proof, status);
  } else if (status.ok()) {
    text = ProofText(proof, event, demands);
  } else {
    text = absl::StrCat("Not proven: ", Printable(status.message()), "\n");
  }
  std::fputs(text.c_str(), stdout);
  return status.ok() ? 0 : kExitRefused;
}

int Run(const ProofOptions& options) {
  const absl::StatusOr<int> code = VerifyProof(options);
  if (code.ok()) return *code;
  std::fprintf(stderr, "%s\n", std::string(code.status().message()).c_str());
  return kExitUsage;
}

}  // namespace

void AddVerifyProofCommand(Commands& commands) {
  commands.Add("verify-proof", kAbout, kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
