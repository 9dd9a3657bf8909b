// CommandService on the wire, and the commands of RulebookService.
#ifndef GOODSTANDING_SERVICES_COMMAND_SERVICE_H_
#define GOODSTANDING_SERVICES_COMMAND_SERVICE_H_

#include "eventstore/key_store.h"
#include "goodstanding/api/v1/command_service.grpc.pb.h"
#include "goodstanding/api/v1/rulebook_service.grpc.pb.h"
#include "services/command_processor.h"
#include "services/rpc.h"

namespace goodstanding::services {

// The import streams its lines, so the callback API serves it; the loop serves everything else.
class CommandMethods final : public api::v1::CommandService::WithCallbackMethod_ImportRegister<
                                 api::v1::CommandService::AsyncService> {
 public:
  // All outlive the service; the processor decides on the loop's thread.
  CommandMethods(Loop& loop, CommandProcessor& processor, const eventstore::KeyStore& keys)
      : loop_(loop), processor_(processor), keys_(keys) {}

  // Adds every unary command to the loop.
  void Serve();

  grpc::ServerReadReactor<api::v1::ImportRegisterRequest>* ImportRegister(
      grpc::CallbackServerContext* context, api::v1::ImportRegisterResponse* response) override;

 private:
  Loop& loop_;
  CommandProcessor& processor_;
  const eventstore::KeyStore& keys_;
};

// Adds PublishRuleSet and CorrectRuleSet to the loop on whose thread the processor decides.
void ServeRuleCommands(Loop& loop, api::v1::RulebookService::AsyncService& service,
                       CommandProcessor& processor, const eventstore::KeyStore& keys);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_COMMAND_SERVICE_H_
