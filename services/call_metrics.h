// What calls have come to, counted where they are served.
//
// Each loop counts for itself, so that loops never wait for each other; whoever wants to see the
// counts adds them up.
#ifndef GOODSTANDING_SERVICES_CALL_METRICS_H_
#define GOODSTANDING_SERVICES_CALL_METRICS_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <typeinfo>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpcpp/support/status.h"

namespace goodstanding::services {

using SteadyTime = std::chrono::steady_clock::time_point;

// A histogram of durations or sizes. Thread-safe: relaxed atomics, whose sum is right once nothing
// is being added.
template <size_t kBounds>
class Histogram {
 public:
  using Bounds = std::array<int64_t, kBounds>;  // Upper, inclusive, ascending; one more is open.
  explicit constexpr Histogram(const Bounds& bounds) : bounds_(bounds) {}

  void Add(int64_t value) {
    size_t bucket = 0;
    while (bucket < kBounds && value > bounds_[bucket]) ++bucket;
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }

  const Bounds& bounds() const { return bounds_; }
  std::vector<int64_t> counts() const {
    std::vector<int64_t> counts;
    for (const auto& count : counts_) counts.push_back(count.load(std::memory_order_relaxed));
    return counts;
  }
  int64_t sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const Bounds& bounds_;
  std::array<std::atomic<int64_t>, kBounds + 1> counts_{};
  std::atomic<int64_t> sum_ = 0;
};

// Of calls and commits, in nanoseconds: 0.1 ms to 10 s.
inline constexpr std::array<int64_t, 12> kDurationBounds = {
    100'000,    300'000,    1'000'000,   2'500'000,     5'000'000,     10'000'000,
    25'000'000, 50'000'000, 100'000'000, 1'000'000'000, 2'500'000'000, 10'000'000'000};
using DurationHistogram = Histogram<kDurationBounds.size()>;

enum class MethodType { kUnary, kClientStream, kServerStream, kBidiStream };

struct MethodName {
  std::string service;  // "goodstanding.api.v1.QueryService"
  std::string method;   // "GetStanding"
};
// The method of a class that protoc's gRPC plug-in generates for each one, WithAsyncMethod_X or
// WithRawMethod_X around its service: where an asynchronous service says what it serves.
MethodName NameOfMethod(const std::type_info& with_method);

// Why something was refused: the refusal's reason, or the name of the code where there is none.
std::string ReasonOrCode(const absl::Status& status);

// Of a call that has ended.
struct CallEnd {
  const MethodName& name;
  grpc::StatusCode code;
  std::string reason;  // Of the refusal; empty where there is none.
  std::chrono::nanoseconds duration;
  absl::string_view request_id;   // As the caller gave it, or empty.
  absl::string_view traceparent;  // The same; not checked.
};

// One method on one loop. Thread-safe.
struct MethodCounts {
  static constexpr size_t kCodes = 17;

  MethodCounts(MethodName method_name, MethodType method_type)
      : name(std::move(method_name)), type(method_type) {}

  static void Increment(std::atomic<int64_t>& count) {
    count.fetch_add(1, std::memory_order_relaxed);
  }

  SteadyTime Begin() {
    Increment(started);
    return std::chrono::steady_clock::now();
  }
  // Returns how long the call took.
  std::chrono::nanoseconds End(grpc::StatusCode code, SteadyTime begun) {
    const std::chrono::nanoseconds taken = std::chrono::steady_clock::now() - begun;
    Increment(handled[static_cast<size_t>(code) % kCodes]);
    durations.Add(taken.count());
    return taken;
  }

  // Messages received and sent: what is no stream needs no count of its own.
  int64_t Received() const {
    const bool one = type == MethodType::kUnary || type == MethodType::kServerStream;
    return (one ? started : streamed_in).load(std::memory_order_relaxed);
  }
  int64_t Sent() const {
    const bool one = type == MethodType::kUnary || type == MethodType::kClientStream;
    constexpr auto kOk = static_cast<size_t>(grpc::StatusCode::OK);
    return (one ? handled[kOk] : streamed_out).load(std::memory_order_relaxed);
  }

  const MethodName name;
  const MethodType type;
  std::atomic<int64_t> started = 0;
  std::atomic<int64_t> streamed_in = 0;  // Messages of streams.
  std::atomic<int64_t> streamed_out = 0;
  std::array<std::atomic<int64_t>, kCodes> handled{};  // By code.
  DurationHistogram durations{kDurationBounds};
};

// How often something was refused, by reason. Thread-safe, without locks.
class RefusalCounts {
 public:
  RefusalCounts();

  // REQUIRES: the status is not OK.
  void Add(const absl::Status& status);

  // Of the reasons in domain::RefusalReasons(), in their order, then of all others.
  std::vector<int64_t> counts() const;

 private:
  std::map<std::string, size_t, std::less<>> reasons_;
  std::deque<std::atomic<int64_t>> counts_;
};

// The counts of one loop.
class CallCounts {
 public:
  // Adds a method. Before calls are served; what is returned stays.
  MethodCounts& Add(MethodName name, MethodType type);

  // Notes why a call was refused. Thread-safe. REQUIRES: the status is not OK.
  void CountRefusal(const absl::Status& status) { refusals_.Add(status); }

  const std::deque<MethodCounts>& methods() const { return methods_; }
  const RefusalCounts& refusals() const { return refusals_; }

 private:
  std::deque<MethodCounts> methods_;
  RefusalCounts refusals_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_CALL_METRICS_H_
