// Issues the signed checkpoints of a log and keeps what witnesses add to them.
#ifndef GOODSTANDING_EVENTSTORE_CHECKPOINT_ISSUER_H_
#define GOODSTANDING_EVENTSTORE_CHECKPOINT_ISSUER_H_

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "eventstore/event_store.h"
#include "eventstore/note.h"
#include "eventstore/random.h"
#include "eventstore/signing_key.h"

namespace goodstanding::eventstore {

// A checkpoint is synced in the store before it is handed out, and only ever signs a root that the
// store holds: no two checkpoints of one log disagree. Thread-safe.
class CheckpointIssuer {
 public:
  // The key's name is the log's origin. Cosignatures of these witnesses are kept. The store
  // outlives it.
  CheckpointIssuer(EventStore& store, std::unique_ptr<const SigningKey> key,
                   std::vector<NoteKey> witnesses);
  // Stops the clockwork, if it runs.
  ~CheckpointIssuer();

  // From now on issues a checkpoint each `interval` in which the log grew, on a thread of its own.
  // Called at most once.
  void IssueEach(absl::Duration interval);

  const NoteKey& public_key() const { return key_->public_key(); }
  const std::vector<NoteKey>& witnesses() const { return witnesses_; }

  // The newest checkpoint if its size is at least `min_size`; otherwise a new one, of the whole
  // log. OUT_OF_RANGE where the log is not so long. Cost: a look-up, or a signature and a synced
  // write.
  absl::StatusOr<EventStore::StoredCheckpoint> AtLeast(int64_t min_size);

  // Takes the cosignatures of known witnesses from a checkpoint that we issued, adds them to the
  // stored one, and returns it; a newer cosignature of a witness replaces its older one.
  // INVALID_ARGUMENT where the note is not a checkpoint of ours, or a signature is forged;
  // NOT_FOUND where it has no cosignature of a known witness.
  absl::StatusOr<EventStore::StoredCheckpoint> AddCosignatures(absl::string_view note);

 private:
  absl::StatusOr<EventStore::StoredCheckpoint> Issue(int64_t size)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Run(absl::Duration interval);

  EventStore& store_;
  const std::unique_ptr<const SigningKey> key_;
  const std::vector<NoteKey> witnesses_;
  // One at a time reads a stored checkpoint and writes it back.
  Mutex mutex_;
  CondVar stop_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// The keys of a file, created where it is missing, the first one of the log's origin: where it is
// that of a log which this one goes on from, a fresh key is put before it, so that no key signs
// for two origins. Errors as of ReadSigningKeys.
absl::StatusOr<SigningKeys> OpenSigningKeys(const std::string& path, const EventStore& store,
                                            RandomSource& random);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_CHECKPOINT_ISSUER_H_
