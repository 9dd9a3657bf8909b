#include "eventstore/folders.h"

#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "eventstore/database.h"

namespace goodstanding::eventstore {
namespace {

struct Children {
  std::vector<std::string> files;  // Whole paths.
  std::vector<std::string> folders;
};

absl::StatusOr<Children> ListChildren(rocksdb::Env& env, const std::string& path) {
  const std::string doing = absl::StrCat("listing ", path);
  std::vector<std::string> names;
  GS_RETURN_IF_ERROR(FromRocks(env.GetChildren(path, &names), doing));
  Children children;
  for (const std::string& name : names) {
    if (name == "." || name == "..") continue;
    const std::string child = absl::StrCat(path, "/", name);
    bool is_folder = false;
    GS_RETURN_IF_ERROR(FromRocks(env.IsDirectory(child, &is_folder), doing));
    (is_folder ? children.folders : children.files).push_back(child);
  }
  return children;
}

// All folders below one, itself first, each before what is in it.
absl::StatusOr<std::vector<std::string>> ListFolders(rocksdb::Env& env, const std::string& path) {
  std::vector<std::string> folders = {path};
  for (size_t next = 0; next < folders.size(); ++next) {
    GS_ASSIGN_OR_RETURN(const Children children, ListChildren(env, folders[next]));
    folders.insert(folders.end(), children.folders.begin(), children.folders.end());
  }
  return folders;
}

absl::Status SyncFile(rocksdb::Env& env, const std::string& path) {
  rocksdb::EnvOptions options;
  options.use_mmap_writes = false;
  std::unique_ptr<rocksdb::WritableFile> file;
  rocksdb::Status status = env.ReopenWritableFile(path, &file, options);
  if (status.ok()) status = file->Fsync();
  if (status.ok()) status = file->Close();
  return FromRocks(status, absl::StrCat("syncing ", path));
}

}  // namespace

absl::string_view ParentFolder(absl::string_view path) {
  while (path.size() > 1 && absl::EndsWith(path, "/")) path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  if (slash == absl::string_view::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::Status SyncFolder(rocksdb::Env& env, const std::string& path) {
  std::unique_ptr<rocksdb::Directory> folder;
  rocksdb::Status status = env.NewDirectory(path, &folder);
  if (status.ok()) status = folder->Fsync();
  return FromRocks(status, absl::StrCat("syncing ", path));
}

absl::Status CreateFolder(rocksdb::Env& env, const std::string& path) {
  if (env.FileExists(path).ok()) return absl::OkStatus();
  GS_RETURN_IF_ERROR(FromRocks(env.CreateDirIfMissing(path), absl::StrCat("creating ", path)));
  return SyncFolder(env, std::string(ParentFolder(path)));
}

absl::Status SyncTree(rocksdb::Env& env, const std::string& path) {
  GS_ASSIGN_OR_RETURN(const std::vector<std::string> folders, ListFolders(env, path));
  for (const std::string& folder : folders) {
    GS_ASSIGN_OR_RETURN(const Children children, ListChildren(env, folder));
    for (const std::string& file : children.files) GS_RETURN_IF_ERROR(SyncFile(env, file));
    GS_RETURN_IF_ERROR(SyncFolder(env, folder));
  }
  return absl::OkStatus();
}

absl::Status DeleteTree(rocksdb::Env& env, const std::string& path) {
  GS_ASSIGN_OR_RETURN(const std::vector<std::string> folders, ListFolders(env, path));
  const std::string doing = absl::StrCat("removing ", path);
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) {
    GS_ASSIGN_OR_RETURN(const Children children, ListChildren(env, *folder));
    for (const std::string& file : children.files) {
      GS_RETURN_IF_ERROR(FromRocks(env.DeleteFile(file), doing));
    }
    GS_RETURN_IF_ERROR(FromRocks(env.DeleteDir(*folder), doing));
  }
  return absl::OkStatus();
}

}  // namespace goodstanding::eventstore
