// The reading half of RulebookService on the wire; its commands are in command_service.h.
#ifndef GOODSTANDING_SERVICES_RULEBOOK_SERVICE_H_
#define GOODSTANDING_SERVICES_RULEBOOK_SERVICE_H_

#include "goodstanding/api/v1/rulebook_service.grpc.pb.h"
#include "services/inquiry.h"
#include "services/rpc.h"
#include "services/stream_writer.h"

namespace goodstanding::services {

// The preview is a stream, so the callback API serves it; loops serve everything else.
class RulebookMethods final : public api::v1::RulebookService::WithCallbackMethod_PreviewCorrection<
                                  api::v1::RulebookService::AsyncService> {
 public:
  // Both outlive the service.
  RulebookMethods(const ReadSide& side, StreamSlots& slots) : side_(side), slots_(slots) {}

  // Adds the methods that only read to the loop.
  void ServeReads(Loop& loop);

  grpc::ServerWriteReactor<api::v1::PreviewCorrectionResponse>* PreviewCorrection(
      grpc::CallbackServerContext* context,
      const api::v1::PreviewCorrectionRequest* request) override;

 private:
  const ReadSide& side_;
  StreamSlots& slots_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_RULEBOOK_SERVICE_H_
