#include "tools/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"

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

void AddCommands(Commands& commands) {
  AddDemoCommand(commands);
  AddImportCommand(commands);
  AddServeCommand(commands);
  AddScenarioCommand(commands);
  AddStandingCommand(commands);
  AddErasureCommand(commands);
  AddExplainCommand(commands);
  AddTranscriptCommand(commands);
  AddAccountCommand(commands);
  AddDeadlinesCommand(commands);
  AddTimelineCommand(commands);
  AddCertificantCommand(commands);
  AddReconcileCommand(commands);
  AddReplayCommand(commands);
  AddDossierCommand(commands);
  AddLetterCommand(commands);
  AddReportCommand(commands);
  AddDueCommand(commands);
  AddHistoryCommand(commands);
  AddAnnulCommand(commands);
  AddDisputeCommands(commands);
  AddEvidenceCommands(commands);
  AddAuditCommands(commands);
  AddMergeCommands(commands);
  AddWatchCommand(commands);
  AddStatusCommand(commands);
  AddViewsCommand(commands);
  AddSimulateCommand(commands);
  AddBackupCommand(commands);
  AddRestoreCommand(commands);
  AddRulesCommand(commands);
  AddVerifyCommand(commands);
  AddVerifyProofCommand(commands);
  AddCheckpointCommand(commands);
  AddProveCommand(commands);
  AddWitnessCommand(commands);
  AddRotateKeyCommand(commands);
  AddConfigCommand(commands);
  AddGateCommands(commands);
}

}  // namespace

Option Option::Required() const {
  option_->required();
  return *this;
}

Option Option::AtLeast(int64_t first) const {
  option_->check([first](const std::string& text) {
    int64_t value = 0;
    const bool fits = CLI::detail::lexical_cast(text, value) && value >= first;
    return fits ? std::string()
                : absl::StrCat("must be a number of at least ", first, ", not ", text);
  });
  return *this;
}

Option Option::Between(int64_t first, int64_t last) const {
  option_->check(CLI::Range(first, last));
  return *this;
}

Option Option::Excludes(Option other) const {
  option_->excludes(other.option_);
  return *this;
}

Option Option::Excludes(const std::string& name) const {
  option_->excludes(name);
  return *this;
}

Option Option::Needs(Option other) const {
  option_->needs(other.option_);
  return *this;
}

Option Option::OneValueEach() const {
  option_->allow_extra_args(false);
  return *this;
}

Option Option::FromEnvironment(const std::string& variable) const {
  option_->envname(variable);
  return *this;
}

Option Option::ShowDefault() const {
  option_->capture_default_str();
  return *this;
}

Option Command::Add(const std::string& name, std::string& value, const std::string& what) {
  return Option(app_.add_option(name, value, what));
}

Option Command::Add(const std::string& name, int& value, const std::string& what) {
  return Option(app_.add_option(name, value, what));
}

Option Command::Add(const std::string& name, int64_t& value, const std::string& what) {
  return Option(app_.add_option(name, value, what));
}

Option Command::Add(const std::string& name, uint64_t& value, const std::string& what) {
  return Option(app_.add_option(name, value, what));
}

Option Command::Add(const std::string& name, std::optional<uint64_t>& value,
                    const std::string& what) {
  return Option(app_.add_option(name, value, what));
}

Option Command::Add(const std::string& name, std::vector<std::string>& values,
                    const std::string& what) {
  return Option(app_.add_option(name, values, what));
}

Option Command::AddFlag(const std::string& name, bool& value, const std::string& what) {
  return Option(app_.add_flag(name, value, what));
}

Command Command::AddOneOf(const std::string& name, const std::string& what) {
  CLI::App& group = *app_.add_option_group(name, what);
  group.require_option(1);
  return Command(group);
}

Command Commands::AddCommand(const std::string& name, const std::string& what,
                             const std::string& examples, Action run) {
  CLI::App& command = *app_.add_subcommand(name, what);
  if (!examples.empty()) command.footer("Examples:\n" + examples);
  command.callback([&action = action_, run = std::move(run)] { action = run; });
  return Command(command);
}

Commands Commands::AddGroup(const std::string& name, const std::string& what,
                            const std::string& examples) {
  CLI::App& group = *app_.add_subcommand(name, what);
  group.footer("Examples:\n" + examples);
  group.require_subcommand(1);
  return {group, action_};
}

int RunTool(int argc, const char* const* argv) {
  CLI::App app(kAbout, "goodstanding");
  app.footer(kFirstSteps);
  app.require_subcommand(1);
  Action action;
  Commands commands(app, action);
  AddCommands(commands);
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
