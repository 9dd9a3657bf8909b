// Closed-loop callers on one channel: each sends its next call when its last was answered.
#ifndef GOODSTANDING_TESTS_BENCH_LOAD_H_
#define GOODSTANDING_TESTS_BENCH_LOAD_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/support/async_unary_call.h"

namespace goodstanding::bench {

using SteadyTime = std::chrono::steady_clock::time_point;

// What the callers saw between the first call and the end of the time.
struct Load {
  std::chrono::nanoseconds time{0};
  std::vector<std::chrono::nanoseconds> latencies;  // One a call that was answered in time.
  absl::Status status;                              // The first answer that is not as it must be.
};

// One method and what is sent to it.
template <typename Stub, typename Request, typename Response>
struct Traffic {
  Stub* stub;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> (Stub::*prepare)(
      grpc::ClientContext*, const Request&, grpc::CompletionQueue*);
  std::function<void(Request&)> next_request;     // Fills the next call's request.
  std::function<bool(const Response&)> accepted;  // Whether an answer is as it must be.
};

// One caller's call.
template <typename Request, typename Response>
struct Call {
  std::optional<grpc::ClientContext> context;
  Request request;
  Response response;
  grpc::Status status;
  SteadyTime start;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader;
};

// Runs `callers` callers for `time`, all on this thread, and waits for the last answers.
template <typename Stub, typename Request, typename Response>
Load RunLoad(const Traffic<Stub, Request, Response>& traffic, int callers,
             std::chrono::nanoseconds time) {
  using OneCall = Call<Request, Response>;
  grpc::CompletionQueue queue;
  const auto send = [&](OneCall& call, SteadyTime now) {
    call.reader.reset();
    call.context.emplace();
    traffic.next_request(call.request);
    call.start = now;
    call.reader = (traffic.stub->*traffic.prepare)(&*call.context, call.request, &queue);
    call.reader->StartCall();
    call.reader->Finish(&call.response, &call.status, &call);
  };
  Load load;
  std::vector<OneCall> calls(static_cast<size_t>(callers));
  const SteadyTime begin = std::chrono::steady_clock::now();
  for (OneCall& call : calls) send(call, begin);
  void* tag = nullptr;
  bool ok = false;
  for (int open = callers; open > 0;) {
    queue.Next(&tag, &ok);
    OneCall& call = *static_cast<OneCall*>(tag);
    const SteadyTime now = std::chrono::steady_clock::now();
    const bool good = ok && call.status.ok() && traffic.accepted(call.response);
    if (!good && load.status.ok()) {
      load.status = absl::InternalError(absl::StrCat("a call failed: ", call.status.error_message(),
                                                     call.response.ShortDebugString()));
    }
    if (now - begin > time || !good) {
      --open;
      continue;
    }
    load.latencies.push_back(now - call.start);
    load.time = now - begin;
    send(call, now);
  }
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  return load;
}

}  // namespace goodstanding::bench

#endif  // GOODSTANDING_TESTS_BENCH_LOAD_H_
