#include "projections/replay.h"

#include "gtest/gtest.h"
#include "projections/codec.h"
#include "tests/projections/board_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::projections {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

class Replay : public BoardTest {};

TEST_F(Replay, NobodyIsRegisteredWhereThereIsNoStream) {
  GS_ASSERT_OK_AND_ASSIGN(const auto state, LoadCertificant(store(), "ana", {}));
  EXPECT_FALSE(state.registered);
  EXPECT_EQ(state.version, 0);
}

TEST_F(Replay, SeesNoMoreThanWasKnown) {
  TellShortLife("ana");
  const int64_t before = store().Head();
  Tell("ana", "2022-06-01", Granted("CPMSM"));
  GS_ASSERT_OK_AND_ASSIGN(const auto then,
                          ReplayCertificant(store(), "ana", {.max_position = before}));
  GS_ASSERT_OK_AND_ASSIGN(const auto now, ReplayCertificant(store(), "ana", {}));
  EXPECT_EQ(then.state.version, 3);
  EXPECT_EQ(then.position, before);
  EXPECT_EQ(now.state.version, 4);
  EXPECT_EQ(now.position, before + 1);
}

TEST_F(Replay, AnUnknownEventBehindWhatIsKnownDoesNotMatter) {
  TellShortLife("ana");
  const int64_t before = store().Head();
  TellRaw(CertificantStream("ana"), "Promoted", "", Day("2024-01-01"));
  EXPECT_THAT(LoadCertificant(store(), "ana", {.max_position = before}), IsOk());
  EXPECT_THAT(LoadCertificant(store(), "ana", {}), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(Replay, ARecordThatIsNotTheNextOneIsRefused) {
  ReplayedCertificant certificant;
  event::v1::Record record;
  record.set_kind("CredentialGranted");
  record.set_payload(Granted("CPCS").SerializeAsString());
  record.set_version(2);
  EXPECT_THAT(Advance(record, certificant), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(Replay, BoardFactsAreThoseOfThePosition) {
  const int64_t approved = Approve("a1", "2023-01-01");
  const int64_t withdrawn = Withdraw("a1", "2024-01-01");
  const int64_t corrected = Correct(2025, 2025, "fees.late", "60.00");
  GS_ASSERT_OK_AND_ASSIGN(const BoardFacts first, LoadBoardFacts(store(), approved));
  GS_ASSERT_OK_AND_ASSIGN(const BoardFacts last, LoadBoardFacts(store(), corrected + 100));
  EXPECT_EQ(first.position, approved);
  EXPECT_EQ(first.catalogue->Find("a1")->facts.size(), 1u);
  EXPECT_EQ(first.rulebook->revisions().at("namss-2025").size(), 1u);
  EXPECT_EQ(last.position, corrected);
  EXPECT_EQ(last.catalogue->Find("a1")->facts.back().position, withdrawn);
  EXPECT_EQ(last.rulebook->revisions().at("namss-2025").size(), 2u);
  EXPECT_EQ(last.rulebook->Newest().For(2025).figures->late_fee, 6'000);
}

TEST_F(Replay, AdvancingRecordByRecordGivesTheSame) {
  Approve("a1", "2023-01-01");
  TellShortLife("ana");
  Correct(2025, 2025, "fees.late", "60.00");
  Withdraw("a1", "2024-01-01");
  GS_ASSERT_OK_AND_ASSIGN(const auto page,
                          store().ReadLog(1, eventstore::Direction::kForward, 1000));
  BoardFacts facts;
  for (const auto& record : page.records) {
    const BoardFacts kept = facts;
    const size_t entries = kept.catalogue->entries().size();
    GS_ASSERT_OK(Advance(record, facts));
    EXPECT_EQ(kept.catalogue->entries().size(), entries) << "what was shared has changed";
    EXPECT_EQ(facts.position, record.position());
  }
  EXPECT_EQ(facts.catalogue->Find("a1")->facts.size(), 2u);
  EXPECT_EQ(facts.rulebook->Newest().For(2025).figures->late_fee, 6'000);
}

TEST_F(Replay, AStreamOfAnotherNameIsRefused) {
  TellRaw("weather/today", "Rained", "", Day("2024-01-01"));
  GS_ASSERT_OK_AND_ASSIGN(const auto page, store().ReadLog(2, eventstore::Direction::kForward, 1));
  BoardFacts facts;
  EXPECT_THAT(Advance(page.records.front(), facts),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("weather/today")));
}

}  // namespace
}  // namespace goodstanding::projections
