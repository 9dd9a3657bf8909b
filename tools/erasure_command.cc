#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/output.h"
#include "tools/when.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding erasure request ana --reason \"asked for it by letter\"\n"
    "  goodstanding erasure confirm ana          as another person: it takes place 30 days later\n"
    "  goodstanding erasure call-off ana --reason \"withdrawn\"\n"
    "  goodstanding erasure hold ana --reference case-7 --reason \"subpoena\"\n"
    "  goodstanding erasure lift ana --reference case-7\n"
    "\n"
    "How far it is: goodstanding certificant ana. Name, address and all free text become\n"
    "unreadable; standings, proofs and the history by id stay. Make a backup afterwards: older\n"
    "copies of the keys go with it.";
constexpr char kRequestExamples[] =
    "  goodstanding erasure request ana --reason \"asked for it by letter\"\n"
    "\n"
    "Refused while the person is certified, an audit is open, or a hold stands.";
constexpr char kConfirmExamples[] = "  goodstanding erasure confirm ana";
constexpr char kCallOffExamples[] = "  goodstanding erasure call-off ana --reason \"withdrawn\"";
constexpr char kHoldExamples[] =
    "  goodstanding erasure hold ana --reference case-7 --reason \"subpoena\"\n"
    "  goodstanding erasure hold ana --reference retention --until 2032-12-31";
constexpr char kLiftExamples[] = "  goodstanding erasure lift ana --reference case-7";

struct ErasureOptions {
  Connection connection;
  std::string certificant_id;
  std::string reference;
  std::string until;
  std::string reason;
  std::string request_id;
};

void AddWhom(Command& command, ErasureOptions& options) {
  command.Add("ID", options.certificant_id, "The certificant's id").Required();
}

void AddRest(Command& command, ErasureOptions& options) {
  AddRequestId(command, options.request_id);
  AddConnection(command, options.connection);
}

void AddConfirmOptions(Command& command, ErasureOptions& options) {
  AddWhom(command, options);
  AddRest(command, options);
}

void AddReasonOptions(Command& command, ErasureOptions& options) {
  AddWhom(command, options);
  command.Add("--reason", options.reason, "Why; sealed with the person's data");
  AddRest(command, options);
}

void AddLiftOptions(Command& command, ErasureOptions& options) {
  AddWhom(command, options);
  command.Add("--reference", options.reference, "Your reference of the hold").Required();
  command.Add("--reason", options.reason, "Why; sealed with the person's data");
  AddRest(command, options);
}

void AddHoldOptions(Command& command, ErasureOptions& options) {
  AddLiftOptions(command, options);
  command.Add("--until", options.until, "Last day on which it holds (default: until it is lifted)");
}

// Sends a request about the person.
template <typename Message>
int Send(const ErasureOptions& options,
         grpc::Status (api::v1::CommandService::Stub::*method)(grpc::ClientContext*, const Message&,
                                                               api::v1::CommandReceipt*),
         Message request, const char* done) {
  request.mutable_header()->set_request_id(RequestIdOf(options.request_id));
  request.set_certificant_id(options.certificant_id);
  api::v1::CommandReceipt receipt;
  const Client client = Connect(options.connection);
  const absl::Status status =
      FromCommand(Call(client.commands(), method, request, receipt), request.header().request_id());
  if (!status.ok()) return Finish(status, options.connection);
  PrintReceipt(options.connection, receipt, absl::StrCat(options.certificant_id, ": ", done));
  return 0;
}

using Stub = api::v1::CommandService::Stub;

int Request(const ErasureOptions& options) {
  api::v1::RequestErasureRequest request;
  request.set_reason(options.reason);
  return Send(options, &Stub::RequestErasure, request, "erasure asked for; another has to confirm");
}

int Confirm(const ErasureOptions& options) {
  return Send(options, &Stub::ConfirmErasure, api::v1::ConfirmErasureRequest(),
              "erasure confirmed; it takes place in 30 days unless it is called off");
}

int CallOff(const ErasureOptions& options) {
  api::v1::CallOffErasureRequest request;
  request.set_reason(options.reason);
  return Send(options, &Stub::CallOffErasure, request, "erasure called off");
}

int Hold(const ErasureOptions& options) {
  api::v1::PlaceLegalHoldRequest request;
  request.set_reference(options.reference);
  request.set_reason(options.reason);
  if (!options.until.empty()) {
    const std::optional<When> until = When::Parse(options.until);
    if (!until || until->minute_of_day) {
      return Fail(absl::InvalidArgumentError("--until must be a day, YYYY-MM-DD."));
    }
    *request.mutable_last_date() = until->date;
  }
  return Send(options, &Stub::PlaceLegalHold, request, "hold placed");
}

int Lift(const ErasureOptions& options) {
  api::v1::LiftLegalHoldRequest request;
  request.set_reference(options.reference);
  request.set_reason(options.reason);
  return Send(options, &Stub::LiftLegalHold, request, "hold lifted");
}

}  // namespace

void AddErasureCommand(Commands& commands) {
  Commands erasure = commands.AddGroup(
      "erasure", "Make a person's name, address and free text unreadable, or hold that", kExamples);
  erasure.Add("request", "Ask that a person's data be erased", kRequestExamples, &AddReasonOptions,
              &Request);
  erasure.Add("confirm", "Confirm it, as another person", kConfirmExamples, &AddConfirmOptions,
              &Confirm);
  erasure.Add("call-off", "Call it off", kCallOffExamples, &AddReasonOptions, &CallOff);
  erasure.Add("hold", "Say that the data has to be kept", kHoldExamples, &AddHoldOptions, &Hold);
  erasure.Add("lift", "Lift a hold", kLiftExamples, &AddLiftOptions, &Lift);
}

}  // namespace goodstanding::tools
