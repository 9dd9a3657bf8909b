#include "tools/question.h"

namespace goodstanding::tools {

void AddQuestion(Command& command, Question& question, PerspectiveParts parts) {
  command.Add("ID", question.certificant_id, "The certificant's id").Required();
  AddPerspective(command, question.perspective, parts);
  AddConnection(command, question.connection);
}

absl::Status ReadQuestion(const Question& question, const Client& client,
                          std::string& certificant_id, api::v1::Perspective& perspective) {
  certificant_id = question.certificant_id;
  GS_ASSIGN_OR_RETURN(const auto zone, services::BoardTime::Load(question.connection.time_zone));
  GS_ASSIGN_OR_RETURN(perspective, ReadPerspective(question.perspective, zone));
  if (!perspective.has_rule_set() || perspective.rule_set().version() > 0) return absl::OkStatus();
  GS_ASSIGN_OR_RETURN(*perspective.mutable_rule_set(),
                      FindRuleSetVersion(question.perspective.rules, client));
  return absl::OkStatus();
}

}  // namespace goodstanding::tools
