// What is refused: with which details, leaving nothing behind, and telling nothing personal.
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "tests/services/journey.h"
#include "tests/services/service_fixture.h"

namespace goodstanding::services {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using ::testing::HasSubstr;
using ::testing::Not;

// Stands in every field that is personal, and must stand in no refusal.
constexpr char kPersonal[] = "Zebedee";

// Whether a field path of a BadRequest leads to a field, or a oneof, of the request.
bool LeadsToAField(const Descriptor* message, absl::string_view path) {
  const std::vector<std::string> parts = absl::StrSplit(path, '.');
  for (size_t i = 0; i < parts.size(); ++i) {
    if (message == nullptr) return false;
    const std::string name = parts[i].substr(0, parts[i].find('['));
    const auto* const field = message->FindFieldByName(name);
    if (field == nullptr) {
      return i + 1 == parts.size() && message->FindOneofByName(name) != nullptr;
    }
    message = field->message_type();
  }
  return true;
}

// A refusal is told as docs/errors.md says.
void ExpectWellFormed(const Message& request, const grpc::Status& status) {
  const Details details = DetailsOf(status);
  ASSERT_TRUE(details.present) << status.error_message();
  for (const auto& [kind, count] : details.counts) EXPECT_EQ(count, 1) << kind;
  EXPECT_EQ(details.counts.count("ErrorInfo"), 1);
  EXPECT_EQ(details.info.domain(), "goodstanding");
  EXPECT_THAT(details.info.reason(), ::testing::MatchesRegex("[A-Z][A-Z0-9_]{0,61}[A-Z0-9]"));
  EXPECT_THAT(status.error_message(), ::testing::EndsWith("."));
  for (const auto& [key, value] : details.info.metadata()) EXPECT_LE(key.size(), 64) << key;
  switch (status.error_code()) {
    case grpc::StatusCode::INVALID_ARGUMENT: {
      ASSERT_EQ(details.bad_request.field_violations_size(), 1);
      const std::string field = details.bad_request.field_violations(0).field();
      EXPECT_TRUE(LeadsToAField(request.GetDescriptor(), field))
          << request.GetTypeName() << " has no field " << field;
      break;
    }
    case grpc::StatusCode::FAILED_PRECONDITION:
      ASSERT_EQ(details.precondition.violations_size(), 1);
      EXPECT_EQ(details.precondition.violations(0).type(), details.info.reason());
      break;
    case grpc::StatusCode::NOT_FOUND:
    case grpc::StatusCode::ALREADY_EXISTS:
      EXPECT_EQ(details.counts.count("ResourceInfo"), 1);
      break;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::UNAVAILABLE:
      EXPECT_GT(details.retry.retry_delay().nanos(), 0);
      break;
    default:
      break;
  }
}

struct Case {
  const char* why;
  const char* method;
  const char* request;  // "%" stands for the personal word.
  const char* reason;
  const char* field;  // Empty: not looked at.
};

// After the journey: at least one refusal of every command.
constexpr Case kCases[] = {
    {"taken", "RegisterCertificant", "certificant_id: 'ana' name: '%' email: '%@x.org'",
     "CERTIFICANT_EXISTS", "certificant_id"},
    {"no id", "RegisterCertificant", "name: '%'", "INVALID_ARGUMENT", "certificant_id"},
    {"an address is no id", "RegisterCertificant", "certificant_id: 'zoe@x.org' name: '%'",
     "INVALID_ARGUMENT", "certificant_id"},
    {"no name", "RegisterCertificant", "certificant_id: 'new'", "INVALID_ARGUMENT", "name"},
    {"no address", "RegisterCertificant", "certificant_id: 'new' name: '%' email: '%'",
     "INVALID_ARGUMENT", "email"},
    {"control character", "RegisterCertificant", "certificant_id: 'new' name: '%\\001'",
     "INVALID_ARGUMENT", "name"},
    {"NUL", "RegisterCertificant", "certificant_id: 'new' name: '%\\000x'", "INVALID_ARGUMENT",
     "name"},
    {"NUL in an id", "RegisterCertificant", "certificant_id: 'a\\000b' name: '%'",
     "INVALID_ARGUMENT", "certificant_id"},
    {"path as id", "RegisterCertificant", "certificant_id: '../log' name: '%'", "INVALID_ARGUMENT",
     "certificant_id"},
    {"unknown person", "ChangeProfile", "certificant_id: 'nobody' name: '%'",
     "CERTIFICANT_NOT_FOUND", "certificant_id"},
    {"no name", "ChangeProfile", "certificant_id: 'ana'", "INVALID_ARGUMENT", "name"},
    {"nothing to change", "ChangeContact", "certificant_id: 'ana'", "INVALID_ARGUMENT", "email"},
    {"two %", "ChangeContact", "certificant_id: 'ana' email: '%@%@x'", "INVALID_ARGUMENT", "email"},
    {"control character", "ChangeContact", "certificant_id: 'ana' postal_address: '%\\033[2J'",
     "INVALID_ARGUMENT", "postal_address"},
    {"no period", "RecordMembership", "certificant_id: 'ana'", "INVALID_ARGUMENT",
     "period.first_date"},
    {"backwards", "RecordMembership",
     "certificant_id: 'ana' period { first_date { year: 2025 month: 2 day: 1 }"
     " last_date { year: 2025 month: 1 day: 1 } }",
     "INVALID_PERIOD", "period"},
    {"no such day", "RecordMembership",
     "certificant_id: 'ana' period { first_date { year: 2025 month: 2 day: 30 }"
     " last_date { year: 2025 month: 3 day: 1 } }",
     "INVALID_ARGUMENT", "period.first_date"},
    {"held", "GrantCredential", "certificant_id: 'ana' credential: 'CPCS'",
     "CREDENTIAL_ALREADY_HELD", ""},
    {"unknown credential", "GrantCredential", "certificant_id: 'ana' credential: 'MD'",
     "INVALID_ARGUMENT", "credential"},
    {"tomorrow", "GrantCredential",
     "header { effective_date { year: 2025 month: 9 day: 16 } } certificant_id: 'ana'"
     " credential: 'CPMSM'",
     "EFFECTIVE_IN_FUTURE", "header.effective"},
    {"year 0", "GrantCredential",
     "header { effective_date { month: 9 day: 16 } } certificant_id: 'ana' credential: 'CPMSM'",
     "INVALID_ARGUMENT", "header.effective_date"},
    {"year 10000", "GrantCredential",
     "header { effective_date { year: 10000 month: 1 day: 1 } } certificant_id: 'ana'"
     " credential: 'CPMSM'",
     "INVALID_ARGUMENT", "header.effective_date"},
    {"numbers as large as they get", "GrantCredential",
     "header { effective_date { year: 2147483647 month: 2147483647 day: -2147483648 } }"
     " certificant_id: 'ana' credential: 'CPMSM'",
     "INVALID_ARGUMENT", "header.effective_date"},
    {"a moment out of range", "GrantCredential",
     "header { effective_time { seconds: 9223372036854775807 } } certificant_id: 'ana'"
     " credential: 'CPMSM'",
     "INVALID_ARGUMENT", "header.effective_time"},
    {"nanoseconds out of range", "GrantCredential",
     "header { effective_time { seconds: 1 nanos: -1 } } certificant_id: 'ana' credential: 'CPMSM'",
     "INVALID_ARGUMENT", "header.effective_time"},
    {"not held", "RevokeCredential", "certificant_id: 'ana' credential: 'CPMSM' reason: '%'",
     "CREDENTIAL_NOT_HELD", ""},
    {"never certified", "SurrenderCredential", "certificant_id: 'dora' reason: '%'",
     "NOT_CERTIFIED", ""},
    {"recorded", "RecordCredit",
     "certificant_id: 'ana' credit { reference: 'c1' activity_kind: 'SPONSORED' location: '%'"
     " completed_date { year: 2025 month: 3 day: 1 } amount { minutes: 60 } }",
     "CREDIT_ALREADY_RECORDED", ""},
    {"no credit", "RecordCredit", "certificant_id: 'ana'", "INVALID_AMOUNT", "credit.amount"},
    {"no reference", "RecordCredit",
     "certificant_id: 'ana' credit { activity_kind: 'SPONSORED' amount { minutes: 60 } }",
     "INVALID_ARGUMENT", "credit.reference"},
    {"unknown kind", "RecordCredit",
     "certificant_id: 'ana' credit { reference: 'n1' activity_kind: 'GOLF' location: '%'"
     " completed_date { year: 2025 month: 3 day: 1 } amount { minutes: 60 } }",
     "INVALID_ARGUMENT", "credit.activity_kind"},
    {"negative", "RecordCredit",
     "certificant_id: 'ana' credit { reference: 'n1' activity_kind: 'SPONSORED'"
     " completed_date { year: 2025 month: 3 day: 1 } amount { minutes: -60 } }",
     "INVALID_AMOUNT", "credit.amount"},
    {"as large as it gets", "RecordCredit",
     "certificant_id: 'ana' credit { reference: 'n1' activity_kind: 'SPONSORED'"
     " completed_date { year: 2025 month: 3 day: 1 } amount { minutes: 9223372036854775807 } }",
     "INVALID_AMOUNT", "credit.amount"},
    {"three decimals", "RecordCredit",
     "certificant_id: 'ana' credit { reference: 'n1' activity_kind: 'COMMITTEE'"
     " completed_date { year: 2025 month: 3 day: 1 } amount { position_years: '1.005' } }",
     "INVALID_AMOUNT", "credit.amount.position_years"},
    {"no decimal", "RecordCredit",
     "certificant_id: 'ana' credit { reference: 'n1' activity_kind: 'COMMITTEE'"
     " completed_date { year: 2025 month: 3 day: 1 } amount { position_years: '1e9' } }",
     "INVALID_AMOUNT", "credit.amount.position_years"},
    {"more breaks than minutes", "RecordCredit",
     "certificant_id: 'ana' credit { reference: 'n1' activity_kind: 'SPONSORED'"
     " completed_date { year: 2025 month: 3 day: 1 } amount { minutes: 60 } break_minutes: 61 }",
     "INVALID_AMOUNT", "credit.break_minutes"},
    {"housekeeping that overflows", "RecordCredit",
     "certificant_id: 'ana' credit { reference: 'n1' activity_kind: 'SPONSORED'"
     " completed_date { year: 2025 month: 3 day: 1 } amount { minutes: 60 } break_minutes: 1"
     " housekeeping_minutes: 9223372036854775807 }",
     "INVALID_AMOUNT", "credit.housekeeping_minutes"},
    {"unknown source", "RecordCredit",
     "certificant_id: 'ana' credit { reference: 'n1' activity_kind: 'SPONSORED' source: 77"
     " completed_date { year: 2025 month: 3 day: 1 } amount { minutes: 60 } }",
     "INVALID_ARGUMENT", "credit.source"},
    {"tomorrow", "RecordCredit",
     "certificant_id: 'ana' credit { reference: 'n1' activity_kind: 'SPONSORED'"
     " completed_date { year: 2025 month: 9 day: 16 } amount { minutes: 60 } }",
     "COMPLETED_IN_FUTURE", "credit.completed_date"},
    {"no lines", "RecordCredits", "", "INVALID_ARGUMENT", "lines"},
    {"a roster has no version", "RecordCredits",
     "header { expected_version: 1 } lines { certificant_id: 'ana' }", "INVALID_ARGUMENT",
     "header.expected_version"},
    {"unknown record", "AmendCredit", "certificant_id: 'ana' reference: 'n1' break_minutes: 1",
     "CREDIT_NOT_FOUND", ""},
    {"nothing amended", "AmendCredit", "certificant_id: 'ana' reference: 'c1'", "INVALID_ARGUMENT",
     ""},
    {"withdrawn", "DocumentCredit", "certificant_id: 'ana' reference: 'c2'",
     "CREDIT_ALREADY_WITHDRAWN", ""},
    {"unknown record", "VerifyCredit", "certificant_id: 'ana' reference: 'n1'", "CREDIT_NOT_FOUND",
     ""},
    {"withdrawn", "WithdrawCredit", "certificant_id: 'ana' reference: 'c2'",
     "CREDIT_ALREADY_WITHDRAWN", ""},
    {"unknown record", "DisallowCredit", "certificant_id: 'ana' reference: 'n1' reason: '%'",
     "CREDIT_NOT_FOUND", ""},
    {"unknown record", "ReinstateCredit", "certificant_id: 'ana' reference: 'n1' reason: '%'",
     "CREDIT_NOT_FOUND", ""},
    {"above what is believable", "ApproveActivity",
     "activity_id: 'act-2' sponsor: 's' title: 't' credits { hundredths: 9223372036854775807 }"
     " period { first_date { year: 2025 month: 1 day: 1 } last_date { year: 2025 month: 2 day: 1 } "
     "}",
     "INVALID_AMOUNT", "credits"},
    {"unknown", "WithdrawActivity", "activity_id: 'act-9'", "ACTIVITY_NOT_FOUND", "activity_id"},
    {"renewed", "SubmitApplication", "certificant_id: 'ana'", "ALREADY_RENEWED", ""},
    {"renewed", "ReturnApplication", "certificant_id: 'ana' reason: '%'", "ALREADY_RENEWED", ""},
    {"renewed", "ApproveApplication", "certificant_id: 'ana'", "ALREADY_RENEWED", ""},
    {"negative", "RecordPayment",
     "certificant_id: 'ana' reference: 'p9' amount { currency_code: 'USD' minor_units: -1 }"
     " method: PAYMENT_METHOD_CARD",
     "INVALID_AMOUNT", "amount"},
    {"as large as it gets", "RecordPayment",
     "certificant_id: 'ana' reference: 'p9' method: PAYMENT_METHOD_CARD"
     " amount { currency_code: 'USD' minor_units: 9223372036854775807 }",
     "INVALID_AMOUNT", "amount"},
    {"no method", "RecordPayment",
     "certificant_id: 'ana' reference: 'p9' amount { currency_code: 'USD' minor_units: 1 }",
     "INVALID_ARGUMENT", "method"},
    {"another currency", "RecordPayment",
     "certificant_id: 'ana' reference: 'p9' amount { currency_code: 'EUR' minor_units: 1 }"
     " method: PAYMENT_METHOD_CARD",
     "INVALID_ARGUMENT", "amount.currency_code"},
    {"a year without a cycle", "RecordPayment",
     "certificant_id: 'ana' reference: 'p9' amount { currency_code: 'USD' minor_units: 1 }"
     " method: PAYMENT_METHOD_CARD cycle_end_year: -7",
     "CYCLE_NOT_FOUND", ""},
    {"recorded", "RecordPayment",
     "certificant_id: 'ana' reference: 'p1' amount { currency_code: 'USD' minor_units: 1 }"
     " method: PAYMENT_METHOD_CARD",
     "PAYMENT_ALREADY_RECORDED", ""},
    {"returned", "RecordPaymentReturn", "certificant_id: 'ana' reference: 'p2'",
     "PAYMENT_ALREADY_RETURNED", ""},
    {"unknown", "RecordRefund", "certificant_id: 'ana' reference: 'p9'", "PAYMENT_NOT_FOUND", ""},
    {"above what is left", "RecordRefund",
     "certificant_id: 'ana' reference: 'p1' amount { currency_code: 'USD' minor_units: 25001 }",
     "REFUND_EXCEEDS_PAYMENT", ""},
    {"nothing", "RecordRefund",
     "certificant_id: 'ana' reference: 'p1' amount { currency_code: 'USD' minor_units: 0 }",
     "INVALID_AMOUNT", "amount"},
    {"another currency", "RecordRefund",
     "certificant_id: 'ana' reference: 'p1' amount { currency_code: 'EUR' minor_units: 1 }",
     "INVALID_ARGUMENT", "amount.currency_code"},
    {"no lines", "RecordPayments", "batch_reference: 'b'", "INVALID_ARGUMENT", "lines"},
    {"a cent is missing", "RecordPayments",
     "batch_reference: 'b' total { minor_units: 201 } method: PAYMENT_METHOD_CHECK"
     " lines { certificant_id: 'ana' reference: 'n1' amount { minor_units: 100 } }"
     " lines { certificant_id: 'bea' reference: 'n1' amount { minor_units: 100 } }",
     "INVALID_AMOUNT", "total"},
    {"the second line", "RecordPayments",
     "batch_reference: 'b' total { minor_units: 200 } method: PAYMENT_METHOD_CHECK"
     " lines { certificant_id: 'ana' reference: 'n1' amount { minor_units: 100 } }"
     " lines { certificant_id: 'zoe' reference: 'n1' amount { minor_units: 100 } }",
     "CERTIFICANT_NOT_FOUND", "lines[1].certificant_id"},
    {"the first line", "RecordPaymentReturns",
     "lines { certificant_id: 'ana' reference: 'n1' } lines { certificant_id: 'ana' }",
     "PAYMENT_NOT_FOUND", "lines[0].reference"},
    {"nothing is in arrears", "WriteOffArrears",
     "certificant_id: 'ana' cycle_end_year: 2025 reason: '%'"
     " amount { currency_code: 'USD' minor_units: 1 }",
     "WRITE_OFF_EXCEEDS_ARREARS", ""},
    {"no such cycle", "WriteOffArrears",
     "certificant_id: 'ana' cycle_end_year: 2024 reason: '%' amount { minor_units: 1 }",
     "CYCLE_NOT_FOUND", ""},
    {"no day", "EndMembership", "certificant_id: 'ana' reason: '%'", "INVALID_ARGUMENT",
     "last_date"},
    {"no later day", "EndMembership",
     "certificant_id: 'ana' reason: '%' last_date { year: 2025 month: 12 day: 30 }",
     "MEMBERSHIP_NOT_FOUND", ""},
    {"certified", "RequestErasure", "certificant_id: 'ana' reason: '%'", "CERTIFIED",
     "certificant_id"},
    {"it has no date of its own", "RequestErasure",
     "header { effective_date { year: 2025 month: 9 day: 1 } } certificant_id: 'cleo' reason: '%'",
     "INVALID_ARGUMENT", "header.effective"},
    {"not asked for", "ConfirmErasure", "certificant_id: 'cleo'", "ERASURE_NOT_REQUESTED",
     "certificant_id"},
    {"not asked for", "CallOffErasure", "certificant_id: 'cleo' reason: '%'",
     "ERASURE_NOT_REQUESTED", "certificant_id"},
    {"no reference", "PlaceLegalHold", "certificant_id: 'cleo' reason: '%'", "INVALID_ARGUMENT",
     "reference"},
    {"unknown", "LiftLegalHold", "certificant_id: 'cleo' reference: 'h' reason: '%'",
     "LEGAL_HOLD_NOT_FOUND", ""},
    {"no reason", "ReassignPayment", "certificant_id: 'ana' reference: 'p1' cycle_end_year: 2028",
     "INVALID_ARGUMENT", "reason"},
    {"renewed", "RequestExtension", "certificant_id: 'ana'", "ALREADY_RENEWED", ""},
    {"renewed", "GrantExtension", "certificant_id: 'ana'", "ALREADY_RENEWED", ""},
    {"renewed", "DenyExtension", "certificant_id: 'ana'", "ALREADY_RENEWED", ""},
    {"renewed", "RequestReinstatement", "certificant_id: 'ana'", "ALREADY_RENEWED", ""},
    {"control character", "OpenAudit", "certificant_id: 'ana' reason: '%\\007'", "INVALID_ARGUMENT",
     "reason"},
    {"none open", "CloseAudit", "certificant_id: 'ana' outcome: AUDIT_OUTCOME_PASSED",
     "AUDIT_NOT_OPEN", ""},
    {"unknown outcome", "CloseAudit", "certificant_id: 'ana' outcome: 9", "INVALID_ARGUMENT",
     "outcome"},
    {"no channel", "RecordNotice", "certificant_id: 'ana' notice: 'N'", "INVALID_ARGUMENT",
     "channel"},
    {"not held", "RecordBadge",
     "certificant_id: 'ana' credential: 'CPMSM' cycle_end_year: 2028 badge_id: 'b'",
     "CREDENTIAL_NOT_HELD", ""},
    {"no digest", "AttachEvidence",
     "certificant_id: 'ana' digest: 'short' file_name: '%.pdf' media_type: 'application/pdf'",
     "INVALID_ARGUMENT", "digest"},
    {"another person's", "AnnulFact", "certificant_id: 'ana' fact_position: 1 reason: '%'",
     "FACT_NOT_FOUND", "fact_position"},
    {"the registration", "AnnulFact",
     "certificant_id: 'ana' fact_position: 2 reason: '%' authority: '%'", "FACT_NOT_ANNULLABLE",
     "fact_position"},
    {"twice", "AnnulFact", "certificant_id: 'bea' fact_position: 41 reason: '%'",
     "FACT_ALREADY_ANNULLED", "fact_position"},
    {"no reason", "AnnulFact", "certificant_id: 'ana' fact_position: 2", "INVALID_ARGUMENT",
     "reason"},
    {"no position", "AnnulFact", "certificant_id: 'ana' reason: '%'", "INVALID_ARGUMENT",
     "fact_position"},
    {"no claim", "OpenDispute", "certificant_id: 'ana' cycle_end_year: 2025", "INVALID_ARGUMENT",
     "claim"},
    {"no such cycle", "OpenDispute", "certificant_id: 'ana' cycle_end_year: 2031 claim: '%'",
     "CYCLE_NOT_FOUND", "cycle_end_year"},
    {"another person's", "OpenDispute", "certificant_id: 'ana' disputed_position: 1 claim: '%'",
     "FACT_NOT_FOUND", "disputed_position"},
    {"none there", "DecideDispute",
     "certificant_id: 'ana' dispute_position: 2 outcome: DISPUTE_OUTCOME_UPHELD reason: '%'",
     "DISPUTE_NOT_FOUND", "dispute_position"},
    {"unknown outcome", "DecideDispute",
     "certificant_id: 'ana' dispute_position: 2 outcome: 9 reason: '%'", "INVALID_ARGUMENT",
     "outcome"},
    {"none there", "WithdrawDispute", "certificant_id: 'ana' dispute_position: 2",
     "DISPUTE_NOT_FOUND", "dispute_position"},
    {"renewed", "GrantWaiver",
     "certificant_id: 'ana' cycle_end_year: 2025 fee { fee: FEE_KIND_LATE }"
     " hardship_reference: 'HD' reason: '%'",
     "ALREADY_RENEWED", ""},
    {"nothing waived", "GrantWaiver",
     "certificant_id: 'ana' cycle_end_year: 2028 hardship_reference: 'HD' reason: '%'",
     "INVALID_ARGUMENT", "deadline"},
    {"nothing of a fee", "GrantWaiver",
     "certificant_id: 'ana' cycle_end_year: 2028 hardship_reference: 'HD' reason: '%'"
     " fee { fee: FEE_KIND_LATE amount { currency_code: 'USD' } }",
     "INVALID_AMOUNT", "fee.amount"},
    {"the day that it is", "GrantWaiver",
     "certificant_id: 'ana' cycle_end_year: 2028 hardship_reference: 'HD' reason: '%'"
     " deadline { deadline: CYCLE_DEADLINE_APPLICATION"
     " through_date { year: 2028 month: 12 day: 1 } }",
     "INVALID_PERIOD", "deadline.through_date"},
    {"no such record", "MoveCredit",
     "certificant_id: 'ana' reference: 'none' to_certificant_id: 'bea' reason: '%'",
     "CREDIT_NOT_FOUND", "reference"},
    {"no reason", "MoveCredit", "certificant_id: 'ana' reference: 'c1' to_certificant_id: 'bea'",
     "INVALID_ARGUMENT", "reason"},
    {"nobody", "MoveCredit", "certificant_id: 'ana' reference: 'c1' reason: '%'",
     "INVALID_ARGUMENT", "to_certificant_id"},
    {"unknown", "MergeCertificants",
     "certificant_id: 'ana' merged_certificant_id: 'nobody' reason: '%'", "CERTIFICANT_NOT_FOUND",
     "merged_certificant_id"},
    {"with itself", "MergeCertificants",
     "certificant_id: 'ana' merged_certificant_id: 'ana' reason: '%'", "INVALID_ARGUMENT",
     "merged_certificant_id"},
    {"taken", "PublishRuleSet", "rule_set { name: 'namss-2025' }", "INVALID_RULE_SET", ""},
    {"no such rules", "CorrectRuleSet",
     "name: 'other' reason: 'r' years { first_year: 2025 last_year: 2025 }"
     " changes { path: 'fees.late' value: '60.00' }",
     "RULE_SET_NOT_FOUND", ""},
    {"no request id", "ChangeProfile", "header { request_id: ' ' } certificant_id: 'ana' name: '%'",
     "INVALID_ARGUMENT", "header.request_id"},
    {"a correlation id with a line break", "ChangeProfile",
     "header { correlation_id: 'a\\nb' } certificant_id: 'ana' name: '%'", "INVALID_ARGUMENT",
     "header.correlation_id"},
    {"caused by nothing", "ChangeProfile",
     "header { causation_position: -1 } certificant_id: 'ana' name: '%'", "INVALID_ARGUMENT",
     "header.causation_position"},
};

class RefusalsTest : public ServiceTest {
 protected:
  RefusalsTest() {
    for (size_t i = 0; i < Journey().size(); ++i) {
      Ask<api::v1::CommandReceipt>(*RequestOf(Journey()[i], absl::StrCat("step-", i)));
    }
    Do("RegisterCertificant", "certificant_id: 'dora' name: 'Dora'");
  }
};

TEST_F(RefusalsTest, EveryCommandIsAmongTheCases) {
  std::set<std::string> methods{"ImportRegister"};
  for (const Case& c : kCases) methods.insert(c.method);
  for (const char* service : {"CommandService", "RulebookService"}) {
    const auto& found = *google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
        absl::StrCat("goodstanding.api.v1.", service));
    for (int i = 0; i < found.method_count(); ++i) {
      if (found.method(i)->input_type()->FindFieldByName("header") == nullptr) continue;
      EXPECT_EQ(methods.count(found.method(i)->name()), 1) << found.method(i)->name();
    }
  }
}

