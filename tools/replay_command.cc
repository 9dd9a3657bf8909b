#include <cstdio>
#include <string>

#include "base/status_macros.h"
#include "services/board_time.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/output.h"
#include "tools/replay_text.h"

namespace goodstanding::tools {
namespace {

constexpr char kAbout[] = "Ask a question of the past again: by what was known then, and is now";

constexpr char kExamples[] =
    "  goodstanding replay ana --decision 91              an approval, decided anew\n"
    "  goodstanding replay ana --as-of 2025-12-31 --known-at 2026-01-02\n"
    "\n"
    "Three answers, each with its reasons: on the facts and by the rules of then, on those facts\n"
    "by the rules of now, and on the facts and by the rules of now; and what differs, line by\n"
    "line. A decision that facts and rules of then do not give is an error: tell an operator.";

struct ReplayOptions {
  Connection connection;
  std::string certificant_id;
  std::string as_of;
  std::string known_at;
  int64_t decision = 0;
};

void AddOptions(Command& command, ReplayOptions& options) {
  command.Add("ID", options.certificant_id, "The certificant's id").Required();
  command.Add("--as-of", options.as_of,
              "At the end of this day, YYYY-MM-DD (default: that of the decision, or today)");
  const Option known_at =
      command.Add("--known-at", options.known_at,
                  "What \"then\" is: YYYY-MM-DD (its end), \"YYYY-MM-DD HH:MM\" or a log position");
  command.Add("--decision", options.decision, "Position of a decision: then is what it saw")
      .AtLeast(1)
      .Excludes(known_at);
  AddConnection(command, options.connection);
}

absl::StatusOr<api::v1::ReplayDecisionRequest> ReadRequest(const ReplayOptions& options) {
  api::v1::ReplayDecisionRequest request;
  request.set_certificant_id(options.certificant_id);
  if (!options.as_of.empty()) {
    GS_ASSIGN_OR_RETURN(*request.mutable_as_of_date(), ReadDay(options.as_of));
  }
  if (options.decision > 0) request.set_decision_position(options.decision);
  if (!options.known_at.empty()) {
    GS_ASSIGN_OR_RETURN(const auto zone, services::BoardTime::Load(options.connection.time_zone));
    GS_ASSIGN_OR_RETURN(*request.mutable_known_at(), ReadKnownAt(options.known_at, zone));
  }
  return request;
}

absl::StatusOr<int> Replay(const ReplayOptions& options) {
  GS_ASSIGN_OR_RETURN(const api::v1::ReplayDecisionRequest request, ReadRequest(options));
  const Client client = Connect(options.connection);
  api::v1::ReplayDecisionResponse response;
  GS_RETURN_IF_ERROR(FromCall(
      Call(client.evidence(), &api::v1::EvidenceService::Stub::ReplayDecision, request, response)));
  const std::string text =
      options.connection.json ? ToJson(response) : ReplayText(response, StdoutStyle());
  std::fputs(text.c_str(), stdout);
  return 0;
}

int Run(const ReplayOptions& options) {
  const absl::StatusOr<int> code = Replay(options);
  return code.ok() ? *code : Finish(code.status(), options.connection);
}

}  // namespace

void AddReplayCommand(Commands& commands) {
  commands.Add("replay", kAbout, kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
