#include "tests/simulation/history.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/check.h"

namespace goodstanding::simulation {
namespace {

using event::v1::ActivityEvent;
using event::v1::CertificantEvent;
using event::v1::RuleSetCorrected;

// The fields of a step in flow style.
class Fields {
 public:
  Fields& Add(absl::string_view key, absl::string_view value) {
    parts_.push_back(absl::StrCat(key, ": ", value));
    return *this;
  }
  Fields& Add(absl::string_view key, int64_t value) { return Add(key, absl::StrCat(value)); }
  Fields& AddDate(absl::string_view key, const type::v1::CivilDate& date) {
    return Add(key, absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day()));
  }
  Fields& AddHundredths(absl::string_view key, int64_t value) {
    return Add(key, absl::StrFormat("\"%d.%02d\"", value / 100, value % 100));
  }
  std::string Text() const { return absl::StrCat("{", absl::StrJoin(parts_, ", "), "}"); }

 private:
  std::vector<std::string> parts_;
};

void AddAmount(const event::v1::ActivityAmount& amount, Fields& fields) {
  if (amount.has_minutes()) fields.Add("minutes", amount.minutes());
  if (amount.has_count()) fields.Add("count", amount.count());
  if (amount.has_position_years_hundredths()) {
    fields.AddHundredths("position_years", amount.position_years_hundredths());
  }
  if (amount.has_academic_credits_hundredths()) {
    fields.AddHundredths("academic_credits", amount.academic_credits_hundredths());
  }
}

std::string CreditFields(Fields fields, const event::v1::CreditRecorded& credit) {
  fields.Add("ref", credit.reference()).Add("kind", credit.activity_kind());
  if (credit.has_from_date()) fields.AddDate("from", credit.from_date());
  fields.AddDate("completed", credit.completed_date());
  AddAmount(credit.amount(), fields);
  if (credit.break_minutes() != 0) fields.Add("breaks", credit.break_minutes());
  if (credit.housekeeping_minutes() != 0) fields.Add("housekeeping", credit.housekeeping_minutes());
  if (!credit.activity_id().empty()) fields.Add("activity", credit.activity_id());
  if (credit.paid()) fields.Add("paid", "true");
  if (credit.outside_approved_programme()) fields.Add("at_approved_program", "false");
  if (!credit.documented()) fields.Add("documented", "false");
  if (credit.source() != type::v1::CREDIT_SOURCE_SELF) {
    fields.Add("source",
               absl::StripPrefix(type::v1::CreditSource_Name(credit.source()), "CREDIT_SOURCE_"));
  }
  return fields.Text();
}

std::string AmendFields(Fields fields, const event::v1::CreditAmended& amended) {
  fields.Add("ref", amended.reference());
  if (amended.has_from_date()) fields.AddDate("from", amended.from_date());
  if (amended.has_completed_date()) fields.AddDate("completed", amended.completed_date());
  if (amended.has_amount()) AddAmount(amended.amount(), fields);
  if (amended.has_break_minutes()) fields.Add("breaks", amended.break_minutes());
  if (amended.has_housekeeping_minutes()) {
    fields.Add("housekeeping", amended.housekeeping_minutes());
  }
  return fields.Text();
}

std::string PaymentFields(Fields fields, const event::v1::PaymentReceived& payment) {
  fields.Add("ref", payment.reference()).AddHundredths("amount", payment.amount_minor_units());
  fields.Add("method", payment.method() == type::v1::PAYMENT_METHOD_CARD ? "CARD" : "CHECK");
  fields.AddDate("dated", payment.dated_date());
  if (payment.cycle_end_year() != 0) fields.Add("cycle", payment.cycle_end_year());
  return fields.Text();
}

std::string EndingFields(Fields fields, const std::string& credential) {
  if (!credential.empty()) fields.Add("credential", credential);
  return fields.Text();
}

std::string WaiverFields(Fields fields, const event::v1::WaiverGranted& waiver) {
  fields.Add("cycle", waiver.cycle_end_year());
  if (waiver.has_deadline()) {
    const std::string name = type::v1::CycleDeadline_Name(waiver.deadline().deadline());
    fields.Add("deadline", name.substr(std::string("CYCLE_DEADLINE_").size()));
    fields.AddDate("through", waiver.deadline().through_date());
  } else if (waiver.has_fee()) {
    const std::string name = type::v1::FeeKind_Name(waiver.fee().fee());
    fields.Add("fee", name.substr(std::string("FEE_KIND_").size()));
    if (waiver.fee().amount_minor_units() != 0) {
      fields.AddHundredths("amount", waiver.fee().amount_minor_units());
    }
  } else {
    fields.Add("line", waiver.requirement().line());
    if (waiver.requirement().has_credits()) {
      fields.AddHundredths("credits", waiver.requirement().credits().hundredths());
    }
  }
  return fields.Add("hardship", waiver.hardship_reference()).Text();
}

// Action and fields of what happens to records and payments.
std::pair<std::string, std::string> RecordAction(const CertificantEvent& event, Fields fields) {
  const auto with = [&](const std::string& reference) {
    return fields.Add("ref", reference).Text();
  };
  switch (event.event_case()) {
    case CertificantEvent::kCreditRecorded:
      return {"credit", CreditFields(fields, event.credit_recorded())};
    case CertificantEvent::kCreditAmended:
      return {"amend_credit", AmendFields(fields, event.credit_amended())};
    case CertificantEvent::kCreditDocumented:
      return {"document_credit", with(event.credit_documented().reference())};
    case CertificantEvent::kCreditVerified:
      return {"verify_credit", with(event.credit_verified().reference())};
    case CertificantEvent::kCreditWithdrawn:
      return {"withdraw_credit", with(event.credit_withdrawn().reference())};
    case CertificantEvent::kCreditDisallowed:
      return {"disallow_credit", with(event.credit_disallowed().reference())};
    case CertificantEvent::kCreditReinstated:
      return {"reinstate_credit", with(event.credit_reinstated().reference())};
    case CertificantEvent::kPaymentReceived:
      return {"pay", PaymentFields(fields, event.payment_received())};
    case CertificantEvent::kPaymentReturned:
      return {"payment_returned", with(event.payment_returned().reference())};
    case CertificantEvent::kPaymentRefunded:
      if (event.payment_refunded().amount_minor_units() != 0) {
        fields.AddHundredths("amount", event.payment_refunded().amount_minor_units());
      }
      return {"refund", with(event.payment_refunded().reference())};
    default:
      GS_CHECK(false);
      return {};
  }
}

// Action and fields of what happens to a person and to a renewal.
std::pair<std::string, std::string> PersonAction(const std::string& id,
                                                 const CertificantEvent& event) {
  Fields fields;
  fields.Add("id", id);
  switch (event.event_case()) {
    case CertificantEvent::kCertificantRegistered:
      return {"register", fields.Add("name", "Ana Roe").Add("email", id + "@example.org").Text()};
    case CertificantEvent::kMembershipRecorded: {
      const type::v1::Period& period = event.membership_recorded().period();
      fields.AddDate("from", period.first_date()).AddDate("through", period.last_date());
      return {"membership", fields.Text()};
    }
    case CertificantEvent::kMembershipEnded:
      return {"end_membership",
              fields.AddDate("last", event.membership_ended().last_date()).Text()};
    case CertificantEvent::kCredentialGranted:
      return {"grant", fields.Add("credential", event.credential_granted().credential()).Text()};
    case CertificantEvent::kCredentialRevoked:
      return {"revoke", EndingFields(fields, event.credential_revoked().credential())};
    case CertificantEvent::kCredentialSurrendered:
      return {"surrender", EndingFields(fields, event.credential_surrendered().credential())};
    case CertificantEvent::kFactAnnulled:  // By position: scenarios name a step.
      return {"annul", fields.Add("position", event.fact_annulled().fact_position()).Text()};
    case CertificantEvent::kApplicationSubmitted:
      return {"submit", fields.Text()};
    case CertificantEvent::kApplicationReturned:
      return {"return", fields.Add("reason", "unreadable").Text()};
    case CertificantEvent::kCertificationRenewed:
      return {"approve", fields.Text()};
    case CertificantEvent::kExtensionRequested:
      return {"request_extension", fields.Text()};
    case CertificantEvent::kExtensionGranted:
      return {"grant_extension", fields.Text()};
    case CertificantEvent::kExtensionDenied:
      return {"deny_extension", fields.Text()};
    case CertificantEvent::kReinstatementRequested:
      return {"request_reinstatement", fields.Text()};
    case CertificantEvent::kWaiverGranted:
      return {"waive", WaiverFields(fields, event.waiver_granted())};
    case CertificantEvent::kAuditOpened:
      return {"open_audit", fields.Text()};
    case CertificantEvent::kAuditClosed:
      return {"close_audit", fields.Add("outcome", "PASSED").Text()};
    default:
      return RecordAction(event, fields);
  }
}

std::pair<std::string, std::string> ActivityAction(const std::string& id,
                                                   const ActivityEvent& event) {
  Fields fields;
  fields.Add("activity", id);
  if (event.has_activity_withdrawn()) return {"withdraw_activity", fields.Text()};
  const event::v1::ActivityApproved& approved = event.activity_approved();
  fields.Add("sponsor", approved.sponsor()).Add("title", approved.title());
  fields.AddHundredths("credits", approved.credits().hundredths());
  fields.AddDate("from", approved.period().first_date());
  fields.AddDate("through", approved.period().last_date());
  if (!approved.part_of_activity_id().empty()) {
    fields.Add("part_of", approved.part_of_activity_id());
  }
  return {"approve_activity", fields.Text()};
}

std::pair<std::string, std::string> CorrectionAction(const std::string& id,
                                                     const RuleSetCorrected& corrected) {
  Fields changes;
  for (const type::v1::FigureChange& change : corrected.changes()) {
    changes.Add(change.path(), absl::StrCat("\"", change.value(), "\""));
  }
  Fields fields;
  fields.Add("name", id);
  fields.Add("years", absl::StrCat("[", corrected.years().first_year(), ", ",
                                   corrected.years().last_year(), "]"));
  fields.Add("set", changes.Text()).Add("reason", "board vote");
  return {"correct_rules", fields.Text()};
}

std::string Minute(absl::Time time) { return absl::FormatTime("\"%Y-%m-%d %H:%M\"", time, Zone()); }

}  // namespace

