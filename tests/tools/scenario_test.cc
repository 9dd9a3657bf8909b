#include "tools/scenario.h"

#include <filesystem>
#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tests/tools/run_tool.h"
#include "tools/scenario_runner.h"
#include "tools/scratch_folder.h"

namespace goodstanding::tools {
namespace {

using ::goodstanding::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr char kBegin[] = "scenario: a case\nsteps:\n";

// Parses a scenario whose steps begin on line 3.
absl::StatusOr<std::vector<Scenario>> Parse(const std::string& steps) {
  return ParseScenarios("case.yaml", kBegin + steps);
}

TEST(Scenario, ReadsTheExampleOfTheFormat) {
  GS_ASSERT_OK_AND_ASSIGN(const std::vector<Scenario> scenarios, Parse(R"(
  - at: 2022-05-14
    register: {id: ana, name: Ana Roe, email: ana@example.org}
  - grant: {id: ana, credential: CPCS}
    effective: 2022-05-13
  - at: "2025-07-31 17:30"
    submit: {id: ana}
    fails: APPLICATION_NOT_OPEN
  - expect: {id: ana, standing: ACTIVE, counted: ["1.5", "1.50"], fees: {late: 0}, certified: true}
  - expect_due: {2025: [ana], 2028: []}
)"));
  ASSERT_EQ(scenarios.size(), 1);
  EXPECT_EQ(scenarios[0].title, "a case");
  const std::vector<Step>& steps = scenarios[0].steps;
  ASSERT_EQ(steps.size(), 5);
  EXPECT_EQ(steps[1].number, 2);
  EXPECT_EQ(steps[1].line, 6);
  EXPECT_EQ(FormatDate(steps[1].effective->date), "2022-05-13");
  EXPECT_EQ(steps[2].fails, "APPLICATION_NOT_OPEN");
  EXPECT_EQ(steps[2].at->minute_of_day, 17 * 60 + 30);
  EXPECT_THAT(std::get<Expectation>(steps[3].action).figures,
              ElementsAre(Pair("standing", "ACTIVE"), Pair("certified", "true"),
                          Pair("counted.total", "1.50"), Pair("counted.approved", "1.50"),
                          Pair("fees.late", "0.00")));
  EXPECT_THAT(std::get<DueExpectation>(steps[4].action).by_year,
              ElementsAre(Pair(2025, ElementsAre("ana")), Pair(2028, ElementsAre())));
}

TEST(Scenario, APaymentIsEffectiveWhenItIsReceived) {
  GS_ASSERT_OK_AND_ASSIGN(const std::vector<Scenario> scenarios, Parse(R"(
  - pay: {id: a, ref: p, amount: "200.00", method: CHECK, dated: 2025-11-30, received: 2025-12-30}
  - pay: {id: a, ref: p, amount: 200, method: CARD, dated: 2025-11-30}
  - pay: {id: a, ref: p, amount: 200, method: CARD, dated: 2025-11-30}
    effective: 2025-12-02
)"));
  const std::vector<Step>& steps = scenarios[0].steps;
  EXPECT_EQ(FormatDate(steps[0].effective->date), "2025-12-30");
  EXPECT_EQ(FormatDate(steps[1].effective->date), "2025-11-30");
  EXPECT_EQ(FormatDate(steps[2].effective->date), "2025-12-02");
  const auto& command = std::get<AnyCommand>(steps[0].action);
  const auto& payment = std::get<api::v1::RecordPaymentRequest>(command);
  EXPECT_EQ(payment.amount().minor_units(), 20000);
  EXPECT_EQ(FormatDate(payment.dated_date()), "2025-11-30");
}

TEST(Scenario, ReadsSeveralDocuments) {
  GS_ASSERT_OK_AND_ASSIGN(
      const std::vector<Scenario> scenarios,
      ParseScenarios("f", "scenario: a\nsteps: []\n---\nscenario: b\nsteps: []\n---\n"));
  ASSERT_EQ(scenarios.size(), 2);
  EXPECT_EQ(scenarios[1].title, "b");
}

TEST(Scenario, EveryFileOfTheRepositoryReads) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(GOODSTANDING_SOURCE_DIR "/tests/scenarios")) {
    if (entry.path().extension() != ".yaml") continue;
    ++files;
    GS_EXPECT_OK(ReadScenarios(entry.path().string()));
  }
  EXPECT_GE(files, 12);
}

TEST(Scenario, AFileThatIsNotThereIsSaid) {
  EXPECT_THAT(ReadScenarios("/nonexistent.yaml"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nonexistent.yaml")));
  EXPECT_THAT(ReadScenarios("/"), StatusIs(absl::StatusCode::kNotFound));
}

// A text, and what is said about it.
struct Fault {
  const char* steps;
  const char* message;
};

TEST(Scenario, SaysWhatIsWrongAndWhere) {
  const Fault faults[] = {
      {"  - grant: {id: ana, credential: CPCS", "case.yaml:3: not valid YAML"},
      {"  - grant: {id: ana}", "case.yaml:3: grant: the field \"credential\" is missing"},
      {"  - grant: {id: ana, credential: CPCS, colour: red}",
       "case.yaml:3: grant: there is no field"},
      {"  - grant: {id: ana, id: bo, credential: CPCS}", "case.yaml:3: \"id\" stands here twice"},
      {"  - grant: [ana, CPCS]", "case.yaml:3: \"grant\" must be a mapping"},
      {"  - grant: ana", "case.yaml:3: \"grant\" must be a mapping"},
      {"  - grant: {id: [ana], credential: CPCS}", "\"id\" must be a single value"},
      {"  - grant: {id: , credential: CPCS}", "\"id\" must be a single value"},
      {"  - marry: {id: ana}",
       "case.yaml:3: step 1: there is no action \"marry\"; there are register"},
      {"  - at: 2022-05-14", "case.yaml:3: step 1: the step has no action"},
      {"  - submit: {id: a}\n    approve: {id: a}", "a step has one action"},
      {"  - submit: {id: a}\n    maybe: 1", "a step has one action"},
      {"  - just text", "case.yaml:3: \"step 1\" must be a mapping"},
      {"  - at: yesterday\n    submit: {id: a}", "case.yaml:3: step 1: \"at\" must be YYYY-MM-DD"},
      {"  - at: 2022-02-30\n    submit: {id: a}", "there is no such day"},
      {"  - at: 2022-02-02\n    submit: {id: a}\n  - at: 2022-02-01\n    submit: {id: a}",
       "case.yaml:5: step 2: the clock never goes back"},
      {"  - credit: {id: a, ref: c, kind: BOOK, completed: 2022-01-01}", "one amount is needed"},
      {"  - credit: {id: a, ref: c, kind: BOOK, completed: 2022-01-01, count: 1, minutes: 2}",
       "only one amount"},
      {"  - credit: {id: a, ref: c, kind: BOOK, completed: 2022-01-01, count: 1.5}",
       "\"count\" must be a whole number, not \"1.5\""},
      {"  - credit: {id: a, ref: c, kind: BOOK, completed: 2022-01-01, count: 1, paid: maybe}",
       "\"paid\" must be true or false, not \"maybe\""},
      {"  - pay: {id: a, ref: p, amount: lots, method: CARD, dated: 2022-01-01}",
       "\"amount\" must be a number like \"37.50\", not \"lots\""},
      {"  - pay: {id: a, ref: p, amount: 1, method: BARTER, dated: 2022-01-01}",
       "\"method\" must be one of CARD, CHECK, not \"BARTER\""},
      {"  - expect: {id: a, standing: FINE}", "there is no standing \"FINE\""},
      {"  - expect: {id: a, mood: good}", "there is no field \"mood\""},
      {"  - expect: {id: a, cycle: [2022-01-01]}", "\"cycle\" must be a list of 2 values"},
      {"  - expect: {id: a, cycle: 2022}", "\"cycle\" must be a list of 2 values"},
      {"  - expect: {id: a, fees: {parking: 1}}", "there is no fee \"parking\""},
      {"  - expect: {id: a, rules: namss-2025}", "\"rules\" must be NAME@VERSION"},
      {"  - expect: {id: a}\n    fails: X", "there is no field \"fails\""},
      {"  - expect_report: ana", "\"expect_report\" must be a list"},
      {"  - expect_due: {soon: [a]}", "\"expect_due\" must be {year: [ids]}"},
      {"  - expect_due: {2025: a}", "\"expect_due\" must be {year: [ids]}"},
      {"  - correct_rules: {name: n, years: [2025], set: {a: b}, reason: r}",
       "\"years\" must be a list of 2 values"},
      {"  - correct_rules: {name: n, years: [2025, soon], set: {a: b}, reason: r}",
       "\"years\" must be [first, last]"},
      {"  - correct_rules: {name: n, years: [2025, 2025], set: [a], reason: r}",
       "\"set\" must be a mapping"},
      {"  - correct_rules: {name: n, years: [2025, 2025], set: {a: [b]}, reason: r}",
       "\"a\" in \"set\" must be a single value"},
  };
  for (const Fault& fault : faults) {
    EXPECT_THAT(Parse(fault.steps),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(fault.message)))
        << fault.steps;
  }
}

TEST(Scenario, SaysWhatIsWrongWithTheDocument) {
  for (const char* const text :
       {"", "---\n", "just text", "[1, 2]", "steps: []", "scenario: a", "scenario: a\nsteps: {}",
        "scenario: a\nsteps: []\nmore: 1", "scenario: [a]\nsteps: []", "{[a]: b}", "\xff\xfe",
        "a: *b", "%YAML 9\n---\n", "? ? ?", "&a [*a]"}) {
    EXPECT_THAT(ParseScenarios("f", text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

// The library would read empty documents there until the memory is full.
TEST(Scenario, ATokenThatBeginsNoDocumentIsRefused) {
  for (const char* const text : {",", " ,]", ",,", ",[a]", ", - a", ", a: b", "{},", "---\n,\n",
                                 "a\n...\n,", "scenario: a\nsteps: []\n---\n, ?"}) {
    EXPECT_THAT(ParseScenarios("f", text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("f:")))
        << text;
  }
  EXPECT_THAT(ParseScenarios("f", "scenario: a\nsteps: []\n---\n,"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("f:4: not valid YAML")));
}

TEST(Scenario, DeepNestingIsRefused) {
  EXPECT_THAT(ParseScenarios("f", std::string(100'000, '[')),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ScenarioRunner, ADifferenceIsWhatComesOutUnderEachRuleSet) {
  const StepFailure late{3, 9, "standing", "ACTIVE", "LATE"};
  const StepFailure lapsed{3, 9, "standing", "ACTIVE", "LAPSED"};
  const StepFailure fee{2, 7, "fees.late", "50.00", "60.00"};
  struct Case {
    const char* why;
    std::vector<StepFailure> base;
    std::vector<StepFailure> other;
    std::string differences;
  };
  const std::vector<Case> cases = {
      {"both as expected", {}, {}, ""},
      {"as expected, and otherwise", {}, {fee}, "2 fees.late 50.00 60.00;"},
      {"fails under both, otherwise", {late}, {lapsed}, "3 standing LATE LAPSED;"},
      {"fails under both, the same", {late}, {late}, ""},
      {"holds under the other alone", {late}, {}, "3 standing LATE ACTIVE;"},
      {"by step", {late}, {fee}, "2 fees.late 50.00 60.00;3 standing LATE ACTIVE;"},
  };
  for (const Case& c : cases) {
    std::string text;
    for (const StepFailure& difference : DifferencesOf(c.base, c.other)) {
      absl::StrAppend(&text, difference.step, " ", difference.figure, " ", difference.expected, " ",
                      difference.got, ";");
    }
    EXPECT_EQ(text, c.differences) << c.why;
  }
  Scenario scenario;
  scenario.file = "f.yaml";
  scenario.title = "a case";
  EXPECT_EQ(DescribeDifferences(scenario, {fee}),
            "f.yaml:7: scenario \"a case\", step 2: fees.late: 50.00 -> 60.00\n");
}

class ScenarioCommand : public ::testing::Test {
 protected:
  ScenarioCommand() {
    folder_ = *ScratchFolder::Create();
    Write("case.yaml", R"(scenario: a late fee
steps:
  - at: 2022-05-14
    register: {id: ana, name: Ana Roe, email: ana@example.org}
  - grant: {id: ana, credential: CPCS}
  - at: 2025-12-10
    expect: {id: ana, standing: LATE, fees: {late: 50}}
)");
    std::string draft = ReadFile(GOODSTANDING_RULES_FILE);
    draft.replace(draft.find("late: \"50.00\""), 13, "late: \"60.00\"");
    Write("draft.textproto", draft);
  }

  std::string Path(const std::string& name) const { return folder_->path() + "/" + name; }

 private:
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(Path(name)) << text;
  }

  std::unique_ptr<ScratchFolder> folder_;
};

TEST_F(ScenarioCommand, ShowsWhatComesOutDifferentlyUnderADraft) {
  const Outcome outcome =
      RunWith({"scenario", Path("case.yaml"), "--rules", Path("draft.textproto")});
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_THAT(outcome.out, HasSubstr("step 3: fees.late: 50.00 -> 60.00\n"));
  EXPECT_THAT(outcome.out, HasSubstr("1 scenarios, 3 steps, 0 failures"));
  EXPECT_THAT(outcome.out, HasSubstr("1 scenarios come out differently under "));
}

TEST_F(ScenarioCommand, CasesHoldUnderTheRulesThatTheyAreWrittenFor) {
  const Outcome outcome =
      RunWith({"scenario", Path("case.yaml"), "--base", Path("draft.textproto")});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("step 3: fees.late: expected 50.00, got 60.00\n"));
  EXPECT_EQ(RunWith({"scenario", Path("case.yaml"), "--rules", Path("none")}).code, 2);
}

}  // namespace
}  // namespace goodstanding::tools
