// Files of sealed documents, each named by the SHA-256 of its bytes.
//
// A file is whole and synced, and so is its name, before anybody is told of it; then it never
// changes. One that no event names, because the command behind it was refused or the server was
// killed, does no harm and stays.
#ifndef GOODSTANDING_EVENTSTORE_EVIDENCE_FOLDER_H_
#define GOODSTANDING_EVENTSTORE_EVIDENCE_FOLDER_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace goodstanding::eventstore {

// Thread-safe.
class EvidenceFolder {
 public:
  // The folder is created by the first Put; its parent is there. Without `sync`, for scratch
  // folders, nothing is synced.
  explicit EvidenceFolder(std::string path, bool sync = true)
      : path_(std::move(path)), sync_(sync) {}

  const std::string& path() const { return path_; }

  // Keeps the bytes and returns their digest: 32 bytes. IsDiskNearlyFull where the log would have
  // too little room left; UNAVAILABLE where the file system fails, and then at most a file without
  // a digest for a name is left. Cost: two syncs.
  absl::StatusOr<std::string> Put(absl::string_view bytes) const;

  // The bytes of a digest. DATA_LOSS where the file is missing, or is not what its name says.
  absl::StatusOr<std::string> Get(absl::string_view digest) const;

 private:
  const std::string path_;
  const bool sync_;
};

// Copies every file of a folder of evidence that another one does not have, each checked against
// its name; creates that folder. Files that are there are not read. DATA_LOSS where a file is not
// what its name says; all others are copied then. Does nothing where `from` is not there.
absl::Status CopyEvidence(const std::string& from, const std::string& to);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_EVIDENCE_FOLDER_H_
