#include "domain/accounts.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace goodstanding::domain {
namespace {

using event::v1::CertificantEvent;

absl::StatusOr<CertificantEvent> OpenCarried(const event::v1::CarriedFact& fact) {
  CertificantEvent event;
  if (event.ParseFromString(fact.event())) return event;
  return absl::DataLossError(
      absl::StrCat("the fact carried from position ", fact.position(), " does not parse"));
}

Stamp StampOf(const event::v1::CarriedFact& fact) {
  return {Moment::FromUtc(fact.effective_micros(), fact.utc_offset_seconds()), fact.position()};
}

absl::Status TakeCarried(const event::v1::CarriedFact& fact, CertificantState& state) {
  GS_ASSIGN_OR_RETURN(const CertificantEvent event, OpenCarried(fact));
  return Evolve(event, StampOf(fact), state);
}

// --- Putting the lists together.

template <typename T>
void AddByStamp(T item, std::vector<T>& list) {
  auto place = list.end();
  while (place != list.begin() && item.stamp.Before(std::prev(place)->stamp)) --place;
  list.insert(place, std::move(item));
}

template <typename T>
void AddByPosition(T item, std::vector<T>& list) {
  const auto place = std::find_if(list.begin(), list.end(), [&](const T& other) {
    return other.stamp.position > item.stamp.position;
  });
  list.insert(place, std::move(item));
}

template <typename T>
void Append(const std::vector<T>& items, std::vector<T>& list) {
  list.insert(list.end(), items.begin(), items.end());
}

// Adds a record, or payment. One of the same reference is the same one, entered in both accounts:
// what was recorded first counts, with what was said of either later.
template <typename Record>
void AddOnce(Record record, CertificantState& state, std::vector<Record>& list) {
  const auto same = std::find_if(list.begin(), list.end(), [&](const Record& other) {
    return other.reference == record.reference;
  });
  if (same == list.end()) return AddByPosition(std::move(record), list);
  Record first = std::move(*same);
  list.erase(same);
  if (record.stamp.position < first.stamp.position) std::swap(first, record);
  for (auto& change : record.changes) AddByStamp(std::move(change), first.changes);
  state.fixed.push_back(record.stamp.position);
  AddByPosition(std::move(first), list);
}

// An end recorded once both accounts were one ends the memberships of both.
void AddMemberships(const std::vector<MergedAccount>& accounts, CertificantState& state) {
  struct Part {
    std::string id;
    int64_t merged = 0;
  };
  std::vector<Part> parts = {{"", 0}};
  for (const MergedAccount& account : accounts) {
    parts.push_back({account.id, account.merged.position});
    for (Membership membership : account.state.memberships) {
      membership.account = account.id;
      AddByPosition(std::move(membership), state.memberships);
    }
  }
  std::vector<MembershipEnd> ends = state.membership_ends;
  for (const MergedAccount& account : accounts) {
    for (MembershipEnd end : account.state.membership_ends) {
      end.account = account.id;
      ends.push_back(std::move(end));
    }
  }
  state.membership_ends.clear();
  for (const MembershipEnd& end : ends) {
    const auto own = std::find_if(parts.begin(), parts.end(),
                                  [&](const Part& part) { return part.id == end.account; });
    for (const Part& part : parts) {
      const bool one_by_then = end.stamp.position > std::max(part.merged, own->merged);
      if (part.id != end.account && !one_by_then) continue;
      AddByPosition(MembershipEnd{end.last, end.stamp, part.id}, state.membership_ends);
    }
  }
}

// For which renewal payments count once the accounts are one.
void Settle(const MergedAccount& account, CertificantState& state) {
  for (const event::v1::SettledPayment& settled : account.settled_payments) {
    for (Payment& payment : state.payments) {
      if (payment.reference != settled.reference()) continue;
      AddByStamp(PaymentChange{PaymentChangeType::kReassigned, account.merged,
                               settled.cycle_end_year(), 0},
                 payment.changes);
    }
  }
}

void Unite(const MergedAccount& account, CertificantState& state) {
  const CertificantState& other = account.state;
  for (const Milestone& milestone : other.milestones) AddByStamp(milestone, state.milestones);
  for (CreditRecord record : other.credits) {
    record.account = account.id;
    AddOnce(std::move(record), state, state.credits);
  }
  for (const Payment& payment : other.payments) AddOnce(payment, state, state.payments);
  for (const WriteOff& write_off : other.write_offs) AddByPosition(write_off, state.write_offs);
  for (const Dispute& dispute : other.disputes) {
    const auto later = std::find_if(
        state.disputes.begin(), state.disputes.end(),
        [&](const Dispute& own) { return own.opened.position > dispute.opened.position; });
    state.disputes.insert(later, dispute);
  }
  Append(other.annulled, state.annulled);
  Append(other.undone_annulments, state.undone_annulments);
  Append(other.fixed, state.fixed);
  Append(other.undone_moves, state.undone_moves);
  Append(other.legal_holds, state.legal_holds);
}

// What remains of an account while another one answers for it.
CertificantState Emptied(const CertificantState& own) {
  CertificantState state;
  state.registered = own.registered;
  state.version = own.version;
  state.erasure = own.erasure;
  state.legal_holds = own.legal_holds;
  return state;
}

CertificantState Compose(AccountParts parts) {
  if (parts.accounts.empty() && parts.survivor_id.empty()) return std::move(parts.own);
  CertificantState state;
  if (parts.survivor_id.empty()) {
    state = parts.own;
    for (const MergedAccount& account : parts.accounts) Unite(account, state);
    AddMemberships(parts.accounts, state);
    for (const MergedAccount& account : parts.accounts) Settle(account, state);
    std::sort(state.annulled.begin(), state.annulled.end(),
              [](const AnnulledFact& a, const AnnulledFact& b) {
                return a.annulled.position < b.annulled.position;
              });
  } else {
    state = Emptied(parts.own);
    state.survivor_id = parts.survivor_id;
    state.merged_position = parts.merged_position;
  }
  state.parts = std::make_shared<const AccountParts>(std::move(parts));
  return state;
}

// --- Events.

void AddNames(const google::protobuf::RepeatedPtrField<event::v1::RenamedReference>& renamed,
              ReferenceNames& names) {
  for (const event::v1::RenamedReference& name : renamed) {
    names.emplace(name.merged_reference(), name.reference());
  }
}

absl::Status Merge(const event::v1::AccountMerged& event, const Stamp& stamp, AccountParts& parts) {
  MergedAccount account;
  account.id = event.merged_certificant_id();
  account.merged = stamp;
  AddNames(event.renamed_credits(), account.credits);
  AddNames(event.renamed_payments(), account.payments);
  account.settled_payments.assign(event.settled_payments().begin(), event.settled_payments().end());
  for (const event::v1::CarriedFact& fact : event.facts()) {
    GS_RETURN_IF_ERROR(TakeCarried(fact, account.state));
  }
  parts.accounts.push_back(std::move(account));
  return absl::OkStatus();
}

absl::Status TakeOfAccount(const event::v1::MergedFactRecorded& event, const Stamp& stamp,
                           AccountParts& parts) {
  for (MergedAccount& account : parts.accounts) {
    if (account.id == event.merged_certificant_id()) {
      return TakeCarried(event.fact(), account.state);
    }
  }
  return absl::DataLossError(absl::StrCat("position ", stamp.position, ": the account ",
                                          event.merged_certificant_id(), " is not merged"));
}

// Whether the position is that of a merge, which is then undone.
bool UndoMerge(int64_t position, AccountParts& parts) {
  if (!parts.survivor_id.empty() && parts.merged_position == position) {
    parts.survivor_id.clear();
    parts.merged_position = 0;
    return true;
  }
  return std::erase_if(parts.accounts, [&](const MergedAccount& account) {
           return account.merged.position == position;
         }) > 0;
}

absl::Status Take(const CertificantEvent& event, const Stamp& stamp, AccountParts& parts) {
  if (event.has_account_merged()) {
    GS_RETURN_IF_ERROR(Merge(event.account_merged(), stamp, parts));
  } else if (event.has_merged_into_account()) {
    parts.survivor_id = event.merged_into_account().survivor_certificant_id();
    parts.merged_position = stamp.position;
  } else if (event.has_merged_fact_recorded()) {
    GS_RETURN_IF_ERROR(TakeOfAccount(event.merged_fact_recorded(), stamp, parts));
    parts.own.fixed.push_back(stamp.position);
  } else if (event.has_fact_annulled() && UndoMerge(event.fact_annulled().fact_position(), parts)) {
    parts.own.undone_moves.push_back(event.fact_annulled().fact_position());
    parts.own.fixed.push_back(stamp.position);
  } else {
    return EvolveAlone(event, stamp, parts.own);
  }
  ++parts.own.version;
  return absl::OkStatus();
}

// --- Names of records.

// Where an event names a credit record that was reported, or a payment; nullptr where it does not.
std::string* CreditReferenceIn(CertificantEvent& event) {
  switch (event.event_case()) {
    case CertificantEvent::kCreditRecorded:
      return event.mutable_credit_recorded()->mutable_reference();
    case CertificantEvent::kCreditAmended:
      return event.mutable_credit_amended()->mutable_reference();
    case CertificantEvent::kCreditDocumented:
      return event.mutable_credit_documented()->mutable_reference();
    case CertificantEvent::kCreditVerified:
      return event.mutable_credit_verified()->mutable_reference();
    case CertificantEvent::kCreditWithdrawn:
      return event.mutable_credit_withdrawn()->mutable_reference();
    case CertificantEvent::kCreditDisallowed:
      return event.mutable_credit_disallowed()->mutable_reference();
    case CertificantEvent::kCreditReinstated:
      return event.mutable_credit_reinstated()->mutable_reference();
    case CertificantEvent::kCreditMovedOut:
      return event.mutable_credit_moved_out()->mutable_reference();
    case CertificantEvent::kCreditMovedIn:
      return event.mutable_credit_moved_in()->mutable_reference();
    case CertificantEvent::kEvidenceAttached:
      return event.mutable_evidence_attached()->mutable_credit_reference();
    default:
      return nullptr;
  }
}

std::string* PaymentReferenceIn(CertificantEvent& event) {
  switch (event.event_case()) {
    case CertificantEvent::kPaymentReceived:
      return event.mutable_payment_received()->mutable_reference();
    case CertificantEvent::kPaymentReturned:
      return event.mutable_payment_returned()->mutable_reference();
    case CertificantEvent::kPaymentRefunded:
      return event.mutable_payment_refunded()->mutable_reference();
    case CertificantEvent::kPaymentReassigned:
      return event.mutable_payment_reassigned()->mutable_reference();
    default:
      return nullptr;
  }
}

void Replace(const ReferenceNames& names, std::string& reference) {
  const auto found = names.find(reference);
  if (found != names.end()) reference = found->second;
}

void Rename(const ReferenceNames& credits, const ReferenceNames& payments,
            CertificantEvent& event) {
  if (std::string* const reference = CreditReferenceIn(event)) Replace(credits, *reference);
  if (std::string* const reference = PaymentReferenceIn(event)) Replace(payments, *reference);
  if (event.has_certification_renewed()) {
    for (std::string& reference :
         *event.mutable_certification_renewed()->mutable_credit_references()) {
      Replace(credits, reference);
    }
  }
  if (!event.has_credit_moved_in()) return;
  for (event::v1::CarriedFact& fact : *event.mutable_credit_moved_in()->mutable_facts()) {
    CertificantEvent carried;
    if (!carried.ParseFromString(fact.event())) continue;  // Evolving it says so.
    if (std::string* const reference = CreditReferenceIn(carried)) Replace(credits, *reference);
    carried.SerializeToString(fact.mutable_event());
  }
}

ReferenceNames Inverted(const ReferenceNames& names) {
  ReferenceNames inverted;
  for (const auto& [from, to] : names) inverted.emplace(to, from);
  return inverted;
}

// Whether the account has what a later fact speaks of.
bool Has(const CertificantState& account, const CertificantEvent& event) {
  if (event.has_fact_annulled()) {
    return account.PlaceOf(event.fact_annulled().fact_position()) != FactPlace::kNone;
  }
  CertificantEvent names = event;
  if (const std::string* const credit = CreditReferenceIn(names)) {
    return account.CreditReferenceTaken(*credit);
  }
  const std::string* const payment = PaymentReferenceIn(names);
  return payment != nullptr && account.PaymentReferenceTaken(*payment);
}

// --- A record as events.

event::v1::ActivityAmount ToProto(const Amount& amount) {
  event::v1::ActivityAmount message;
  switch (amount.unit) {
    case event::v1::ActivityAmount::kMinutes:
      message.set_minutes(amount.value);
      break;
    case event::v1::ActivityAmount::kPositionYearsHundredths:
      message.set_position_years_hundredths(amount.value);
      break;
    case event::v1::ActivityAmount::kAcademicCreditsHundredths:
      message.set_academic_credits_hundredths(amount.value);
      break;
    case event::v1::ActivityAmount::kCount:
      message.set_count(amount.value);
      break;
    case event::v1::ActivityAmount::AMOUNT_NOT_SET:
      break;
  }
  return message;
}

CertificantEvent ReportOf(const CreditRecord& record) {
  CertificantEvent event;
  auto& report = *event.mutable_credit_recorded();
  report.set_reference(record.reference);
  report.set_activity_kind(record.kind);
  *report.mutable_completed_date() = record.reported.completed.ToProto();
  if (record.reported.from) *report.mutable_from_date() = record.reported.from->ToProto();
  *report.mutable_amount() = ToProto(record.reported.amount);
  report.set_break_minutes(record.reported.break_minutes);
  report.set_housekeeping_minutes(record.reported.housekeeping_minutes);
  report.set_activity_id(record.activity_id);
  report.set_paid(record.paid);
  report.set_outside_approved_programme(record.outside_approved_programme);
  report.set_documented(record.documented);
  report.set_source(record.source);
  return event;
}

CertificantEvent ToEvent(const CreditChange& change) {
  CertificantEvent event;
  switch (change.type) {
    case CreditChangeType::kAmended:
      *event.mutable_credit_amended() = *change.amendment;
      break;
    case CreditChangeType::kDocumented:
      event.mutable_credit_documented();
      break;
    case CreditChangeType::kVerified:
      event.mutable_credit_verified();
      break;
    case CreditChangeType::kWithdrawn:
      event.mutable_credit_withdrawn();
      break;
    case CreditChangeType::kDisallowed:
      event.mutable_credit_disallowed();
      break;
    case CreditChangeType::kReinstated:
      event.mutable_credit_reinstated();
      break;
  }
  return event;
}

}  // namespace

