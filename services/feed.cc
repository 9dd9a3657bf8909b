#include "services/feed.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/thread_name.h"
#include "domain/refusal.h"
#include "grpc/support/time.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/server_context.h"
#include "services/grpc_status.h"

namespace goodstanding::services {
namespace {

using api::v1::SubscribeRequest;

// How long a reader that has stopped reading holds up the end of the feed.
constexpr absl::Duration kMaxGrace = absl::Seconds(1);
// How long the watcher waits for the head before it looks whether the feed stops.
constexpr absl::Duration kWatchInterval = absl::Milliseconds(10);

// A moment on a clock that only moves forward: for intervals.
absl::Duration SteadyNow() {
  const gpr_timespec now = gpr_now(GPR_CLOCK_MONOTONIC);
  return absl::Seconds(now.tv_sec) + absl::Nanoseconds(now.tv_nsec);
}

absl::Status Stopping(int64_t position) {
  return domain::Refuse("SERVER_STOPPING",
                        "The server stops; subscribe again behind the last position.", "",
                        {{"position", absl::StrCat(position)}});
}

}  // namespace

// One open stream. The thread of the feed alone writes to it and finishes it.
class Feed::Subscription final : public StreamEvents {
 public:
  enum class Phase {
    kReady,      // Waits for its turn.
    kWaiting,    // Has reached the head: waits for a new one, or for its next mark.
    kTurn,       // The thread of the feed has it.
    kWriting,    // gRPC has its response.
    kFinishing,  // Its status was given to gRPC.
  };

  Subscription(Feed& feed, Call& stream, FeedCursor reader)
      : call(stream),
        cursor(std::move(reader)),
        mark_time(SteadyNow() + cursor.mark_interval()),
        feed_(feed) {}

  void OnWritten(bool ok) override { feed_.Written(*this, ok); }
  void OnCancelled() override { feed_.Cancelled(*this); }
  void OnEnded() override { feed_.Ended(*this); }

  Call& call;

  // Of the feed's thread; the response is gRPC's while it is written.
  FeedCursor cursor;
  absl::Duration mark_time;  // When a mark is due, on the steady clock.
  grpc::ByteBuffer response;

  // Guarded by the feed's mutex.
  Phase phase = Phase::kReady;
  bool gone = false;    // The caller has gone.
  int64_t reached = 0;  // Where its last turn ended.

