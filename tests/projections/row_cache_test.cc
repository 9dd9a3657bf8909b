#include "projections/row_cache.h"

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace goodstanding::projections {
namespace {

constexpr size_t kBytes = 1 << 20;

std::optional<std::string> Find(const RowCache& cache, absl::string_view key) {
  std::optional<std::string> found;
  const bool there =
      cache.Read(key, [&](absl::string_view row) { found.emplace(std::string(row)); });
  EXPECT_EQ(there, found.has_value());
  return found;
}

TEST(RowCache, KeepsARowUntilItIsDropped) {
  RowCache cache(kBytes);
  EXPECT_EQ(Find(cache, "ana"), std::nullopt);
  cache.Keep("ana", "row", cache.Ticket("ana"));
  EXPECT_EQ(Find(cache, "ana"), "row");
  EXPECT_EQ(Find(cache, "bea"), std::nullopt);
  cache.Drop("ana");
  EXPECT_EQ(Find(cache, "ana"), std::nullopt);
}

TEST(RowCache, DoesNotKeepWhatWasReadBeforeAChange) {
  RowCache cache(kBytes);
  const uint64_t ticket = cache.Ticket("ana");
  cache.Drop("ana");
  cache.Keep("ana", "old", ticket);
  EXPECT_EQ(Find(cache, "ana"), std::nullopt);
}

TEST(RowCache, StaysWithinItsBytes) {
  constexpr size_t kRow = 1000;
  constexpr size_t kRows = 10 * kBytes / kRow;
  RowCache cache(kBytes);
  for (size_t i = 0; i < kRows; ++i) {
    const std::string key = absl::StrCat("c", i);
    cache.Keep(key, std::string(kRow, 'r'), cache.Ticket(key));
  }
  size_t found = 0;
  for (size_t i = 0; i < kRows; ++i) found += Find(cache, absl::StrCat("c", i)).has_value() ? 1 : 0;
  EXPECT_GT(found, 0);
  EXPECT_LE(found * kRow, kBytes);
}

// Whatever readers took from disk in between, nobody finds a row older than the last change.
TEST(RowCache, IsNeverOlderThanTheLastChange) {
  constexpr int kChanges = 20'000;
  RowCache cache(kBytes);
  std::atomic<int> on_disk = 0;
  std::atomic<int> changed = 0;
  std::atomic<bool> stop = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        const int least = changed;
        const std::optional<std::string> found = Find(cache, "ana");
        if (found.has_value()) {
          EXPECT_GE(std::stoi(*found), least);
          continue;
        }
        const uint64_t ticket = cache.Ticket("ana");
        cache.Keep("ana", absl::StrCat(on_disk.load()), ticket);
      }
    });
  }
  for (int i = 1; i <= kChanges; ++i) {
    on_disk = i;
    cache.Drop("ana");
    changed = i;
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace goodstanding::projections
