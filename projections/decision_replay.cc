#include "projections/decision_replay.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "domain/decide.h"
#include "domain/figure_text.h"
#include "domain/money_text.h"
#include "domain/refusal.h"
#include "projections/codec.h"
#include "projections/fact_text.h"
#include "projections/preview.h"
#include "projections/rows.h"

namespace goodstanding::projections {
namespace {

using domain::Date;
using domain::Facts;
using domain::Knowledge;
using event::v1::CertificantEvent;
using event::v1::Record;
using Kind = ReplayDifferenceKind;

// The same question as staff asked it: nothing that deciding fills in, and no sealed text.
CertificantEvent ProposalOf(const CertificantEvent& event) {
  CertificantEvent proposal;
  switch (event.event_case()) {
    case CertificantEvent::kApplicationReturned:
      proposal.mutable_application_returned();
      break;
    case CertificantEvent::kCertificationRenewed:
      proposal.mutable_certification_renewed();
      break;
    case CertificantEvent::kExtensionGranted:
      proposal.mutable_extension_granted();
      break;
    case CertificantEvent::kExtensionDenied:
      proposal.mutable_extension_denied();
      break;
    case CertificantEvent::kAuditClosed:
      proposal.mutable_audit_closed()->set_outcome(event.audit_closed().outcome());
      break;
    case CertificantEvent::kArrearsWrittenOff: {
      auto& write_off = *proposal.mutable_arrears_written_off();
      write_off.set_cycle_end_year(event.arrears_written_off().cycle_end_year());
      write_off.set_amount_minor_units(event.arrears_written_off().amount_minor_units());
      write_off.set_reason("as recorded");  // There has to be one; it is sealed.
      break;
    }
    case CertificantEvent::kDisputeDecided: {
      auto& decided = *proposal.mutable_dispute_decided();
      decided.set_dispute_position(event.dispute_decided().dispute_position());
      decided.set_outcome(event.dispute_decided().outcome());
      decided.set_reason("as recorded");
      break;
    }
    case CertificantEvent::kWaiverGranted: {
      auto& waiver = *proposal.mutable_waiver_granted();
      waiver = event.waiver_granted();
      waiver.clear_basis();
      waiver.clear_authority();
      waiver.set_reason("as recorded");
      break;
    }
    default:
      break;
  }
  return proposal;
}

// What deciding gives of an event: its free text is the caller's.
std::string DecidedPart(CertificantEvent event) {
  if (event.has_application_returned()) event.mutable_application_returned()->clear_reason();
  if (event.has_arrears_written_off()) event.mutable_arrears_written_off()->clear_reason();
  if (event.has_dispute_decided()) event.mutable_dispute_decided()->clear_reason();
  if (event.has_waiver_granted()) {
    event.mutable_waiver_granted()->clear_reason();
    event.mutable_waiver_granted()->clear_authority();
  }
  return event.SerializeAsString();
}

Redecision DecideAnew(const Facts& facts, const RecordedDecision& decision) {
  const domain::Moment moment = StampOf(decision.record).effective;
  const domain::CommandContext context{moment, moment, decision.basis().position(),
                                       decision.basis().time_zone_database()};
  Redecision redecision;
  absl::StatusOr<CertificantEvent> event =
      domain::Decide(facts, ProposalOf(decision.event), context);
  redecision.refusal = event.status();
  if (event.ok()) redecision.event = *std::move(event);
  return redecision;
}

// Leaves out what a merge carries of these positions.
void DropCarried(const std::set<int64_t>& without, CertificantEvent& event) {
  if (!event.has_account_merged()) return;
  auto& facts = *event.mutable_account_merged()->mutable_facts();
  facts.erase(std::remove_if(facts.begin(), facts.end(),
                             [&](const event::v1::CarriedFact& fact) {
                               return without.count(fact.position()) > 0;
                             }),
              facts.end());
}

// The facts known up to a position, without the event at another one, which may be annulled among
// them. The versions of the state are not those of the stream.
absl::StatusOr<domain::CertificantState> LoadWithout(const eventstore::EventStore& store,
                                                     const std::string& certificant_id,
                                                     int64_t position, int64_t left_out) {
  domain::CertificantState state;
  std::set<int64_t> without = {left_out};  // And annulments of it.
  GS_RETURN_IF_ERROR(store.VisitStream(
      CertificantStream(certificant_id), [&](const Record& record) -> absl::Status {
        if (record.position() > position || without.count(record.position()) > 0) {
          return absl::OkStatus();
        }
        GS_ASSIGN_OR_RETURN(CertificantEvent event, DecodeCertificant(record));
        if (without.count(event.merged_fact_recorded().fact().position()) > 0) {
          return absl::OkStatus();
        }
        DropCarried(without, event);
        if (event.has_fact_annulled() && without.count(event.fact_annulled().fact_position()) > 0) {
          without.insert(record.position());
          return absl::OkStatus();
        }
        return domain::Evolve(event, StampOf(record), state);
      }));
  return state;
}

// --- Differences in words.

// "counted.total" as a person says it.
std::string FigureInWords(absl::string_view figure) {
  if (absl::ConsumePrefix(&figure, "requirement.")) {
    return absl::StrCat("the requirement \"", figure, "\"");
  }
  if (absl::ConsumePrefix(&figure, "counted.")) {
    return absl::StrCat("credits that count toward \"", figure, "\"");
  }
  if (absl::ConsumePrefix(&figure, "credit.")) return absl::StrCat("credit ", figure);
  if (absl::ConsumePrefix(&figure, "fees.")) return absl::StrCat("the ", figure, " fee");
  if (figure == "cycle_end") return "the end of the cycle";
  if (figure == "paid") return "the sum of payments that count";
  if (figure == "complete") return "whether the application is complete";
  if (figure == "certified") return "whether certified";
  return absl::StrCat("the ", figure);
}

std::string OrNothing(const std::string& text) { return text.empty() ? "none" : text; }

std::string YearsText(const type::v1::YearRange& years) {
  if (years.first_year() == years.last_year()) return absl::StrCat("the year ", years.first_year());
  return absl::StrCat("the years ", years.first_year(), " to ", years.last_year());
}

std::string OutcomeText(const Redecision& redecision) {
  if (!redecision.refusal.ok()) {
    const auto refusal = domain::GetRefusal(redecision.refusal);
    return absl::StrCat("refused as ", refusal ? refusal->reason : "faulty", " (",
                        redecision.refusal.message(), ")");
  }
  if (!redecision.event.has_certification_renewed()) return "allowed";
  const auto& renewed = redecision.event.certification_renewed();
  const auto& fees = renewed.fees();
  const int64_t sum = fees.recertification_minor_units() + fees.late_minor_units() +
                      fees.extension_minor_units() + fees.reinstatement_minor_units();
  return absl::StrCat("allowed, with fees of ", domain::FormatHundredths(sum), " on the credits ",
                      OrNothing(absl::StrJoin(renewed.credit_references(), ", ")));
}

// Evaluations of one question, and what of them differs.
class Replayer {
 public:
  Replayer(const BoardFacts& board, const ReplayQuestion& question)
      : board_(board), question_(question) {}

