// A complete server on a scratch folder with a clock of its own, and any method of it by the name
// of its request.
#ifndef GOODSTANDING_TESTS_SERVICES_SERVICE_FIXTURE_H_
#define GOODSTANDING_TESTS_SERVICES_SERVICE_FIXTURE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "goodstanding/api/v1/command_service.grpc.pb.h"
#include "goodstanding/api/v1/evidence_service.grpc.pb.h"
#include "goodstanding/api/v1/history_service.grpc.pb.h"
#include "goodstanding/api/v1/operations_service.grpc.pb.h"
#include "goodstanding/api/v1/query_service.grpc.pb.h"
#include "goodstanding/api/v1/rulebook_service.grpc.pb.h"
#include "google/protobuf/text_format.h"
#include "google/rpc/error_details.pb.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "services/server.h"

namespace goodstanding::services {

// The message of a text; a fatal failure of the test where it is none.
template <typename Message>
Message Text(absl::string_view text) {
  Message message;
  if (!google::protobuf::TextFormat::ParseFromString(std::string(text), &message)) {
    ADD_FAILURE() << "no " << Message::descriptor()->name() << ": " << text;
  }
  return message;
}

// The request of a method, by the method's name and a text: for tables.
std::unique_ptr<google::protobuf::Message> RequestOf(absl::string_view method,
                                                     absl::string_view text);

// Noon of a day in the board's zone.
absl::Time Noon(absl::string_view day);

// The details of a failed call.
struct Details {
  bool present = false;  // Whether there is a google.rpc.Status of the same code and message.
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
  google::rpc::PreconditionFailure precondition;
  google::rpc::ResourceInfo resource;
  google::rpc::RetryInfo retry;
  std::map<std::string, int> counts;  // Of each kind of detail, by its name without package.
};
Details DetailsOf(const grpc::Status& status);
// "CERTIFICANT_EXISTS"; "OK" where the call succeeded, the message where it has no details.
std::string ReasonOf(const grpc::Status& status);
// The field that the status blames; empty where it blames none.
std::string FieldOf(const grpc::Status& status);

// Calls every unary method with a deadline, so that a test ends rather than hangs.
class Caller {
 public:
  explicit Caller(std::shared_ptr<grpc::Channel> channel) : channel_(std::move(channel)) {}

  // Calls the method that takes this request.
  grpc::Status Call(const google::protobuf::Message& request,
                    google::protobuf::Message* response) const;
  // Sends bytes, which need not be a message, to "/package.Service/Method".
  grpc::Status CallBytes(const std::string& path, const std::string& bytes,
                         std::string* response) const;
  // Imports, one message a time; without `last` the stream ends before it is whole.
  grpc::Status Import(const std::vector<api::v1::ImportRegisterRequest>& messages,
                      api::v1::ImportRegisterResponse* response, bool last = true) const;

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  std::shared_ptr<grpc::Channel> channel_;
};

// Sets the request id of a command. A command's request has its header as field 1.
void SetRequestId(const std::string& id, google::protobuf::Message& command);
bool IsCommand(const google::protobuf::Message& request);

class ServiceTest : public ::testing::Test {
 protected:
  // Serves an empty folder on 2025-09-15, with the shipped rules published as event 1.
  ServiceTest();
  ~ServiceTest() override;

  // Stops the server, if it runs; `meanwhile` may change the folder; starts it again.
  void Restart(const std::function<void()>& meanwhile = nullptr);

  // Calls the method of the request. A fatal failure of the test where it is refused.
  template <typename Response>
  Response Ask(const google::protobuf::Message& request) {
    Response response;
    const grpc::Status status = caller().Call(request, &response);
    EXPECT_TRUE(status.ok()) << request.GetTypeName() << ": " << ReasonOf(status) << ", "
                             << status.error_message();
    return response;
  }
  // Calls it, whatever comes of it.
  grpc::Status Try(const google::protobuf::Message& request);
  grpc::Status Try(absl::string_view method, absl::string_view text);

  // Gives a command, under a request id of its own unless the text has one.
  api::v1::CommandReceipt Do(absl::string_view method, absl::string_view text);
  // Registers a person and grants CPCS on a day.
  void Certify(const std::string& id, absl::string_view day = "2022-05-14");

  int64_t Head();
  // Every event of the log, by paging.
  std::vector<api::v1::HistoryEvent> Log();
  std::string NewId();

  const Caller& caller() const { return *caller_; }
  Server& server() { return *server_; }
  void StopServer() { server_.reset(); }
  void SetClock(absl::string_view day) { clock_.Set(Noon(day)); }
  const std::string& folder() const { return folder_; }
  // What the next Restart starts with.
  ServerOptions& options() { return options_; }

 private:
  void StartServer();

  std::string folder_;
  ManualClock clock_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Caller> caller_;
  int next_id_ = 0;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_TESTS_SERVICES_SERVICE_FIXTURE_H_