 private:
  Feed& feed_;
};

Feed::Feed(const eventstore::EventStore& store, eventstore::KeyStore& keys,
           const FeedOptions& options)
    : store_(store), keys_(keys), options_(options) {
  thread_ = std::thread([this] { Run(); });
  watcher_ = std::thread([this] { WatchHead(); });
}

Feed::~Feed() {
  Stop(absl::ZeroDuration());
  MutexLock lock(mutex_);
  while (!open_.empty()) ended_.Wait(mutex_);
}

void Feed::Subscribe(Call& call) {
  SubscribeRequest request;
  const grpc::Status parsed =
      grpc::SerializationTraits<SubscribeRequest>::Deserialize(&call.request(), &request);
  if (!parsed.ok()) {
    return call.Finish(domain::Refuse("INVALID_ARGUMENT", "The request is no SubscribeRequest."));
  }
  absl::StatusOr<FeedCursor> cursor = FeedCursor::Create(store_, keys_, request, options_);
  if (!cursor.ok()) return call.Finish(cursor.status());
  auto subscription = std::make_unique<Subscription>(*this, call, *std::move(cursor));
  Subscription& listener = *subscription;
  listener.reached = listener.cursor.position();
  const absl::Status admitted = Admit(std::move(subscription));
  if (!admitted.ok()) return call.Finish(admitted);
  call.Listen(listener);  // In time: all is told on this thread.
}

absl::Status Feed::Admit(std::unique_ptr<Subscription> subscription) {
  const MutexLock lock(mutex_);
  if (stopping_) return Stopping(subscription->cursor.position());
  if (std::cmp_greater_equal(open_.size(), options_.max_subscriptions)) {
    return domain::Refuse("OVERLOADED",
                          absl::StrCat(options_.max_subscriptions,
                                       " subscriptions are open, as many as may be; repeat it "
                                       "after the delay."));
  }
  const Subscription* const key = subscription.get();
  open_.emplace(key, std::move(subscription));
  changed_.Signal();
  return absl::OkStatus();
}

void Feed::Written(Subscription& subscription, bool ok) {
  const MutexLock lock(mutex_);
  subscription.gone = subscription.gone || !ok;
  subscription.phase = Subscription::Phase::kReady;
  changed_.Signal();
}

void Feed::Cancelled(Subscription& subscription) {
  const MutexLock lock(mutex_);
  subscription.gone = true;
  changed_.Signal();
}

void Feed::Ended(Subscription& subscription) {
  std::unique_ptr<Subscription> last;  // Ends after the lock.
  const MutexLock lock(mutex_);
  const auto found = open_.find(&subscription);
  last = std::move(found->second);
  open_.erase(found);
  ended_.SignalAll();
}

void Feed::Run() {
  NameThread("feed");
  while (true) {
    const std::vector<Subscription*> turns = NextTurns();
    if (turns.empty()) return;
    for (Subscription* const subscription : turns) TakeTurn(*subscription);
  }
}

std::vector<Feed::Subscription*> Feed::NextTurns() {
  const MutexLock lock(mutex_);
  while (true) {
    const absl::Duration now = SteadyNow();
    std::vector<Subscription*> turns = TakeReady(now);
    if (!turns.empty()) return turns;
    const bool writing = std::any_of(open_.begin(), open_.end(), [](const auto& entry) {
      return entry.second->phase == Subscription::Phase::kWriting;
    });
    if (stopping_ && !writing) return {};
    WaitForChange(now);
  }
}

std::vector<Feed::Subscription*> Feed::TakeReady(absl::Duration now) {
  using Phase = Subscription::Phase;
  const int64_t head = store_.Head();
  std::vector<Subscription*> turns;
  reached_.reset();
  for (const auto& [key, subscription] : open_) {
    const bool woken = stopping_ || subscription->gone || subscription->cursor.position() < head ||
                       subscription->mark_time <= now;
    if (subscription->phase == Phase::kReady || (subscription->phase == Phase::kWaiting && woken)) {
      subscription->phase = Phase::kTurn;
      turns.push_back(subscription.get());
    } else if (subscription->phase == Phase::kWaiting) {
      reached_ = head;
    }
  }
  return turns;
}

void Feed::WaitForChange(absl::Duration now) {
  absl::Duration wait = absl::InfiniteDuration();
  for (const auto& [key, subscription] : open_) {
    if (subscription->phase != Subscription::Phase::kWaiting) continue;
    wait = std::min(wait, subscription->mark_time - now);
  }
  if (wait == absl::InfiniteDuration()) return changed_.Wait(mutex_);
  watched_.Signal();
  changed_.WaitFor(mutex_, absl::ToChronoNanoseconds(wait));
}

void Feed::TakeTurn(Subscription& subscription) {
  const absl::Status end = EndOf(subscription);
  if (!end.ok()) return Finish(subscription, end);
  const absl::StatusOr<std::optional<std::string>> next =
      subscription.cursor.Next(subscription.mark_time <= SteadyNow());
  if (!next.ok()) return Finish(subscription, FromStore(next.status()));
  if (!next->has_value()) return Rest(subscription);
  Write(subscription, **next);
}

void Feed::Write(Subscription& subscription, const std::string& response) {
  const grpc::Slice bytes(response);
  subscription.response = grpc::ByteBuffer(&bytes, 1);
  subscription.mark_time = SteadyNow() + subscription.cursor.mark_interval();
  {
    const MutexLock lock(mutex_);
    subscription.reached = subscription.cursor.position();
    subscription.phase = Subscription::Phase::kWriting;
  }
  subscription.call.Write(subscription.response);
}

void Feed::Rest(Subscription& subscription) {
  subscription.response.Clear();
  const MutexLock lock(mutex_);
  subscription.reached = subscription.cursor.position();
  subscription.phase = subscription.cursor.position() < store_.Head()
                           ? Subscription::Phase::kReady
                           : Subscription::Phase::kWaiting;
}

Feed::Figures Feed::figures() {
  const int64_t head = store_.Head();
  const MutexLock lock(mutex_);
  Figures figures{.subscribers = static_cast<int64_t>(open_.size())};
  for (const auto& [key, subscription] : open_) {
    figures.worst_lag = std::max(figures.worst_lag, head - subscription->reached);
  }
  return figures;
}

void Feed::Finish(Subscription& subscription, const absl::Status& status) {
  {
    const MutexLock lock(mutex_);
    subscription.phase = Subscription::Phase::kFinishing;
  }
  subscription.call.Finish(status);
}

absl::Status Feed::EndOf(const Subscription& subscription) {
  const MutexLock lock(mutex_);
  if (subscription.gone) return absl::CancelledError("The caller has gone.");
  if (stopping_) return Stopping(subscription.cursor.position());
  return absl::OkStatus();
}

void Feed::WatchHead() {
  NameThread("feed-head");
  while (true) {
    int64_t reached = 0;
    {
      const MutexLock lock(mutex_);
      while (!stopping_ && !reached_) watched_.Wait(mutex_);
      if (stopping_) return;
      reached = *reached_;
    }
    if (store_.WaitForHead(reached + 1, kWatchInterval) <= reached) continue;
    const MutexLock lock(mutex_);
    // Whoever reached less has been told already: the thread looks at the head before it waits.
    if (reached_ == reached) reached_.reset();
    changed_.Signal();
  }
}

void Feed::Stop(absl::Duration grace) {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.SignalAll();
    watched_.SignalAll();
    const absl::Duration deadline = SteadyNow() + std::min(grace, kMaxGrace);
    for (absl::Duration now = SteadyNow(); !open_.empty() && now < deadline; now = SteadyNow()) {
      ended_.WaitFor(mutex_, absl::ToChronoNanoseconds(deadline - now));
    }
    // What is still open has a reader that does not read. A call lives until OnEnded returns, which
    // waits for this lock.
    for (const auto& [key, subscription] : open_) subscription->call.Cancel();
  }
  if (thread_.joinable()) thread_.join();
  if (watcher_.joinable()) watcher_.join();
}

}  // namespace goodstanding::services
