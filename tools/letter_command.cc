#include <cstdio>
#include <string>

#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/output.h"
#include "tools/verify_command.h"

namespace goodstanding::tools {
namespace {

constexpr char kAbout[] = "Get a signed letter that says whether a person is certified";

constexpr char kExamples[] =
    "  goodstanding letter ana                            as known now, of today\n"
    "  goodstanding letter ana --as-of 2025-12-31 --out ana.letter\n"
    "  goodstanding letter ana --as-of 2025-12-31 --position 120 --core\n"
    "  goodstanding verify-proof ana.letter --key goodstanding/0a…/letters+…\n"
    "\n"
    "The core of a letter names no person, and is the same bytes for ever for the same day and\n"
    "position; around it stand the time of the answer and whether later facts change it. A letter\n"
    "about a past position is for staff: it can say what has since been corrected.\n"
    "\n"
    "--key prints the public key for letters instead.";

struct LetterOptions {
  Connection connection;
  std::string certificant_id;
  std::string as_of;
  int64_t position = 0;
  std::string out;
  bool core = false;
  bool key = false;
};

void AddOptions(Command& command, LetterOptions& options) {
  command.Add("ID", options.certificant_id, "The certificant's id").Required();
  command.Add("--as-of", options.as_of, "At the end of this day, YYYY-MM-DD (default: today)");
  command.Add("--position", options.position, "As known at this log position (default: now)")
      .AtLeast(1);
  command.Add("--out", options.out, "Write it to this file");
  command.AddFlag("--core", options.core, "The core alone");
  command.AddFlag("--key", options.key, "The public key for letters");
  AddConnection(command, options.connection);
}

absl::StatusOr<int> Letter(const LetterOptions& options) {
  api::v1::GetVerificationLetterRequest request;
  request.set_certificant_id(options.certificant_id);
  request.set_position(options.position);
  if (!options.as_of.empty()) {
    GS_ASSIGN_OR_RETURN(*request.mutable_as_of_date(), ReadDay(options.as_of));
  }
  const Client client = Connect(options.connection);
  api::v1::GetVerificationLetterResponse response;
  GS_RETURN_IF_ERROR(
      FromCall(Call(client.evidence(), &api::v1::EvidenceService::Stub::GetVerificationLetter,
                    request, response)));
  std::string text = options.core ? response.core() : response.letter();
  if (options.key) text = response.verifier_key() + "\n";
  if (options.connection.json) text = ToJson(response);
  if (options.out.empty()) {
    std::fputs(text.c_str(), stdout);
    return 0;
  }
  GS_RETURN_IF_ERROR(WriteSmallFile(options.out, text));
  absl::PrintF("%s\n", options.out);
  return 0;
}

int Run(const LetterOptions& options) {
  const absl::StatusOr<int> code = Letter(options);
  return code.ok() ? *code : Finish(code.status(), options.connection);
}

}  // namespace

void AddLetterCommand(Commands& commands) {
  commands.Add("letter", kAbout, kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
