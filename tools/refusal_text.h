// What a failed call says, for people.
#ifndef GOODSTANDING_TOOLS_REFUSAL_TEXT_H_
#define GOODSTANDING_TOOLS_REFUSAL_TEXT_H_

#include <string>
#include <utility>
#include <vector>

#include "grpcpp/support/status.h"

namespace goodstanding::tools {

// The google.rpc details of a failed call.
struct FailedCall {
  std::string code;     // "FAILED_PRECONDITION".
  std::string message;  // A sentence that says what would be accepted.
  std::string reason;   // "HALF_NOT_MET"; the code's name where the server gave none.
  std::string field;    // The request field at fault; may be empty.
  std::vector<std::pair<std::string, std::string>> facts;  // By name, ascending.
};

FailedCall ReadFailure(const grpc::Status& status);

// Message, reason, field and facts, one a line, ready to print.
std::string FailureText(const grpc::Status& status);

// Exit code of the tool for a failed call: 3 where no server answered, else 1.
int ExitCodeOf(const grpc::Status& status);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_REFUSAL_TEXT_H_
