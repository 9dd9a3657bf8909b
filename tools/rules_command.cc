#include <google/protobuf/text_format.h>

#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "domain/figures.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/list_text.h"
#include "tools/output.h"
#include "tools/rule_files.h"
#include "tools/rule_source.h"
#include "tools/rules_text.h"

namespace goodstanding::tools {
namespace {

using RulebookStub = api::v1::RulebookService::Stub;

constexpr char kExamples[] =
    "  goodstanding rules validate draft.textproto          before it is published\n"
    "  goodstanding rules show                              every version that was published\n"
    "  goodstanding rules show namss-2025                   its figures, with the paths of --set\n"
    "  goodstanding rules preview namss-2025 --years 2025-2027 --set fees.late=60.00\n"
    "  goodstanding rules correct namss-2025 --years 2025-2027 --set fees.late=60.00 \\\n"
    "      --reason \"the page was misread\" --authority \"Certification Commission\"\n"
    "  goodstanding rules diff namss-2025@1 namss-2025@2";

// Validate.

constexpr char kValidateExamples[] =
    "  goodstanding rules validate draft.textproto\n"
    "\n"
    "Needs no server. Every fault is named at once, as FILE: PATH: what is wrong and what would "
    "be\n"
    "accepted. Exit codes: 0 valid, 1 not valid, 2 the file cannot be read as a rule set.";

struct ValidateOptions {
  std::string file;
  bool json = false;
};

void AddValidateOptions(Command& command, ValidateOptions& options) {
  command.Add("FILE", options.file, "Rule set file (protobuf text)").Required();
  command.AddFlag("--json", options.json, "Print the faults as JSON");
}

int RunValidate(const ValidateOptions& options) {
  const absl::StatusOr<type::v1::RuleSet> rules = ReadRules(options.file);
  if (!rules.ok()) return Fail(rules.status());
  api::v1::ValidateRuleSetResponse response;
  for (const std::string& fault : domain::ValidateRuleSet(*rules)) response.add_faults(fault);
  if (options.json) {
    std::fputs(ToJson(response).c_str(), stdout);
  } else {
    for (const std::string& fault : response.faults()) {
      absl::PrintF("%s: %s\n", options.file, Printable(fault));
    }
    if (response.faults().empty()) {
      absl::PrintF("%s: %s is valid\n", options.file, rules->name());
    }
  }
  return response.faults().empty() ? 0 : kExitRefused;
}

// Show.

constexpr char kShowExamples[] =
    "  goodstanding rules show                             every version of every rule set\n"
    "  goodstanding rules show namss-2025 --year 2026      what holds for cycles that end in 2026\n"
    "  goodstanding rules show namss-2025@1 --year 2026    the same before it was corrected\n"
    "  goodstanding rules show namss-2025 --year 2026 --text > draft.textproto\n"
    "                                                      a file to edit, preview and correct "
    "from";

struct ShowOptions {
  Connection connection;
  std::string rules;
  int year = 0;
  bool text = false;
};

void AddShowOptions(Command& command, ShowOptions& options) {
  const Option rules =
      command.Add("RULES", options.rules, "NAME or NAME@VERSION (default: list all versions)");
  command
      .Add("--year", options.year,
           "With the corrections for cycles that end in this year (default: as published)")
      .Between(kFirstYear, kLastYear)
      .Needs(rules);
  AddConnection(command, options.connection);
  command.AddFlag("--text", options.text, "Print a rule set file").Needs(rules).Excludes("--json");
}

absl::Status ShowRevisions(const ShowOptions& options, const Client& client) {
  GS_ASSIGN_OR_RETURN(const auto revisions, ListRevisions("", client));
  const std::string text =
      options.connection.json ? JsonLines(revisions) : RevisionsText(revisions, StdoutStyle());
  std::fputs(text.c_str(), stdout);
  return absl::OkStatus();
}

std::string TextForm(const type::v1::RuleSet& rules) {
  std::string text;
  google::protobuf::TextFormat::PrintToString(rules, &text);
  return absl::StrCat(
      "# proto-file: proto/goodstanding/type/v1/rule_set.proto\n"
      "# proto-message: goodstanding.type.v1.RuleSet\n\n",
      text);
}

// Figures first; where they are those that were published, the corrections since.
absl::StatusOr<std::string> RulesText(const ShowOptions& options, const Client& client,
                                      const api::v1::GetRuleSetResponse& response) {
  const std::string& name = response.rule_set().name();
  const Style style = StdoutStyle();
  std::string text =
      absl::StrCat(name, "@", response.version(), ", ",
                   options.year == 0 ? "as published" : absl::StrCat("for ", options.year), ":\n\n",
                   FiguresText(response.rule_set(), style));
  if (options.year != 0 || response.version() == 1) return text;
  GS_ASSIGN_OR_RETURN(auto revisions, ListRevisions(name, client));
  std::erase_if(revisions, [&](const api::v1::RuleSetRevision& revision) {
    return revision.changes().empty() || revision.rule_set().version() > response.version();
  });
  absl::StrAppend(&text, "\nCorrected since (--year YEAR shows them applied):\n\n",
                  RevisionsText(revisions, style));
  return text;
}

absl::Status ShowRules(const ShowOptions& options) {
  const Client client = Connect(options.connection);
  if (options.rules.empty()) return ShowRevisions(options, client);
  GS_ASSIGN_OR_RETURN(const auto version, ReadRuleSetVersion(options.rules));
  api::v1::GetRuleSetRequest request;
  request.set_name(version.name());
  request.set_version(version.version());
  request.set_year(options.year);
  api::v1::GetRuleSetResponse response;
  GS_RETURN_IF_ERROR(
      FromCall(Call(client.rulebook(), &RulebookStub::GetRuleSet, request, response)));
  std::string text;
  if (options.connection.json) {
    text = ToJson(response);
  } else if (options.text) {
    text = TextForm(response.rule_set());
  } else {
    GS_ASSIGN_OR_RETURN(text, RulesText(options, client, response));
  }
  std::fputs(text.c_str(), stdout);
  return absl::OkStatus();
}

int RunShow(const ShowOptions& options) { return Finish(ShowRules(options), options.connection); }

// Diff.

constexpr char kDiffExamples[] =
    "  goodstanding rules diff namss-2025@1 namss-2025@2        what a correction replaced\n"
    "  goodstanding rules diff namss-2025 draft.textproto       what a draft would change\n"
    "  goodstanding rules diff old.textproto new.textproto      two files; needs no server\n"
    "\n"
    "A and B are each a file, or NAME or NAME@VERSION as published. Corrections hold for some\n"
    "years, so differences stand under the years of which they are true. Exit code 0 either way.";

struct DiffOptions {
  Connection connection;
  std::string before;
  std::string after;
};

void AddDiffOptions(Command& command, DiffOptions& options) {
  command.Add("A", options.before, "File, NAME or NAME@VERSION").Required();
  command.Add("B", options.after, "File, NAME or NAME@VERSION").Required();
  AddConnection(command, options.connection);
}

absl::Status Diff(const DiffOptions& options) {
  const Client client = Connect(options.connection);
  GS_ASSIGN_OR_RETURN(const RuleSource before, ReadSource(options.before, client));
  GS_ASSIGN_OR_RETURN(const RuleSource after, ReadSource(options.after, client));
  const std::vector<YearsDifference> differences = CompareSources(before, after);
  const std::string text = options.connection.json ? DifferencesJson(differences)
                                                   : DifferencesText(differences, StdoutStyle());
  std::fputs(text.c_str(), stdout);
  return absl::OkStatus();
}

int RunDiff(const DiffOptions& options) { return Finish(Diff(options), options.connection); }

// Publish.

constexpr char kPublishExamples[] =
    "  goodstanding rules publish deploy/rules/namss-2025.textproto \\\n"
    "      --authority \"Certification Commission, 2025-03-14\"\n"
    "\n"
    "Version 1 of its name. To change a figure afterwards: goodstanding rules correct.";

struct PublishOptions {
  Connection connection;
  std::string file;
  std::string authority;
};

void AddPublishOptions(Command& command, PublishOptions& options) {
  command.Add("FILE", options.file, "Rule set file (protobuf text)").Required();
  command.Add("--authority", options.authority, "Who decided it; published");
  AddConnection(command, options.connection);
}

absl::Status Publish(const PublishOptions& options) {
  api::v1::PublishRuleSetRequest request;
  GS_ASSIGN_OR_RETURN(*request.mutable_rule_set(), ReadRules(options.file));
  request.mutable_header()->set_request_id(RequestIdOf(""));
  request.set_authority(options.authority);
  api::v1::CommandReceipt receipt;
  const Client client = Connect(options.connection);
  GS_RETURN_IF_ERROR(
      FromCall(Call(client.rulebook(), &RulebookStub::PublishRuleSet, request, receipt)));
  if (options.connection.json) {
    std::fputs(ToJson(receipt).c_str(), stdout);
  } else {
    absl::PrintF("%s@1 is published and in force (log position %d)\n", request.rule_set().name(),
                 receipt.position());
  }
  return absl::OkStatus();
}

int RunPublish(const PublishOptions& options) {
  return Finish(Publish(options), options.connection);
}

}  // namespace

void AddRulesCommand(Commands& commands) {
  Commands rules = commands.AddGroup(
      "rules",
      "The rules: validate, show, compare, publish, preview and correct them, and what to settle",
      kExamples);
  rules.Add("validate", "Name every fault of a rule set file", kValidateExamples,
            &AddValidateOptions, &RunValidate);
  rules.Add("show", "A published rule set, or all versions", kShowExamples, &AddShowOptions,
            &RunShow);
  rules.Add("diff", "What two rule sets say differently", kDiffExamples, &AddDiffOptions, &RunDiff);
  rules.Add("publish", "Publish a rule set file", kPublishExamples, &AddPublishOptions,
            &RunPublish);
  AddRulesPreviewCommand(rules);
  AddRulesCorrectCommand(rules);
  AddRulesReconsiderCommand(rules);
}

}  // namespace goodstanding::tools
