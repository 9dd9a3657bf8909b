// A certificant's facts, folded from the events of the stream.
//
// Folding takes facts in log order and keeps each list in the order that rules need: by effective
// time, then by log position. It judges nothing: what the facts mean on a day is evaluated
// (evaluate.h).
#ifndef GOODSTANDING_DOMAIN_CERTIFICANT_H_
#define GOODSTANDING_DOMAIN_CERTIFICANT_H_

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "domain/amounts.h"
#include "domain/dates.h"
#include "goodstanding/event/v1/certificant_event.pb.h"

namespace goodstanding::domain {

// When a fact took place, and where it stands in the log.
struct Stamp {
  Moment effective;
  int64_t position = 0;

  // Facts of the same instant are taken in log order.
  bool Before(const Stamp& other) const {
    return effective.micros != other.effective.micros ? effective.micros < other.effective.micros
                                                      : position < other.position;
  }
};

// The four fees of a renewal, in minor units.
struct Fees {
  Hundredths recertification = 0;
  Hundredths late = 0;
  Hundredths extension = 0;
  Hundredths reinstatement = 0;

  Hundredths Total() const { return recertification + late + extension + reinstatement; }
  bool operator==(const Fees&) const = default;
};

// What an approval fixed.
struct RenewalTerms {
  Fees fees;
  std::vector<std::string> credit_references;  // Ascending.
};

enum class MilestoneType {
  kGranted,
  kRevoked,
  kSurrendered,
  kSubmitted,
  kReturned,
  kRenewed,
  kExtensionRequested,
  kExtensionGranted,
  kExtensionDenied,
  kReinstatementRequested,
  kAuditOpened,
  kAuditClosed,
  kWaived,
};

// What the board does without for one person and cycle: a deadline, a fee or credits of a
// requirement line, and by what it does.
struct Waiver {
  type::v1::CycleDeadline deadline = type::v1::CYCLE_DEADLINE_UNSPECIFIED;
  Date through;  // Of a deadline: the last day now, inclusive.
  type::v1::FeeKind fee = type::v1::FEE_KIND_UNSPECIFIED;
  Hundredths amount = 0;   // Of a fee; 0: all of it.
  std::string line;        // Code of a requirement line; empty for the others.
  Hundredths credits = 0;  // Of a line; 0: all of them.
  int64_t dispute_position = 0;
  std::string hardship_reference;  // Where no dispute is named.
};

// A fact that moves tenure, cycle or application.
struct Milestone {
  MilestoneType type;
  Stamp stamp;
  std::string credential;                     // Grants, revocations, surrenders; empty: all.
  int cycle_end_year = 0;                     // Of the renewal that it moves; 0 for the others.
  std::shared_ptr<const RenewalTerms> terms;  // Renewals.
  std::shared_ptr<const Waiver> waiver = nullptr;  // Waivers.
};

// How much an activity was, in the unit of its kind.
struct Amount {
  event::v1::ActivityAmount::AmountCase unit = event::v1::ActivityAmount::AMOUNT_NOT_SET;
  int64_t value = 0;  // Minutes, pieces, or hundredths.

