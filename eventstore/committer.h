// The one writer of the log: a bounded queue, and a thread that writes all that gathered in it with
// one synced write.
#ifndef GOODSTANDING_EVENTSTORE_COMMITTER_H_
#define GOODSTANDING_EVENTSTORE_COMMITTER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "eventstore/database.h"
#include "eventstore/error_latch.h"
#include "eventstore/event_store.h"
#include "eventstore/group_batch.h"

namespace goodstanding::eventstore {

struct CommitterSettings {
  const Clock* clock = nullptr;
  bool sync = true;
  size_t queue_appends = 0;
  size_t queue_bytes = 0;
  // Called on the committer thread after each durable write, before any append of it is answered.
  std::function<void(const HeadRow&)> publish;
  // Options::on_commit.
  std::function<void(absl::Duration taken, int64_t events)> on_commit;
};

// Thread-safe. The database, the reader, the clock and the latch outlive it.
class Committer {
 public:
  // Refuses appends once the latch is set, and sets it where a write fails.
  Committer(const Database& database, const LogReader& reader, ErrorLatch& errors,
            const HeadRow& head, TreeBuilder tree, CommitterSettings settings);

  // Writes what is queued, then stops.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // Queues the appends; they stay together, within one write.
  void Submit(std::vector<EventStore::Pending> group);

 private:
  using Group = std::vector<EventStore::Pending>;
  using Results = std::vector<absl::StatusOr<AppendOutcome>>;

  absl::Status Enqueue(Group& group);
  void Run();
  Group Take();
  void Commit(Group group);
  void Answer(Group& group, Results results) const;
  absl::Status Write(const HeadRow& head);

  const CommitterSettings settings_;
  const Database& database_;
  rocksdb::DB& db_;
  ErrorLatch& errors_;

  // The committer thread's own.
  HeadRow head_;
  GroupBatch batch_;

  Mutex mutex_;
  CondVar work_;
  std::deque<Group> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queued_appends_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_COMMITTER_H_
