#include "services/call_limits.h"

#include <algorithm>
#include <string>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "domain/refusal.h"
#include "grpc/support/time.h"
#include "services/grpc_status.h"

namespace goodstanding::services {
namespace {

using std::chrono::nanoseconds;

constexpr size_t kCallers = 65'536;
constexpr nanoseconds kDelay = std::chrono::milliseconds(200);

absl::Status TooManyCalls(absl::string_view message, nanoseconds delay) {
  const int64_t milliseconds =
      std::max<int64_t>(1, std::chrono::ceil<std::chrono::milliseconds>(delay).count());
  return domain::Refuse("TOO_MANY_CALLS", message, "",
                        {{kRetryDelayKey, absl::StrCat(milliseconds)}});
}

// Counts one more, unless that is above the most.
bool Increment(std::atomic<int32_t>& count, int32_t most) {
  if (count.fetch_add(1, std::memory_order_relaxed) < most) return true;
  count.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

}  // namespace

// The generic cell rate algorithm: one number, and no timer that fills it up.
nanoseconds Rate::Take(SteadyTime now, int64_t per_second, int64_t burst) {
  constexpr int64_t kSecond = 1'000'000'000;
  const int64_t each = std::max<int64_t>(1, kSecond / per_second);
  const int64_t moment = nanoseconds(now.time_since_epoch()).count();
  int64_t due = due_.load(std::memory_order_relaxed);
  while (true) {
    const int64_t next = std::max(due, moment) + each;
    const int64_t wait = next - moment - each * burst;
    if (wait > 0) return nanoseconds(wait);
    if (due_.compare_exchange_weak(due, next, std::memory_order_relaxed)) return {};
  }
}

CallLimits::CallLimits(const config::v1::LimitsConfig& limits)
    : limits_(limits), callers_(kCallers) {}

CallLimits::Caller* CallLimits::CallerOf(const event::v1::Actor& actor) {
  if (actor.issuer() == "none") return nullptr;
  const bool acts = !actor.on_behalf_of_subject().empty();
  const std::string& issuer = acts ? actor.on_behalf_of_issuer() : actor.issuer();
  const std::string& subject = acts ? actor.on_behalf_of_subject() : actor.subject();
  // Seeded anew in each process.
  return &callers_[absl::HashOf(issuer, subject) % kCallers];
}

absl::Status CallLimits::Enter(const event::v1::Actor& actor, CallKind kind, SteadyTime now,
                               Place& place) {
  if (kind == CallKind::kProbe) return absl::OkStatus();
  if (actor.issuer() == "none" && actor.subject() == "server") return absl::OkStatus();
  const bool stream = kind == CallKind::kStream;
  Caller* const caller = CallerOf(actor);
  if (caller != nullptr) {
    const nanoseconds wait =
        caller->rate.Take(now, limits_.caller_calls_per_second(), limits_.caller_burst());
    if (wait > nanoseconds(0)) {
      return TooManyCalls("The caller calls more often than one may; repeat it after the delay.",
                          wait);
    }
    if (!Increment(stream ? caller->streams : caller->calls,
                   stream ? limits_.max_streams_per_caller() : limits_.max_calls_per_caller())) {
      return TooManyCalls(
          "The caller has as many calls under way as one may; repeat it after the delay.", kDelay);
    }
  }
  if (!Increment(stream ? streams_ : calls_,
                 stream ? limits_.max_streams() : limits_.max_calls())) {
    if (caller != nullptr) (stream ? caller->streams : caller->calls).fetch_sub(1);
    return domain::Refuse("OVERLOADED",
                          "As many calls are under way as may be; repeat it after the delay.");
  }
  place.limits_ = this;
  place.caller_ = caller;
  place.stream_ = stream;
  return absl::OkStatus();
}

CallLimits::Place::~Place() {
  if (limits_ == nullptr) return;
  (stream_ ? limits_->streams_ : limits_->calls_).fetch_sub(1, std::memory_order_relaxed);
  if (caller_ == nullptr) return;
  (stream_ ? caller_->streams : caller_->calls).fetch_sub(1, std::memory_order_relaxed);
  if (busy_) caller_->busy.store(false);
}

absl::Status CallLimits::Place::TakeTurn() {
  if (caller_ == nullptr || busy_) return absl::OkStatus();
  if (caller_->busy.exchange(true)) {
    return TooManyCalls(
        "The caller has a preview or a dossier under way, of which one may have one; repeat it "
        "after that.",
        kDelay);
  }
  busy_ = true;
  return absl::OkStatus();
}

SteadyTime CallLimits::EndOf(const grpc::ServerContext& context, SteadyTime now) const {
  const gpr_timespec deadline = context.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) {
    return now + std::chrono::seconds(limits_.default_deadline_seconds());
  }
  const gpr_timespec left = gpr_time_sub(gpr_convert_clock_type(deadline, GPR_CLOCK_MONOTONIC),
                                         gpr_now(GPR_CLOCK_MONOTONIC));
  const std::chrono::seconds most(limits_.max_deadline_seconds());
  if (left.tv_sec >= most.count()) return now + most;
  return now + std::chrono::seconds(left.tv_sec) + nanoseconds(left.tv_nsec);
}

}  // namespace goodstanding::services
