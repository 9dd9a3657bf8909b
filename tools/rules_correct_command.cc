#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/correction.h"
#include "tools/output.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding rules correct namss-2025 --years 2025-2027 --set fees.late=60.00 \\\n"
    "      --reason \"the page was misread\" --authority \"Certification Commission\"\n"
    "  goodstanding rules correct namss-2025 --years 2025 --from-file draft.textproto --reason "
    "...\n"
    "\n"
    "In force at once for every question. See first what it does: goodstanding rules preview, "
    "with\n"
    "the same options; the --preview that it prints makes sure that this is what was seen, and "
    "that\n"
    "nobody corrected in between. What to settle afterwards: goodstanding rules reconsider.\n"
    "Where the outcome of a call is unknown, repeat it with the --request-id that was printed.";

struct CorrectOptions {
  Connection connection;
  CorrectionOptions correction;
  std::string reason;
  std::string authority;
  std::string preview;
  std::string request_id;
  int64_t base_version = 0;
};

void AddOptions(Command& command, CorrectOptions& options) {
  AddCorrectionOptions(command, options.correction);
  command.Add("--reason", options.reason, "Why; published").Required();
  command.Add("--authority", options.authority, "Who decided it; published");
  command
      .Add("--base", options.base_version,
           "Refuse unless this is the newest version (default: any; with --from-file the "
           "one it was compared with)")
      .AtLeast(1);
  command.Add("--preview", options.preview,
              "Refuse unless it is the correction of this preview, of the newest version: the 64 "
              "digits that rules preview prints");
  AddRequestId(command, options.request_id);
  AddConnection(command, options.connection);
}

absl::StatusOr<std::string> ReadDigest(const std::string& hex) {
  constexpr size_t kDigits = 64;
  if (hex.empty()) return "";
  if (hex.size() == kDigits && std::all_of(hex.begin(), hex.end(), absl::ascii_isxdigit)) {
    return absl::HexStringToBytes(hex);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", hex, "\" names no preview: give the 64 digits that rules preview prints"));
}

absl::StatusOr<api::v1::CorrectRuleSetRequest> ReadRequest(const CorrectOptions& options,
                                                           const Client& client) {
  GS_ASSIGN_OR_RETURN(const Correction correction, ReadCorrection(options.correction, client));
  api::v1::CorrectRuleSetRequest request;
  request.mutable_header()->set_request_id(RequestIdOf(options.request_id));
  request.set_name(options.correction.name);
  *request.mutable_years() = correction.years;
  request.mutable_changes()->Assign(correction.changes.begin(), correction.changes.end());
  request.set_reason(options.reason);
  request.set_authority(options.authority);
  request.set_base_version(options.base_version > 0 ? options.base_version
                                                    : correction.base_version);
  GS_ASSIGN_OR_RETURN(*request.mutable_preview_digest(), ReadDigest(options.preview));
  return request;
}

absl::Status Correct(const CorrectOptions& options) {
  const Client client = Connect(options.connection);
  GS_ASSIGN_OR_RETURN(const auto request, ReadRequest(options, client));
  api::v1::CommandReceipt receipt;
  const grpc::Status status =
      Call(client.rulebook(), &api::v1::RulebookService::Stub::CorrectRuleSet, request, receipt);
  GS_RETURN_IF_ERROR(FromCommand(status, request.header().request_id()));
  // Each version is one event of the rule set's stream.
  PrintReceipt(options.connection, receipt,
               absl::StrCat(request.name(), "@", receipt.version(), " is in force"));
  return absl::OkStatus();
}

int Run(const CorrectOptions& options) { return Finish(Correct(options), options.connection); }

}  // namespace

void AddRulesCorrectCommand(Commands& rules) {
  rules.Add("correct", "Replace figures of a published rule set for some years", kExamples,
            &AddOptions, &Run);
}

}  // namespace goodstanding::tools
