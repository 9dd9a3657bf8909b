// QueryService on the wire.
#ifndef GOODSTANDING_SERVICES_QUERY_SERVICE_H_
#define GOODSTANDING_SERVICES_QUERY_SERVICE_H_

#include "goodstanding/api/v1/query_service.grpc.pb.h"
#include "services/inquiry.h"
#include "services/rpc.h"
#include "services/worker.h"

namespace goodstanding::services {

// Adds every method to the loop. What the views answer is answered on the loop's thread, what needs
// a replay or a long scan on the worker. All outlive the loop.
void ServeQueries(Loop& loop, api::v1::QueryService::AsyncService& service, const ReadSide& side,
                  Worker& worker);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_QUERY_SERVICE_H_