  absl::StatusOr<DecisionReplay> Run(const eventstore::EventStore& store) {
    GS_RETURN_IF_ERROR(Load(store));
    const Knowledge then{.max_position = question_.then_position};
    const Knowledge now{.max_position = question_.now_position};
    const Facts then_then{then_, rules_then_, *board_.catalogue, then};
    const Facts then_now{then_, rules_now_, *board_.catalogue, then};
    const Facts now_now{now_, rules_now_, *board_.catalogue, now};
    DecisionReplay replay;
    replay.facts_then_rules_then = Recompute(then_then, then_then);
    replay.facts_then_rules_now = Recompute(then_now, then_now);
    replay.facts_now_rules_now =
        Recompute(now_now, {now_undecided_, rules_now_, *board_.catalogue, now});
    GS_ASSIGN_OR_RETURN(replay.reproduced, CheckReproduced(replay.facts_then_rules_then));
    AddRules(now_now, replay.differences);
    GS_RETURN_IF_ERROR(AddFacts(store, replay.differences));
    AddAnswers(Kind::kByRules, then_then, then_now, replay.differences);
    AddDecisions(Kind::kByRules, replay.facts_then_rules_then, replay.facts_then_rules_now,
                 replay.differences);
    AddAnswers(Kind::kByFacts, then_now, now_now, replay.differences);
    AddDecisions(Kind::kByFacts, replay.facts_then_rules_now, replay.facts_now_rules_now,
                 replay.differences);
    return replay;
  }

