// What the commands share that deal with files of proofs, checkpoints and keys.
#ifndef GOODSTANDING_TOOLS_VERIFY_COMMAND_H_
#define GOODSTANDING_TOOLS_VERIFY_COMMAND_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "verify/log_keys.h"
#include "verify/signed_note.h"

namespace goodstanding::tools {

// The bytes of a file. INVALID_ARGUMENT where it cannot be read, or has more than so many: neither
// checkpoints nor events are longer than 2 MiB.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t max_bytes = 2 << 20);

// Writes a file, in the place of one that is there. UNAVAILABLE where that fails.
absl::Status WriteSmallFile(const std::string& path, absl::string_view bytes);

// Public keys as they are given on the command line. INVALID_ARGUMENT names the first one that is
// none, or is a witness's where a log's is wanted, or the other way round.
enum class KeyOwner { kLog, kWitness };
absl::StatusOr<std::vector<verify::PublicKey>> ParseKeys(const std::vector<std::string>& texts,
                                                         KeyOwner owner);

// Takes in the key rotations of a file. INVALID_ARGUMENT where it holds anything else, or they are
// not sound.
absl::Status AddRotations(const std::string& path, verify::LogKeys& keys);

// The text as a JSON string, quotes included.
std::string JsonString(absl::string_view text);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_VERIFY_COMMAND_H_
