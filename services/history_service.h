// HistoryService on the wire.
#ifndef GOODSTANDING_SERVICES_HISTORY_SERVICE_H_
#define GOODSTANDING_SERVICES_HISTORY_SERVICE_H_

#include "goodstanding/api/v1/history_service.grpc.pb.h"
#include "services/feed.h"
#include "services/inquiry.h"
#include "services/rpc.h"
#include "services/worker.h"

namespace goodstanding::services {

// The feed is a stream, so the callback API serves it, with responses that are serialised already;
// the loop serves the rest.
class HistoryMethods final : public api::v1::HistoryService::WithRawCallbackMethod_Subscribe<
                                 api::v1::HistoryService::AsyncService> {
 public:
  // All outlive the service.
  HistoryMethods(const ReadSide& side, Worker& worker, Feed& feed)
      : side_(side), worker_(worker), feed_(feed) {}

  // Adds the methods that are no streams; pages are read on the worker.
  void Serve(Loop& loop);

  Feed::Reactor* Subscribe(grpc::CallbackServerContext* context,
                           const grpc::ByteBuffer* request) override;

 private:
  const ReadSide& side_;
  Worker& worker_;
  Feed& feed_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_HISTORY_SERVICE_H_
