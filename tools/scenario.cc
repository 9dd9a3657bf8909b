#include "tools/scenario.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "domain/dates.h"
#include "tools/decimal.h"
#include "tools/field_reader.h"
#include "tools/scenario_commands.h"
#include "tools/text_file.h"

namespace goodstanding::tools {
namespace {

// Keys of a step that are no action.
bool IsModifier(absl::string_view key) {
  return key == "at" || key == "effective" || key == "fails" || key == "as_of" ||
         key == "known_at" || key == "by" || key == "because";
}

// Amounts are compared as they are printed: "30" is "30.00". Anything else stays.
std::string Normal(const std::string& text) {
  const std::optional<int64_t> value = ParseDecimal(text);
  return value ? FormatDecimal(*value) : text;
}

void ReadPerspective(FieldReader& fields, std::optional<type::v1::CivilDate>& as_of,
                     std::optional<When>& known_at) {
  if (fields.Has("as_of")) as_of = fields.Day("as_of");
  if (fields.Has("known_at")) known_at = fields.DayOrMinute("known_at");
}

// "namss-2025@2".
std::optional<type::v1::RuleSetVersion> ReadRules(FieldReader& fields) {
  const std::string text = fields.Text("rules");
  const std::vector<std::string> parts = absl::StrSplit(text, '@');
  type::v1::RuleSetVersion rules;
  int64_t version = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[1], &version)) {
    fields.Fault("rules", absl::StrCat("\"rules\" must be NAME@VERSION, not \"", text, "\""));
    return std::nullopt;
  }
  rules.set_name(parts[0]);
  rules.set_version(version);
  return rules;
}

void ReadPair(FieldReader& fields, absl::string_view key, absl::string_view first,
              absl::string_view second, Figures& figures) {
  if (!fields.Has(key)) return;
  const std::vector<std::string> pair = fields.List(key, 2);
  figures.emplace_back(absl::StrCat(key, ".", first), Normal(pair[0]));
  figures.emplace_back(absl::StrCat(key, ".", second), Normal(pair[1]));
}

void ReadFees(FieldReader& fields, Figures& figures) {
  if (!fields.Has("fees")) return;
  for (const auto& [fee, value] : fields.Map("fees")) {
    if (fee != "recertification" && fee != "late" && fee != "extension" && fee != "reinstatement") {
      fields.Fault("fees", absl::StrCat("there is no fee \"", fee, "\""));
    }
    figures.emplace_back(absl::StrCat("fees.", fee), Normal(value));
  }
}

void ReadFlag(FieldReader& fields, absl::string_view key, Figures& figures) {
  if (!fields.Has(key)) return;
  figures.emplace_back(std::string(key), fields.FlagOr(key, false) ? "true" : "false");
}

void ReadStanding(FieldReader& fields, Figures& figures) {
  if (!fields.Has("standing")) return;
  const std::string standing = fields.Text("standing");
  type::v1::Standing value;
  if (!type::v1::Standing_Parse("STANDING_" + standing, &value)) {
    fields.Fault("standing", absl::StrCat("there is no standing \"", standing, "\""));
  }
  figures.emplace_back("standing", standing);
}

Expectation ReadExpectation(FieldReader& fields) {
  Expectation expectation;
  expectation.certificant_id = fields.Text("id");
  ReadPerspective(fields, expectation.as_of, expectation.known_at);
  if (fields.Has("rules")) expectation.rules = ReadRules(fields);
  Figures& figures = expectation.figures;
  ReadStanding(fields, figures);
  ReadFlag(fields, "certified", figures);
  if (fields.Has("level")) figures.emplace_back("level", fields.Text("level"));
  ReadPair(fields, "cycle", "start", "end", figures);
  ReadFlag(fields, "renewed", figures);
  ReadPair(fields, "requirement", "total", "approved", figures);
  ReadPair(fields, "counted", "total", "approved", figures);
  ReadFlag(fields, "complete", figures);
  ReadFees(fields, figures);
  for (const char* const key : {"paid", "balance", "arrears"}) {
    if (fields.Has(key)) figures.emplace_back(key, FormatDecimal(fields.Decimal(key)));
  }
  if (fields.Has("credit")) {
    for (const auto& [reference, value] : fields.Map("credit")) {
      figures.emplace_back("credit." + reference, Normal(value));
    }
  }
  return expectation;
}

