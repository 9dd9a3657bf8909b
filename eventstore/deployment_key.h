// The deployment key: the one secret of an installation, kept in a file outside every database. It
// wraps the keys of the key store and is never stored there.
#ifndef GOODSTANDING_EVENTSTORE_DEPLOYMENT_KEY_H_
#define GOODSTANDING_EVENTSTORE_DEPLOYMENT_KEY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/crypto.h"
#include "eventstore/random.h"

namespace goodstanding::eventstore {

// One deployment key, ready for use. Immutable, thread-safe.
class DeploymentKey {
 public:
  // REQUIRES: 32 bytes.
  explicit DeploymentKey(absl::string_view bytes);

  // Names the key without betraying it: 16 bytes.
  const std::string& id() const { return id_; }

  // Wraps a key of 32 bytes for `owner`, under the key id `key_id` (16 bytes). Only the same owner,
  // key id and deployment key unwrap it.
  std::string WrapFor(absl::string_view key_id, absl::string_view owner,
                      absl::string_view key) const;
  // nullptr where it was wrapped for another, or is damaged.
  std::unique_ptr<const Secret> UnwrapFor(absl::string_view key_id, absl::string_view owner,
                                          absl::string_view wrapped) const;

 private:
  std::string WrappingKey(absl::string_view key_id, absl::string_view owner) const;

  const std::string id_;
  const Secret root_;
};

// The first key wraps; all unwrap. More than one only while a key is being replaced.
using DeploymentKeys = std::vector<std::unique_ptr<const DeploymentKey>>;

// Reads a key file: lines of 64 hex digits, at least one. FAILED_PRECONDITION where the file holds
// anything else or may be read by everybody; NOT_FOUND where there is none; UNAVAILABLE otherwise.
absl::StatusOr<DeploymentKeys> ReadKeyFile(const std::string& path);

// Creates a key file with one fresh key, for its owner's eyes only, and syncs it. Errors:
// ALREADY_EXISTS; UNAVAILABLE.
absl::Status CreateKeyFile(const std::string& path, RandomSource& random);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_DEPLOYMENT_KEY_H_
