#include "projections/preview.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using type::v1::STANDING_LAPSED;
using type::v1::STANDING_LATE;

class Preview : public BoardTest {
 protected:
  struct Told {
    absl::Status status;
    std::vector<CorrectionEffect> effects;
    PreviewCounts counts;
  };

  // What a correction for 2025 would change on a day.
  Told Run(const FigureValues& figures, absl::string_view day, const EffectFilter& filter = {},
           const SweepScope& scope = {}) {
    const BoardFacts board = *LoadBoardFacts(store(), store().Head());
    const auto correction =
        Correction::Propose(board.rulebook, "namss-2025", 0, Proposed(2025, 2025, figures));
    Told told;
    told.status = correction.status();
    if (!correction.ok()) return told;
    told.status =
        PreviewCorrection(store(), {*correction, *board.catalogue, board.position, Day(day)},
                          filter, scope, [&](const PreviewBatch& batch) {
                            told.counts.Add(batch.counts);
                            for (const CorrectionEffect& effect : batch.effects)
                              told.effects.push_back(effect);
                            return true;
                          });
    return told;
  }

  // The same of one figure, for the one person whom it touches.
  CorrectionEffect OnlyEffect(absl::string_view path, absl::string_view value,
                              absl::string_view day) {
    const Told told = Run({{std::string(path), std::string(value)}}, day);
    GS_EXPECT_OK(told.status);
    EXPECT_EQ(told.effects.size(), 1u);
    return told.effects.empty() ? CorrectionEffect() : told.effects[0];
  }
};

std::string IdsOf(const std::vector<CorrectionEffect>& effects) {
  return absl::StrJoin(effects, " ", [](std::string* out, const CorrectionEffect& effect) {
    out->append(effect.certificant_id);
  });
}

std::vector<std::string> TextsOf(const std::vector<domain::ExplanationLine>& lines) {
  std::vector<std::string> texts;
  for (const domain::ExplanationLine& line : lines) texts.push_back(line.text);
  return texts;
}

TEST_F(Preview, TellsOfThoseForWhomItDiffers) {
  TellShortLife("ana");
  Tell("bo", "2023-05-14", Registered());
  Tell("bo", "2023-05-14", Granted("CPCS"));
  Tell("cy", "2023-05-14", Registered());
  const Told told = Run({{"requirement.single.total", "28.00"}}, "2025-01-01");
  GS_EXPECT_OK(told.status);
  ASSERT_EQ(told.effects.size(), 1u) << "the cycle of bo ends in another year, cy has none";
  const CorrectionEffect& effect = told.effects[0];
  EXPECT_EQ(effect.certificant_id, "ana");
  EXPECT_THAT(effect.changes, ElementsAre(FigureDifference{"requirement.total", "30.00", "28.00"}));
  EXPECT_EQ(effect.before_cycle_end_year, 2025);
  EXPECT_THAT(effect.deciding_figures, ElementsAre("requirement.single.total"));
  EXPECT_EQ(told.counts.certificants, 3);
  EXPECT_EQ(told.counts.changed, 1);
}

TEST_F(Preview, ShowsFeesAndBalance) {
  TellShortLife("ana");
  EXPECT_THAT(OnlyEffect("fees.late", "60.00", "2025-12-02").changes,
              ElementsAre(FigureDifference{"fees.late", "50.00", "60.00"},
                          FigureDifference{"balance", "425.00", "435.00"}));
}

TEST_F(Preview, ShowsCountedCreditsAndEachRecord) {
  TellShortLife("ana");
  EXPECT_THAT(OnlyEffect("activity.SPONSORED.rate", "0.50", "2025-01-01").changes,
              ElementsAre(FigureDifference{"counted.total", "10.00", "5.00"},
                          FigureDifference{"counted.approved", "10.00", "5.00"},
                          FigureDifference{"credit.c1", "10.00", "5.00"}));
}

TEST_F(Preview, ShowsAStandingThatMoves) {
  TellShortLife("ana");
  const CorrectionEffect effect = OnlyEffect("calendar.late_through", "12-15", "2025-12-20");
  EXPECT_THAT(effect.changes, ElementsAre(FigureDifference{"standing", "LATE", "LAPSED"},
                                          FigureDifference{"certified", "yes", "no"}));
  EXPECT_EQ(effect.before_standing, STANDING_LATE);
  EXPECT_EQ(effect.after_standing, STANDING_LAPSED);
}

TEST_F(Preview, SaysWhyInTheWordsOfTheExplanation) {
  TellShortLife("ana");
  const CorrectionEffect effect = OnlyEffect("activity.SPONSORED.rate", "0.50", "2025-01-01");
  EXPECT_THAT(
      TextsOf(effect.why.before),
      ElementsAre(HasSubstr("10.00 of 30.00 credits (total) count; 10.00 of 15.00 credits"),
                  "Credit c1 (SPONSORED, completed January 31, 2023) earned 10.00: 600 minutes at "
                  "1.00 an hour. It counts as approved.",
                  HasSubstr("(total; level SINGLE); 10.00 count: 20.00 are lacking."),
                  HasSubstr("approved kinds only; level SINGLE); 10.00 count: 5.00 are lacking.")));
  EXPECT_THAT(
      TextsOf(effect.why.after),
      ElementsAre(HasSubstr("5.00 of 30.00 credits (total) count; 5.00 of 15.00 credits"),
                  "Credit c1 (SPONSORED, completed January 31, 2023) earned 5.00: 600 minutes at "
                  "0.50 an hour. It counts as approved.",
                  HasSubstr("(total; level SINGLE); 5.00 count: 25.00 are lacking."),
                  HasSubstr("approved kinds only; level SINGLE); 5.00 count: 10.00 are lacking.")));
}