 private:
  absl::Status Load(const eventstore::EventStore& store) {
    const std::string& id = question_.certificant_id;
    const Knowledge then{.max_position = question_.then_position};
    const Knowledge now{.max_position = question_.now_position};
    GS_ASSIGN_OR_RETURN(then_, LoadCertificant(store, question_.then_certificant_id, then));
    GS_ASSIGN_OR_RETURN(now_, LoadCertificant(store, id, now));
    if (question_.decision) {
      GS_ASSIGN_OR_RETURN(now_undecided_, LoadWithout(store, id, question_.now_position,
                                                      question_.decision->record.position()));
    }
    GS_ASSIGN_OR_RETURN(rules_then_, board_.rulebook->View(then, std::nullopt));
    GS_ASSIGN_OR_RETURN(rules_now_, board_.rulebook->View(now, std::nullopt));
    return absl::OkStatus();
  }

  domain::Cutoff cutoff() const { return domain::Cutoff::EndOf(question_.day); }

  Recomputation Recompute(const Facts& facts, const Facts& undecided) const {
    Recomputation result;
    result.answer = BuildAnswer(facts, question_.day);
    result.lines = domain::Explain(facts, domain::Evaluate(facts, cutoff()));
    if (question_.decision) result.decision = DecideAnew(undecided, *question_.decision);
    return result;
  }

  // Whether the decision was found to be what it should be; false where that cannot be said.
  absl::StatusOr<bool> CheckReproduced(const Recomputation& then) const {
    if (!question_.decision) return false;
    const RecordedDecision& decision = *question_.decision;
    if (decision.basis().evaluator_revision() != domain::kEvaluatorRevision) return false;
    if (then.decision->refusal.ok() &&
        DecidedPart(then.decision->event) == DecidedPart(decision.event)) {
      return true;
    }
    const std::string position = absl::StrCat(decision.record.position());
    return domain::Refuse(
        "REPLAY_DIFFERS",
        absl::StrCat("The facts and rules of then do not give the decision recorded at position ",
                     position, "; it was taken by an evaluator of the same revision."),
        "decision_position", {{"position", position}});
  }

  // Corrections and publications since, of rules that judge one of the person's cycles.
  void AddRules(const Facts& facts, std::vector<ReplayDifference>& differences) const {
    std::set<int> years;
    for (const domain::CycleStatus& cycle : domain::CareerAt(facts, cutoff()).cycles) {
      years.insert(cycle.end_year);
    }
    for (const auto& [name, revisions] : board_.rulebook->revisions()) {
      for (size_t i = 0; i < revisions.size(); ++i) {
        if (!IsNew(revisions[i].position)) continue;
        if (i == 0) {
          differences.push_back(
              {Kind::kRule,
               absl::StrCat("The publication of the rules ", name, " was ",
                            Recorded(revisions[i].recorded_micros, revisions[i].position)),
               {revisions[i].position}});
        } else {
          AddCorrection(name, revisions[i - 1], revisions[i], years, differences);
        }
      }
    }
  }

