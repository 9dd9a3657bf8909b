#include "tools/command_line.h"

#include <cstdio>
#include <exception>

namespace goodstanding::tools {
namespace {

constexpr char kAbout[] =
    "Goodstanding: the system of record of a certification board.\n"
    "Who holds a credential, in what standing, until when, and why.";

constexpr char kFirstSteps[] =
    "First steps:\n"
    "  goodstanding demo                                a guided tour on data of its own\n"
    "  goodstanding serve --data DIR                    run the server\n"
    "  goodstanding explain ana --as-of 2026-01-01      a standing with its reasons\n"
    "  goodstanding scenario tests/scenarios/*.yaml     try cases against the rules\n"
    "Each command has help of its own: goodstanding COMMAND --help";

void AddCommands(CLI::App& app, Action& action) {
  AddDemoCommand(app, action);
  AddImportCommand(app, action);
  AddServeCommand(app, action);
  AddScenarioCommand(app, action);
  AddStandingCommand(app, action);
  AddExplainCommand(app, action);
  AddTranscriptCommand(app, action);
  AddAccountCommand(app, action);
  AddDeadlinesCommand(app, action);
  AddTimelineCommand(app, action);
  AddCertificantCommand(app, action);
  AddReportCommand(app, action);
  AddDueCommand(app, action);
  AddHistoryCommand(app, action);
  AddStatusCommand(app, action);
  AddBackupCommand(app, action);
  AddRestoreCommand(app, action);
  AddRulesCommand(app, action);
  AddVerifyCommand(app, action);
  AddVerifyProofCommand(app, action);
  AddCheckpointCommand(app, action);
  AddProveCommand(app, action);
  AddWitnessCommand(app, action);
  AddRotateKeyCommand(app, action);
}

}  // namespace

int RunTool(int argc, const char* const* argv) {
  CLI::App app(kAbout, "goodstanding");
  app.footer(kFirstSteps);
  app.require_subcommand(1);
  Action action;
  AddCommands(app, action);
  // The library throws; nothing of that passes this function.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return kExitUsage;
  }
  const int code = action();
  // What could not be printed was not done.
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    std::fputs("Standard output cannot be written.\n", stderr);
    return code == 0 ? kExitRefused : code;
  }
  return code;
}

}  // namespace goodstanding::tools
