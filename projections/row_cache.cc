#include "projections/row_cache.h"

#include "absl/hash/hash.h"
#include "eventstore/database.h"

namespace goodstanding::projections {
namespace {

using eventstore::ToSlice;

constexpr size_t kOverhead = 100;  // Of an entry, beside its bytes.

void Delete(const rocksdb::Slice&, void* row) { delete static_cast<std::string*>(row); }

}  // namespace

RowCache::Neighbourhood& RowCache::Of(absl::string_view key) const {
  return neighbourhoods_[absl::HashOf(key) % kNeighbourhoods];
}

bool RowCache::Read(absl::string_view key,
                    absl::FunctionRef<void(absl::string_view row)> read) const {
  rocksdb::Cache::Handle* const entry = cache_->Lookup(ToSlice(key));
  if (entry == nullptr) return false;
  read(*static_cast<const std::string*>(cache_->Value(entry)));
  cache_->Release(entry);
  return true;
}

uint64_t RowCache::Ticket(absl::string_view key) const {
  Neighbourhood& neighbourhood = Of(key);
  const MutexLock lock(neighbourhood.mutex);
  return neighbourhood.drops;
}

void RowCache::Keep(absl::string_view key, absl::string_view row, uint64_t ticket) {
  Neighbourhood& neighbourhood = Of(key);
  const MutexLock lock(neighbourhood.mutex);
  if (neighbourhood.drops != ticket) return;
  // An entry that finds no place is deleted by Insert.
  cache_->Insert(ToSlice(key), new std::string(row), key.size() + row.size() + kOverhead, &Delete)
      .PermitUncheckedError();
}

void RowCache::Drop(absl::string_view key) {
  Neighbourhood& neighbourhood = Of(key);
  const MutexLock lock(neighbourhood.mutex);
  ++neighbourhood.drops;
  cache_->Erase(ToSlice(key));
}

}  // namespace goodstanding::projections
