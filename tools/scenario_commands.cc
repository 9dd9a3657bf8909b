#include "tools/scenario_commands.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace goodstanding::tools {
namespace {

using namespace api::v1;  // NOLINT(google-build-using-namespace): one request a line below.

using Reader = AnyCommand (*)(FieldReader&, std::optional<When>&);

template <typename Request>
Request About(FieldReader& fields) {
  Request request;
  request.set_certificant_id(fields.Text("id"));
  return request;
}

// A command that names a person and nothing else.
template <typename Request>
AnyCommand ReadPersonal(FieldReader& fields, std::optional<When>&) {
  return About<Request>(fields);
}

// A command that names a record or a payment of a person.
template <typename Request>
AnyCommand ReadReference(FieldReader& fields, std::optional<When>&) {
  auto request = About<Request>(fields);
  request.set_reference(fields.Text("ref"));
  return request;
}

// The same with a reason.
template <typename Request>
AnyCommand ReadReferenceWithReason(FieldReader& fields, std::optional<When>&) {
  auto request = About<Request>(fields);
  request.set_reference(fields.Text("ref"));
  request.set_reason(fields.TextOr("reason", ""));
  return request;
}

// Revocation and surrender.
template <typename Request>
AnyCommand ReadEnd(FieldReader& fields, std::optional<When>&) {
  auto request = About<Request>(fields);
  request.set_credential(fields.TextOr("credential", ""));
  request.set_reason(fields.TextOr("reason", ""));
  return request;
}

void ReadPeriod(FieldReader& fields, type::v1::Period& period) {
  *period.mutable_first_date() = fields.Day("from");
  *period.mutable_last_date() = fields.Day("through");
}

AnyCommand ReadRegister(FieldReader& fields, std::optional<When>&) {
  auto request = About<RegisterCertificantRequest>(fields);
  request.set_name(fields.Text("name"));
  request.set_email(fields.TextOr("email", ""));
  return request;
}

AnyCommand ReadMembership(FieldReader& fields, std::optional<When>&) {
  auto request = About<RecordMembershipRequest>(fields);
  ReadPeriod(fields, *request.mutable_period());
  return request;
}

AnyCommand ReadEndMembership(FieldReader& fields, std::optional<When>&) {
  auto request = About<EndMembershipRequest>(fields);
  *request.mutable_last_date() = fields.Day("last");
  request.set_reason(fields.TextOr("reason", ""));
  return request;
}

AnyCommand ReadRefund(FieldReader& fields, std::optional<When>&) {
  auto request = About<RecordRefundRequest>(fields);
  request.set_reference(fields.Text("ref"));
  if (fields.Has("amount")) {
    request.mutable_amount()->set_currency_code("USD");
    request.mutable_amount()->set_minor_units(fields.Decimal("amount"));
  }
  return request;
}

AnyCommand ReadWriteOff(FieldReader& fields, std::optional<When>&) {
  auto request = About<WriteOffArrearsRequest>(fields);
  request.set_cycle_end_year(static_cast<int32_t>(fields.WholeOr("cycle", 0)));
  request.mutable_amount()->set_currency_code("USD");
  request.mutable_amount()->set_minor_units(fields.Decimal("amount"));
  request.set_reason(fields.TextOr("reason", "scenario"));
  return request;
}

AnyCommand ReadGrant(FieldReader& fields, std::optional<When>&) {
  auto request = About<GrantCredentialRequest>(fields);
  request.set_credential(fields.Text("credential"));
  return request;
}

// Sets the amount, if one is there.
void ReadAmount(FieldReader& fields, std::optional<ActivityAmount>& amount) {
  int count = 0;
  const auto take = [&](absl::string_view key) {
    if (!fields.Has(key)) return false;
    if (++count > 1) fields.Fault(key, "only one amount can be given");
    if (!amount) amount.emplace();
    return true;
  };
  if (take("minutes")) amount->set_minutes(fields.WholeOr("minutes", 0));
  if (take("position_years")) amount->set_position_years(fields.Text("position_years"));
  if (take("academic_credits")) amount->set_academic_credits(fields.Text("academic_credits"));
  if (take("count")) amount->set_count(fields.WholeOr("count", 0));
}

AnyCommand ReadCredit(FieldReader& fields, std::optional<When>&) {
  auto request = About<RecordCreditRequest>(fields);
  CreditReport& credit = *request.mutable_credit();
  credit.set_reference(fields.Text("ref"));
  credit.set_activity_kind(fields.Text("kind"));
  *credit.mutable_completed_date() = fields.Day("completed");
  if (fields.Has("from")) *credit.mutable_from_date() = fields.Day("from");
  std::optional<ActivityAmount> amount;
  ReadAmount(fields, amount);
  if (amount) {
    *credit.mutable_amount() = *amount;
  } else {
    fields.Fault("", "one amount is needed: minutes, position_years, academic_credits or count");
  }
  credit.set_break_minutes(fields.WholeOr("breaks", 0));
  credit.set_housekeeping_minutes(fields.WholeOr("housekeeping", 0));
  credit.set_activity_id(fields.TextOr("activity", ""));
  credit.set_paid(fields.FlagOr("paid", false));
  credit.set_outside_approved_programme(!fields.FlagOr("at_approved_program", true));
  credit.set_undocumented(!fields.FlagOr("documented", true));
  if (fields.Has("source")) {
    credit.set_source(static_cast<type::v1::CreditSource>(
        fields.Word("source", {{"SELF", type::v1::CREDIT_SOURCE_SELF},
                               {"EDUCATION_ZONE", type::v1::CREDIT_SOURCE_EDUCATION_ZONE},
                               {"CONFERENCE", type::v1::CREDIT_SOURCE_CONFERENCE}})));
  }
  return request;
}

AnyCommand ReadAmend(FieldReader& fields, std::optional<When>&) {
  auto request = About<AmendCreditRequest>(fields);
  request.set_reference(fields.Text("ref"));
  if (fields.Has("completed")) *request.mutable_completed_date() = fields.Day("completed");
  if (fields.Has("from")) *request.mutable_from_date() = fields.Day("from");
  std::optional<ActivityAmount> amount;
  ReadAmount(fields, amount);
  if (amount) *request.mutable_amount() = *amount;
  if (fields.Has("breaks")) request.set_break_minutes(fields.WholeOr("breaks", 0));
  if (fields.Has("housekeeping")) {
    request.set_housekeeping_minutes(fields.WholeOr("housekeeping", 0));
  }
  return request;
}

AnyCommand ReadApproveActivity(FieldReader& fields, std::optional<When>&) {
  ApproveActivityRequest request;
  request.set_activity_id(fields.Text("activity"));
  request.set_sponsor(fields.TextOr("sponsor", ""));
  request.set_title(fields.TextOr("title", ""));
  request.mutable_credits()->set_hundredths(fields.Decimal("credits"));
  ReadPeriod(fields, *request.mutable_period());
  request.set_part_of_activity_id(fields.TextOr("part_of", ""));
  return request;
}

AnyCommand ReadWithdrawActivity(FieldReader& fields, std::optional<When>&) {
  WithdrawActivityRequest request;
  request.set_activity_id(fields.Text("activity"));
  request.set_reason(fields.TextOr("reason", ""));
  return request;
}

AnyCommand ReadReturn(FieldReader& fields, std::optional<When>&) {
  auto request = About<ReturnApplicationRequest>(fields);
  request.set_reason(fields.TextOr("reason", "scenario"));
  return request;
}

AnyCommand ReadPay(FieldReader& fields, std::optional<When>& default_effective) {
  auto request = About<RecordPaymentRequest>(fields);
  request.set_reference(fields.Text("ref"));
  request.mutable_amount()->set_currency_code("USD");
  request.mutable_amount()->set_minor_units(fields.Decimal("amount"));
  request.set_method(static_cast<type::v1::PaymentMethod>(fields.Word(
      "method",
      {{"CARD", type::v1::PAYMENT_METHOD_CARD}, {"CHECK", type::v1::PAYMENT_METHOD_CHECK}})));
  *request.mutable_dated_date() = fields.Day("dated");
  default_effective = fields.DayOrMinute(fields.Has("received") ? "received" : "dated");
  const int64_t year = fields.WholeOr("cycle", 0);
  if (year < 0 || year > 9999) fields.Fault("cycle", "\"cycle\" must be a year");
  request.set_cycle_end_year(static_cast<int32_t>(year));
  return request;
}

AnyCommand ReadOpenAudit(FieldReader& fields, std::optional<When>&) {
  auto request = About<OpenAuditRequest>(fields);
  request.set_reason(fields.TextOr("reason", ""));
  return request;
}

AnyCommand ReadCloseAudit(FieldReader& fields, std::optional<When>&) {
  auto request = About<CloseAuditRequest>(fields);
  request.set_outcome(static_cast<type::v1::AuditOutcome>(fields.Word(
      "outcome",
      {{"PASSED", type::v1::AUDIT_OUTCOME_PASSED}, {"FAILED", type::v1::AUDIT_OUTCOME_FAILED}})));
  return request;
}

AnyCommand ReadCorrectRules(FieldReader& fields, std::optional<When>&) {
  CorrectRuleSetRequest request;
  request.set_name(fields.Text("name"));
  const std::vector<std::string> years = fields.List("years", 2);
  for (size_t i = 0; i < years.size(); ++i) {
    const std::optional<When> january = When::Parse(years[i] + "-01-01");
    if (!january) fields.Fault("years", "\"years\" must be [first, last], years of four digits");
    const int year = january ? january->date.year() : 0;
    if (i == 0) request.mutable_years()->set_first_year(year);
    if (i == 1) request.mutable_years()->set_last_year(year);
  }
  for (const auto& [path, value] : fields.Map("set")) {
    type::v1::FigureChange& change = *request.add_changes();
    change.set_path(path);
    change.set_value(value);
  }
  request.set_reason(fields.TextOr("reason", "scenario"));
  request.set_authority(fields.TextOr("authority", "scenario"));
  return request;
}

// The fact is named by the step that recorded it; its position is known once that is played.
AnyCommand ReadAnnul(FieldReader& fields, std::optional<When>&) {
  auto request = About<AnnulFactRequest>(fields);
  const int64_t step = fields.WholeOr("step", 0);
  if (step < 1) fields.Fault("step", "\"step\" must be the number of an earlier step, from 1");
  request.set_fact_position(step);
  request.set_reason(fields.TextOr("reason", "scenario"));
  request.set_authority(fields.TextOr("authority", ""));
  return request;
}

// The number of an earlier step; its position is known once that is played.
int64_t ReadStepNumber(FieldReader& fields, absl::string_view field) {
  const int64_t step = fields.WholeOr(field, 0);
  if (step < 1) {
    fields.Fault(field,
                 absl::StrCat("\"", field, "\" must be the number of an earlier step, from 1"));
  }
  return step;
}

int32_t ReadCycle(FieldReader& fields) {
  const int64_t year = fields.WholeOr("cycle", 0);
  if (year < 1900 || year > 9999) fields.Fault("cycle", "\"cycle\" must be a year");
  return static_cast<int32_t>(year);
}

AnyCommand ReadOpenDispute(FieldReader& fields, std::optional<When>&) {
  auto request = About<OpenDisputeRequest>(fields);
  request.set_cycle_end_year(ReadCycle(fields));
  if (fields.Has("step")) request.set_disputed_position(ReadStepNumber(fields, "step"));
  request.set_claim(fields.TextOr("claim", "scenario"));
  return request;
}

AnyCommand ReadDecideDispute(FieldReader& fields, std::optional<When>&) {
  auto request = About<DecideDisputeRequest>(fields);
  request.set_dispute_position(ReadStepNumber(fields, "step"));
  request.set_outcome(static_cast<type::v1::DisputeOutcome>(
      fields.Word("outcome", {{"UPHELD", type::v1::DISPUTE_OUTCOME_UPHELD},
                              {"UPHELD_IN_PART", type::v1::DISPUTE_OUTCOME_UPHELD_IN_PART},
                              {"REJECTED", type::v1::DISPUTE_OUTCOME_REJECTED}})));
  request.set_reason(fields.TextOr("reason", "scenario"));
  return request;
}

AnyCommand ReadMoveCredit(FieldReader& fields, std::optional<When>&) {
  auto request = About<MoveCreditRequest>(fields);
  request.set_reference(fields.Text("ref"));
  request.set_to_certificant_id(fields.Text("to"));
  request.set_to_reference(fields.TextOr("as", ""));
  request.set_reason(fields.TextOr("reason", "scenario"));
  return request;
}

AnyCommand ReadWithdrawDispute(FieldReader& fields, std::optional<When>&) {
  auto request = About<WithdrawDisputeRequest>(fields);
  request.set_dispute_position(ReadStepNumber(fields, "step"));
  request.set_reason(fields.TextOr("reason", ""));
  return request;
}

void ReadWaived(FieldReader& fields, GrantWaiverRequest& request) {
  if (fields.Has("deadline")) {
    request.mutable_deadline()->set_deadline(static_cast<type::v1::CycleDeadline>(
        fields.Word("deadline", {{"APPLICATION", type::v1::CYCLE_DEADLINE_APPLICATION},
                                 {"EXTENSION_REQUEST", type::v1::CYCLE_DEADLINE_EXTENSION_REQUEST},
                                 {"LATE_APPLICATION", type::v1::CYCLE_DEADLINE_LATE_APPLICATION},
                                 {"EXTENSION_END", type::v1::CYCLE_DEADLINE_EXTENSION_END},
                                 {"REINSTATEMENT", type::v1::CYCLE_DEADLINE_REINSTATEMENT}})));
    *request.mutable_deadline()->mutable_through_date() = fields.Day("through");
  } else if (fields.Has("fee")) {
    request.mutable_fee()->set_fee(static_cast<type::v1::FeeKind>(
        fields.Word("fee", {{"RECERTIFICATION", type::v1::FEE_KIND_RECERTIFICATION},
                            {"LATE", type::v1::FEE_KIND_LATE},
                            {"EXTENSION", type::v1::FEE_KIND_EXTENSION},
                            {"REINSTATEMENT", type::v1::FEE_KIND_REINSTATEMENT}})));
    if (fields.Has("amount")) {
      request.mutable_fee()->mutable_amount()->set_minor_units(fields.Decimal("amount"));
    }
  } else {
    request.mutable_requirement()->set_line(fields.Text("line"));
    if (fields.Has("credits")) {
      request.mutable_requirement()->mutable_credits()->set_hundredths(fields.Decimal("credits"));
    }
  }
}

AnyCommand ReadWaive(FieldReader& fields, std::optional<When>&) {
  auto request = About<GrantWaiverRequest>(fields);
  request.set_cycle_end_year(ReadCycle(fields));
  ReadWaived(fields, request);
  if (fields.Has("dispute")) {
    request.set_dispute_position(ReadStepNumber(fields, "dispute"));
  } else {
    request.set_hardship_reference(fields.Text("hardship"));
  }
  request.set_reason(fields.TextOr("reason", "scenario"));
  request.set_authority(fields.TextOr("authority", ""));
  return request;
}

AnyCommand ReadMerge(FieldReader& fields, std::optional<When>&) {
  auto request = About<MergeCertificantsRequest>(fields);
  request.set_merged_certificant_id(fields.Text("merged"));
  request.set_reason(fields.TextOr("reason", "scenario"));
  return request;
}

struct NamedReader {
  absl::string_view name;
  Reader read;
};

constexpr NamedReader kReaders[] = {
    {"register", &ReadRegister},
    {"membership", &ReadMembership},
    {"end_membership", &ReadEndMembership},
    {"grant", &ReadGrant},
    {"revoke", &ReadEnd<RevokeCredentialRequest>},
    {"surrender", &ReadEnd<SurrenderCredentialRequest>},
    {"credit", &ReadCredit},
    {"document_credit", &ReadReference<DocumentCreditRequest>},
    {"verify_credit", &ReadReference<VerifyCreditRequest>},
    {"withdraw_credit", &ReadReference<WithdrawCreditRequest>},
    {"amend_credit", &ReadAmend},
    {"disallow_credit", &ReadReferenceWithReason<DisallowCreditRequest>},
    {"reinstate_credit", &ReadReferenceWithReason<ReinstateCreditRequest>},
    {"approve_activity", &ReadApproveActivity},
    {"withdraw_activity", &ReadWithdrawActivity},
    {"submit", &ReadPersonal<SubmitApplicationRequest>},
    {"approve", &ReadPersonal<ApproveApplicationRequest>},
    {"return", &ReadReturn},
    {"pay", &ReadPay},
    {"payment_returned", &ReadReference<RecordPaymentReturnRequest>},
    {"refund", &ReadRefund},
    {"write_off", &ReadWriteOff},
    {"request_extension", &ReadPersonal<RequestExtensionRequest>},
    {"grant_extension", &ReadPersonal<GrantExtensionRequest>},
    {"deny_extension", &ReadPersonal<DenyExtensionRequest>},
    {"request_reinstatement", &ReadPersonal<RequestReinstatementRequest>},
    {"open_audit", &ReadOpenAudit},
    {"close_audit", &ReadCloseAudit},
    {"correct_rules", &ReadCorrectRules},
    {"annul", &ReadAnnul},
    {"open_dispute", &ReadOpenDispute},
    {"decide_dispute", &ReadDecideDispute},
    {"withdraw_dispute", &ReadWithdrawDispute},
    {"waive", &ReadWaive},
    {"move_credit", &ReadMoveCredit},
    {"merge", &ReadMerge},
};

}  // namespace

std::optional<AnyCommand> ReadCommand(absl::string_view action, FieldReader& fields,
                                      std::optional<When>& default_effective) {
  for (const NamedReader& reader : kReaders) {
    if (reader.name == action) return reader.read(fields, default_effective);
  }
  return std::nullopt;
}

std::string CommandNames() {
  return absl::StrJoin(kReaders, ", ", [](std::string* out, const NamedReader& reader) {
    out->append(reader.name.data(), reader.name.size());
  });
}

}  // namespace goodstanding::tools
