#include "services/clock_guard.h"

#include <sys/timex.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "domain/refusal.h"

namespace goodstanding::services {
namespace {

std::string Utc(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

}  // namespace

ClockGuard::ClockGuard(ClockGuardOptions options)
    : options_(std::move(options)), difference_(WallMinusElapsed()) {}

int64_t ClockGuard::WallMinusElapsed() const {
  const int64_t wall = absl::ToUnixMicros(options_.wall->Now());
  if (options_.elapsed == nullptr) return wall;
  return wall - absl::ToInt64Microseconds(options_.elapsed->Elapsed());
}

void ClockGuard::HoldAgainst(absl::Time last_recorded, absl::Duration max_downtime) {
  if (last_recorded == absl::InfinitePast()) return;
  const absl::Time now = options_.wall->Now();
  if (now < last_recorded - kMaxClockStep) {
    Suspect(absl::StrCat("the clock says ", Utc(now), ", but the last event was recorded at ",
                         Utc(last_recorded)));
  } else if (max_downtime > absl::ZeroDuration() && now > last_recorded + max_downtime) {
    Suspect(absl::StrCat("the clock says ", Utc(now), ", and the last event was recorded at ",
                         Utc(last_recorded), ", longer ago than the server is ever down"));
  }
}

absl::Time ClockGuard::Now() const {
  const absl::Time wall = options_.wall->Now();
  if (options_.elapsed == nullptr) return wall;
  const absl::Time expected = absl::FromUnixMicros(difference_.load(std::memory_order_relaxed)) +
                              absl::Floor(options_.elapsed->Elapsed(), absl::Microseconds(1));
  if (absl::AbsDuration(wall - expected) <= kMaxClockStep) return wall;
  if (!suspect_.load()) {
    Suspect(absl::StrCat("the clock was set to ", Utc(wall), " when it was ", Utc(expected)));
  }
  return expected;
}

void ClockGuard::Suspect(std::string why) const {
  {
    const MutexLock lock(mutex_);
    if (!why_.empty()) return;
    why_ = std::move(why);
    suspect_.store(true);
  }
  if (options_.on_suspicion) options_.on_suspicion();
}

std::string ClockGuard::LastingSuspicion() const {
  if (!suspect_.load()) return "";
  const MutexLock lock(mutex_);
  return why_;
}

std::string ClockGuard::Suspicion() const {
  Now();  // Finds a step.
  std::string why = LastingSuspicion();
  if (why.empty() && options_.synchronised && !options_.synchronised()) {
    why = "the machine's clock is not synchronised";
  }
  return why;
}

absl::Status ClockGuard::Check() const {
  const std::string why = Suspicion();
  if (why.empty()) return absl::OkStatus();
  return domain::Refuse(
      "CLOCK_SUSPECT",
      absl::StrCat("Nothing is recorded now, as ", why,
                   ". An operator must look at the clock, and confirm it once it is right."));
}

absl::StatusOr<std::string> ClockGuard::Confirm(absl::Time time) {
  const absl::Time wall = options_.wall->Now();
  if (absl::AbsDuration(time - wall) > kMaxClockStep) {
    return domain::Refuse("INVALID_ARGUMENT",
                          absl::StrCat("time must be within a minute of the server's clock, which "
                                       "says ",
                                       Utc(wall), "."),
                          "time", {{"serverTime", Utc(wall)}});
  }
  const MutexLock lock(mutex_);
  difference_.store(WallMinusElapsed());
  suspect_.store(false);
  return std::exchange(why_, "");
}

bool KernelClockSynchronised() {
  timex state = {};
  return adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0;
}

}  // namespace goodstanding::services
