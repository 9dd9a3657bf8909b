// HistoryService on the wire.
#ifndef GOODSTANDING_SERVICES_HISTORY_SERVICE_H_
#define GOODSTANDING_SERVICES_HISTORY_SERVICE_H_

#include "goodstanding/api/v1/history_service.grpc.pb.h"
#include "services/inquiry.h"
#include "services/rpc.h"
#include "services/worker.h"

namespace goodstanding::services {

// Adds every method to the loop; pages are read on the worker. All outlive the loop.
void ServeHistory(Loop& loop, api::v1::HistoryService::AsyncService& service, const ReadSide& side,
                  Worker& worker);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_HISTORY_SERVICE_H_
