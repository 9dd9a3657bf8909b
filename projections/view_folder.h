// Opening the view folder, and emptying one that is of no use.
#ifndef GOODSTANDING_PROJECTIONS_VIEW_FOLDER_H_
#define GOODSTANDING_PROJECTIONS_VIEW_FOLDER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "goodstanding/view/v1/rows.pb.h"
#include "rocksdb/db.h"

namespace goodstanding::projections {

// How tables of the folder are written.
rocksdb::Options ViewOptions(rocksdb::Env* env);

// An open folder and what it says of itself; position 0 where it is new or was emptied.
struct ViewFolder {
  std::unique_ptr<rocksdb::DB> db;
  view::v1::Checkpoint checkpoint;
  uint32_t generation = 0;
};

// As Views::Open.
absl::StatusOr<ViewFolder> OpenViewFolder(const std::string& path, absl::string_view origin,
                                          int64_t head_position, rocksdb::Env* env);

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_VIEW_FOLDER_H_