DueExpectation ReadDue(FieldReader& step) {
  DueExpectation due;
  for (const auto& [text, ids] : step.Nodes("expect_due")) {
    int year = 0;
    const bool good =
        absl::SimpleAtoi(text, &year) && ids.IsSequence() &&
        std::all_of(ids.begin(), ids.end(), [](const YAML::Node& id) { return id.IsScalar(); });
    if (!good) {
      step.Fault("expect_due", "\"expect_due\" must be {year: [ids]}");
      continue;
    }
    std::vector<std::string> list;
    for (const auto& id : ids) list.push_back(id.Scalar());
    due.by_year.emplace_back(year, std::move(list));
  }
  return due;
}

// The step's one action; a fault where there is none or more than one.
std::string ActionOf(FieldReader& step) {
  std::string action;
  for (const auto& [key, node] : step.entries()) {
    if (IsModifier(key)) continue;
    if (!action.empty()) {
      step.Fault(key, absl::StrCat("a step has one action, and this one has \"", action,
                                   "\" and \"", key, "\""));
    }
    action = key;
  }
  if (action.empty()) step.Fault("", "the step has no action");
  return action;
}

absl::Status ReadCommandStep(const std::string& file, const std::string& action,
                             FieldReader& reader, Step& step) {
  FieldReader fields(file, action, *reader.Raw(action));
  std::optional<When> default_effective;
  std::optional<AnyCommand> command = ReadCommand(action, fields, default_effective);
  if (!command) {
    reader.Fault(action, absl::StrCat("there is no action \"", action, "\"; there are ",
                                      CommandNames(), ", expect, expect_report, expect_due"));
    return reader.Finish();
  }
  step.action = *std::move(command);
  step.effective = default_effective;
  if (reader.Has("effective")) step.effective = reader.DayOrMinute("effective");
  step.fails = reader.TextOr("fails", "");
  step.by = reader.TextOr("by", "");
  const int64_t because = reader.WholeOr("because", 0);
  if (because < 0 || because >= step.number) {
    reader.Fault("because", "\"because\" must be the number of an earlier step, from 1");
  }
  step.because = static_cast<int>(because);
  return fields.Finish();
}

absl::Status ReadAction(const std::string& file, FieldReader& reader, Step& step) {
  const std::string action = ActionOf(reader);
  if (action.empty()) return absl::OkStatus();
  if (action == "expect") {
    FieldReader fields(file, action, *reader.Raw(action));
    step.action = ReadExpectation(fields);
    return fields.Finish();
  }
  if (action == "expect_report") {
    ReportExpectation report;
    ReadPerspective(reader, report.as_of, report.known_at);
    report.certificant_ids = reader.List(action);
    step.action = std::move(report);
    return absl::OkStatus();
  }
  if (action == "expect_due") {
    step.action = ReadDue(reader);
    return absl::OkStatus();
  }
  return ReadCommandStep(file, action, reader, step);
}

// Days by number, so that the order of `at` can be checked; the clock never goes back.
absl::Status CheckClock(FieldReader& reader, const When& at, std::optional<int64_t>& minutes) {
  const std::optional<domain::Date> date = domain::Date::FromProto(at.date);
  if (!date) {
    reader.Fault("at", "there is no such day");
    return reader.Finish();
  }
  constexpr int64_t kMinutesPerDay = 24 * 60;
  const int64_t midnight = date->number() * kMinutesPerDay;
  // A day without a time means the present moment where the clock is past its noon already.
  const int64_t then = at.minute_of_day
                           ? midnight + *at.minute_of_day
                           : std::max(midnight + kMinutesPerDay / 2,
                                      std::min(minutes.value_or(0), midnight + kMinutesPerDay - 1));
  if (minutes && then < *minutes) {
    reader.Fault("at", "the clock never goes back");
    return reader.Finish();
  }
  minutes = then;
  return absl::OkStatus();
}

