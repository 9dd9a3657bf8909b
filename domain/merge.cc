#include "domain/merge.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/accounts.h"
#include "domain/refusal.h"

namespace goodstanding::domain {
namespace {

using event::v1::CertificantEvent;

constexpr size_t kMaxReference = 64;
constexpr absl::string_view kSurvivorField = "certificant_id";
constexpr absl::string_view kMergedField = "merged_certificant_id";

bool SaysTheSame(const CreditRecord& a, const CreditRecord& b) {
  const CreditFigures& x = a.reported;
  const CreditFigures& y = b.reported;
  return a.kind == b.kind && a.activity_id == b.activity_id && a.paid == b.paid &&
         a.outside_approved_programme == b.outside_approved_programme &&
         x.completed == y.completed && x.from == y.from && x.amount == y.amount &&
         x.break_minutes == y.break_minutes && x.housekeeping_minutes == y.housekeeping_minutes;
}

bool SaysTheSame(const Payment& a, const Payment& b) {
  return a.amount == b.amount && a.method == b.method && a.dated == b.dated;
}

// References of records, or payments, that ever stood in an account.
template <typename Record>
std::set<std::string> References(const std::vector<Record>& records,
                                 const std::vector<AnnulledFact>& annulled) {
  std::set<std::string> references;
  for (const Record& record : records) references.insert(record.reference);
  for (const AnnulledFact& fact : annulled) {
    const auto* const record = std::get_if<Record>(&fact.fact);
    if (record != nullptr) references.insert(record->reference);
  }
  return references;
}

template <typename Record>
const Record* Find(const std::vector<Record>& records, const std::string& reference) {
  for (const Record& record : records) {
    if (record.reference == reference) return &record;
  }
  return nullptr;
}

// "c1~2": the first that neither account has.
std::string FreeName(const std::string& reference, const std::set<std::string>& taken) {
  for (int number = 2;; ++number) {
    const std::string suffix = absl::StrCat("~", number);
    std::string name = absl::StrCat(reference.substr(0, kMaxReference - suffix.size()), suffix);
    if (!taken.contains(name)) return name;
  }
}

// Names for what of the other account is called like something else of the survivor's. What both
// have alike is one and the same, and keeps its name.
template <typename Record>
absl::StatusOr<ReferenceNames> NewNames(const std::vector<Record>& own,
                                        const std::vector<AnnulledFact>& own_annulled,
                                        const std::vector<Record>& other,
                                        const std::vector<AnnulledFact>& other_annulled) {
  const std::set<std::string> here = References(own, own_annulled);
  const std::set<std::string> there = References(other, other_annulled);
  std::set<std::string> taken = here;
  taken.insert(there.begin(), there.end());
  ReferenceNames names;
  for (const std::string& reference : there) {
    if (!here.contains(reference)) continue;
    const Record* const a = Find(own, reference);
    const Record* const b = Find(other, reference);
    if (a != nullptr && b != nullptr && SaysTheSame(*a, *b)) {
      if (a->changes.empty() || b->changes.empty()) continue;
      return Refuse("MERGE_RECORDS_DIFFER",
                    absl::StrCat("Both accounts have ", reference,
                                 " with later facts of their own, so that it cannot be one; annul "
                                 "one of the two first."),
                    kMergedField, {{"reference", reference}});
    }
    const std::string name = FreeName(reference, taken);
    taken.insert(name);
    names.emplace(reference, name);
  }
  return names;
}

void SetNames(const ReferenceNames& names,
              google::protobuf::RepeatedPtrField<event::v1::RenamedReference>& renamed) {
  for (const auto& [from, to] : names) {
    auto& name = *renamed.Add();
    name.set_merged_reference(from);
    name.set_reference(to);
  }
}

// Decides one merge.
class MergeDecider {
 public:
  MergeDecider(const Facts& survivor, const Facts& other, const MergeProposal& proposal,
               const CommandContext& context)
      : survivor_(survivor),
        other_(other),
        proposal_(proposal),
        event_(proposal.event),
        cutoff_(Cutoff::At(context.effective)),
        stamp_{context.effective, context.head_position + 1} {}