TEST_F(RefusalsTest, SayWhyAndTellNothingPersonal) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.method, ": ", c.why));
    const auto request = RequestOf(c.method, absl::StrReplaceAll(c.request, {{"%", kPersonal}}));
    const grpc::Status status = Try(*request);
    EXPECT_EQ(ReasonOf(status), c.reason) << status.error_message();
    if (*c.field != 0) {
      EXPECT_EQ(FieldOf(status), c.field);
    }
    ExpectWellFormed(*request, status);
    EXPECT_THAT(status.error_message(), Not(HasSubstr(kPersonal)));
    EXPECT_THAT(status.error_details(), Not(HasSubstr(kPersonal)));
  }
}

TEST_F(RefusalsTest, LeaveNoByteAndLeaveTheRequestIdFree) {
  size_t records = Log().size();
  const int64_t head = Head();
  for (size_t i = 0; i < std::size(kCases); ++i) {
    const Case& c = kCases[i];
    SCOPED_TRACE(absl::StrCat(c.method, ": ", c.why));
    const auto request = RequestOf(c.method, c.request);
    if (!absl::StrContains(c.request, "request_id")) {
      SetRequestId(absl::StrCat("refused-", i), *request);
    }
    EXPECT_FALSE(Try(*request).ok());
    EXPECT_FALSE(Try(*request).ok());  // A refusal is not remembered either.
  }
  EXPECT_EQ(Head(), head);
  EXPECT_EQ(Log().size(), records);
  for (size_t i = 0; i < std::size(kCases); ++i) {
    const auto receipt =
        Do("RecordNotice", absl::StrCat("header { request_id: 'refused-", i,
                                        "' } certificant_id: 'ana' notice: 'N' channel: 'mail'"));
    EXPECT_FALSE(receipt.repeated_request());
    EXPECT_EQ(receipt.position(), head + 1 + static_cast<int64_t>(i));
  }
}

