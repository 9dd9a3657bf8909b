// The configuration of a server: what it may hold, and that every fault is named.
#include "tools/server_config.h"

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "tools/scratch_folder.h"

namespace goodstanding::tools {
namespace {

using config::v1::ServerConfig;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::vector<std::string> Faults(const std::string& text) {
  ServerConfig config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
  FillDefaults(config);
  return FaultsOf(config);
}

TEST(ServerConfigTest, TheLeastIsAFolder) {
  EXPECT_THAT(Faults("data_folder: 'd'"), IsEmpty());
  EXPECT_THAT(Faults(""), ElementsAre(StartsWith("data_folder: ")));
}

TEST(ServerConfigTest, NamesEveryFault) {
  EXPECT_THAT(
      Faults("listen_address: '127.0.0.1' time_zone: 'Mars/Olympus' rule_files: 'none' "
             "witness_keys: 'x' checkpoint_seconds: 0 drain_seconds: 3601 rebuild_cpu_percent: 101 "
             "log_format: 'xml' max_downtime_days: -1 "
             "tls { certificate_file: 'none' client_certificate_required: true reload_seconds: 0 } "
             "access { token_issuers { key_file: 'none' } bindings { identity: 'web' } "
             "bindings { identity: 'jwt:https://a#b' roles: [ROLE_STAFF, ROLE_CERTIFICANT] } }"),
      ElementsAre(
          StartsWith("data_folder: "), StartsWith("listen_address: "), StartsWith("time_zone: "),
          StartsWith("rule_files[0]: "), StartsWith("witness_keys[0]: "),
          StartsWith("checkpoint_seconds: "), StartsWith("drain_seconds: "),
          StartsWith("rebuild_cpu_percent: "), StartsWith("log_format: "),
          StartsWith("max_downtime_days: "), StartsWith("tls.certificate_file: "),
          StartsWith("tls.key_file: "), StartsWith("tls.client_ca_file: "),
          StartsWith("tls.reload_seconds: "), StartsWith("access.token_issuers[0].issuer: "),
          StartsWith("access.token_issuers[0].audience: "),
          StartsWith("access.token_issuers[0].key_file: "),
          StartsWith("access.bindings[0].identity: "), StartsWith("access.bindings[0].roles: "),
          StartsWith("access.bindings[1].identity: "),
          StartsWith("access.bindings[1].roles[1]: ")));
}

TEST(ServerConfigTest, ListensBeyondThisHostOnlyWhenToldLoudly) {
  for (const char* const loopback : {"127.0.0.1:0", "localhost:7443", "[::1]:65535"}) {
    EXPECT_THAT(Faults(absl::StrCat("data_folder: 'd' listen_address: '", loopback, "'")),
                IsEmpty());
  }
  for (const char* const elsewhere :
       {"0.0.0.0:7443", "[::]:7443", "127.0.0.1.example.org:7443", "board.example:7443"}) {
    const std::string text = absl::StrCat("data_folder: 'd' listen_address: '", elsewhere, "'");
    EXPECT_THAT(Faults(text), ElementsAre(StartsWith("listen_address: ")));
    EXPECT_THAT(Faults(text + " insecure_listen_anywhere: true"), IsEmpty());
    EXPECT_THAT(Faults(text + " access {}"),
                ElementsAre(StartsWith("listen_address: "), StartsWith("tls: ")));
  }
}

TEST(ServerConfigTest, AnIdentityIsNamedOnce) {
  const std::string binding = "bindings { identity: 'spiffe://b/web' roles: ROLE_WEB } ";
  const std::string start = "data_folder: 'd' insecure_listen_anywhere: true access { ";
  EXPECT_THAT(Faults(absl::StrCat(start, binding, "}")), IsEmpty());
  EXPECT_THAT(Faults(absl::StrCat(start, binding, binding, "}")),
              ElementsAre("access.bindings[1].identity: is given twice"));
}

TEST(ServerConfigTest, SaysWhereAFileIsNoConfiguration) {
  const auto folder = ScratchFolder::Create().value();
  const std::string path = absl::StrCat(folder->path(), "/server.txt");
  std::ofstream(path) << "data_folder: 'd'\nlisten: 'x'\n";
  const auto config = ReadServerConfig(path);
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(config.status().message()), HasSubstr("line 2, column 7"));
  EXPECT_FALSE(ReadServerConfig(absl::StrCat(folder->path(), "/none")).ok());
  std::ofstream(path) << "data_folder: 'd'\n";
  ServerConfig read = ReadServerConfig(path).value();
  FillDefaults(read);
  EXPECT_THAT(ShowServerConfig(read), HasSubstr("listen_address: \"127.0.0.1:7443\""));
}

}  // namespace
}  // namespace goodstanding::tools
