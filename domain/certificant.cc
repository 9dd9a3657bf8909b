#include "domain/certificant.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/accounts.h"

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

void AddWaiver(const event::v1::WaiverGranted& event, const Stamp& stamp, CertificantState& state) {
  auto waiver = std::make_shared<Waiver>();
  if (event.has_deadline()) {
    waiver->deadline = event.deadline().deadline();
    waiver->through = Date::FromProto(event.deadline().through_date()).value_or(Date());
  } else if (event.has_fee()) {
    waiver->fee = event.fee().fee();
    waiver->amount = event.fee().amount_minor_units();
  } else {
    waiver->line = event.requirement().line();
    waiver->credits = event.requirement().credits().hundredths();
  }
  waiver->dispute_position = event.dispute_position();
  waiver->hardship_reference = event.hardship_reference();
  AddMilestone(state, {MilestoneType::kWaived, stamp, "", event.cycle_end_year(), nullptr, waiver});
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
absl::Status EvolveErasure(const CertificantEvent& event, const Stamp& stamp,
                           CertificantState& state) {
  state.fixed.push_back(stamp.position);
  if (event.has_legal_hold_placed()) {
    const auto& placed = event.legal_hold_placed();
    LegalHold hold{placed.reference(), std::nullopt};
    if (placed.has_last_date()) hold.through = Date::FromProto(placed.last_date());
    state.legal_holds.push_back(std::move(hold));
  } else if (event.has_legal_hold_lifted()) {
    std::erase_if(state.legal_holds, [&](const LegalHold& hold) {
      return hold.reference == event.legal_hold_lifted().reference();
    });
  } else {
    TakeErasure(event, state.erasure);
  }
  return absl::OkStatus();
}

// A dispute ends.
absl::Status EndDispute(int64_t position, DisputeStage stage, const Stamp& stamp,
                        CertificantState& state) {
  for (Dispute& dispute : state.disputes) {
    if (dispute.opened.position != position) continue;
    dispute.stage = stage;
    return absl::OkStatus();
  }
  return absl::DataLossError(absl::StrCat("position ", stamp.position, ": ends the dispute at ",
                                          position, ", which was never opened"));
}

absl::Status EvolveDispute(const CertificantEvent& event, const Stamp& stamp,
                           CertificantState& state) {
  state.fixed.push_back(stamp.position);
  if (event.has_dispute_opened()) {
    const auto& opened = event.dispute_opened();
    state.disputes.push_back({stamp, opened.cycle_end_year(), opened.disputed_position()});
    return absl::OkStatus();
  }
  if (event.has_dispute_withdrawn()) {
    return EndDispute(event.dispute_withdrawn().dispute_position(), DisputeStage::kWithdrawn, stamp,
                      state);
  }
  const auto& decided = event.dispute_decided();
  const bool rejected = decided.outcome() == type::v1::DISPUTE_OUTCOME_REJECTED;
  return EndDispute(decided.dispute_position(),
                    rejected ? DisputeStage::kRejected : DisputeStage::kUpheld, stamp, state);
}

// Takes the item at a position out of a list.
template <typename T>
std::optional<T> TakeOut(int64_t position, std::vector<T>& list) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const T& item) { return item.stamp.position == position; });
  if (found == list.end()) return std::nullopt;
  T item = std::move(*found);
  list.erase(found);
  return item;
}

// Inserts in log order.
template <typename T>
void InsertByPosition(T item, std::vector<T>& list) {
  const auto place = std::find_if(list.begin(), list.end(), [&](const T& other) {
    return other.stamp.position > item.stamp.position;
  });
  list.insert(place, std::move(item));
}

// Takes a later fact out of the records, or payments, of a list.
template <typename Record>
bool TakeChange(int64_t position, std::vector<Record>& records, AnnulledFact& annulled) {
  for (Record& record : records) {
    auto change = TakeOut(position, record.changes);
    if (!change) continue;
    annulled.reference = record.reference;
    annulled.fact = *std::move(change);
    return true;
  }
  return false;
}

template <typename T>
bool TakeFact(int64_t position, std::vector<T>& list, AnnulledFact& annulled) {
  auto item = TakeOut(position, list);
  if (!item) return false;
  annulled.fact = *std::move(item);
  return true;
}

