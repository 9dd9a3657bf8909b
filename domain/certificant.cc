#include "domain/certificant.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace goodstanding::domain {
namespace {

using event::v1::CertificantEvent;

// Inserts by stamp. Nearly always at the end: facts mostly arrive in the order in which they took
// place.
template <typename T>
void InsertByStamp(T item, std::vector<T>& list) {
  auto place = list.end();
  while (place != list.begin() && item.stamp.Before(std::prev(place)->stamp)) --place;
  list.insert(place, std::move(item));
}

template <typename T>
T* FindByReference(absl::string_view reference, std::vector<T>& list) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const T& item) { return item.reference == reference; });
  return found == list.end() ? nullptr : &*found;
}

absl::Status UnknownReference(const Stamp& stamp, absl::string_view reference) {
  return absl::DataLossError(
      absl::StrCat("position ", stamp.position, ": speaks of an unknown record ", reference));
}

absl::Status ChangeCredit(CertificantState& state, const std::string& reference,
                          CreditChange change) {
  CreditRecord* const record = FindByReference(reference, state.credits);
  if (record == nullptr) return UnknownReference(change.stamp, reference);
  InsertByStamp(std::move(change), record->changes);
  return absl::OkStatus();
}

absl::Status ChangePayment(CertificantState& state, const std::string& reference,
                           PaymentChange change) {
  Payment* const payment = FindByReference(reference, state.payments);
  if (payment == nullptr) return UnknownReference(change.stamp, reference);
  InsertByStamp(change, payment->changes);
  return absl::OkStatus();
}

void AddMilestone(CertificantState& state, Milestone milestone) {
  InsertByStamp(std::move(milestone), state.milestones);
}

void AddCredit(const event::v1::CreditRecorded& event, const Stamp& stamp,
               CertificantState& state) {
  CreditRecord record;
  record.reference = event.reference();
  record.kind = event.activity_kind();
  record.activity_id = event.activity_id();
  record.reported.completed = Date::FromProto(event.completed_date()).value_or(Date());
  if (event.has_from_date()) record.reported.from = Date::FromProto(event.from_date());
  record.reported.amount = Amount::FromProto(event.amount());
  record.reported.break_minutes = event.break_minutes();
  record.reported.housekeeping_minutes = event.housekeeping_minutes();
  record.stamp = stamp;
  record.paid = event.paid();
  record.outside_approved_programme = event.outside_approved_programme();
  record.source = event.source();
  record.board_posted = event.source() == type::v1::CREDIT_SOURCE_EDUCATION_ZONE ||
                        event.source() == type::v1::CREDIT_SOURCE_CONFERENCE;
  record.documented = event.documented() || record.board_posted;
  state.credits.push_back(std::move(record));
}

void AddPayment(const event::v1::PaymentReceived& event, const Stamp& stamp,
                CertificantState& state) {
  Payment payment;
  payment.reference = event.reference();
  payment.amount = event.amount_minor_units();
  payment.method = event.method();
  payment.dated = Date::FromProto(event.dated_date()).value_or(Date());
  payment.stamp = stamp;
  payment.cycle_end_year = event.cycle_end_year();
  state.payments.push_back(std::move(payment));
}

void AddMembership(const event::v1::MembershipRecorded& event, const Stamp& stamp,
                   CertificantState& state) {
  Membership membership;
  membership.from = Date::FromProto(event.period().first_date()).value_or(Date());
  membership.through = Date::FromProto(event.period().last_date()).value_or(Date());
  membership.stamp = stamp;
  state.memberships.push_back(membership);
}

void AddRenewal(const event::v1::CertificationRenewed& event, const Stamp& stamp,
                CertificantState& state) {
  auto terms = std::make_shared<RenewalTerms>();
  terms->fees.recertification = event.fees().recertification_minor_units();
  terms->fees.late = event.fees().late_minor_units();
  terms->fees.extension = event.fees().extension_minor_units();
  terms->fees.reinstatement = event.fees().reinstatement_minor_units();
  terms->credit_references.assign(event.credit_references().begin(),
                                  event.credit_references().end());
  std::sort(terms->credit_references.begin(), terms->credit_references.end());
  AddMilestone(state, {MilestoneType::kRenewed, stamp, "", event.cycle_end_year(), terms});
}

absl::Status UnknownEvent(const Stamp& stamp) {
  return absl::DataLossError(
      absl::StrCat("position ", stamp.position, ": unknown certificant event"));
}