  void AddCorrection(const std::string& name, const domain::RuleSetRevision& before,
                     const domain::RuleSetRevision& after, const std::set<int>& years,
                     std::vector<ReplayDifference>& differences) const {
    const auto& corrected = after.event.rule_set_corrected();
    const auto year = years.lower_bound(corrected.years().first_year());
    if (year == years.end() || *year > corrected.years().last_year()) return;
    for (const type::v1::FigureChange& change : corrected.changes()) {
      std::string old_value;
      for (const domain::FigureSegment& segment : before.segments) {
        if (segment.first_year <= *year && *year <= segment.last_year) {
          old_value = domain::FigureText(change.path(), segment.rule_set);
        }
      }
      differences.push_back(
          {Kind::kRule,
           absl::StrCat("Rule ", change.path(), " for ", YearsText(corrected.years()), ": ",
                        OrNothing(old_value), " → ", change.value(), ", by ", name, " version ",
                        after.version, ", ", Recorded(after.recorded_micros, after.position)),
           {after.position}});
    }
  }

  // Facts of the person, and of the activities that their credits name, effective by the day and
  // not known then.
  absl::Status AddFacts(const eventstore::EventStore& store,
                        std::vector<ReplayDifference>& differences) const {
    std::vector<ReplayDifference> facts;
    GS_RETURN_IF_ERROR(store.VisitStream(
        CertificantStream(question_.certificant_id), [&](const Record& record) -> absl::Status {
          const domain::Moment effective = StampOf(record).effective;
          if (!IsNew(record.position())) return absl::OkStatus();
          GS_ASSIGN_OR_RETURN(const CertificantEvent event, DecodeCertificant(record));
          // What is annulled never was, whenever that was found out.
          if (!event.has_fact_annulled() && !cutoff().Includes(effective)) return absl::OkStatus();
          if (!BearsOnStanding(event) || rules_now_.Default() == nullptr) return absl::OkStatus();
          facts.push_back(
              {Kind::kFact,
               absl::StrCat(FactText(event, effective.date, *rules_now_.Default()), ", was ",
                            Recorded(record.recorded_micros(), record.position())),
               {record.position()}});
          return absl::OkStatus();
        }));
    AddActivities(facts);
    std::stable_sort(facts.begin(), facts.end(),
                     [](const auto& a, const auto& b) { return a.positions < b.positions; });
    std::move(facts.begin(), facts.end(), std::back_inserter(differences));
    return absl::OkStatus();
  }

  void AddActivities(std::vector<ReplayDifference>& differences) const {
    std::set<std::string> activities;
    for (const domain::CreditRecord& credit : now_.credits) activities.insert(credit.activity_id);
    for (const std::string& id : activities) {
      const domain::CatalogueEntry* const entry = board_.catalogue->Find(id);
      if (entry == nullptr) continue;
      for (const domain::CatalogueFact& fact : entry->facts) {
        if (!IsNew(fact.position) || !cutoff().Includes(fact.effective)) continue;
        differences.push_back(
            {Kind::kFact,
             absl::StrCat("The ", fact.approval ? "approval" : "withdrawal", " of the activity ",
                          id, ", effective ", fact.effective.date.ToWords(), ", was ",
                          Recorded(fact.recorded_micros, fact.position)),
             {fact.position}});
      }
    }
  }

  void AddAnswers(Kind kind, const Facts& before, const Facts& after,
                  std::vector<ReplayDifference>& differences) const {
    for (const FigureDifference& figure :
         Compare(domain::Evaluate(before, cutoff()), domain::Evaluate(after, cutoff()))) {
      differences.push_back(
          {kind,
           absl::StrCat(By(kind), FigureInWords(figure.figure), ": ", OrNothing(figure.before),
                        " → ", OrNothing(figure.after), "."),
           {}});
    }
  }

  static void AddDecisions(Kind kind, const Recomputation& before, const Recomputation& after,
                           std::vector<ReplayDifference>& differences) {
    if (!before.decision) return;
    const std::string was = OutcomeText(*before.decision);
    const std::string would_be = OutcomeText(*after.decision);
    if (was == would_be) return;
    differences.push_back(
        {kind, absl::StrCat(By(kind), "the decision: ", was, " → ", would_be, "."), {}});
  }

  static absl::string_view By(Kind kind) {
    return kind == Kind::kByRules ? "By the rules of now, " : "By the facts of now, ";
  }

  bool IsNew(int64_t position) const {
    return question_.then_position < position && position <= question_.now_position;
  }

