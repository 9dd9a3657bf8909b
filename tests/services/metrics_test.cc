// What /metrics, /healthz and /readyz say of a server, over HTTP.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "goodstanding/api/v1/log_service.grpc.pb.h"
#include "gtest/gtest.h"
#include "services/call_metrics.h"
#include "services/metrics_listener.h"
#include "tests/services/service_fixture.h"

namespace goodstanding::services {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Answer {
  int code = 0;
  std::string body;
};

// GET of a path on the loopback.
Answer Get(int port, const std::string& path) {
  const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Answer answer;
  if (connect(socket_fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    close(socket_fd);
    return answer;
  }
  const std::string request =
      absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(write(socket_fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  std::string text;
  char buffer[4096];
  for (ssize_t size = 0; (size = read(socket_fd, buffer, sizeof(buffer))) > 0;) {
    text.append(buffer, static_cast<size_t>(size));
  }
  close(socket_fd);
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(text, absl::MaxSplits("\r\n\r\n", 1));
  const std::vector<std::string> first = absl::StrSplit(parts.first, absl::MaxSplits(' ', 2));
  EXPECT_TRUE(first.size() > 1 && absl::SimpleAtoi(first[1], &answer.code)) << text;
  answer.body = parts.second;
  return answer;
}

class MetricsTest : public ServiceTest {
 protected:
  MetricsTest() {
    options().metrics_address = "127.0.0.1:0";
    Restart();
  }

  Answer Fetch(const std::string& path) { return Get(server().metrics_port(), path); }

  // By name with labels, as they are written.
  std::map<std::string, double> Scrape() {
    const Answer answer = Fetch("/metrics");
    EXPECT_EQ(answer.code, 200);
    std::map<std::string, double> values;
    for (const absl::string_view line : absl::StrSplit(answer.body, '\n', absl::SkipEmpty())) {
      if (absl::StartsWith(line, "#")) continue;
      const size_t space = line.rfind(' ');
      double value = 0;
      EXPECT_TRUE(absl::SimpleAtod(line.substr(space + 1), &value)) << line;
      values[std::string(line.substr(0, space))] = value;
    }
    return values;
  }

  static std::string Labels(const std::string& type, const std::string& service,
                            const std::string& method) {
    return absl::StrCat("{grpc_type=\"", type, "\",grpc_service=\"goodstanding.api.v1.", service,
                        "\",grpc_method=\"", method, "\"");
  }
  static std::string Handled(const std::string& type, const std::string& service,
                             const std::string& method, const std::string& code) {
    return absl::StrCat("grpc_server_handled_total", Labels(type, service, method), ",grpc_code=\"",
                        code, "\"}");
  }
};

TEST_F(MetricsTest, EveryMethodOfEveryServiceIsThereFromTheStart) {
  const std::map<std::string, double> values = Scrape();
  int methods = 0;
  for (const char* const name : {"CommandService", "QueryService", "HistoryService", "LogService",
                                 "RulebookService", "OperationsService", "EvidenceService"}) {
    const auto* const service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
            absl::StrCat("goodstanding.api.v1.", name));
    ASSERT_NE(service, nullptr) << name;
    for (int i = 0; i < service->method_count(); ++i) {
      const auto& method = *service->method(i);
      const std::string type = method.client_streaming()   ? "client_stream"
                               : method.server_streaming() ? "server_stream"
                                                           : "unary";
      EXPECT_TRUE(values.contains(
          absl::StrCat("grpc_server_started_total", Labels(type, name, method.name()), "}")))
          << name << "/" << method.name();
      EXPECT_TRUE(values.contains(Handled(type, name, method.name(), "DataLoss")));
      ++methods;
    }
  }
  EXPECT_GT(methods, 60);
  EXPECT_TRUE(
      values.contains("grpc_server_started_total{grpc_type=\"server_stream\",grpc_service=\"grpc."
                      "health.v1.Health\","
                      "grpc_method=\"Watch\"}"));
}

TEST_F(MetricsTest, CountsCallsByCodeAndRefusalsByReason) {
  const auto before = Scrape();
  Certify("ana");
  EXPECT_EQ(ReasonOf(Try("GetStanding", "certificant_id: 'nobody'")), "CERTIFICANT_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Try("GetStanding", "certificant_id: ''")), "INVALID_ARGUMENT");
  EXPECT_EQ(ReasonOf(Try("GetStanding", "certificant_id: 'ana'")), "OK");
  const auto after = Scrape();
  const auto grown = [&](const std::string& name) { return after.at(name) - before.at(name); };
  EXPECT_EQ(grown(Handled("unary", "CommandService", "RegisterCertificant", "OK")), 1);
  EXPECT_EQ(grown(Handled("unary", "QueryService", "GetStanding", "NotFound")), 1);
  EXPECT_EQ(grown(Handled("unary", "QueryService", "GetStanding", "InvalidArgument")), 1);
  EXPECT_EQ(grown(Handled("unary", "QueryService", "GetStanding", "OK")), 1);
  const std::string standing = Labels("unary", "QueryService", "GetStanding") + "}";
  EXPECT_EQ(grown("grpc_server_started_total" + standing), 3);
  EXPECT_EQ(grown("grpc_server_msg_received_total" + standing), 3);
  EXPECT_EQ(grown("grpc_server_msg_sent_total" + standing), 1);
  EXPECT_EQ(grown("grpc_server_handling_seconds_count" + standing), 3);
  EXPECT_EQ(grown("goodstanding_refusals_total{reason=\"CERTIFICANT_NOT_FOUND\"}"), 1);
  EXPECT_EQ(grown("goodstanding_log_head_position"), 2);
  EXPECT_EQ(grown("goodstanding_commit_group_events_sum"), 2);
  EXPECT_EQ(grown("goodstanding_commit_seconds_count"),
            grown("goodstanding_commit_group_events_count"));
}

TEST_F(MetricsTest, CountsTheMessagesOfStreams) {
  const auto stub = api::v1::OperationsService::NewStub(caller().channel());
  grpc::ClientContext context;
  const auto reader = stub->CheckViews(&context, api::v1::CheckViewsRequest());
  api::v1::CheckViewsResponse response;
  int messages = 0;
  while (reader->Read(&response)) ++messages;
  EXPECT_TRUE(reader->Finish().ok());
  const auto values = Scrape();
  const std::string check = Labels("server_stream", "OperationsService", "CheckViews") + "}";
  EXPECT_EQ(values.at("grpc_server_started_total" + check), 1);
  EXPECT_EQ(values.at("grpc_server_msg_received_total" + check), 1);
  EXPECT_EQ(values.at("grpc_server_msg_sent_total" + check), messages);
  EXPECT_EQ(values.at(Handled("server_stream", "OperationsService", "CheckViews", "OK")), 1);

  api::v1::ImportRegisterResponse imported;
  EXPECT_EQ(ReasonOf(caller().Import({{}, {}}, &imported, false)), "INVALID_ARGUMENT");
  EXPECT_GE(Scrape().at("grpc_server_msg_received_total" +
                        Labels("client_stream", "CommandService", "ImportRegister") + "}"),
            1);
}

TEST_F(MetricsTest, TellsWhatAlertsRestOn) {
  Certify("ana");
  const auto values = Scrape();
  for (const char* const name :
       {"goodstanding_view_lag_events", "goodstanding_view_position",
        "goodstanding_rebuild_progress_ratio", "goodstanding_subscribers",
        "goodstanding_subscriber_lag_events", "goodstanding_checkpoint_age_seconds",
        "goodstanding_commands_waiting", "goodstanding_rocksdb_write_stopped",
        "goodstanding_rocksdb_delayed_write_rate", "goodstanding_rocksdb_bytes{database=\"log\"}",
        "goodstanding_rocksdb_bytes{database=\"keys\"}",
        "goodstanding_rocksdb_bytes{database=\"views\"}", "goodstanding_read_only",
        "goodstanding_clock_guard_tripped", "goodstanding_last_backup_timestamp_seconds",
        "goodstanding_writer_poisoned", "goodstanding_refusals_total{reason=\"OTHER\"}",
        "goodstanding_erasure_refusals_total{reason=\"LEGAL_HOLD\"}",
        "goodstanding_erasure_refusals_total{reason=\"OTHER\"}"}) {
    EXPECT_TRUE(values.contains(name)) << name;
  }
  EXPECT_GT(values.at("goodstanding_disk_free_bytes"), 0);
  EXPECT_GT(values.at("process_open_fds"), 3);
  EXPECT_GT(values.at("process_resident_memory_bytes"), 1 << 20);
  EXPECT_THAT(Fetch("/metrics").body, HasSubstr("goodstanding_build_info{version=\"0.1.0\""));
  SetClock("2025-09-16");
  EXPECT_EQ(Scrape().at("goodstanding_checkpoint_age_seconds"), 86400) << "no checkpoint was made";
}

// The names in backticks of the section on metrics, and no others, are those of a scrape.
TEST_F(MetricsTest, AreThoseThatTheDocumentsName) {
  std::set<std::string> exported;
  for (const absl::string_view line : absl::StrSplit(Fetch("/metrics").body, '\n')) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() == 4 && words[0] == "#" && words[1] == "TYPE") exported.insert(words[2]);
  }
  std::ifstream file(GOODSTANDING_SOURCE_DIR "/docs/operations.md");
  std::set<std::string> documented;
  bool within = false;
  for (std::string line; std::getline(file, line);) {
    if (absl::StartsWith(line, "#")) within = line == "### Metrics";
    if (!within) continue;
    const std::vector<std::string> parts = absl::StrSplit(line, '`');
    for (size_t i = 1; i < parts.size(); i += 2) {
      const std::string name = parts[i].substr(0, parts[i].find('{'));
      if (absl::StartsWith(name, "goodstanding_") || absl::StartsWith(name, "grpc_server_") ||
          absl::StartsWith(name, "process_")) {
        documented.insert(name);
      }
    }
  }
  EXPECT_THAT(exported, ::testing::SizeIs(::testing::Gt(25U)));
  EXPECT_EQ(exported, documented);
}

TEST_F(MetricsTest, HoldsNothingOfPersons) {
  Do("RegisterCertificant",
     "certificant_id: 'id-marker' name: 'Name Marker' email: 'mail@marker.example'");
  Try("GetStanding", "certificant_id: 'other-marker'");
  EXPECT_THAT(Fetch("/metrics").body, Not(HasSubstr("arker")));
}

TEST_F(MetricsTest, IsAliveAndReady) {
  EXPECT_EQ(Fetch("/healthz").code, 200);
  while (Fetch("/readyz").code != 200) {
  }  // Once the views have caught up.
  EXPECT_EQ(Fetch("/other").code, 404);
  Ask<api::v1::SetReadOnlyResponse>(*RequestOf("SetReadOnly", "read_only: true"));
  EXPECT_EQ(Fetch("/readyz").code, 200) << "reading goes on";
  EXPECT_EQ(Scrape().at("goodstanding_read_only"), 1);
}

#ifdef GOODSTANDING_PROMTOOL
TEST_F(MetricsTest, PassesPrometheusOwnCheck) {
  const std::string promtool = GOODSTANDING_PROMTOOL;
  const std::string file = folder() + "/metrics.txt";
  std::ofstream(file) << Fetch("/metrics").body;
  EXPECT_EQ(std::system((promtool + " check metrics <" + file).c_str()), 0);
}
#endif

TEST(MetricsListenerTest, IsNotReadyWhereTheServerIsNot) {
  bool ready = false;
  const auto listener = MetricsListener::Start(
      "127.0.0.1:0", {.figures = [] { return ServerFigures{}; }, .ready = [&] { return ready; }});
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_EQ(Get((*listener)->port(), "/readyz").code, 503);
  EXPECT_EQ(Get((*listener)->port(), "/healthz").code, 200);
  ready = true;
  EXPECT_EQ(Get((*listener)->port(), "/readyz").code, 200);
}

TEST(MetricsListenerTest, SaysThatAPortIsTaken) {
  const MetricsListener::Sources sources{.figures = [] { return ServerFigures{}; },
                                         .ready = [] { return true; }};
  const auto first = MetricsListener::Start("127.0.0.1:0", sources);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = MetricsListener::Start(absl::StrCat("127.0.0.1:", (*first)->port()), sources);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
}

TEST(NameOfMethodTest, IsThatOfTheService) {
  using Service = api::v1::LogService::AsyncService;
  const auto name_of = []<typename Base, typename... Arguments>(void (Base::*)(Arguments...)) {
    return NameOfMethod(typeid(Base));
  };
  const MethodName name = name_of(&Service::RequestGetCheckpoint);
  EXPECT_EQ(name.service, "goodstanding.api.v1.LogService");
  EXPECT_EQ(name.method, "GetCheckpoint");
}

}  // namespace
}  // namespace goodstanding::services
