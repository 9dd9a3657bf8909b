// Calls of methods, as a completion queue serves them.
#ifndef GOODSTANDING_SERVICES_CALL_H_
#define GOODSTANDING_SERVICES_CALL_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "google/protobuf/arena.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_stream.h"
#include "grpcpp/support/async_unary_call.h"
#include "services/call_deadlines.h"
#include "services/call_limits.h"
#include "services/call_metrics.h"
#include "services/grpc_status.h"
#include "services/inbox.h"
#include "services/principal.h"

namespace goodstanding::services {

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

// A call of one answer that takes so long is told of.
inline constexpr std::chrono::seconds kSlowCall(1);

// Whether a call with this code failed by no fault of its caller.
bool IsFault(grpc::StatusCode code);
// Of the refusal; empty where the status is none.
std::string ReasonOf(const absl::Status& status);
// As the caller sent it; empty where he did not.
absl::string_view TraceparentOf(const grpc::ServerContext& context);

// That a call took longer than its caller or the server lets it.
absl::Status TookTooLong();

// The request id of a command; empty for other requests.
template <typename Request>
absl::string_view RequestIdOf(const Request& request) {
  if constexpr (requires { request.header().request_id(); }) {
    return request.header().request_id();
  } else {
    return {};
  }
}

// A method as it is served: the row of it.
template <typename Accept, typename Handler>
struct ServedMethod {
  Accept accept;
  Handler handler;
  grpc::ServerCompletionQueue* queue;
  Inbox* inbox;
  ActiveCalls* active;
  // How many of them may be; null: as many as come, and they may take as long as they like.
  CallLimits* limits;
  CallKind kind;
  CallDeadlines* deadlines;
  // What stands before it; null: nothing does.
  const Gate* gate;
  const google::protobuf::MethodDescriptor* descriptor;
  // Whether the handler takes calls that have no place, to refuse them.
  bool handles_shed;
  CallCounts* all_counts;
  MethodCounts* counts;
  // Told of calls that took long or failed by no fault of the caller; may be empty.
  const std::function<void(const CallEnd&)>* tell;

  // Refuses the call, or sets its caller, which is the anonymous one before.
  absl::Status Admit(const grpc::ServerContext& context, const google::protobuf::Message* request,
                     std::optional<Principal>& principal) const {
    if (gate == nullptr) return absl::OkStatus();
    GS_ASSIGN_OR_RETURN(principal, gate->Admit(context, *descriptor, request));
    return absl::OkStatus();
  }
  // Takes a place for an admitted call.
  absl::Status TakePlace(const std::optional<Principal>& principal, SteadyTime begun,
                         CallLimits::Place& place) const {
    if (limits == nullptr) return absl::OkStatus();
    return limits->Enter(PrincipalOf(principal).actor, kind, begun, place);
  }
  // Whoever was admitted. REQUIRES: somebody was, or nothing stands before the method.
  const Principal& PrincipalOf(const std::optional<Principal>& principal) const {
    GS_CHECK(gate == nullptr || principal.has_value());
    return principal ? *principal : Anonymous();
  }
  bool HasEnded(const Principal& principal) const {
    return gate != nullptr && gate->HasEnded(principal);
  }

  // Counts the end of a call.
  template <typename Request>
  void End(const absl::Status& status, grpc::StatusCode code, SteadyTime begun,
           const grpc::ServerContext& context, const Request& request) const {
    const std::chrono::nanoseconds taken = counts->End(code, begun);
    if (!status.ok()) all_counts->CountRefusal(status);
    const bool slow = counts->type == MethodType::kUnary && taken >= kSlowCall;
    if ((slow || IsFault(code)) && *tell) {
      (*tell)(CallEnd{counts->name, code, ReasonOf(status), taken, RequestIdOf(request),
                      TraceparentOf(context)});
    }
  }
};

// One call of a method. Owned by itself: it ends after Finish. Whether its caller has gone or was
// told that it took too long, it holds its place until whoever has it is done.
template <typename Request, typename Response>
class UnaryCall final : public Event, public CallDeadlines::Entry {
 public:
  using Writer = grpc::ServerAsyncResponseWriter<Response>;
  // Asks gRPC for the next call of the method.
  using Accept = std::function<void(grpc::ServerContext*, Request*, Writer*,
                                    grpc::ServerCompletionQueue*, void* tag)>;
  using Handler = std::function<void(UnaryCall&)>;
  using Method = ServedMethod<Accept, Handler>;

  static void AcceptNext(const Method& method) {
    auto* const call = new UnaryCall(method);
    method.accept(&call->context_, &call->request_, &call->writer_, method.queue, call);
  }

  const Request& request() const { return request_; }
  Response& response() { return response_; }
  grpc::ServerContext& context() { return context_; }
  const Principal& principal() const { return method_.PrincipalOf(principal_); }
  const std::string& method() const { return method_.descriptor->full_name(); }

  // Answers. Thread-safe, once; the call must not be touched afterwards. The answer leaves from the
  // loop's thread: gRPC's threads would else wait for each other.
  void Finish(const absl::Status& status) {
    method_.inbox->Run([this, status] { Answer(status); });
  }

