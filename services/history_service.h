// HistoryService on the wire.
#ifndef GOODSTANDING_SERVICES_HISTORY_SERVICE_H_
#define GOODSTANDING_SERVICES_HISTORY_SERVICE_H_

#include "goodstanding/api/v1/history_service.grpc.pb.h"
#include "services/feed.h"
#include "services/inquiry.h"
#include "services/rpc.h"
#include "services/worker.h"

namespace goodstanding::services {

// The feed is a stream, so the callback API serves it; the loop serves the rest.
class HistoryMethods final : public api::v1::HistoryService::WithCallbackMethod_Subscribe<
                                 api::v1::HistoryService::AsyncService> {
 public:
  // All outlive the service.
  HistoryMethods(const ReadSide& side, Worker& worker, Feed& feed)
      : side_(side), worker_(worker), feed_(feed) {}

  // Adds the methods that are no streams; pages are read on the worker.
  void Serve(Loop& loop);

  grpc::ServerWriteReactor<api::v1::SubscribeResponse>* Subscribe(
      grpc::CallbackServerContext* context, const api::v1::SubscribeRequest* request) override;

 private:
  const ReadSide& side_;
  Worker& worker_;
  Feed& feed_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_HISTORY_SERVICE_H_
