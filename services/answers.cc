#include "services/answers.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "services/board_time.h"

namespace goodstanding::services {
namespace {

using domain::Date;

absl::Time TimeOf(const domain::Moment& moment) { return absl::FromUnixMicros(moment.micros); }

void FillCycle(const view::v1::AnswerSpan& span, api::v1::Cycle& cycle) {
  *cycle.mutable_period()->mutable_first_date() =
      Date::FromNumber(span.cycle_first_day()).ToProto();
  *cycle.mutable_period()->mutable_last_date() = Date::FromNumber(span.cycle_last_day()).ToProto();
  cycle.set_number(span.cycle_number());
  cycle.set_renewed(span.renewed());
}

void FillFees(const view::v1::AnswerSpan& span, api::v1::Fees& fees) {
  const std::string& currency = span.currency_code();
  *fees.mutable_recertification() = ToMoney(span.recertification_fee(), currency);
  *fees.mutable_late() = ToMoney(span.late_fee(), currency);
  *fees.mutable_extension() = ToMoney(span.extension_fee(), currency);
  *fees.mutable_reinstatement() = ToMoney(span.reinstatement_fee(), currency);
}

api::v1::TranscriptEntry ToEntry(const domain::CreditJudgment& judgment) {
  const domain::CreditRecord& record = *judgment.record;
  api::v1::TranscriptEntry entry;
  entry.set_reference(record.reference);
  entry.set_activity_kind(record.kind);
  *entry.mutable_completed_date() = judgment.figures.completed.ToProto();
  entry.set_activity_id(record.activity_id);
  entry.set_source(record.source);
  entry.set_documented(judgment.documented);
  entry.set_approved(judgment.approved());
  entry.mutable_earned()->set_hundredths(judgment.earned);
  entry.set_reason(std::string(domain::CreditReasonName(judgment.reason)));
  entry.set_position(record.stamp.position);
  *entry.mutable_effective_time() = ToTimestamp(TimeOf(record.stamp.effective));
  return entry;
}

api::v1::PaymentEntry ToEntry(const domain::Payment& payment, const domain::Cutoff& cutoff,
                              const std::string& currency_code) {
  const domain::PaymentStatus status = domain::StatusAt(payment, cutoff);
  api::v1::PaymentEntry entry;
  entry.set_reference(payment.reference);
  *entry.mutable_amount() = ToMoney(payment.amount, currency_code);
  entry.set_method(payment.method);
  *entry.mutable_dated_date() = payment.dated.ToProto();
  *entry.mutable_received_date() = payment.stamp.effective.date.ToProto();
  entry.set_cycle_end_year(status.cycle_end_year);
  if (status.returned) *entry.mutable_returned_date() = status.returned->effective.date.ToProto();
  entry.set_refunded(status.refunded);
  *entry.mutable_left() = ToMoney(status.amount, currency_code);
  entry.set_position(payment.stamp.position);
  return entry;
}

api::v1::StandingInterval ToInterval(Date from, type::v1::Standing standing, Date cycle_start,
                                     Date cycle_end, bool has_cycle) {
  api::v1::StandingInterval interval;
  *interval.mutable_first_date() = from.ToProto();
  interval.set_standing(standing);
  interval.set_certified(domain::IsCertified(standing));
  if (has_cycle) {
    *interval.mutable_cycle()->mutable_first_date() = cycle_start.ToProto();
    *interval.mutable_cycle()->mutable_last_date() = cycle_end.ToProto();
  }
  return interval;
}

// Adds an interval, ending the one before it the day before.
void AddInterval(Date from, api::v1::StandingInterval interval,
                 api::v1::GetTimelineResponse& response) {
  if (response.intervals_size() > 0) {
    auto& last = *response.mutable_intervals(response.intervals_size() - 1);
    const bool same = last.standing() == interval.standing() &&
                      last.cycle().SerializeAsString() == interval.cycle().SerializeAsString();
    if (same) return;
    *last.mutable_last_date() = (from - 1).ToProto();
  }
  *response.add_intervals() = std::move(interval);
}

}  // namespace

type::v1::Money ToMoney(domain::Hundredths amount, const std::string& currency_code) {
  type::v1::Money money;
  money.set_currency_code(currency_code);
  money.set_minor_units(amount);
  return money;
}

void FillAnswer(const std::string& certificant_id, Date day, const view::v1::AnswerSpan* span,
                int64_t applied_position, api::v1::StandingAnswer& answer) {
  answer.set_certificant_id(certificant_id);
  *answer.mutable_as_of_date() = day.ToProto();
  answer.set_applied_position(applied_position);
  answer.set_standing(type::v1::STANDING_NOT_CERTIFIED);
  if (span == nullptr) return;
  answer.set_standing(span->standing());
  answer.set_certified(domain::IsCertified(span->standing()));
  if (span->cycle_number() == 0) return;
  answer.set_level(span->level());
  *answer.mutable_credentials() = span->credentials();
  FillCycle(*span, *answer.mutable_cycle());
  for (const auto& line : span->requirement()) {
    auto& status = *answer.add_requirement();
    status.set_line(line.line());
    status.mutable_minimum()->set_hundredths(line.minimum_hundredths());
    status.mutable_counted()->set_hundredths(line.counted_hundredths());
  }
  answer.set_complete(span->complete());
  FillFees(*span, *answer.mutable_fees());
  const int64_t due = span->recertification_fee() + span->late_fee() + span->extension_fee() +
                      span->reinstatement_fee();
  *answer.mutable_paid() = ToMoney(span->paid(), span->currency_code());
  *answer.mutable_balance() = ToMoney(due - span->paid(), span->currency_code());
  *answer.mutable_arrears() = ToMoney(span->arrears(), span->currency_code());
  answer.mutable_rule_set()->set_name(span->rule_set_name());
  answer.mutable_rule_set()->set_version(span->rule_set_version());
}

api::v1::Cycle ToCycle(const domain::CycleStatus& status) {
  api::v1::Cycle cycle;
  *cycle.mutable_period()->mutable_first_date() = status.start.ToProto();
  *cycle.mutable_period()->mutable_last_date() = status.calendar.cycle_end.ToProto();
  cycle.set_number(status.number);
  cycle.set_renewed(status.renewed.has_value());
  return cycle;
}

api::v1::Fees ToFees(const domain::Fees& fees, const std::string& currency_code) {
  api::v1::Fees message;
  *message.mutable_recertification() = ToMoney(fees.recertification, currency_code);
  *message.mutable_late() = ToMoney(fees.late, currency_code);
  *message.mutable_extension() = ToMoney(fees.extension, currency_code);
  *message.mutable_reinstatement() = ToMoney(fees.reinstatement, currency_code);
  return message;
}

api::v1::ExplanationLine ToLine(const domain::ExplanationLine& line) {
  api::v1::ExplanationLine message;
  message.set_topic(static_cast<api::v1::ExplanationTopic>(static_cast<int>(line.topic) + 1));
  message.set_text(line.text);
  message.set_reason(line.reason);
  for (const int64_t position : line.positions) message.add_positions(position);
  message.set_source_heading(line.source_heading);
  message.set_settled(line.settled);
  return message;
}

void FillRequirement(const domain::RenewalStatus& renewal,
                     google::protobuf::RepeatedPtrField<api::v1::RequirementStatus>& out) {
  for (const domain::RequirementLine& line : renewal.level->requirement) {
    auto& status = *out.Add();
    status.set_line(line.line);
    status.mutable_minimum()->set_hundredths(line.minimum);
    status.mutable_counted()->set_hundredths(renewal.credits.Counted(line));
  }
}

void FillTranscript(const domain::RenewalStatus& renewal,
                    api::v1::GetTranscriptResponse& response) {
  std::vector<const domain::CreditJudgment*> judgments;
  for (const domain::CreditJudgment& judgment : renewal.credits.judgments) {
    judgments.push_back(&judgment);
  }
  std::stable_sort(judgments.begin(), judgments.end(), [](const auto* a, const auto* b) {
    return a->figures.completed < b->figures.completed;
  });
  for (const domain::CreditJudgment* judgment : judgments) {
    *response.add_entries() = ToEntry(*judgment);
  }
  FillRequirement(renewal, *response.mutable_requirement());
}

void FillAccount(const domain::Facts& facts, const domain::Evaluation& evaluation,
                 api::v1::GetAccountResponse& response) {
  if (evaluation.cycle() == nullptr) return;
  const domain::Cutoff& cutoff = evaluation.cutoff;
  const std::string& currency = evaluation.cycle()->figures().currency_code;
  for (const domain::CycleStatus& cycle : evaluation.career.cycles) {
    const domain::Fees fees = domain::FeesAt(facts.state, evaluation.career, cycle, cutoff).fees;
    const domain::Hundredths paid =
        domain::PaidAt(facts.state, cutoff, {.cycle_end_year = cycle.end_year});
    auto& renewal = *response.add_renewals();
    *renewal.mutable_cycle() = ToCycle(cycle);
    *renewal.mutable_fees() = ToFees(fees, currency);
    *renewal.mutable_paid() = ToMoney(paid, currency);
    *renewal.mutable_balance() = ToMoney(fees.Total() - paid, currency);
  }
  for (const domain::Payment& payment : facts.state.payments) {
    if (cutoff.Includes(payment.stamp.effective)) {
      *response.add_payments() = ToEntry(payment, cutoff, currency);
    }
  }
  *response.mutable_arrears() = ToMoney(evaluation.arrears, currency);
}

void FillTimeline(const std::vector<domain::StandingSpan>& spans,
                  api::v1::GetTimelineResponse& response) {
  for (const domain::StandingSpan& span : spans) {
    AddInterval(span.from,
                ToInterval(span.from, span.standing, span.cycle_start, span.cycle_end,
                           span.cycle_end_year != 0),
                response);
  }
}

void FillTimeline(const view::v1::CertificantRow& row, api::v1::GetTimelineResponse& response) {
  for (const auto& span : row.spans()) {
    const Date from = Date::FromNumber(span.first_day());
    AddInterval(from,
                ToInterval(from, span.standing(), Date::FromNumber(span.cycle_first_day()),
                           Date::FromNumber(span.cycle_last_day()), span.cycle_end_year() != 0),
                response);
  }
}

bool FillActivity(const domain::CatalogueEntry& entry, const domain::Cutoff& cutoff,
                  api::v1::Activity& activity) {
  const domain::CatalogueStatus status =
      domain::Catalogue::StatusAt(entry, domain::Knowledge{}, cutoff);
  if (status.approval == nullptr) return false;
  activity.set_activity_id(entry.activity_id);
  activity.set_sponsor(status.approval->sponsor);
  activity.set_title(status.approval->title);
  activity.mutable_credits()->set_hundredths(status.approval->credits);
  *activity.mutable_period()->mutable_first_date() = status.approval->from.ToProto();
  *activity.mutable_period()->mutable_last_date() = status.approval->through.ToProto();
  if (status.withdrawn_from) {
    *activity.mutable_withdrawn_from_date() = status.withdrawn_from->ToProto();
  }
  return true;
}

}  // namespace goodstanding::services
