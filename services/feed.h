// The live feed: every open subscription, served by one thread.
//
// A subscription is a cursor and at most one response under way. Nothing is queued between those
// who append and those who read: a reader whose response has left reads on from the store, so one
// that is slow costs one response of memory and holds up nobody. Readers take turns, and a turn
// looks at some thousand events at most.
#ifndef GOODSTANDING_SERVICES_FEED_H_
#define GOODSTANDING_SERVICES_FEED_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "goodstanding/api/v1/history_service.pb.h"
#include "grpcpp/support/byte_buffer.h"
#include "services/call.h"
#include "services/feed_cursor.h"

namespace goodstanding::services {

// Thread-safe.
class Feed {
 public:
  // Serialised messages.
  using Call = ResponseStreamCall<grpc::ByteBuffer, grpc::ByteBuffer>;

  // Both stores outlive the feed, and the feed the loop that serves it.
  Feed(const eventstore::EventStore& store, eventstore::KeyStore& keys, const FeedOptions& options);
  // Stops. REQUIRES: no call is open.
  ~Feed();

  // Serves a call, whose request is a serialised SubscribeRequest, to its end.
  void Subscribe(Call& call);

  // Ends every subscription with SERVER_STOPPING, behind a response that is under way, and refuses
  // new ones. A reader that does not take its last bytes within `grace`, or within a second,
  // is cancelled. Before the gRPC server is shut down, which waits for open streams.
  void Stop(absl::Duration grace);

  struct Figures {
    int64_t subscribers = 0;
    int64_t worst_lag = 0;  // Events that the one farthest behind has not looked at.
  };
  Figures figures();

 private:
  class Subscription;

  // Takes a place for it; OVERLOADED, or SERVER_STOPPING.
  absl::Status Admit(std::unique_ptr<Subscription> subscription);

  // What becomes of a subscription, told on the loop's thread.
  void Written(Subscription& subscription, bool ok);
  void Cancelled(Subscription& subscription);
  void Ended(Subscription& subscription);

  // The thread that serves: its steps.
  void Run();
  // Waits for those who can go on, and takes them; empty once stopped and nobody can ever go on.
  std::vector<Subscription*> NextTurns();
  std::vector<Subscription*> TakeReady(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WaitForChange(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeTurn(Subscription& subscription);
  // How a turn ends: with a response, without one, or with the end of the stream.
  void Write(Subscription& subscription, const std::string& response);
  void Rest(Subscription& subscription);
  void Finish(Subscription& subscription, const absl::Status& status);
  // Why the stream must end now; OK where it goes on.
  absl::Status EndOf(const Subscription& subscription);

  // The thread that tells the other one that the head has moved, while somebody waits for that.
  void WatchHead();

  const eventstore::EventStore& store_;
  eventstore::KeyStore& keys_;
  const FeedOptions options_;

  Mutex mutex_;
  CondVar changed_;  // Somebody can go on, or is new, or the feed stops.
  CondVar watched_;  // Somebody waits for the head, or the feed stops.
  CondVar ended_;    // A subscription has gone.
  std::map<const Subscription*, std::unique_ptr<Subscription>> open_ ABSL_GUARDED_BY(mutex_);
  // The head that everybody who waits has reached; nullopt while nobody waits for a new one.
  std::optional<int64_t> reached_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
  std::thread watcher_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_FEED_H_
