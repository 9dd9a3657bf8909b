#include <cstdio>
#include <string>

#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/list.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding report                                    who is certified today\n"
    "  goodstanding report --as-of 2025-12-31 --csv > report.csv\n"
    "  goodstanding report --as-of 2025-12-31 --known-at 2026-01-15\n"
    "                                                         as it was known then: replays every\n"
    "                                                         certificant, so it takes longer\n"
    "  goodstanding report --json | jq -r .certificant_id     a line of JSON an entry";

struct ReportOptions {
  ListOptions list;
  PerspectiveOptions perspective;
};

void AddOptions(Command& command, ReportOptions& options) {
  AddPerspective(command, options.perspective, PerspectiveParts{.rules = false});
  AddListOptions(command, options.list);
}

absl::Status Report(const ReportOptions& options) {
  const Connection& connection = options.list.connection;
  GS_ASSIGN_OR_RETURN(const auto zone, services::BoardTime::Load(connection.time_zone));
  GS_ASSIGN_OR_RETURN(const auto perspective, ReadPerspective(options.perspective, zone));
  api::v1::ListGoodStandingRequest request;
  if (perspective.has_as_of_date()) *request.mutable_as_of_date() = perspective.as_of_date();
  if (perspective.has_known_at()) *request.mutable_known_at() = perspective.known_at();
  const Client client = Connect(connection);
  const ListForm form = FormOf(options.list);
  ListEnd end;
  GS_RETURN_IF_ERROR(
      FromCall(PrintList(client.queries(), &api::v1::QueryService::Stub::ListGoodStanding, request,
                         form, &GoodStandingText, end)));
  if (form == ListForm::kTable) {
    absl::PrintF("\n%d certified (log position %d)\n", end.count, end.position);
  }
  return absl::OkStatus();
}

int Run(const ReportOptions& options) { return Finish(Report(options), options.list.connection); }

}  // namespace

void AddReportCommand(Commands& commands) {
  commands.Add("report", "The Good Standing Report: all who are certified on a day", kExamples,
               &AddOptions, &Run);
}

}  // namespace goodstanding::tools