TEST_F(RefusalsTest, OfQuestionsAreWellFormedToo) {
  constexpr Case kQuestions[] = {
      {"unknown", "GetStanding", "certificant_id: 'nobody'", "CERTIFICANT_NOT_FOUND",
       "certificant_id"},
      {"no id", "GetStanding", "", "INVALID_ARGUMENT", "certificant_id"},
      {"no such day", "ExplainStanding",
       "certificant_id: 'ana' perspective { as_of_date { year: 2025 month: 2 day: 29 } }",
       "INVALID_ARGUMENT", "perspective.as_of_date"},
      {"a timeline has every day", "GetTimeline",
       "certificant_id: 'ana' perspective { as_of_date { year: 2025 month: 2 day: 28 } }",
       "INVALID_ARGUMENT", "perspective.as_of_date"},
      {"no such cycle", "GetTranscript", "certificant_id: 'ana' cycle_end_year: 2026",
       "CYCLE_NOT_FOUND", "cycle_end_year"},
      {"beyond the head", "GetAccount",
       "certificant_id: 'ana' perspective { known_at { position: 9999 } }", "POSITION_BEYOND_HEAD",
       ""},
      {"negative", "GetDeadlines",
       "certificant_id: 'ana' perspective { known_at { position: -1 } }", "INVALID_ARGUMENT",
       "perspective.known_at.position"},
      {"unknown rules", "GetStanding",
       "certificant_id: 'ana' perspective { rule_set { name: 'x' } }", "RULE_SET_NOT_FOUND", ""},
      {"nobody", "GetCertificant", "", "INVALID_ARGUMENT", "email"},
      {"no such address", "GetCertificant", "email: 'Zebedee@x.org'", "CERTIFICANT_NOT_FOUND",
       "email"},
      {"year 0", "ListDue", "", "INVALID_ARGUMENT", "year"},
      {"negative", "ListGoodStanding", "known_at { position: -1 }", "INVALID_ARGUMENT",
       "known_at.position"},
      {"unknown", "GetActivity", "activity_id: 'act-9'", "ACTIVITY_NOT_FOUND", "activity_id"},
      {"no event 0", "GetEvent", "", "INVALID_ARGUMENT", "position"},
      {"beyond the head", "GetEvent", "position: 9999", "EVENT_NOT_FOUND", "position"},
      {"negative", "ListEvents", "start_position: -1", "INVALID_ARGUMENT", "start_position"},
      {"unknown order", "ListEvents", "order: 7", "INVALID_ARGUMENT", "order"},
      {"unknown", "ListCertificantEvents", "certificant_id: 'nobody'", "CERTIFICANT_NOT_FOUND",
       "certificant_id"},
      {"unknown", "GetRuleSet", "name: 'x'", "RULE_SET_NOT_FOUND", "name"},
      {"no such version", "GetRuleSet", "name: 'namss-2025' version: 2", "RULE_SET_NOT_FOUND",
       "name"},
  };
  for (const Case& c : kQuestions) {
    SCOPED_TRACE(absl::StrCat(c.method, ": ", c.why));
    const auto request = RequestOf(c.method, c.request);
    const grpc::Status status = Try(*request);
    EXPECT_EQ(ReasonOf(status), c.reason) << status.error_message();
    if (*c.field != 0) {
      EXPECT_EQ(FieldOf(status), c.field);
    }
    ExpectWellFormed(*request, status);
    EXPECT_THAT(absl::StrCat(status.error_message(), status.error_details()),
                Not(HasSubstr(kPersonal)));
  }
}

