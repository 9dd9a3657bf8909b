// What a witness keeps, in a folder of its own.
#ifndef GOODSTANDING_TOOLS_WITNESS_FOLDER_H_
#define GOODSTANDING_TOOLS_WITNESS_FOLDER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/random.h"
#include "eventstore/signing_key.h"

namespace goodstanding::tools {

// ON DISK:
//   witness.key               the key that cosigns, in the form of signing.key; mode 0600
//   lock                      locked by the witness that runs
//   LOG/seen.checkpoint       the largest checkpoint that was ever accepted of a log, whole
//   LOG/rotations             notes of all of its key rotations that were ever accepted
//   LOG/evidence-ID/          seen.checkpoint and offered.checkpoint, which contradict each other
// LOG is the log's origin with "_" for every slash. What is written is synced, and replaces what
// stood there whole or not at all. Not thread-safe.
class WitnessFolder {
 public:
  // Opens or creates the folder, and the key under this name. FAILED_PRECONDITION where another
  // witness has it, or the key is no witness's or has another name; errors as of ReadSigningKeys.
  static absl::StatusOr<std::unique_ptr<WitnessFolder>> Open(const std::string& path,
                                                             absl::string_view name,
                                                             eventstore::RandomSource& random);
  ~WitnessFolder();
  WitnessFolder(const WitnessFolder&) = delete;
  WitnessFolder& operator=(const WitnessFolder&) = delete;

  const eventstore::SigningKey& key() const { return *key_; }

  // Of a log; empty where nothing was written yet. INVALID_ARGUMENT where it cannot be read.
  absl::StatusOr<std::string> ReadSeen(absl::string_view origin) const;
  absl::StatusOr<std::string> ReadRotations(absl::string_view origin) const;
  absl::Status WriteSeen(absl::string_view origin, const std::string& note);
  absl::Status WriteRotations(absl::string_view origin, const std::string& notes);

  // Keeps two notes that contradict each other; returns the folder that holds them.
  absl::StatusOr<std::string> KeepEvidence(absl::string_view origin, const std::string& seen,
                                           const std::string& offered);

 private:
  WitnessFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  const std::string path_;
  const int lock_;  // A file descriptor.
  std::unique_ptr<const eventstore::SigningKey> key_;
};

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_WITNESS_FOLDER_H_
