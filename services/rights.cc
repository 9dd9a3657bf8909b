#include "services/rights.h"

#include "absl/strings/strip.h"

namespace goodstanding::services {
namespace {

constexpr Roles kEducation = RoleBit(config::v1::ROLE_EDUCATION_PLATFORM);
constexpr Roles kPayments = RoleBit(config::v1::ROLE_PAYMENTS);
constexpr Roles kMembership = RoleBit(config::v1::ROLE_MEMBERSHIP);
constexpr Roles kBadges = RoleBit(config::v1::ROLE_BADGES);
constexpr Roles kWeb = RoleBit(config::v1::ROLE_WEB);
constexpr Roles kStaff = RoleBit(config::v1::ROLE_STAFF);
constexpr Roles kAuditor = RoleBit(config::v1::ROLE_AUDITOR);
constexpr Roles kAuthor = RoleBit(config::v1::ROLE_RULE_AUTHOR);
constexpr Roles kOperator = RoleBit(config::v1::ROLE_OPERATOR);
constexpr Roles kCertificant = RoleBit(config::v1::ROLE_CERTIFICANT);
constexpr Roles kAll = kEducation | kPayments | kMembership | kBadges | kWeb | kStaff | kAuditor |
                       kAuthor | kOperator | kCertificant;
constexpr bool kOpen = true;
// What the security log calls these calls.
constexpr char kPersonal[] = "read_personal_data";
constexpr char kOperated[] = "operated";

constexpr MethodRight kRights[] = {
    {"CommandService.RegisterCertificant", kMembership | kStaff},
    {"CommandService.ChangeProfile", kStaff},
    {"CommandService.ChangeContact", kMembership | kStaff | kCertificant},
    {"CommandService.RecordMembership", kMembership | kStaff},
    {"CommandService.GrantCredential", kStaff},
    {"CommandService.RevokeCredential", kStaff},
    {"CommandService.SurrenderCredential", kStaff | kCertificant},
    {"CommandService.RecordCredit", kEducation | kStaff | kCertificant},
    {"CommandService.RecordCredits", kEducation | kStaff},
    {"CommandService.AmendCredit", kEducation | kStaff},
    {"CommandService.DocumentCredit", kStaff},
    {"CommandService.VerifyCredit", kStaff},
    {"CommandService.WithdrawCredit", kEducation | kStaff | kCertificant},
    {"CommandService.DisallowCredit", kStaff},
    {"CommandService.ReinstateCredit", kStaff},
    {"CommandService.ApproveActivity", kStaff},
    {"CommandService.WithdrawActivity", kStaff},
    {"CommandService.SubmitApplication", kStaff | kCertificant},
    {"CommandService.ReturnApplication", kStaff},
    {"CommandService.ApproveApplication", kStaff},
    {"CommandService.RecordPayment", kPayments | kStaff},
    {"CommandService.RecordPaymentReturn", kPayments | kStaff},
    {"CommandService.RecordRefund", kPayments | kStaff},
    {"CommandService.ReassignPayment", kStaff},
    {"CommandService.RequestExtension", kStaff | kCertificant},
    {"CommandService.GrantExtension", kStaff},
    {"CommandService.DenyExtension", kStaff},
    {"CommandService.RequestReinstatement", kStaff | kCertificant},
    {"CommandService.OpenAudit", kStaff},
    {"CommandService.CloseAudit", kStaff},
    {"CommandService.RecordNotice", kStaff},
    {"CommandService.RecordBadge", kBadges},
    {"CommandService.AttachEvidence", kStaff | kCertificant},
    {"CommandService.ImportRegister", kStaff},
    {"CommandService.EndMembership", kMembership | kStaff},
    {"CommandService.RecordPayments", kPayments | kStaff},
    {"CommandService.RecordPaymentReturns", kPayments | kStaff},
    {"CommandService.WriteOffArrears", kStaff},
    {"CommandService.AnnulFact", kStaff},
    {"CommandService.RequestErasure", kStaff | kCertificant},
    {"CommandService.ConfirmErasure", kStaff},
    {"CommandService.CallOffErasure", kStaff | kCertificant},
    {"CommandService.PlaceLegalHold", kStaff},
    {"CommandService.LiftLegalHold", kStaff},
    {"CommandService.OpenDispute", kStaff | kCertificant},
    {"CommandService.DecideDispute", kStaff},
    {"CommandService.WithdrawDispute", kStaff | kCertificant},
    {"CommandService.GrantWaiver", kStaff},
    {"CommandService.MoveCredit", kStaff},
    {"CommandService.MergeCertificants", kStaff},

    {"QueryService.GetStanding", kMembership | kBadges | kWeb | kStaff | kAuditor | kCertificant},
    {"QueryService.ExplainStanding", kStaff | kAuditor | kCertificant},
    {"QueryService.GetTimeline", kStaff | kAuditor | kCertificant},
    {"QueryService.GetTranscript", kStaff | kAuditor | kCertificant},
    {"QueryService.GetAccount", kPayments | kStaff | kAuditor | kCertificant},
    {"QueryService.GetDeadlines", kStaff | kAuditor | kCertificant},
    {"QueryService.GetCertificant", kStaff | kAuditor | kCertificant, !kOpen, kPersonal},
    {"QueryService.ListGoodStanding", kMembership | kBadges | kWeb | kStaff | kAuditor},
    {"QueryService.ListDue", kStaff | kAuditor},
    {"QueryService.GetActivity", kAll},
    {"QueryService.ListActivities", kAll},

    {"HistoryService.ListCertificantEvents", kStaff | kAuditor, !kOpen, kPersonal},
    {"HistoryService.ListEvents", kAuditor, !kOpen, kPersonal},
    {"HistoryService.GetEvent", kAuditor, !kOpen, kPersonal},
    {"HistoryService.Subscribe", kAuditor, !kOpen, kPersonal},
    {"HistoryService.WatchStandings", kMembership | kBadges | kWeb | kStaff | kAuditor},

    {"EvidenceService.ReplayDecision", kStaff | kAuditor},
    {"EvidenceService.GetDossier", kStaff | kAuditor, !kOpen, kPersonal},
    {"EvidenceService.GetVerificationLetter",
     kMembership | kBadges | kWeb | kStaff | kAuditor | kCertificant},
    {"EvidenceService.GetEvidence", kStaff | kAuditor, !kOpen, kPersonal},
    {"EvidenceService.SelectAudits", kStaff | kAuditor},

    {"LogService.GetCheckpoint", kAll},
    {"LogService.GetInclusionProof", kAll},
    {"LogService.GetConsistencyProof", kAll},
    {"LogService.GetEventProof", kAuditor},
    {"LogService.AddCosignatures", kAuditor | kOperator},

    {"OperationsService.GetServerStatus", kAuditor | kOperator},
    {"OperationsService.CheckViews", kAuditor | kOperator},
    {"OperationsService.CreateBackup", kOperator, !kOpen, kOperated},
    {"OperationsService.ListBackups", kOperator},
    {"OperationsService.RestoreBackup", kOperator, !kOpen, kOperated},
    {"OperationsService.RebuildViews", kOperator},
    {"OperationsService.GetOperation", kOperator},
    {"OperationsService.ListOperations", kOperator},
    {"OperationsService.PauseOperation", kOperator},
    {"OperationsService.ResumeOperation", kOperator},
    {"OperationsService.CancelOperation", kOperator},
    {"OperationsService.DigestViews", kAuditor | kOperator},
    {"OperationsService.ConfirmClock", kOperator, !kOpen, kOperated},
    {"OperationsService.SetReadOnly", kOperator, !kOpen, kOperated},

    {"RulebookService.ValidateRuleSet", kAuthor},
    {"RulebookService.PublishRuleSet", kAuthor},
    {"RulebookService.CorrectRuleSet", kAuthor},
    {"RulebookService.PreviewCorrection", kAuthor},
    {"RulebookService.ListReconsiderations", kStaff | kAuditor | kAuthor},
    {"RulebookService.GetRuleSet", kAll},
    {"RulebookService.ListRuleSets", kAll},

    // Probes come without an identity.
    {"grpc.health.v1.Health.Check", kAll, kOpen},
    {"grpc.health.v1.Health.Watch", kAll, kOpen},
    {"grpc.reflection.v1.ServerReflection.ServerReflectionInfo", kAll},
    {"grpc.reflection.v1alpha.ServerReflection.ServerReflectionInfo", kAll},
};

}  // namespace

absl::Span<const MethodRight> MethodRights() { return kRights; }

const MethodRight* FindRight(absl::string_view full_name) {
  const absl::string_view name = absl::StripPrefix(full_name, "goodstanding.api.v1.");
  for (const MethodRight& right : kRights) {
    if (right.method == name) return &right;
  }
  return nullptr;
}

}  // namespace goodstanding::services
