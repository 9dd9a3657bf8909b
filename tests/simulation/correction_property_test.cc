// A preview says, for everybody, what really publishing the correction does: no more and no less.
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/check.h"
#include "domain/dates.h"
#include "tests/simulation/boards.h"
#include "tests/simulation/properties.h"
#include "tests/simulation/scratch_server.h"
#include "tests/simulation/transcript.h"
#include "tools/decimal.h"
#include "tools/words.h"

namespace goodstanding::simulation {
namespace {

using api::v1::CorrectionEffect;
using api::v1::ExplainStandingResponse;
using QueryStub = api::v1::QueryService::Stub;
using RulebookStub = api::v1::RulebookService::Stub;

// Corrections to try, one a history.
struct Correction {
  const char* path;
  const char* value;
};
constexpr Correction kCorrections[] = {
    {"requirement.single.total", "24.00"},
    {"requirement.dual.approved", "10.00"},
    {"activity.SPONSORED.rate", "1.50"},
    {"activity.TEACHING.rate", "0.50"},
    {"calendar.late_through", "01-31"},
    {"calendar.late_through", "12-10"},
    {"calendar.extension_through", "03-01"},
    {"calendar.reinstatement_through", "09-30"},
    {"calendar.application_opens", "10-01"},
    {"calendar.cycle_end", "11-15"},
    {"fees.late", "75.00"},
    {"fees.single.non_member", "300.00"},
    {"requirement.single.extension_half", "5.00"},
    {"credit_increment", "0.50"},
};

// What is told of one person: the figures of an answer by the names of a preview, and the lines of
// its explanation, without the one that names the version.
struct Told {
  std::map<std::string, std::string> figures;
  std::vector<std::string> lines;
};

void TellMoney(const api::v1::StandingAnswer& answer, Told& told) {
  const auto add = [&](const std::string& name, const type::v1::Money& money) {
    told.figures[name] = tools::Format(money);
  };
  add("fees.recertification", answer.fees().recertification());
  add("fees.late", answer.fees().late());
  add("fees.extension", answer.fees().extension());
  add("fees.reinstatement", answer.fees().reinstatement());
  add("paid", answer.paid());
  add("balance", answer.balance());
  add("arrears", answer.arrears());
  told.figures["complete"] = answer.complete() ? "yes" : "no";
}

Told Tell(const ExplainStandingResponse& response) {
  const api::v1::StandingAnswer& answer = response.answer();
  Told told;
  told.figures["standing"] = tools::Name(answer.standing());
  told.figures["certified"] = answer.certified() ? "yes" : "no";
  for (const api::v1::RequirementStatus& line : answer.requirement()) {
    told.figures[absl::StrCat("requirement.", line.line())] = tools::Format(line.minimum());
    told.figures[absl::StrCat("counted.", line.line())] = tools::Format(line.counted());
  }
  if (answer.has_cycle()) {
    told.figures["level"] = answer.level();
    told.figures["cycle_end"] =
        domain::Date::FromProto(answer.cycle().period().last_date())->ToString();
    TellMoney(answer, told);
  }
  for (const api::v1::ExplanationLine& line : response.lines()) {
    if (line.topic() == api::v1::EXPLANATION_TOPIC_RULES) continue;
    told.lines.push_back(absl::StrCat(line.topic(), " ", line.text()));
  }
  return told;
}

// Everybody of the history who is registered.
std::map<std::string, Told> TellAll(const ScratchServer& server, const History& history,
                                    domain::Date day) {
  std::map<std::string, Told> all;
  for (const std::string& id : history.Certificants()) {
    api::v1::ExplainStandingRequest request;
    request.set_certificant_id(id);
    *request.mutable_perspective()->mutable_as_of_date() = day.ToProto();
    ExplainStandingResponse response;
    if (!tools::Call(server.client().queries(), &QueryStub::ExplainStanding, request, response)
             .ok()) {
      continue;
    }
    all[id] = Tell(response);
    api::v1::GetTranscriptRequest of;
    of.set_certificant_id(id);
    *of.mutable_perspective() = request.perspective();
    api::v1::GetTranscriptResponse transcript;
    GS_CHECK(
        tools::Call(server.client().queries(), &QueryStub::GetTranscript, of, transcript).ok());
    for (const api::v1::TranscriptEntry& entry : transcript.entries()) {
      all[id].figures[absl::StrCat("credit.", entry.reference())] =
          entry.reason().empty() ? tools::Format(entry.earned()) : entry.reason();
    }
  }
  return all;
}

std::vector<std::string> Without(const std::vector<std::string>& lines,
                                 const std::vector<std::string>& others) {
  const std::set<std::string> shared(others.begin(), others.end());
  std::vector<std::string> rest;
  for (const std::string& line : lines) {
    if (!shared.contains(line)) rest.push_back(line);
  }
  return rest;
}

// "figure: before -> after" of all that differ.
std::set<std::string> Differences(const Told& before, const Told& after) {
  std::set<std::string> names;
  for (const auto& [name, value] : before.figures) names.insert(name);
  for (const auto& [name, value] : after.figures) names.insert(name);
  const auto value_of = [](const Told& told, const std::string& name) {
    const auto found = told.figures.find(name);
    return found == told.figures.end() ? "" : found->second;
  };
  std::set<std::string> differences;
  for (const std::string& name : names) {
    const std::string was = value_of(before, name);
    const std::string is = value_of(after, name);
    if (was != is) differences.insert(absl::StrCat(name, ": ", was, " -> ", is));
  }
  return differences;
}

std::vector<std::string> LinesOf(
    const google::protobuf::RepeatedPtrField<api::v1::ExplanationLine>& lines) {
  std::vector<std::string> texts;
  for (const auto& line : lines) texts.push_back(absl::StrCat(line.topic(), " ", line.text()));
  return texts;
}

std::string FaultOfEffect(const CorrectionEffect& effect, const Told& before, const Told& after) {
  std::set<std::string> told;
  for (const auto& change : effect.changes()) {
    told.insert(absl::StrCat(change.figure(), ": ", change.before(), " -> ", change.after()));
  }
  const std::set<std::string> wanted = Differences(before, after);
  if (told != wanted) {
    return absl::StrCat("the preview says\n  ", absl::StrJoin(told, "\n  "), "\nand it was\n  ",
                        absl::StrJoin(wanted, "\n  "), "\n");
  }
  if (LinesOf(effect.before_lines()) != Without(before.lines, after.lines) ||
      LinesOf(effect.after_lines()) != Without(after.lines, before.lines)) {
    return "the lines of the explanation differ from those that the preview shows\n";
  }
  if (effect.deciding_figures_size() != 1) return "one figure was corrected, and it decides\n";
  return "";
}

struct Preview {
  bool valid = false;
  std::map<std::string, CorrectionEffect> effects;
  api::v1::CorrectionSummary summary;
};

Preview GetPreview(const ScratchServer& server, const api::v1::PreviewCorrectionRequest& request) {
  grpc::ClientContext context;
  const auto stream = server.client().rulebook().PreviewCorrection(&context, request);
  Preview preview;
  api::v1::PreviewCorrectionResponse response;
  while (stream->Read(&response)) {
    for (const CorrectionEffect& effect : response.effects()) {
      preview.effects[effect.certificant_id()] = effect;
    }
    if (response.has_summary()) preview.summary = response.summary();
  }
  preview.valid = stream->Finish().ok();
  return preview;
}

std::string FaultOfPublishing(const ScratchServer& server, const History& history,
                              const Correction& correction, domain::Date day) {
  api::v1::PreviewCorrectionRequest request;
  request.set_name(Rules().name());
  request.mutable_years()->set_first_year(1990);
  request.mutable_years()->set_last_year(2060);
  request.add_changes()->set_path(correction.path);
  request.mutable_changes(0)->set_value(correction.value);
  *request.mutable_as_of_date() = day.ToProto();
  const Preview preview = GetPreview(server, request);
  // What the history corrected itself can leave no room for it.
  if (!preview.valid) return "";
  const std::map<std::string, Told> before = TellAll(server, history, day);
  api::v1::CorrectRuleSetRequest publish;
  publish.mutable_header()->set_request_id("correction");
  publish.set_name(request.name());
  *publish.mutable_years() = request.years();
  *publish.mutable_changes() = request.changes();
  publish.set_reason("as previewed");
  publish.set_preview_digest(preview.summary.preview_digest());
  api::v1::CommandReceipt receipt;
  const grpc::Status published = server.client().Send(publish, receipt);
  if (!published.ok()) return published.error_message();
  const std::map<std::string, Told> after = TellAll(server, history, day);
  for (const auto& [id, told] : before) {
    const auto effect = preview.effects.find(id);
    std::string fault;
    if (effect != preview.effects.end()) {
      fault = FaultOfEffect(effect->second, told, after.at(id));
    } else if (!Differences(told, after.at(id)).empty()) {
      fault = absl::StrCat("the preview is silent, and it was\n  ",
                           absl::StrJoin(Differences(told, after.at(id)), "\n  "), "\n");
    }
    if (!fault.empty()) {
      return absl::StrCat(correction.path, "=", correction.value, " on ", day.ToString(), ", ", id,
                          ": ", fault);
    }
  }
  return "";
}

std::string FaultOfPreview(const History& history) {
  if (history.steps.empty()) return "";
  ScratchServer server;
  const std::string fault = server.Play(history, [&](const tools::AnyCommand& command) {
    api::v1::CommandReceipt receipt;
    server.client().Send(command, receipt).ok();  // Some are refused.
    return "";
  });
  if (!fault.empty()) return fault;
  const size_t number = history.steps.size();
  const Correction& correction = kCorrections[number % std::size(kCorrections)];
  // A day of the history, or one of the winter after it.
  const domain::Date last = ToDate(DayOf(history.steps.back().at));
  const domain::Date days[] = {last, *domain::Date::Create(last.year(), 12, 20),
                               *domain::Date::Create(last.year() + 1, 1, 15),
                               ToDate(DayOf(history.steps[number / 2].at))};
  Transcript transcript;
  for (const Step& step : history.steps) transcript.AddStep(step, "");
  const std::string wrong =
      FaultOfPublishing(server, history, correction, days[number / 2 % std::size(days)]);
  return wrong.empty() ? "" : absl::StrCat(wrong, transcript.Text());
}

TEST(CorrectionProperty, PublishingDoesWhatThePreviewSays) {
  ExpectOfHistories(40, &FaultOfPreview);
}

}  // namespace
}  // namespace goodstanding::simulation
