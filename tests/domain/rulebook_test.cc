#include "domain/rulebook.h"

#include <string>
#include <vector>

#include "domain/credit_amounts.h"
#include "domain/refusal.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

using event::v1::RuleSetCorrected;
using event::v1::RuleSetEvent;
using event::v1::RuleSetPublished;
using testing::ShippedRuleSet;

// The shipped rule set under another name, for the years named; none for every other year.
RuleSetPublished Publication(const std::string& name,
                             const std::vector<std::pair<int, int>>& years) {
  RuleSetPublished published;
  *published.mutable_rule_set() = ShippedRuleSet();
  published.mutable_rule_set()->set_name(name);
  for (const auto& [first, last] : years) {
    auto* const range = published.mutable_rule_set()->add_years();
    range->set_first_year(first);
    range->set_last_year(last);
  }
  return published;
}

RuleSetCorrected Correction(int first, int last, const std::string& path,
                            const std::string& value) {
  RuleSetCorrected correction;
  correction.mutable_years()->set_first_year(first);
  correction.mutable_years()->set_last_year(last);
  auto* const change = correction.add_changes();
  change->set_path(path);
  change->set_value(value);
  return correction;
}

std::string ReasonOf(const absl::Status& status) {
  const auto refusal = GetRefusal(status);
  return refusal ? refusal->reason : status.ToString();
}

class RulebookTest : public ::testing::Test {
 protected:
  RulebookTest() { Publish("base", {}); }

  // Records at position and time that count up by 1.
  void Record(const absl::StatusOr<RuleSetEvent>& event) {
    ASSERT_TRUE(event.ok()) << event.status();
    ++position_;
    ASSERT_TRUE(rulebook_.Apply(position_, position_ * 10, *event).ok());
  }
  void Publish(const std::string& name, const std::vector<std::pair<int, int>>& years) {
    Record(rulebook_.DecidePublish(Publication(name, years)));
  }
  void Correct(const RuleSetCorrected& correction) {
    Record(rulebook_.DecideCorrect("base", 0, correction));
  }
  Hundredths LateFee(int year, const Knowledge& knowledge = {},
                     const std::optional<RuleSetChoice>& choice = std::nullopt) const {
    return rulebook_.View(knowledge, choice)->For(year).figures->late_fee;
  }

  int64_t position_ = 0;
  Rulebook rulebook_;
};

TEST_F(RulebookTest, ARuleSetWithoutYearsGovernsEveryYear) {
  const RulebookView view = rulebook_.Newest();
  for (const int year : {1900, 2025, 9999}) {
    EXPECT_EQ(view.For(year).figures->name, "base") << year;
    EXPECT_EQ(view.For(year).version, 1) << year;
    EXPECT_EQ(view.For(year).position, 1) << year;
  }
  EXPECT_EQ(view.Default()->name, "base");
}

TEST_F(RulebookTest, ANamedYearGoesBeforeTheRest) {
  Publish("special", {{2026, 2027}, {2030, 2030}});
  const RulebookView view = rulebook_.Newest();
  for (const auto& [year, name] : std::vector<std::pair<int, std::string>>{{2025, "base"},
                                                                           {2026, "special"},
                                                                           {2027, "special"},
                                                                           {2028, "base"},
                                                                           {2030, "special"},
                                                                           {2031, "base"}}) {
    EXPECT_EQ(view.For(year).figures->name, name) << year;
  }
  EXPECT_EQ(view.Default()->name, "base");
}

TEST_F(RulebookTest, AYearIsGovernedByOneRuleSet) {
  Publish("special", {{2026, 2028}});
  EXPECT_EQ(ReasonOf(rulebook_.DecidePublish(Publication("second-rest", {})).status()),
            "INVALID_RULE_SET");
  EXPECT_EQ(ReasonOf(rulebook_.DecidePublish(Publication("clash", {{2028, 2030}})).status()),
            "INVALID_RULE_SET")
      << "the last year of the other";
  EXPECT_EQ(ReasonOf(rulebook_.DecidePublish(Publication("clash", {{2020, 2026}})).status()),
            "INVALID_RULE_SET")
      << "the first year of the other";
  EXPECT_TRUE(rulebook_.DecidePublish(Publication("fits", {{2020, 2025}, {2029, 2029}})).ok());
}

TEST_F(RulebookTest, ANameIsPublishedOnce) {
  EXPECT_EQ(ReasonOf(rulebook_.DecidePublish(Publication("base", {{2030, 2030}})).status()),
            "RULE_SET_EXISTS");
  EXPECT_EQ(ReasonOf(rulebook_.DecidePublish(RuleSetPublished()).status()), "INVALID_RULE_SET");
}

