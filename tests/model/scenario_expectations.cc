// The expectations of a scenario, compared with the model's answers.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "tests/model/model_accounts.h"
#include "tests/model/scenario_player.h"
#include "tests/model/scenario_yaml.h"

namespace goodstanding::model {

void ScenarioPlayer::Compare(const std::string& what, const YAML::Node& wanted,
                             const std::string& got) {
  if (!wanted || Text(wanted) == got) return;
  faults_.push_back(absl::StrCat(where_, ": ", what, " is ", got, ", expected ", Text(wanted)));
}

void ScenarioPlayer::Expect(const YAML::Node& fields) {
  ++compared_;
  const ModelAnswer answer = AnswerQuestion(log_, Question(Text(fields["id"]), fields));
  ExpectStanding(fields, answer);
  ExpectAmounts(fields, answer);
  ExpectCredits(fields, answer);
}

void ScenarioPlayer::ExpectStanding(const YAML::Node& fields, const ModelAnswer& answer) {
  const auto flag = [](bool value) { return std::string(value ? "true" : "false"); };
  Compare("standing", fields["standing"], answer.standing);
  Compare("certified", fields["certified"], flag(answer.certified));
  Compare("level", fields["level"], answer.level);
  Compare("renewed", fields["renewed"], flag(answer.renewed));
  Compare("complete", fields["complete"], flag(answer.complete));
  if (!fields["cycle"]) return;
  Compare("cycle start", fields["cycle"][0], absl::FormatCivilTime(answer.cycle_start));
  Compare("cycle end", fields["cycle"][1], absl::FormatCivilTime(answer.cycle_end));
}

void ScenarioPlayer::ExpectAmounts(const YAML::Node& fields, const ModelAnswer& answer) {
  if (fields["requirement"]) {
    Compare("total required", fields["requirement"][0], FormatHundredths(answer.requirement.total));
    Compare("approved required", fields["requirement"][1],
            FormatHundredths(answer.requirement.approved));
  }
  if (fields["counted"]) {
    Compare("total counted", fields["counted"][0], FormatHundredths(answer.counted.total));
    Compare("approved counted", fields["counted"][1], FormatHundredths(answer.counted.approved));
  }
  if (fields["fees"]) {
    const YAML::Node& fees = fields["fees"];
    Compare("recertification fee", fees["recertification"],
            FormatHundredths(answer.fees.recertification));
    Compare("late fee", fees["late"], FormatHundredths(answer.fees.late));
    Compare("extension fee", fees["extension"], FormatHundredths(answer.fees.extension));
    Compare("reinstatement fee", fees["reinstatement"],
            FormatHundredths(answer.fees.reinstatement));
  }
  Compare("paid", fields["paid"], FormatHundredths(answer.paid));
  Compare("balance", fields["balance"], FormatHundredths(answer.balance));
  Compare("arrears", fields["arrears"], FormatHundredths(answer.arrears));
}

void ScenarioPlayer::ExpectCredits(const YAML::Node& fields, const ModelAnswer& answer) {
  for (const auto& entry : fields["credit"]) {
    const std::string reference = entry.first.as<std::string>();
    const auto found = answer.credits.find(reference);
    std::string got = "unknown";
    if (found != answer.credits.end()) {
      got = found->second.reason.empty() ? FormatHundredths(found->second.earned)
                                         : found->second.reason;
    }
    Compare("credit " + reference, entry.second, got);
  }
}

void ScenarioPlayer::ExpectReport(const YAML::Node& ids, const YAML::Node& step) {
  ++compared_;
  std::string wanted;
  for (const YAML::Node& id : ids) absl::StrAppend(&wanted, Text(id), " ");
  std::string got;
  for (const std::string& id : ids_) {
    const ModelQuestion question = Question(id, step);
    if (AnswererOf(log_, question, id) != id) continue;
    if (AnswerQuestion(log_, question).certified) absl::StrAppend(&got, id, " ");
  }
  Compare("report", YAML::Node(wanted), got);
}

// Section 9: the current cycle ends in the year, is not renewed, and still can be.
void ScenarioPlayer::ExpectDue(const YAML::Node& years) {
  ++compared_;
  for (const auto& entry : years) {
    std::string wanted;
    for (const YAML::Node& id : entry.second) absl::StrAppend(&wanted, Text(id), " ");
    std::string got;
    for (const std::string& id : ids_) {
      if (AnswererOf(log_, {}, id) != id) continue;
      const ModelAnswer answer = AnswerQuestion(log_, Question(id, YAML::Node()));
      const bool can_be_renewed = answer.standing != "NOT_CERTIFIED" &&
                                  answer.standing != "EXPIRED" && answer.standing != "REVOKED" &&
                                  answer.standing != "SURRENDERED";
      if (can_be_renewed && !answer.renewed && answer.cycle_end.year() == entry.first.as<int>()) {
        absl::StrAppend(&got, id, " ");
      }
    }
    Compare("due in " + entry.first.as<std::string>(), YAML::Node(wanted), got);
  }
}

}  // namespace goodstanding::model
