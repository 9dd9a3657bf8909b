// How many calls are under way, of everybody and of each caller, and how often a caller calls.
//
// A caller is an identity, or the person for whom it acts. What is known of callers lies in a table
// of fixed size, by a hash that nobody can foresee: it grows with nobody's calls. Two callers share
// a row, and what one may, with a chance of 1 in 65,536.
#ifndef GOODSTANDING_SERVICES_CALL_LIMITS_H_
#define GOODSTANDING_SERVICES_CALL_LIMITS_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "goodstanding/config/v1/config.pb.h"
#include "goodstanding/event/v1/record.pb.h"
#include "grpcpp/server_context.h"

namespace goodstanding::services {

// As call_metrics.h has it.
using SteadyTime = std::chrono::steady_clock::time_point;

// So many events a second on average, and so many at once after a pause. Thread-safe, lock-free.
class Rate {
 public:
  // Takes one; or how long it takes until one can be taken, and takes none.
  // REQUIRES: both are from 1. `now` need not be later than before.
  std::chrono::nanoseconds Take(SteadyTime now, int64_t per_second, int64_t burst);

 private:
  std::atomic<int64_t> due_ = INT64_MIN;  // When it would be full again, in nanoseconds.
};

// What a call counts as.
enum class CallKind {
  kCall,
  kStream,
  kProbe,  // Health: not refused, or whatever looks after the server would end it.
};

// Thread-safe; outlives the places that it gives.
class CallLimits {
 public:
  // The limits have all defaults.
  explicit CallLimits(const config::v1::LimitsConfig& limits);

 private:
  struct Caller {
    Rate rate;
    std::atomic<int32_t> calls = 0;
    std::atomic<int32_t> streams = 0;
    std::atomic<bool> busy = false;  // With a preview or dossier.
  };

 public:
  // A place of one call, given back where it ends.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept { *this = std::move(other); }
    Place& operator=(Place&& other) noexcept {
      std::swap(limits_, other.limits_);
      std::swap(caller_, other.caller_);
      std::swap(stream_, other.stream_);
      std::swap(busy_, other.busy_);
      return *this;
    }
    ~Place();

    // Takes what a caller has once: for a preview or a dossier. TOO_MANY_CALLS where another call
    // of the caller has it. Callers that are not told apart have it as often as they like.
    absl::Status TakeTurn();

   private:
    friend class CallLimits;
    CallLimits* limits_ = nullptr;
    Caller* caller_ = nullptr;
    bool stream_ = false;
    bool busy_ = false;
  };

  // Takes a place. TOO_MANY_CALLS for the caller's own excess, OVERLOADED for everybody's. Who has
  // no identity ("none") is not limited by caller, and the server's own calls are not limited.
  absl::Status Enter(const event::v1::Actor& actor, CallKind kind, SteadyTime now, Place& place);

  // When the call must have its answer: what its caller named, at most the maximum; the default
  // where it named nothing.
  SteadyTime EndOf(const grpc::ServerContext& context, SteadyTime now) const;

  int64_t calls() const { return calls_.load(std::memory_order_relaxed); }
  int64_t streams() const { return streams_.load(std::memory_order_relaxed); }

 private:
  Caller* CallerOf(const event::v1::Actor& actor);

  const config::v1::LimitsConfig limits_;
  std::vector<Caller> callers_;
  std::atomic<int32_t> calls_ = 0;
  std::atomic<int32_t> streams_ = 0;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_CALL_LIMITS_H_
