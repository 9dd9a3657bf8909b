#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/output.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding annul ana --position 4711 --reason \"the charge was another person's\" \\\n"
    "      --authority \"finance\"\n"
    "\n"
    "From then on the fact counts as never having been; what was known before stays known before.\n"
    "Positions: goodstanding history ana. To take it back, annul the annulment's own position.\n"
    "Where the outcome of a call is unknown, repeat it with the --request-id that was printed.";

struct AnnulOptions {
  Connection connection;
  std::string certificant_id;
  std::string reason;
  std::string authority;
  std::string request_id;
  int64_t position = 0;
  int64_t cause = 0;
};

void AddOptions(Command& command, AnnulOptions& options) {
  command.Add("ID", options.certificant_id, "The certificant's id").Required();
  command.Add("--position", options.position, "Log position of the fact").AtLeast(1).Required();
  command.Add("--reason", options.reason, "Why; stored sealed").Required();
  command.Add("--authority", options.authority, "On whose authority; stored sealed");
  command.Add("--cause", options.cause, "Log position of the event that led to it").AtLeast(1);
  AddRequestId(command, options.request_id);
  AddConnection(command, options.connection);
}

absl::Status Annul(const AnnulOptions& options) {
  api::v1::AnnulFactRequest request;
  request.mutable_header()->set_request_id(RequestIdOf(options.request_id));
  request.mutable_header()->set_causation_position(options.cause);
  request.set_certificant_id(options.certificant_id);
  request.set_fact_position(options.position);
  request.set_reason(options.reason);
  request.set_authority(options.authority);
  return GiveCommand(options.connection, request,
                     absl::StrCat("Position ", request.fact_position(), " of ",
                                  request.certificant_id(), " is annulled"));
}

int Run(const AnnulOptions& options) { return Finish(Annul(options), options.connection); }

}  // namespace

void AddAnnulCommand(Commands& commands) {
  commands.Add("annul", "Annul a fact that was entered in error", kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
