// A completion queue that serves methods: one thread takes calls, answers them or hands them on.
//
// A method is a row: how gRPC hands out its calls, and a handler. The handler runs on the loop's
// thread and must not block; it, or whoever it handed the call to, finishes the call exactly once,
// from any thread. No method is served by gRPC's synchronous or callback API: the threads that it
// adds for them would take events of the loops, and wake the loops for each.
#ifndef GOODSTANDING_SERVICES_RPC_H_
#define GOODSTANDING_SERVICES_RPC_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "base/check.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_builder.h"
#include "services/call.h"

namespace goodstanding::services {

// A method by its full name, "goodstanding.api.v1.HistoryService.Subscribe"; nullptr where there is
// none.
const google::protobuf::MethodDescriptor* MethodNamed(const std::string& name);

// Who refuses a call that has no place: the loop, or the handler, which has more to say.
enum class Shed { kAtOnce, kByHandler };

// A completion queue and its thread.
class Loop {
 public:
  // `gate` stands before every method, `limits` bound the calls; both outlive the loop. Null:
  // nothing does.
  explicit Loop(grpc::ServerBuilder& builder, const Gate* gate = nullptr,
                CallLimits* limits = nullptr);
  ~Loop();

  // Adds a method. `accept` is &AsyncService::RequestX; the service outlives the loop. Before
  // Start. First a method of one request and one response, then those with streams: of responses,
  // of requests or of both.
  template <typename Service, typename Base, typename Request, typename Response>
  void Serve(Service& service,
             void (Base::*accept)(grpc::ServerContext*, Request*,
                                  grpc::ServerAsyncResponseWriter<Response>*,
                                  grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*),
             std::type_identity_t<std::function<void(UnaryCall<Request, Response>&)>> handler,
             Shed shed = Shed::kAtOnce) {
    // A few calls wait at once, so that a burst of one method need not wait for the thread.
    constexpr int kWaitingCalls = 4;
    using Call = UnaryCall<Request, Response>;
    Add<Call>([&service, accept](
                  grpc::ServerContext* context, Request* request, typename Call::Writer* writer,
                  grpc::ServerCompletionQueue* queue,
                  void* tag) { (service.*accept)(context, request, writer, queue, queue, tag); },
              std::move(handler), kWaitingCalls, NameOfMethod(typeid(Base)), MethodType::kUnary,
              shed);
  }

  template <typename Service, typename Base, typename Request, typename Response>
  void Serve(
      Service& service,
      void (Base::*accept)(grpc::ServerContext*, Request*, grpc::ServerAsyncWriter<Response>*,
                           grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*),
      std::type_identity_t<std::function<void(ResponseStreamCall<Request, Response>&)>> handler) {
    using Call = ResponseStreamCall<Request, Response>;
    Add<Call>(
        [&service, accept](Call& call, grpc::ServerContext* context,
                           grpc::ServerAsyncWriter<Response>* stream,
                           grpc::ServerCompletionQueue* queue, void* tag) {
          (service.*accept)(context, &call.request(), stream, queue, queue, tag);
        },
        std::move(handler), 1, NameOfMethod(typeid(Base)), MethodType::kServerStream);
  }

  template <typename Service, typename Base, typename Stream>
  void Serve(Service& service,
             void (Base::*accept)(grpc::ServerContext*, Stream*, grpc::CompletionQueue*,
                                  grpc::ServerCompletionQueue*, void*),
             std::type_identity_t<std::function<void(StreamCall<Stream>&)>> handler) {
    using Call = StreamCall<Stream>;
    Add<Call>(
        [&service, accept](Call&, grpc::ServerContext* context, Stream* stream,
                           grpc::ServerCompletionQueue* queue,
                           void* tag) { (service.*accept)(context, stream, queue, queue, tag); },
        std::move(handler), 1, NameOfMethod(typeid(Base)), TypeOf(static_cast<Stream*>(nullptr)));
  }

  // Begins to take calls; after the server was built.
  void Start();

  // Whom to tell of calls that took long or failed by no fault of the caller, on any thread; must
  // not block. Before Start.
  void TellOf(std::function<void(const CallEnd&)> tell) { tell_ = std::move(tell); }

  // What its calls have come to.
  const CallCounts& counts() const { return counts_; }

  // Waits until every call is answered. After the server was shut down.
  void WaitForCalls() { active_.WaitForNone(); }

  // Takes no more events and joins the thread. After WaitForCalls.
  void Stop();

 private:
  template <typename Response, typename Request>
  static MethodType TypeOf(const grpc::ServerAsyncReader<Response, Request>*) {
    return MethodType::kClientStream;
  }
  template <typename Response, typename Request>
  static MethodType TypeOf(const grpc::ServerAsyncReaderWriter<Response, Request>*) {
    return MethodType::kBidiStream;
  }

  // `waiting` calls of it wait at once to be made.
  template <typename Call>
  void Add(typename Call::Accept accept, typename Call::Handler handler, int waiting,
           MethodName name, MethodType type, Shed shed = Shed::kAtOnce) {
    auto method = std::make_shared<typename Call::Method>();
    method->accept = std::move(accept);
    method->handler = std::move(handler);
    method->queue = queue_.get();
    method->inbox = &inbox_;
    method->active = &active_;
    method->limits = limits_;
    method->kind = type != MethodType::kUnary                ? CallKind::kStream
                   : name.service == "grpc.health.v1.Health" ? CallKind::kProbe
                                                             : CallKind::kCall;
    method->deadlines = &deadlines_;
    method->handles_shed = shed == Shed::kByHandler;
    method->gate = gate_;
    method->descriptor = MethodNamed(name.service + "." + name.method);
    GS_CHECK(method->descriptor != nullptr);
    method->all_counts = &counts_;
    method->counts = &counts_.Add(std::move(name), type);
    method->tell = &tell_;
    begin_.push_back([method, waiting] {
      for (int i = 0; i < waiting; ++i) Call::AcceptNext(*method);
    });
  }

  void Run();

  const std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  const Gate* const gate_;
  CallLimits* const limits_;
  Inbox inbox_{*queue_};
  CallDeadlines deadlines_{*queue_};
  std::vector<std::function<void()>> begin_;
  ActiveCalls active_;
  CallCounts counts_;
  std::function<void(const CallEnd&)> tell_;
  std::thread thread_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_RPC_H_
