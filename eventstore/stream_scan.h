// Reads the log stream by stream at full speed: the family `stream` holds every event in that
// order. Ranges of streams can be read at once, on a thread each.
#ifndef GOODSTANDING_EVENTSTORE_STREAM_SCAN_H_
#define GOODSTANDING_EVENTSTORE_STREAM_SCAN_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/database.h"
#include "eventstore/event_store.h"
#include "eventstore/log_reader.h"

namespace goodstanding::eventstore {

// Thread-safe; the database outlives it.
class StreamScan {
 public:
  explicit StreamScan(const Database& database);

  // As the store's methods of these names.
  absl::StatusOr<std::vector<StreamRange>> Split(absl::string_view prefix, int count) const;
  absl::Status Visit(const StreamRange& range, int64_t last, const RecordVisitor& visit) const;
  absl::Status Skim(const StreamRange& range, int64_t last,
                    const std::function<absl::Status(const SkimmedRecord&)>& visit) const;

 private:
  // Calls `take` with each row of the range: its place, which has been checked, and its value.
  template <typename Take>
  absl::Status VisitRows(const StreamRange& range, const Take& take) const;

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle* const stream_;
};

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_STREAM_SCAN_H_
