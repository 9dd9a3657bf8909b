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
#include "verify/dossier.h"
#include "verify/hashes.h"
#include "verify/letter.h"
#include "verify/log_keys.h"
#include "verify/proof_check.h"
#include "verify/signed_note.h"

namespace goodstanding::tools {
namespace {

constexpr char kAbout[] =
    "Check that an event, or a dossier, is in a signed log: no server, only its public key";

constexpr char kExamples[] =
    "  goodstanding verify-proof event-6.tlog-proof --event event-6.bin --key goodstanding/0a…+…\n"
    "  goodstanding verify-proof event-6.tlog-proof --event event-6.bin --key … \\\n"
    "      --witness witness.example/w1+20324abe+… --witness … --quorum 1\n"
    "  goodstanding verify-proof ana.dossier --key …\n"
    "  goodstanding verify-proof ana.letter --key goodstanding/0a…/letters+…\n"
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
  command.Add("FILE", options.file, "The proof: a .tlog-proof file, a dossier or a letter")
      .Required();
  command.Add("--key", options.key, "The log's public key (name+id+base64); any one of them")
      .Required();
  command.Add("--rotations", options.rotations,
              "File that `goodstanding checkpoint --rotations` wrote");
  const Option event =
      command.Add("--event", options.event, "What is proven: file of the event's record as stored");
  command.Add("--leaf", options.leaf, "What is proven: hash of the event's leaf, 64 hex digits")
      .Excludes(event);
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

absl::StatusOr<verify::ProofFile> ReadProof(const std::string& path, const std::string& bytes) {
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

// Prints what a dossier proves, or why it does not.
absl::StatusOr<int> VerifyDossier(const ProofOptions& options, const std::string& bytes,
                                  const verify::ProofDemands& demands) {
  if (!options.event.empty() || !options.leaf.empty()) {
    return absl::InvalidArgumentError("A dossier holds its events: leave out --event and --leaf.");
  }
  const absl::StatusOr<verify::Dossier> dossier = verify::Dossier::Parse(bytes);
  if (!dossier.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.file, " is ", dossier.status().message()));
  }
  const absl::StatusOr<verify::ProvenDossier> proven = verify::CheckDossier(*dossier, demands);
  std::string text;
  if (options.json) {
    text = absl::StrCat("{\"proven\": ", proven.ok() ? "true" : "false",
                        ", \"why_not\": ", JsonString(proven.status().message()),
                        ", \"certificant\": ", JsonString(dossier->certificant_id),
                        ", \"events\": ", dossier->records.size(),
                        ", \"origin\": ", JsonString(dossier->checkpoint.origin),
                        ", \"size\": ", dossier->checkpoint.size, "}\n");
  } else {
    text = proven.ok() ? verify::ProvenText(*dossier, *proven)
                       : absl::StrCat("Not proven: ", Printable(proven.status().message()), "\n");
  }
  std::fputs(text.c_str(), stdout);
  return proven.ok() ? 0 : kExitRefused;
}

// Prints what a letter says, or why that is not what the board said.
absl::StatusOr<int> VerifyLetter(const ProofOptions& options, const std::string& bytes) {
  GS_ASSIGN_OR_RETURN(const auto keys, ParseKeys({options.key}, KeyOwner::kLog));
  const absl::StatusOr<std::string> said = verify::CheckLetter(bytes, keys[0]);
  if (absl::IsInvalidArgument(said.status())) {
    return absl::InvalidArgumentError(absl::StrCat(options.file, " is ", said.status().message()));
  }
  std::string text = absl::StrCat("Not proven: ", Printable(said.status().message()), "\n");
  if (options.json) {
    text = absl::StrCat("{\"proven\": ", said.ok() ? "true" : "false",
                        ", \"why_not\": ", JsonString(said.status().message()),
                        ", \"said\": ", JsonString(said.ok() ? *said : std::string()), "}\n");
  } else if (said.ok()) {
    text = absl::StrCat("Signed by ", keys[0].name, ":\n", *said);
  }
  std::fputs(text.c_str(), stdout);
  return said.ok() ? 0 : kExitRefused;
}

absl::StatusOr<int> VerifyProof(const ProofOptions& options) {
  GS_ASSIGN_OR_RETURN(const verify::ProofDemands demands, ReadDemands(options));
  GS_ASSIGN_OR_RETURN(const std::string bytes,
                      ReadSmallFile(options.file, verify::kMaxDossierBytes));
  if (verify::IsLetter(bytes)) return VerifyLetter(options, bytes);
  if (verify::IsDossier(bytes)) return VerifyDossier(options, bytes, demands);
  if (options.event.empty() && options.leaf.empty()) {
    return absl::InvalidArgumentError("Say what is to be proven: give --event or --leaf.");
  }
  GS_ASSIGN_OR_RETURN(const verify::ProofFile proof, ReadProof(options.file, bytes));
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