// The record, or payment, of a reference, whether it counts or not.
template <typename Record>
Record* FindAmongAll(const std::string& reference, std::vector<Record>& records,
                     std::vector<AnnulledFact>& annulled) {
  if (Record* const record = FindByReference(reference, records)) return record;
  for (AnnulledFact& other : annulled) {
    auto* const record = std::get_if<Record>(&other.fact);
    if (record != nullptr && record->reference == reference) return record;
  }
  return nullptr;
}

// Puts facts back where an annulment took them from.
struct Restorer {
  CertificantState& state;
  const std::string& reference;

  void operator()(Milestone milestone) { AddMilestone(state, std::move(milestone)); }
  void operator()(CreditRecord record) { InsertByPosition(std::move(record), state.credits); }
  void operator()(Payment payment) { InsertByPosition(std::move(payment), state.payments); }
  void operator()(const Membership& membership) { InsertByPosition(membership, state.memberships); }
  void operator()(const MembershipEnd& end) { InsertByPosition(end, state.membership_ends); }
  void operator()(const WriteOff& write_off) { InsertByPosition(write_off, state.write_offs); }
  void operator()(CreditChange change) {
    CreditRecord* const record = FindAmongAll(reference, state.credits, state.annulled);
    if (record != nullptr) InsertByStamp(std::move(change), record->changes);
  }
  void operator()(const PaymentChange& change) {
    Payment* const payment = FindAmongAll(reference, state.payments, state.annulled);
    if (payment != nullptr) InsertByStamp(change, payment->changes);
  }
};

// The annulment at the position is taken back: its fact counts again.
bool UndoAnnulment(int64_t position, const Stamp& stamp, CertificantState& state) {
  const auto found =
      std::find_if(state.annulled.begin(), state.annulled.end(),
                   [&](const AnnulledFact& fact) { return fact.annulled.position == position; });
  if (found == state.annulled.end()) return false;
  AnnulledFact fact = std::move(*found);
  state.annulled.erase(found);
  state.undone_annulments.push_back(position);
  state.fixed.push_back(stamp.position);
  std::visit(Restorer{state, fact.reference}, std::move(fact.fact));
  return true;
}

// The record counts as never having been this person's; the move back is an annulment of the move.
absl::Status MoveOut(const event::v1::CreditMovedOut& event, const Stamp& stamp,
                     CertificantState& state) {
  const CreditRecord* const record = FindByReference(event.reference(), state.credits);
  if (record == nullptr) return UnknownReference(stamp, event.reference());
  const int64_t position = record->stamp.position;
  AnnulledFact moved{position, stamp, "", *TakeOut(position, state.credits)};
  moved.moved_to = event.to_certificant_id();
  moved.moved_reference = event.to_reference();
  state.annulled.push_back(std::move(moved));
  return absl::OkStatus();
}

// The record of an annulled or moved fact, where it has this position; otherwise nullptr.
const CreditRecord* MovedRecord(const AnnulledFact& fact, int64_t position) {
  const auto* const record = std::get_if<CreditRecord>(&fact.fact);
  const bool same = record != nullptr && record->stamp.position == position;
  return same && !fact.moved_to.empty() ? record : nullptr;
}

absl::Status MoveIn(const event::v1::CreditMovedIn& event, const Stamp& stamp,
                    CertificantState& state) {
  CertificantState carried;
  for (const event::v1::CarriedFact& fact : event.facts()) {
    CertificantEvent carried_event;
    if (!carried_event.ParseFromString(fact.event())) return UnknownEvent(stamp);
    GS_RETURN_IF_ERROR(EvolveAlone(
        carried_event,
        {Moment::FromUtc(fact.effective_micros(), fact.utc_offset_seconds()), fact.position()},
        carried));
  }
  if (carried.credits.size() != 1) return UnknownReference(stamp, event.reference());
  CreditRecord record = std::move(carried.credits.front());
  record.moved_from = event.from_certificant_id();
  record.moved_position = stamp.position;
  // Where it comes back, what took it away stands no more.
  const auto left =
      std::find_if(state.annulled.begin(), state.annulled.end(), [&](const AnnulledFact& fact) {
        return MovedRecord(fact, record.stamp.position) != nullptr;
      });
  if (left != state.annulled.end()) {
    state.undone_moves.push_back(left->annulled.position);
    state.annulled.erase(left);
  }
  InsertByPosition(std::move(record), state.credits);
  return absl::OkStatus();
}

