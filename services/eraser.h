// Carries out the erasures that are due.
#ifndef GOODSTANDING_SERVICES_ERASER_H_
#define GOODSTANDING_SERVICES_ERASER_H_

#include <cstdint>
#include <functional>
#include <map>
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
#include "services/call_metrics.h"
#include "services/command_processor.h"
#include "services/write_gate.h"

namespace goodstanding::services {

// Destroys again every key that the log says was destroyed, or was about to be, and that the key
// store still has: a copy of the keys from before an erasure brings nobody back. To be called
// before the keys are used. Cost: a look at each erased person's key.
absl::Status ReapplyErasures(const eventstore::EventStore& store, eventstore::KeyStore& keys);

struct EraserOptions {
  // While it is shut nothing is begun and no key destroyed; nullptr: it never is. Not owned;
  // outlives the eraser, as the next one does.
  const WriteGate* gate = nullptr;
  // Counts what did not take place, each time; nullptr: nobody does.
  RefusalCounts* refusals = nullptr;
  // Told why erasures did not take place, and of how many persons, once until that changes; may be
  // empty. Must not block.
  std::function<void(const std::string& reason, int64_t persons)> tell;
};

// An erasure whose day has come is begun with an event, the person's key is destroyed, and a second
// event says that it is. What fails at any point goes on from there the next time, also after a
// restart.
class Eraser {
 public:
  // All outlive it.
  Eraser(const eventstore::EventStore& store, eventstore::KeyStore& keys,
         CommandProcessor& processor, const BoardTime& time, const Clock& clock,
         EraserOptions options = {});
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
  void Note(const absl::Status& refusal, std::map<std::string, int64_t>& by_reason);
  void Tell(std::map<std::string, int64_t> by_reason);
  bool Stopping();

  const eventstore::EventStore& store_;
  eventstore::KeyStore& keys_;
  CommandProcessor& processor_;
  const BoardTime& time_;
  const Clock& clock_;
  const EraserOptions options_;
  // Of the thread of EraseDue, as what was told last, persons by reason.
  projections::Erasures erasures_;
  std::map<std::string, int64_t> told_;

  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_ERASER_H_
