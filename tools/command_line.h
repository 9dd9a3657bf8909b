// The tool's commands. Each file NAME_command.cc adds its own; none does anything before the whole
// command line was understood.
//
// Exit codes: 0 done, 1 refused or not as expected, 2 wrong use or input, 3 no server there, 4 a
// log contradicts itself.
#ifndef GOODSTANDING_TOOLS_COMMAND_LINE_H_
#define GOODSTANDING_TOOLS_COMMAND_LINE_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

namespace goodstanding::tools {

inline constexpr int kExitRefused = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitUnreachable = 3;
inline constexpr int kExitInconsistent = 4;

// What the chosen command does, once; returns the exit code.
using Action = std::function<int()>;

// Adds a command. Its options are kept in an Options of its own, which `add_options` ties to the
// command line, and `run` gets once everything was understood.
template <typename Options>
void AddCommand(CLI::App& app, Action& action, const std::string& name, const std::string& what,
                const std::string& examples, void (*add_options)(CLI::App&, Options&),
                int (*run)(const Options&)) {
  CLI::App* const command = app.add_subcommand(name, what);
  if (!examples.empty()) command->footer("Examples:\n" + examples);
  const auto options = std::make_shared<Options>();
  add_options(*command, *options);
  command->callback([&action, options, run] { action = [options, run] { return run(*options); }; });
}

void AddBackupCommand(CLI::App& app, Action& action);
void AddRestoreCommand(CLI::App& app, Action& action);
void AddDemoCommand(CLI::App& app, Action& action);
void AddImportCommand(CLI::App& app, Action& action);
void AddServeCommand(CLI::App& app, Action& action);
void AddScenarioCommand(CLI::App& app, Action& action);
void AddStandingCommand(CLI::App& app, Action& action);
void AddExplainCommand(CLI::App& app, Action& action);
void AddTranscriptCommand(CLI::App& app, Action& action);
void AddAccountCommand(CLI::App& app, Action& action);
void AddDeadlinesCommand(CLI::App& app, Action& action);
void AddTimelineCommand(CLI::App& app, Action& action);
void AddCertificantCommand(CLI::App& app, Action& action);
void AddCheckpointCommand(CLI::App& app, Action& action);
void AddProveCommand(CLI::App& app, Action& action);
void AddRotateKeyCommand(CLI::App& app, Action& action);
void AddWitnessCommand(CLI::App& app, Action& action);
void AddReportCommand(CLI::App& app, Action& action);
void AddDueCommand(CLI::App& app, Action& action);
void AddHistoryCommand(CLI::App& app, Action& action);
void AddStatusCommand(CLI::App& app, Action& action);
void AddRulesCommand(CLI::App& app, Action& action);
void AddRulesPreviewCommand(CLI::App& rules, Action& action);
void AddRulesCorrectCommand(CLI::App& rules, Action& action);
void AddVerifyCommand(CLI::App& app, Action& action);
void AddVerifyProofCommand(CLI::App& app, Action& action);

// Parses the command line and does what it says. Returns the exit code.
int RunTool(int argc, const char* const* argv);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_COMMAND_LINE_H_
