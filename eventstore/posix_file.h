// Files and folders by the calls of POSIX, for what is beside the databases.
#ifndef GOODSTANDING_EVENTSTORE_POSIX_FILE_H_
#define GOODSTANDING_EVENTSTORE_POSIX_FILE_H_

#include <unistd.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace goodstanding::eventstore {

// UNAVAILABLE, with what errno says: "opening PATH: permission denied".
absl::Status FileError(absl::string_view doing, absl::string_view path);

// A file descriptor that closes itself; below 0 where there is none.
class PosixFile {
 public:
  explicit PosixFile(int descriptor) : descriptor_(descriptor) {}
  ~PosixFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
};

// Creates a file that is not there, mode 0600, with these bytes; synced where that is asked for.
absl::Status CreateFile(const std::string& path, absl::string_view bytes, bool sync);

// Makes a change of names in a folder durable.
absl::Status SyncFolderAt(const std::string& path);
// The same of the folder that holds this file or folder.
absl::Status SyncFolderOf(const std::string& path);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_POSIX_FILE_H_
