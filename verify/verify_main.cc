// goodstanding_verify: checks a dossier, or a proof of one event, with the log's public key, and a
// letter with that for letters. One static program for whoever has nothing else of Goodstanding.
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "verify/dossier.h"
#include "verify/hashes.h"
#include "verify/letter.h"
#include "verify/log_keys.h"
#include "verify/proof_check.h"
#include "verify/signed_note.h"
#include "verify/stored_bytes.h"

namespace goodstanding::verify {
namespace {

constexpr int kExitRefused = 1;
constexpr int kExitUsage = 2;

constexpr char kUsage[] =
    "goodstanding_verify FILE --key KEY [--event RECORD] [--witness KEY]...\n"
    "\n"
    "Checks that a letter is signed by this public key (name+id+base64), the board's for letters;\n"
    "or that a dossier, or a .tlog-proof of the event in the file RECORD, is in the log with this\n"
    "key, cosigned by each of the witnesses. Ask whoever runs the log for the key, not whoever "
    "gave\n"
    "you the file.\n"
    "\n"
    "Exit code 0: proven; 1: not proven; 2: a file is not what it should be, or wrong use.\n";

struct Arguments {
  std::string file;
  std::string key;
  std::string event;
  std::vector<std::string> witnesses;
};

absl::StatusOr<Arguments> ReadArguments(const std::vector<std::string>& words) {
  Arguments arguments;
  for (size_t i = 0; i < words.size(); ++i) {
    const bool option = words[i].substr(0, 2) == "--";
    if (option && i + 1 == words.size()) return absl::InvalidArgumentError(kUsage);
    if (words[i] == "--key") {
      arguments.key = words[++i];
    } else if (words[i] == "--event") {
      arguments.event = words[++i];
    } else if (words[i] == "--witness") {
      arguments.witnesses.push_back(words[++i]);
    } else if (!option && arguments.file.empty()) {
      arguments.file = words[i];
    } else {
      return absl::InvalidArgumentError(kUsage);
    }
  }
  if (arguments.file.empty() || arguments.key.empty()) return absl::InvalidArgumentError(kUsage);
  return arguments;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string bytes(kMaxDossierBytes + 1, '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (stream.bad() || stream.gcount() == 0) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read ", path, "\n"));
  }
  bytes.resize(static_cast<size_t>(stream.gcount()));
  return bytes;
}

absl::StatusOr<ProofDemands> ReadDemands(const Arguments& arguments) {
  GS_ASSIGN_OR_RETURN(const PublicKey key, PublicKey::Parse(arguments.key));
  ProofDemands demands{.origin = key.name, .log = LogKeys({key}), .witnesses = {}, .quorum = 0};
  for (const std::string& text : arguments.witnesses) {
    GS_ASSIGN_OR_RETURN(PublicKey witness, PublicKey::Parse(text));
    demands.witnesses.push_back(std::move(witness));
  }
  demands.quorum = demands.witnesses.size();
  return demands;
}

// What is proven, as text; FAILED_PRECONDITION where it is not.
absl::StatusOr<std::string> CheckDossierFile(const std::string& bytes,
                                             const ProofDemands& demands) {
  GS_ASSIGN_OR_RETURN(const Dossier dossier, Dossier::Parse(bytes));
  GS_ASSIGN_OR_RETURN(const ProvenDossier proven, CheckDossier(dossier, demands));
  return ProvenText(dossier, proven);
}

absl::StatusOr<std::string> CheckProofFile(const std::string& bytes, const Arguments& arguments,
                                           const ProofDemands& demands) {
  if (arguments.event.empty()) return absl::InvalidArgumentError(kUsage);
  GS_ASSIGN_OR_RETURN(const ProofFile proof, ProofFile::Parse(bytes));
  GS_ASSIGN_OR_RETURN(const std::string record, ReadFile(arguments.event));
  GS_RETURN_IF_ERROR(CheckProof(proof, EventLeaf(proof.index + 1, Sha256(record)), demands));
  const auto fields = ReadRecord(record);
  if (!fields.has_value() || fields->position != proof.index + 1) {
    return absl::FailedPreconditionError("the record names another position than the proof");
  }
  return absl::StrCat("Proven: position ", proof.index + 1, " of the ", proof.checkpoint.size,
                      " events that ", proof.checkpoint.origin, " signed\n");
}

absl::StatusOr<std::string> Verify(const std::vector<std::string>& words) {
  GS_ASSIGN_OR_RETURN(const Arguments arguments, ReadArguments(words));
  GS_ASSIGN_OR_RETURN(const ProofDemands demands, ReadDemands(arguments));
  GS_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(arguments.file));
  if (IsLetter(bytes)) {
    GS_ASSIGN_OR_RETURN(const PublicKey key, PublicKey::Parse(arguments.key));
    GS_ASSIGN_OR_RETURN(const std::string said, CheckLetter(bytes, key));
    return absl::StrCat("Signed by ", key.name, ":\n", said);
  }
  return IsDossier(bytes) ? CheckDossierFile(bytes, demands)
                          : CheckProofFile(bytes, arguments, demands);
}

int Main(const std::vector<std::string>& words) {
  const absl::StatusOr<std::string> text = Verify(words);
  if (text.ok()) {
    std::fputs(text->c_str(), stdout);
    return 0;
  }
  const std::string why(text.status().message());
  if (absl::IsFailedPrecondition(text.status())) {
    std::fprintf(stdout, "Not proven: %s\n", why.c_str());
    return kExitRefused;
  }
  std::fprintf(stderr, "%s\n", why.c_str());
  return kExitUsage;
}

}  // namespace
}  // namespace goodstanding::verify

int main(int argc, char** argv) { return goodstanding::verify::Main({argv + 1, argv + argc}); }
