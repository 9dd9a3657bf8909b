// The reading half of RulebookService on the wire; its commands are in command_service.h.
#ifndef GOODSTANDING_SERVICES_RULEBOOK_SERVICE_H_
#define GOODSTANDING_SERVICES_RULEBOOK_SERVICE_H_

#include "goodstanding/api/v1/rulebook_service.grpc.pb.h"
#include "services/inquiry.h"
#include "services/rpc.h"
#include "services/stream_writer.h"

namespace goodstanding::services {

// Thread-safe once it serves.
class RulebookMethods final : public api::v1::RulebookService::AsyncService {
 public:
  // Both outlive the service.
  RulebookMethods(const ReadSide& side, StreamSlots& slots) : side_(side), slots_(slots) {}

  // Adds the methods that only read to the loop. A preview has a thread of its own.
  void ServeReads(Loop& loop);

 private:
  const ReadSide& side_;
  StreamSlots& slots_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_RULEBOOK_SERVICE_H_
