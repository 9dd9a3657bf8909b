#include "tools/command_line.h"
#include "tools/person_text.h"
#include "tools/question.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding timeline ana\n"
    "  goodstanding timeline ana --known-at 2026-01-15    as it was known then\n"
    "\n"
    "The last interval is open: it holds until something is recorded.";

void AddOptions(Command& command, Question& question) {
  AddQuestion(command, question, PerspectiveParts{.day = false});
}

int Run(const Question& question) {
  return Ask(question, &api::v1::QueryService::Stub::GetTimeline, api::v1::GetTimelineRequest(),
             &TimelineText);
}

}  // namespace

void AddTimelineCommand(Commands& commands) {
  commands.Add("timeline", "Every interval of a certificant's standing", kExamples, &AddOptions,
               &Run);
}

}  // namespace goodstanding::tools
