#include <cstdio>
#include <string>

#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/list.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding due 2025                            whose cycle ends in 2025, not yet renewed\n"
    "  goodstanding due 2025 --as-of 2025-12-15 --csv > due.csv\n"
    "  goodstanding due 2025 --json | jq -r 'select(.complete) | .certificant_id'\n"
    "                                                   whose application awaits its decision";

struct DueOptions {
  ListOptions list;
  int year = 0;
  std::string as_of;
};

void AddOptions(Command& command, DueOptions& options) {
  command.Add("YEAR", options.year, "The recertification year: a cycle's end year")
      .Required()
      .Between(1900, 9999);
  command.Add("--as-of", options.as_of, "At the end of this day, YYYY-MM-DD (default: today)");
  AddListOptions(command, options.list);
}

absl::Status ListDue(const DueOptions& options) {
  api::v1::ListDueRequest request;
  request.set_year(options.year);
  if (!options.as_of.empty()) {
    GS_ASSIGN_OR_RETURN(*request.mutable_as_of_date(), ReadDay(options.as_of));
  }
  const Client client = Connect(options.list.connection);
  const ListForm form = FormOf(options.list);
  ListEnd end;
  GS_RETURN_IF_ERROR(FromCall(PrintList(client.queries(), &api::v1::QueryService::Stub::ListDue,
                                        request, form, &DueText, end)));
  if (form == ListForm::kTable) {
    absl::PrintF("\n%d due in %d (log position %d)\n", end.count, options.year, end.position);
  }
  return absl::OkStatus();
}

int Run(const DueOptions& options) { return Finish(ListDue(options), options.list.connection); }

}  // namespace

void AddDueCommand(Commands& commands) {
  commands.Add("due", "Who is due in a year: not renewed yet, but still able to", kExamples,
               &AddOptions, &Run);
}

}  // namespace goodstanding::tools
