#include "tools/scenario_player.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "tools/decimal.h"
#include "tools/refusal_text.h"

namespace goodstanding::tools {
namespace {

using api::v1::OperationsService;
using api::v1::QueryService;

constexpr int kPageSize = 1000;
constexpr char kCreditPrefix[] = "credit.";

// "REASON: sentence" on one line.
std::string Told(const grpc::Status& status) {
  const FailedCall failure = ReadFailure(status);
  return absl::StrCat("refused with ", failure.reason, " (", failure.message, ")");
}

std::string Flag(bool value) { return value ? "true" : "false"; }

api::v1::Perspective PerspectiveOf(const Expectation& expectation,
                                   const services::BoardTime& zone) {
  api::v1::Perspective perspective;
  if (expectation.as_of) *perspective.mutable_as_of_date() = *expectation.as_of;
  if (expectation.known_at)
    SetKnownAt(*expectation.known_at, zone, *perspective.mutable_known_at());
  if (expectation.rules) *perspective.mutable_rule_set() = *expectation.rules;
  return perspective;
}

// Calls a paged list until its end.
template <typename Request, typename Response, typename Method, typename TakePage>
grpc::Status ListAll(QueryService::Stub& stub, Method method, Request request, TakePage take_page) {
  request.set_page_size(kPageSize);
  while (true) {
    Response response;
    grpc::Status status = Call(stub, method, request, response);
    if (!status.ok()) return status;
    take_page(response);
    if (response.next_page_token().empty()) return grpc::Status::OK;
    request.set_page_token(response.next_page_token());
  }
}

}  // namespace

std::map<std::string, std::string> FiguresOf(const api::v1::StandingAnswer& answer) {
  std::map<std::string, std::string> figures;
  figures["standing"] =
      std::string(absl::StripPrefix(type::v1::Standing_Name(answer.standing()), "STANDING_"));
  figures["certified"] = Flag(answer.certified());
  figures["level"] = answer.level();
  figures["renewed"] = Flag(answer.cycle().renewed());
  figures["complete"] = Flag(answer.complete());
  figures["cycle.start"] = FormatDate(answer.cycle().period().first_date());
  figures["cycle.end"] = FormatDate(answer.cycle().period().last_date());
  for (const api::v1::RequirementStatus& line : answer.requirement()) {
    figures["requirement." + line.line()] = Format(line.minimum());
    figures["counted." + line.line()] = Format(line.counted());
  }
  figures["fees.recertification"] = Format(answer.fees().recertification());
  figures["fees.late"] = Format(answer.fees().late());
  figures["fees.extension"] = Format(answer.fees().extension());
  figures["fees.reinstatement"] = Format(answer.fees().reinstatement());
  figures["paid"] = Format(answer.paid());
  figures["balance"] = Format(answer.balance());
  figures["arrears"] = Format(answer.arrears());
  return figures;
}

ScenarioPlayer::ScenarioPlayer(const std::shared_ptr<grpc::Channel>& channel,
                               const services::BoardTime& zone, ManualClock& clock)
    : client_(channel), zone_(zone), clock_(clock) {}

std::vector<StepFailure> ScenarioPlayer::Play(const Scenario& scenario,
                                              const type::v1::RuleSet& rules,
                                              const std::atomic<bool>& stopped) {
  failures_.clear();
  positions_.clear();
  if (!scenario.steps.empty() && scenario.steps.front().at) {
    MoveClock(*scenario.steps.front().at);
  }
  Publish(rules);
  for (const Step& step : scenario.steps) {
    if (stopped) break;
    PlayStep(step);
  }
  return std::move(failures_);
}

void ScenarioPlayer::Publish(const type::v1::RuleSet& rules) {
  api::v1::PublishRuleSetRequest request;
  request.mutable_header()->set_request_id("rules");
  *request.mutable_rule_set() = rules;
  request.set_authority("scenario");
  api::v1::CommandReceipt receipt;
  Succeeded(Step(), "publishing the rule set", client_.Send(request, receipt));
}

// A day without a time is its noon, or the present moment where the clock is past that.
void ScenarioPlayer::MoveClock(const When& at) {
  const std::optional<absl::Time> time = Instant(at, zone_);
  if (time) clock_.Set(std::max(*time, clock_.Now()));
}

void ScenarioPlayer::PlayStep(const Step& step) {
  if (step.at) MoveClock(*step.at);
  std::visit([&](const auto& action) { Do(step, action); }, step.action);
}

int64_t ScenarioPlayer::Head(const Step& step) {
  api::v1::GetServerStatusResponse response;
  const grpc::Status status = Call(client_.operations(), &OperationsService::Stub::GetServerStatus,
                                   api::v1::GetServerStatusRequest(), response);
  return Succeeded(step, "GetServerStatus", status) ? response.head_position() : -1;
}

// Where a command names an earlier step: the position of what that recorded.
void ScenarioPlayer::NamePositions(AnyCommand& command) {
  if (auto* const annul = std::get_if<api::v1::AnnulFactRequest>(&command)) {
    annul->set_fact_position(positions_[annul->fact_position()]);
  } else if (auto* const open = std::get_if<api::v1::OpenDisputeRequest>(&command)) {
    if (open->disputed_position() > 0) {
      open->set_disputed_position(positions_[open->disputed_position()]);
    }
  } else if (auto* const decide = std::get_if<api::v1::DecideDisputeRequest>(&command)) {
    decide->set_dispute_position(positions_[decide->dispute_position()]);
  } else if (auto* const withdraw = std::get_if<api::v1::WithdrawDisputeRequest>(&command)) {
    withdraw->set_dispute_position(positions_[withdraw->dispute_position()]);
  } else if (auto* const waive = std::get_if<api::v1::GrantWaiverRequest>(&command)) {
    if (waive->dispute_position() > 0) {
      waive->set_dispute_position(positions_[waive->dispute_position()]);
    }
  }
}

void ScenarioPlayer::Do(const Step& step, const AnyCommand& command) {
  AnyCommand request = command;
  HeaderOf(request).set_request_id(absl::StrCat("step-", step.number));
  if (step.effective) SetEffective(*step.effective, zone_, HeaderOf(request));
  if (step.because > 0) HeaderOf(request).set_causation_position(positions_[step.because]);
  NamePositions(request);
  Client::Metadata metadata;
  if (!step.by.empty()) metadata.emplace_back(kActorKey, step.by);
  api::v1::CommandReceipt receipt;
  if (step.fails.empty()) {
    if (Succeeded(step, "the command", client_.Send(request, receipt, metadata))) {
      positions_[step.number] = receipt.position();
    }
    return;
  }
  const int64_t head = Head(step);
  const grpc::Status status = client_.Send(request, receipt, metadata);
  if (status.ok() || ReadFailure(status).reason != step.fails) {
    failures_.push_back({step.number, step.line, "the command", "refused with " + step.fails,
                         status.ok() ? "accepted" : Told(status)});
  }
  if (!status.ok()) {
    Compare(step, "log position after the refusal", absl::StrCat(head), absl::StrCat(Head(step)));
  }
}

void ScenarioPlayer::Do(const Step& step, const Expectation& expectation) {
  api::v1::GetStandingRequest request;
  request.set_certificant_id(expectation.certificant_id);
  *request.mutable_perspective() = PerspectiveOf(expectation, zone_);
  api::v1::GetStandingResponse response;
  const grpc::Status status =
      Call(client_.queries(), &QueryService::Stub::GetStanding, request, response);
  if (!Succeeded(step, "GetStanding", status)) return;
  std::map<std::string, std::string> figures = FiguresOf(response.answer());
  const bool credits =
      std::any_of(expectation.figures.begin(), expectation.figures.end(),
                  [](const auto& figure) { return absl::StartsWith(figure.first, kCreditPrefix); });
  if (credits && !AddCredits(step, request.perspective(), expectation.certificant_id, figures)) {
    return;
  }
  for (const auto& [figure, expected] : expectation.figures) {
    const auto found = figures.find(figure);
    Compare(step, figure, expected, found == figures.end() ? "nothing" : found->second);
  }
}

bool ScenarioPlayer::AddCredits(const Step& step, const api::v1::Perspective& perspective,
                                const std::string& certificant_id,
                                std::map<std::string, std::string>& figures) {
  api::v1::GetTranscriptRequest request;
  request.set_certificant_id(certificant_id);
  *request.mutable_perspective() = perspective;
  api::v1::GetTranscriptResponse response;
  const grpc::Status status =
      Call(client_.queries(), &QueryService::Stub::GetTranscript, request, response);
  for (const api::v1::TranscriptEntry& entry : response.entries()) {
    figures[kCreditPrefix + entry.reference()] =
        entry.reason().empty() ? Format(entry.earned()) : entry.reason();
  }
  return Succeeded(step, "GetTranscript", status);
}

void ScenarioPlayer::Do(const Step& step, const ReportExpectation& report) {
  api::v1::ListGoodStandingRequest request;
  if (report.as_of) *request.mutable_as_of_date() = *report.as_of;
  if (report.known_at) SetKnownAt(*report.known_at, zone_, *request.mutable_known_at());
  std::vector<std::string> ids;
  const grpc::Status status =
      ListAll<api::v1::ListGoodStandingRequest, api::v1::ListGoodStandingResponse>(
          client_.queries(), &QueryService::Stub::ListGoodStanding, request,
          [&](const api::v1::ListGoodStandingResponse& page) {
            for (const auto& entry : page.entries()) ids.push_back(entry.certificant_id());
          });
  if (!Succeeded(step, "ListGoodStanding", status)) return;
  Compare(step, "report", absl::StrJoin(report.certificant_ids, ", "), absl::StrJoin(ids, ", "));
}

void ScenarioPlayer::Do(const Step& step, const DueExpectation& due) {
  for (const auto& [year, expected] : due.by_year) {
    api::v1::ListDueRequest request;
    request.set_year(year);
    std::vector<std::string> ids;
    const grpc::Status status = ListAll<api::v1::ListDueRequest, api::v1::ListDueResponse>(
        client_.queries(), &QueryService::Stub::ListDue, request,
        [&](const api::v1::ListDueResponse& page) {
          for (const auto& entry : page.entries()) ids.push_back(entry.certificant_id());
        });
    if (!Succeeded(step, "ListDue", status)) return;
    Compare(step, absl::StrCat("due in ", year), absl::StrJoin(expected, ", "),
            absl::StrJoin(ids, ", "));
  }
}

void ScenarioPlayer::Compare(const Step& step, const std::string& figure,
                             const std::string& expected, const std::string& got) {
  if (expected == got) return;
  failures_.push_back({step.number, step.line, figure, expected, got});
}

bool ScenarioPlayer::Succeeded(const Step& step, const std::string& call,
                               const grpc::Status& status) {
  if (!status.ok()) {
    failures_.push_back({step.number, step.line, call, "accepted", Told(status)});
  }
  return status.ok();
}

}  // namespace goodstanding::tools
