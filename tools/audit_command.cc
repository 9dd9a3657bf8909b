#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/decimal.h"
#include "tools/output.h"
#include "tools/pages.h"
#include "tools/refusal_text.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding audit select --year 2025 --percent 5 --checkpoint 48211\n"
    "  goodstanding audit select --year 2025 --percent 5 --checkpoint 48211 --open\n"
    "\n"
    "Drawn from those who applied to renew the cycle that ends in the year, by the root of the\n"
    "signed checkpoint of that size: whoever has it draws the same people again. Announce the\n"
    "checkpoint beforehand. --open opens an audit for each that has none open; it can be repeated.";

struct AuditOptions {
  Connection connection;
  int year = 0;
  std::string percent;
  int64_t checkpoint = 0;
  bool open = false;
};

void AddOptions(Command& command, AuditOptions& options) {
  command.Add("--year", options.year, "End year of the cycles").Required();
  command.Add("--percent", options.percent, "Share of the people, for example 2.50").Required();
  command.Add("--checkpoint", options.checkpoint, "Its size (default: the newest one signed)")
      .AtLeast(1);
  command.AddFlag("--open", options.open, "Open an audit for each");
  AddConnection(command, options.connection);
}

struct Selection {
  type::v1::AuditSelection selection;
  std::vector<api::v1::SelectedForAudit> selected;
  int64_t population = 0;
};

absl::StatusOr<Selection> Select(const AuditOptions& options, const Client& client) {
  constexpr int64_t kMillionthsPerHundredth = 100;  // Of a percent.
  const std::optional<int64_t> percent = ParseDecimal(options.percent);
  if (!percent || *percent < 1 || *percent > 10'000) {
    return absl::InvalidArgumentError("--percent must be from 0.01 to 100.00.");
  }
  api::v1::SelectAuditsRequest request;
  request.mutable_selection()->set_cycle_end_year(options.year);
  request.mutable_selection()->set_rate_millionths(
      static_cast<int32_t>(*percent * kMillionthsPerHundredth));
  request.mutable_selection()->set_checkpoint_size(options.checkpoint);
  Selection result;
  const auto take = [&](const api::v1::SelectAuditsResponse& page) {
    result.selection = page.selection();
    result.population += page.population_count();
    result.selected.insert(result.selected.end(), page.selected().begin(), page.selected().end());
    return true;
  };
  GS_RETURN_IF_ERROR(FromCall(ForEachPage(
      client.evidence(), &api::v1::EvidenceService::Stub::SelectAudits, request, take)));
  return result;
}

// Opens an audit; what became of it. The request id makes a repeat harmless.
std::string OpenOne(const Selection& selection, const std::string& id, const Client& client) {
  const type::v1::AuditSelection& drawn = selection.selection;
  api::v1::OpenAuditRequest request;
  request.mutable_header()->set_request_id(absl::StrCat("audit-", drawn.cycle_end_year(), "-",
                                                        drawn.checkpoint_size(), "-",
                                                        drawn.rate_millionths(), "-", id));
  request.set_certificant_id(id);
  request.set_reason("drawn by lot");
  *request.mutable_selection() = drawn;
  api::v1::CommandReceipt receipt;
  const grpc::Status status = client.Send(request, receipt);
  if (status.ok()) return absl::StrCat("opened at position ", receipt.position());
  return absl::StrCat("not opened: ", ReadFailure(status).reason);
}

absl::Status PrintSelection(const AuditOptions& options) {
  const Client client = Connect(options.connection);
  GS_ASSIGN_OR_RETURN(const Selection selection, Select(options, client));
  std::vector<Table::Column> columns = {{"Certificant"}, {"Draw"}};
  if (options.open) columns.push_back({"Audit"});
  Table table(columns);
  std::string text;
  for (const api::v1::SelectedForAudit& person : selection.selected) {
    std::vector<std::string> row = {person.certificant_id(), absl::BytesToHexString(person.draw())};
    if (options.open) row.push_back(OpenOne(selection, person.certificant_id(), client));
    if (options.connection.json) text += ToJsonLine(person);
    table.AddRow(std::move(row));
  }
  if (!options.connection.json) text = table.Render(StdoutStyle());
  std::fputs(text.c_str(), stdout);
  if (options.connection.json) return absl::OkStatus();
  absl::PrintF("%d of %d people who applied to renew %d, by the checkpoint of %d events\n",
               selection.selected.size(), selection.population, options.year,
               selection.selection.checkpoint_size());
  return absl::OkStatus();
}

int Run(const AuditOptions& options) { return Finish(PrintSelection(options), options.connection); }

}  // namespace

void AddAuditCommands(Commands& commands) {
  Commands audit =
      commands.AddGroup("audit", "Whom to audit, drawn so that anybody can draw again", kExamples);
  audit.Add("select", "Draw a share of those who applied", kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