// --- What no client of ours would send.

constexpr char kRegister[] = "/goodstanding.api.v1.CommandService/RegisterCertificant";

TEST_F(RefusalsTest, BytesThatAreNoMessageAreRefused) {
  const int64_t head = Head();
  const std::string good =
      RequestOf("RegisterCertificant", "header { request_id: 'h' } certificant_id: 'h' name: 'N'")
          ->SerializeAsString();
  for (const std::string& bytes : std::vector<std::string>{
           "\xff\xff\xff\xff", good.substr(0, good.size() - 1), std::string(64, '\0'),
           absl::StrCat(good, "\x1a\x7f"),          // A name that is longer than the message.
           absl::StrCat(good, "\x1a\x02\xc3\x28"),  // A name that is no UTF-8.
           absl::StrCat(good, "\x1a\x01\x80"),      // Likewise.
           absl::StrCat(good, "\x12\x03\xed\xa0\x80")}) {  // A surrogate as id.
    const grpc::Status status = caller().CallBytes(kRegister, bytes, nullptr);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL) << status.error_message();
  }
  EXPECT_EQ(ReasonOf(caller().CallBytes(kRegister, "", nullptr)), "INVALID_ARGUMENT");
  EXPECT_EQ(Head(), head);
  EXPECT_TRUE(caller().CallBytes(kRegister, good, nullptr).ok());  // The server goes on.
}

