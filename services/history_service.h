// HistoryService on the wire.
#ifndef GOODSTANDING_SERVICES_HISTORY_SERVICE_H_
#define GOODSTANDING_SERVICES_HISTORY_SERVICE_H_

#include "goodstanding/api/v1/history_service.grpc.pb.h"
#include "services/feed.h"
#include "services/inquiry.h"
#include "services/rpc.h"
#include "services/standings_watch.h"
#include "services/worker.h"

namespace goodstanding::services {

// The messages of the feed stay serialised. Thread-safe once it serves.
class HistoryMethods final : public api::v1::HistoryService::WithRawMethod_Subscribe<
                                 api::v1::HistoryService::AsyncService> {
 public:
  // All outlive the service.
  HistoryMethods(const ReadSide& side, Worker& worker, Feed& feed, StandingsWatch& watch)
      : side_(side), worker_(worker), feed_(feed), watch_(watch) {}

  // Adds every method to the loop; pages are read on the worker.
  void Serve(Loop& loop);

 private:
  const ReadSide& side_;
  Worker& worker_;
  Feed& feed_;
  StandingsWatch& watch_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_HISTORY_SERVICE_H_
