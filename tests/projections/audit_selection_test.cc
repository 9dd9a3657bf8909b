// The draw of docs/audit-selection.md, with its vector, on both sides of the rate.
#include "projections/audit_selection.h"

#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::projections {
namespace {

using testing::History;

TEST(AuditSelection, DrawsAsThePublishedVectorSays) {
  eventstore::Hash root;
  for (size_t i = 0; i < root.size(); ++i) root[i] = static_cast<uint8_t>(i);
  struct Row {
    const char* id;
    const char* draw;
    int32_t rate;  // The smallest that selects.
  };
  constexpr Row kRows[] = {
      {"ana", "6e2de6a98a01b114913ac5b5bcab6e9981355eecfde376b02dcd2238c5c9e04a", 430'388},
      {"bo", "ec953b376dadc5f23df0b8a732f31224aa6989d12bb464eed5a5ace5af7e9355", 924'153},
      {"cy", "2ac646c306339563f09ac13ed8f5c1d3ad344976fde3ad1a0bf6a96482c3ae2e", 167'088},
  };
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.id);
    const std::string draw = DrawForAudit(root, 2025, row.id);
    EXPECT_EQ(absl::BytesToHexString(draw), row.draw);
    EXPECT_FALSE(IsSelected(draw, row.rate - 1));
    EXPECT_TRUE(IsSelected(draw, row.rate));
    EXPECT_NE(DrawForAudit(root, 2028, row.id), draw);
  }
}

TEST(AuditSelection, SelectsExactlyTheShareAtTheEdges) {
  const std::string least(32, '\0');
  const std::string most(32, '\xff');
  EXPECT_FALSE(IsSelected(least, 0)) << "a rate of nothing selects nobody";
  EXPECT_TRUE(IsSelected(least, 1));
  EXPECT_FALSE(IsSelected(most, 999'999));
  EXPECT_TRUE(IsSelected(most, 1'000'000)) << "the whole rate selects everybody";
  // Half of 2^256 is the first number that a rate of a half does not select.
  std::string half(32, '\0');
  half[0] = '\x80';
  EXPECT_FALSE(IsSelected(half, 500'000));
  std::string below(32, '\xff');
  below[0] = '\x7f';
  EXPECT_TRUE(IsSelected(below, 500'000));
}

TEST(AuditSelection, ThePopulationHasAppliedInTheLastTenure) {
  const auto is_in = [](const History& history, int year) {
    return CanBeSelected(history.Known().facts(), year);
  };
  History history;
  EXPECT_FALSE(is_in(history, 2025)) << "never certified";
  history.At("2022-05-14").Grant();
  EXPECT_FALSE(is_in(history, 2025)) << "not submitted";
  history.At("2025-09-01").Submit();
  EXPECT_TRUE(is_in(history, 2025));
  EXPECT_FALSE(is_in(history, 2028));
  history.ReturnApplication();
  EXPECT_FALSE(is_in(history, 2025)) << "returned";
  history.Submit().Credit({.reference = "c1", .minutes = 1800}).Pay({}).Approve();
  EXPECT_TRUE(is_in(history, 2025)) << "approved";
  EXPECT_FALSE(is_in(history, 2028)) << "the next cycle exists";
  history.At("2026-02-01").Revoke();
  EXPECT_TRUE(is_in(history, 2025)) << "the tenure that ran last";
  history.At("2026-03-01").Grant();
  EXPECT_FALSE(is_in(history, 2025)) << "of the tenure before";
}

}  // namespace
}  // namespace goodstanding::projections
