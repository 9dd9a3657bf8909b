// Another key that signs a log's checkpoints.
//
// A rotation has two steps. The new key is put before the old one in the key file, durably, while
// the server goes on with the old one. The next start finds that the first key of the file is not
// the one that the log knows, and appends the event that names both, signed by both; from then on
// the new one signs. A crash at any moment leaves the one or the other to be done at the next
// start.
#ifndef GOODSTANDING_EVENTSTORE_KEY_ROTATION_H_
#define GOODSTANDING_EVENTSTORE_KEY_ROTATION_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/event_store.h"
#include "eventstore/note.h"
#include "eventstore/random.h"
#include "eventstore/signing_key.h"
#include "goodstanding/event/v1/log_event.pb.h"

namespace goodstanding::eventstore {

// Puts a fresh key before those of a key file; returns its public key. Errors as of
// ReadSigningKeys, and of ReplaceSecretFile.
absl::StatusOr<NoteKey> AddSigningKey(const std::string& path, RandomSource& random);

// The key that signs the log's checkpoints from now on: the first of the file. Where the log knows
// another one of them as its key, SigningKeyRotated is appended before. The log's key is the new
// one of its last rotation, or else that which signed its newest checkpoint, or else the last one
// of the file; of a key that the file does not hold nothing can be said, so it is passed over.
// FAILED_PRECONDITION where the first key is of another log; errors as of EventStore::Append.
// REQUIRES: nobody else appends meanwhile; `keys` is not empty.
absl::StatusOr<std::unique_ptr<const SigningKey>> SettleSigningKey(EventStore& store,
                                                                   SigningKeys keys,
                                                                   absl::Time now);

// A rotation as those who verify checkpoints keep it: a signed note whose text is what both keys
// signed.
Note KeyRotationNote(const event::v1::SigningKeyRotated& fact);

// The notes of all rotations of a log under its present origin, in order, as text.
absl::StatusOr<std::vector<std::string>> KeyRotationNotes(const EventStore& store);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_KEY_ROTATION_H_
