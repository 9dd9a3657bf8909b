// CommandService on the wire, and the commands of RulebookService.
#ifndef GOODSTANDING_SERVICES_COMMAND_SERVICE_H_
#define GOODSTANDING_SERVICES_COMMAND_SERVICE_H_

#include "eventstore/key_store.h"
#include "goodstanding/api/v1/command_service.grpc.pb.h"
#include "goodstanding/api/v1/rulebook_service.grpc.pb.h"
#include "services/arrivals.h"
#include "services/command_processor.h"
#include "services/kept_evidence.h"
#include "services/rpc.h"
#include "services/worker.h"
#include "services/write_gate.h"

namespace goodstanding::services {

// Thread-safe once it serves.
class CommandMethods final : public api::v1::CommandService::AsyncService {
 public:
  // All outlive the service.
  CommandMethods(CommandProcessor& processor, const eventstore::KeyStore& keys, Arrivals& arrivals,
                 KeptEvidence& evidence, Worker& worker, const WriteGate& gate)
      : processor_(processor),
        keys_(keys),
        arrivals_(arrivals),
        evidence_(evidence),
        worker_(worker),
        gate_(gate) {}

  // Adds every command to the loop.
  void Serve(Loop& loop);

 private:
  CommandProcessor& processor_;
  const eventstore::KeyStore& keys_;
  Arrivals& arrivals_;
  KeptEvidence& evidence_;
  Worker& worker_;
  const WriteGate& gate_;
};

// Adds PublishRuleSet and CorrectRuleSet to the loop.
void ServeRuleCommands(Loop& loop, api::v1::RulebookService::AsyncService& service,
                       CommandProcessor& processor, const eventstore::KeyStore& keys);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_COMMAND_SERVICE_H_