// A later fact about a credit record.
absl::Status EvolveCredit(const CertificantEvent& event, const Stamp& stamp,
                          CertificantState& state) {
  using Type = CreditChangeType;
  const auto change = [&](const auto& fact, Type type) {
    return ChangeCredit(state, fact.reference(), {type, stamp, nullptr});
  };
  switch (event.event_case()) {
    case CertificantEvent::kCreditAmended: {
      const auto& amended = event.credit_amended();
      return ChangeCredit(
          state, amended.reference(),
          {Type::kAmended, stamp, std::make_shared<const event::v1::CreditAmended>(amended)});
    }
    case CertificantEvent::kCreditDocumented:
      return change(event.credit_documented(), Type::kDocumented);
    case CertificantEvent::kCreditVerified:
      return change(event.credit_verified(), Type::kVerified);
    case CertificantEvent::kCreditWithdrawn:
      return change(event.credit_withdrawn(), Type::kWithdrawn);
    case CertificantEvent::kCreditDisallowed:
      return change(event.credit_disallowed(), Type::kDisallowed);
    case CertificantEvent::kCreditReinstated:
      return change(event.credit_reinstated(), Type::kReinstated);
    default:
      return UnknownEvent(stamp);
  }
}

// A later fact about a payment.
absl::Status EvolvePayment(const CertificantEvent& event, const Stamp& stamp,
                           CertificantState& state) {
  using Type = PaymentChangeType;
  switch (event.event_case()) {
    case CertificantEvent::kPaymentReturned:
      return ChangePayment(state, event.payment_returned().reference(),
                           {Type::kReturned, stamp, 0, 0});
    case CertificantEvent::kPaymentRefunded:
      return ChangePayment(
          state, event.payment_refunded().reference(),
          {Type::kRefunded, stamp, 0, event.payment_refunded().amount_minor_units()});
    case CertificantEvent::kPaymentReassigned: {
      const auto& reassigned = event.payment_reassigned();
      return ChangePayment(state, reassigned.reference(),
                           {Type::kReassigned, stamp, reassigned.cycle_end_year(), 0});
    }
    default:
      return UnknownEvent(stamp);
  }
}

// A fact about the erasure of the person's data, or against it.
absl::Status EvolveErasure(const CertificantEvent& event, CertificantState& state) {
  ErasureStatus& erasure = state.erasure;
  switch (event.event_case()) {
    case CertificantEvent::kErasureRequested:
      erasure.stage = type::v1::ERASURE_STAGE_REQUESTED;
      erasure.requested_by_issuer = event.erasure_requested().requested_by_issuer();
      erasure.requested_by_subject = event.erasure_requested().requested_by_subject();
      return absl::OkStatus();
    case CertificantEvent::kErasureScheduled:
      erasure.stage = type::v1::ERASURE_STAGE_SCHEDULED;
      erasure.due = Date::FromProto(event.erasure_scheduled().due_date()).value_or(Date::Max());
      return absl::OkStatus();
    case CertificantEvent::kErasureCalledOff:
      erasure = ErasureStatus();
      return absl::OkStatus();
    case CertificantEvent::kErasureBegun:
      erasure.stage = type::v1::ERASURE_STAGE_BEGUN;
      return absl::OkStatus();
    case CertificantEvent::kErasureCompleted:
      erasure.stage = type::v1::ERASURE_STAGE_COMPLETED;
      return absl::OkStatus();
    case CertificantEvent::kLegalHoldPlaced: {
      const auto& placed = event.legal_hold_placed();
      LegalHold hold{placed.reference(), std::nullopt};
      if (placed.has_last_date()) hold.through = Date::FromProto(placed.last_date());
      state.legal_holds.push_back(std::move(hold));
      return absl::OkStatus();
    }
    default:  // kLegalHoldLifted.
      std::erase_if(state.legal_holds, [&](const LegalHold& hold) {
        return hold.reference == event.legal_hold_lifted().reference();
      });
      return absl::OkStatus();
  }
}

