// Checks a whole log from the outside: that its rows are sound, agree with each other, and are what
// its checkpoints commit to.
#ifndef GOODSTANDING_VERIFY_LOG_CHECK_H_
#define GOODSTANDING_VERIFY_LOG_CHECK_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "verify/report.h"
#include "verify/signed_note.h"

namespace rocksdb {
class Env;
}

namespace goodstanding::verify {

struct LogCheckOptions {
  std::string path;             // Folder of the log's database.
  rocksdb::Env* env = nullptr;  // nullptr is the real file system. Outlives the call.
  // Of the log: every stored checkpoint is signed by one of them, or by one that followed or
  // preceded it by a rotation in the log, and of a size that this one signs. Empty: signatures of
  // checkpoints are not looked at.
  std::vector<PublicKey> keys;
  // Kept elsewhere: the log has to begin with the events that it commits to. Its signature is
  // looked at where there are keys.
  std::optional<SignedCheckpoint> trusted;
  // Folder of the documents that events name; empty: they are not looked at.
  std::string evidence_path;
  int threads = 2;
  // Called about ten times a second on the caller's thread: events read so far, and all.
  std::function<void(int64_t done, int64_t all)> progress;
};

// The most events that can be checked: 8 bytes of memory each.
inline constexpr int64_t kMaxEvents = int64_t{1} << 30;

// Reads every row once (a second time where something disagrees). A log that agrees with itself
// has no faults: whoever rewrote all of it, tree and checkpoints included, is only found by a
// trusted checkpoint, or by the keys where they cannot sign. Errors: NOT_FOUND where the folder
// holds no database; UNAVAILABLE where it cannot be read; RESOURCE_EXHAUSTED above kMaxEvents.
absl::StatusOr<Report> CheckLog(const LogCheckOptions& options);

}  // namespace goodstanding::verify

#endif  // GOODSTANDING_VERIFY_LOG_CHECK_H_