absl::StatusOr<Step> ReadStep(const std::string& file, int number, const YAML::Node& node,
                              std::optional<int64_t>& minutes) {
  Step step;
  step.number = number;
  step.line = node.Mark().line + 1;
  FieldReader reader(file, absl::StrCat("step ", number), node);
  if (reader.Has("at")) {
    step.at = reader.DayOrMinute("at");
    if (step.at->date.year() != 0) GS_RETURN_IF_ERROR(CheckClock(reader, *step.at, minutes));
  }
  GS_RETURN_IF_ERROR(ReadAction(file, reader, step));
  GS_RETURN_IF_ERROR(reader.Finish());
  return step;
}

absl::StatusOr<Scenario> ReadScenario(const std::string& file, const YAML::Node& node) {
  Scenario scenario;
  scenario.file = file;
  scenario.line = node.Mark().line + 1;
  FieldReader reader(file, "a scenario", node);
  scenario.title = reader.Text("scenario");
  const YAML::Node* const steps = reader.Raw("steps");
  GS_RETURN_IF_ERROR(reader.Finish());
  if (!steps->IsSequence()) return FaultAt(file, *steps, "\"steps\" must be a list");
  std::optional<int64_t> minutes;
  int number = 0;
  for (const auto& step : *steps) {
    GS_ASSIGN_OR_RETURN(Step read, ReadStep(file, ++number, step, minutes));
    scenario.steps.push_back(std::move(read));
  }
  return scenario;
}

// Hears where the documents of a YAML text begin, and nothing else.
class DocumentStarts final : public YAML::EventHandler {
 public:
  // Of the document that was read last.
  const YAML::Mark& last() const { return last_; }

  void OnDocumentStart(const YAML::Mark& mark) override { last_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  YAML::Mark last_ = YAML::Mark::null_mark();
};

// At a token that begins no document, a comma outside brackets say, the library reads one empty
// document after the other, for ever. The place of the first such token; nullopt where there is
// none.
std::optional<YAML::Mark> EndlessAt(const std::string& text) {
  std::istringstream input(text);
  YAML::Parser parser(input);
  DocumentStarts starts;
  int before = -1;
  while (parser.HandleNextDocument(starts)) {
    if (starts.last().pos <= before) return starts.last();
    before = starts.last().pos;
  }
  return std::nullopt;
}

// The documents of a YAML text. The library throws; nothing of that passes this function.
absl::StatusOr<std::vector<YAML::Node>> ParseYaml(const std::string& file,
                                                  const std::string& text) {
  try {
    if (const std::optional<YAML::Mark> endless = EndlessAt(text)) {
      return absl::InvalidArgumentError(
          absl::StrCat(file, ":", endless->line + 1, ": not valid YAML: no document begins here"));
    }
    return YAML::LoadAll(text);
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ":", error.mark.line + 1, ": not valid YAML: ", error.msg));
  }
}

}  // namespace

absl::StatusOr<std::vector<Scenario>> ParseScenarios(const std::string& file,
                                                     const std::string& text) {
  GS_ASSIGN_OR_RETURN(const std::vector<YAML::Node> documents, ParseYaml(file, text));
  std::vector<Scenario> scenarios;
  for (const YAML::Node& document : documents) {
    if (document.IsNull()) continue;
    GS_ASSIGN_OR_RETURN(Scenario scenario, ReadScenario(file, document));
    scenarios.push_back(std::move(scenario));
  }
  if (scenarios.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(file, ":1: there is no scenario in it"));
  }
  return scenarios;
}

absl::StatusOr<std::vector<Scenario>> ReadScenarios(const std::string& file) {
  GS_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(file));
  return ParseScenarios(file, text);
}

}  // namespace goodstanding::tools
