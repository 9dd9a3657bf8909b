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

// Thread-safe once it serves.
class OperationsMethods final : public api::v1::OperationsService::AsyncService {
 public:
  // All outlive the service.
  OperationsMethods(const ReadSide& side, Backups& backups, StreamSlots& slots, Worker& worker)
      : side_(side), backups_(backups), slots_(slots), worker_(worker) {}

  // Adds every method to the loop. What takes long has a thread of its own.
  void Serve(Loop& loop);

 private:
  void ServeRebuilds(Loop& loop);

  const ReadSide& side_;
  Backups& backups_;
  StreamSlots& slots_;
  Worker& worker_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_OPERATIONS_SERVICE_H_
