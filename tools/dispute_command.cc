#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/decimal.h"
#include "tools/dispute_text.h"
#include "tools/output.h"
#include "tools/pages.h"
#include "tools/when.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding dispute open ana --cycle 2025 --position 57 --claim \"paid in time\"\n"
    "  goodstanding evidence put ana --file bank.pdf --dispute 61\n"
    "  goodstanding dispute decide ana --dispute 61 --outcome upheld --reason \"bank statement\"\n"
    "  goodstanding annul ana --position 57 --reason \"entered in error\" --cause 61\n"
    "  goodstanding dispute list ana                 each dispute with all that belongs to it\n"
    "\n"
    "A dispute is named by the log position that opening it printed. It is decided by somebody "
    "who\n"
    "recorded nothing about the person in that cycle. What it corrects are ordinary commands that\n"
    "name it as their cause.";
constexpr char kOpenExamples[] =
    "  goodstanding dispute open ana --cycle 2025 --claim \"the portal was down\"\n"
    "  goodstanding dispute open ana --position 57 --claim \"paid in time\"";
constexpr char kDecideExamples[] =
    "  goodstanding dispute decide ana --dispute 61 --outcome in-part --reason \"one day counts\"";
constexpr char kWithdrawExamples[] =
    "  goodstanding dispute withdraw ana --dispute 61 --reason \"settled by telephone\"";
constexpr char kListExamples[] = "  goodstanding dispute list ana";
constexpr char kWaiveExamples[] =
    "  goodstanding waive ana --cycle 2025 --deadline late-application --through 2026-01-31 \\\n"
    "      --dispute 61 --reason \"the portal was down\"\n"
    "  goodstanding waive ana --cycle 2025 --fee late --hardship HD-2025-3 --reason \"illness\"\n"
    "  goodstanding waive ana --cycle 2025 --line total --credits 5 --hardship HD-2025-3 \\\n"
    "      --reason \"illness\"\n"
    "\n"
    "Deadlines: application, extension-request, late-application, extension-end, reinstatement.\n"
    "Fees: recertification, late, extension, reinstatement. Lines: those of the requirement, and\n"
    "extension_half. The waiver holds from today on; the approval fixes what it took off.";

struct DisputeOptions {
  Connection connection;
  std::string certificant_id;
  std::string request_id;
  std::string reason;
  std::string claim;
  std::string outcome;
  int cycle = 0;
  int64_t position = 0;
  int64_t dispute = 0;
};

struct WaiveOptions {
  Connection connection;
  std::string certificant_id;
  std::string request_id;
  std::string deadline;
  std::string through;
  std::string fee;
  std::string amount;
  std::string line;
  std::string credits;
  std::string hardship;
  std::string reason;
  std::string authority;
  int cycle = 0;
  int64_t dispute = 0;
};

template <typename Options>
void AddWhom(Command& command, Options& options) {
  command.Add("ID", options.certificant_id, "The certificant's id").Required();
}

template <typename Options>
void AddRest(Command& command, Options& options) {
  AddRequestId(command, options.request_id);
  AddConnection(command, options.connection);
}

void AddOpenOptions(Command& command, DisputeOptions& options) {
  AddWhom(command, options);
  command.Add("--cycle", options.cycle, "End year of the cycle that it is about");
  command.Add("--position", options.position, "Log position of the decision that is disputed")
      .AtLeast(1);
  command.Add("--claim", options.claim, "What the person claims; stored sealed").Required();
  AddRest(command, options);
}

void AddDecideOptions(Command& command, DisputeOptions& options) {
  AddWhom(command, options);
  command.Add("--dispute", options.dispute, "Its log position").AtLeast(1).Required();
  command.Add("--outcome", options.outcome, "upheld, in-part or rejected").Required();
  command.Add("--reason", options.reason, "Why; stored sealed").Required();
  AddRest(command, options);
}

void AddWithdrawOptions(Command& command, DisputeOptions& options) {
  AddWhom(command, options);
  command.Add("--dispute", options.dispute, "Its log position").AtLeast(1).Required();
  command.Add("--reason", options.reason, "Why; stored sealed");
  AddRest(command, options);
}

