// Signed notes (c2sp.org/signed-note), checkpoints (c2sp.org/tlog-checkpoint), cosignatures
// (c2sp.org/tlog-cosignature) and proof files (c2sp.org/tlog-proof). Pure: text in, text out.
// Thread-safe.
#ifndef GOODSTANDING_EVENTSTORE_NOTE_H_
#define GOODSTANDING_EVENTSTORE_NOTE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/crypto.h"
#include "eventstore/merkle.h"

namespace goodstanding::eventstore {

// A longer note, or one with more signatures, is refused.
inline constexpr size_t kMaxNoteBytes = 64 << 10;
inline constexpr size_t kMaxSignatures = 64;

// What a key signs with.
enum class NoteKeyType : uint8_t {
  kEd25519 = 0x01,      // A log.
  kCosignature = 0x04,  // A witness: Ed25519 with a time.
};

// A public key under its name.
struct NoteKey {
  std::string name;
  NoteKeyType type = NoteKeyType::kEd25519;
  std::string public_key;  // 32 bytes.

  // First 4 bytes of SHA-256(name, newline, type, public key).
  std::string id() const;
  // "name+0123abcd+base64".
  std::string ToText() const;
  // INVALID_ARGUMENT where the text is not of that form, or its id does not fit.
  static absl::StatusOr<NoteKey> Parse(absl::string_view text);

  bool operator==(const NoteKey&) const = default;
};

// Whether a key may have this name: not empty, no space, no control character, no '+', UTF-8.
bool IsNoteKeyName(absl::string_view name);

// One signature line, not yet verified.
struct NoteSignature {
  std::string name;
  std::string key_id;     // 4 bytes.
  std::string signature;  // What follows the key id.

  bool operator==(const NoteSignature&) const = default;
};

struct Note {
  std::string text;  // Ends with a newline.
  std::vector<NoteSignature> signatures;

  std::string ToText() const;
  // INVALID_ARGUMENT where the bytes are no note.
  static absl::StatusOr<Note> Parse(absl::string_view bytes);
};

// Signs a text as a log does.
NoteSignature SignNote(absl::string_view text, const NoteKey& key, const Secret& seed);
// Signs a checkpoint as a witness does, at a time in seconds since 1970.
NoteSignature CosignNote(absl::string_view text, const NoteKey& key, const Secret& seed,
                         int64_t seconds);

// How a note stands to a key.
enum class NoteVerdict { kAbsent, kValid, kForged };
// kAbsent: no line of that name and key id. kForged: a line that claims the key and does not
// verify. A cosignature's time is written to `seconds` where that is given.
NoteVerdict VerifyNote(const Note& note, const NoteKey& key, int64_t* seconds = nullptr);

// The text of a checkpoint.
struct Checkpoint {
  std::string origin;
  int64_t size = 0;
  Hash root = {};

  std::string ToText() const;
  // INVALID_ARGUMENT where the text is no checkpoint. Extension lines are accepted and dropped: the
  // signature covers the text itself.
  static absl::StatusOr<Checkpoint> Parse(absl::string_view text);

  bool operator==(const Checkpoint&) const = default;
};

// A .tlog-proof: that a leaf is in the tree of a signed checkpoint.
struct ProofFile {
  int64_t index = 0;  // Of the leaf: position - 1.
  std::vector<Hash> proof;
  std::string checkpoint;  // The note, with all its signatures.
  std::string extra;       // What nobody vouches for: here, notes of key rotations. May be empty.

  std::string ToText() const;
  // INVALID_ARGUMENT where the bytes are no proof file.
  static absl::StatusOr<ProofFile> Parse(absl::string_view bytes);
};

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_NOTE_H_
