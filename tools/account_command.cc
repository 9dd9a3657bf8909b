#include "tools/command_line.h"
#include "tools/person_text.h"
#include "tools/question.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding account ana\n"
    "  goodstanding account ana --as-of 2025-12-01      fees and payments as of that day\n"
    "\n"
    "Fees of a renewed cycle were fixed by its approval; those of an open one can still change.";

void AddOptions(Command& command, Question& question) { AddQuestion(command, question); }

int Run(const Question& question) {
  return Ask(question, &api::v1::QueryService::Stub::GetAccount, api::v1::GetAccountRequest(),
             &AccountText);
}

}  // namespace

void AddAccountCommand(Commands& commands) {
  commands.Add("account", "A certificant's fees and payments, renewal by renewal", kExamples,
               &AddOptions, &Run);
}

}  // namespace goodstanding::tools
