#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/correction.h"
#include "tools/correction_text.h"
#include "tools/list.h"
#include "tools/progress.h"

namespace goodstanding::tools {
namespace {

using api::v1::ListReconsiderationsRequest;
using api::v1::ListReconsiderationsResponse;

constexpr char kExamples[] =
    "  goodstanding rules reconsider namss-2025            since its last correction\n"
    "  goodstanding rules reconsider namss-2025 --since 1  since version 1\n"
    "  goodstanding rules reconsider namss-2025 --years 2025 --set requirement.single.total=28.00\n"
    "                                                      before it is corrected\n"
    "  goodstanding rules reconsider namss-2025 --csv > settle.csv\n"
    "                                                      the summary goes to standard error\n"
    "\n"
    "Lists approvals, grants and requests that the rules after the correction would not have\n"
    "allowed, returns and denials of what they would have, and lapses and expiries that would not\n"
    "have come. Decisions stand, and this changes nothing: staff settle each. They are taken anew\n"
    "on what was known when they were recorded. JSON is a line an entry, at last the summary.";

struct ReconsiderOptions {
  ListOptions list;
  CorrectionOptions correction;
  AudienceOptions audience;
  int64_t since = 0;
};

void AddOptions(Command& command, ReconsiderOptions& options) {
  AddCorrectionOptions(command, options.correction, CorrectionUse::kOptional);
  command
      .Add("--since", options.since,
           "Compare this version with the newest (default: the one before it)")
      .AtLeast(1)
      .Excludes("--years");
  AddAudienceOptions(command, options.audience);
  AddListOptions(command, options.list);
}

absl::StatusOr<ListReconsiderationsRequest> ReadRequest(const ReconsiderOptions& options,
                                                        const Client& client) {
  ListReconsiderationsRequest request;
  request.set_name(options.correction.name);
  request.set_base_version(options.since);
  if (!options.correction.years.empty()) {
    GS_ASSIGN_OR_RETURN(const Correction correction, ReadCorrection(options.correction, client));
    *request.mutable_years() = correction.years;
    request.mutable_changes()->Assign(correction.changes.begin(), correction.changes.end());
    request.set_base_version(correction.base_version);
  }
  GS_RETURN_IF_ERROR(FillAudience(options.audience, request));
  return request;
}

absl::Status Reconsider(const ReconsiderOptions& options) {
  const Client client = Connect(options.list.connection);
  GS_ASSIGN_OR_RETURN(const auto request, ReadRequest(options, client));
  const EntryForm form{FormOf(options.list), options.audience.why};
  const Style style = StdoutStyle();
  grpc::ClientContext context;
  const auto stream = client.rulebook().ListReconsiderations(&context, request);
  Progress progress;
  int64_t found = 0;
  ListReconsiderationsResponse response;
  while (stream->Read(&response)) {
    progress.Clear();
    std::fputs(ReconsiderationsText(response, form, found == 0, style).c_str(), stdout);
    found += response.reconsiderations_size();
    if (response.has_summary()) {
      PrintSummary(response.summary(), SummaryText(response.summary()), form.form, found > 0);
    }
    progress.Show(
        absl::StrCat(response.certificant_count(), " looked at, ", found, " found so far"));
  }
  return FromCall(stream->Finish());
}

int Run(const ReconsiderOptions& options) {
  return Finish(Reconsider(options), options.list.connection);
}

}  // namespace

void AddRulesReconsiderCommand(Commands& rules) {
  rules.Add("reconsider", "What was decided that corrected rules would not have", kExamples,
            &AddOptions, &Run);
}

}  // namespace goodstanding::tools
