#include <cstdio>
#include <string>

#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/output.h"
#include "tools/person_text.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding certificant ana\n"
    "  goodstanding certificant --email ana@example.org    by the address on file, in any case\n"
    "\n"
    "The version is what expected_version in a command means.";

struct CertificantOptions {
  Connection connection;
  std::string certificant_id;
  std::string email;
};

void AddOptions(Command& command, CertificantOptions& options) {
  const Option id = command.Add("ID", options.certificant_id, "The certificant's id");
  command.Add("--email", options.email, "The e-mail address now on file").Excludes(id);
  AddConnection(command, options.connection);
}

int Run(const CertificantOptions& options) {
  if (options.certificant_id.empty() && options.email.empty()) {
    return Fail(absl::InvalidArgumentError("Say whom: give an ID, or --email ADDRESS."));
  }
  api::v1::GetCertificantRequest request;
  if (options.email.empty()) {
    request.set_certificant_id(options.certificant_id);
  } else {
    request.set_email(options.email);
  }
  api::v1::GetCertificantResponse response;
  const Client client = Connect(options.connection);
  const grpc::Status status =
      Call(client.queries(), &api::v1::QueryService::Stub::GetCertificant, request, response);
  if (!status.ok()) return Fail(status, options.connection);
  const std::string text =
      options.connection.json ? ToJson(response) : CertificantText(response, StdoutStyle());
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace

void AddCertificantCommand(Commands& commands) {
  commands.Add("certificant", "A certificant's name and contact", kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
