#include "projections/preview.h"

#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "projections/replay.h"
#include "tests/projections/board_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::projections {

bool operator==(const FigureDifference& a, const FigureDifference& b) {
  return a.figure == b.figure && a.before == b.before && a.after == b.after;
}
void PrintTo(const FigureDifference& difference, std::ostream* out) {
  *out << difference.figure << ": " << difference.before << " -> " << difference.after;
}

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Differences = std::vector<FigureDifference>;

class Preview : public BoardTest {
 protected:
  // Previews what a correction that is published afterwards changes, in order of id.
  std::vector<std::pair<std::string, Differences>> Run(absl::string_view path,
                                                       absl::string_view value,
                                                       absl::string_view day, int limit = 1000) {
    const BoardFacts before = *LoadBoardFacts(store(), store().Head());
    Correct(2025, 2025, path, value);
    const BoardFacts after = *LoadBoardFacts(store(), store().Head());
    std::vector<std::pair<std::string, Differences>> told;
    GS_EXPECT_OK(PreviewCorrection(store(), *after.catalogue, before.rulebook->Newest(),
                                   after.rulebook->Newest(), Day(day),
                                   [&](absl::string_view id, const domain::Evaluation&,
                                       const domain::Evaluation&, const Differences& differences) {
                                     told.emplace_back(id, differences);
                                     return std::cmp_less(told.size(), limit);
                                   }));
    return told;
  }
};

TEST_F(Preview, TellsOfEachWhatDiffers) {
  TellShortLife("ana");
  Tell("bo", "2023-05-14", Registered());
  Tell("bo", "2023-05-14", Granted("CPCS"));
  Tell("cy", "2023-05-14", Registered());
  const auto told = Run("requirement.single.total", "28.00", "2025-01-01");
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[0].first, "ana");
  EXPECT_THAT(told[0].second, ElementsAre(FigureDifference{"requirement.total", "30.00", "28.00"}));
  EXPECT_EQ(told[1].first, "bo");
  EXPECT_THAT(told[1].second, IsEmpty()) << "the cycle ends in another year";
  EXPECT_EQ(told[2].first, "cy");
  EXPECT_THAT(told[2].second, IsEmpty());
}

TEST_F(Preview, ShowsFeesAndBalance) {
  TellShortLife("ana");
  const auto told = Run("fees.late", "60.00", "2025-12-02");
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0].second, ElementsAre(FigureDifference{"fees.late", "50.00", "60.00"},
                                          FigureDifference{"balance", "425.00", "435.00"}));
}

TEST_F(Preview, ShowsCountedCreditsAndEachRecord) {
  TellShortLife("ana");
  const auto told = Run("activity.SPONSORED.rate", "0.50", "2025-01-01");
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0].second, ElementsAre(FigureDifference{"counted.total", "10.00", "5.00"},
                                          FigureDifference{"counted.approved", "10.00", "5.00"},
                                          FigureDifference{"credit.c1", "10.00", "5.00"}));
}

TEST_F(Preview, ShowsAStandingThatMoves) {
  TellShortLife("ana");
  const auto told = Run("calendar.late_through", "12-15", "2025-12-20");
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0].second, ElementsAre(FigureDifference{"standing", "LATE", "LAPSED"},
                                          FigureDifference{"certified", "yes", "no"}));
}

TEST_F(Preview, StopsWhenTold) {
  TellShortLife("ana");
  TellShortLife("bo");
  EXPECT_EQ(Run("fees.late", "60.00", "2025-12-02", 1).size(), 1u);
}

TEST_F(Preview, AFigureThatIsNotThereIsEmpty) {
  TellShortLife("ana");
  const BoardFacts board = *LoadBoardFacts(store(), store().Head());
  const domain::RulebookView rules = board.rulebook->Newest();
  GS_ASSERT_OK_AND_ASSIGN(const auto state, LoadCertificant(store(), "ana", {}));
  const domain::Facts facts{state, rules, *board.catalogue, {}};
  const auto differences =
      Compare(domain::Evaluate(facts, domain::Cutoff::EndOf(Day("2022-01-01"))),
              domain::Evaluate(facts, domain::Cutoff::EndOf(Day("2022-05-14"))));
  ASSERT_GE(differences.size(), 4u);
  EXPECT_EQ(differences[0], (FigureDifference{"standing", "NOT_CERTIFIED", "ACTIVE"}));
  EXPECT_EQ(differences[3], (FigureDifference{"cycle_end", "", "2025-12-01"}));
}

}  // namespace
}  // namespace goodstanding::projections