  // "recorded on January 5, 2026, at position 91."
  std::string Recorded(int64_t micros, int64_t position) const {
    return absl::StrCat("recorded on ", question_.day_of(micros).ToWords(), ", at position ",
                        position, ".");
  }

  const BoardFacts& board_;
  const ReplayQuestion& question_;
  domain::CertificantState then_;
  domain::CertificantState now_;
  domain::CertificantState now_undecided_;
  domain::RulebookView rules_then_;
  domain::RulebookView rules_now_;
};

}  // namespace

const event::v1::DecisionBasis* BasisOf(const CertificantEvent& event) {
  switch (event.event_case()) {
    case CertificantEvent::kApplicationReturned:
      return &event.application_returned().basis();
    case CertificantEvent::kCertificationRenewed:
      return &event.certification_renewed().basis();
    case CertificantEvent::kExtensionGranted:
      return &event.extension_granted().basis();
    case CertificantEvent::kExtensionDenied:
      return &event.extension_denied().basis();
    case CertificantEvent::kAuditClosed:
      return &event.audit_closed().basis();
    case CertificantEvent::kArrearsWrittenOff:
      return &event.arrears_written_off().basis();
    case CertificantEvent::kDisputeDecided:
      return &event.dispute_decided().basis();
    case CertificantEvent::kWaiverGranted:
      return &event.waiver_granted().basis();
    default:
      return nullptr;
  }
}

// What it saw can be named with a position that others were given in the end.
int64_t RecordedDecision::then_position() const {
  return std::min(basis().position(), record.position() - 1);
}

absl::StatusOr<RecordedDecision> ReadDecision(const Record& record) {
  RecordedDecision decision;
  decision.record = record;
  GS_ASSIGN_OR_RETURN(decision.event, DecodeCertificant(record));
  if (BasisOf(decision.event) != nullptr) return decision;
  return domain::Refuse(
      "NOT_A_DECISION",
      absl::StrCat("The event at position ", record.position(), " is ", record.kind(),
                   ", which rests on no rules: an approval, a return, a granted or denied "
                   "extension, the end of an audit, a write-off, the decision of a dispute or a "
                   "waiver does."),
      "decision_position",
      {{"position", absl::StrCat(record.position())}, {"kind", record.kind()}});
}

absl::Status TakeAsCarried(const eventstore::EventStore& store, const std::string& survivor_id,
                           RecordedDecision& decision) {
  bool found = false;
  GS_RETURN_IF_ERROR(
      store.VisitStream(CertificantStream(survivor_id), [&](const Record& record) -> absl::Status {
        if (record.kind() != "MergedFactRecorded") return absl::OkStatus();
        GS_ASSIGN_OR_RETURN(const CertificantEvent event, DecodeCertificant(record));
        const event::v1::CarriedFact& fact = event.merged_fact_recorded().fact();
        if (fact.position() != decision.record.position()) return absl::OkStatus();
        found = decision.event.ParseFromString(fact.event());
        return absl::OkStatus();
      }));
  if (found && BasisOf(decision.event) != nullptr) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(survivor_id, " does not carry the decision at position ",
                                          decision.record.position()));
}

absl::StatusOr<DecisionReplay> ReplayDecision(const eventstore::EventStore& store,
                                              const BoardFacts& board,
                                              const ReplayQuestion& question) {
  return Replayer(board, question).Run(store);
}

absl::StatusOr<int64_t> PositionAt(const eventstore::EventStore& store, int64_t recorded_micros) {
  int64_t known = 0;
  int64_t unknown = store.Head() + 1;
  while (unknown - known > 1) {
    const int64_t middle = known + (unknown - known) / 2;
    GS_ASSIGN_OR_RETURN(const eventstore::Page page,
                        store.ReadLog(middle, eventstore::Direction::kForward, 1));
    if (page.records.empty()) return absl::DataLossError("a position of the log is empty");
    (page.records[0].recorded_micros() <= recorded_micros ? known : unknown) = middle;
  }
  return known;
}

}  // namespace goodstanding::projections
