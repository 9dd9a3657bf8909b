// Carries out the erasures that are due.
#ifndef GOODSTANDING_SERVICES_ERASER_H_
#define GOODSTANDING_SERVICES_ERASER_H_

#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "domain/dates.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "projections/erasures.h"
#include "services/board_time.h"
#include "services/command_processor.h"

namespace goodstanding::services {

// Destroys again every key that the log says was destroyed, or was about to be, and that the key
// store still has: a copy of the keys from before an erasure brings nobody back. To be called
// before the keys are used. Cost: a look at each erased person's key.
absl::Status ReapplyErasures(const eventstore::EventStore& store, eventstore::KeyStore& keys);

// An erasure whose day has come is begun with an event, the person's key is destroyed, and a second
// event says that it is. What fails at any point goes on from there the next time, also after a
// restart.
class Eraser {
 public:
  // All outlive it.
  Eraser(const eventstore::EventStore& store, eventstore::KeyStore& keys,
         CommandProcessor& processor, const BoardTime& time, const Clock& clock);
  // Waits for what is under way.
  ~Eraser();
  Eraser(const Eraser&) = delete;
  Eraser& operator=(const Eraser&) = delete;

  // Does all that can be done now; the last failure, a refusal for what stands against an erasure
  // too. Confined to one thread.
  absl::Status EraseDue();

  // Does so at once and then each `interval`, on a thread of its own. Once; EraseDue is that
  // thread's from then on.
  void EraseEach(absl::Duration interval);

 private:
  void Run(absl::Duration interval);
  absl::Status Erase(const std::string& certificant_id, type::v1::ErasureStage stage);
  absl::Status Record(const std::string& certificant_id, const event::v1::CertificantEvent& fact);
  bool Stopping();

  const eventstore::EventStore& store_;
  eventstore::KeyStore& keys_;
  CommandProcessor& processor_;
  const BoardTime& time_;
  const Clock& clock_;
  projections::Erasures erasures_;  // Of the thread of EraseDue.

  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_ERASER_H_