void AddListOptions(Command& command, DisputeOptions& options) {
  AddWhom(command, options);
  AddConnection(command, options.connection);
}

void AddWaiveOptions(Command& command, WaiveOptions& options) {
  AddWhom(command, options);
  command.Add("--cycle", options.cycle, "End year of the cycle").Required();
  Command what = command.AddOneOf("What", "what is waived");
  const Option deadline = what.Add("--deadline", options.deadline, "A deadline");
  const Option fee = what.Add("--fee", options.fee, "A fee");
  const Option line = what.Add("--line", options.line, "A line of the requirement");
  command.Add("--through", options.through, "The deadline's last day now, YYYY-MM-DD")
      .Needs(deadline);
  command.Add("--amount", options.amount, "How much of the fee (default: all of it)").Needs(fee);
  command.Add("--credits", options.credits, "How many credits (default: all of them)").Needs(line);
  Command ground = command.AddOneOf("Ground", "what it rests on");
  ground.Add("--dispute", options.dispute, "Log position of a dispute that was upheld").AtLeast(1);
  ground.Add("--hardship", options.hardship, "The board's reference of its hardship decision");
  command.Add("--reason", options.reason, "Why; stored sealed").Required();
  command.Add("--authority", options.authority, "On whose authority; stored sealed");
  AddRest(command, options);
}

// Sends a command about the person.
template <typename Options, typename Request>
absl::Status Send(const Options& options, Request request, const std::string& done) {
  request.mutable_header()->set_request_id(RequestIdOf(options.request_id));
  request.set_certificant_id(options.certificant_id);
  return GiveCommand(options.connection, std::move(request),
                     absl::StrCat(options.certificant_id, ": ", done));
}

int Open(const DisputeOptions& options) {
  api::v1::OpenDisputeRequest request;
  request.set_cycle_end_year(options.cycle);
  request.set_disputed_position(options.position);
  request.set_claim(options.claim);
  return Finish(Send(options, request, "dispute opened"), options.connection);
}

int Decide(const DisputeOptions& options) {
  api::v1::DecideDisputeRequest request;
  request.set_dispute_position(options.dispute);
  request.set_reason(options.reason);
  if (options.outcome == "upheld") request.set_outcome(type::v1::DISPUTE_OUTCOME_UPHELD);
  if (options.outcome == "in-part") request.set_outcome(type::v1::DISPUTE_OUTCOME_UPHELD_IN_PART);
  if (options.outcome == "rejected") request.set_outcome(type::v1::DISPUTE_OUTCOME_REJECTED);
  if (request.outcome() == type::v1::DISPUTE_OUTCOME_UNSPECIFIED) {
    return Fail(absl::InvalidArgumentError("--outcome must be upheld, in-part or rejected."));
  }
  return Finish(Send(options, request, "dispute decided"), options.connection);
}

int Withdraw(const DisputeOptions& options) {
  api::v1::WithdrawDisputeRequest request;
  request.set_dispute_position(options.dispute);
  request.set_reason(options.reason);
  return Finish(Send(options, request, "dispute withdrawn"), options.connection);
}

absl::Status PrintList(const DisputeOptions& options) {
  GS_ASSIGN_OR_RETURN(const auto zone, services::BoardTime::Load(options.connection.time_zone));
  api::v1::ListCertificantEventsRequest request;
  request.set_certificant_id(options.certificant_id);
  std::vector<api::v1::HistoryEvent> events;
  const auto take = [&](const api::v1::ListCertificantEventsResponse& page) {
    events.insert(events.end(), page.events().begin(), page.events().end());
    return true;
  };
  const Client client = Connect(options.connection);
  GS_RETURN_IF_ERROR(FromCall(ForEachPage(
      client.history(), &api::v1::HistoryService::Stub::ListCertificantEvents, request, take)));
  const std::vector<DisputeChain> chains = DisputeChains(events);
  std::string text;
  if (options.connection.json) {
    for (const DisputeChain& chain : chains) {
      for (const auto& event : chain.events) text += ToJsonLine(event);
    }
  } else {
    text = DisputesText(chains, zone, StdoutStyle());
  }
  std::fputs(text.c_str(), stdout);
  return absl::OkStatus();
}

