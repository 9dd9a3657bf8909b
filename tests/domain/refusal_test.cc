#include "domain/refusal.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace goodstanding::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(RefusalTest, SurvivesTheRoundTripThroughAStatus) {
  const absl::Status status =
      Refuse("HALF_NOT_MET", "Not enough.", "credits", {{"needed", "15.00"}, {"counted", ""}});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "Not enough.");
  const auto refusal = GetRefusal(status);
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->reason, "HALF_NOT_MET");
  EXPECT_EQ(refusal->field, "credits");
  EXPECT_THAT(refusal->metadata, ElementsAre(Pair("needed", "15.00"), Pair("counted", "")));
}

TEST(RefusalTest, FieldAndMetadataMayBeEmpty) {
  const auto refusal = GetRefusal(Refuse("AUDIT_OPEN", "An audit is open."));
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->reason, "AUDIT_OPEN");
  EXPECT_EQ(refusal->field, "");
  EXPECT_TRUE(refusal->metadata.empty());
}

TEST(RefusalTest, OtherStatusesAreNoRefusals) {
  EXPECT_FALSE(GetRefusal(absl::OkStatus()).has_value());
  EXPECT_FALSE(GetRefusal(absl::InternalError("broken")).has_value());
}

TEST(RefusalTest, EveryReasonStandsOnceAndCarriesItsCode) {
  std::set<std::string> seen;
  for (const RefusalReason& reason : RefusalReasons()) {
    EXPECT_TRUE(seen.insert(std::string(reason.reason)).second) << reason.reason;
    EXPECT_FALSE(reason.meaning.empty()) << reason.reason;
    EXPECT_EQ(Refuse(reason.reason, "x").code(), reason.code) << reason.reason;
  }
}

TEST(RefusalDeathTest, AnUnknownReasonIsABug) {
  EXPECT_DEATH(static_cast<void>(Refuse("NO_SUCH_REASON", "x")), "check failed");
}

}  // namespace
}  // namespace goodstanding::domain