const absl::TimeZone& Zone() {
  static const absl::TimeZone* const zone = [] {
    auto* const loaded = new absl::TimeZone;
    GS_CHECK(absl::LoadTimeZone(Rules().time_zone(), loaded));
    return loaded;
  }();
  return *zone;
}

absl::Time Instant(absl::CivilMinute minute) { return absl::FromCivil(minute, Zone()); }

absl::CivilDay DayOf(absl::Time time) { return absl::ToCivilDay(time, Zone()); }

const type::v1::RuleSet& Rules() {
  static const type::v1::RuleSet* const rules = [] {
    std::ifstream file(GOODSTANDING_RULES_FILE);
    std::stringstream text;
    text << file.rdbuf();
    auto* const read = new type::v1::RuleSet;
    GS_CHECK(google::protobuf::TextFormat::ParseFromString(text.str(), read));
    read->clear_holidays();
    return read;
  }();
  return *rules;
}

std::string Step::Stream() const {
  if (std::holds_alternative<CertificantEvent>(proposed)) return "certificant/" + id;
  return (std::holds_alternative<ActivityEvent>(proposed) ? "activity/" : "rules/") + id;
}

absl::Time EffectiveOf(const Step& step) {
  const auto* const event = std::get_if<CertificantEvent>(&step.proposed);
  if (event != nullptr && event->has_credit_recorded() &&
      event->credit_recorded().source() != type::v1::CREDIT_SOURCE_SELF) {
    const type::v1::CivilDate& date = event->credit_recorded().completed_date();
    const absl::CivilDay day(date.year(), date.month(), date.day());
    return day == DayOf(step.at) ? step.at : Instant(absl::CivilHour(day) + 12);
  }
  return step.effective.value_or(step.at);
}

