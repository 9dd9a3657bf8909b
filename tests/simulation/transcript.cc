#include "tests/simulation/transcript.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace goodstanding::simulation {
namespace {

// "credit" of {"credit.c1", "credit.c2", "paid"} is {c1: …, c2: …}.
std::string Group(const Answer& answer, const std::string& name) {
  std::vector<std::string> entries;
  for (const auto& [figure, value] : answer) {
    if (!absl::StartsWith(figure, name + ".")) continue;
    entries.push_back(absl::StrCat(absl::StripPrefix(figure, name + "."), ": ", value));
  }
  if (entries.empty()) return "";
  return absl::StrCat(", ", name, ": {", absl::StrJoin(entries, ", "), "}");
}

}  // namespace

void Transcript::AddStep(const Step& step, const std::string& fails) {
  absl::StrAppend(&steps_, ToYaml(step, fails));
}

void Transcript::AddExpectation(const Question& question, const Answer& wanted) {
  absl::StrAppend(&steps_, "  - expect: {id: ", question.certificant, ", ", ToYaml(question, ", "));
  for (const auto& [figure, value] : wanted) {
    if (!absl::StrContains(figure, ".")) absl::StrAppend(&steps_, ", ", figure, ": ", value);
  }
  absl::StrAppend(&steps_, Group(wanted, "fees"), Group(wanted, "credit"), "}\n");
}

void Transcript::AddReport(const Question& question, const std::vector<std::string>& ids) {
  absl::StrAppend(&steps_, "  - expect_report: [", absl::StrJoin(ids, ", "), "]\n    ",
                  ToYaml(question, "\n    "), "\n");
}

void Transcript::AddDue(int year, const std::vector<std::string>& ids) {
  absl::StrAppend(&steps_, "  - expect_due: {", year, ": [", absl::StrJoin(ids, ", "), "]}\n");
}

std::string Transcript::Text() const {
  return absl::StrCat("scenario: generated\nsteps:\n", steps_);
}

}  // namespace goodstanding::simulation