// The record that was moved here by the event at the position is given back.
bool UndoMoveIn(int64_t position, const Stamp& stamp, CertificantState& state) {
  if (position < 1) return false;  // 0 says of a record that it never moved.
  const auto found =
      std::find_if(state.credits.begin(), state.credits.end(),
                   [&](const CreditRecord& record) { return record.moved_position == position; });
  if (found == state.credits.end()) return false;
  AnnulledFact fact{position, stamp, "", *found};
  fact.moved_to = found->moved_from;
  state.credits.erase(found);
  state.annulled.push_back(std::move(fact));
  state.undone_moves.push_back(position);
  state.fixed.push_back(stamp.position);
  return true;
}

absl::Status Annul(const event::v1::FactAnnulled& event, const Stamp& stamp,
                   CertificantState& state) {
  const int64_t position = event.fact_position();
  if (UndoAnnulment(position, stamp, state)) return absl::OkStatus();
  if (UndoMoveIn(position, stamp, state)) return absl::OkStatus();
  AnnulledFact fact{position, stamp, "", Milestone{}};
  const bool taken =
      TakeFact(position, state.milestones, fact) || TakeFact(position, state.credits, fact) ||
      TakeFact(position, state.payments, fact) || TakeFact(position, state.memberships, fact) ||
      TakeFact(position, state.membership_ends, fact) ||
      TakeFact(position, state.write_offs, fact) || TakeChange(position, state.credits, fact) ||
      TakeChange(position, state.payments, fact);
  if (!taken) {
    return absl::DataLossError(absl::StrCat("position ", stamp.position, ": annuls position ",
                                            position, ", which is no fact that counts"));
  }
  state.annulled.push_back(std::move(fact));
  return absl::OkStatus();
}

template <typename T>
bool Has(int64_t position, const std::vector<T>& list) {
  return std::any_of(list.begin(), list.end(),
                     [&](const T& item) { return item.stamp.position == position; });
}

template <typename Record>
bool HasChange(int64_t position, const std::vector<Record>& records) {
  return std::any_of(records.begin(), records.end(),
                     [&](const Record& record) { return Has(position, record.changes); });
}

