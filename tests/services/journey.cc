#include "tests/services/journey.h"

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "tests/services/service_fixture.h"

namespace goodstanding::services {

const std::vector<JourneyStep>& Journey() {
  // Ana renews 2025 with everything that can happen on the way. Bea lapsed and asks to come back.
  // Cleo gives one credential up and loses the other.
  static const auto* const kSteps = new std::vector<JourneyStep>{
      {"", "RegisterCertificant", "certificant_id: 'ana' name: 'Ana Roe' email: 'ana@example.org'",
       "CertificantRegistered"},
      {"", "ChangeProfile", "certificant_id: 'ana' name: 'Ana Roe-Diaz'", "ProfileChanged"},
      {"", "ChangeContact",
       "certificant_id: 'ana' email: 'roe@example.org' postal_address: '1 Main St'",
       "ContactChanged"},
      {"2025-01-02", "RecordMembership",
       "certificant_id: 'ana' period { first_date { year: 2025 month: 1 day: 1 }"
       " last_date { year: 2025 month: 12 day: 31 } }",
       "MembershipRecorded"},
      {"", "EndMembership",
       "certificant_id: 'ana' last_date { year: 2025 month: 12 day: 30 } reason: 'moved away'",
       "MembershipEnded"},
      {"2022-05-14", "GrantCredential", "certificant_id: 'ana' credential: 'CPCS'",
       "CredentialGranted"},
      {"2025-01-02", "ApproveActivity",
       "activity_id: 'act-1' sponsor: 'State chapter' title: 'Spring meeting'"
       " credits { hundredths: 600 } period { first_date { year: 2025 month: 1 day: 1 }"
       " last_date { year: 2025 month: 12 day: 31 } }",
       "ActivityApproved"},
      {"2025-08-01", "WithdrawActivity", "activity_id: 'act-1' reason: 'the sponsor gave up'",
       "ActivityWithdrawn"},
      {"2025-03-02", "RecordCredit",
       "certificant_id: 'ana' credit { reference: 'c1' activity_kind: 'SPONSORED'"
       " completed_date { year: 2025 month: 3 day: 1 } amount { minutes: 2400 } }",
       "CreditRecorded"},
      {"2025-03-03", "RecordCredit",
       "certificant_id: 'ana' credit { reference: 'c2' activity_kind: 'SUBJECT_MATTER_EXPERT'"
       " completed_date { year: 2025 month: 3 day: 2 } amount { minutes: 60 } undocumented: true }",
       "CreditRecorded"},
      {"", "AmendCredit", "certificant_id: 'ana' reference: 'c2' amount { minutes: 90 }",
       "CreditAmended"},
      {"", "DocumentCredit", "certificant_id: 'ana' reference: 'c2'", "CreditDocumented"},
      {"", "VerifyCredit", "certificant_id: 'ana' reference: 'c2'", "CreditVerified"},
      {"", "DisallowCredit", "certificant_id: 'ana' reference: 'c2' reason: 'no record of it'",
       "CreditDisallowed"},
      {"", "ReinstateCredit", "certificant_id: 'ana' reference: 'c2' reason: 'found'",
       "CreditReinstated"},
      {"", "WithdrawCredit", "certificant_id: 'ana' reference: 'c2'", "CreditWithdrawn"},
      {"", "AttachEvidence",
       "certificant_id: 'ana' credit_reference: 'c1' digest: '0123456789abcdef0123456789abcdef'"
       " file_name: 'certificate.pdf' media_type: 'application/pdf'",
       "EvidenceAttached"},
      {"", "RecordNotice",
       "certificant_id: 'ana' notice: 'APPLICATION_OPENS' channel: 'email'"
       " deadline_date { year: 2025 month: 12 day: 1 }",
       "NoticeSent"},
      {"", "RequestExtension", "certificant_id: 'ana'", "ExtensionRequested"},
      {"", "DenyExtension", "certificant_id: 'ana'", "ExtensionDenied"},
      {"", "RequestExtension", "certificant_id: 'ana'", "ExtensionRequested"},
      {"", "GrantExtension", "certificant_id: 'ana'", "ExtensionGranted"},
      {"", "SubmitApplication", "certificant_id: 'ana'", "ApplicationSubmitted"},
      {"", "ReturnApplication", "certificant_id: 'ana' reason: 'not signed'",
       "ApplicationReturned"},
      {"", "SubmitApplication", "certificant_id: 'ana'", "ApplicationSubmitted"},
      {"", "RecordPayment",
       "certificant_id: 'ana' reference: 'p1' amount { currency_code: 'USD' minor_units: 25000 }"
       " method: PAYMENT_METHOD_CARD",
       "PaymentReceived"},
      {"", "RecordPayment",
       "certificant_id: 'ana' reference: 'p2' amount { currency_code: 'USD' minor_units: 1 }"
       " method: PAYMENT_METHOD_CHECK dated_date { year: 2025 month: 9 day: 1 }",
       "PaymentReceived"},
      {"", "RecordPaymentReturn", "certificant_id: 'ana' reference: 'p2'", "PaymentReturned"},
      {"", "RecordPayment",
       "certificant_id: 'ana' reference: 'p3' amount { currency_code: 'USD' minor_units: 2 }"
       " method: PAYMENT_METHOD_CARD cycle_end_year: 2025",
       "PaymentReceived"},
      {"", "OpenAudit", "certificant_id: 'ana' reason: 'drawn by lot'", "AuditOpened"},
      {"", "CloseAudit", "certificant_id: 'ana' outcome: AUDIT_OUTCOME_PASSED", "AuditClosed"},
      {"", "ApproveApplication", "certificant_id: 'ana'", "CertificationRenewed"},
      {"", "ReassignPayment",
       "certificant_id: 'ana' reference: 'p3' cycle_end_year: 2028 reason: 'for the next one'",
       "PaymentReassigned"},
      {"", "RecordRefund", "certificant_id: 'ana' reference: 'p3'", "PaymentRefunded"},
      {"", "RecordRefund",
       "certificant_id: 'ana' reference: 'p1' amount { currency_code: 'USD' minor_units: 1000 }",
       "PaymentRefunded"},
      {"", "WriteOffArrears",
       "certificant_id: 'ana' cycle_end_year: 2025 reason: 'too small to pursue'"
       " amount { currency_code: 'USD' minor_units: 1000 }",
       "ArrearsWrittenOff"},
      {"", "RecordBadge",
       "certificant_id: 'ana' credential: 'CPCS' cycle_end_year: 2028 badge_id: 'badge-1'",
       "BadgeIssued"},
      {"", "RegisterCertificant", "certificant_id: 'bea' name: 'Bea Kim'", "CertificantRegistered"},
      {"2021-05-14", "GrantCredential", "certificant_id: 'bea' credential: 'CPCS'",
       "CredentialGranted"},
      {"2025-03-01", "RequestReinstatement", "certificant_id: 'bea'", "ReinstatementRequested"},
      {"", "RegisterCertificant", "certificant_id: 'cleo' name: 'Cleo Ash'",
       "CertificantRegistered"},
      {"2023-05-14", "GrantCredential", "certificant_id: 'cleo' credential: 'CPCS'",
       "CredentialGranted"},
      {"2023-05-14", "GrantCredential", "certificant_id: 'cleo' credential: 'CPMSM'",
       "CredentialGranted"},
      {"", "SurrenderCredential", "certificant_id: 'cleo' credential: 'CPMSM' reason: 'retired'",
       "CredentialSurrendered"},
      {"", "RevokeCredential", "certificant_id: 'cleo' reason: 'conduct'", "CredentialRevoked"},
      {"", "PlaceLegalHold", "certificant_id: 'cleo' reference: 'case-7' reason: 'subpoena'",
       "LegalHoldPlaced"},
      {"", "LiftLegalHold", "certificant_id: 'cleo' reference: 'case-7' reason: 'settled'",
       "LegalHoldLifted"},
      {"", "RequestErasure", "certificant_id: 'cleo' reason: 'asked for it'", "ErasureRequested"},
      {"", "CallOffErasure", "certificant_id: 'cleo' reason: 'changed her mind'",
       "ErasureCalledOff"},
      {"", "AnnulFact",
       "certificant_id: 'bea' fact_position: 41 reason: 'another person asked'"
       " authority: 'the registrar'",
       "FactAnnulled"},
      {"", "OpenDispute", "certificant_id: 'ana' cycle_end_year: 2025 claim: 'it was in time'",
       "DisputeOpened"},
      {"", "WithdrawDispute", "certificant_id: 'ana' dispute_position: 52 reason: 'settled'",
       "DisputeWithdrawn"},
      {"", "GrantWaiver",
       "certificant_id: 'ana' cycle_end_year: 2028 fee { fee: FEE_KIND_LATE }"
       " hardship_reference: 'HD-1' reason: 'illness' authority: 'the board'",
       "WaiverGranted"},
  };
  return *kSteps;
}

std::string EffectiveOn(absl::string_view day) {
  absl::CivilDay civil;
  if (!absl::ParseCivilTime(day, &civil)) return "";
  return absl::StrCat(" effective_date { year: ", civil.year(), " month: ", civil.month(),
                      " day: ", civil.day(), " } ");
}

std::unique_ptr<google::protobuf::Message> RequestOf(const JourneyStep& step,
                                                     const std::string& request_id) {
  return RequestOf(step.method, absl::StrCat("header { request_id: '", request_id, "'",
                                             EffectiveOn(step.on), "} ", step.request));
}

}  // namespace goodstanding::services
