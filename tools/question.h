// Questions about one certificant: what the commands standing, explain, transcript, account,
// deadlines and timeline have in common.
#ifndef GOODSTANDING_TOOLS_QUESTION_H_
#define GOODSTANDING_TOOLS_QUESTION_H_

#include <cstdio>
#include <string>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/output.h"

namespace goodstanding::tools {

struct Question {
  Connection connection;
  PerspectiveOptions perspective;
  std::string certificant_id;
};

// Adds the id, the perspective and the connection.
void AddQuestion(Command& command, Question& question, PerspectiveParts parts = {});

// Fills in whom the question is about and how it is to be seen, by its options.
absl::Status ReadQuestion(const Question& question, const Client& client,
                          std::string& certificant_id, api::v1::Perspective& perspective);

template <typename Request, typename Response>
using QueryMethod = grpc::Status (api::v1::QueryService::Stub::*)(grpc::ClientContext*,
                                                                  const Request&, Response*);

// Asks the question and prints the answer, as JSON or as `render` writes it. The request holds what
// is the method's own. Returns the exit code.
template <typename Request, typename Response>
int Ask(const Question& question, QueryMethod<Request, Response> method, Request request,
        std::string (*render)(const Response&, const Style&)) {
  const Client client = Connect(question.connection);
  const absl::Status read = ReadQuestion(question, client, *request.mutable_certificant_id(),
                                         *request.mutable_perspective());
  if (!read.ok()) return Finish(read, question.connection);
  Response response;
  const grpc::Status status = Call(client.queries(), method, request, response);
  if (!status.ok()) return Fail(status, question.connection);
  const std::string text =
      question.connection.json ? ToJson(response) : render(response, StdoutStyle());
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_QUESTION_H_
