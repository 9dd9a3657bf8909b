#include "tools/command_line.h"
#include "tools/person_text.h"
#include "tools/question.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding deadlines ana\n"
    "  goodstanding deadlines ana --as-of 2025-08-01    what is ahead from that day on";

void AddOptions(Command& command, Question& question) { AddQuestion(command, question); }

int Run(const Question& question) {
  return Ask(question, &api::v1::QueryService::Stub::GetDeadlines, api::v1::GetDeadlinesRequest(),
             &DeadlinesText);
}

}  // namespace

void AddDeadlinesCommand(Commands& commands) {
  commands.Add("deadlines", "What is due or expected next for a certificant, and when", kExamples,
               &AddOptions, &Run);
}

}  // namespace goodstanding::tools
