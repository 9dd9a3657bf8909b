#include "tools/command_line.h"
#include "tools/person_text.h"
#include "tools/question.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding standing ana                            today, by everything known\n"
    "  goodstanding standing ana --as-of 2026-01-01         at the end of that day\n"
    "  goodstanding standing ana --as-of 2025-12-31 --known-at \"2026-02-01 09:00\"\n"
    "                                                       what the board could know then\n"
    "  goodstanding standing ana --rules namss-2025@1       under the rules before a correction\n"
    "  goodstanding standing ana --json | jq .answer.balance\n"
    "\n"
    "For the reasons ask: goodstanding explain ana";

void AddOptions(Command& command, Question& question) { AddQuestion(command, question); }

int Run(const Question& question) {
  return Ask(question, &api::v1::QueryService::Stub::GetStanding, api::v1::GetStandingRequest(),
             &StandingText);
}

}  // namespace

void AddStandingCommand(Commands& commands) {
  commands.Add("standing", "Where a certificant stands on a day", kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
