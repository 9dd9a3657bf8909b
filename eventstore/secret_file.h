// Files that hold a secret: for their owner's eyes only, never half written, never overwritten.
#ifndef GOODSTANDING_EVENTSTORE_SECRET_FILE_H_
#define GOODSTANDING_EVENTSTORE_SECRET_FILE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/crypto.h"

namespace goodstanding::eventstore {

// The bytes of a file of at most 64 KiB. FAILED_PRECONDITION where everybody may read it; NOT_FOUND
// where there is none; UNAVAILABLE otherwise.
absl::StatusOr<std::unique_ptr<const Secret>> ReadSecretFile(const std::string& path);

// Creates a file with these bytes and mode 0600, synced with its folder. ALREADY_EXISTS where there
// is one; UNAVAILABLE otherwise.
absl::Status CreateSecretFile(const std::string& path, const Secret& text);

// The same, in the place of the file that is there: after a crash it is the old one or the new one.
absl::Status ReplaceSecretFile(const std::string& path, const Secret& text);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_SECRET_FILE_H_
