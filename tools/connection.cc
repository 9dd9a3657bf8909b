#include "tools/connection.h"

#include <cstdio>
#include <map>
#include <memory>
#include <random>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "services/tls.h"
#include "tools/command_line.h"
#include "tools/output.h"
#include "tools/refusal_text.h"
#include "tools/when.h"

namespace goodstanding::tools {
namespace {

// Marks a status as that of a call, and holds the call's details.
constexpr char kCallDetails[] = "goodstanding/call-details";

std::optional<absl::Cord> Details(const absl::Status& status) {
  const auto details = status.GetPayload(kCallDetails);
  if (!details) return std::nullopt;
  return *details;
}

std::string ReadOrSay(const std::string& path) {
  if (path.empty()) return "";
  const auto text = services::ReadSmallFile(path);
  if (text.ok()) return *text;
  absl::FPrintF(stderr, "%s\n", text.status().message());
  return "";
}

// Presents the token in a file, as it is at each call.
class TokenFile final : public grpc::MetadataCredentialsPlugin {
 public:
  explicit TokenFile(const std::string& path) : path_(path) {}

  grpc::Status GetMetadata(grpc::string_ref /*service_url*/, grpc::string_ref /*method_name*/,
                           const grpc::AuthContext& /*channel*/,
                           std::multimap<grpc::string, grpc::string>* metadata) override {
    const auto text = services::ReadSmallFile(path_);
    if (!text.ok()) {
      return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, std::string(text.status().message()));
    }
    metadata->emplace("authorization", absl::StrCat("Bearer ", absl::StripAsciiWhitespace(*text)));
    return grpc::Status::OK;
  }

 private:
  const std::string path_;
};

std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const Connection& connection) {
  if (connection.ca_file.empty()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ReadOrSay(connection.ca_file);
  options.pem_cert_chain = ReadOrSay(connection.certificate_file);
  options.pem_private_key = ReadOrSay(connection.key_file);
  auto credentials = grpc::SslCredentials(options);
  if (connection.token_file.empty()) return credentials;
  return grpc::CompositeChannelCredentials(
      credentials,
      grpc::MetadataCredentialsFromPlugin(std::make_unique<TokenFile>(connection.token_file)));
}

// A call asks each 30 s whether the server lives, and ends where it does not. Servers take that
// from clients that ask no more often than each 10 s (min_ping_seconds).
grpc::ChannelArguments KeepaliveArguments() {
  constexpr int kTimeMs = 30'000;
  constexpr int kTimeoutMs = 10'000;
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kTimeMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kTimeoutMs);
  // Who follows the feed sends nothing for days.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  return arguments;
}

}  // namespace

void AddServer(Command& command, Connection& connection) {
  command.Add("--server", connection.server, "Server to ask")
      .FromEnvironment("GOODSTANDING_SERVER")
      .ShowDefault();
  const Option authority =
      command.Add("--ca", connection.ca_file, "Authority of the server's certificate, PEM: use TLS")
          .FromEnvironment("GOODSTANDING_CA");
  const Option certificate =
      command.Add("--cert", connection.certificate_file, "Own certificate, PEM")
          .FromEnvironment("GOODSTANDING_CERT")
          .Needs(authority);
  command.Add("--cert-key", connection.key_file, "Its private key, PEM")
      .FromEnvironment("GOODSTANDING_CERT_KEY")
      .Needs(certificate);
  command.Add("--token-file", connection.token_file, "File of the token to present")
      .FromEnvironment("GOODSTANDING_TOKEN_FILE")
      .Needs(authority);
}

void AddConnection(Command& command, Connection& connection) {
  AddServer(command, connection);
  command.AddFlag("--json", connection.json, "Print the answer as JSON");
  command.Add("--time-zone", connection.time_zone, "Time zone of times given and printed")
      .ShowDefault();
}

Client Connect(const Connection& connection) {
  return Client(grpc::CreateCustomChannel(connection.server, CredentialsOf(connection),
                                          KeepaliveArguments()));
}

void AddPerspective(Command& command, PerspectiveOptions& options, PerspectiveParts parts) {
  if (parts.day) {
    command.Add("--as-of", options.as_of, "At the end of this day, YYYY-MM-DD (default: today)");
  }
  command.Add("--known-at", options.known_at,
              "As known then: YYYY-MM-DD (its end), \"YYYY-MM-DD HH:MM\" or a log position "
              "(default: everything)");
  if (parts.rules) {
    command.Add("--rules", options.rules,
                "Under these rules, NAME or NAME@VERSION (default: those in force)");
  }
}

absl::StatusOr<type::v1::CivilDate> ReadDay(const std::string& text) {
  const std::optional<When> when = When::Parse(text);
  if (when && !when->minute_of_day) return when->date;
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is no day: give YYYY-MM-DD"));
}

