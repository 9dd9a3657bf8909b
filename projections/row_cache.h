// Rows read lately, as stored, so that asking again needs no look-up on disk.
#ifndef GOODSTANDING_PROJECTIONS_ROW_CACHE_H_
#define GOODSTANDING_PROJECTIONS_ROW_CACHE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "base/mutex.h"
#include "rocksdb/cache.h"

namespace goodstanding::projections {

// Thread-safe. Whoever changes a row does so first and calls Drop then: what a reader took from
// disk before does not stay.
class RowCache {
 public:
  explicit RowCache(size_t bytes) : cache_(rocksdb::NewLRUCache(bytes)) {}

  // Calls `read` with the row; false where it is not here. The bytes live as long as the call.
  bool Read(absl::string_view key, absl::FunctionRef<void(absl::string_view row)> read) const;

  // To be taken before a row is read from disk, and given back with it.
  uint64_t Ticket(absl::string_view key) const;

  // Keeps a row, unless one of its neighbourhood was dropped since the ticket was taken.
  void Keep(absl::string_view key, absl::string_view row, uint64_t ticket);

  // Forgets a row.
  void Drop(absl::string_view key);

 private:
  // Rows whose keeping and dropping takes turns.
  struct Neighbourhood {
    Mutex mutex;
    uint64_t drops ABSL_GUARDED_BY(mutex) = 0;
  };
  static constexpr size_t kNeighbourhoods = 256;

  Neighbourhood& Of(absl::string_view key) const;

  const std::shared_ptr<rocksdb::Cache> cache_;
  mutable std::array<Neighbourhood, kNeighbourhoods> neighbourhoods_;
};

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_ROW_CACHE_H_