TEST_F(RulebookTest, ACorrectionTouchesItsYearsAlone) {
  Correct(Correction(2025, 2026, "fees.late", "60.00"));
  for (const auto& [year, fee] : std::vector<std::pair<int, Hundredths>>{
           {2024, 5000}, {2025, 6000}, {2026, 6000}, {2027, 5000}}) {
    EXPECT_EQ(LateFee(year), fee) << year;
    EXPECT_EQ(rulebook_.Newest().For(year).version, 2) << "the version is the rule set's";
    EXPECT_EQ(rulebook_.Newest().For(year).position, 2);
  }
}

TEST_F(RulebookTest, CorrectionsBuildOnEachOther) {
  Correct(Correction(2025, 2027, "fees.late", "60.00"));
  Correct(Correction(2026, 2030, "fees.extension", "70.00"));
  Correct(Correction(2026, 2026, "fees.late", "65.00"));
  struct Row {
    int year;
    Hundredths late;
    Hundredths extension;
  };
  for (const Row& row : std::vector<Row>{{2024, 5000, 5000},
                                         {2025, 6000, 5000},
                                         {2026, 6500, 7000},
                                         {2027, 6000, 7000},
                                         {2028, 5000, 7000},
                                         {2030, 5000, 7000},
                                         {2031, 5000, 5000}}) {
    const Figures& figures = *rulebook_.Newest().For(row.year).figures;
    EXPECT_EQ(figures.late_fee, row.late) << row.year;
    EXPECT_EQ(figures.extension_fee, row.extension) << row.year;
  }
  EXPECT_EQ(rulebook_.Newest().For(2025).version, 4);
}

TEST_F(RulebookTest, KnowledgeChoosesTheVersion) {
  Correct(Correction(2025, 2025, "fees.late", "60.00"));  // Position 2, recorded at 20.
  Knowledge by_position;
  by_position.max_position = 1;
  EXPECT_EQ(LateFee(2025, by_position), 5000);
  by_position.max_position = 2;
  EXPECT_EQ(LateFee(2025, by_position), 6000) << "inclusive";
  Knowledge by_time;
  by_time.max_recorded_micros = 19;
  EXPECT_EQ(LateFee(2025, by_time), 5000);
  by_time.max_recorded_micros = 20;
  EXPECT_EQ(LateFee(2025, by_time), 6000) << "inclusive";
}

TEST_F(RulebookTest, BeforeItsPublicationTheFirstVersionGoverns) {
  Correct(Correction(2025, 2025, "fees.late", "60.00"));
  Knowledge nothing;
  nothing.max_position = 0;
  EXPECT_EQ(LateFee(2025, nothing), 5000);
}

TEST_F(RulebookTest, AnExplicitVersionApplies) {
  Correct(Correction(2025, 2025, "fees.late", "60.00"));
  Knowledge before;
  before.max_position = 1;
  EXPECT_EQ(LateFee(2025, {}, RuleSetChoice{"base", 1}), 5000);
  EXPECT_EQ(LateFee(2025, before, RuleSetChoice{"base", 2}), 6000) << "whatever is known";
  EXPECT_EQ(ReasonOf(rulebook_.View({}, RuleSetChoice{"base", 3}).status()), "RULE_SET_NOT_FOUND");
  EXPECT_EQ(ReasonOf(rulebook_.View({}, RuleSetChoice{"none", 1}).status()), "RULE_SET_NOT_FOUND");
}

TEST_F(RulebookTest, AnExplicitVersionAppliesToTheYearsOfItsRuleSetAlone) {
  Publish("special", {{2026, 2026}});
  Record(rulebook_.DecideCorrect("special", 0, Correction(2026, 2026, "fees.late", "60.00")));
  EXPECT_EQ(LateFee(2026, {}, RuleSetChoice{"special", 1}), 5000);
  EXPECT_EQ(LateFee(2025, {}, RuleSetChoice{"special", 1}), 5000);
  EXPECT_EQ(LateFee(2026, {}, RuleSetChoice{"base", 1}), 6000);
}