absl::StatusOr<api::v1::KnownAt> ReadKnownAt(const std::string& text,
                                             const services::BoardTime& zone) {
  api::v1::KnownAt known_at;
  int64_t position = 0;
  if (absl::SimpleAtoi(text, &position)) {
    known_at.set_position(position);
    return known_at;
  }
  const std::optional<When> when = When::Parse(text);
  if (!when) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", text, "\" is no moment: give YYYY-MM-DD, \"YYYY-MM-DD HH:MM\" or a log position"));
  }
  SetKnownAt(*when, zone, known_at);
  return known_at;
}

absl::StatusOr<type::v1::RuleSetVersion> ReadRuleSetVersion(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '@');
  type::v1::RuleSetVersion version;
  int64_t number = 0;
  if (parts[0].empty() || parts.size() > 2 ||
      (parts.size() == 2 && (!absl::SimpleAtoi(parts[1], &number) || number < 1))) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text,
                     "\" names no rules: give NAME or NAME@VERSION, for example "
                     "namss-2025@1"));
  }
  version.set_name(parts[0]);
  version.set_version(number);
  return version;
}

absl::StatusOr<type::v1::RuleSetVersion> FindRuleSetVersion(const std::string& text,
                                                            const Client& client) {
  GS_ASSIGN_OR_RETURN(type::v1::RuleSetVersion version, ReadRuleSetVersion(text));
  if (version.version() > 0) return version;
  api::v1::GetRuleSetRequest request;
  request.set_name(version.name());
  api::v1::GetRuleSetResponse response;
  GS_RETURN_IF_ERROR(FromCall(
      Call(client.rulebook(), &api::v1::RulebookService::Stub::GetRuleSet, request, response)));
  version.set_version(response.version());
  return version;
}

absl::StatusOr<api::v1::Perspective> ReadPerspective(const PerspectiveOptions& options,
                                                     const services::BoardTime& zone) {
  api::v1::Perspective perspective;
  if (!options.as_of.empty()) {
    GS_ASSIGN_OR_RETURN(*perspective.mutable_as_of_date(), ReadDay(options.as_of));
  }
  if (!options.known_at.empty()) {
    GS_ASSIGN_OR_RETURN(*perspective.mutable_known_at(), ReadKnownAt(options.known_at, zone));
  }
  if (!options.rules.empty()) {
    GS_ASSIGN_OR_RETURN(*perspective.mutable_rule_set(), ReadRuleSetVersion(options.rules));
  }
  return perspective;
}

int Fail(const absl::Status& status) {
  absl::FPrintF(stderr, "%s\n", status.message());
  return kExitUsage;
}

int Fail(const grpc::Status& status, const Connection& connection) {
  const int code = ExitCodeOf(status);
  if (code == kExitUnreachable) {
    absl::FPrintF(stderr,
                  "No server answers at %s (%s).\n"
                  "Start one with: goodstanding serve --data DIR; or name another with --server.\n",
                  connection.server, status.error_message());
  } else {
    absl::FPrintF(stderr, "%s", FailureText(status));
  }
  return code;
}

absl::Status FromCall(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status passed_on(static_cast<absl::StatusCode>(status.error_code()),
                         status.error_message());
  passed_on.SetPayload(kCallDetails, absl::Cord(status.error_details()));
  return passed_on;
}

absl::Status FromCommand(const grpc::Status& status, const std::string& request_id) {
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE ||
      status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    absl::FPrintF(stderr, "Whether it was recorded is unknown. Repeat it with --request-id %s\n",
                  request_id);
  }
  return FromCall(status);
}

void PrintReceipt(const Connection& connection, const api::v1::CommandReceipt& receipt,
                  const std::string& done) {
  if (connection.json) {
    std::fputs(ToJson(receipt).c_str(), stdout);
  } else {
    absl::PrintF("%s (log position %d)\n", done, receipt.position());
  }
}

absl::Status GiveCommand(const Connection& connection, AnyCommand command,
                         const std::string& done) {
  api::v1::CommandReceipt receipt;
  GS_RETURN_IF_ERROR(
      FromCommand(Connect(connection).Send(command, receipt), HeaderOf(command).request_id()));
  PrintReceipt(connection, receipt, done);
  return absl::OkStatus();
}

int Finish(const absl::Status& status, const Connection& connection) {
  if (status.ok()) return 0;
  const std::optional<absl::Cord> details = Details(status);
  if (!details) return Fail(status);
  return Fail(grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                           std::string(status.message()), std::string(*details)),
              connection);
}

void AddRequestId(Command& command, std::string& request_id) {
  command.Add("--request-id", request_id,
              "Id of the command, to repeat it safely (default: a new one)");
}

std::string RequestIdOf(const std::string& given) {
  if (!given.empty()) return given;
  std::random_device random;
  return absl::StrFormat("cli-%08x%08x%08x%08x", random(), random(), random(), random());
}

}  // namespace goodstanding::tools
