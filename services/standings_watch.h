// HistoryService.WatchStandings.
#ifndef GOODSTANDING_SERVICES_STANDINGS_WATCH_H_
#define GOODSTANDING_SERVICES_STANDINGS_WATCH_H_

#include <algorithm>
#include <atomic>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "goodstanding/api/v1/history_service.pb.h"
#include "services/inquiry.h"
#include "services/stream_writer.h"

namespace goodstanding::services {

// Sends the changes that the request asks for, and goes on with those to come; CANCELLED once the
// caller has gone.
absl::Status AnswerWatch(const ReadSide& side, const api::v1::WatchStandingsRequest& request,
                         const Send<api::v1::WatchStandingsResponse>& send, const Gone& gone);

// Each watcher has a thread, since a page of changes can take a scan of the log. Thread-safe.
class StandingsWatch {
 public:
  using Call = ResponseStreamCall<api::v1::WatchStandingsRequest, api::v1::WatchStandingsResponse>;

  // The side outlives it. So many may watch.
  StandingsWatch(const ReadSide& side, int watchers) : side_(side), slots_(watchers) {}

  // Serves a call to its end; OVERLOADED where too many watch.
  void Serve(Call& call);

  // Ends every stream with SERVER_STOPPING, behind a response that is under way; waits for that, at
  // most so long. Before the gRPC server is shut down, which cuts streams off.
  void Stop(absl::Duration grace) {
    stopping_ = true;
    slots_.AwaitEnd(std::min(grace, absl::Seconds(1)));
  }

 private:
  const ReadSide& side_;
  std::atomic<bool> stopping_ = false;
  StreamSlots slots_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_STANDINGS_WATCH_H_