TEST_F(RefusalsTest, UnknownFieldsAreAccepted) {
  // A newer client may send what this server does not know.
  const std::string good =
      RequestOf("RegisterCertificant", "header { request_id: 'h' } certificant_id: 'h' name: 'N'")
          ->SerializeAsString();
  EXPECT_TRUE(caller().CallBytes(kRegister, absl::StrCat(good, "\xfa\x3f\x02hi"), nullptr).ok());
}

TEST_F(RefusalsTest, BytesFieldsThatMustBeTextAreChecked) {
  // Evidence's digest is bytes, everything else text: 32 bytes of any value are a digest.
  auto request = Text<api::v1::AttachEvidenceRequest>(
      "header { request_id: 'h' } certificant_id: 'ana' file_name: 'f' media_type: 'm'");
  request.set_digest(std::string(32, '\0'));
  EXPECT_TRUE(Try(request).ok());
}

TEST_F(RefusalsTest, TextsEndWhereTheirFieldsSay) {
  struct Limit {
    const char* method;
    const char* rest;
    const char* field;
    size_t max;
  };
  constexpr Limit kLimits[] = {
      {"RegisterCertificant", "name: 'N' certificant_id: ", "certificant_id", 64},
      {"ChangeProfile", "certificant_id: 'ana' name: ", "name", 200},
      {"ChangeContact", "certificant_id: 'ana' postal_address: ", "postal_address", 500},
      {"OpenAudit", "certificant_id: 'ana' reason: ", "reason", 2000},
      {"RecordNotice", "certificant_id: 'ana' notice: 'N' channel: ", "channel", 64},
      {"RecordNotice", "certificant_id: 'ana' channel: 'c' notice: ", "notice", 64},
      {"RecordBadge",
       "certificant_id: 'ana' credential: 'CPCS' cycle_end_year: 2028 badge_id: ", "badge_id", 128},
      {"AttachEvidence",
       "certificant_id: 'ana' digest: '0123456789abcdef0123456789abcdef' media_type: 'm'"
       " file_name: ",
       "file_name", 200},
      {"AttachEvidence",
       "certificant_id: 'ana' digest: '0123456789abcdef0123456789abcdef' file_name: 'f'"
       " media_type: ",
       "media_type", 100},
  };
  for (const Limit& limit : kLimits) {
    SCOPED_TRACE(absl::StrCat(limit.method, ".", limit.field));
    const auto with = [&](size_t size) {
      return Try(limit.method, absl::StrCat(limit.rest, "'", std::string(size, 'A'), "'"));
    };
    EXPECT_EQ(FieldOf(with(limit.max + 1)), limit.field);
    EXPECT_EQ(FieldOf(with(1 << 20)), limit.field);
    EXPECT_EQ(ReasonOf(with(limit.max)), "OK");
  }
}

TEST_F(RefusalsTest, AMessageAboveTheLimitIsRefused) {
  auto request = Text<api::v1::ChangeProfileRequest>("certificant_id: 'ana'");
  request.set_name(std::string(5 << 20, 'x'));
  EXPECT_EQ(Try(request).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(RefusalsTest, AnUnknownMethodIsUnimplemented) {
  for (const char* path : {"/goodstanding.api.v1.CommandService/Nothing",
                           "/goodstanding.api.v2.CommandService/RegisterCertificant", "/x/y"}) {
    EXPECT_EQ(caller().CallBytes(path, "", nullptr).error_code(), grpc::StatusCode::UNIMPLEMENTED)
        << path;
  }
}

}  // namespace
}  // namespace goodstanding::services