  absl::StatusOr<event::v1::AccountMerged> Decide() {
    const std::string& other_id = event_.merged_certificant_id();
    GS_RETURN_IF_ERROR(CheckAccount(survivor_.state, proposal_.survivor_id, kSurvivorField));
    GS_RETURN_IF_ERROR(CheckAccount(other_.state, other_id, kMergedField));
    const std::vector<std::string> taken_over = AccountIds(other_.state);
    if (!taken_over.empty()) {
      return Refuse("MERGE_OTHER_WAY",
                    absl::StrCat(other_id, " answers for ", taken_over.front(), "; merge ",
                                 proposal_.survivor_id, " into ", other_id, " instead."),
                    kMergedField, {{"certificantId", other_id}});
    }
    GS_RETURN_IF_ERROR(FillFacts());
    CertificantState united = survivor_.state;
    GS_RETURN_IF_ERROR(TakeMerge(united));
    GS_RETURN_IF_ERROR(SettleRenewals(united));
    united = survivor_.state;
    GS_RETURN_IF_ERROR(TakeMerge(united));
    GS_RETURN_IF_ERROR(CheckStaysCertified(united));
    return std::move(event_);
  }

 private:
  absl::Status CheckAccount(const CertificantState& state, const std::string& id,
                            absl::string_view field) const {
    if (!state.registered) {
      return Refuse("CERTIFICANT_NOT_FOUND",
                    absl::StrCat("No certificant of the id ", id, " is registered."), field,
                    {{"certificantId", id}});
    }
    if (!state.survivor_id.empty()) {
      return Refuse("CERTIFICANT_MERGED",
                    absl::StrCat(id, " is merged into ", state.survivor_id, "."), field,
                    {{"certificantId", id}, {"survivorId", state.survivor_id}});
    }
    if (state.erasure.stage >= type::v1::ERASURE_STAGE_BEGUN) {
      return Refuse("CERTIFICANT_ERASED", absl::StrCat("The data of ", id, " was erased."), field);
    }
    if (state.erasure.stage == type::v1::ERASURE_STAGE_UNSPECIFIED) return absl::OkStatus();
    return Refuse("ERASURE_ALREADY_REQUESTED",
                  absl::StrCat("An erasure of the data of ", id,
                               " is asked for; it must be called off first."),
                  field);
  }

  absl::Status FillFacts() {
    const CertificantState& own = survivor_.state;
    const CertificantState& other = other_.state;
    GS_ASSIGN_OR_RETURN(const ReferenceNames credits,
                        NewNames(own.credits, own.annulled, other.credits, other.annulled));
    GS_ASSIGN_OR_RETURN(const ReferenceNames payments,
                        NewNames(own.payments, own.annulled, other.payments, other.annulled));
    SetNames(credits, *event_.mutable_renamed_credits());
    SetNames(payments, *event_.mutable_renamed_payments());
    MergedAccount names;
    names.credits = credits;
    names.payments = payments;
    for (event::v1::CarriedFact fact : proposal_.facts) {
      CertificantEvent carried;
      if (!carried.ParseFromString(fact.event())) {
        return absl::DataLossError(absl::StrCat("position ", fact.position(), " does not parse"));
      }
      ToSurvivorNames(names, carried);
      carried.SerializeToString(fact.mutable_event());
      *event_.add_facts() = std::move(fact);
    }
    return absl::OkStatus();
  }

  absl::Status TakeMerge(CertificantState& state) const {
    CertificantEvent event;
    *event.mutable_account_merged() = event_;
    return Evolve(event, stamp_, state);
  }

