#include "tools/server_config.h"

#include <fstream>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "eventstore/note.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "services/board_time.h"
#include "services/jwt.h"
#include "services/limits.h"
#include "services/tls.h"
#include "tools/log_format.h"
#include "tools/rule_files.h"

namespace goodstanding::tools {
namespace {

using config::v1::AccessConfig;
using config::v1::ServerConfig;
using config::v1::TlsConfig;

// With the longest subjects, of a caller and a person, it fits into a scope of request ids.
constexpr size_t kMaxIssuerBytes = 120;

class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (text_.empty())
      text_ = absl::StrCat("line ", line + 1, ", column ", column + 1, ": ", message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Faults, each with the path of its field.
class Faults {
 public:
  void Add(const std::string& field, absl::string_view what) {
    list_.push_back(absl::StrCat(field, ": ", what));
  }
  void Check(bool good, const std::string& field, absl::string_view what) {
    if (!good) Add(field, what);
  }
  void Check(const absl::Status& status, const std::string& field) {
    if (!status.ok()) Add(field, status.message());
  }
  void Between(int32_t value, int32_t first, int32_t last, const std::string& field) {
    Check(value >= first && value <= last, field,
          absl::StrCat("must be from ", first, " to ", last, ", not ", value));
  }
  std::vector<std::string>& list() { return list_; }

 private:
  std::vector<std::string> list_;
};

bool IsLoopback(const std::string& address) {
  const std::string host = HostOf(address);
  return host == "127.0.0.1" || host == "[::1]" || host == "localhost";
}

void CheckAddress(const ServerConfig& config, Faults& faults) {
  const std::string& address = config.listen_address();
  const size_t colon = address.rfind(':');
  int port = 0;
  if (colon == std::string::npos || colon == 0 ||
      !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 0 || port > 65535) {
    return faults.Add("listen_address", "must be HOST:PORT, the port from 0 to 65535");
  }
  if (IsLoopback(address) || config.insecure_listen_anywhere()) return;
  faults.Check(config.has_tls() && config.has_access(), "listen_address",
               "must be 127.0.0.1, [::1] or localhost without both tls and access; "
               "insecure_listen_anywhere: true allows others");
}

void CheckTls(const TlsConfig& tls, Faults& faults) {
  faults.Check(services::CheckCertificates(tls.certificate_file()), "tls.certificate_file");
  faults.Check(services::CheckKey(tls.key_file(), tls.certificate_file()), "tls.key_file");
  if (!tls.client_ca_file().empty()) {
    faults.Check(services::CheckCertificates(tls.client_ca_file()), "tls.client_ca_file");
  } else {
    faults.Check(!tls.client_certificate_required(), "tls.client_ca_file",
                 "must name a file, since tls.client_certificate_required is set");
  }
  if (tls.has_reload_seconds()) faults.Between(tls.reload_seconds(), 1, 3600, "tls.reload_seconds");
}

void CheckIssuers(const AccessConfig& access, Faults& faults) {
  std::set<std::string> issuers;
  for (int i = 0; i < access.token_issuers_size(); ++i) {
    const auto& issuer = access.token_issuers(i);
    const std::string path = absl::StrCat("access.token_issuers[", i, "].");
    faults.Check(!issuer.issuer().empty() && issuer.issuer().size() <= kMaxIssuerBytes,
                 path + "issuer", absl::StrCat("must have 1 to ", kMaxIssuerBytes, " bytes"));
    faults.Check(issuers.insert(issuer.issuer()).second, path + "issuer", "is given twice");
    faults.Check(!issuer.audience().empty(), path + "audience", "must be given");
    const auto text = services::ReadSmallFile(issuer.key_file());
    faults.Check(text.ok() ? services::TokenKeys::Parse(*text).status() : text.status(),
                 path + "key_file");
  }
}

// Whether a binding is to an identity that a caller can have.
absl::Status CheckIdentity(const std::string& identity, const AccessConfig& access) {
  if (!absl::StartsWith(identity, "jwt:")) {
    if (absl::StrContains(identity, "://")) return absl::OkStatus();
    return absl::InvalidArgumentError("must be the URI of a certificate or jwt:ISSUER#SUBJECT");
  }
  for (const auto& issuer : access.token_issuers()) {
    const std::string prefix = absl::StrCat("jwt:", issuer.issuer(), "#");
    if (!absl::StartsWith(identity, prefix) || identity.size() == prefix.size()) continue;
    if (!issuer.subjects_are_certificants()) return absl::OkStatus();
    return absl::InvalidArgumentError("must not be a subject of an issuer of certificants");
  }
  return absl::InvalidArgumentError("must name an issuer of access.token_issuers and a subject");
}

void CheckBindings(const AccessConfig& access, Faults& faults) {
  std::set<std::string> identities;
  for (int i = 0; i < access.bindings_size(); ++i) {
    const auto& binding = access.bindings(i);
    const std::string path = absl::StrCat("access.bindings[", i, "].");
    faults.Check(CheckIdentity(binding.identity(), access), path + "identity");
    faults.Check(identities.insert(binding.identity()).second, path + "identity", "is given twice");
    faults.Check(binding.roles_size() > 0, path + "roles", "must hold a role");
    for (int k = 0; k < binding.roles_size(); ++k) {
      faults.Check(config::v1::Role_IsValid(binding.roles(k)) &&
                       binding.roles(k) != config::v1::ROLE_UNSPECIFIED &&
                       binding.roles(k) != config::v1::ROLE_CERTIFICANT,
                   absl::StrCat(path, "roles[", k, "]"),
                   "must be a role, and not ROLE_CERTIFICANT, which comes with a person's token");
    }
  }
}

}  // namespace

std::string HostOf(const std::string& address) { return address.substr(0, address.rfind(':')); }

absl::StatusOr<ServerConfig> ReadServerConfig(const std::string& path) {
  GS_ASSIGN_OR_RETURN(const std::string text, services::ReadSmallFile(path));
  ServerConfig config;
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (parser.ParseFromString(text, &config)) return config;
  return absl::InvalidArgumentError(absl::StrCat(path, ", ", error.text()));
}

void FillDefaults(ServerConfig& config) {
  if (config.listen_address().empty()) config.set_listen_address("127.0.0.1:7443");
  if (config.time_zone().empty()) config.set_time_zone("America/New_York");
  if (!config.has_checkpoint_seconds()) config.set_checkpoint_seconds(60);
  if (!config.has_drain_seconds()) config.set_drain_seconds(10);
  if (!config.has_rebuild_cpu_percent()) config.set_rebuild_cpu_percent(100);
  if (config.log_format().empty()) config.set_log_format("text");
  if (!config.has_max_downtime_days()) config.set_max_downtime_days(7);
  if (config.has_tls() && !config.tls().has_reload_seconds()) {
    config.mutable_tls()->set_reload_seconds(10);
  }
  *config.mutable_limits() = services::WithDefaults(config.limits());
}

std::vector<std::string> FaultsOf(const ServerConfig& config) {
  Faults faults;
  faults.Check(!config.data_folder().empty(), "data_folder", "must name a folder (--data)");
  CheckAddress(config, faults);
  faults.Check(services::BoardTime::Load(config.time_zone()).status(), "time_zone");
  for (int i = 0; i < config.rule_files_size(); ++i) {
    faults.Check(ReadRules(config.rule_files(i)).status(), absl::StrCat("rule_files[", i, "]"));
  }
  for (int i = 0; i < config.witness_keys_size(); ++i) {
    faults.Check(eventstore::NoteKey::Parse(config.witness_keys(i)).status(),
                 absl::StrCat("witness_keys[", i, "]"));
  }
  faults.Between(config.checkpoint_seconds(), 1, 86400, "checkpoint_seconds");
  faults.Between(config.drain_seconds(), 0, 3600, "drain_seconds");
  faults.Between(config.rebuild_cpu_percent(), 1, 100, "rebuild_cpu_percent");
  faults.Check(ReadLogFormat(config.log_format()).status(), "log_format");
  faults.Between(config.max_downtime_days(), 0, 36500, "max_downtime_days");
  for (const auto& [field, what] : services::LimitFaults(config.limits())) {
    faults.Add(absl::StrCat("limits.", field), what);
  }
  if (config.has_tls()) CheckTls(config.tls(), faults);
  if (config.has_access()) {
    CheckIssuers(config.access(), faults);
    CheckBindings(config.access(), faults);
    faults.Check(config.has_tls() || config.insecure_listen_anywhere(), "tls",
                 "must be given with access: without it tokens and answers go in the clear");
  }
  return faults.list();
}

std::string ShowServerConfig(const ServerConfig& config) {
  std::string text;
  google::protobuf::TextFormat::PrintToString(config, &text);
  return text;
}

}  // namespace goodstanding::tools
