// How the database of a log is set up, and what it says of itself in the family `meta`.
#ifndef GOODSTANDING_EVENTSTORE_LOG_META_H_
#define GOODSTANDING_EVENTSTORE_LOG_META_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "eventstore/database.h"
#include "eventstore/event_store.h"
#include "eventstore/random.h"
#include "eventstore/rows.h"

namespace goodstanding::eventstore {

// The database of a log.
DatabaseSettings LogSettings(const Options& options);

struct LogMeta {
  int64_t format = 0;  // 0: the store is new.
  std::string origin;
  HeadRow head;
};

// Format, origin and head. FAILED_PRECONDITION where a newer program wrote them; DATA_LOSS where
// one is missing or damaged.
absl::StatusOr<LogMeta> ReadLogMeta(const Database& database);

// Writes those of a new store, and its empty tree, in one write.
absl::StatusOr<LogMeta> CreateLogMeta(const Database& database, bool sync);

// A name that no other log has: "goodstanding/" and 32 hex digits.
std::string NewOrigin(RandomSource& random);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_LOG_META_H_
