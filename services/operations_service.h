// OperationsService on the wire.
#ifndef GOODSTANDING_SERVICES_OPERATIONS_SERVICE_H_
#define GOODSTANDING_SERVICES_OPERATIONS_SERVICE_H_

#include "goodstanding/api/v1/operations_service.grpc.pb.h"
#include "services/inquiry.h"
#include "services/rpc.h"
#include "services/stream_writer.h"

namespace goodstanding::services {

// The check is a stream, so the callback API serves it; the loop serves the rest.
class OperationsMethods final : public api::v1::OperationsService::WithCallbackMethod_CheckViews<
                                    api::v1::OperationsService::AsyncService> {
 public:
  // Both outlive the service.
  OperationsMethods(const ReadSide& side, StreamSlots& slots) : side_(side), slots_(slots) {}

  void Serve(Loop& loop);

  grpc::ServerWriteReactor<api::v1::CheckViewsResponse>* CheckViews(
      grpc::CallbackServerContext* context, const api::v1::CheckViewsRequest* request) override;

 private:
  const ReadSide& side_;
  StreamSlots& slots_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_OPERATIONS_SERVICE_H_
