// What operators do about a server that takes no commands: confirm its clock, set it read-only.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/output.h"

namespace goodstanding::tools {
namespace {

using OperationsStub = api::v1::OperationsService::Stub;

constexpr char kClockExamples[] =
    "  goodstanding clock confirm 2026-12-01T09:30:00-05:00\n"
    "\n"
    "A server whose clock was set by more than a minute, stands behind its last event, or comes "
    "up\n"
    "long after it, takes no commands and closes no days (status says why): a wrong time would "
    "stay\n"
    "in the log for ever. Set the clock right first. Then name the time that another clock shows,\n"
    "with its offset from UTC or Z; within a minute of the server's it is taken.";

struct ConfirmOptions {
  Connection connection;
  std::string time;
};

void AddConfirmOptions(Command& command, ConfirmOptions& options) {
  command.Add("TIME", options.time, "The time now, by another clock (RFC 3339)").Required();
  AddConnection(command, options.connection);
}

absl::Status Confirm(const ConfirmOptions& options) {
  absl::Time time;
  std::string why;
  if (!absl::ParseTime(absl::RFC3339_full, options.time, &time, &why)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "TIME must be like 2026-12-01T09:30:00-05:00 or 2026-12-01T14:30:00Z, not ", options.time));
  }
  api::v1::ConfirmClockRequest request;
  request.mutable_time()->set_seconds(absl::ToUnixSeconds(time));
  api::v1::ConfirmClockResponse response;
  const Client client = Connect(options.connection);
  GS_RETURN_IF_ERROR(
      FromCall(Call(client.operations(), &OperationsStub::ConfirmClock, request, response)));
  if (options.connection.json) {
    absl::PrintF("%s", ToJson(response));
  } else if (response.cleared_suspicion().empty()) {
    absl::PrintF("The clock was not suspect.\n");
  } else {
    absl::PrintF("Commands are taken again. It was suspect, as %s.\n",
                 response.cleared_suspicion());
  }
  return absl::OkStatus();
}

int RunConfirm(const ConfirmOptions& options) {
  return Finish(Confirm(options), options.connection);
}

constexpr char kReadOnlyExamples[] =
    "  goodstanding read-only on --reason \"restore drill\"\n"
    "  goodstanding read-only off\n"
    "\n"
    "Commands are refused with READ_ONLY and days are not closed; reading goes on. A restart ends\n"
    "it, unless the server is started with --read-only.";

struct ReadOnlyOptions {
  Connection connection;
  std::string state;
  std::string reason;
};

void AddReadOnlyOptions(Command& command, ReadOnlyOptions& options) {
  command.Add("on|off", options.state, "Whether commands are refused from now on").Required();
  command.Add("--reason", options.reason, "What for; status shows it");
  AddConnection(command, options.connection);
}

absl::Status SetReadOnly(const ReadOnlyOptions& options) {
  if (options.state != "on" && options.state != "off") {
    return absl::InvalidArgumentError(absl::StrCat("Say on or off, not ", options.state, "."));
  }
  api::v1::SetReadOnlyRequest request;
  request.set_read_only(options.state == "on");
  request.set_reason(options.reason);
  api::v1::SetReadOnlyResponse response;
  const Client client = Connect(options.connection);
  GS_RETURN_IF_ERROR(
      FromCall(Call(client.operations(), &OperationsStub::SetReadOnly, request, response)));
  if (options.connection.json) {
    absl::PrintF("%s", ToJson(response));
  } else {
    absl::PrintF("%s\n", request.read_only() ? "Commands are refused." : "Commands are taken.");
  }
  return absl::OkStatus();
}

int RunReadOnly(const ReadOnlyOptions& options) {
  return Finish(SetReadOnly(options), options.connection);
}

}  // namespace

void AddGateCommands(Commands& commands) {
  commands.AddGroup("clock", "The server's clock, when it is suspect", kClockExamples)
      .Add("confirm", "Say that the clock is right", kClockExamples, &AddConfirmOptions,
           &RunConfirm);
  commands.Add("read-only", "Have commands refused for a while", kReadOnlyExamples,
               &AddReadOnlyOptions, &RunReadOnly);
}

}  // namespace goodstanding::tools
