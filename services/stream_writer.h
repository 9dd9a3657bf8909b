// A server stream written by one thread of its own: previews and checks, which take long.
#ifndef GOODSTANDING_SERVICES_STREAM_WRITER_H_
#define GOODSTANDING_SERVICES_STREAM_WRITER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "base/mutex.h"
#include "domain/refusal.h"
#include "grpcpp/support/server_callback.h"
#include "services/grpc_status.h"

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

// Writes what `produce` gives it, one message at a time: at most one is under way, so a slow reader
// slows its own stream and nothing else. OVERLOADED where no slot is free.
template <typename Response>
class StreamWriter final : public grpc::ServerWriteReactor<Response> {
 public:
  // Sends a message; returns false where the caller has gone, and producing is of no more use.
  using Send = std::function<bool(const Response&)>;
  using Produce = std::function<absl::Status(const Send&)>;

  static StreamWriter* Start(StreamSlots& slots, Produce produce) {
    auto* const writer = new StreamWriter(slots, std::move(produce));
    if (!slots.Take()) {
      writer->holds_slot_ = false;
      writer->Finish(ToGrpcStatus(
          domain::Refuse("OVERLOADED", "Too many long questions run; repeat it after the delay.")));
      return writer;
    }
    std::thread([writer] { writer->Run(); }).detach();
    return writer;
  }

  void OnWriteDone(bool ok) override {
    MutexLock lock(mutex_);
    writing_ = false;
    gone_ = gone_ || !ok;
    changed_.SignalAll();
  }

  void OnCancel() override {
    MutexLock lock(mutex_);
    gone_ = true;
    changed_.SignalAll();
  }

  void OnDone() override {
    if (!holds_slot_) {
      delete this;
      return;
    }
    MutexLock lock(mutex_);  // Once it is released the thread may end this object.
    done_ = true;
    changed_.SignalAll();
  }

 private:
  StreamWriter(StreamSlots& slots, Produce produce) : slots_(slots), produce_(std::move(produce)) {}

  void Run() {
    const absl::Status status =
        produce_([this](const Response& response) { return Write(response); });
    slots_.Free();  // Whoever has this answer can ask again at once.
    this->Finish(ToGrpcStatus(status));
    {
      MutexLock lock(mutex_);
      while (!done_) changed_.Wait(mutex_);
    }
    StreamSlots& slots = slots_;
    delete this;
    slots.End();
  }

  bool Write(const Response& response) {
    {
      MutexLock lock(mutex_);
      if (gone_) return false;
      writing_ = true;
    }
    response_ = response;
    this->StartWrite(&response_);
    MutexLock lock(mutex_);
    while (writing_) changed_.Wait(mutex_);
    return !gone_;
  }

  StreamSlots& slots_;
  const Produce produce_;
  bool holds_slot_ = true;
  Response response_;
  Mutex mutex_;
  CondVar changed_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_STREAM_WRITER_H_
