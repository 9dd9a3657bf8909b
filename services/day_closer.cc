#include "services/day_closer.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/thread_name.h"
#include "domain/refusal.h"
#include "services/server_command.h"

namespace goodstanding::services {

DayCloser::DayCloser(CommandProcessor& processor, const BoardTime& time, const Clock& clock,
                     absl::Duration interval)
    : processor_(processor),
      time_(time),
      clock_(clock),
      thread_([this, interval] { Run(interval); }) {}

DayCloser::~DayCloser() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.SignalAll();
  }
  thread_.join();
}

// What could not be recorded is tried again the next time.
void DayCloser::Run(absl::Duration interval) {
  NameThread("days");
  std::optional<domain::Date> last;
  while (true) {
    const domain::Date yesterday = time_.At(clock_.Now()).date - 1;
    if (!last.has_value() || yesterday > *last) {
      const absl::Status closed = Close(yesterday);
      // A refusal, of a server that takes no commands, does not last.
      const bool closed_before =
          absl::IsFailedPrecondition(closed) && !domain::GetRefusal(closed).has_value();
      if (closed.ok() || closed_before) last = yesterday;
    }
    const MutexLock lock(mutex_);
    if (!stopping_) changed_.WaitFor(mutex_, absl::ToChronoNanoseconds(interval));
    if (stopping_) return;
  }
}

absl::Status DayCloser::Close(domain::Date last) {
  event::v1::DaysClosed days;
  *days.mutable_last_date() = last.ToProto();
  Proposal proposal;
  proposal.fact = std::move(days);
  return RecordAsServer(processor_, absl::StrCat("days/", last.ToString()), std::move(proposal));
}

}  // namespace goodstanding::services
