// What the commands that ask a server have in common.
#ifndef GOODSTANDING_TOOLS_CONNECTION_H_
#define GOODSTANDING_TOOLS_CONNECTION_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "goodstanding/api/v1/common.pb.h"
#include "services/board_time.h"
#include "tools/any_command.h"
#include "tools/client.h"
#include "tools/command_line.h"

namespace goodstanding::tools {

// Where the server is and in what form its answer is printed.
struct Connection {
  std::string server = "127.0.0.1:7443";
  std::string time_zone = "America/New_York";
  bool json = false;
  // PEM files; the authority of the server's certificate, and one's own certificate and key.
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  // File of a token, read for each call.
  std::string token_file;
};

// Adds --server, and what identifies both sides.
void AddServer(Command& command, Connection& connection);
// Adds that, --json and --time-zone.
void AddConnection(Command& command, Connection& connection);

// TLS where an authority is given, else in the clear. A file that cannot be read is said on
// standard error, and the calls then fail.
Client Connect(const Connection& connection);

// The day, the knowledge and the rules of a question.
struct PerspectiveOptions {
  std::string as_of;
  std::string known_at;
  std::string rules;
};

// Which parts a question has; all have a knowledge.
struct PerspectiveParts {
  bool day = true;
  bool rules = true;
};

// Adds --as-of, --known-at and --rules, as far as the question has them.
void AddPerspective(Command& command, PerspectiveOptions& options, PerspectiveParts parts = {});

// INVALID_ARGUMENT where an option is not as its help says.
absl::StatusOr<api::v1::Perspective> ReadPerspective(const PerspectiveOptions& options,
                                                     const services::BoardTime& zone);
absl::StatusOr<type::v1::CivilDate> ReadDay(const std::string& text);
absl::StatusOr<api::v1::KnownAt> ReadKnownAt(const std::string& text,
                                             const services::BoardTime& zone);
// "NAME" or "NAME@VERSION"; version 0 where there is none.
absl::StatusOr<type::v1::RuleSetVersion> ReadRuleSetVersion(const std::string& text);

// The same, the newest version where none is given: asks the server. INVALID_ARGUMENT, or the
// failed call.
absl::StatusOr<type::v1::RuleSetVersion> FindRuleSetVersion(const std::string& text,
                                                            const Client& client);

// Prints the message of a status on standard error.
int Fail(const absl::Status& status);
// The same for a failed call, with what would be accepted. The exit code says whether a server was
// there.
int Fail(const grpc::Status& status, const Connection& connection);

// The status of a call, to be passed on with the details that Finish prints.
absl::Status FromCall(const grpc::Status& status);
// Ends a command: the exit code, after Fail where the status is not OK.
int Finish(const absl::Status& status, const Connection& connection);

// Adds --request-id, of a command that is recorded.
void AddRequestId(Command& command, std::string& request_id);
// The id that was given, or a new one where that is empty.
std::string RequestIdOf(const std::string& given);

// As FromCall, for a command: where its outcome is unknown, says on standard error how to repeat
// it.
absl::Status FromCommand(const grpc::Status& status, const std::string& request_id);

// Prints what came of a command: the receipt as JSON where that is asked for, else `done` and the
// log position.
void PrintReceipt(const Connection& connection, const api::v1::CommandReceipt& receipt,
                  const std::string& done);

// Gives a command, whose request id is set, and prints what came of it.
absl::Status GiveCommand(const Connection& connection, AnyCommand command, const std::string& done);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_CONNECTION_H_
