#include "tests/simulation/boards.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "domain/decide.h"
#include "domain/refusal.h"
#include "tests/model/refusal_model.h"
#include "tests/model/settlement.h"

namespace goodstanding::simulation {
namespace {

using event::v1::ActivityEvent;
using event::v1::CertificantEvent;
using event::v1::RuleSetCorrected;
using event::v1::RuleSetEvent;
using model::FormatHundredths;

// The shipped rules are published before all else.
const absl::Time kPublished = absl::FromUnixMicros(0);

RuleSetEvent Publication() {
  RuleSetEvent event;
  *event.mutable_rule_set_published()->mutable_rule_set() = Rules();
  return event;
}

std::string Flag(bool value) { return value ? "true" : "false"; }

std::string Pair(const std::string& first, const std::string& second) {
  return absl::StrCat("[", first, ", ", second, "]");
}

std::string Quoted(int64_t hundredths) {
  return absl::StrCat("\"", FormatHundredths(hundredths), "\"");
}

std::string Quoted(const model::ModelCredits& credits) {
  return Pair(Quoted(credits.total), Quoted(credits.approved));
}

// The figures of two lines of a requirement, as the domain counts them.
template <typename Figure>
std::string QuotedLines(const domain::Level& level, const Figure& figure) {
  model::ModelCredits credits;
  for (const domain::RequirementLine& line : level.requirement) {
    (line.approved_only ? credits.approved : credits.total) = figure(line);
  }
  return Quoted(credits);
}

}  // namespace

domain::Date ToDate(absl::CivilDay day) {
  return *domain::Date::Create(day.year(), day.month(), day.day());
}

domain::Moment ToMoment(absl::Time time) {
  return domain::Moment::FromUtc(absl::ToUnixMicros(time), Zone().At(time).offset);
}

// ------------------------------------------------------------------ the domain

DomainBoard::DomainBoard() : rules_(rulebook_.Newest()) {
  GS_CHECK(rulebook_.Apply(1, absl::ToUnixMicros(kPublished), Publication()).ok());
  rules_ = rulebook_.Newest();
  log_.push_back({1, kPublished, kPublished, "rules/" + Rules().name(), Publication()});
}

std::string DomainBoard::Take(const Step& step) {
  const absl::Status status = Record(step);
  if (status.ok()) return "";
  const auto refusal = domain::GetRefusal(status);
  return refusal ? refusal->reason : status.ToString();
}

absl::Status DomainBoard::Record(const Step& step) {
  return std::visit([&](const auto& proposed) { return RecordFor(step, proposed); }, step.proposed);
}

template <typename Event>
void DomainBoard::Append(const Step& step, const Event& event) {
  log_.push_back(
      {static_cast<int64_t>(log_.size()) + 1, step.at, EffectiveOf(step), step.Stream(), event});
}

absl::Status DomainBoard::RecordFor(const Step& step, const CertificantEvent& proposed) {
  const domain::CommandContext context{.effective = ToMoment(EffectiveOf(step)),
                                       .now = ToMoment(step.at),
                                       .head_position = static_cast<int64_t>(log_.size()),
                                       .time_zone_database = "2025b"};
  domain::CertificantState& state = states_[step.id];
  GS_ASSIGN_OR_RETURN(const CertificantEvent event,
                      domain::Decide({state, rules_, catalogue_, {}}, proposed, context));
  Append(step, event);
  return domain::Evolve(event, {context.effective, log_.back().position}, state);
}

absl::Status DomainBoard::RecordFor(const Step& step, const ActivityEvent& proposed) {
  const domain::Moment effective = ToMoment(EffectiveOf(step));
  GS_RETURN_IF_ERROR(
      domain::DecideActivity(catalogue_, step.id, proposed, effective, ToMoment(step.at)));
  Append(step, proposed);
  return catalogue_.Apply(step.id, log_.back().position, absl::ToUnixMicros(step.at), effective,
                          proposed);
}

absl::Status DomainBoard::RecordFor(const Step& step, const RuleSetCorrected& proposed) {
  GS_ASSIGN_OR_RETURN(const RuleSetEvent event, rulebook_.DecideCorrect(step.id, 0, proposed));
  Append(step, event);
  GS_RETURN_IF_ERROR(rulebook_.Apply(log_.back().position, absl::ToUnixMicros(step.at), event));
  rules_ = rulebook_.Newest();
  return absl::OkStatus();
}

KnownFacts DomainBoard::Known(const Question& question) const {
  KnownFacts known;
  if (question.known_at) {
    known.knowledge.max_recorded_micros = absl::ToUnixMicros(*question.known_at);
  }
  known.rulebook = rulebook_;
  known.catalogue = catalogue_;
  std::optional<domain::RuleSetChoice> choice;
  if (question.rules_version) choice = {Rules().name(), *question.rules_version};
  const auto view = known.rulebook.View(known.knowledge, choice);
  GS_CHECK(view.ok());
  known.rules = *view;
  for (const RecordedFact& fact : log_) {
    if (fact.stream != "certificant/" + question.certificant) continue;
    if (!known.knowledge.Sees(fact.position, absl::ToUnixMicros(fact.recorded))) continue;
    GS_CHECK(domain::Evolve(std::get<CertificantEvent>(fact.payload),
                            {ToMoment(fact.effective), fact.position}, known.state)
                 .ok());
  }
  return known;
}

Answer DomainBoard::Ask(const Question& question) const {
  return AnswerOf(Known(question).facts(), ToDate(question.as_of));
}

Answer AnswerOf(const domain::Facts& facts, domain::Date day) {
  const domain::Evaluation evaluation = domain::Evaluate(facts, domain::Cutoff::EndOf(day));
  Answer answer;
  answer["standing"] = std::string(domain::StandingName(evaluation.standing));
  answer["certified"] = Flag(domain::IsCertified(evaluation.standing));
  const domain::CycleStatus* const cycle = evaluation.cycle();
  if (cycle == nullptr) return answer;
  const domain::RenewalStatus& renewal = evaluation.renewal;
  answer["level"] = evaluation.level->level;
  answer["cycle"] = Pair(cycle->start.ToString(), cycle->calendar.cycle_end.ToString());
  answer["renewed"] = Flag(cycle->renewed.has_value());
  answer["requirement"] =
      QuotedLines(*renewal.level, [](const auto& line) { return line.minimum; });
  answer["counted"] =
      QuotedLines(*renewal.level, [&](const auto& line) { return renewal.credits.Counted(line); });
  answer["complete"] = Flag(renewal.complete);
  answer["fees.recertification"] = Quoted(renewal.fees.fees.recertification);
  answer["fees.late"] = Quoted(renewal.fees.fees.late);
  answer["fees.extension"] = Quoted(renewal.fees.fees.extension);
  answer["fees.reinstatement"] = Quoted(renewal.fees.fees.reinstatement);
  answer["paid"] = Quoted(renewal.paid);
  answer["balance"] = Quoted(renewal.balance);
  answer["arrears"] = Quoted(evaluation.arrears);
  for (const domain::CreditJudgment& judgment : renewal.credits.judgments) {
    answer["credit." + judgment.record->reference] =
        judgment.reason == domain::CreditReason::kEarns
            ? Quoted(judgment.earned)
            : std::string(domain::CreditReasonName(judgment.reason));
  }
  return answer;
}

std::vector<domain::Date> TellingDays(const domain::Facts& facts) {
  std::set<domain::Date> days;
  const auto add = [&](domain::Date day) { days.insert({day - 1, day, day + 1}); };
  for (const domain::Milestone& milestone : facts.state.milestones) {
    add(milestone.stamp.effective.date);
  }
  for (const domain::Membership& membership : facts.state.memberships) {
    for (const domain::Date day :
         {membership.stamp.effective.date, membership.from, membership.through}) {
      add(day);
    }
  }
  for (const domain::Payment& payment : facts.state.payments) {
    add(payment.stamp.effective.date);
    for (const auto& change : payment.changes) add(change.stamp.effective.date);
  }
  for (const domain::CreditRecord& record : facts.state.credits) {
    add(record.stamp.effective.date);
    for (const auto& change : record.changes) add(change.stamp.effective.date);
  }
  for (const domain::CycleStatus& cycle :
       domain::CareerAt(facts, domain::Cutoff::EndOf(domain::Date::Max())).cycles) {
    for (const domain::Date day :
         {cycle.start, cycle.calendar.cycle_end, cycle.calendar.late_through,
          cycle.calendar.extension_through, cycle.calendar.reinstatement_through}) {
      add(day);
    }
  }
  if (days.empty()) return {};
  constexpr int kStep = 37;
  const domain::Date last = *days.rbegin() + 400;
  for (domain::Date day = *days.begin() - kStep; day <= last; day = day + kStep) days.insert(day);
  return {days.begin(), days.end()};
}

// ------------------------------------------------------------------ the model

ModelBoard::ModelBoard() {
  model::ModelFact fact;
  fact.position = 1;
  fact.effective_day = DayOf(kPublished);
  fact.stream = "rules/" + Rules().name();
  fact.payload = Publication();
  log_.push_back(std::move(fact));
}

std::string ModelBoard::Take(const Step& step) {
  model::ModelFact fact;
  fact.position = static_cast<int64_t>(log_.size()) + 1;
  fact.recorded_micros = absl::ToUnixMicros(step.at);
  fact.effective_micros = absl::ToUnixMicros(EffectiveOf(step));
  fact.effective_day = DayOf(EffectiveOf(step));
  fact.stream = step.Stream();
  if (const auto* person = std::get_if<CertificantEvent>(&step.proposed)) fact.payload = *person;
  if (const auto* activity = std::get_if<ActivityEvent>(&step.proposed)) fact.payload = *activity;
  if (const auto* corrected = std::get_if<RuleSetCorrected>(&step.proposed)) {
    RuleSetEvent event;
    *event.mutable_rule_set_corrected() = *corrected;
    event.mutable_rule_set_corrected()->set_name(step.id);
    event.mutable_rule_set_corrected()->set_version(rules_version_ + 1);
    fact.payload = event;
  }
  std::string refusal = model::RefusalOf(log_, fact);
  if (!refusal.empty()) return refusal;
  if (std::holds_alternative<RuleSetCorrected>(step.proposed)) ++rules_version_;
  model::Settle(log_, fact);
  log_.push_back(std::move(fact));
  return "";
}

Answer ModelBoard::Ask(const Question& question) const {
  model::ModelQuestion asked;
  asked.certificant = question.certificant;
  asked.as_of = question.as_of;
  if (question.known_at) asked.known_micros = absl::ToUnixMicros(*question.known_at);
  if (question.rules_version) {
    asked.rules.emplace();
    asked.rules->set_name(Rules().name());
    asked.rules->set_version(*question.rules_version);
  }
  const model::ModelAnswer got = model::AnswerQuestion(log_, asked);
  Answer answer;
  answer["standing"] = got.standing;
  answer["certified"] = Flag(got.certified);
  if (got.level.empty()) return answer;
  answer["level"] = got.level;
  answer["cycle"] =
      Pair(absl::FormatCivilTime(got.cycle_start), absl::FormatCivilTime(got.cycle_end));
  answer["renewed"] = Flag(got.renewed);
  answer["requirement"] = Quoted(got.requirement);
  answer["counted"] = Quoted(got.counted);
  answer["complete"] = Flag(got.complete);
  answer["fees.recertification"] = Quoted(got.fees.recertification);
  answer["fees.late"] = Quoted(got.fees.late);
  answer["fees.extension"] = Quoted(got.fees.extension);
  answer["fees.reinstatement"] = Quoted(got.fees.reinstatement);
  answer["paid"] = Quoted(got.paid);
  answer["balance"] = Quoted(got.balance);
  answer["arrears"] = Quoted(got.arrears);
  for (const auto& [reference, result] : got.credits) {
    answer["credit." + reference] = result.reason.empty() ? Quoted(result.earned) : result.reason;
  }
  return answer;
}

// ------------------------------------------------------------------ both

namespace {

// What decisions write down beside what they settle, which the model does not.
CertificantEvent WithoutBasis(CertificantEvent event) {
  if (event.has_application_submitted()) event.mutable_application_submitted()->clear_member();
  if (event.has_application_returned()) event.mutable_application_returned()->clear_basis();
  if (event.has_extension_granted()) event.mutable_extension_granted()->clear_basis();
  if (event.has_extension_denied()) event.mutable_extension_denied()->clear_basis();
  if (event.has_audit_closed()) event.mutable_audit_closed()->clear_basis();
  if (event.has_waiver_granted()) event.mutable_waiver_granted()->clear_basis();
  if (event.has_certification_renewed()) {
    auto& renewed = *event.mutable_certification_renewed();
    renewed.clear_basis();
    std::sort(renewed.mutable_credit_references()->begin(),
              renewed.mutable_credit_references()->end());
  }
  return event;
}

}  // namespace

std::string DifferenceOfLastFacts(const DomainBoard& domain, const ModelBoard& model) {
  const auto* const got = std::get_if<CertificantEvent>(&domain.log().back().payload);
  const auto* const wanted = std::get_if<CertificantEvent>(&model.log().back().payload);
  if (got == nullptr || wanted == nullptr) return "";
  google::protobuf::util::MessageDifferencer differencer;
  std::string report;
  differencer.ReportDifferencesToString(&report);
  return differencer.Compare(WithoutBasis(*wanted), WithoutBasis(*got)) ? "" : report;
}

}  // namespace goodstanding::simulation
