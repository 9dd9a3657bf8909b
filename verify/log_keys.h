// Which key may sign a log's checkpoints of which size: keys change, and say so in the log.
#ifndef GOODSTANDING_VERIFY_LOG_KEYS_H_
#define GOODSTANDING_VERIFY_LOG_KEYS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "verify/signed_note.h"

namespace goodstanding::verify {

// That one key took another one's place, signed by both.
struct KeyRotation {
  PublicKey old_key;
  PublicKey new_key;
  int64_t first_size = 0;  // Of the smallest checkpoint that the new key signs.
  std::string text;        // What both signed.
  std::string old_signature;
  std::string new_signature;

  // From the payload of the event SigningKeyRotated. INVALID_ARGUMENT where it is none.
  static absl::StatusOr<KeyRotation> FromPayload(absl::string_view payload);
  // From signed notes, one behind the other; no bytes, no rotations. INVALID_ARGUMENT where they
  // are none.
  static absl::StatusOr<std::vector<KeyRotation>> ParseNotes(absl::string_view notes);
};

// The keys that are trusted, each for sizes from one to another. Trust goes along a rotation both
// ways: who trusts one of its keys can trust what that one said of the other. Not thread-safe.
class LogKeys {
 public:
  // These are trusted, each for all sizes until a rotation says otherwise.
  explicit LogKeys(const std::vector<PublicKey>& trusted);

  // Takes a rotation in; the same one may be added again. Nothing changes where it is refused:
  // FAILED_PRECONDITION where a signature is wrong, or it contradicts an earlier one.
  absl::Status Add(const KeyRotation& rotation);

  // OK where a trusted key signed the checkpoint, and may sign one of its size. FAILED_PRECONDITION
  // says what is wrong: nobody did, the signature of a trusted key is wrong, or it may not.
  absl::Status Check(const SignedCheckpoint& checkpoint) const;

  struct Range {
    PublicKey key;
    int64_t first_size = 0;
    int64_t last_size = INT64_MAX;  // Inclusive.
    bool trusted = false;
  };
  // All that are known, trusted or not, in the order in which they became so.
  const std::vector<Range>& ranges() const { return ranges_; }

 private:
  void SpreadTrust();

  std::vector<Range> ranges_;
  std::vector<KeyRotation> rotations_;
};

}  // namespace goodstanding::verify

#endif  // GOODSTANDING_VERIFY_LOG_KEYS_H_