struct DecidingCase {
  const char* why;
  FigureValues figures;
  std::vector<std::string> deciding;
};

TEST_F(Preview, OfSeveralFiguresNamesThoseThatDecide) {
  TellShortLife("ana");
  const std::vector<DecidingCase> cases = {
      {"one of two concerns nobody",
       {{"fees.dual.member", "1.00"}, {"requirement.single.total", "28.00"}},
       {"requirement.single.total"}},
      {"each changes a figure of its own",
       {{"fees.single.non_member", "300.00"}, {"requirement.single.total", "28.00"}},
       {"fees.single.non_member", "requirement.single.total"}},
      {"one alone would be no valid rule set",
       {{"requirement.single.approved", "32.00"}, {"requirement.single.total", "35.00"}},
       {"requirement.single.approved", "requirement.single.total"}},
  };
  for (const DecidingCase& c : cases) {
    SCOPED_TRACE(c.why);
    const Told told = Run(c.figures, "2025-01-01");
    GS_EXPECT_OK(told.status);
    ASSERT_EQ(told.effects.size(), 1u);
    EXPECT_EQ(told.effects[0].deciding_figures, c.deciding);
  }
}

struct FilterCase {
  const char* why;
  EffectFilter filter;
  std::vector<std::string> ids;
  const char* listed;
};

TEST_F(Preview, FiltersChooseWhoIsListedAndLeaveTheCounts) {
  TellShortLife("ana");
  TellShortLife("bo");
  TellLongLife("cy");  // Renewed in time.
  const std::vector<FilterCase> cases = {
      {"all", {}, {}, "ana bo"},
      {"another year", {.first_year = 2026, .last_year = 2030}, {}, ""},
      {"the year", {.first_year = 2025, .last_year = 2025}, {}, "ana bo"},
      {"from", {.before_standing = STANDING_LATE}, {}, "ana bo"},
      {"from another", {.before_standing = STANDING_LAPSED}, {}, ""},
      {"to", {.after_standing = STANDING_LAPSED}, {}, "ana bo"},
      {"to another", {.after_standing = STANDING_LATE}, {}, ""},
  };
  for (const FilterCase& c : cases) {
    SCOPED_TRACE(c.why);
    const Told told = Run({{"calendar.late_through", "12-15"}}, "2025-12-20", c.filter);
    GS_EXPECT_OK(told.status);
    EXPECT_EQ(IdsOf(told.effects), c.listed);
    EXPECT_EQ(told.counts.certificants, 3);
    EXPECT_EQ(told.counts.changed, 2);
    EXPECT_EQ(told.counts.listed, static_cast<int64_t>(told.effects.size()));
    EXPECT_THAT(told.counts.transitions,
                ElementsAre(Pair(Pair(STANDING_LATE, STANDING_LAPSED), 2)));
  }
}

TEST_F(Preview, LooksAtThoseNamedAlone) {
  for (const char* const id : {"a", "aa", "ab", "b"}) TellShortLife(id);
  const Told told = Run({{"fees.late", "60.00"}}, "2025-12-02", {},
                        {.threads = 2, .certificant_ids = {"b", "a", "b"}});
  GS_EXPECT_OK(told.status);
  EXPECT_EQ(IdsOf(told.effects), "a b");
  EXPECT_EQ(told.counts.certificants, 2);
}

TEST_F(Preview, TellsInOrderOfIdWhateverTheNumberOfThreads) {
  std::string ids;
  for (int i = 100; i < 150; ++i) {
    TellShortLife(absl::StrCat("p", i));
    absl::StrAppend(&ids, i > 100 ? " p" : "p", i);
  }
  for (const int threads : {1, 2, 7}) {
    const Told told = Run({{"fees.late", "60.00"}}, "2025-12-02", {}, {threads, {}});
    GS_EXPECT_OK(told.status);
    EXPECT_EQ(IdsOf(told.effects), ids) << threads;
  }
}

TEST_F(Preview, DoesNotSeeWhatIsRecordedAfterItsPosition) {
  TellShortLife("ana");
  const BoardFacts board = *LoadBoardFacts(store(), store().Head());
  TellShortLife("bo");
  const auto correction = Correction::Propose(board.rulebook, "namss-2025", 0,
                                              Proposed(2025, 2025, {{"fees.late", "60.00"}}));
  GS_ASSERT_OK(correction.status());
  int64_t looked_at = 0;
  GS_EXPECT_OK(PreviewCorrection(store(),
                                 {*correction, *board.catalogue, board.position, Day("2025-12-02")},
                                 {}, {}, [&](const PreviewBatch& batch) {
                                   looked_at += batch.counts.certificants;
                                   return true;
                                 }));
  EXPECT_EQ(looked_at, 1);
}

TEST_F(Preview, StopsWhenTold) {
  for (int i = 0; i < 20; ++i) TellShortLife(absl::StrCat("p", i));
  const BoardFacts board = *LoadBoardFacts(store(), store().Head());
  const auto correction = Correction::Propose(board.rulebook, "namss-2025", 0,
                                              Proposed(2025, 2025, {{"fees.late", "60.00"}}));
  GS_ASSERT_OK(correction.status());
  for (const int threads : {1, 4}) {
    int calls = 0;
    const absl::Status status = PreviewCorrection(
        store(), {*correction, *board.catalogue, board.position, Day("2025-12-02")}, {},
        {threads, {}}, [&](const PreviewBatch&) {
          ++calls;
          return false;
        });
    EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(calls, 1);
  }
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
