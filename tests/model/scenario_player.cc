#include "tests/model/scenario_player.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "tests/model/model_rules.h"
#include "tests/model/refusal_model.h"
#include "tests/model/scenario_yaml.h"
#include "tests/model/settlement.h"

namespace goodstanding::model {
namespace {

using event::v1::ActivityEvent;
using event::v1::CertificantEvent;
using event::v1::RuleSetEvent;

int64_t Whole(const YAML::Node& node) { return node ? node.as<int64_t>() : 0; }

bool Flag(const YAML::Node& node, bool otherwise) { return node ? node.as<bool>() : otherwise; }

void SetDate(const YAML::Node& text, type::v1::CivilDate* date) {
  const absl::CivilDay day = DayOf(text);
  date->set_year(static_cast<int32_t>(day.year()));
  date->set_month(day.month());
  date->set_day(day.day());
}

void SetPeriod(const YAML::Node& fields, type::v1::Period* period) {
  SetDate(fields["from"], period->mutable_first_date());
  SetDate(fields["through"], period->mutable_last_date());
}

// Sets the amount that the step gives, if it gives one.
bool HasAmount(const YAML::Node& fields) {
  return fields["minutes"] || fields["position_years"] || fields["academic_credits"] ||
         fields["count"];
}

void SetAmount(const YAML::Node& fields, event::v1::ActivityAmount* amount) {
  if (fields["minutes"]) amount->set_minutes(Whole(fields["minutes"]));
  if (fields["count"]) amount->set_count(Whole(fields["count"]));
  if (fields["position_years"]) {
    amount->set_position_years_hundredths(ParseHundredths(Text(fields["position_years"])));
  }
  if (fields["academic_credits"]) {
    amount->set_academic_credits_hundredths(ParseHundredths(Text(fields["academic_credits"])));
  }
}

type::v1::CreditSource SourceOf(const YAML::Node& fields) {
  if (Text(fields["source"]) == "EDUCATION_ZONE") return type::v1::CREDIT_SOURCE_EDUCATION_ZONE;
  if (Text(fields["source"]) == "CONFERENCE") return type::v1::CREDIT_SOURCE_CONFERENCE;
  return type::v1::CREDIT_SOURCE_SELF;
}

bool IsExpectation(const std::string& key) { return absl::StartsWith(key, "expect"); }

// The step's action: its one key that is no modifier.
std::string ActionOf(const YAML::Node& step) {
  static const std::set<std::string>* const kModifiers =
      new std::set<std::string>{"at", "effective", "fails", "as_of", "known_at", "by", "because"};
  for (const auto& entry : step) {
    const std::string key = entry.first.as<std::string>();
    if (!kModifiers->contains(key)) return key;
  }
  return "";
}

}  // namespace

template <typename Event>
ModelFact ScenarioPlayer::MakeFact(const std::string& stream, absl::Time effective,
                                   const Event& event) const {
  ModelFact fact;
  fact.position = static_cast<int64_t>(log_.size()) + 1;
  fact.recorded_micros = absl::ToUnixMicros(now_);
  fact.effective_micros = absl::ToUnixMicros(effective);
  fact.effective_day = absl::ToCivilDay(effective, zone_);
  fact.stream = stream;
  fact.payload = event;
  fact.actor = actor_;
  fact.cause = cause_;
  return fact;
}

template <typename Event>
void ScenarioPlayer::Append(const std::string& stream, absl::Time effective, const Event& event) {
  ModelFact fact = MakeFact(stream, effective, event);
  Settle(log_, fact);
  log_.push_back(fact);
}

template <typename Event>
bool ScenarioPlayer::Decide(const std::string& stream, absl::Time effective, const Event& event) {
  const std::string refusal = RefusalOf(log_, MakeFact(stream, effective, event));
  if (refusal != wanted_refusal_) {
    faults_.push_back(
        absl::StrCat(where_, ": refused with [", refusal, "], expected [", wanted_refusal_, "]"));
  }
  return wanted_refusal_.empty();
}

ScenarioPlayer::ScenarioPlayer(const type::v1::RuleSet& rules) : rule_set_name_(rules.name()) {
  GS_CHECK(absl::LoadTimeZone(rules.time_zone(), &zone_));
  RuleSetEvent event;
  *event.mutable_rule_set_published()->mutable_rule_set() = rules;
  Append("rules/" + rules.name(), now_, event);
}

std::vector<std::string> ScenarioPlayer::Play(const YAML::Node& scenario) {
  int number = 0;
  for (const YAML::Node& step : scenario["steps"]) {
    where_ = absl::StrCat(Text(scenario["scenario"]), ", step ", ++number, " (line ",
                          step.Mark().line + 1, ")");
    const size_t before = log_.size();
    PlayStep(step);
    if (log_.size() > before) positions_[number] = log_.back().position;
  }
  return faults_;
}

void ScenarioPlayer::PlayStep(const YAML::Node& step) {
  if (step["at"]) {
    const std::string text = Text(step["at"]);
    absl::CivilMinute minute(DayOf(step["at"]) + 0);
    if (text.size() > 10) {
      GS_CHECK(
          absl::ParseCivilTime(absl::StrCat(text.substr(0, 10), "T", text.substr(11)), &minute));
    } else {
      minute += 12 * 60;
    }
    now_ = absl::FromCivil(minute, zone_);
  }
  const std::string action = ActionOf(step);
  if (action.empty()) return;
  if (action == "expect") return Expect(step[action]);
  if (action == "expect_report") return ExpectReport(step[action], step);
  if (action == "expect_due") return ExpectDue(step[action]);
  GS_CHECK(!IsExpectation(action));
  wanted_refusal_ = Text(step["fails"]);
  actor_ = Text(step["by"]);
  cause_ = step["because"] ? positions_[Whole(step["because"])] : 0;
  PlayCommand(action, step[action], step);
}

// ------------------------------------------------------------------ commands

void ScenarioPlayer::PlayCommand(const std::string& action, const YAML::Node& fields,
                                 const YAML::Node& step) {
  if (action == "pay") return Pay(fields, step);
  const absl::Time effective = step["effective"] ? Instant(step["effective"]) : now_;
  const bool played = PlayPersonCommand(action, fields, effective) ||
                      PlayCreditCommand(action, fields, effective) ||
                      PlayRenewalCommand(action, fields, effective) ||
                      PlayDisputeCommand(action, fields, effective) ||
                      PlayBoardCommand(action, fields, effective);
  GS_CHECK(played);
}

bool ScenarioPlayer::PlayPersonCommand(const std::string& action, const YAML::Node& fields,
                                       absl::Time effective) {
  CertificantEvent event;
  if (action == "register") {
    if (wanted_refusal_.empty()) ids_.insert(Text(fields["id"]));
    event.mutable_certificant_registered()->set_name(Text(fields["name"]));
  } else if (action == "membership") {
    SetPeriod(fields, event.mutable_membership_recorded()->mutable_period());
  } else if (action == "end_membership") {
    SetDate(fields["last"], event.mutable_membership_ended()->mutable_last_date());
  } else if (action == "grant") {
    event.mutable_credential_granted()->set_credential(Text(fields["credential"]));
  } else if (action == "revoke") {
    event.mutable_credential_revoked()->set_credential(Text(fields["credential"]));
  } else if (action == "surrender") {
    event.mutable_credential_surrendered()->set_credential(Text(fields["credential"]));
  } else if (action == "payment_returned") {
    event.mutable_payment_returned()->set_reference(Text(fields["ref"]));
  } else if (action == "refund") {
    event.mutable_payment_refunded()->set_reference(Text(fields["ref"]));
    if (fields["amount"]) {
      event.mutable_payment_refunded()->set_amount_minor_units(
          ParseHundredths(Text(fields["amount"])));
    }
  } else if (action == "write_off") {
    auto& write_off = *event.mutable_arrears_written_off();
    write_off.set_cycle_end_year(fields["cycle"].as<int>());
    write_off.set_amount_minor_units(ParseHundredths(Text(fields["amount"])));
  } else if (action == "open_audit") {
    event.mutable_audit_opened();
  } else if (action == "close_audit") {
    event.mutable_audit_closed()->set_outcome(Text(fields["outcome"]) == "PASSED"
                                                  ? type::v1::AUDIT_OUTCOME_PASSED
                                                  : type::v1::AUDIT_OUTCOME_FAILED);
  } else if (action == "annul") {
    event.mutable_fact_annulled()->set_fact_position(positions_[Whole(fields["step"])]);
  } else if (action == "merge") {
    event.mutable_account_merged()->set_merged_certificant_id(Text(fields["merged"]));
  } else if (action == "move_credit") {
    auto& move = *event.mutable_credit_moved_out();
    move.set_reference(Text(fields["ref"]));
    move.set_to_certificant_id(Text(fields["to"]));
    move.set_to_reference(Text(fields["as"]));
  } else {
    return false;
  }
  AppendPersonal(fields, effective, event);
  return true;
}

bool ScenarioPlayer::PlayCreditCommand(const std::string& action, const YAML::Node& fields,
                                       absl::Time effective) {
  CertificantEvent event;
  const std::string reference = Text(fields["ref"]);
  if (action == "credit") {
    RecordCredit(fields, effective);
    return true;
  }
  if (action == "amend_credit") {
    event::v1::CreditAmended& amended = *event.mutable_credit_amended();
    amended.set_reference(reference);
    if (fields["completed"]) SetDate(fields["completed"], amended.mutable_completed_date());
    if (fields["from"]) SetDate(fields["from"], amended.mutable_from_date());
    if (HasAmount(fields)) SetAmount(fields, amended.mutable_amount());
    if (fields["breaks"]) amended.set_break_minutes(Whole(fields["breaks"]));
    if (fields["housekeeping"]) amended.set_housekeeping_minutes(Whole(fields["housekeeping"]));
  } else if (action == "document_credit") {
    event.mutable_credit_documented()->set_reference(reference);
  } else if (action == "verify_credit") {
    event.mutable_credit_verified()->set_reference(reference);
  } else if (action == "withdraw_credit") {
    event.mutable_credit_withdrawn()->set_reference(reference);
  } else if (action == "disallow_credit") {
    event.mutable_credit_disallowed()->set_reference(reference);
  } else if (action == "reinstate_credit") {
    event.mutable_credit_reinstated()->set_reference(reference);
  } else {
    return false;
  }
  AppendPersonal(fields, effective, event);
  return true;
}

// Records of the board's own posting are effective on the day of completion.
void ScenarioPlayer::RecordCredit(const YAML::Node& fields, absl::Time effective) {
  CertificantEvent event;
  event::v1::CreditRecorded& record = *event.mutable_credit_recorded();
  record.set_reference(Text(fields["ref"]));
  record.set_activity_kind(Text(fields["kind"]));
  SetDate(fields["completed"], record.mutable_completed_date());
  if (fields["from"]) SetDate(fields["from"], record.mutable_from_date());
  SetAmount(fields, record.mutable_amount());
  record.set_break_minutes(Whole(fields["breaks"]));
  record.set_housekeeping_minutes(Whole(fields["housekeeping"]));
  record.set_activity_id(Text(fields["activity"]));
  record.set_paid(Flag(fields["paid"], false));
  record.set_outside_approved_programme(!Flag(fields["at_approved_program"], true));
  record.set_documented(Flag(fields["documented"], true));
  record.set_source(SourceOf(fields));
  if (record.source() != type::v1::CREDIT_SOURCE_SELF) effective = Instant(fields["completed"]);
  AppendPersonal(fields, effective, event);
}

bool ScenarioPlayer::PlayRenewalCommand(const std::string& action, const YAML::Node& fields,
                                        absl::Time effective) {
  CertificantEvent event;
  if (action == "submit") {
    event.mutable_application_submitted();
  } else if (action == "approve") {
    event.mutable_certification_renewed();
  } else if (action == "return") {
    event.mutable_application_returned();
  } else if (action == "request_extension") {
    event.mutable_extension_requested();
  } else if (action == "grant_extension") {
    event.mutable_extension_granted();
  } else if (action == "deny_extension") {
    event.mutable_extension_denied();
  } else if (action == "request_reinstatement") {
    event.mutable_reinstatement_requested();
  } else {
    return false;
  }
  AppendPersonal(fields, effective, event);
  return true;
}

bool ScenarioPlayer::PlayDisputeCommand(const std::string& action, const YAML::Node& fields,
                                        absl::Time effective) {
  CertificantEvent event;
  const int64_t position = fields["step"] ? positions_[Whole(fields["step"])] : 0;
  if (action == "open_dispute") {
    event.mutable_dispute_opened()->set_cycle_end_year(fields["cycle"].as<int>());
    event.mutable_dispute_opened()->set_disputed_position(position);
  } else if (action == "decide_dispute") {
    event::v1::DisputeDecided& decided = *event.mutable_dispute_decided();
    decided.set_dispute_position(position);
    const std::string outcome = Text(fields["outcome"]);
    decided.set_outcome(outcome == "UPHELD"     ? type::v1::DISPUTE_OUTCOME_UPHELD
                        : outcome == "REJECTED" ? type::v1::DISPUTE_OUTCOME_REJECTED
                                                : type::v1::DISPUTE_OUTCOME_UPHELD_IN_PART);
  } else if (action == "withdraw_dispute") {
    event.mutable_dispute_withdrawn()->set_dispute_position(position);
  } else if (action == "waive") {
    *event.mutable_waiver_granted() = Waiver(fields);
  } else {
    return false;
  }
  AppendPersonal(fields, effective, event);
  return true;
}

event::v1::WaiverGranted ScenarioPlayer::Waiver(const YAML::Node& fields) {
  event::v1::WaiverGranted waiver;
  waiver.set_cycle_end_year(fields["cycle"].as<int>());
  if (fields["deadline"]) {
    type::v1::CycleDeadline deadline = type::v1::CYCLE_DEADLINE_UNSPECIFIED;
    GS_CHECK(
        type::v1::CycleDeadline_Parse("CYCLE_DEADLINE_" + Text(fields["deadline"]), &deadline));
    waiver.mutable_deadline()->set_deadline(deadline);
    SetDate(fields["through"], waiver.mutable_deadline()->mutable_through_date());
  } else if (fields["fee"]) {
    type::v1::FeeKind fee = type::v1::FEE_KIND_UNSPECIFIED;
    GS_CHECK(type::v1::FeeKind_Parse("FEE_KIND_" + Text(fields["fee"]), &fee));
    waiver.mutable_fee()->set_fee(fee);
    waiver.mutable_fee()->set_amount_minor_units(ParseHundredths(Text(fields["amount"])));
  } else {
    waiver.mutable_requirement()->set_line(Text(fields["line"]));
    if (fields["credits"]) {
      waiver.mutable_requirement()->mutable_credits()->set_hundredths(
          ParseHundredths(Text(fields["credits"])));
    }
  }
  if (fields["dispute"]) waiver.set_dispute_position(positions_[Whole(fields["dispute"])]);
  return waiver;
}

void ScenarioPlayer::Pay(const YAML::Node& fields, const YAML::Node& step) {
  const YAML::Node received = fields["received"] ? fields["received"] : fields["dated"];
  const absl::Time effective = Instant(step["effective"] ? step["effective"] : received);
  CertificantEvent event;
  event::v1::PaymentReceived& payment = *event.mutable_payment_received();
  payment.set_reference(Text(fields["ref"]));
  payment.set_amount_minor_units(ParseHundredths(Text(fields["amount"])));
  SetDate(fields["dated"], payment.mutable_dated_date());
  if (fields["cycle"]) payment.set_cycle_end_year(fields["cycle"].as<int>());
  AppendPersonal(fields, effective, event);
}

bool ScenarioPlayer::PlayBoardCommand(const std::string& action, const YAML::Node& fields,
                                      absl::Time effective) {
  ActivityEvent event;
  if (action == "correct_rules") {
    CorrectRules(fields, effective);
    return true;
  }
  if (action == "approve_activity") {
    event::v1::ActivityApproved& approved = *event.mutable_activity_approved();
    approved.mutable_credits()->set_hundredths(ParseHundredths(Text(fields["credits"])));
    SetPeriod(fields, approved.mutable_period());
    if (fields["part_of"]) approved.set_part_of_activity_id(Text(fields["part_of"]));
  } else if (action == "withdraw_activity") {
    event.mutable_activity_withdrawn();
  } else {
    return false;
  }
  const std::string stream = "activity/" + Text(fields["activity"]);
  if (Decide(stream, effective, event)) Append(stream, effective, event);
  return true;
}

void ScenarioPlayer::CorrectRules(const YAML::Node& fields, absl::Time effective) {
  if (!wanted_refusal_.empty()) return;
  RuleSetEvent event;
  event::v1::RuleSetCorrected& corrected = *event.mutable_rule_set_corrected();
  corrected.set_version(++rule_set_version_);
  corrected.mutable_years()->set_first_year(fields["years"][0].as<int>());
  corrected.mutable_years()->set_last_year(fields["years"][1].as<int>());
  for (const auto& change : fields["set"]) {
    type::v1::FigureChange& figure = *corrected.add_changes();
    figure.set_path(change.first.as<std::string>());
    figure.set_value(change.second.as<std::string>());
  }
  Append("rules/" + Text(fields["name"]), effective, event);
}

// ------------------------------------------------------------------ times and facts

absl::Time ScenarioPlayer::Instant(const YAML::Node& text) const {
  const std::string value = Text(text);
  const absl::CivilDay day = DayOf(text);
  if (value.size() > 10) {
    absl::CivilMinute minute;
    GS_CHECK(
        absl::ParseCivilTime(absl::StrCat(value.substr(0, 10), "T", value.substr(11)), &minute));
    return absl::FromCivil(minute, zone_);
  }
  if (day == absl::ToCivilDay(now_, zone_)) return now_;
  return absl::FromCivil(absl::CivilHour(day) + 12, zone_);
}

ModelQuestion ScenarioPlayer::Question(const std::string& id, const YAML::Node& fields) const {
  ModelQuestion question;
  question.certificant = id;
  question.as_of = fields["as_of"] ? DayOf(fields["as_of"]) : absl::ToCivilDay(now_, zone_);
  if (fields["known_at"]) {
    const bool whole_day = Text(fields["known_at"]).size() == 10;
    const absl::Time limit =
        whole_day ? absl::FromCivil(DayOf(fields["known_at"]) + 1, zone_) - absl::Microseconds(1)
                  : Instant(fields["known_at"]);
    question.known_micros = absl::ToUnixMicros(limit);
  }
  if (fields["rules"]) {
    const std::vector<std::string> parts = absl::StrSplit(Text(fields["rules"]), '@');
    GS_CHECK(parts.size() == 2);
    type::v1::RuleSetVersion version;
    version.set_name(parts[0]);
    version.set_version(ParseWhole(parts[1]));
    question.rules = version;
  }
  return question;
}

void ScenarioPlayer::AppendPersonal(const YAML::Node& fields, absl::Time effective,
                                    const CertificantEvent& event) {
  const std::string stream = "certificant/" + Text(fields["id"]);
  if (Decide(stream, effective, event)) Append(stream, effective, event);
}

}  // namespace goodstanding::model
