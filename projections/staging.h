// The files of a generation that is being built, in a folder of their own beside the live rows.
//
// A build is cut into ranges of certificants. Each is complete once its `done` file is there, so a
// build that was stopped or killed goes on with the others. The live views are not touched until
// all is taken in (Views::TakeStaged).
//
// ON DISK: `plan`, a framed BuildPlan; of range n `n.rows` and `n.index`, tables of RocksDB that
// are missing where they would be empty, and `n.done`, a framed BuiltRange.
#ifndef GOODSTANDING_PROJECTIONS_STAGING_H_
#define GOODSTANDING_PROJECTIONS_STAGING_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "goodstanding/view/v1/rows.pb.h"
#include "rocksdb/options.h"

namespace rocksdb {
class SstFileWriter;
}

namespace goodstanding::projections {

// A new table of keys that come in order; no file is there before the first key.
class TableFile {
 public:
  TableFile(const rocksdb::Options& options, std::string path);
  ~TableFile();

  // REQUIRES: the key follows all before it.
  absl::Status Add(absl::string_view key, absl::string_view value);
  // Makes the file durable.
  absl::Status Finish();

 private:
  const rocksdb::Options& options_;
  const std::string path_;
  std::unique_ptr<rocksdb::SstFileWriter> writer_;
};

// The files of one range. Confined to one thread.
class RangeFiles {
 public:
  RangeFiles(const rocksdb::Options& options, const std::string& stem, uint32_t generation)
      : rows_(options, stem + ".rows"), index_(options, stem + ".index"), generation_(generation) {}

  // Adds a row and its place in the indexes; an activity may be named more than once. REQUIRES: ids
  // ascend.
  absl::Status Add(absl::string_view id, absl::string_view row, const std::vector<int>& due_years,
                   const std::vector<absl::string_view>& activity_ids);
  absl::Status Finish();

 private:
  // The certificants of an activity.
  struct Posting {
    std::string activity_id;
    std::string first_id;
    std::string ids;
    int64_t last_row = 0;  // That was added.
  };
  Posting& PostingOf(absl::string_view activity_id);

  TableFile rows_;
  TableFile index_;
  const uint32_t generation_;
  int64_t rows_added_ = 0;
  std::vector<std::string> due_keys_;
  std::vector<Posting> postings_;
  absl::flat_hash_map<std::string, size_t> posting_by_activity_hash_;
};

// Thread-safe: ranges are written at once; plan and clearing are one caller's.
class Staging {
 public:
  Staging(rocksdb::Options options, std::string folder)
      : options_(std::move(options)), folder_(std::move(folder)) {}

  // The build that was begun here; nullopt where there is none, or what is there is of no use.
  std::optional<view::v1::BuildPlan> ReadPlan() const;
  // Empties the folder and begins a build.
  absl::Status Begin(const view::v1::BuildPlan& plan);
  // Replaces the plan of the build that was begun.
  absl::Status WritePlan(const view::v1::BuildPlan& plan);
  // Removes everything.
  absl::Status Clear();

  // What came of a range; nullopt where it is not complete.
  std::optional<view::v1::BuiltRange> ReadRange(int range) const;
  // Begins a range, over what was left of it.
  RangeFiles OpenRange(int range, uint32_t generation) const;
  // Marks it complete. REQUIRES: its files are finished.
  absl::Status CloseRange(int range, const view::v1::BuiltRange& built) const;

  // Of all ranges, the tables that are there: of rows, which do not overlap, and one of the
  // indexes, merged; nothing where they are empty.
  absl::StatusOr<std::vector<std::string>> RowTables(int range_count) const;
  absl::StatusOr<std::optional<std::string>> MergeIndexes(int range_count) const;

 private:
  std::string Stem(int range) const;
  absl::Status WriteFramed(const std::string& path, const google::protobuf::Message& message) const;
  std::vector<std::string> Existing(int range_count, absl::string_view ending) const;

  const rocksdb::Options options_;
  const std::string folder_;
};

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_STAGING_H_
