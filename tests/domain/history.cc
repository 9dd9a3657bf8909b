#include "tests/domain/history.h"

#include <google/protobuf/text_format.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "domain/refusal.h"
#include "gtest/gtest.h"

namespace goodstanding::testing {
namespace {

using domain::Date;
using domain::Moment;
using event::v1::ActivityEvent;
using event::v1::CertificantEvent;
using event::v1::RuleSetEvent;

const absl::TimeZone& Zone() {
  static const auto* const kZone = [] {
    auto* const zone = new absl::TimeZone;
    GS_CHECK(absl::LoadTimeZone("America/New_York", zone));
    return zone;
  }();
  return *kZone;
}

Date DayOr(absl::string_view text, Date otherwise) { return text.empty() ? otherwise : Day(text); }

std::string ReasonOf(const absl::Status& status) {
  if (status.ok()) return "";
  const auto refusal = domain::GetRefusal(status);
  return refusal ? refusal->reason : status.ToString();
}

void SetAmount(const CreditReport& report, event::v1::ActivityAmount* amount) {
  if (report.minutes != 0) amount->set_minutes(report.minutes);
  if (report.count != 0) amount->set_count(report.count);
  if (!report.position_years.empty()) {
    amount->set_position_years_hundredths(Amount(report.position_years));
  }
  if (!report.academic_credits.empty()) {
    amount->set_academic_credits_hundredths(Amount(report.academic_credits));
  }
}

}  // namespace

Date Day(absl::string_view text) {
  const auto date = Date::Parse(text);
  GS_CHECK(date.has_value());
  return *date;
}

Moment At(absl::string_view text) {
  const Date day = Day(text.substr(0, 10));
  absl::CivilSecond civil(day.year(), day.month(), day.day(), 12, 0, 0);
  if (text.size() == 16 || text.size() == 19) {
    const std::string iso =
        absl::StrCat(text.substr(0, 10), "T", text.substr(11), text.size() == 16 ? ":00" : "");
    GS_CHECK(absl::ParseCivilTime(iso, &civil));
  } else {
    GS_CHECK(text.size() == 10);
  }
  const absl::Time time = absl::FromCivil(civil, Zone());
  return Moment::FromUtc(absl::ToUnixMicros(time), Zone().At(time).offset);
}

domain::Hundredths Amount(absl::string_view text) {
  const auto amount = domain::ParseHundredths(text);
  GS_CHECK(amount.has_value());
  return *amount;
}

type::v1::RuleSet ShippedRuleSet() {
  std::ifstream file(std::string(GOODSTANDING_RULES_DIR) + "/namss-2025.textproto");
  std::stringstream text;
  text << file.rdbuf();
  type::v1::RuleSet rule_set;
  GS_CHECK(google::protobuf::TextFormat::ParseFromString(text.str(), &rule_set));
  return rule_set;
}

const domain::Figures& ShippedFigures() {
  static const auto* const kFigures =
      new domain::Figures(domain::CompileRuleSet(ShippedRuleSet()).value());
  return *kFigures;
}

History::History(Person person) : History(ShippedRuleSet(), person) {}

History::History(const type::v1::RuleSet& rule_set, Person person)
    : now_(testing::At("1990-01-01")), rule_set_name_(rule_set.name()) {
  RuleSetEvent published;
  *published.mutable_rule_set_published()->mutable_rule_set() = rule_set;
  GS_CHECK(rulebook_.Apply(++head_, now_.micros, published).ok());
  if (person == Person::kUnknown) return;
  CertificantEvent registered;
  registered.mutable_certificant_registered()->set_name("Ana Roe");
  Do(registered);
}

History& History::At(absl::string_view moment) {
  now_ = testing::At(moment);
  return *this;
}

History& History::Effective(absl::string_view moment) {
  effective_ = testing::At(moment);
  return *this;
}

Moment History::TakeEffective() {
  const Moment moment = effective_.value_or(now_);
  effective_.reset();
  return moment;
}

absl::Status History::Record(const CertificantEvent& command) {
  domain::CommandContext context;
  context.effective = TakeEffective();
  if (const auto posted = domain::BoardPostedDay(command)) {
    context.effective = testing::At(posted->ToString());
  }
  context.now = now_;
  context.head_position = head_;
  context.time_zone_database = "2026a";
  const KnownFacts known = Known();
  const auto event = domain::Decide(known.facts(), command, context);
  if (!event.ok()) return event.status();
  log_.push_back({*event, {context.effective, ++head_}, now_.micros});
  return domain::Evolve(*event, log_.back().stamp, state_);
}

History& History::Do(const CertificantEvent& command) {
  last_status_ = Record(command);
  if (!last_status_.ok()) {
    ADD_FAILURE() << "on " << now_.date.ToString() << ": " << command.ShortDebugString()
                  << " was refused: " << last_status_;
  }
  return *this;
}

std::string History::Try(const CertificantEvent& command) {
  last_status_ = Record(command);
  return ReasonOf(last_status_);
}

// ------------------------------------------------------------------ commands

CertificantEvent GrantCommand(absl::string_view credential) {
  CertificantEvent command;
  command.mutable_credential_granted()->set_credential(std::string(credential));
  return command;
}

CertificantEvent CreditCommand(const CreditReport& report, Date today) {
  CertificantEvent command;
  auto& credit = *command.mutable_credit_recorded();
  credit.set_reference(report.reference);
  credit.set_activity_kind(report.kind);
  *credit.mutable_completed_date() = DayOr(report.completed, today).ToProto();
  if (!report.from.empty()) *credit.mutable_from_date() = Day(report.from).ToProto();
  SetAmount(report, credit.mutable_amount());
  credit.set_break_minutes(report.breaks);
  credit.set_housekeeping_minutes(report.housekeeping);
  credit.set_activity_id(report.activity);
  credit.set_paid(report.paid);
  credit.set_outside_approved_programme(!report.at_approved_programme);
  credit.set_documented(report.documented);
  credit.set_source(report.source);
  return command;
}

CertificantEvent PaymentCommand(const PaymentReport& report, Date today) {
  CertificantEvent command;
  auto& payment = *command.mutable_payment_received();
  payment.set_reference(report.reference);
  payment.set_amount_minor_units(Amount(report.amount));
  payment.set_method(report.method);
  *payment.mutable_dated_date() = DayOr(report.dated, today).ToProto();
  payment.set_cycle_end_year(report.cycle_end_year);
  return command;
}

CertificantEvent SubmitCommand() {
  CertificantEvent command;
  command.mutable_application_submitted();
  return command;
}

CertificantEvent ReturnCommand() {
  CertificantEvent command;
  command.mutable_application_returned()->set_reason("Unreadable.");
  return command;
}

CertificantEvent ApproveCommand() {
  CertificantEvent command;
  command.mutable_certification_renewed();
  return command;
}

CertificantEvent RequestExtensionCommand() {
  CertificantEvent command;
  command.mutable_extension_requested();
  return command;
}

CertificantEvent GrantExtensionCommand() {
  CertificantEvent command;
  command.mutable_extension_granted();
  return command;
}

CertificantEvent DenyExtensionCommand() {
  CertificantEvent command;
  command.mutable_extension_denied();
  return command;
}

CertificantEvent RequestReinstatementCommand() {
  CertificantEvent command;
  command.mutable_reinstatement_requested();
  return command;
}

CertificantEvent OpenAuditCommand() {
  CertificantEvent command;
  command.mutable_audit_opened()->set_reason("Drawn by lot.");
  return command;
}

CertificantEvent CloseAuditCommand(type::v1::AuditOutcome outcome) {
  CertificantEvent command;
  command.mutable_audit_closed()->set_outcome(outcome);
  return command;
}

History& History::Grant(absl::string_view credential) { return Do(GrantCommand(credential)); }

History& History::Revoke(absl::string_view credential) {
  CertificantEvent command;
  command.mutable_credential_revoked()->set_credential(std::string(credential));
  return Do(command);
}

History& History::Surrender(absl::string_view credential) {
  CertificantEvent command;
  command.mutable_credential_surrendered()->set_credential(std::string(credential));
  return Do(command);
}

History& History::Membership(absl::string_view from, absl::string_view through) {
  CertificantEvent command;
  auto& period = *command.mutable_membership_recorded()->mutable_period();
  *period.mutable_first_date() = Day(from).ToProto();
  *period.mutable_last_date() = Day(through).ToProto();
  return Do(command);
}

History& History::Credit(const CreditReport& report) {
  return Do(CreditCommand(report, effective_.value_or(now_).date));
}

History& History::Document(absl::string_view reference) {
  CertificantEvent command;
  command.mutable_credit_documented()->set_reference(std::string(reference));
  return Do(command);
}

History& History::Verify(absl::string_view reference) {
  CertificantEvent command;
  command.mutable_credit_verified()->set_reference(std::string(reference));
  return Do(command);
}

History& History::Withdraw(absl::string_view reference) {
  CertificantEvent command;
  command.mutable_credit_withdrawn()->set_reference(std::string(reference));
  return Do(command);
}

History& History::Disallow(absl::string_view reference) {
  CertificantEvent command;
  command.mutable_credit_disallowed()->set_reference(std::string(reference));
  return Do(command);
}

History& History::Reinstate(absl::string_view reference) {
  CertificantEvent command;
  command.mutable_credit_reinstated()->set_reference(std::string(reference));
  return Do(command);
}

History& History::AmendMinutes(absl::string_view reference, int64_t minutes) {
  CertificantEvent command;
  command.mutable_credit_amended()->set_reference(std::string(reference));
  command.mutable_credit_amended()->mutable_amount()->set_minutes(minutes);
  return Do(command);
}

History& History::AmendCompleted(absl::string_view reference, absl::string_view completed) {
  CertificantEvent command;
  command.mutable_credit_amended()->set_reference(std::string(reference));
  *command.mutable_credit_amended()->mutable_completed_date() = Day(completed).ToProto();
  return Do(command);
}

History& History::Pay(const PaymentReport& report) {
  return Do(PaymentCommand(report, effective_.value_or(now_).date));
}

History& History::EndMembership(absl::string_view last) {
  CertificantEvent command;
  *command.mutable_membership_ended()->mutable_last_date() = Day(last).ToProto();
  return Do(command);
}

History& History::ReturnPayment(absl::string_view reference) {
  CertificantEvent command;
  command.mutable_payment_returned()->set_reference(std::string(reference));
  return Do(command);
}

History& History::Refund(absl::string_view reference, absl::string_view amount) {
  CertificantEvent command;
  command.mutable_payment_refunded()->set_reference(std::string(reference));
  if (!amount.empty()) {
    command.mutable_payment_refunded()->set_amount_minor_units(Amount(amount));
  }
  return Do(command);
}

History& History::Submit() { return Do(SubmitCommand()); }
History& History::ReturnApplication() { return Do(ReturnCommand()); }
History& History::Approve() { return Do(ApproveCommand()); }
History& History::RequestExtension() { return Do(RequestExtensionCommand()); }
History& History::GrantExtension() { return Do(GrantExtensionCommand()); }
History& History::DenyExtension() { return Do(DenyExtensionCommand()); }
History& History::RequestReinstatement() { return Do(RequestReinstatementCommand()); }
History& History::OpenAudit() { return Do(OpenAuditCommand()); }
History& History::CloseAudit(type::v1::AuditOutcome outcome) {
  return Do(CloseAuditCommand(outcome));
}

History& History::ApproveActivity(absl::string_view activity, absl::string_view credits,
                                  absl::string_view from, absl::string_view through,
                                  absl::string_view part_of) {
  ActivityEvent event;
  auto& approved = *event.mutable_activity_approved();
  approved.set_sponsor("State chapter");
  approved.set_title("Annual meeting");
  approved.mutable_credits()->set_hundredths(Amount(credits));
  *approved.mutable_period()->mutable_first_date() = Day(from).ToProto();
  *approved.mutable_period()->mutable_last_date() = Day(through).ToProto();
  approved.set_part_of_activity_id(std::string(part_of));
  const Moment effective = TakeEffective();
  last_status_ = domain::DecideActivity(catalogue_, activity, event, effective, now_);
  EXPECT_TRUE(last_status_.ok()) << last_status_;
  GS_CHECK(catalogue_.Apply(activity, ++head_, now_.micros, effective, event).ok());
  return *this;
}

History& History::WithdrawActivity(absl::string_view activity) {
  ActivityEvent event;
  event.mutable_activity_withdrawn()->set_reason("Withdrawn by the sponsor.");
  const Moment effective = TakeEffective();
  last_status_ = domain::DecideActivity(catalogue_, activity, event, effective, now_);
  EXPECT_TRUE(last_status_.ok()) << last_status_;
  GS_CHECK(catalogue_.Apply(activity, ++head_, now_.micros, effective, event).ok());
  return *this;
}

History& History::CorrectRules(const std::map<std::string, std::string>& changes, int first_year,
                               int last_year) {
  event::v1::RuleSetCorrected correction;
  correction.mutable_years()->set_first_year(first_year);
  correction.mutable_years()->set_last_year(last_year);
  correction.set_reason("A misprint.");
  for (const auto& [path, value] : changes) {
    auto& change = *correction.add_changes();
    change.set_path(path);
    change.set_value(value);
  }
  const auto event = rulebook_.DecideCorrect(rule_set_name_, 0, correction);
  last_status_ = event.status();
  EXPECT_TRUE(event.ok()) << event.status();
  if (event.ok()) GS_CHECK(rulebook_.Apply(++head_, now_.micros, *event).ok());
  return *this;
}

// ------------------------------------------------------------------ questions

KnownFacts History::Known(const domain::Knowledge& knowledge,
                          const std::optional<domain::RuleSetChoice>& choice) const {
  KnownFacts known;
  known.knowledge = knowledge;
  known.rules = rulebook_.View(knowledge, choice).value();
  known.catalogue = catalogue_;
  if (knowledge.SeesAll()) {
    known.state = state_;
    return known;
  }
  for (const LoggedEvent& logged : log_) {
    if (knowledge.Sees(logged.stamp.position, logged.recorded_micros)) {
      GS_CHECK(domain::Evolve(logged.event, logged.stamp, known.state).ok());
    }
  }
  return known;
}

domain::Knowledge History::KnownAt(absl::string_view moment) {
  domain::Knowledge knowledge;
  knowledge.max_recorded_micros = testing::At(moment).micros;
  return knowledge;
}

std::string History::StandingOn(absl::string_view day) const {
  const KnownFacts known = Known();
  const auto evaluation = domain::Evaluate(known.facts(), domain::Cutoff::EndOf(Day(day)));
  return std::string(domain::StandingName(evaluation.standing));
}

std::string History::CreditOn(absl::string_view day, absl::string_view reference) const {
  const KnownFacts known = Known();
  const auto evaluation = domain::Evaluate(known.facts(), domain::Cutoff::EndOf(Day(day)));
  for (const domain::CreditJudgment& judgment : evaluation.renewal.credits.judgments) {
    if (judgment.record->reference != reference) continue;
    return judgment.reason == domain::CreditReason::kEarns
               ? domain::FormatHundredths(judgment.earned)
               : std::string(domain::CreditReasonName(judgment.reason));
  }
  return "absent";
}

std::string History::FeesOn(absl::string_view day) const {
  const KnownFacts known = Known();
  const domain::Fees fees =
      domain::Evaluate(known.facts(), domain::Cutoff::EndOf(Day(day))).renewal.fees.fees;
  return absl::StrCat(
      domain::FormatHundredths(fees.recertification), "/", domain::FormatHundredths(fees.late), "/",
      domain::FormatHundredths(fees.extension), "/", domain::FormatHundredths(fees.reinstatement));
}

}  // namespace goodstanding::testing
