#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/correction.h"
#include "tools/correction_text.h"
#include "tools/list.h"
#include "tools/progress.h"
#include "tools/words.h"

namespace goodstanding::tools {
namespace {

using api::v1::CorrectionSummary;
using api::v1::PreviewCorrectionResponse;

constexpr char kExamples[] =
    "  goodstanding rules preview namss-2025 --years 2025-2027 --set fees.late=60.00\n"
    "  goodstanding rules preview namss-2025 --years 2025 --from-file draft.textproto --why\n"
    "  goodstanding rules preview namss-2025 --years 2025 --from-file draft.textproto \\\n"
    "      --from LATE --to LAPSED                      who would lose the certification\n"
    "  goodstanding rules preview namss-2025 --years 2025 --set requirement.single.approved=12.00 "
    "\\\n"
    "      --as-of 2025-12-31 --csv > changes.csv       the summary goes to standard error\n"
    "\n"
    "Changes nothing. Prints who would change, by id, from what to what and because of which\n"
    "figures; ends with a summary and the command that would make this very correction. JSON is a\n"
    "line an item: {\"effect\": ...} for each person, at last {\"summary\": ...}.";

struct PreviewOptions {
  ListOptions list;
  CorrectionOptions correction;
  AudienceOptions audience;
  std::string as_of;
  std::string from;
  std::string to;
};

void AddOptions(Command& command, PreviewOptions& options) {
  AddCorrectionOptions(command, options.correction);
  command.Add("--as-of", options.as_of,
              "Compare at the end of this day, YYYY-MM-DD (default: today)");
  AddAudienceOptions(command, options.audience);
  command.Add("--from", options.from, "List those alone who have this standing, for example LATE");
  command.Add("--to", options.to, "List those alone who would have this standing");
  AddListOptions(command, options.list);
}

absl::StatusOr<type::v1::Standing> ReadStanding(const std::string& name) {
  if (name.empty()) return type::v1::STANDING_UNSPECIFIED;
  const auto standing = ParseStanding(name);
  if (standing) return *standing;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", name, "\" is no standing: give one such as ACTIVE, LATE or LAPSED"));
}

absl::StatusOr<api::v1::PreviewCorrectionRequest> ReadRequest(const PreviewOptions& options,
                                                              const Client& client) {
  api::v1::PreviewCorrectionRequest request;
  GS_RETURN_IF_ERROR(FillAudience(options.audience, request));
  GS_ASSIGN_OR_RETURN(const auto before, ReadStanding(options.from));
  GS_ASSIGN_OR_RETURN(const auto after, ReadStanding(options.to));
  request.set_before_standing(before);
  request.set_after_standing(after);
  if (!options.as_of.empty()) {
    GS_ASSIGN_OR_RETURN(*request.mutable_as_of_date(), ReadDay(options.as_of));
  }
  GS_ASSIGN_OR_RETURN(const Correction correction, ReadCorrection(options.correction, client));
  request.set_name(options.correction.name);
  *request.mutable_years() = correction.years;
  request.mutable_changes()->Assign(correction.changes.begin(), correction.changes.end());
  return request;
}

// The summary, and for people the command that goes on from here.
std::string EndText(const PreviewOptions& options, const CorrectionSummary& summary) {
  return absl::StrCat(SummaryText(summary), "To make it: goodstanding rules correct ",
                      OnCommandLine(options.correction), " --reason WHY --authority WHO --preview ",
                      absl::BytesToHexString(summary.preview_digest()), "\n");
}

absl::Status Preview(const PreviewOptions& options) {
  const Client client = Connect(options.list.connection);
  GS_ASSIGN_OR_RETURN(const auto request, ReadRequest(options, client));
  const EntryForm form{FormOf(options.list), options.audience.why};
  const Style style = StdoutStyle();
  grpc::ClientContext context;
  const auto stream = client.rulebook().PreviewCorrection(&context, request);
  Progress progress;
  int64_t listed = 0;
  PreviewCorrectionResponse response;
  while (stream->Read(&response)) {
    progress.Clear();
    std::fputs(EffectsText(response, form, listed == 0, style).c_str(), stdout);
    listed += response.effects_size();
    if (response.has_summary()) {
      PrintSummary(response.summary(), EndText(options, response.summary()), form.form, listed > 0);
    }
    progress.Show(
        absl::StrCat(response.certificant_count(), " looked at, ", listed, " would change so far"));
  }
  return FromCall(stream->Finish());
}

int Run(const PreviewOptions& options) { return Finish(Preview(options), options.list.connection); }

}  // namespace

void AddRulesPreviewCommand(Commands& rules) {
  rules.Add("preview", "Who would change if figures were corrected", kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
