// OperationsService on the wire.
#ifndef GOODSTANDING_SERVICES_OPERATIONS_SERVICE_H_
#define GOODSTANDING_SERVICES_OPERATIONS_SERVICE_H_

#include "goodstanding/api/v1/operations_service.grpc.pb.h"
#include "services/backups.h"
#include "services/inquiry.h"
#include "services/rpc.h"
#include "services/stream_writer.h"
#include "services/worker.h"

namespace goodstanding::services {

// What takes long is a stream, so the callback API serves it; the loop serves the rest.
class OperationsMethods final
    : public api::v1::OperationsService::WithCallbackMethod_CheckViews<
          api::v1::OperationsService::WithCallbackMethod_CreateBackup<
              api::v1::OperationsService::WithCallbackMethod_RestoreBackup<
                  api::v1::OperationsService::AsyncService>>> {
 public:
  // All outlive the service.
  OperationsMethods(const ReadSide& side, Backups& backups, StreamSlots& slots, Worker& worker)
      : side_(side), backups_(backups), slots_(slots), worker_(worker) {}

  void Serve(Loop& loop);

  grpc::ServerWriteReactor<api::v1::CheckViewsResponse>* CheckViews(
      grpc::CallbackServerContext* context, const api::v1::CheckViewsRequest* request) override;
  grpc::ServerWriteReactor<api::v1::CreateBackupResponse>* CreateBackup(
      grpc::CallbackServerContext* context, const api::v1::CreateBackupRequest* request) override;
  grpc::ServerWriteReactor<api::v1::RestoreBackupResponse>* RestoreBackup(
      grpc::CallbackServerContext* context, const api::v1::RestoreBackupRequest* request) override;

 private:
  const ReadSide& side_;
  Backups& backups_;
  StreamSlots& slots_;
  Worker& worker_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_OPERATIONS_SERVICE_H_
