#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/output.h"
#include "tools/progress.h"
#include "tools/status_text.h"

namespace goodstanding::tools {
namespace {

using OperationsStub = api::v1::OperationsService::Stub;

constexpr char kExamples[] =
    "  goodstanding status                   the state of log and views\n"
    "  goodstanding status --check-views     replay everybody, and compare with the views\n"
    "\n"
    "Exit code 1 where the server refuses commands, or a view differs from its events.";

struct StatusOptions {
  Connection connection;
  bool check_views = false;
};

void AddOptions(Command& command, StatusOptions& options) {
  command.AddFlag("--check-views", options.check_views,
                  "Replay every certificant's events and compare them with the view");
  AddConnection(command, options.connection);
}

absl::StatusOr<int> ShowStatus(const StatusOptions& options, const Client& client) {
  GS_ASSIGN_OR_RETURN(const auto zone, services::BoardTime::Load(options.connection.time_zone));
  api::v1::GetServerStatusResponse response;
  GS_RETURN_IF_ERROR(FromCall(Call(client.operations(), &OperationsStub::GetServerStatus,
                                   api::v1::GetServerStatusRequest(), response)));
  const std::string text =
      options.connection.json ? ToJson(response) : ServerStatusText(response, zone);
  std::fputs(text.c_str(), stdout);
  const bool refuses = !response.write_refusal().empty() || response.read_only() ||
                       !response.clock_suspicion().empty();
  return refuses ? kExitRefused : 0;
}

// The whole check in one message: all differences, and how many were compared.
absl::StatusOr<api::v1::CheckViewsResponse> CheckViews(const Client& client) {
  grpc::ClientContext context;
  const auto stream = client.operations().CheckViews(&context, api::v1::CheckViewsRequest());
  api::v1::CheckViewsResponse all;
  api::v1::CheckViewsResponse part;
  Progress progress;
  while (stream->Read(&part)) {
    all.set_checked_count(part.checked_count());
    all.set_done(part.done());
    all.mutable_differing_certificant_ids()->MergeFrom(part.differing_certificant_ids());
    progress.Show(absl::StrCat(part.checked_count(), " certificants checked"));
  }
  GS_RETURN_IF_ERROR(FromCall(stream->Finish()));
  return all;
}

absl::StatusOr<int> ShowCheck(const StatusOptions& options, const Client& client) {
  GS_ASSIGN_OR_RETURN(const api::v1::CheckViewsResponse check, CheckViews(client));
  const std::string text = options.connection.json ? ToJson(check) : CheckText(check);
  std::fputs(text.c_str(), stdout);
  return check.done() && check.differing_certificant_ids().empty() ? 0 : kExitRefused;
}

int Run(const StatusOptions& options) {
  const Client client = Connect(options.connection);
  const absl::StatusOr<int> code =
      options.check_views ? ShowCheck(options, client) : ShowStatus(options, client);
  return code.ok() ? *code : Finish(code.status(), options.connection);
}

}  // namespace

void AddStatusCommand(Commands& commands) {
  commands.Add("status", "The state of the server: its log and its views", kExamples, &AddOptions,
               &Run);
}

}  // namespace goodstanding::tools
