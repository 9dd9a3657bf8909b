// Whole folders: synced, and taken away.
#ifndef GOODSTANDING_EVENTSTORE_FOLDERS_H_
#define GOODSTANDING_EVENTSTORE_FOLDERS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rocksdb/env.h"

namespace goodstanding::eventstore {

// The folder that holds this file or folder; "." where the path has one part.
absl::string_view ParentFolder(absl::string_view path);

// Makes a change of names in a folder durable.
absl::Status SyncFolder(rocksdb::Env& env, const std::string& path);

// Creates a folder that is not there, and syncs its parent, which is there.
absl::Status CreateFolder(rocksdb::Env& env, const std::string& path);

// Makes everything in a folder durable, the folder's own name excepted.
absl::Status SyncTree(rocksdb::Env& env, const std::string& path);

// Takes away a folder with all that is in it.
absl::Status DeleteTree(rocksdb::Env& env, const std::string& path);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_FOLDERS_H_