bool IsAboutAccounts(const CertificantEvent& event) {
  return event.has_account_merged() || event.has_merged_into_account() ||
         event.has_merged_fact_recorded();
}

absl::Status EvolveAccounts(const CertificantEvent& event, const Stamp& stamp,
                            CertificantState& state) {
  AccountParts parts;
  if (state.parts != nullptr) {
    parts = *state.parts;
  } else {
    parts.own = std::move(state);
  }
  GS_RETURN_IF_ERROR(Take(event, stamp, parts));
  state = Compose(std::move(parts));
  return absl::OkStatus();
}

const MergedAccount* FindAccount(const CertificantState& state, absl::string_view account_id) {
  if (state.parts == nullptr) return nullptr;
  for (const MergedAccount& account : state.parts->accounts) {
    if (account.id == account_id) return &account;
  }
  return nullptr;
}

std::vector<std::string> AccountIds(const CertificantState& state) {
  std::vector<std::string> ids;
  if (state.parts == nullptr) return ids;
  for (const MergedAccount& account : state.parts->accounts) ids.push_back(account.id);
  return ids;
}

AccountMove FindMove(const CertificantState& state, int64_t position) {
  using Type = AccountMove::Type;
  const auto& fixed = state.fixed;
  if (std::find(fixed.begin(), fixed.end(), position) != fixed.end()) return {};
  if (!state.survivor_id.empty() && state.merged_position == position) {
    return {Type::kMergedInto, state.survivor_id, ""};
  }
  if (state.parts != nullptr) {
    for (const MergedAccount& account : state.parts->accounts) {
      if (account.merged.position == position) return {Type::kMergedIn, account.id, ""};
    }
  }
  for (const CreditRecord& record : state.credits) {
    if (record.moved_position == position && position != 0) {
      return {Type::kCreditIn, record.moved_from, record.reference};
    }
  }
  for (const AnnulledFact& fact : state.annulled) {
    if (fact.moved_to.empty() || fact.annulled.position != position) continue;
    return {Type::kCreditOut, fact.moved_to, fact.moved_reference};
  }
  return {};
}

