// The Merkle log of a store: roots and proofs at every shape of tile, across restarts, and against
// the tree computed anew from the events.
#include "eventstore/tree.h"

#include <string>
#include <vector>

#include "eventstore/database.h"
#include "eventstore/keys.h"
#include "eventstore/log_reader.h"
#include "eventstore/rows.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/eventstore/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::eventstore {
namespace {

using ::goodstanding::testing::StatusIs;

class TreeTest : public StoreTest {
 protected:
  // Appends events until the log has `size`, `batch` at a time.
  void GrowTo(int64_t size, int64_t batch) {
    while (store().Head() < size) {
      const int64_t count = std::min(batch, size - store().Head());
      const std::vector<std::string> payloads(static_cast<size_t>(count), "payload");
      GS_ASSERT_OK(store().Append(AppendTo("certificant/ana", store().Head(), payloads)));
    }
  }

  // Leaves and range from the events alone.
  CompactRange Recomputed(int64_t size, std::vector<Hash>* leaves = nullptr) {
    CompactRange range;
    std::string row;
    GS_EXPECT_OK(store().VisitLog(1, size, [&](const Record& record) {
      FrameRecord(record, &row);
      const Hash leaf = EventLeaf(record.position(), absl::string_view(row).substr(kFrameBytes));
      if (leaves != nullptr) leaves->push_back(leaf);
      range.Append(leaf, [](int, int64_t, const Hash&) {});
      return absl::OkStatus();
    }));
    return range;
  }
};

TEST_F(TreeTest, AnEmptyLogHasTheEmptyRoot) {
  Open();
  EXPECT_EQ(store().TreeRoot(0).value(), EmptyRoot());
  EXPECT_THAT(store().TreeRoot(1), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(store().TreeRoot(-1), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(store().ProveInclusion(1, 0), StatusIs(absl::StatusCode::kOutOfRange));
}

// A tile of leaves fills at 256, one of their roots at 65,536.
TEST_F(TreeTest, RootsAndProofsHoldAroundTheEdgesOfTiles) {
  Open();
  std::vector<int64_t> sizes;
  for (const int64_t edge : {1, 2, 256, 512, 768, 65'536, 65'792}) {
    for (const int64_t size : {edge - 1, edge, edge + 1}) {
      if (size > 0) sizes.push_back(size);
    }
  }
  for (const int64_t size : sizes) {
    GrowTo(size, 1'000);
    if (size % 2 == 0) Open();  // Also from what is on disk.
    EXPECT_EQ(store().TreeRoot(size).value(), Recomputed(size).Root()) << size;
  }
  const int64_t last = sizes.back();
  const Hash root = store().TreeRoot(last).value();
  std::vector<Hash> leaves;
  Recomputed(last, &leaves);
  for (const int64_t size : sizes) {
    const Hash old_root = store().TreeRoot(size).value();
    EXPECT_TRUE(VerifyConsistency(size, old_root, last, root,
                                  store().ProveConsistency(size, last).value()));
    for (const int64_t position : {int64_t{1}, size / 2 + 1, size}) {
      EXPECT_TRUE(VerifyInclusion(position - 1, size, leaves[static_cast<size_t>(position - 1)],
                                  store().ProveInclusion(position, size).value(), old_root))
          << position << " of " << size;
    }
  }
}

TEST_F(TreeTest, TheTreeDoesNotDependOnHowEventsWereGrouped) {
  Open();
  GrowTo(700, 1);
  const Hash one_by_one = store().TreeRoot(700).value();
  Close();
  env_.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
  Open();
  GrowTo(700, 700);
  EXPECT_EQ(store().TreeRoot(700).value(), one_by_one);
}

TEST_F(TreeTest, RefusesProofsOfWhatIsNotThere) {
  Open();
  GrowTo(3, 3);
  for (const auto& [position, size] : std::vector<std::pair<int64_t, int64_t>>{
           {0, 3}, {4, 3}, {3, 2}, {1, 4}, {1, 0}, {INT64_MAX, INT64_MAX}}) {
    EXPECT_THAT(store().ProveInclusion(position, size), StatusIs(absl::StatusCode::kOutOfRange));
    EXPECT_THAT(store().ProveConsistency(position, size), StatusIs(absl::StatusCode::kOutOfRange));
  }
}

// Changes one row of the closed store.
class DamagedTreeTest : public TreeTest {
 protected:
  void Put(absl::string_view family, absl::string_view key, const std::string& value) {
    Close();
    DatabaseSettings settings;
    settings.path = StoreOptions().path;
    settings.env = env_.get();
    for (const char* name :
         {kLogFamily, kStreamFamily, kRequestFamily, kMetaFamily, kTreeFamily, kCheckpointFamily}) {
      settings.families.push_back({.name = name});
    }
    GS_ASSERT_OK_AND_ASSIGN(const auto database, Database::Open(settings));
    ASSERT_TRUE(
        database->db()
            .Put(rocksdb::WriteOptions(), database->family(family), ToSlice(key), ToSlice(value))
            .ok());
    GS_ASSERT_OK(database->Flush());
  }
};

TEST_F(DamagedTreeTest, ARangeThatContradictsTheEventsIsFoundAtOpen) {
  Open();
  GrowTo(300, 300);
  const CompactRange right = Recomputed(300);
  const CompactRange shorter = Recomputed(299);
  std::vector<Hash> hashes = right.hashes();
  hashes.back()[0] ^= 1;
  Put(kMetaFamily, kTreeKey, EncodeCompactRange(CompactRange(300, hashes)));
  EXPECT_THAT(EventStore::Open(StoreOptions()), StatusIs(absl::StatusCode::kDataLoss));
  Put(kMetaFamily, kTreeKey, EncodeCompactRange(shorter));
  EXPECT_THAT(EventStore::Open(StoreOptions()), StatusIs(absl::StatusCode::kDataLoss));
  Put(kMetaFamily, kTreeKey, EncodeCompactRange(right));
  GS_EXPECT_OK(EventStore::Open(StoreOptions()));
}

}  // namespace
}  // namespace goodstanding::eventstore
