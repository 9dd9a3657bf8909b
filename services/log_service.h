// LogService on the wire.
#ifndef GOODSTANDING_SERVICES_LOG_SERVICE_H_
#define GOODSTANDING_SERVICES_LOG_SERVICE_H_

#include "eventstore/checkpoint_issuer.h"
#include "eventstore/event_store.h"
#include "goodstanding/api/v1/log_service.grpc.pb.h"
#include "services/rpc.h"
#include "services/worker.h"

namespace goodstanding::services {

// Adds every method to the loop; each is answered on the worker. All outlive the loop.
void ServeLog(Loop& loop, api::v1::LogService::AsyncService& service,
              const eventstore::EventStore& store, eventstore::CheckpointIssuer& issuer,
              Worker& worker);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_LOG_SERVICE_H_
