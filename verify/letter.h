// Verification letters, checked with the board's public key for letters. Written from
// docs/dossier.md. Pure. Thread-safe.
#ifndef GOODSTANDING_VERIFY_LETTER_H_
#define GOODSTANDING_VERIFY_LETTER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "verify/signed_note.h"

namespace goodstanding::verify {

// Whether bytes begin as a letter, or as the core of one, does.
bool IsLetter(absl::string_view bytes);

// What a letter says, as it stands in it, once its signature and that of its core are found to be
// the key's; of a core alone, what that says. INVALID_ARGUMENT where the bytes are neither;
// FAILED_PRECONDITION where a signature is missing or wrong.
absl::StatusOr<std::string> CheckLetter(absl::string_view bytes, const PublicKey& key);

}  // namespace goodstanding::verify

#endif  // GOODSTANDING_VERIFY_LETTER_H_