std::string AccountOf(const CertificantState& state, const CertificantEvent& event,
                      absl::string_view named_account) {
  if (state.parts == nullptr) return "";
  if (Has(state.parts->own, event)) return "";
  for (const MergedAccount& account : state.parts->accounts) {
    if (Has(account.state, event)) return account.id;
  }
  return std::string(named_account);
}

void ToSurvivorNames(const MergedAccount& account, CertificantEvent& event) {
  Rename(account.credits, account.payments, event);
}

void ToAccountNames(const MergedAccount& account, CertificantEvent& event) {
  if (event.has_certification_renewed()) {
    // Records of others are none that the account alone has.
    auto& references = *event.mutable_certification_renewed()->mutable_credit_references();
    references.erase(std::remove_if(references.begin(), references.end(),
                                    [&](const std::string& reference) {
                                      return !account.state.CreditReferenceTaken(reference);
                                    }),
                     references.end());
  }
  Rename(Inverted(account.credits), Inverted(account.payments), event);
}

event::v1::CarriedFact Carry(const CertificantEvent& event, const Stamp& stamp) {
  constexpr int64_t kMicrosPerSecond = 1'000'000;
  constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;
  const Moment& moment = stamp.effective;
  const int64_t civil_micros = moment.date.number() * kMicrosPerDay + moment.micros_of_day;
  event::v1::CarriedFact fact;
  fact.set_position(stamp.position);
  fact.set_effective_micros(moment.micros);
  fact.set_utc_offset_seconds(
      static_cast<int32_t>((civil_micros - moment.micros) / kMicrosPerSecond));
  event.SerializeToString(fact.mutable_event());
  return fact;
}

std::vector<event::v1::CarriedFact> CarryCredit(const CreditRecord& record,
                                                const std::string& reference) {
  const auto carry = [&](CertificantEvent event, const Stamp& stamp) {
    *CreditReferenceIn(event) = reference;
    return Carry(event, stamp);
  };
  std::vector<event::v1::CarriedFact> facts = {carry(ReportOf(record), record.stamp)};
  for (const CreditChange& change : record.changes) {
    facts.push_back(carry(ToEvent(change), change.stamp));
  }
  std::sort(facts.begin() + 1, facts.end(),
            [](const auto& a, const auto& b) { return a.position() < b.position(); });
  return facts;
}

}  // namespace goodstanding::domain
