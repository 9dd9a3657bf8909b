#include <string>

#include "absl/strings/str_format.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/output.h"

namespace goodstanding::tools {
namespace {

constexpr char kMergeExamples[] =
    "  goodstanding merge ana ann --reason \"registered again under another address\"\n"
    "\n"
    "ana is the survivor: from then on ann answers as ana, and what is sent to ann counts for "
    "ana.\n"
    "To take it back, annul the position printed: goodstanding annul ana --position 4711 …";
constexpr char kMoveExamples[] =
    "  goodstanding move-credit ana c1 bob --reason \"the badge was bob's\"\n"
    "\n"
    "The record counts for bob as it was first reported. To take it back, move it back.";

struct MoveOptions {
  Connection connection;
  std::string certificant_id;
  std::string other_id;
  std::string reference;
  std::string new_reference;
  std::string reason;
  std::string request_id;
};

void AddMergeOptions(Command& command, MoveOptions& options) {
  command.Add("ID", options.certificant_id, "The survivor's id").Required();
  command.Add("OTHER", options.other_id, "The other id of the same person").Required();
  command.Add("--reason", options.reason, "Why; stored sealed").Required();
  AddRequestId(command, options.request_id);
  AddConnection(command, options.connection);
}

void AddMoveOptions(Command& command, MoveOptions& options) {
  command.Add("ID", options.certificant_id, "Who has the record").Required();
  command.Add("REFERENCE", options.reference, "The record's reference").Required();
  command.Add("OTHER", options.other_id, "Whose it is").Required();
  command.Add("--as", options.new_reference, "Its reference there; the same unless given");
  command.Add("--reason", options.reason, "Why; stored sealed").Required();
  AddRequestId(command, options.request_id);
  AddConnection(command, options.connection);
}

// Sends a command, and says what came of it.
template <typename Request>
absl::Status Give(const MoveOptions& options, Request& request, const std::string& done) {
  request.mutable_header()->set_request_id(RequestIdOf(options.request_id));
  request.set_certificant_id(options.certificant_id);
  request.set_reason(options.reason);
  return GiveCommand(options.connection, request, done);
}

int RunMerge(const MoveOptions& options) {
  api::v1::MergeCertificantsRequest request;
  request.set_merged_certificant_id(options.other_id);
  const std::string done =
      absl::StrFormat("%s answers as %s", options.other_id, options.certificant_id);
  return Finish(Give(options, request, done), options.connection);
}

int RunMove(const MoveOptions& options) {
  api::v1::MoveCreditRequest request;
  request.set_reference(options.reference);
  request.set_to_certificant_id(options.other_id);
  request.set_to_reference(options.new_reference);
  const std::string done =
      absl::StrFormat("Credit %s is that of %s", options.reference, options.other_id);
  return Finish(Give(options, request, done), options.connection);
}

}  // namespace

void AddMergeCommands(Commands& commands) {
  commands.Add("merge", "Make two accounts of one person one", kMergeExamples, &AddMergeOptions,
               &RunMerge);
  commands.Add("move-credit", "Give a credit to the person whose it is", kMoveExamples,
               &AddMoveOptions, &RunMove);
}

}  // namespace goodstanding::tools