TEST_F(RulebookTest, RefusesCorrectionsThatMakeNoSense) {
  struct Row {
    std::string name;
    int64_t base_version;
    RuleSetCorrected correction;
    std::string reason;
    std::string why;
  };
  RuleSetCorrected empty = Correction(2025, 2025, "fees.late", "60.00");
  empty.clear_changes();
  const std::vector<Row> rows = {
      {"base", 0, Correction(2026, 2025, "fees.late", "60.00"), "INVALID_RULE_SET", "years"},
      {"base", 0, Correction(1899, 2025, "fees.late", "60.00"), "INVALID_RULE_SET", "too early"},
      {"base", 0, Correction(2025, 10000, "fees.late", "60.00"), "INVALID_RULE_SET", "too late"},
      {"none", 0, Correction(2025, 2025, "fees.late", "60.00"), "RULE_SET_NOT_FOUND", "unknown"},
      {"base", 2, Correction(2025, 2025, "fees.late", "60.00"), "RULE_SET_MOVED", "version"},
      {"base", 0, empty, "INVALID_RULE_SET", "no change"},
      {"base", 0, Correction(2025, 2025, "fees.none", "60.00"), "INVALID_RULE_SET", "no figure"},
      {"base", 0, Correction(2025, 2025, "fees.late", "much"), "INVALID_RULE_SET", "no value"},
      {"base", 0, Correction(2025, 2025, "requirement.single.approved", "31.00"),
       "INVALID_RULE_SET", "approved above the total"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(
        ReasonOf(rulebook_.DecideCorrect(row.name, row.base_version, row.correction).status()),
        row.reason)
        << row.why;
  }
  EXPECT_TRUE(
      rulebook_.DecideCorrect("base", 1, Correction(2025, 2025, "fees.late", "60.00")).ok());
}

TEST_F(RulebookTest, ACorrectionMustMeetYearsOfItsRuleSet) {
  Publish("special", {{2026, 2026}});
  EXPECT_EQ(
      ReasonOf(rulebook_.DecideCorrect("special", 0, Correction(2027, 2030, "fees.late", "60.00"))
                   .status()),
      "INVALID_RULE_SET");
}

TEST_F(RulebookTest, ALogThatContradictsItselfIsDamage) {
  EXPECT_EQ(rulebook_.Apply(9, 9, RuleSetEvent()).code(), absl::StatusCode::kDataLoss);
  RuleSetEvent skipped;
  *skipped.mutable_rule_set_corrected() = Correction(2025, 2025, "fees.late", "60.00");
  skipped.mutable_rule_set_corrected()->set_name("base");
  skipped.mutable_rule_set_corrected()->set_version(3);
  EXPECT_EQ(rulebook_.Apply(9, 9, skipped).code(), absl::StatusCode::kDataLoss);
}

TEST(EmptyRulebookTest, GovernsNothing) {
  const Rulebook rulebook;
  EXPECT_EQ(rulebook.Newest().For(2025).figures, nullptr);
  EXPECT_EQ(rulebook.Newest().Default(), nullptr);
}

TEST_F(RulebookTest, UnitsAreThoseOfTheRulesOfTheYearOfCompletion) {
  RuleSetPublished later = Publication("later", {{2030, 2032}});
  later.mutable_rule_set()->mutable_activity_kinds(0)->set_rate("7.00");
  Record(rulebook_.DecidePublish(later));
  const auto view = rulebook_.View({}, std::nullopt);
  ASSERT_TRUE(view.ok());
  const auto rate = [&](int year) {
    return FiguresForUnits(*view, *Date::Create(year, 5, 14))->FindKind("SPONSORED")->rate;
  };
  EXPECT_EQ(rate(2029), 100);
  EXPECT_EQ(rate(2030), 700);
  EXPECT_EQ(rate(2032), 700);
  EXPECT_EQ(rate(2033), 100);
}

TEST(RulebookUnitsTest, AYearWithoutRulesHasTheUnitsOfTheFirstOnes) {
  Rulebook rulebook;
  const auto published = rulebook.DecidePublish(Publication("base", {{2020, 2025}}));
  ASSERT_TRUE(published.ok()) << published.status();
  ASSERT_TRUE(rulebook.Apply(1, 1, *published).ok());
  const auto view = rulebook.View({}, std::nullopt);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->For(2019).figures, nullptr);
  ASSERT_NE(FiguresForUnits(*view, *Date::Create(2019, 5, 14)), nullptr);
  EXPECT_NE(FiguresForUnits(*view, *Date::Create(2019, 5, 14))->FindKind("SPONSORED"), nullptr);
}

TEST(RulebookSegmentsTest, ACorrectionSplitsOnlyWhereItEnds) {
  struct Case {
    int first;
    int last;
    size_t segments;
    std::string why;
  };
  for (const Case& one : std::vector<Case>{{2020, 2025, 1, "all years"},
                                           {1900, 9999, 1, "more than all"},
                                           {2020, 2024, 2, "from the first on"},
                                           {2021, 2025, 2, "to the last"},
                                           {2021, 2024, 3, "in the middle"}}) {
    Rulebook rulebook;
    ASSERT_TRUE(
        rulebook.Apply(1, 1, *rulebook.DecidePublish(Publication("base", {{2020, 2025}}))).ok());
    const auto corrected =
        rulebook.DecideCorrect("base", 0, Correction(one.first, one.last, "fees.late", "60.00"));
    ASSERT_TRUE(corrected.ok()) << one.why << corrected.status();
    ASSERT_TRUE(rulebook.Apply(2, 2, *corrected).ok());
    const auto& segments = rulebook.revisions().at("base").back().segments;
    ASSERT_EQ(segments.size(), one.segments) << one.why;
    for (size_t i = 1; i < segments.size(); ++i) {
      EXPECT_EQ(segments[i].first_year, segments[i - 1].last_year + 1) << one.why;
    }
  }
}

}  // namespace
}  // namespace goodstanding::domain