int List(const DisputeOptions& options) { return Finish(PrintList(options), options.connection); }

absl::StatusOr<int64_t> ReadDecimal(const char* option, const std::string& text) {
  const std::optional<int64_t> value = ParseDecimal(text);
  if (value) return *value;
  return absl::InvalidArgumentError(absl::StrCat(option, " must be a decimal, for example 12.50."));
}

// The number of a name among an enum's, as it is written on a command line.
template <typename Enum>
absl::StatusOr<Enum> ReadName(const char* option, const std::string& prefix, std::string name,
                              bool (*parse)(google::protobuf::ConstStringParam, Enum*)) {
  for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
  Enum value = {};
  if (parse(prefix + name, &value) && value != 0) return value;
  return absl::InvalidArgumentError(absl::StrCat(option, " names none; see --help."));
}

absl::StatusOr<api::v1::GrantWaiverRequest> ReadWaiver(const WaiveOptions& options) {
  api::v1::GrantWaiverRequest request;
  request.set_cycle_end_year(options.cycle);
  if (!options.deadline.empty()) {
    GS_ASSIGN_OR_RETURN(const auto deadline,
                        ReadName("--deadline", "CYCLE_DEADLINE_", options.deadline,
                                 &type::v1::CycleDeadline_Parse));
    request.mutable_deadline()->set_deadline(deadline);
    GS_ASSIGN_OR_RETURN(*request.mutable_deadline()->mutable_through_date(),
                        ReadDay(options.through));
  } else if (!options.fee.empty()) {
    GS_ASSIGN_OR_RETURN(const auto fee,
                        ReadName("--fee", "FEE_KIND_", options.fee, &type::v1::FeeKind_Parse));
    request.mutable_fee()->set_fee(fee);
    if (!options.amount.empty()) {
      GS_ASSIGN_OR_RETURN(const int64_t amount, ReadDecimal("--amount", options.amount));
      request.mutable_fee()->mutable_amount()->set_minor_units(amount);
    }
  } else {
    request.mutable_requirement()->set_line(options.line);
    if (!options.credits.empty()) {
      GS_ASSIGN_OR_RETURN(const int64_t credits, ReadDecimal("--credits", options.credits));
      request.mutable_requirement()->mutable_credits()->set_hundredths(credits);
    }
  }
  if (options.dispute > 0) {
    request.set_dispute_position(options.dispute);
    request.mutable_header()->set_causation_position(options.dispute);
  } else {
    request.set_hardship_reference(options.hardship);
  }
  request.set_reason(options.reason);
  request.set_authority(options.authority);
  return request;
}

int Waive(const WaiveOptions& options) {
  const auto request = ReadWaiver(options);
  if (!request.ok()) return Fail(request.status());
  return Finish(Send(options, *request, "waived"), options.connection);
}

}  // namespace

void AddDisputeCommands(Commands& commands) {
  Commands dispute = commands.AddGroup(
      "dispute", "What a person says against a cycle or a decision, and what came of it",
      kExamples);
  dispute.Add("open", "Open a dispute", kOpenExamples, &AddOpenOptions, &Open);
  dispute.Add("decide", "Decide it, as somebody who had no part in the cycle", kDecideExamples,
              &AddDecideOptions, &Decide);
  dispute.Add("withdraw", "Take it back", kWithdrawExamples, &AddWithdrawOptions, &Withdraw);
  dispute.Add("list", "A person's disputes, each with all that belongs to it", kListExamples,
              &AddListOptions, &List);
  commands.Add("waive", "Do without a deadline, a fee or credits, for one person and cycle",
               kWaiveExamples, &AddWaiveOptions, &Waive);
}

}  // namespace goodstanding::tools
