#include "tests/model/model_accounts.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "google/protobuf/util/message_differencer.h"
#include "tests/model/model_rules.h"
#include "tests/model/model_timeline.h"

namespace goodstanding::model {
namespace {

using event::v1::CertificantEvent;
using google::protobuf::util::MessageDifferencer;

std::string StreamOf(const std::string& id) { return "certificant/" + id; }

const CertificantEvent* PersonEvent(const ModelFact& fact) {
  return std::get_if<CertificantEvent>(&fact.payload);
}

// Known merges, or moves, that stand, in log order.
std::vector<const ModelFact*> Standing(const std::vector<ModelFact>& log,
                                       const ModelQuestion& question) {
  const std::set<int64_t> annulled = AnnulledPositions(log, question);
  std::vector<const ModelFact*> moves;
  for (const ModelFact& fact : log) {
    const CertificantEvent* const event = PersonEvent(fact);
    if (event == nullptr || !IsKnown(fact, question) || annulled.contains(fact.position)) continue;
    if (event->has_account_merged() || event->has_credit_moved_out()) moves.push_back(&fact);
  }
  std::sort(moves.begin(), moves.end(),
            [](const ModelFact* a, const ModelFact* b) { return a->position < b->position; });
  return moves;
}

// Where an event names a credit record, and where a payment; nullptr where it does not.
std::string* CreditNamed(CertificantEvent& event) {
  if (event.has_credit_recorded()) return event.mutable_credit_recorded()->mutable_reference();
  if (event.has_credit_amended()) return event.mutable_credit_amended()->mutable_reference();
  if (event.has_credit_documented()) return event.mutable_credit_documented()->mutable_reference();
  if (event.has_credit_verified()) return event.mutable_credit_verified()->mutable_reference();
  if (event.has_credit_withdrawn()) return event.mutable_credit_withdrawn()->mutable_reference();
  if (event.has_credit_disallowed()) return event.mutable_credit_disallowed()->mutable_reference();
  if (event.has_credit_reinstated()) return event.mutable_credit_reinstated()->mutable_reference();
  return nullptr;
}

std::string* PaymentNamed(CertificantEvent& event) {
  if (event.has_payment_received()) return event.mutable_payment_received()->mutable_reference();
  if (event.has_payment_returned()) return event.mutable_payment_returned()->mutable_reference();
  if (event.has_payment_refunded()) return event.mutable_payment_refunded()->mutable_reference();
  if (event.has_payment_reassigned()) {
    return event.mutable_payment_reassigned()->mutable_reference();
  }
  return nullptr;
}

// Whether the record was there to be moved.
bool MoveCredit(const ModelFact& move, const std::string& from_stream, const std::string& to_stream,
                std::vector<ModelFact>& log) {
  const auto& moved = PersonEvent(move)->credit_moved_out();
  bool found = false;
  for (ModelFact& fact : log) {
    auto* const other = std::get_if<CertificantEvent>(&fact.payload);
    if (other == nullptr || fact.stream != from_stream || fact.position > move.position) continue;
    std::string* const name = CreditNamed(*other);
    if (name == nullptr || *name != moved.reference()) continue;
    *name = moved.to_reference().empty() ? moved.reference() : moved.to_reference();
    fact.stream = to_stream;
    fact.account.clear();
    found = true;
  }
  return found;
}

// A record, or payment, of either account at the merge; of the same reference only one.
struct Recorded {
  size_t index = 0;
  bool later_facts = false;
};

std::map<std::string, Recorded> RecordsOf(const std::vector<ModelFact>& log,
                                          const std::string& stream, int64_t before,
                                          std::string* (*named)(CertificantEvent&)) {
  std::map<std::string, Recorded> records;
  for (size_t i = 0; i < log.size(); ++i) {
    if (log[i].stream != stream || log[i].position > before || PersonEvent(log[i]) == nullptr) {
      continue;
    }
    CertificantEvent event = *PersonEvent(log[i]);
    const std::string* const name = named(event);
    if (name == nullptr) continue;
    if (event.has_credit_recorded() || event.has_payment_received()) {
      records[*name].index = i;
    } else {
      records[*name].later_facts = true;
    }
  }
  return records;
}

// Reading: the same in all that was reported but who reported it, where, when and for which cycle.
bool SaysTheSame(const ModelFact& a, const ModelFact& b) {
  CertificantEvent x = *PersonEvent(a);
  CertificantEvent y = *PersonEvent(b);
  for (CertificantEvent* const event : {&x, &y}) {
    if (event->has_credit_recorded()) {
      event->mutable_credit_recorded()->clear_source();
      event->mutable_credit_recorded()->clear_documented();
      event->mutable_credit_recorded()->clear_location();
    } else {
      event->mutable_payment_received()->clear_cycle_end_year();
      event->mutable_payment_received()->clear_batch_reference();
    }
  }
  return MessageDifferencer::Equals(x, y);
}

// What of the merged account has another name, and which of two equal records goes.
struct Clashes {
  std::map<std::string, std::string> names;
  std::set<int64_t> doubled;  // Positions.
  bool differ = false;        // Of one that is in both, both have later facts.
};

Clashes FindClashes(const std::vector<ModelFact>& log, const std::string& own,
                    const std::string& other, int64_t before,
                    std::string* (*named)(CertificantEvent&)) {
  const auto here = RecordsOf(log, own, before, named);
  const auto there = RecordsOf(log, other, before, named);
  Clashes clashes;
  for (const auto& [name, record] : there) {
    const auto same = here.find(name);
    if (same == here.end()) continue;
    const ModelFact& a = log[same->second.index];
    const ModelFact& b = log[record.index];
    if (SaysTheSame(a, b)) {
      clashes.doubled.insert(std::max(a.position, b.position));
      clashes.differ = clashes.differ || (same->second.later_facts && record.later_facts);
      continue;
    }
    int number = 2;
    const auto free = [&](const std::string& wanted) {
      return !here.contains(wanted) && !there.contains(wanted);
    };
    while (!free(name + "~" + std::to_string(number))) ++number;
    clashes.names[name] = name + "~" + std::to_string(number);
  }
  return clashes;
}

void Merge(const ModelFact& merge, const CertificantEvent& event, std::vector<ModelFact>& log) {
  const std::string& id = event.account_merged().merged_certificant_id();
  const std::string other = StreamOf(id);
  const Clashes credits = FindClashes(log, merge.stream, other, merge.position, &CreditNamed);
  const Clashes payments = FindClashes(log, merge.stream, other, merge.position, &PaymentNamed);
  std::erase_if(log, [&](const ModelFact& fact) {
    return credits.doubled.contains(fact.position) || payments.doubled.contains(fact.position);
  });
  for (ModelFact& fact : log) {
    auto* const moved = std::get_if<CertificantEvent>(&fact.payload);
    if (moved == nullptr || fact.stream != other || moved->has_certificant_registered()) continue;
    fact.stream = merge.stream;
    fact.account = id;
    if (std::string* const name = CreditNamed(*moved); name && credits.names.contains(*name)) {
      *name = credits.names.at(*name);
    }
    if (std::string* const name = PaymentNamed(*moved); name && payments.names.contains(*name)) {
      *name = payments.names.at(*name);
    }
    if (!moved->has_certification_renewed()) continue;
    for (std::string& name : *moved->mutable_certification_renewed()->mutable_credit_references()) {
      if (credits.names.contains(name)) name = credits.names.at(name);
    }
  }
  for (const auto& settled : event.account_merged().settled_payments()) {
    ModelFact reassigned = merge;
    CertificantEvent fact;
    fact.mutable_payment_reassigned()->set_reference(settled.reference());
    fact.mutable_payment_reassigned()->set_cycle_end_year(settled.cycle_end_year());
    reassigned.payload = fact;
    log.push_back(reassigned);
  }
}

ModelQuestion AtInstantOf(const ModelFact& fact, const std::string& id) {
  ModelQuestion question;
  question.certificant = id;
  question.as_of = fact.effective_day;
  question.as_of_micros = fact.effective_micros;
  return question;
}

bool IsRegistered(const std::vector<ModelFact>& log, const std::string& id) {
  return std::any_of(log.begin(), log.end(), [&](const ModelFact& fact) {
    const CertificantEvent* const event = PersonEvent(fact);
    return event != nullptr && fact.stream == StreamOf(id) && event->has_certificant_registered();
  });
}

std::vector<ModelFact> With(std::vector<ModelFact> log, const ModelFact& fact) {
  log.push_back(fact);
  return log;
}

// The first cycle that ends in the year or later; the last one where none does.
int HeirOf(const std::set<int>& years, int year) {
  const auto found = years.lower_bound(year);
  return found == years.end() ? *years.rbegin() : *found;
}

std::string IdOf(const ModelFact& fact) {
  return fact.stream.substr(std::string("certificant/").size());
}

}  // namespace

bool HasMoves(const std::vector<ModelFact>& log) {
  return std::any_of(log.begin(), log.end(), [](const ModelFact& fact) {
    const CertificantEvent* const event = PersonEvent(fact);
    return event != nullptr && (event->has_account_merged() || event->has_credit_moved_out());
  });
}

std::string AnswererOf(const std::vector<ModelFact>& log, const ModelQuestion& question,
                       const std::string& id) {
  std::string answerer = id;
  for (const ModelFact* merge : Standing(log, question)) {
    const auto& event = *PersonEvent(*merge);
    if (event.account_merged().merged_certificant_id() == id) answerer = IdOf(*merge);
  }
  return answerer;
}

std::vector<ModelFact> CarryOut(const std::vector<ModelFact>& log, const ModelQuestion& question) {
  std::vector<ModelFact> carried = log;
  for (const ModelFact* move : Standing(log, question)) {
    const CertificantEvent& event = *PersonEvent(*move);
    if (event.has_account_merged()) {
      Merge(*move, event, carried);
      continue;
    }
    // It leaves whoever has it by then, and comes to whoever answers by then.
    ModelQuestion by_then = question;
    by_then.known_position =
        std::min(move->position, question.known_position.value_or(move->position));
    const std::string to =
        StreamOf(AnswererOf(log, by_then, event.credit_moved_out().to_certificant_id()));
    if (!MoveCredit(*move, StreamOf(AnswererOf(log, by_then, IdOf(*move))), to, carried)) {
      MoveCredit(*move, move->stream, to, carried);
    }
  }
  return carried;
}

void Route(const std::vector<ModelFact>& log, ModelFact& fact) {
  auto* const event = std::get_if<CertificantEvent>(&fact.payload);
  if (event == nullptr || !HasMoves(log)) return;
  std::string* const credit = CreditNamed(*event);
  std::string* const name = credit != nullptr ? credit : PaymentNamed(*event);
  if (name == nullptr) return;
  const std::string person = StreamOf(AnswererOf(log, {}, IdOf(fact)));
  for (const ModelFact& carried : CarryOut(log, {})) {
    const CertificantEvent* const other = PersonEvent(carried);
    if (other == nullptr || carried.stream != person || carried.account.empty()) continue;
    const std::string& recorded = credit != nullptr ? other->credit_recorded().reference()
                                                    : other->payment_received().reference();
    if (recorded != *name) continue;
    for (const ModelFact& own : log) {
      if (own.position != carried.position) continue;
      CertificantEvent original = *PersonEvent(own);
      *name = *(credit != nullptr ? CreditNamed(original) : PaymentNamed(original));
    }
    fact.stream = StreamOf(carried.account);
    return;
  }
}

void SettleMerge(const std::vector<ModelFact>& log, ModelFact& merge) {
  auto& event = *std::get<CertificantEvent>(merge.payload).mutable_account_merged();
  event.clear_settled_payments();
  const ModelAnswer united = AnswerQuestion(With(log, merge), AtInstantOf(merge, IdOf(merge)));
  if (united.cycle_years.empty()) return;
  std::vector<event::v1::SettledPayment> all;
  for (const std::string& id : {IdOf(merge), event.merged_certificant_id()}) {
    const ModelAnswer alone = AnswerQuestion(log, AtInstantOf(merge, id));
    if (alone.cycle_years.empty() || united.cycle_years.contains(alone.first_open_year)) continue;
    const Clashes clashes = FindClashes(log, merge.stream, StreamOf(event.merged_certificant_id()),
                                        merge.position, &PaymentNamed);
    for (const ModelFact& fact : log) {
      const CertificantEvent* const other = PersonEvent(fact);
      if (other == nullptr || fact.stream != StreamOf(id) || !other->has_payment_received()) {
        continue;
      }
      if (other->payment_received().cycle_end_year() != alone.first_open_year) continue;
      event::v1::SettledPayment settled;
      std::string name = other->payment_received().reference();
      const bool renamed = id != IdOf(merge) && clashes.names.contains(name);
      settled.set_reference(renamed ? clashes.names.at(name) : name);
      settled.set_cycle_end_year(HeirOf(united.cycle_years, alone.first_open_year));
      all.push_back(settled);
    }
  }
  for (const auto& settled : all) *event.add_settled_payments() = settled;
}

std::string MergeRefusal(const std::vector<ModelFact>& log, const ModelFact& merge) {
  const std::string own = IdOf(merge);
  const std::string other = PersonEvent(merge)->account_merged().merged_certificant_id();
  if (own == other) return "INVALID_ARGUMENT";
  for (const std::string& id : {own, other}) {
    if (!IsRegistered(log, id)) return "CERTIFICANT_NOT_FOUND";
    if (AnswererOf(log, {}, id) != id) return "CERTIFICANT_MERGED";
  }
  for (const ModelFact* earlier : Standing(log, {})) {
    if (PersonEvent(*earlier)->has_account_merged() && IdOf(*earlier) == other) {
      return "MERGE_OTHER_WAY";
    }
  }
  const std::string stream = StreamOf(other);
  for (auto* const named : {&CreditNamed, &PaymentNamed}) {
    if (FindClashes(log, merge.stream, stream, merge.position, named).differ) {
      return "MERGE_RECORDS_DIFFER";
    }
  }
  const ModelAnswer united = AnswerQuestion(With(log, merge), AtInstantOf(merge, own));
  for (const std::string& id : {own, other}) {
    const ModelAnswer alone = AnswerQuestion(log, AtInstantOf(merge, id));
    const bool asked = alone.submitted || alone.extension_pending || alone.extension_granted ||
                       alone.reinstatement_requested;
    if (alone.standing == "NOT_CERTIFIED" || alone.renewed || !asked) continue;
    if (!united.cycle_years.contains(alone.first_open_year)) return "MERGE_APPLICATION_OPEN";
  }
  const bool certified = AnswerQuestion(log, AtInstantOf(merge, own)).certified ||
                         AnswerQuestion(log, AtInstantOf(merge, other)).certified;
  return certified && !united.certified ? "MERGE_ENDS_CERTIFICATION" : "";
}

std::string MoveRefusal(const std::vector<ModelFact>& log, const ModelFact& move) {
  const auto& moved = PersonEvent(move)->credit_moved_out();
  if (!IsRegistered(log, IdOf(move))) return "CERTIFICANT_NOT_FOUND";
  const std::string from = AnswererOf(log, {}, IdOf(move));
  const ModelAnswer own = AnswerQuestion(log, AtInstantOf(move, from));
  const auto record = own.credits.find(moved.reference());
  if (record == own.credits.end()) return "CREDIT_NOT_FOUND";
  if (record->second.reason == "WITHDRAWN") return "CREDIT_ALREADY_WITHDRAWN";
  if (!IsRegistered(log, moved.to_certificant_id())) return "CERTIFICANT_NOT_FOUND";
  const std::string to = AnswererOf(log, {}, moved.to_certificant_id());
  if (to == from) return "INVALID_ARGUMENT";
  const ModelAnswer other = AnswerQuestion(log, AtInstantOf(move, to));
  if (other.standing == "NOT_CERTIFIED") return "NOT_CERTIFIED";
  const std::string name = moved.to_reference().empty() ? moved.reference() : moved.to_reference();
  return other.credits.contains(name) ? "CREDIT_ALREADY_RECORDED" : "";
}

}  // namespace goodstanding::model
