#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/correction.h"
#include "tools/list.h"
#include "tools/progress.h"
#include "tools/rules_text.h"

namespace goodstanding::tools {
namespace {

using api::v1::CorrectionSummary;
using api::v1::PreviewCorrectionResponse;

constexpr char kExamples[] =
    "  goodstanding rules preview namss-2025 --years 2025-2027 --set fees.late=60.00\n"
    "  goodstanding rules preview namss-2025 --years 2025 --from-file draft.textproto\n"
    "  goodstanding rules preview namss-2025 --years 2025 --set requirement.single.approved=12.00 "
    "\\\n"
    "      --as-of 2025-12-31 --csv > changes.csv       the summary goes to standard error\n"
    "\n"
    "Changes nothing. Prints who would change as they are found, from what to what, and ends with\n"
    "a summary and the command that would make the correction. JSON is a line an item: "
    "{\"effect\":\n"
    "...} for each person, at last {\"summary\": ...}.";

struct PreviewOptions {
  ListOptions list;
  CorrectionOptions correction;
  std::string as_of;
};

void AddOptions(Command& command, PreviewOptions& options) {
  AddCorrectionOptions(command, options.correction);
  command.Add("--as-of", options.as_of,
              "Compare at the end of this day, YYYY-MM-DD (default: today)");
  AddListOptions(command, options.list);
}

absl::StatusOr<api::v1::PreviewCorrectionRequest> ReadRequest(const PreviewOptions& options,
                                                              const Client& client) {
  GS_ASSIGN_OR_RETURN(const Correction correction, ReadCorrection(options.correction, client));
  api::v1::PreviewCorrectionRequest request;
  request.set_name(options.correction.name);
  *request.mutable_years() = correction.years;
  request.mutable_changes()->Assign(correction.changes.begin(), correction.changes.end());
  if (!options.as_of.empty()) {
    GS_ASSIGN_OR_RETURN(*request.mutable_as_of_date(), ReadDay(options.as_of));
  }
  return request;
}

void PrintSummary(const PreviewOptions& options, const CorrectionSummary& summary) {
  // A spreadsheet has rows alone.
  std::FILE* const out = options.list.csv ? stderr : stdout;
  if (!options.list.csv && summary.changed_count() > 0) std::fputs("\n", out);
  std::fputs(SummaryText(summary).c_str(), out);
  absl::FPrintF(
      out, "To make it: goodstanding rules correct %s --base %d --reason WHY --authority WHO\n",
      OnCommandLine(options.correction), summary.base_version());
}

absl::Status Preview(const PreviewOptions& options) {
  const Client client = Connect(options.list.connection);
  GS_ASSIGN_OR_RETURN(const auto request, ReadRequest(options, client));
  const ListForm form = FormOf(options.list);
  const Style style = StdoutStyle();
  grpc::ClientContext context;
  const auto stream = client.rulebook().PreviewCorrection(&context, request);
  Progress progress;
  int64_t changed = 0;
  PreviewCorrectionResponse response;
  while (stream->Read(&response)) {
    progress.Clear();
    if (form == ListForm::kJson) {
      std::fputs(ToJsonLine(response).c_str(), stdout);
    } else if (response.has_effect()) {
      std::fputs(EffectText(response.effect(), form, changed == 0, style).c_str(), stdout);
    } else {
      PrintSummary(options, response.summary());
    }
    if (response.has_effect()) ++changed;
    progress.Show(absl::StrCat(changed, " would change so far"));
  }
  return FromCall(stream->Finish());
}

int Run(const PreviewOptions& options) { return Finish(Preview(options), options.list.connection); }

}  // namespace

void AddRulesPreviewCommand(Commands& rules) {
  rules.Add("preview", "Who would change if figures were corrected", kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
