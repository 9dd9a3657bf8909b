// Unary methods on a completion queue: one thread takes calls, answers them or hands them on.
//
// A method is a row: how gRPC hands out its calls, and a handler. The handler runs on the loop's
// thread and must not block; it, or whoever it handed the call to, finishes the call exactly once,
// from any thread. Streaming methods use the callback API (stream.h).
#ifndef GOODSTANDING_SERVICES_RPC_H_
#define GOODSTANDING_SERVICES_RPC_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/mutex.h"
#include "google/protobuf/arena.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "services/grpc_status.h"

namespace goodstanding::services {

// What a completion queue gives back when something has happened.
class Event {
 public:
  virtual ~Event() = default;
  virtual void Proceed(bool ok) = 0;
};

// Counts the calls that were taken and not yet answered. Thread-safe.
class ActiveCalls {
 public:
  void Enter() {
    MutexLock lock(mutex_);
    ++count_;
  }

  void Leave() {
    MutexLock lock(mutex_);
    if (--count_ == 0) none_.SignalAll();
  }

  void WaitForNone() {
    MutexLock lock(mutex_);
    while (count_ > 0) none_.Wait(mutex_);
  }

 private:
  Mutex mutex_;
  CondVar none_;
  int64_t count_ ABSL_GUARDED_BY(mutex_) = 0;
};

// One call of a method. Owned by itself: it ends after Finish.
template <typename Request, typename Response>
class UnaryCall final : public Event {
 public:
  using Writer = grpc::ServerAsyncResponseWriter<Response>;
  // Asks gRPC for the next call of the method.
  using Accept = std::function<void(grpc::ServerContext*, Request*, Writer*,
                                    grpc::ServerCompletionQueue*, void* tag)>;
  using Handler = std::function<void(UnaryCall&)>;
  struct Method {
    Accept accept;
    Handler handler;
    grpc::ServerCompletionQueue* queue;
    ActiveCalls* active;
  };

  static void AcceptNext(const Method& method) {
    auto* const call = new UnaryCall(method);
    method.accept(&call->context_, &call->request_, &call->writer_, method.queue, call);
  }

  const Request& request() const { return request_; }
  Response& response() { return response_; }
  grpc::ServerContext& context() { return context_; }

  // Answers. Thread-safe, once; the call must not be touched afterwards.
  void Finish(const absl::Status& status) {
    finishing_ = true;
    if (status.ok()) {
      writer_.Finish(response_, grpc::Status::OK, this);
    } else {
      writer_.FinishWithError(ToGrpcStatus(status), this);
    }
  }

  void Proceed(bool ok) override {
    if (finishing_) {  // Answered.
      method_.active->Leave();
      delete this;
      return;
    }
    if (!ok) {  // No call came: the server is shutting down.
      delete this;
      return;
    }
    method_.active->Enter();
    AcceptNext(method_);
    method_.handler(*this);
  }

 private:
  explicit UnaryCall(const Method& method)
      : method_(method),
        arena_(block_, sizeof(block_)),
        request_(*google::protobuf::Arena::CreateMessage<Request>(&arena_)),
        response_(*google::protobuf::Arena::CreateMessage<Response>(&arena_)),
        writer_(&context_) {}

  const Method& method_;
  grpc::ServerContext context_;
  // Request and response lie here: most of a small call would else go into allocating its parts.
  alignas(std::max_align_t) char block_[2048];
  google::protobuf::Arena arena_;
  Request& request_;
  Response& response_;
  Writer writer_;
  std::atomic<bool> finishing_ = false;  // Set by whoever finishes, read by the loop.
};

// A completion queue and its thread.
class Loop {
 public:
  // `idle` runs on the loop's thread whenever it has taken all that was there; may be empty.
  Loop(grpc::ServerBuilder& builder, std::function<void()> idle);
  ~Loop();

  // Adds a method. `accept` is &AsyncService::RequestX; the service outlives the loop. Before
  // Start.
  template <typename Service, typename Base, typename Request, typename Response>
  void Serve(Service& service,
             void (Base::*accept)(grpc::ServerContext*, Request*,
                                  grpc::ServerAsyncResponseWriter<Response>*,
                                  grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*),
             std::type_identity_t<std::function<void(UnaryCall<Request, Response>&)>> handler) {
    using Call = UnaryCall<Request, Response>;
    auto method = std::make_shared<typename Call::Method>();
    method->accept = [&service, accept](grpc::ServerContext* context, Request* request,
                                        typename Call::Writer* writer,
                                        grpc::ServerCompletionQueue* queue, void* tag) {
      (service.*accept)(context, request, writer, queue, queue, tag);
    };
    method->handler = std::move(handler);
    method->queue = queue_.get();
    method->active = &active_;
    begin_.push_back([method] {
      // A few calls wait at once, so that a burst of one method need not wait for the thread.
      constexpr int kWaitingCalls = 4;
      for (int i = 0; i < kWaitingCalls; ++i) Call::AcceptNext(*method);
    });
  }

  // Begins to take calls; after the server was built.
  void Start();

  // Where LoopTask brings work to.
  grpc::ServerCompletionQueue* queue() const { return queue_.get(); }

  // Waits until every call is answered. After the server was shut down.
  void WaitForCalls() { active_.WaitForNone(); }

  // Takes no more events and joins the thread. After WaitForCalls.
  void Stop();

 private:
  void Run();

  const std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  const std::function<void()> idle_;
  std::vector<std::function<void()>> begin_;
  ActiveCalls active_;
  std::thread thread_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_RPC_H_
