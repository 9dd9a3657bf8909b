#include "tools/correction.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/status_macros.h"
#include "domain/figures.h"
#include "tools/rule_files.h"

namespace goodstanding::tools {
namespace {

using type::v1::FigureChange;

FigureChange Change(const std::string& path, const std::string& value) {
  FigureChange change;
  change.set_path(path);
  change.set_value(value);
  return change;
}

absl::StatusOr<FigureChange> ReadFigure(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", text, "\" sets no figure: give PATH=VALUE, for example fees.late=60.00"));
  }
  return Change(text.substr(0, equals), text.substr(equals + 1));
}

absl::StatusOr<std::vector<FigureChange>> ReadFigures(const std::vector<std::string>& figures) {
  std::vector<FigureChange> changes;
  for (const std::string& text : figures) {
    GS_ASSIGN_OR_RETURN(FigureChange change, ReadFigure(text));
    changes.push_back(std::move(change));
  }
  return changes;
}

// Quoted unless it is harmless as it is.
std::string ForShell(const std::string& text) {
  constexpr char kHarmless[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.,/:=@";
  if (!text.empty() && text.find_first_not_of(kHarmless) == std::string::npos) return text;
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

}  // namespace

void AddCorrectionOptions(Command& command, CorrectionOptions& options, CorrectionUse use) {
  command.Add("NAME", options.name, "Name of the published rule set").Required();
  const Option years =
      command.Add("--years", options.years,
                  "Years for which figures are replaced, a cycle's end year: FIRST-LAST, or one");
  if (use == CorrectionUse::kRequired) years.Required();
  const Option figures =
      command
          .Add("--set", options.figures,
               "A figure, as PATH=VALUE (see: goodstanding rules show NAME); repeat it for "
               "more")
          .Needs(years)
          .OneValueEach();
  command
      .Add("--from-file", options.from_file, "Take the figures in which this rule set file differs")
      .Needs(years)
      .Excludes(figures);
}

void AddAudienceOptions(Command& command, AudienceOptions& options) {
  command
      .Add("--certificant", options.certificants,
           "Look at this person alone, by id; repeat it for more (default: everybody)")
      .OneValueEach();
  command.Add("--cycle-ends", options.cycle_ends,
              "List what concerns cycles that end in these years alone: FIRST-LAST, or one");
  command.AddFlag("--why", options.why,
                  "With the lines of the explanation before and after; JSON always has them");
}

absl::StatusOr<std::vector<FigureChange>> ChangesToward(const type::v1::RuleSet& wanted,
                                                        const RuleSource& published,
                                                        const type::v1::YearRange& years) {
  const RuleSource file{0, {{years, wanted}}};
  std::map<std::string, std::string> values;
  std::set<std::string> fixed;
  for (const YearsDifference& piece : CompareSources(published, file)) {
    for (const RuleDifference& difference : piece.differences) {
      if (!difference.correctable) fixed.insert(difference.path);
      values[difference.path] = difference.after;
    }
  }
  if (!fixed.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "The file differs in what no correction can replace: ", absl::StrJoin(fixed, ", "),
        ". Leave that as it is, or publish the file as a rule set of its own."));
  }
  if (values.empty()) {
    return absl::InvalidArgumentError("The file says nothing else for those years.");
  }
  std::vector<FigureChange> changes;
  for (const auto& [path, value] : values) changes.push_back(Change(path, value));
  return changes;
}

absl::StatusOr<Correction> ReadCorrection(const CorrectionOptions& options, const Client& client) {
  Correction correction;
  GS_ASSIGN_OR_RETURN(correction.years, ReadYears(options.years));
  if (options.from_file.empty()) {
    if (options.figures.empty()) {
      return absl::InvalidArgumentError(
          "Say what to correct: --set PATH=VALUE, or --from-file FILE.");
    }
    GS_ASSIGN_OR_RETURN(correction.changes, ReadFigures(options.figures));
    return correction;
  }
  GS_ASSIGN_OR_RETURN(const type::v1::RuleSet wanted, ReadRules(options.from_file));
  const std::vector<std::string> faults = domain::ValidateRuleSet(wanted);
  if (!faults.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(options.from_file, " is no valid rule set:\n  ",
                                                   absl::StrJoin(faults, "\n  ")));
  }
  GS_ASSIGN_OR_RETURN(const RuleSource published, ReadPublished(options.name, 0, client));
  correction.base_version = published.version;
  GS_ASSIGN_OR_RETURN(correction.changes, ChangesToward(wanted, published, correction.years));
  return correction;
}

std::string OnCommandLine(const CorrectionOptions& options) {
  std::string text = absl::StrCat(ForShell(options.name), " --years ", ForShell(options.years));
  for (const std::string& figure : options.figures) {
    absl::StrAppend(&text, " --set ", ForShell(figure));
  }
  if (!options.from_file.empty()) {
    absl::StrAppend(&text, " --from-file ", ForShell(options.from_file));
  }
  return text;
}

}  // namespace goodstanding::tools