  static Amount FromProto(const event::v1::ActivityAmount& amount);
  bool operator==(const Amount&) const = default;
};

// What a credit record says about the activity.
struct CreditFigures {
  Date completed;
  std::optional<Date> from;
  Amount amount;
  int64_t break_minutes = 0;
  int64_t housekeeping_minutes = 0;
};

enum class CreditChangeType {
  kAmended,
  kDocumented,
  kVerified,
  kWithdrawn,
  kDisallowed,
  kReinstated
};

// A later fact about a record.
struct CreditChange {
  CreditChangeType type;
  Stamp stamp;
  std::shared_ptr<const event::v1::CreditAmended> amendment;  // kAmended.
};

// A reported activity.
struct CreditRecord {
  std::string reference;
  std::string kind;
  std::string activity_id;
  CreditFigures reported;
  Stamp stamp;
  bool paid = false;
  bool outside_approved_programme = false;
  bool documented = false;  // At the report, or by nature.
  bool board_posted = false;
  type::v1::CreditSource source = type::v1::CREDIT_SOURCE_SELF;
  std::vector<CreditChange> changes;  // By stamp.
  std::string account;                // Merged account that it is of; empty: the person's own.
  std::string moved_from;             // Whose it was before it was moved here; empty: nobody's.
  int64_t moved_position = 0;         // Of the event that moved it here.
};

enum class PaymentChangeType { kReturned, kRefunded, kReassigned };

// A later fact about a payment.
struct PaymentChange {
  PaymentChangeType type;
  Stamp stamp;
  int cycle_end_year = 0;  // kReassigned.
  Hundredths amount = 0;   // kRefunded; 0: all that was left.
};

// A payment that arrived.
struct Payment {
  std::string reference;
  Hundredths amount = 0;
  type::v1::PaymentMethod method = type::v1::PAYMENT_METHOD_UNSPECIFIED;
  Date dated;
  Stamp stamp;  // Received.
  int cycle_end_year = 0;
  std::vector<PaymentChange> changes;  // By stamp.
};

// What the board gave up of a renewed cycle's fees.
struct WriteOff {
  int cycle_end_year = 0;
  Hundredths amount = 0;
  Stamp stamp;
};

// A membership that was bought.
struct Membership {
  Date from;                 // Inclusive.
  Date through;              // Inclusive.
  Stamp stamp;               // Bought.
  std::string account = {};  // Merged account that it is of; empty: the person's own.
};

// The person is no member after a day, as of the stamp.
struct MembershipEnd {
  Date last;                 // Last day as a member.
  Stamp stamp;               // Ended; it ends those that were bought before.
  std::string account = {};  // Whose memberships it ends; likewise.
};

// Where the erasure of the sealed data stands, and who asked for it.
struct ErasureStatus {
  type::v1::ErasureStage stage = type::v1::ERASURE_STAGE_UNSPECIFIED;
  std::string requested_by_issuer;
  std::string requested_by_subject;
  Date due;  // First day on which it may begin; from scheduled on.
};

// Whether it is a fact about the erasure of the person's data, or against it.
bool IsAboutErasure(const event::v1::CertificantEvent& event);

// Takes in such a fact where it moves the erasure on; passes over any other event.
void TakeErasure(const event::v1::CertificantEvent& event, ErasureStatus& status);

// The personal data has to be kept.
struct LegalHold {
  std::string reference;
  std::optional<Date> through;  // Inclusive; nullopt: until it is lifted.
};

enum class DisputeStage { kOpen, kUpheld, kRejected, kWithdrawn };

// What the person says against a cycle, or a decision in it. Its position names it.
struct Dispute {
  Stamp opened;
  int cycle_end_year = 0;
  int64_t disputed_position = 0;             // 0: the cycle as a whole.
  DisputeStage stage = DisputeStage::kOpen;  // Upheld: in part or in whole.
};

// Whether it is the opening or the end of a dispute.
bool IsAboutDispute(const event::v1::CertificantEvent& event);

// A fact that was entered in error, kept beside those that count.
struct AnnulledFact {
  int64_t position = 0;   // Of the fact.
  Stamp annulled;         // Of the annulment.
  std::string reference;  // Of the record or payment that a change is about; empty for the others.
  std::variant<Milestone, CreditRecord, CreditChange, Payment, PaymentChange, Membership,
               MembershipEnd, WriteOff>
      fact;
  // Whose the credit record is since then, and by which reference; empty: it was annulled.
  std::string moved_to = {};
  std::string moved_reference = {};
};

// What an annulment would find at a position.
enum class FactPlace {
  kNone,      // No event of this person.
  kCounts,    // A fact, or an annulment, that counts.
  kAnnulled,  // Annulled, by itself or with the record that it is about.
  kFixed,  // An event that moves no standing, the registration, or one that took an annulment back.
};

struct AccountParts;

// All facts. Copyable; thread-compatible: share it immutably.
struct CertificantState {
  bool registered = false;
  int64_t version = 0;                         // Of the stream.
  std::vector<Milestone> milestones;           // By stamp.
  std::vector<CreditRecord> credits;           // In log order.
  std::vector<Payment> payments;               // In log order.
  std::vector<Membership> memberships;         // In log order.
  std::vector<MembershipEnd> membership_ends;  // In log order.
  std::vector<WriteOff> write_offs;            // In log order.
  ErasureStatus erasure;
  std::vector<LegalHold> legal_holds;  // That stand; in log order.
  std::vector<Dispute> disputes;       // In log order.
  // What counts as never having been; the lists above do not have it. By annulment.
  std::vector<AnnulledFact> annulled;
  std::vector<int64_t> undone_annulments;  // Positions of annulments that were taken back.
  std::vector<int64_t> fixed;              // Positions of events that nothing can annul.
  std::vector<int64_t> undone_moves;       // Positions of merges and moves that were taken back.
  // Into whom the account is merged, and the position of the event that says so; then the lists
  // hold nothing. Empty: it stands for itself.
  std::string survivor_id;
  int64_t merged_position = 0;
  // Where accounts are merged, in either direction: what the lists are put together from.
  std::shared_ptr<const AccountParts> parts;

  const CreditRecord* FindCredit(absl::string_view reference) const;
  const Payment* FindPayment(absl::string_view reference) const;
  // The dispute that was opened at a position; nullptr where none was.
  const Dispute* FindDispute(int64_t position) const;
  // Whether a record, or a payment, ever had this reference. Those of annulled ones stay taken, so
  // that an approval never comes to rest on another record than the one it saw.
  bool CreditReferenceTaken(absl::string_view reference) const;
  bool PaymentReferenceTaken(absl::string_view reference) const;
  // What stands at a position. Cost: a pass over all facts.
  FactPlace PlaceOf(int64_t position) const;
  // Position of the annulment of the event at a position; 0 where it counts.
  int64_t AnnulmentOf(int64_t position) const;
};

// Takes one event of the stream in, in log order. DATA_LOSS where the event is unknown or speaks of
// a record or fact that the stream does not have. After an annulment the state is that of the
// stream without the annulled fact, but for `annulled` and what goes with it.
absl::Status Evolve(const event::v1::CertificantEvent& event, const Stamp& stamp,
                    CertificantState& state);

// The same without regard to merged accounts (accounts.h).
absl::Status EvolveAlone(const event::v1::CertificantEvent& event, const Stamp& stamp,
                         CertificantState& state);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_CERTIFICANT_H_
