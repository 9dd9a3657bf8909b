// Commands about several streams: accounts that are merged, and credits that change hands.
#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/accounts.h"
#include "domain/decide.h"
#include "domain/merge.h"
#include "domain/refusal.h"
#include "eventstore/limits.h"
#include "eventstore/seal.h"
#include "projections/codec.h"
#include "projections/erasures.h"
#include "services/command_processor.h"
#include "services/decided.h"

namespace goodstanding::services {
namespace {

using domain::AccountMove;
using domain::CertificantState;
using domain::Refuse;
using event::v1::CertificantEvent;

// Room for everything else in a record's payload.
constexpr size_t kMaxMergeBytes = eventstore::kMaxPayloadBytes - 16 * 1024;

// The event as it may be carried in another stream.
CertificantEvent WithoutPersonal(CertificantEvent event) {
  eventstore::ClearPersonalFields(&event);
  return event;
}

absl::Status SamePerson(absl::string_view field) {
  return Refuse("INVALID_ARGUMENT", absl::StrCat(field, " must be another person's account."),
                field);
}

absl::Status MovedOn(const std::string& id) {
  return Refuse("FACT_NOT_ANNULLABLE",
                absl::StrCat("The record is not ", id,
                             "'s any more as it came or went there; move it back instead."),
                "fact_position");
}

// Position of the event by which a record, which was reported at a position, came to a person who
// has it, or left one who had it; 0 where it did not, or that was undone.
int64_t MovedInAt(const CertificantState& state, int64_t reported) {
  for (const domain::CreditRecord& record : state.credits) {
    if (record.stamp.position == reported) return record.moved_position;
  }
  return 0;
}

int64_t Departure(const CertificantState& state, int64_t reported) {
  for (const domain::AnnulledFact& fact : state.annulled) {
    const auto* const record = std::get_if<domain::CreditRecord>(&fact.fact);
    if (record == nullptr || fact.moved_to.empty() || record->stamp.position != reported) continue;
    const int64_t departure = fact.annulled.position;
    const bool stands = domain::FindMove(state, departure).type == AccountMove::Type::kCreditOut;
    if (stands) return departure;
  }
  return 0;
}

// Where the record that was moved by the event at a position was reported.
int64_t ReportedAt(const CertificantState& state, int64_t moved) {
  for (const domain::CreditRecord& record : state.credits) {
    if (record.moved_position == moved) return record.stamp.position;
  }
  for (const domain::AnnulledFact& fact : state.annulled) {
    const auto* const record = std::get_if<domain::CreditRecord>(&fact.fact);
    if (record != nullptr && fact.annulled.position == moved) return record->stamp.position;
  }
  return 0;
}

}  // namespace

bool CommandProcessor::ConcernsAccounts(const CertificantEvent& proposed,
                                        const CertificantState& state) {
  if (state.parts != nullptr || proposed.has_account_merged() || proposed.has_credit_moved_out()) {
    return true;
  }
  return proposed.has_fact_annulled() &&
         domain::FindMove(state, proposed.fact_annulled().fact_position()).type !=
             AccountMove::Type::kNone;
}

absl::Status CommandProcessor::DecideAccounts(const Deciding& deciding, const std::string& id,
                                              CertificantEvent proposed) {
  if (proposed.has_account_merged()) return DecideMerge(deciding, id, std::move(proposed));
  GS_ASSIGN_OR_RETURN(const std::string person_id, PersonOf(id, deciding.decided));
  GS_ASSIGN_OR_RETURN(CertificantState* const named, Draft(id, deciding.decided));
  GS_ASSIGN_OR_RETURN(CertificantState* const person, Draft(person_id, deciding.decided));
  if (proposed.has_erasure_begun() || proposed.has_erasure_completed()) {
    return DecideErasureOfAccount(deciding, id, *person, *named, proposed);
  }
  if (id != person_id) {
    const domain::MergedAccount* const account = domain::FindAccount(*person, id);
    if (account == nullptr) {
      return absl::DataLossError(
          absl::StrCat(person_id, " does not know that it answers for ", id));
    }
    domain::ToSurvivorNames(*account, proposed);
    // The merge is named by the event in either stream.
    auto& annulled = proposed;
    if (annulled.has_fact_annulled() &&
        annulled.fact_annulled().fact_position() == named->merged_position) {
      annulled.mutable_fact_annulled()->set_fact_position(account->merged.position);
    }
  }
  if (proposed.has_credit_moved_out()) {
    return DecideMove(deciding, id, person_id, std::move(proposed));
  }
  GS_ASSIGN_OR_RETURN(CertificantEvent event, DecideFor(deciding, *person, proposed));
  if (domain::IsAboutErasure(event)) {
    std::vector<std::string> ids = {person_id};
    for (std::string& account_id : domain::AccountIds(*person)) ids.push_back(account_id);
    for (const std::string& each : ids) {
      GS_RETURN_IF_ERROR(AppendFact(deciding, each, event).status());
    }
    return absl::OkStatus();
  }
  const int64_t position = event.fact_annulled().fact_position();
  const AccountMove move =
      event.has_fact_annulled() ? domain::FindMove(*person, position) : AccountMove();
  if (move.type != AccountMove::Type::kNone) {
    return DecideUndo(deciding, person_id, move, std::move(event));
  }
  return AppendToPerson(deciding, person_id, id, std::move(event));
}

// The id itself, or the one that answers for it.
absl::StatusOr<std::string> CommandProcessor::PersonOf(const std::string& id, Decided& decided) {
  GS_ASSIGN_OR_RETURN(const CertificantState* const state, Draft(id, decided));
  return state->survivor_id.empty() ? id : state->survivor_id;
}

// A certificant's facts, as they would be; valid as long as what was decided.
absl::StatusOr<CertificantState*> CommandProcessor::Draft(const std::string& id, Decided& decided) {
  decided.drafting = true;
  const auto found = decided.drafts.find(id);
  if (found != decided.drafts.end()) return &found->second;
  GS_ASSIGN_OR_RETURN(const CertificantState* const state, board_.State(id));
  return &decided.drafts.emplace(id, *state).first->second;
}

absl::StatusOr<CertificantEvent> CommandProcessor::DecideFor(const Deciding& deciding,
                                                             const CertificantState& person,
                                                             const CertificantEvent& proposed) {
  GS_ASSIGN_OR_RETURN(CertificantEvent event,
                      domain::Decide(FactsOf(person), proposed, deciding.context));
  ExpectBasisOf(event, person, deciding.decided);
  return event;
}

domain::Facts CommandProcessor::FactsOf(const CertificantState& state) const {
  return {state, board_.rules(), board_.catalogue(), domain::Knowledge{}};
}

// Adds an event to a stream. Returns its position.
absl::StatusOr<int64_t> CommandProcessor::AppendFact(const Deciding& deciding,
                                                     const std::string& id,
                                                     CertificantEvent event) {
  Decided& decided = deciding.decided;
  GS_ASSIGN_OR_RETURN(CertificantState* const state, Draft(id, decided));
  const std::string stream = projections::CertificantStream(id);
  decided.append.expectations.push_back({stream, state->version});
  const int64_t position = decided.next_position++;
  const type::v1::ErasureStage erasure_before = state->erasure.stage;
  GS_RETURN_IF_ERROR(domain::Evolve(event, {deciding.context.effective, position}, *state));
  eventstore::Record record = MakeRecord(deciding.command, stream, deciding.effective);
  record.set_kind(std::string(projections::KindOf(event)));
  decided.personal.emplace(decided.append.events.size(), std::move(event));
  decided.append.events.push_back(std::move(record));
  if (projections::AdvancesErasure(erasure_before, state->erasure.stage)) {
    TellErasure(deciding.command, id, state->erasure, decided);
  }
  return position;
}

// Adds a fact of a person to the stream of the account that it belongs to; where that is a merged
// one, to the person's as well. The event names records as the person does.
absl::Status CommandProcessor::AppendToPerson(const Deciding& deciding,
                                              const std::string& person_id,
                                              const std::string& named_id, CertificantEvent event) {
  GS_ASSIGN_OR_RETURN(const CertificantState* const person, Draft(person_id, deciding.decided));
  const std::string account_id =
      domain::AccountOf(*person, event, named_id == person_id ? "" : named_id);
  if (account_id.empty()) return AppendFact(deciding, person_id, std::move(event)).status();
  CertificantEvent own = event;
  domain::ToAccountNames(*domain::FindAccount(*person, account_id), own);
  GS_ASSIGN_OR_RETURN(const int64_t position, AppendFact(deciding, account_id, std::move(own)));
  CertificantEvent copy;
  auto& recorded = *copy.mutable_merged_fact_recorded();
  recorded.set_merged_certificant_id(account_id);
  *recorded.mutable_fact() =
      domain::Carry(WithoutPersonal(std::move(event)), {deciding.context.effective, position});
  return AppendFact(deciding, person_id, std::move(copy)).status();
}

// Each account has a key of its own, which is destroyed by itself; whether that may be is a
// question about the person.
absl::Status CommandProcessor::DecideErasureOfAccount(const Deciding& deciding,
                                                      const std::string& id,
                                                      const CertificantState& person,
                                                      const CertificantState& named,
                                                      const CertificantEvent& proposed) {
  CertificantState state = person;
  state.erasure = named.erasure;
  GS_ASSIGN_OR_RETURN(CertificantEvent event, DecideFor(deciding, state, proposed));
  return AppendFact(deciding, id, std::move(event)).status();
}

absl::Status CommandProcessor::DecideMerge(const Deciding& deciding, const std::string& id,
                                           CertificantEvent proposed) {
  domain::MergeProposal proposal;
  proposal.event = std::move(*proposed.mutable_account_merged());
  proposal.survivor_id = id;
  const std::string other_id = proposal.event.merged_certificant_id();
  if (other_id == id) return SamePerson("merged_certificant_id");
  // The other's events are read from the log, which must hold all that was decided.
  GS_RETURN_IF_ERROR(AwaitWritten());
  GS_ASSIGN_OR_RETURN(const CertificantState* const survivor, Draft(id, deciding.decided));
  GS_ASSIGN_OR_RETURN(const CertificantState* const other, Draft(other_id, deciding.decided));
  const auto carry = [&](const eventstore::Record& record) -> absl::Status {
    GS_ASSIGN_OR_RETURN(CertificantEvent event, projections::DecodeCertificant(record));
    proposal.facts.push_back(
        domain::Carry(WithoutPersonal(std::move(event)), projections::StampOf(record)));
    return absl::OkStatus();
  };
  GS_RETURN_IF_ERROR(store_.VisitStream(projections::CertificantStream(other_id), carry));
  GS_ASSIGN_OR_RETURN(
      event::v1::AccountMerged merged,
      domain::DecideMerge(FactsOf(*survivor), FactsOf(*other), proposal, deciding.context));
  if (merged.ByteSizeLong() > kMaxMergeBytes) {
    return Refuse("INVALID_ARGUMENT",
                  absl::StrCat("The account ", other_id,
                               " has more facts than one event can carry; "
                               "make it the survivor."),
                  "merged_certificant_id");
  }
  CertificantEvent into;
  into.mutable_merged_into_account()->set_survivor_certificant_id(id);
  into.mutable_merged_into_account()->set_reason(merged.reason());
  CertificantEvent event;
  *event.mutable_account_merged() = std::move(merged);
  GS_RETURN_IF_ERROR(AppendFact(deciding, id, std::move(event)).status());
  return AppendFact(deciding, other_id, std::move(into)).status();
}

absl::Status CommandProcessor::DecideMove(const Deciding& deciding, const std::string& id,
                                          const std::string& person_id, CertificantEvent proposed) {
  const std::string to_id = proposed.credit_moved_out().to_certificant_id();
  GS_ASSIGN_OR_RETURN(const CertificantState* const person, Draft(person_id, deciding.decided));
  GS_ASSIGN_OR_RETURN(CertificantEvent out, DecideFor(deciding, *person, proposed));
  GS_ASSIGN_OR_RETURN(const std::string to_person_id, PersonOf(to_id, deciding.decided));
  if (to_person_id == person_id) return SamePerson("to_certificant_id");
  GS_ASSIGN_OR_RETURN(const CertificantState* const to, Draft(to_person_id, deciding.decided));
  auto& move = *out.mutable_credit_moved_out();
  if (move.to_reference().empty()) move.set_to_reference(move.reference());
  const std::string account_id = domain::AccountOf(*person, out, id == person_id ? "" : id);
  CertificantEvent in;
  auto& arrival = *in.mutable_credit_moved_in();
  arrival.set_from_certificant_id(account_id.empty() ? person_id : account_id);
  arrival.set_reference(move.to_reference());
  arrival.set_reason(move.reason());
  for (event::v1::CarriedFact& fact :
       domain::CarryCredit(*person->FindCredit(move.reference()), arrival.reference())) {
    *arrival.add_facts() = std::move(fact);
  }
  absl::StatusOr<CertificantEvent> taken = DecideFor(deciding, *to, in);
  if (!taken.ok()) return domain::WithFieldPrefix(taken.status(), "to_");
  GS_RETURN_IF_ERROR(AppendToPerson(deciding, person_id, id, std::move(out)));
  return AppendToPerson(deciding, to_person_id, to_id, *std::move(taken));
}

absl::Status CommandProcessor::DecideUndo(const Deciding& deciding, const std::string& person_id,
                                          const AccountMove& move, CertificantEvent event) {
  GS_ASSIGN_OR_RETURN(const CertificantState* const person, Draft(person_id, deciding.decided));
  CertificantEvent counterpart = event;
  if (move.type == AccountMove::Type::kMergedIn) {
    if (person->erasure.stage != type::v1::ERASURE_STAGE_UNSPECIFIED) {
      return Refuse("ERASURE_ALREADY_REQUESTED",
                    "An erasure of the person's data is asked for; it must be called off first.",
                    "certificant_id");
    }
    GS_ASSIGN_OR_RETURN(const CertificantState* const other,
                        Draft(move.other_id, deciding.decided));
    counterpart.mutable_fact_annulled()->set_fact_position(other->merged_position);
    GS_RETURN_IF_ERROR(AppendFact(deciding, person_id, std::move(event)).status());
    return AppendFact(deciding, move.other_id, std::move(counterpart)).status();
  }
  GS_ASSIGN_OR_RETURN(const std::string other_id, PersonOf(move.other_id, deciding.decided));
  GS_ASSIGN_OR_RETURN(const CertificantState* const other, Draft(other_id, deciding.decided));
  const int64_t reported = ReportedAt(*person, event.fact_annulled().fact_position());
  const int64_t position = move.type == AccountMove::Type::kCreditOut ? MovedInAt(*other, reported)
                                                                      : Departure(*other, reported);
  if (position == 0) return MovedOn(move.other_id);
  counterpart.mutable_fact_annulled()->set_fact_position(position);
  GS_ASSIGN_OR_RETURN(counterpart, DecideFor(deciding, *other, counterpart));
  GS_RETURN_IF_ERROR(AppendToPerson(deciding, person_id, person_id, std::move(event)));
  return AppendToPerson(deciding, other_id, other_id, std::move(counterpart));
}

// Waits until everything decided before is in the log.
absl::Status CommandProcessor::AwaitWritten() {
  Flush();
  {
    const MutexLock lock(mutex_);
    while (!under_way_.empty()) written_.Wait(mutex_);
  }
  if (!failed_.load()) return absl::OkStatus();
  return Refuse("OVERLOADED",
                "Earlier commands failed and are being settled; repeat this one after the delay.");
}

}  // namespace goodstanding::services
