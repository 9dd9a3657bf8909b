#include "tools/command_line.h"
#include "tools/person_text.h"
#include "tools/question.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding explain ana --as-of 2026-01-01\n"
    "  goodstanding explain ana --as-of 2025-12-31 --known-at 2026-01-15   as it was known then\n"
    "  goodstanding explain ana --rules namss-2025@1                       under earlier rules\n"
    "\n"
    "In brackets below each reason: its code, the events that it rests on (goodstanding history\n"
    "ana shows them), and the heading of the published page that the rule comes from.";

void AddOptions(Command& command, Question& question) { AddQuestion(command, question); }

int Run(const Question& question) {
  return Ask(question, &api::v1::QueryService::Stub::ExplainStanding,
             api::v1::ExplainStandingRequest(), &ExplanationText);
}

}  // namespace

void AddExplainCommand(Commands& commands) {
  commands.Add("explain", "A certificant's standing with its reasons, line by line", kExamples,
               &AddOptions, &Run);
}

}  // namespace goodstanding::tools