std::vector<std::string> History::Certificants() const {
  std::set<std::string> ids;
  for (const Step& step : steps) {
    if (std::holds_alternative<CertificantEvent>(step.proposed)) ids.insert(step.id);
  }
  return {ids.begin(), ids.end()};
}

std::string ToYaml(const Step& step, const std::string& fails) {
  std::pair<std::string, std::string> action;
  if (const auto* person = std::get_if<CertificantEvent>(&step.proposed)) {
    action = PersonAction(step.id, *person);
  } else if (const auto* activity = std::get_if<ActivityEvent>(&step.proposed)) {
    action = ActivityAction(step.id, *activity);
  } else {
    action = CorrectionAction(step.id, std::get<RuleSetCorrected>(step.proposed));
  }
  std::string text = absl::StrCat("  - at: ", Minute(step.at), "\n");
  absl::StrAppend(&text, "    ", action.first, ": ", action.second, "\n");
  // A payment says when it was received, always.
  if (step.effective.has_value() || action.first == "pay") {
    absl::StrAppend(&text, "    effective: ", Minute(step.effective.value_or(step.at)), "\n");
  }
  if (!fails.empty()) absl::StrAppend(&text, "    fails: ", fails, "\n");
  return text;
}

std::string ToYaml(const Question& question, const std::string& separator) {
  std::string text = absl::StrCat("as_of: ", absl::FormatCivilTime(question.as_of));
  if (question.known_at) {
    absl::StrAppend(&text, separator, "known_at: ", Minute(*question.known_at));
  }
  if (question.rules_version) {
    absl::StrAppend(&text, separator, "rules: \"", Rules().name(), "@", *question.rules_version,
                    "\"");
  }
  return text;
}

}  // namespace goodstanding::simulation