  // The same with a status that is made there.
  template <typename Status>
  void FinishOnLoop(Status status) {
    method_.inbox->Run([this, status = std::move(status)] { Answer(status()); });
  }

  // Answers with what `answer()` says, or does not even ask where nobody waits any more.
  template <typename Answer>
  void FinishInTime(Answer answer) {
    const bool over = std::chrono::steady_clock::now() >= last_;
    Finish(over ? TookTooLong() : answer());
  }

  // OK, or why the call has no place. Then its handler may do no more than refuse it with that.
  const absl::Status& shed() const { return shed_; }

  void Proceed(bool ok) override {
    if (told_) {  // The answer has left.
      taken_ = true;
      EndIfDone();
      return;
    }
    if (!ok) {  // No call came: the server is shutting down.
      delete this;
      return;
    }
    method_.active->Enter();
    begun_ = method_.counts->Begin();
    AcceptNext(method_);
    if (method_.limits != nullptr) last_ = method_.limits->EndOf(context_, begun_);
    end = last_;
    method_.deadlines->Add(*this);
    const absl::Status admitted = method_.Admit(context_, &request_, principal_);
    if (!admitted.ok()) return Finish(admitted);
    shed_ = method_.TakePlace(principal_, begun_, place_);
    if (!shed_.ok() && !method_.handles_shed) return Finish(shed_);
    method_.handler(*this);
  }

  // Its time is over: the caller is told, and once more time has passed without its taking the
  // answer the call is cut off.
  void Expire() override {
    if (told_) {
      end = SteadyTime::max();
      return context_.TryCancel();
    }
    constexpr std::chrono::seconds kTime(10);
    end += kTime;
    Tell(TookTooLong());
  }

 private:
  explicit UnaryCall(const Method& method)
      : method_(method),
        arena_(block_, sizeof(block_)),
        request_(*google::protobuf::Arena::CreateMessage<Request>(&arena_)),
        response_(*google::protobuf::Arena::CreateMessage<Response>(&arena_)),
        writer_(&context_) {}

  void Answer(const absl::Status& status) {
    answered_ = true;
    if (told_) return EndIfDone();  // Too late.
    Tell(status);
  }

  void EndIfDone() {
    if (!answered_ || !taken_) return;
    method_.deadlines->Remove(*this);
    ActiveCalls& active = *method_.active;
    delete this;
    active.Leave();
  }

  void Tell(const absl::Status& status) {
    told_ = true;
    const grpc::Status told = ToGrpcStatus(status);
    method_.End(status, told.error_code(), begun_, context_, request_);
    if (status.ok()) {
      writer_.Finish(response_, told, this);
    } else {
      writer_.FinishWithError(told, this);
    }
  }

  const Method& method_;
  grpc::ServerContext context_;
  // Request and response lie here: most of a small call would else go into allocating its parts.
  alignas(std::max_align_t) char block_[2048];
  google::protobuf::Arena arena_;
  Request& request_;
  Response& response_;
  Writer writer_;
  std::optional<Principal> principal_;
  CallLimits::Place place_;
  absl::Status shed_;
  SteadyTime begun_;
  SteadyTime last_ = SteadyTime::max();  // When nobody waits any more.
  bool told_ = false;                    // gRPC was given an answer,
  bool taken_ = false;                   // and is done with it.
  bool answered_ = false;                // Whoever had the call is done.
};

// What becomes of a stream, told on the loop's thread, one after the other; must not block.
class StreamEvents {
 public:
  virtual ~StreamEvents() = default;
  // The message that was asked for is there; not ok: none comes any more.
  virtual void OnRead(bool /*ok*/) {}
  // The message has left; not ok: the caller has gone.
  virtual void OnWritten(bool /*ok*/) {}
  // The caller has gone, or its deadline passed.
  virtual void OnCancelled() {}
  // The last one: the call ends when this returns. Not told where the call was finished before it
  // had a listener.
  virtual void OnEnded() = 0;
};

// One call of a method with a stream. `Stream` is gRPC's ServerAsyncWriter, ServerAsyncReader or
// ServerAsyncReaderWriter; `Request` is what a ServerAsyncWriter's method is called with. Owned by
// itself: it ends after Finish.
//
// Read, Write, Cancel and Finish: by one thread at a time, at most one read and one write under
// way, none of them beside Finish.
template <typename Stream, typename Request = std::monostate>
class StreamCall final {
 public:
  using Accept = std::function<void(StreamCall&, grpc::ServerContext*, Stream*,
                                    grpc::ServerCompletionQueue*, void* tag)>;
  // Gives the call a listener, or finishes it.
  using Handler = std::function<void(StreamCall&)>;
  using Method = ServedMethod<Accept, Handler>;

  static void AcceptNext(const Method& method) {
    auto* const call = new StreamCall(method);
    call->context_.AsyncNotifyWhenDone(&call->done_);
    method.accept(*call, &call->context_, &call->stream_, method.queue, &call->accepted_);
  }