// A fact that moves tenure, cycle or application.
absl::Status EvolveMilestone(const CertificantEvent& event, const Stamp& stamp,
                             CertificantState& state) {
  using Type = MilestoneType;
  const auto add = [&](Type type, const std::string& credential = "") {
    AddMilestone(state, {type, stamp, credential, 0, nullptr});
    return absl::OkStatus();
  };
  const auto add_of_cycle = [&](Type type, const auto& fact) {
    AddMilestone(state, {type, stamp, "", fact.cycle_end_year(), nullptr});
    return absl::OkStatus();
  };
  switch (event.event_case()) {
    case CertificantEvent::kCredentialGranted:
      return add(Type::kGranted, event.credential_granted().credential());
    case CertificantEvent::kCredentialRevoked:
      return add(Type::kRevoked, event.credential_revoked().credential());
    case CertificantEvent::kCredentialSurrendered:
      return add(Type::kSurrendered, event.credential_surrendered().credential());
    case CertificantEvent::kApplicationSubmitted:
      return add_of_cycle(Type::kSubmitted, event.application_submitted());
    case CertificantEvent::kApplicationReturned:
      return add_of_cycle(Type::kReturned, event.application_returned());
    case CertificantEvent::kCertificationRenewed:
      AddRenewal(event.certification_renewed(), stamp, state);
      return absl::OkStatus();
    case CertificantEvent::kExtensionRequested:
      return add_of_cycle(Type::kExtensionRequested, event.extension_requested());
    case CertificantEvent::kExtensionGranted:
      return add_of_cycle(Type::kExtensionGranted, event.extension_granted());
    case CertificantEvent::kExtensionDenied:
      return add_of_cycle(Type::kExtensionDenied, event.extension_denied());
    case CertificantEvent::kReinstatementRequested:
      return add_of_cycle(Type::kReinstatementRequested, event.reinstatement_requested());
    case CertificantEvent::kAuditOpened:
      return add(Type::kAuditOpened);
    case CertificantEvent::kAuditClosed:
      return add(Type::kAuditClosed);
    default:
      return UnknownEvent(stamp);
  }
}

}  // namespace

Amount Amount::FromProto(const event::v1::ActivityAmount& amount) {
  switch (amount.amount_case()) {
    case event::v1::ActivityAmount::kMinutes:
      return {amount.amount_case(), amount.minutes()};
    case event::v1::ActivityAmount::kPositionYearsHundredths:
      return {amount.amount_case(), amount.position_years_hundredths()};
    case event::v1::ActivityAmount::kAcademicCreditsHundredths:
      return {amount.amount_case(), amount.academic_credits_hundredths()};
    case event::v1::ActivityAmount::kCount:
      return {amount.amount_case(), amount.count()};
    case event::v1::ActivityAmount::AMOUNT_NOT_SET:
      break;
  }
  return {};
}

const CreditRecord* CertificantState::FindCredit(absl::string_view reference) const {
  return FindByReference(reference, const_cast<CertificantState*>(this)->credits);
}

const Payment* CertificantState::FindPayment(absl::string_view reference) const {
  return FindByReference(reference, const_cast<CertificantState*>(this)->payments);
}

absl::Status Evolve(const CertificantEvent& event, const Stamp& stamp, CertificantState& state) {
  ++state.version;
  switch (event.event_case()) {
    case CertificantEvent::kCreditRecorded:
      AddCredit(event.credit_recorded(), stamp, state);
      return absl::OkStatus();
    case CertificantEvent::kCreditAmended:
    case CertificantEvent::kCreditDocumented:
    case CertificantEvent::kCreditVerified:
    case CertificantEvent::kCreditWithdrawn:
    case CertificantEvent::kCreditDisallowed:
    case CertificantEvent::kCreditReinstated:
      return EvolveCredit(event, stamp, state);
    case CertificantEvent::kPaymentReceived:
      AddPayment(event.payment_received(), stamp, state);
      return absl::OkStatus();
    case CertificantEvent::kPaymentReturned:
    case CertificantEvent::kPaymentRefunded:
    case CertificantEvent::kPaymentReassigned:
      return EvolvePayment(event, stamp, state);
    case CertificantEvent::kMembershipRecorded:
      AddMembership(event.membership_recorded(), stamp, state);
      return absl::OkStatus();
    case CertificantEvent::kMembershipEnded:
      state.membership_ends.push_back(
          {Date::FromProto(event.membership_ended().last_date()).value_or(Date::Max()), stamp});
      return absl::OkStatus();
    case CertificantEvent::kArrearsWrittenOff:
      state.write_offs.push_back({event.arrears_written_off().cycle_end_year(),
                                  event.arrears_written_off().amount_minor_units(), stamp});
      return absl::OkStatus();
    case CertificantEvent::kErasureRequested:
    case CertificantEvent::kErasureScheduled:
    case CertificantEvent::kErasureCalledOff:
    case CertificantEvent::kErasureBegun:
    case CertificantEvent::kErasureCompleted:
    case CertificantEvent::kLegalHoldPlaced:
    case CertificantEvent::kLegalHoldLifted:
      return EvolveErasure(event, state);
    case CertificantEvent::kCertificantRegistered:
      state.registered = true;
      return absl::OkStatus();
    case CertificantEvent::kProfileChanged:
    case CertificantEvent::kContactChanged:
    case CertificantEvent::kNoticeSent:
    case CertificantEvent::kBadgeIssued:
    case CertificantEvent::kEvidenceAttached:
      return absl::OkStatus();
    default:
      return EvolveMilestone(event, stamp, state);
  }
}

}  // namespace goodstanding::domain
