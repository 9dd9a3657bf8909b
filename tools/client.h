// The server's services behind one channel.
#ifndef GOODSTANDING_TOOLS_CLIENT_H_
#define GOODSTANDING_TOOLS_CLIENT_H_

#include <memory>

#include "absl/time/time.h"
#include "goodstanding/api/v1/command_service.grpc.pb.h"
#include "goodstanding/api/v1/evidence_service.grpc.pb.h"
#include "goodstanding/api/v1/history_service.grpc.pb.h"
#include "goodstanding/api/v1/log_service.grpc.pb.h"
#include "goodstanding/api/v1/operations_service.grpc.pb.h"
#include "goodstanding/api/v1/query_service.grpc.pb.h"
#include "goodstanding/api/v1/rulebook_service.grpc.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "tools/any_command.h"

namespace goodstanding::tools {

// Thread-safe.
class Client {
 public:
  explicit Client(const std::shared_ptr<grpc::Channel>& channel);

  api::v1::CommandService::Stub& commands() const { return *commands_; }
  api::v1::EvidenceService::Stub& evidence() const { return *evidence_; }
  api::v1::HistoryService::Stub& history() const { return *history_; }
  api::v1::LogService::Stub& log() const { return *log_; }
  api::v1::OperationsService::Stub& operations() const { return *operations_; }
  api::v1::QueryService::Stub& queries() const { return *queries_; }
  api::v1::RulebookService::Stub& rulebook() const { return *rulebook_; }

  // Sends a command by the method that it belongs to, with the deadline of Call.
  using Metadata = std::vector<std::pair<std::string, std::string>>;
  grpc::Status Send(const AnyCommand& command, api::v1::CommandReceipt& receipt,
                    const Metadata& metadata = {}) const;

 private:
  const std::unique_ptr<api::v1::CommandService::Stub> commands_;
  const std::unique_ptr<api::v1::EvidenceService::Stub> evidence_;
  const std::unique_ptr<api::v1::HistoryService::Stub> history_;
  const std::unique_ptr<api::v1::LogService::Stub> log_;
  const std::unique_ptr<api::v1::OperationsService::Stub> operations_;
  const std::unique_ptr<api::v1::QueryService::Stub> queries_;
  const std::unique_ptr<api::v1::RulebookService::Stub> rulebook_;
};

// Lets the call fail once the time has passed.
void SetTimeout(absl::Duration timeout, grpc::ClientContext& context);

// Calls a unary method with a deadline of a minute.
//
//   GetStandingResponse response;
//   status = Call(client.queries(), &QueryService::Stub::GetStanding, request, response);
template <typename Stub, typename Request, typename Response>
grpc::Status Call(Stub& stub,
                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                  const Request& request, Response& response) {
  grpc::ClientContext context;
  SetTimeout(absl::Minutes(1), context);
  return (stub.*method)(&context, request, &response);
}

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_CLIENT_H_
