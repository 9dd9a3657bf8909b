// Turns the appends of one group into one write batch. Used by the committer thread alone.
#ifndef GOODSTANDING_EVENTSTORE_GROUP_BATCH_H_
#define GOODSTANDING_EVENTSTORE_GROUP_BATCH_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/database.h"
#include "eventstore/event_store.h"
#include "eventstore/log_reader.h"
#include "eventstore/recent_map.h"
#include "eventstore/rows.h"
#include "eventstore/tree.h"
#include "rocksdb/write_batch.h"

namespace goodstanding::eventstore {

// Not thread-safe. The database and the reader outlive it.
class GroupBatch {
 public:
  GroupBatch(const Database& database, const LogReader& reader, TreeBuilder tree);

  // Starts a group behind `head`; all its events are recorded at `recorded_micros`.
  void Begin(const HeadRow& head, int64_t recorded_micros);

  // Adds one append, or says why not; then nothing of it is in the group. Sees what the group
  // already holds. REQUIRES: the append breaks no limit.
  absl::StatusOr<AppendOutcome> Add(AppendRequest& request);

  // Whether there is anything to write.
  bool empty() const { return head_ == durable_; }

  // Adds the head summary and gives the batch to be written.
  rocksdb::WriteBatch& Finish();

  // The head as it is once the batch is durable.
  const HeadRow& head() const { return head_; }

  // The batch is durable: remembers what it changed. Called before the next Begin, unless the group
  // was empty: the tree cannot go back.
  void Commit();

 private:
  absl::StatusOr<int64_t> VersionOf(absl::string_view stream);
  absl::StatusOr<std::optional<AppendOutcome>> FindRequest(const RequestKey& request);
  absl::Status CheckExpectations(const AppendRequest& request);
  absl::Status LoadVersions(const AppendRequest& request);
  int64_t PutEvent(Record& record);
  void PutRequest(const RequestKey& request, const AppendOutcome& outcome);

  const LogReader& reader_;
  rocksdb::ColumnFamilyHandle* const log_;
  rocksdb::ColumnFamilyHandle* const stream_;
  rocksdb::ColumnFamilyHandle* const request_;
  rocksdb::ColumnFamilyHandle* const meta_;

  TreeBuilder tree_;
  HeadRow durable_;
  HeadRow head_;
  int64_t recorded_micros_ = 0;
  rocksdb::WriteBatch batch_;
  std::string value_;  // Reused for every record.

  RecentMap<int64_t> durable_versions_;
  // What this group changed.
  absl::flat_hash_map<std::string, int64_t> versions_by_hash_;
  absl::flat_hash_map<std::string, RequestRow> requests_by_hash_;
};

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_GROUP_BATCH_H_
