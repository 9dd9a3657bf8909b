// The key that signs a log's checkpoints, in a file outside every database.
#ifndef GOODSTANDING_EVENTSTORE_SIGNING_KEY_H_
#define GOODSTANDING_EVENTSTORE_SIGNING_KEY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/note.h"
#include "eventstore/random.h"

namespace goodstanding::eventstore {

// An Ed25519 key pair under its name. Immutable, thread-safe.
class SigningKey {
 public:
  // REQUIRES: the seed has 32 bytes, the name is a key name.
  SigningKey(absl::string_view name, NoteKeyType type, absl::string_view seed);

  const NoteKey& public_key() const { return public_key_; }

  // Signs a text as a log does. REQUIRES: the type is kEd25519.
  NoteSignature Sign(absl::string_view text) const;
  // Signs a checkpoint as a witness does. REQUIRES: the type is kCosignature.
  NoteSignature Cosign(absl::string_view text, int64_t seconds) const;

  // "PRIVATE+KEY+name+0123abcd+base64": the form of Go's note package.
  Secret ToText() const;
  // FAILED_PRECONDITION where the text is not of that form; the message does not hold it.
  static absl::StatusOr<std::unique_ptr<const SigningKey>> Parse(absl::string_view text);

 private:
  const Secret seed_;
  const NoteKey public_key_;
};

// Reads a key file: a line a key, at least one. Errors as of ReadSecretFile, and
// FAILED_PRECONDITION where the file holds anything else.
using SigningKeys = std::vector<std::unique_ptr<const SigningKey>>;
absl::StatusOr<SigningKeys> ReadSigningKeys(const std::string& path);

// A fresh key.
std::unique_ptr<const SigningKey> NewSigningKey(absl::string_view name, NoteKeyType type,
                                                RandomSource& random);

// Reads the keys of a file, which is created with a fresh key where it is missing.
absl::StatusOr<SigningKeys> ReadOrCreateSigningKeys(const std::string& path, absl::string_view name,
                                                    NoteKeyType type, RandomSource& random);

// Puts a fresh key before those of a key file, durably; returns all of them. Errors as of
// ReadSigningKeys, and of ReplaceSecretFile.
absl::StatusOr<SigningKeys> PutSigningKeyFirst(const std::string& path, absl::string_view name,
                                               NoteKeyType type, RandomSource& random);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_SIGNING_KEY_H_
