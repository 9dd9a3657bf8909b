#include "projections/fact_text.h"

#include "absl/strings/str_cat.h"
#include "domain/money_text.h"
#include "projections/codec.h"

namespace goodstanding::projections {
namespace {

using domain::Date;
using event::v1::CertificantEvent;

std::string DayText(const type::v1::CivilDate& date) {
  const auto day = Date::FromProto(date);
  return day ? day->ToWords() : "an unknown day";
}

std::string CycleText(int end_year) { return absl::StrCat("the cycle that ends in ", end_year); }

std::string CredentialText(const std::string& credential) {
  return credential.empty() ? "all credentials" : credential;
}

// What is said of a credit record; empty for an event about something else.
std::string CreditText(const CertificantEvent& event) {
  switch (event.event_case()) {
    case CertificantEvent::kCreditRecorded:
      return absl::StrCat("Credit ", event.credit_recorded().reference(), " (",
                          event.credit_recorded().activity_kind(), ", completed ",
                          DayText(event.credit_recorded().completed_date()), ")");
    case CertificantEvent::kCreditAmended:
      return absl::StrCat("The amendment of credit ", event.credit_amended().reference());
    case CertificantEvent::kCreditDocumented:
      return absl::StrCat("The certificate of credit ", event.credit_documented().reference());
    case CertificantEvent::kCreditVerified:
      return absl::StrCat("The verification of credit ", event.credit_verified().reference());
    case CertificantEvent::kCreditWithdrawn:
      return absl::StrCat("The withdrawal of credit ", event.credit_withdrawn().reference());
    case CertificantEvent::kCreditDisallowed:
      return absl::StrCat("The disallowance of credit ", event.credit_disallowed().reference());
    case CertificantEvent::kCreditReinstated:
      return absl::StrCat("The reinstatement of credit ", event.credit_reinstated().reference());
    default:
      return "";
  }
}

// Likewise of a payment.
std::string PaymentText(const CertificantEvent& event, const domain::Figures& figures) {
  switch (event.event_case()) {
    case CertificantEvent::kPaymentReceived:
      return absl::StrCat("Payment ", event.payment_received().reference(), " of ",
                          MoneyText(figures, event.payment_received().amount_minor_units()));
    case CertificantEvent::kPaymentReturned:
      return absl::StrCat("The return of payment ", event.payment_returned().reference());
    case CertificantEvent::kPaymentRefunded:
      return absl::StrCat("The refund of payment ", event.payment_refunded().reference());
    case CertificantEvent::kArrearsWrittenOff:
      return absl::StrCat("The write-off of arrears of ",
                          CycleText(event.arrears_written_off().cycle_end_year()));
    case CertificantEvent::kPaymentReassigned:
      return absl::StrCat("The move of payment ", event.payment_reassigned().reference(), " to ",
                          CycleText(event.payment_reassigned().cycle_end_year()));
    default:
      return "";
  }
}

// Likewise of a renewal.
std::string RenewalText(const CertificantEvent& event) {
  switch (event.event_case()) {
    case CertificantEvent::kApplicationSubmitted:
      return absl::StrCat("The application for ",
                          CycleText(event.application_submitted().cycle_end_year()));
    case CertificantEvent::kApplicationReturned:
      return absl::StrCat("The return of the application for ",
                          CycleText(event.application_returned().cycle_end_year()));
    case CertificantEvent::kCertificationRenewed:
      return absl::StrCat("The approval of the renewal of ",
                          CycleText(event.certification_renewed().cycle_end_year()));
    case CertificantEvent::kExtensionRequested:
      return absl::StrCat("The request to extend ",
                          CycleText(event.extension_requested().cycle_end_year()));
    case CertificantEvent::kExtensionGranted:
      return absl::StrCat("The extension of ",
                          CycleText(event.extension_granted().cycle_end_year()));
    case CertificantEvent::kExtensionDenied:
      return absl::StrCat("The denial of an extension of ",
                          CycleText(event.extension_denied().cycle_end_year()));
    case CertificantEvent::kReinstatementRequested:
      return absl::StrCat("The request for reinstatement of ",
                          CycleText(event.reinstatement_requested().cycle_end_year()));
    case CertificantEvent::kWaiverGranted:
      return absl::StrCat("The waiver for ", CycleText(event.waiver_granted().cycle_end_year()));
    default:
      return "";
  }
}

// Likewise of the person.
std::string PersonText(const CertificantEvent& event) {
  switch (event.event_case()) {
    case CertificantEvent::kCertificantRegistered:
      return "The registration";
    case CertificantEvent::kMembershipRecorded:
      return absl::StrCat("The membership from ",
                          DayText(event.membership_recorded().period().first_date()), " to ",
                          DayText(event.membership_recorded().period().last_date()));
    case CertificantEvent::kMembershipEnded:
      return "The end of a membership";
    case CertificantEvent::kFactAnnulled:
      return absl::StrCat("The annulment of the fact at position ",
                          event.fact_annulled().fact_position());
    case CertificantEvent::kCredentialGranted:
      return absl::StrCat("The grant of ", event.credential_granted().credential());
    case CertificantEvent::kCredentialRevoked:
      return absl::StrCat("The revocation of ",
                          CredentialText(event.credential_revoked().credential()));
    case CertificantEvent::kCredentialSurrendered:
      return absl::StrCat("The surrender of ",
                          CredentialText(event.credential_surrendered().credential()));
    case CertificantEvent::kAuditOpened:
      return "The opening of an audit";
    case CertificantEvent::kAuditClosed:
      return "The end of an audit";
    default:
      return absl::StrCat("The fact ", KindOf(event));
  }
}

// Likewise of what moves between persons or accounts.
std::string MoveText(const CertificantEvent& event) {
  switch (event.event_case()) {
    case CertificantEvent::kCreditMovedOut:
      return absl::StrCat("The move of credit ", event.credit_moved_out().reference(), " to ",
                          event.credit_moved_out().to_certificant_id());
    case CertificantEvent::kCreditMovedIn:
      return absl::StrCat("The move of credit ", event.credit_moved_in().reference(), " from ",
                          event.credit_moved_in().from_certificant_id());
    case CertificantEvent::kAccountMerged:
      return absl::StrCat("The merge of the account ",
                          event.account_merged().merged_certificant_id(), " with all its facts");
    case CertificantEvent::kMergedIntoAccount:
      return absl::StrCat("The merge into the account ",
                          event.merged_into_account().survivor_certificant_id());
    default:
      return "";
  }
}

// How a fact came to be on its day.
absl::string_view VerbOf(const CertificantEvent& event) {
  switch (event.event_case()) {
    case CertificantEvent::kPaymentReceived:
      return "received";
    case CertificantEvent::kCreditRecorded:
      return "reported";
    default:
      return "effective";
  }
}

}  // namespace

bool BearsOnStanding(const CertificantEvent& event) {
  switch (event.event_case()) {
    case CertificantEvent::kProfileChanged:
    case CertificantEvent::kContactChanged:
    case CertificantEvent::kNoticeSent:
    case CertificantEvent::kBadgeIssued:
    case CertificantEvent::kEvidenceAttached:
    case CertificantEvent::kErasureRequested:
    case CertificantEvent::kErasureScheduled:
    case CertificantEvent::kErasureCalledOff:
    case CertificantEvent::kErasureBegun:
    case CertificantEvent::kErasureCompleted:
    case CertificantEvent::kLegalHoldPlaced:
    case CertificantEvent::kLegalHoldLifted:
    case CertificantEvent::kDisputeOpened:
    case CertificantEvent::kDisputeDecided:
    case CertificantEvent::kDisputeWithdrawn:
      return false;
    case CertificantEvent::kMergedFactRecorded: {
      CertificantEvent fact;
      const bool known = fact.ParseFromString(event.merged_fact_recorded().fact().event());
      return !known || fact.has_merged_fact_recorded() || BearsOnStanding(fact);
    }
    default:
      return true;
  }
}

std::string FactText(const CertificantEvent& event, Date effective,
                     const domain::Figures& figures) {
  if (event.has_merged_fact_recorded()) {
    CertificantEvent fact;
    const bool known = fact.ParseFromString(event.merged_fact_recorded().fact().event());
    if (known && !fact.has_merged_fact_recorded()) return FactText(fact, effective, figures);
  }
  std::string subject = CreditText(event);
  if (subject.empty()) subject = MoveText(event);
  if (subject.empty()) subject = PaymentText(event, figures);
  if (subject.empty()) subject = RenewalText(event);
  if (subject.empty()) subject = PersonText(event);
  return absl::StrCat(subject, ", ", VerbOf(event), " ", effective.ToWords());
}

}  // namespace goodstanding::projections
