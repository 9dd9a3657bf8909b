// Several accounts of one person, and credit records that change hands.
//
// A person registered twice has two streams. A merge makes the facts of one count in the other, the
// survivor, whose stream carries them. What is recorded later of the merged account stands in its
// own stream, as if it were alone, and once more in the survivor's: so that each stream can be
// folded by itself, and a merge that is undone leaves each fact with the account for which it was
// recorded. A merged account takes over no other one.
#ifndef GOODSTANDING_DOMAIN_ACCOUNTS_H_
#define GOODSTANDING_DOMAIN_ACCOUNTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "domain/certificant.h"
#include "goodstanding/event/v1/certificant_event.pb.h"

namespace goodstanding::domain {

// A reference in a merged account, and what the survivor calls it.
using ReferenceNames = std::map<std::string, std::string>;

// An account that was merged into another one. Its state names records as the survivor does.
struct MergedAccount {
  std::string id;
  Stamp merged;
  CertificantState state;
  ReferenceNames credits;   // Those that differ; by the account's own.
  ReferenceNames payments;  // Likewise.
  std::vector<event::v1::SettledPayment> settled_payments;
};

// What the facts of a person with several accounts are put together from.
struct AccountParts {
  CertificantState own;                 // Of this stream alone.
  std::vector<MergedAccount> accounts;  // Whose facts are this person's; by merge.
  std::string survivor_id;              // As CertificantState has it.
  int64_t merged_position = 0;
};

// Whether it moves facts between persons or accounts: it is then taken in by EvolveAccounts.
bool IsAboutAccounts(const event::v1::CertificantEvent& event);

// Takes one event of the stream in where accounts are merged, or the event is about accounts. As
// Evolve.
absl::Status EvolveAccounts(const event::v1::CertificantEvent& event, const Stamp& stamp,
                            CertificantState& state);

// The account merged into this one; nullptr where there is none of the id.
const MergedAccount* FindAccount(const CertificantState& state, absl::string_view account_id);

// Ids of all accounts merged into this one, by merge.
std::vector<std::string> AccountIds(const CertificantState& state);

// Whether the event at a position merged an account into this one, or this one into another; or
// moved a credit record from or to this person. Each stands until it is undone.
struct AccountMove {
  enum class Type { kNone, kMergedIn, kMergedInto, kCreditOut, kCreditIn };
  Type type = Type::kNone;
  std::string other_id;   // The other account, or person.
  std::string reference;  // The record's, of the person who has it now.
};
AccountMove FindMove(const CertificantState& state, int64_t position);

// In which of a person's streams a fact has to be recorded, by the record or position that it
// speaks of, else as the command names it: the id of a merged account, or empty for the survivor's
// own. The fact names records as the survivor does.
std::string AccountOf(const CertificantState& state, const event::v1::CertificantEvent& event,
                      absl::string_view named_account);

// Replaces references by other names: of the merged account's by the survivor's, or back. An
// approval is left with the account's records alone.
void ToSurvivorNames(const MergedAccount& account, event::v1::CertificantEvent& event);
void ToAccountNames(const MergedAccount& account, event::v1::CertificantEvent& event);

// A fact to be carried in another stream. REQUIRES: the event has no personal fields.
event::v1::CarriedFact Carry(const event::v1::CertificantEvent& event, const Stamp& stamp);

// A record's report and later facts that count, to be carried under another reference.
std::vector<event::v1::CarriedFact> CarryCredit(const CreditRecord& record,
                                                const std::string& reference);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_ACCOUNTS_H_
