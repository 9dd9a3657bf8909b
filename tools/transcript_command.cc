#include "tools/command_line.h"
#include "tools/person_text.h"
#include "tools/question.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding transcript ana\n"
    "  goodstanding transcript ana --cycle 2022         as judged for the cycle that ended in "
    "2022\n"
    "  goodstanding transcript ana --json | jq -r '.entries[] | [.reference, .reason] | @tsv'\n"
    "\n"
    "A record that earned nothing says why: NOT_DOCUMENTED, OUTSIDE_CYCLE, DUPLICATE and so on.";

struct TranscriptOptions {
  Question question;
  int cycle_end_year = 0;
};

void AddOptions(Command& command, TranscriptOptions& options) {
  AddQuestion(command, options.question);
  command
      .Add("--cycle", options.cycle_end_year,
           "Judge the records for the cycle that ends in this year (default: the current "
           "one)")
      .Between(1900, 9999);
}

int Run(const TranscriptOptions& options) {
  api::v1::GetTranscriptRequest request;
  request.set_cycle_end_year(options.cycle_end_year);
  return Ask(options.question, &api::v1::QueryService::Stub::GetTranscript, request,
             &TranscriptText);
}

}  // namespace

void AddTranscriptCommand(Commands& commands) {
  commands.Add("transcript", "Every credit record with what it earned, or the reason why not",
               kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
