// OperationsService on the wire.
#ifndef GOODSTANDING_SERVICES_OPERATIONS_SERVICE_H_
#define GOODSTANDING_SERVICES_OPERATIONS_SERVICE_H_

#include <functional>
#include <utility>

#include "goodstanding/api/v1/operations_service.grpc.pb.h"
#include "services/backups.h"
#include "services/clock_guard.h"
#include "services/inquiry.h"
#include "services/rpc.h"
#include "services/stream_writer.h"
#include "services/worker.h"
#include "services/write_gate.h"

namespace goodstanding::services {

// Thread-safe once it serves.
class OperationsMethods final : public api::v1::OperationsService::AsyncService {
 public:
  // All outlive the service. `gate_moved` is called after the gate was opened or closed.
  OperationsMethods(const ReadSide& side, Backups& backups, StreamSlots& slots, Worker& worker,
                    ClockGuard& clock, WriteGate& gate, std::function<void()> gate_moved)
      : side_(side),
        backups_(backups),
        slots_(slots),
        worker_(worker),
        clock_(clock),
        gate_(gate),
        gate_moved_(std::move(gate_moved)) {}

  // Adds every method to the loop. What takes long has a thread of its own.
  void Serve(Loop& loop);

 private:
  void ServeRebuilds(Loop& loop);
  void ServeGate(Loop& loop);

  const ReadSide& side_;
  Backups& backups_;
  StreamSlots& slots_;
  Worker& worker_;
  ClockGuard& clock_;
  WriteGate& gate_;
  const std::function<void()> gate_moved_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_OPERATIONS_SERVICE_H_
