// The views on disk: rows of certificants and their indexes, in a RocksDB folder of its own that
// can be deleted at any time and is rebuilt from the log.
#ifndef GOODSTANDING_PROJECTIONS_VIEWS_H_
#define GOODSTANDING_PROJECTIONS_VIEWS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "goodstanding/view/v1/rows.pb.h"
#include "projections/rows.h"
#include "projections/staging.h"

namespace rocksdb {
class Env;
}

namespace goodstanding::projections {

// Rows to be written together with the checkpoint that they bring the view to.
struct ViewBatch {
  std::map<std::string, view::v1::CertificantRow> rows;  // By certificant id.
  // Activities that a certificant's records name, to be added to the index.
  std::vector<std::pair<std::string, std::string>> activity_certificants;
  view::v1::Checkpoint checkpoint;
};

// Which rows, and up to where.
struct ViewPoint {
  uint32_t generation = 0;
  int64_t position = 0;
};

// What a generation says, in short.
struct ViewDigest {
  ViewPoint point;
  int64_t row_count = 0;
  std::string sha256;  // 32 bytes.
};

// Thread-safe: one writer, any number of readers. Readers see one generation of rows; another one
// can be staged beside it, unseen, and takes its place in one write. A row or an index that turns
// out to be damaged is DATA_LOSS; nothing more is written then, and the next Open empties the view.
class Views {
 public:
  // Opens or creates the folder. A view that cannot be used (another origin or schema, ahead of the
  // log, damaged) is emptied: its checkpoint is then at position 0. One of another evaluator is
  // kept; whether it is, its checkpoint says.
  // FAILED_PRECONDITION where another process has it open, or where the folder holds another kind
  // of database. `env` may be nullptr, for the real file system; it outlives the views.
  static absl::StatusOr<std::unique_ptr<Views>> Open(const std::string& path,
                                                     absl::string_view origin,
                                                     int64_t head_position,
                                                     rocksdb::Env* env = nullptr);
  virtual ~Views() = default;

  // The checkpoint of the live generation, position 0 for an empty view.
  virtual view::v1::Checkpoint GetCheckpoint() const = 0;

  // Writes rows, indexes and checkpoint in one batch, without sync: a view that falls back is
  // replayed.
  virtual absl::Status Write(const ViewBatch& batch) = 0;

  // The live generation, and up to where it stands at least.
  virtual ViewPoint Live() const = 0;

  // The files of the generation that is being built; below the folder.
  virtual Staging& Building() = 0;

  // Takes in the files of a complete build, unseen by readers: the staged generation. What was
  // staged before is dropped. The files are used up. Cost: reading the indexes.
  virtual absl::Status TakeStaged(const view::v1::BuildPlan& plan) = 0;

  // Writes rows and indexes of the staged generation; the batch's checkpoint is not looked at.
  virtual absl::Status Stage(const ViewBatch& batch) = 0;

  // Drops what is staged.
  virtual absl::Status DropStaged() = 0;

  // Makes the staged rows, possibly none, the live ones in one write; drops those that were live.
  virtual absl::Status Switch(const view::v1::Checkpoint& checkpoint) = 0;

  // Gives the space of dropped generations back. Cost: a merge of their files.
  virtual absl::Status Reclaim() = 0;

  // The row of a certificant; nullopt where there is none. Cost: one point look-up.
  virtual absl::StatusOr<std::optional<view::v1::CertificantRow>> Get(
      absl::string_view certificant_id) const = 0;

  // The same into a row of the caller's, on an arena where it is to be fast; false where there is
  // none. `generation`, if there is one, gets that of the row.
  virtual absl::StatusOr<bool> Read(absl::string_view certificant_id, view::v1::CertificantRow& row,
                                    uint32_t* generation = nullptr) const = 0;

  // Calls `visit` for rows in order of id, from `after` (exclusive; may be empty), until it returns
  // false. A snapshot: writes during the scan are not seen, and old files stay on disk for its
  // length. `point`, if there is one, gets what is scanned before the first row is visited.
  using RowVisitor = std::function<bool(absl::string_view id, const view::v1::CertificantRow& row)>;
  virtual absl::Status Scan(absl::string_view after, const RowVisitor& visit,
                            ViewPoint* point = nullptr) const = 0;

  // The same with the span of a day alone; rows without one are passed over. Costs a fifth.
  using StandingVisitor =
      std::function<bool(absl::string_view id, const view::v1::StandingSpan& span)>;
  virtual absl::Status ScanStandings(absl::string_view after, domain::Date day,
                                     const StandingVisitor& visit,
                                     ViewPoint* point = nullptr) const = 0;

  // As Scan for certificants whose current cycle can end in `year` on some day from their last
  // fact on (CanEndIn).
  virtual absl::Status ScanDue(int year, absl::string_view after, const RowVisitor& visit,
                               ViewPoint* point = nullptr) const = 0;

  // Calls `visit` for live rows as stored, from `begin`, inclusive, to `end`, exclusive.
  using StoredRowVisitor = std::function<absl::Status(absl::string_view id, absl::string_view row)>;
  virtual absl::Status VisitStored(absl::string_view begin, absl::string_view end,
                                   const StoredRowVisitor& visit) const = 0;

  // Certificants with a record that names the activity, ascending, in the live or in the staged
  // generation.
  virtual absl::StatusOr<std::vector<std::string>> CertificantsOf(absl::string_view activity_id,
                                                                  bool staged = false) const = 0;

  // A digest of the live generation (docs/storage.md). Cost: a scan.
  virtual absl::StatusOr<ViewDigest> Digest() const = 0;
};

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_VIEWS_H_
