// Records that days have passed, so that their place in the order of all events is fixed.
#ifndef GOODSTANDING_SERVICES_DAY_CLOSER_H_
#define GOODSTANDING_SERVICES_DAY_CLOSER_H_

#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "domain/dates.h"
#include "services/board_time.h"
#include "services/command_processor.h"

namespace goodstanding::services {

// Looks at the clock each `interval`, also at once: when the board's day is another one than when
// it last looked, however that came, all days before it are closed with one event. A day that was
// closed stays so when the clock goes back. A thread of its own.
class DayCloser {
 public:
  // All outlive it.
  DayCloser(CommandProcessor& processor, const BoardTime& time, const Clock& clock,
            absl::Duration interval);
  // Waits for an event that is under way.
  ~DayCloser();
  DayCloser(const DayCloser&) = delete;
  DayCloser& operator=(const DayCloser&) = delete;

 private:
  void Run(absl::Duration interval);
  absl::Status Close(domain::Date last);

  CommandProcessor& processor_;
  const BoardTime& time_;
  const Clock& clock_;

  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_DAY_CLOSER_H_
