#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tools/command_line.h"
#include "tools/demo_cohort.h"
#include "tools/demo_questions.h"
#include "tools/demo_stage.h"
#include "tools/words.h"

namespace goodstanding::tools {
namespace {

using ::testing::HasSubstr;

constexpr int kFew = 30;

// What a cohort comes to, as text.
std::vector<std::string> Written(const Cohort& cohort) {
  std::vector<std::string> lines;
  for (const Person& person : cohort.people) {
    lines.push_back(person.certificant_id + " " + person.name);
  }
  for (const DatedCommand& dated : cohort.commands) {
    lines.push_back(
        dated.day.ToString() + " " + std::to_string(dated.minute_of_day) + " " + dated.refusal +
        " " +
        std::visit([](const auto& request) { return request.ShortDebugString(); }, dated.command));
  }
  return lines;
}

struct Output {
  int exit_code;
  std::string text;
};

Output RunDemo(const std::vector<std::string>& options) {
  std::vector<const char*> arguments = {"goodstanding", "demo"};
  for (const std::string& option : options) arguments.push_back(option.c_str());
  ::testing::internal::CaptureStdout();
  const int exit_code = RunTool(static_cast<int>(arguments.size()), arguments.data());
  return {exit_code, ::testing::internal::GetCapturedStdout()};
}

TEST(DemoCohort, IsTheSameForASeed) {
  const CohortOptions options{.seed = 7, .certificants = 60};
  EXPECT_EQ(Written(MakeCohort(options)), Written(MakeCohort(options)));
  EXPECT_NE(Written(MakeCohort(options)),
            Written(MakeCohort({.seed = 8, .certificants = options.certificants})));
}

TEST(DemoCohort, HasEveryStoryAndNoCommandAfterToday) {
  for (const int certificants : {static_cast<int>(Stories().size()), 200, 1000}) {
    SCOPED_TRACE(certificants);
    const Cohort cohort = MakeCohort({.seed = 3, .certificants = certificants});
    ASSERT_EQ(cohort.people.size(), static_cast<size_t>(certificants));
    for (const StoryFacts& facts : Stories()) {
      EXPECT_EQ(FirstOf(facts.story, cohort).story, facts.story);
    }
    EXPECT_LE(cohort.commands.back().day, CohortToday());
    EXPECT_TRUE(
        std::is_sorted(cohort.commands.begin(), cohort.commands.end(),
                       [](const DatedCommand& a, const DatedCommand& b) { return a.day < b.day; }));
  }
}

TEST(DemoCohort, EveryLifeEndsInTheStandingItsStoryIsNamedFor) {
  for (const uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE(seed);
    const Cohort cohort = MakeCohort({.seed = seed, .certificants = 120});
    const auto stage = DemoStage::Start("");
    ASSERT_TRUE(stage.ok()) << stage.status();
    const auto record = (*stage)->Play(cohort, [](size_t, size_t) {});
    ASSERT_TRUE(record.ok()) << record.status();
    for (const Person& person : cohort.people) {
      const StoryFacts& facts = Stories()[static_cast<size_t>(person.story)];
      ASSERT_EQ(facts.story, person.story);
      const auto answer = AskStanding(person.certificant_id, {CohortToday()}, (*stage)->client());
      ASSERT_TRUE(answer.ok()) << answer.status();
      EXPECT_EQ(Name(answer->standing()), Name(facts.standing))
          << person.certificant_id << ": " << facts.title;
    }
  }
}

TEST(DemoStage, EndsWhereACommandIsNotAnsweredAsExpected) {
  Cohort cohort = MakeCohort({.seed = 1, .certificants = kFew});
  const auto refused =
      std::find_if(cohort.commands.begin(), cohort.commands.end(),
                   [](const DatedCommand& dated) { return !dated.refusal.empty(); });
  ASSERT_NE(refused, cohort.commands.end());
  const std::string reason = std::exchange(refused->refusal, "");
  const auto stage = DemoStage::Start("");
  ASSERT_TRUE(stage.ok()) << stage.status();
  const auto record = (*stage)->Play(cohort, [](size_t, size_t) {});
  EXPECT_EQ(record.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(record.status().message()),
              HasSubstr("expected accepted, got " + reason));
}

TEST(DemoCommand, TellsEveryChapterTheSameEachTime) {
  const std::vector<std::string> options = {"--certificants", "30", "--seed", "5"};
  const Output first = RunDemo(options);
  EXPECT_EQ(first.exit_code, 0);
  for (const char* const expected :
       {"Goodstanding: a guided tour", "1. The people", "2. The Good Standing Report", "3. Why?",
        "4. As known then, as known now", "5. A rule is corrected", "LAPSED → UNDER_REVIEW",
        "namss-2025@1", "namss-2025@2", "Where to go from here", "./dev serve --data"}) {
    EXPECT_THAT(first.text, HasSubstr(expected));
  }
  EXPECT_EQ(RunDemo(options).text, first.text);
}

TEST(DemoCommand, RefusesWrongUse) {
  EXPECT_EQ(RunDemo({"--certificants", "3"}).exit_code, kExitUsage);
  EXPECT_EQ(RunDemo({"--data", GOODSTANDING_SOURCE_DIR}).exit_code, kExitUsage);
}

}  // namespace
}  // namespace goodstanding::tools
