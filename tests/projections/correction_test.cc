#include "projections/correction.h"

#include "absl/strings/escaping.h"
#include "domain/evaluate.h"
#include "domain/refusal.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "projections/replay.h"
#include "tests/projections/board_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::projections {
namespace {

using event::v1::RuleSetCorrected;

constexpr char kName[] = "namss-2025";

class CorrectionTest : public BoardTest {
 protected:
  std::shared_ptr<const domain::Rulebook> Board() {
    return LoadBoardFacts(store(), store().Head())->rulebook;
  }
};

std::string ReasonOf(const absl::Status& status) {
  const auto refusal = domain::GetRefusal(status);
  return refusal ? refusal->reason : status.ToString();
}

TEST_F(CorrectionTest, HoldsRulesBeforeAndAfter) {
  const auto correction =
      Correction::Propose(Board(), kName, 1, Proposed(2025, 2026, {{"fees.late", "60.00"}}));
  GS_ASSERT_OK(correction.status());
  EXPECT_EQ(correction->base_version(), 1);
  EXPECT_EQ(correction->version(), 2);
  EXPECT_EQ(correction->before().For(2025).figures->late_fee, 5000);
  EXPECT_EQ(correction->after().For(2025).figures->late_fee, 6000);
  EXPECT_EQ(correction->after().For(2026).version, 2);
  EXPECT_EQ(correction->after().For(2027).figures->late_fee, 5000);
}

TEST_F(CorrectionTest, StaysValidWhenMoved) {
  auto proposed =
      Correction::Propose(Board(), kName, 0, Proposed(2025, 2025, {{"fees.late", "60.00"}}));
  GS_ASSERT_OK(proposed.status());
  const Correction moved = *std::move(proposed);
  EXPECT_EQ(moved.after().For(2025).figures->late_fee, 6000);
}

TEST_F(CorrectionTest, SparesThoseWhoseCyclesItDoesNotName) {
  const auto correction =
      Correction::Propose(Board(), kName, 0, Proposed(2025, 2025, {{"fees.late", "60.00"}}));
  GS_ASSERT_OK(correction.status());
  TellShortLife("ana");
  Tell("bo", "2023-05-14", Registered());
  Tell("bo", "2023-05-14", Granted("CPCS"));
  for (const auto& [id, spared] : {std::pair("ana", false), std::pair("bo", true)}) {
    GS_ASSERT_OK_AND_ASSIGN(const auto state, LoadCertificant(store(), id, {}));
    const domain::Catalogue catalogue;
    const domain::Career career = domain::CareerAt({state, correction->before(), catalogue, {}},
                                                   domain::Cutoff::EndOf(Day("2025-01-01")));
    ASSERT_EQ(career.cycles.size(), 1u);
    EXPECT_EQ(correction->Spares(career), spared) << id;
  }
}

TEST_F(CorrectionTest, WhatIsRefusedIsRefused) {
  const auto reason = [&](const std::string& name, int64_t base, const RuleSetCorrected& proposed) {
    return ReasonOf(Correction::Propose(Board(), name, base, proposed).status());
  };
  EXPECT_EQ(reason("x", 0, Proposed(2025, 2025, {{"fees.late", "60.00"}})), "RULE_SET_NOT_FOUND");
  EXPECT_EQ(reason(kName, 2, Proposed(2025, 2025, {{"fees.late", "60.00"}})), "RULE_SET_MOVED");
  EXPECT_EQ(reason(kName, 0, Proposed(2025, 2025, {{"fees.late", "sixty"}})), "INVALID_RULE_SET");
  EXPECT_EQ(reason(kName, 0, Proposed(2025, 2025, {})), "INVALID_RULE_SET");
}

// docs/storage.md has the same.
TEST_F(CorrectionTest, TheDigestIsForEver) {
  domain::RuleSetRevision base;
  base.version = 2;
  base.position = 17;
  EXPECT_EQ(absl::BytesToHexString(PreviewDigest("log.example", kName, base,
                                                 Proposed(2025, 2027, {{"fees.late", "60.00"}}))),
            "9267d51463c8cd6137cc3651f2583e093458967e9c127b6ed08e11286fd43881");
}

TEST_F(CorrectionTest, APreviewIsKnownByItsDigest) {
  const RuleSetCorrected wanted = Proposed(2025, 2025, {{"fees.late", "60.00"}});
  const auto named = [&](RuleSetCorrected proposed, const std::string& digest) {
    proposed.set_preview_digest(digest);
    return PreviewedVersion("log.example", *Board(), kName, proposed);
  };
  const auto digest_now = [&] {
    return PreviewDigest("log.example", kName, Board()->revisions().at(kName).back(), wanted);
  };
  const std::string first = digest_now();
  EXPECT_THAT(named(wanted, first), testing::IsOkAndHolds(1));
  Correct(2030, 2030, "fees.late", "55.00");
  EXPECT_THAT(named(wanted, first), testing::IsOkAndHolds(1)) << "so that it is seen to have moved";
  EXPECT_THAT(named(wanted, digest_now()), testing::IsOkAndHolds(2));
  EXPECT_NE(digest_now(), first);
  for (const RuleSetCorrected& other :
       {Proposed(2025, 2026, {{"fees.late", "60.00"}}),
        Proposed(2024, 2025, {{"fees.late", "60.00"}}),
        Proposed(2025, 2025, {{"fees.late", "60.01"}}),
        Proposed(2025, 2025, {{"fees.lat", "e60.00"}}), Proposed(2025, 2025, {})}) {
    EXPECT_EQ(ReasonOf(named(other, first).status()), "PREVIEW_MISMATCH") << other.DebugString();
  }
  EXPECT_EQ(ReasonOf(named(wanted, "short").status()), "PREVIEW_MISMATCH");
}

}  // namespace
}  // namespace goodstanding::projections