// Whether an annulled fact is, or has with it, the one at a position.
bool Holds(const AnnulledFact& annulled, int64_t position) {
  if (annulled.position == position) return true;
  if (const auto* const record = std::get_if<CreditRecord>(&annulled.fact)) {
    return Has(position, record->changes);
  }
  const auto* const payment = std::get_if<Payment>(&annulled.fact);
  return payment != nullptr && Has(position, payment->changes);
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
    case CertificantEvent::kWaiverGranted:
      AddWaiver(event.waiver_granted(), stamp, state);
      return absl::OkStatus();
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

bool IsAboutErasure(const CertificantEvent& event) {
  switch (event.event_case()) {
    case CertificantEvent::kErasureRequested:
    case CertificantEvent::kErasureScheduled:
    case CertificantEvent::kErasureCalledOff:
    case CertificantEvent::kErasureBegun:
    case CertificantEvent::kErasureCompleted:
    case CertificantEvent::kLegalHoldPlaced:
    case CertificantEvent::kLegalHoldLifted:
      return true;
    default:
      return false;
  }
}

bool IsAboutDispute(const CertificantEvent& event) {
  return event.has_dispute_opened() || event.has_dispute_decided() || event.has_dispute_withdrawn();
}

void TakeErasure(const CertificantEvent& event, ErasureStatus& status) {
  switch (event.event_case()) {
    case CertificantEvent::kErasureRequested:
      status.stage = type::v1::ERASURE_STAGE_REQUESTED;
      status.requested_by_issuer = event.erasure_requested().requested_by_issuer();
      status.requested_by_subject = event.erasure_requested().requested_by_subject();
      return;
    case CertificantEvent::kErasureScheduled:
      status.stage = type::v1::ERASURE_STAGE_SCHEDULED;
      status.due = Date::FromProto(event.erasure_scheduled().due_date()).value_or(Date::Max());
      return;
    case CertificantEvent::kErasureCalledOff:
      status = ErasureStatus();
      return;
    case CertificantEvent::kErasureBegun:
      status.stage = type::v1::ERASURE_STAGE_BEGUN;
      return;
    case CertificantEvent::kErasureCompleted:
      status.stage = type::v1::ERASURE_STAGE_COMPLETED;
      return;
    default:
      return;
  }
}

const CreditRecord* CertificantState::FindCredit(absl::string_view reference) const {
  return FindByReference(reference, const_cast<CertificantState*>(this)->credits);
}

const Payment* CertificantState::FindPayment(absl::string_view reference) const {
  return FindByReference(reference, const_cast<CertificantState*>(this)->payments);
}

const Dispute* CertificantState::FindDispute(int64_t position) const {
  const auto found = std::find_if(disputes.begin(), disputes.end(), [&](const Dispute& dispute) {
    return dispute.opened.position == position;
  });
  return found == disputes.end() ? nullptr : &*found;
}

bool CertificantState::CreditReferenceTaken(absl::string_view reference) const {
  auto& self = const_cast<CertificantState&>(*this);
  return FindAmongAll(std::string(reference), self.credits, self.annulled) != nullptr;
}

bool CertificantState::PaymentReferenceTaken(absl::string_view reference) const {
  auto& self = const_cast<CertificantState&>(*this);
  return FindAmongAll(std::string(reference), self.payments, self.annulled) != nullptr;
}

FactPlace CertificantState::PlaceOf(int64_t position) const {
  const auto among = [&](const std::vector<int64_t>& positions) {
    return std::find(positions.begin(), positions.end(), position) != positions.end();
  };
  if (among(fixed)) return FactPlace::kFixed;
  if (among(undone_annulments) || among(undone_moves) || AnnulmentOf(position) != 0) {
    return FactPlace::kAnnulled;
  }
  const bool annuls = std::any_of(annulled.begin(), annulled.end(), [&](const AnnulledFact& fact) {
    return fact.annulled.position == position;
  });
  const bool counts = annuls || Has(position, milestones) || Has(position, credits) ||
                      Has(position, payments) || Has(position, memberships) ||
                      Has(position, membership_ends) || Has(position, write_offs) ||
                      HasChange(position, credits) || HasChange(position, payments) ||
                      FindMove(*this, position).type != AccountMove::Type::kNone;
  return counts ? FactPlace::kCounts : FactPlace::kNone;
}

int64_t CertificantState::AnnulmentOf(int64_t position) const {
  for (const AnnulledFact& fact : annulled) {
    if (Holds(fact, position)) return fact.annulled.position;
  }
  return 0;
}

absl::Status Evolve(const CertificantEvent& event, const Stamp& stamp, CertificantState& state) {
  const bool several = state.parts != nullptr || IsAboutAccounts(event);
  return several ? EvolveAccounts(event, stamp, state) : EvolveAlone(event, stamp, state);
}

absl::Status EvolveAlone(const CertificantEvent& event, const Stamp& stamp,
                         CertificantState& state) {
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
    case CertificantEvent::kFactAnnulled:
      return Annul(event.fact_annulled(), stamp, state);
    case CertificantEvent::kCreditMovedOut:
      return MoveOut(event.credit_moved_out(), stamp, state);
    case CertificantEvent::kCreditMovedIn:
      return MoveIn(event.credit_moved_in(), stamp, state);
    case CertificantEvent::kCertificantRegistered:
      state.registered = true;
      state.fixed.push_back(stamp.position);
      return absl::OkStatus();
    case CertificantEvent::kProfileChanged:
    case CertificantEvent::kContactChanged:
    case CertificantEvent::kNoticeSent:
    case CertificantEvent::kBadgeIssued:
    case CertificantEvent::kEvidenceAttached:
      state.fixed.push_back(stamp.position);
      return absl::OkStatus();
    default:
      if (IsAboutDispute(event)) return EvolveDispute(event, stamp, state);
      return IsAboutErasure(event) ? EvolveErasure(event, stamp, state)
                                   : EvolveMilestone(event, stamp, state);
  }
}

}  // namespace goodstanding::domain
