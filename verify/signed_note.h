// Signed notes, checkpoints, cosignatures and proof files, written from c2sp.org/signed-note,
// tlog-checkpoint, tlog-cosignature and tlog-proof. Verifies only; signs nothing. Pure.
// Thread-safe.
#ifndef GOODSTANDING_VERIFY_SIGNED_NOTE_H_
#define GOODSTANDING_VERIFY_SIGNED_NOTE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "verify/hashes.h"

namespace goodstanding::verify {

// A public key in its text form: name+id+base64.
struct PublicKey {
  std::string name;
  std::string id;        // 4 bytes.
  bool witness = false;  // Cosigns (type 0x04) instead of signing as a log (type 0x01).
  std::string key;       // 32 bytes, Ed25519.

  // INVALID_ARGUMENT where the text is not of that form, its type is another one, or its id does
  // not fit its key.
  static absl::StatusOr<PublicKey> Parse(absl::string_view text);

  // Whether this is its signature of the message: Ed25519, 64 bytes.
  bool Verifies(absl::string_view message, absl::string_view signature) const;

  bool operator==(const PublicKey&) const = default;
};

// A signed checkpoint, taken apart; its signatures are not yet verified.
struct SignedCheckpoint {
  std::string origin;
  int64_t size = 0;
  Hash root = {};

  std::string text;  // What is signed.
  struct Signature {
    std::string name;
    std::string key_id;  // 4 bytes.
    std::string bytes;

    // From a line without its end. INVALID_ARGUMENT where it is no signature line.
    static absl::StatusOr<Signature> Parse(absl::string_view line);
  };
  std::vector<Signature> signatures;

  // INVALID_ARGUMENT where the bytes are no signed checkpoint, or above 64 KiB.
  static absl::StatusOr<SignedCheckpoint> Parse(absl::string_view bytes);

  // How it stands to a key: no line names it; a line does and its signature is right; or is wrong.
  enum class Verdict { kAbsent, kValid, kForged };
  Verdict Check(const PublicKey& key) const;
};

// A proof that one leaf is in the tree of a signed checkpoint.
struct ProofFile {
  int64_t index = 0;  // Of the leaf: the event's position - 1.
  std::vector<Hash> path;
  SignedCheckpoint checkpoint;
  std::string extra;  // What nobody vouches for; empty where there is none.

  // INVALID_ARGUMENT where the bytes are no proof file, or above 128 KiB.
  static absl::StatusOr<ProofFile> Parse(absl::string_view bytes);
};

}  // namespace goodstanding::verify

#endif  // GOODSTANDING_VERIFY_SIGNED_NOTE_H_
