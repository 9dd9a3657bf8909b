// The tool's commands. Each file NAME_command.cc adds its own; none does anything before the whole
// command line was understood.
//
// Exit codes: 0 done, 1 refused or not as expected, 2 wrong use or input, 3 no server there, 4 a
// log contradicts itself.
#ifndef GOODSTANDING_TOOLS_COMMAND_LINE_H_
#define GOODSTANDING_TOOLS_COMMAND_LINE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// The library's header costs seconds wherever it is included; only command_line.cc does.
namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace goodstanding::tools {

inline constexpr int kExitRefused = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitUnreachable = 3;
inline constexpr int kExitInconsistent = 4;
// Of the server alone: its data folder is in use, or of a newer program; its bytes are damaged.
inline constexpr int kExitDataInUse = 3;
inline constexpr int kExitDataDamaged = 4;

// What the chosen command does, once; returns the exit code.
using Action = std::function<int()>;

// An option or a positional argument of a command; a handle. Whoever breaks what is said here gets
// a sentence and the exit code of wrong use.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  // Has to be given.
  Option Required() const;
  // A number of at least `first`, or of `first` to `last`; inclusive.
  Option AtLeast(int64_t first) const;
  Option Between(int64_t first, int64_t last) const;
  // Not together with the other one.
  Option Excludes(Option other) const;
  Option Excludes(const std::string& name) const;
  // Only together with the other one.
  Option Needs(Option other) const;
  // Of an option that can be repeated: each time with one value.
  Option OneValueEach() const;
  // Where it is not given, the environment's value stands.
  Option FromEnvironment(const std::string& variable) const;
  // Help tells the value that it has now.
  Option ShowDefault() const;

 private:
  CLI::Option* option_;
};

// A command while its options are added; the variables live until it is done. A name begins with
// "--", or is that of a positional argument.
class Command {
 public:
  explicit Command(CLI::App& app) : app_(app) {}

  Option Add(const std::string& name, std::string& value, const std::string& what);
  Option Add(const std::string& name, int& value, const std::string& what);
  Option Add(const std::string& name, int64_t& value, const std::string& what);
  Option Add(const std::string& name, uint64_t& value, const std::string& what);
  Option Add(const std::string& name, std::optional<uint64_t>& value, const std::string& what);
  // Takes several values.
  Option Add(const std::string& name, std::vector<std::string>& values, const std::string& what);
  Option AddFlag(const std::string& name, bool& value, const std::string& what);

  // A part of the command's options, exactly one of which has to be given.
  Command AddOneOf(const std::string& name, const std::string& what);

 private:
  CLI::App& app_;
};

// The commands of the tool, or of a group of them.
class Commands {
 public:
  Commands(CLI::App& app, Action& action) : app_(app), action_(action) {}

  // Adds a command. Its options are kept in an Options of its own, which `add_options` ties to the
  // command line, and `run` gets once everything was understood.
  template <typename Options>
  void Add(const std::string& name, const std::string& what, const std::string& examples,
           void (*add_options)(Command&, Options&), int (*run)(const Options&)) {
    const auto options = std::make_shared<Options>();
    Command command = AddCommand(name, what, examples, [options, run] { return run(*options); });
    add_options(command, *options);
  }

  // Adds a group, one of whose commands has to be given.
  Commands AddGroup(const std::string& name, const std::string& what, const std::string& examples);

 private:
  Command AddCommand(const std::string& name, const std::string& what, const std::string& examples,
                     Action run);

  CLI::App& app_;
  Action& action_;
};

void AddBackupCommand(Commands& commands);
void AddRestoreCommand(Commands& commands);
void AddDemoCommand(Commands& commands);
void AddImportCommand(Commands& commands);
void AddServeCommand(Commands& commands);
void AddSimulateCommand(Commands& commands);
void AddScenarioCommand(Commands& commands);
void AddStandingCommand(Commands& commands);
void AddErasureCommand(Commands& commands);
void AddExplainCommand(Commands& commands);
void AddTranscriptCommand(Commands& commands);
void AddAccountCommand(Commands& commands);
void AddDeadlinesCommand(Commands& commands);
void AddTimelineCommand(Commands& commands);
void AddCertificantCommand(Commands& commands);
void AddCheckpointCommand(Commands& commands);
void AddLetterCommand(Commands& commands);
void AddProveCommand(Commands& commands);
void AddRotateKeyCommand(Commands& commands);
void AddGateCommands(Commands& commands);
void AddWitnessCommand(Commands& commands);
void AddReconcileCommand(Commands& commands);
void AddReplayCommand(Commands& commands);
void AddReportCommand(Commands& commands);
void AddDossierCommand(Commands& commands);
void AddDueCommand(Commands& commands);
void AddHistoryCommand(Commands& commands);
void AddAnnulCommand(Commands& commands);
void AddDisputeCommands(Commands& commands);
void AddEvidenceCommands(Commands& commands);
void AddAuditCommands(Commands& commands);
void AddMergeCommands(Commands& commands);
void AddWatchCommand(Commands& commands);
void AddStatusCommand(Commands& commands);
void AddRulesCommand(Commands& commands);
void AddRulesPreviewCommand(Commands& rules);
void AddRulesCorrectCommand(Commands& rules);
void AddRulesReconsiderCommand(Commands& rules);
void AddVerifyCommand(Commands& commands);
void AddVerifyProofCommand(Commands& commands);
void AddViewsCommand(Commands& commands);
void AddConfigCommand(Commands& commands);

// Parses the command line and does what it says. Returns the exit code.
int RunTool(int argc, const char* const* argv);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_COMMAND_LINE_H_
