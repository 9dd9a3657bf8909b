#include "services/day_closer.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/thread_name.h"
#include "services/command.h"

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
      if (closed.ok() || absl::IsFailedPrecondition(closed)) last = yesterday;
    }
    const MutexLock lock(mutex_);
    if (!stopping_) changed_.WaitFor(mutex_, absl::ToChronoNanoseconds(interval));
    if (stopping_) return;
  }
}

absl::Status DayCloser::Close(domain::Date last) {
  Command command;
  command.request_id = absl::StrCat("days/", last.ToString());
  command.digest = std::string(32, '\0');  // The id says it all.
  command.actor.set_issuer("none");
  command.actor.set_subject("server");
  event::v1::DaysClosed days;
  *days.mutable_last_date() = last.ToProto();
  command.proposals.emplace_back().fact = std::move(days);
  processor_.Execute(std::move(command), [this](const absl::StatusOr<CommandResult>& result) {
    const MutexLock lock(mutex_);
    closed_ = result.status();
    changed_.SignalAll();
  });
  const MutexLock lock(mutex_);
  while (!closed_.has_value()) changed_.Wait(mutex_);
  return *std::exchange(closed_, std::nullopt);
}

}  // namespace goodstanding::services