  // What either account has of a renewal that is not approved, and that the person does not have:
  // payments go to the one that is, an application has to be settled before.
  absl::Status SettleRenewals(const CertificantState& united) {
    const Career career =
        CareerAt({united, survivor_.rules, survivor_.catalogue, survivor_.knowledge}, cutoff_);
    const ReferenceNames payments = Names();
    GS_RETURN_IF_ERROR(SettleOf(survivor_, proposal_.survivor_id, {}, career));
    return SettleOf(other_, event_.merged_certificant_id(), payments, career);
  }

  ReferenceNames Names() const {
    ReferenceNames names;
    for (const auto& name : event_.renamed_payments()) {
      names.emplace(name.merged_reference(), name.reference());
    }
    return names;
  }

  absl::Status SettleOf(const Facts& account, const std::string& id, const ReferenceNames& names,
                        const Career& united) {
    const Career own = CareerAt(account, cutoff_);
    if (own.cycles.empty() || own.cycles.back().renewed || united.cycles.empty()) {
      return absl::OkStatus();
    }
    const CycleStatus& open = own.cycles.back();
    const auto reaches = [&](const CycleStatus& cycle) { return cycle.end_year >= open.end_year; };
    const auto found = std::find_if(united.cycles.begin(), united.cycles.end(), reaches);
    const CycleStatus& heir = found == united.cycles.end() ? united.cycles.back() : *found;
    if (heir.end_year == open.end_year) return absl::OkStatus();
    if (open.submitted || open.extension_requested || open.extension_granted ||
        open.reinstatement_requested) {
      return Refuse("MERGE_APPLICATION_OPEN",
                    absl::StrCat("The account ", id,
                                 " has an application or request for a cycle "
                                 "that ends in ",
                                 open.end_year,
                                 "; in one account the cycle ends "
                                 "in ",
                                 heir.end_year, ". Return or annul it first."),
                    "", {{"certificantId", id}, {"cycleEndYear", absl::StrCat(open.end_year)}});
    }
    for (const Payment& payment : account.state.payments) {
      const PaymentStatus status = StatusAt(payment, cutoff_);
      if (status.returned || status.cycle_end_year != open.end_year) continue;
      const auto name = names.find(payment.reference);
      auto& settled = *event_.add_settled_payments();
      settled.set_reference(name == names.end() ? payment.reference : name->second);
      settled.set_cycle_end_year(heir.end_year);
    }
    return absl::OkStatus();
  }

  absl::Status CheckStaysCertified(const CertificantState& united) const {
    const Facts facts{united, survivor_.rules, survivor_.catalogue, survivor_.knowledge};
    const type::v1::Standing standing = StandingAt(facts, CareerAt(facts, cutoff_), cutoff_);
    if (IsCertified(standing)) return absl::OkStatus();
    const std::pair<const Facts*, const std::string*> accounts[] = {
        {&survivor_, &proposal_.survivor_id}, {&other_, &event_.merged_certificant_id()}};
    for (const auto& [account, id] : accounts) {
      const type::v1::Standing alone = StandingAt(*account, CareerAt(*account, cutoff_), cutoff_);
      if (!IsCertified(alone)) continue;
      return Refuse(
          "MERGE_ENDS_CERTIFICATION",
          absl::StrCat(*id, " is ", std::string(StandingName(alone)),
                       "; with the facts of both accounts the standing would be ",
                       std::string(StandingName(standing)),
                       ". Annul first what was entered in error, or end the certification."),
          "", {{"certificantId", *id}, {"standing", std::string(StandingName(standing))}});
    }
    return absl::OkStatus();
  }

  const Facts& survivor_;
  const Facts& other_;
  const MergeProposal& proposal_;
  event::v1::AccountMerged event_;
  const Cutoff cutoff_;
  const Stamp stamp_;
};

}  // namespace

absl::StatusOr<event::v1::AccountMerged> DecideMerge(const Facts& survivor, const Facts& other,
                                                     const MergeProposal& proposal,
                                                     const CommandContext& context) {
  return MergeDecider(survivor, other, proposal, context).Decide();
}

}  // namespace goodstanding::domain
