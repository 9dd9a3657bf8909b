#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "eventstore/random.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/output.h"
#include "tools/stop_signals.h"
#include "tools/verify_command.h"
#include "tools/witness.h"
#include "tools/witness_folder.h"

namespace goodstanding::tools {
namespace {

constexpr char kAbout[] = "Watch another host's log: cosign its checkpoints while it only grows";

constexpr char kExamples[] =
    "  goodstanding witness ./witness --name witness.example/w1        its key, made at first\n"
    "  goodstanding serve … --witness witness.example/w1+20324abe+…    the board knows it\n"
    "  goodstanding witness ./witness --name witness.example/w1 --server board.example:7443 \\\n"
    "      --key goodstanding/0a…+402d4ae1+AQOh… --every 60\n"
    "\n"
    "Run it on a host that the server's keepers cannot reach. Its folder holds its key and the\n"
    "largest checkpoint that it ever accepted, written before the cosignature goes out: never set\n"
    "it back. A checkpoint that contradicts that one is never cosigned: both are kept in the\n"
    "folder, and the program ends with code 4, each time, until somebody has looked at it.\n"
    "\n"
    "Exit code 0: cosigned, or stopped; 1: not signed by the log, or refused by the server; 3: no\n"
    "server there; 4: the log contradicts itself. With --every, 1 and 3 are said, and it goes on.";

struct WitnessOptions {
  Connection connection;
  std::string folder;
  std::string name;
  std::string key;
  int every_seconds = 0;
};

void AddOptions(Command& command, WitnessOptions& options) {
  command.Add("DIR", options.folder, "The witness's own folder; created if absent").Required();
  command.Add("--name", options.name, "The witness's name, like a URL without its scheme")
      .Required();
  const Option key = command.Add(
      "--key", options.key,
      "The log's public key (name+id+base64), known from elsewhere. Without it the witness's own "
      "key is printed and nothing else done");
  command.Add("--every", options.every_seconds, "Look again after so many seconds (default: once)")
      .Between(1, 86400)
      .Needs(key);
  AddServer(command, options.connection);
}

int TellContradiction(const WitnessRound& round) {
  absl::FPrintF(stderr,
                "THE LOG CONTRADICTS ITSELF: %s\n"
                "%s. Nothing was cosigned. Both checkpoints are in %s:\n"
                "they are evidence. Tell whoever relies on this log.\n",
                Printable(round.checkpoint.origin), round.why, round.evidence);
  return kExitInconsistent;
}

int TellRound(const WitnessRound& round) {
  switch (round.outcome) {
    case WitnessRound::Outcome::kCosigned:
      absl::PrintF("Cosigned %d %s\n", round.checkpoint.size,
                   verify::Base64(round.checkpoint.root));
      break;
    case WitnessRound::Outcome::kUpToDate:
      break;
    case WitnessRound::Outcome::kInconsistent:
      return TellContradiction(round);
  }
  std::fflush(stdout);
  return 0;
}

// Looks once; the exit code.
int Look(const WitnessOptions& options, Witness& witness, const Client& client) {
  const absl::StatusOr<WitnessRound> round = witness.Look(client.log());
  if (round.ok()) return TellRound(*round);
  const int code = Finish(round.status(), options.connection);
  return absl::IsFailedPrecondition(round.status()) ? kExitRefused : code;
}

absl::StatusOr<int> Watch(const WitnessOptions& options) {
  GS_ASSIGN_OR_RETURN(
      const std::unique_ptr<WitnessFolder> folder,
      WitnessFolder::Open(options.folder, options.name, eventstore::SecureRandom()));
  if (options.key.empty()) {
    absl::PrintF("%s\n", folder->key().public_key().ToText());
    return 0;
  }
  absl::FPrintF(stderr, "Witness %s\n", folder->key().public_key().ToText());
  GS_ASSIGN_OR_RETURN(const std::vector<verify::PublicKey> keys,
                      ParseKeys({options.key}, KeyOwner::kLog));
  const SystemClock clock;
  Witness witness(*folder, keys[0], clock);
  const Client client = Connect(options.connection);
  int code = Look(options, witness, client);
  if (options.every_seconds == 0) return code;
  const std::chrono::seconds interval(options.every_seconds);
  while (code != kExitInconsistent && WaitForStopSignal(interval) == 0) {
    code = Look(options, witness, client);
  }
  return code == kExitInconsistent ? code : 0;
}

int Run(const WitnessOptions& options) {
  if (options.every_seconds > 0) BlockStopSignals();
  const absl::StatusOr<int> code = Watch(options);
  return code.ok() ? *code : Fail(code.status());
}

}  // namespace

void AddWitnessCommand(Commands& commands) {
  commands.Add("witness", kAbout, kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