  // Only within the handler. The listener outlives the call.
  void Listen(StreamEvents& listener) { listener_ = &listener; }

  Request& request() { return request_; }
  const grpc::ServerContext& context() const { return context_; }
  const Principal& principal() const { return method_.PrincipalOf(principal_); }

  // `message` stays as it is until OnRead or OnWritten.
  template <typename Message>
  void Read(Message& message) {
    stream_.Read(&message, &read_);
  }
  template <typename Message>
  void Write(const Message& message) {
    // Nothing is told to a caller whose credential has ended.
    if (CallerEnded()) return method_.inbox->Run([this] { listener_->OnWritten(false); });
    stream_.Write(message, &written_);
  }

  // Whether what identified the caller has come to its end. The listener is told as if the caller
  // had gone, and Finish says it. Like Write.
  bool CallerEnded() {
    caller_ended_ = caller_ended_ || method_.HasEnded(principal());
    return caller_ended_;
  }

  // Of a preview or a dossier, of which a caller may have one. Within the handler.
  absl::Status TakeTurn() { return place_.TakeTurn(); }

  // Thread-safe, until OnEnded.
  void Cancel() { context_.TryCancel(); }

  // Answers; once. With NOT_IDENTIFIED where what identified the caller has come to its end.
  void Finish(const absl::Status& status) { stream_.Finish(End(status), &finished_); }
  // The same where the method answers a stream with one message.
  template <typename Response>
  void Finish(const absl::Status& status, const Response& response) {
    const grpc::Status told = End(status);
    if (told.ok()) {
      stream_.Finish(response, told, &finished_);
    } else {
      stream_.FinishWithError(told, &finished_);
    }
  }

 private:
  using Step = void (StreamCall::*)(bool ok);
  class Tag final : public Event {
   public:
    Tag(StreamCall& call, Step step) : call_(call), step_(step) {}
    void Proceed(bool ok) override { (call_.*step_)(ok); }

   private:
    StreamCall& call_;
    const Step step_;
  };

  explicit StreamCall(const Method& method) : method_(method), stream_(&context_) {}

  void Accepted(bool ok) {
    if (!ok) {  // No call came: the server is shutting down, and nothing else is told.
      delete this;
      return;
    }
    method_.active->Enter();
    begun_ = method_.counts->Begin();
    AcceptNext(method_);
    absl::Status admitted = method_.Admit(context_, RequestMessage(), principal_);
    if (admitted.ok()) admitted = method_.TakePlace(principal_, begun_, place_);
    if (!admitted.ok()) return Refuse(admitted);
    method_.handler(*this);
  }

  // nullptr where the method has none before its stream begins, or takes bytes.
  const google::protobuf::Message* RequestMessage() const {
    if constexpr (std::is_base_of_v<google::protobuf::Message, Request>) return &request_;
    return nullptr;
  }

  void Refuse(const absl::Status& status) {
    if constexpr (requires { stream_.FinishWithError(End(status), &finished_); }) {
      stream_.FinishWithError(End(status), &finished_);
    } else {
      Finish(status);
    }
  }

  void ReadDone(bool ok) {
    if (ok) MethodCounts::Increment(method_.counts->streamed_in);
    listener_->OnRead(ok && !CallerEnded());
  }

  void WriteDone(bool ok) {
    if (ok) MethodCounts::Increment(method_.counts->streamed_out);
    listener_->OnWritten(ok);
  }

  grpc::Status End(const absl::Status& given) {
    const absl::Status status =
        !caller_ended_
            ? given
            : domain::Refuse("NOT_IDENTIFIED",
                             "The token or certificate that opened the stream has "
                             "expired: open it anew with another, behind what was read.");
    grpc::Status told = ToGrpcStatus(status);
    method_.End(status, told.error_code(), begun_, context_, request_);
    return told;
  }

  // gRPC is done with the call, which may not be finished yet: then the caller has gone.
  void Done(bool /*ok*/) {
    if (context_.IsCancelled() && listener_ != nullptr) listener_->OnCancelled();
    EndIfLast();
  }

  void Finished(bool /*ok*/) { EndIfLast(); }

  void EndIfLast() {
    if (++ends_ < 2) return;
    if (listener_ != nullptr) listener_->OnEnded();
    method_.active->Leave();
    delete this;
  }

  const Method& method_;
  grpc::ServerContext context_;
  Request request_;
  Stream stream_;
  std::optional<Principal> principal_;
  CallLimits::Place place_;
  bool caller_ended_ = false;
  StreamEvents* listener_ = nullptr;
  SteadyTime begun_;
  int ends_ = 0;  // Of both: gRPC is done, and the call is finished.
  Tag accepted_{*this, &StreamCall::Accepted};
  Tag read_{*this, &StreamCall::ReadDone};
  Tag written_{*this, &StreamCall::WriteDone};
  Tag done_{*this, &StreamCall::Done};
  Tag finished_{*this, &StreamCall::Finished};
};

// A call that is answered with a stream of responses.
template <typename Request, typename Response>
using ResponseStreamCall = StreamCall<grpc::ServerAsyncWriter<Response>, Request>;

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_CALL_H_
