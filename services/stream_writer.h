// A server stream written by one thread of its own: previews and checks, which take long.
#ifndef GOODSTANDING_SERVICES_STREAM_WRITER_H_
#define GOODSTANDING_SERVICES_STREAM_WRITER_H_

#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "base/thread_name.h"
#include "domain/refusal.h"
#include "services/call.h"

namespace goodstanding::services {

// How many long streams may run at once; each has a thread.
class StreamSlots {
 public:
  explicit StreamSlots(int count) : free_(count) {}
  // Waits for all streams to end: call after the server was shut down.
  ~StreamSlots() {
    MutexLock lock(mutex_);
    while (running_ > 0) changed_.Wait(mutex_);
  }

  bool Take() {
    MutexLock lock(mutex_);
    if (free_ == 0) return false;
    --free_;
    ++running_;
    return true;
  }

  // Waits until all streams have ended, at most so long.
  void AwaitEnd(absl::Duration longest) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + absl::ToChronoNanoseconds(longest);
    MutexLock lock(mutex_);
    while (running_ > 0 && Clock::now() < end) changed_.WaitFor(mutex_, end - Clock::now());
  }

  // The work of a stream is done: another one may begin.
  void Free() {
    MutexLock lock(mutex_);
    ++free_;
  }

  // The stream has ended, after Free.
  void End() {
    MutexLock lock(mutex_);
    --running_;
    changed_.SignalAll();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int free_ ABSL_GUARDED_BY(mutex_);
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Sends a message; returns false where the caller has gone, and producing is of no more use.
template <typename Response>
using Send = std::function<bool(const Response&)>;

// Whether the caller has gone.
using Gone = std::function<bool()>;

// Writes what `produce` gives it, one message at a time: at most one is under way, so a slow reader
// slows its own stream and nothing else. OVERLOADED where no slot is free.
template <typename Request, typename Response>
class StreamWriter final : public StreamEvents {
 public:
  using Call = ResponseStreamCall<Request, Response>;
  using Produce = std::function<absl::Status(const Request&, const Send<Response>&, const Gone&)>;

  static void Start(Call& call, StreamSlots& slots, Produce produce) {
    if (!slots.Take()) {
      call.Finish(
          domain::Refuse("OVERLOADED", "Too many long questions run; repeat it after the delay."));
      return;
    }
    auto* const writer = new StreamWriter(call, slots, std::move(produce));
    call.Listen(*writer);
    std::thread([writer] { writer->Run(); }).detach();
  }

  void OnWritten(bool ok) override {
    MutexLock lock(mutex_);
    writing_ = false;
    gone_ = gone_ || !ok;
    changed_.SignalAll();
  }

  void OnCancelled() override {
    MutexLock lock(mutex_);
    gone_ = true;
    changed_.SignalAll();
  }

  void OnEnded() override {
    MutexLock lock(mutex_);  // Once it is released the thread may end this object.
    ended_ = true;
    changed_.SignalAll();
  }

 private:
  StreamWriter(Call& call, StreamSlots& slots, Produce produce)
      : call_(call), slots_(slots), produce_(std::move(produce)) {}

  void Run() {
    NameThread("stream");
    const absl::Status status = produce_(
        call_.request(), [this](const Response& response) { return Write(response); },
        [this] { return IsGone(); });
    slots_.Free();  // Whoever has this answer can ask again at once.
    call_.Finish(status);
    {
      MutexLock lock(mutex_);
      while (!ended_) changed_.Wait(mutex_);
    }
    StreamSlots& slots = slots_;
    delete this;
    slots.End();
  }

  bool IsGone() {
    MutexLock lock(mutex_);
    return gone_;
  }

  bool Write(const Response& response) {
    {
      MutexLock lock(mutex_);
      if (gone_) return false;
      writing_ = true;
    }
    response_ = response;
    call_.Write(response_);
    MutexLock lock(mutex_);
    while (writing_) changed_.Wait(mutex_);
    return !gone_;
  }

  Call& call_;  // Until OnEnded.
  StreamSlots& slots_;
  const Produce produce_;
  Response response_;
  Mutex mutex_;
  CondVar changed_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

// Answers the call with what `produce(request, send)` sends, and then with its status; one that
// also waits is given `gone` as well.
template <typename Request, typename Response, typename Produce>
void StartStream(ResponseStreamCall<Request, Response>& call, StreamSlots& slots, Produce produce) {
  using Writer = StreamWriter<Request, Response>;
  if constexpr (std::is_convertible_v<Produce, typename Writer::Produce>) {
    Writer::Start(call, slots, std::move(produce));
  } else {
    Writer::Start(call, slots,
                  [produce = std::move(produce)](const Request& request, const Send<Response>& send,
                                                 const Gone&) { return produce(request, send); });
  }
}

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_STREAM_WRITER_H_
