#include "projections/reconsider.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "domain/decide.h"
#include "domain/refusal.h"
#include "domain/timeline.h"
#include "projections/codec.h"
#include "projections/ordered_sweep.h"
#include "projections/replay.h"

namespace goodstanding::projections {
namespace {

using domain::Evaluation;
using domain::Standing;
using event::v1::CertificantEvent;
using event::v1::Record;
using Kind = ReconsiderationKind;

constexpr absl::string_view kAllowed = "ALLOWED";

// A recorded event about a renewal, and the question that it answered.
struct Decision {
  Kind kind = Kind::kApproval;
  int cycle_end_year = 0;
  int64_t rule_set_version = 0;  // 0: the event does not say.
  CertificantEvent proposed;     // What was to be allowed or not.
  bool was_allowed = true;
};

template <typename Event>
Decision Accepted(Kind kind, const Event& event) {
  Decision decision;
  decision.kind = kind;
  decision.cycle_end_year = event.cycle_end_year();
  return decision;
}

template <typename Event>
Decision ByStaff(Kind kind, const Event& event) {
  Decision decision = Accepted(kind, event);
  decision.rule_set_version = event.basis().rule_set().version();
  decision.was_allowed = kind == Kind::kApproval || kind == Kind::kExtensionGrant;
  return decision;
}

// The decision of an event; nullopt for one that decides nothing about a renewal. A return and a
// denial are asked whether what was wanted could have been allowed.
std::optional<Decision> DecisionOf(const CertificantEvent& event) {
  switch (event.event_case()) {
    case CertificantEvent::kApplicationSubmitted: {
      Decision decision = Accepted(Kind::kSubmission, event.application_submitted());
      decision.proposed.mutable_application_submitted();
      return decision;
    }
    case CertificantEvent::kApplicationReturned: {
      Decision decision = ByStaff(Kind::kReturn, event.application_returned());
      decision.proposed.mutable_certification_renewed();
      return decision;
    }
    case CertificantEvent::kCertificationRenewed: {
      Decision decision = ByStaff(Kind::kApproval, event.certification_renewed());
      decision.proposed.mutable_certification_renewed();
      return decision;
    }
    case CertificantEvent::kExtensionRequested: {
      Decision decision = Accepted(Kind::kExtensionRequest, event.extension_requested());
      decision.proposed.mutable_extension_requested();
      return decision;
    }
    case CertificantEvent::kExtensionGranted: {
      Decision decision = ByStaff(Kind::kExtensionGrant, event.extension_granted());
      decision.proposed.mutable_extension_granted();
      return decision;
    }
    case CertificantEvent::kExtensionDenied: {
      Decision decision = ByStaff(Kind::kExtensionDenial, event.extension_denied());
      decision.proposed.mutable_extension_granted();
      return decision;
    }
    case CertificantEvent::kReinstatementRequested: {
      Decision decision = Accepted(Kind::kReinstatementRequest, event.reinstatement_requested());
      decision.proposed.mutable_reinstatement_requested();
      return decision;
    }
    default:
      return std::nullopt;
  }
}

// What the decision code says, as of then.
Ruling Rule(const domain::Facts& facts, const Decision& decision, const domain::Stamp& stamp) {
  const domain::CommandContext context{stamp.effective, stamp.effective, stamp.position - 1, ""};
  const absl::Status status = domain::Decide(facts, decision.proposed, context).status();
  if (status.ok()) return {std::string(kAllowed), ""};
  const auto refusal = domain::GetRefusal(status);
  return {refusal ? refusal->reason : status.ToString(), std::string(status.message())};
}

// Whether a standing is one that a lapse leads to, or an expiry.
bool IsLost(Kind kind, Standing standing) {
  return standing == type::v1::STANDING_EXPIRED ||
         (kind == Kind::kLapse && (standing == type::v1::STANDING_LAPSED ||
                                   standing == type::v1::STANDING_REINSTATEMENT_REVIEW));
}

// Follows one person's events, and keeps what is to be settled.
class Reviewer {
 public:
  Reviewer(const CorrectionQuestion& question, const type::v1::YearRange& years,
           ReconsiderationBatch& batch)
      : question_(question), correction_(question.correction), years_(years), batch_(batch) {}

  absl::Status Take(const Record& record) {
    if (record.version() == 1) {
      Finish();
      person_ = ReplayedCertificant();
      id_ = std::string(*StreamId(record.stream(), kCertificantPrefix));
    }
    GS_ASSIGN_OR_RETURN(const CertificantEvent event, DecodeCertificant(record));
    const std::optional<Decision> decision = DecisionOf(event);
    if (decision) ReviewDecision(*decision, StampOf(record));
    return Advance(record, person_);
  }

  // The last person's events are all there.
  void Finish() {
    if (person_.state.version == 0) return;
    ++batch_.certificants;
    ReviewStandings();
    // What was annulled since decided nothing.
    std::erase_if(of_person_, [&](const Reconsideration& found) {
      return person_.state.AnnulmentOf(found.position) != 0;
    });
    std::stable_sort(of_person_.begin(), of_person_.end(),
                     [](const auto& a, const auto& b) { return a.position < b.position; });
    std::move(of_person_.begin(), of_person_.end(), std::back_inserter(batch_.found));
    of_person_.clear();
  }

 private:
  bool Wanted(int year) const { return years_.first_year() <= year && year <= years_.last_year(); }

  domain::Facts FactsUnder(const domain::RulebookView& rules, int64_t position) const {
    return {person_.state, rules, question_.catalogue, {.max_position = position}};
  }

  void ReviewDecision(const Decision& decision, const domain::Stamp& stamp) {
    if (!Wanted(decision.cycle_end_year)) return;
    const int64_t known = stamp.position - 1;
    const domain::Cutoff cutoff = domain::Cutoff::At(stamp.effective);
    const domain::Facts after = FactsUnder(correction_.after(), known);
    if (correction_.Spares(domain::CareerAt(FactsUnder(correction_.before(), known), cutoff))) {
      return;
    }
    const int64_t version = VersionOf(decision, known);
    const domain::RulebookView rules = RulesBefore(version);
    const domain::Facts before = FactsUnder(rules, known);
    Reconsideration found;
    found.before = Rule(before, decision, stamp);
    found.after = Rule(after, decision, stamp);
    const bool was = found.before.outcome == kAllowed;
    const bool would_be = found.after.outcome == kAllowed;
    if (was != decision.was_allowed || would_be == was) return;
    found.kind = decision.kind;
    found.cycle_end_year = decision.cycle_end_year;
    found.position = stamp.position;
    found.date = stamp.effective.date;
    found.rule_set_version = version;
    found.why = ExplainDifference(before, domain::Evaluate(before, cutoff), after,
                                  domain::Evaluate(after, cutoff));
    Keep(std::move(found));
  }

  // The version that judged the cycle when the decision was recorded.
  int64_t VersionOf(const Decision& decision, int64_t known) const {
    if (decision.rule_set_version != 0) return decision.rule_set_version;
    const auto view = correction_.board().View({.max_position = known}, std::nullopt);
    return view.ok() ? view->For(decision.cycle_end_year).version : 0;
  }

  // A decision of later than the base is compared from its own version on.
  domain::RulebookView RulesBefore(int64_t version) const {
    if (version <= correction_.base_version()) return correction_.before();
    const auto view =
        correction_.board().View({}, domain::RuleSetChoice{correction_.name(), version});
    return view.ok() ? *view : correction_.before();
  }

  void ReviewStandings() {
    const domain::Facts before = FactsUnder(correction_.before(), question_.position);
    const domain::Facts after = FactsUnder(correction_.after(), question_.position);
    if (correction_.Spares(domain::CareerAt(before, domain::Cutoff::EndOf(domain::Date::Max())))) {
      return;
    }
    const std::vector<domain::StandingSpan> was = domain::BuildTimeline(before);
    const std::vector<domain::StandingSpan> would_be = domain::BuildTimeline(after);
    for (const Kind kind : {Kind::kLapse, Kind::kExpiry}) {
      for (size_t i = 0; i < was.size(); ++i) {
        // A run of such standings is one lapse, whatever else changes in it.
        if (!Begins(kind, was, i) || !Wanted(was[i].cycle_end_year)) continue;
        size_t end = i + 1;
        while (end < was.size() && IsLost(kind, was[end].standing)) ++end;
        const domain::Date last = end < was.size() ? was[end].from - 1 : domain::Date::Max();
        const auto day = FirstSpared(kind, would_be, was[i].from, std::min(last, question_.day));
        if (day) KeepLapse(kind, was[i].cycle_end_year, *day, before, after);
      }
    }
  }

  static bool Begins(Kind kind, const std::vector<domain::StandingSpan>& spans, size_t i) {
    return IsLost(kind, spans[i].standing) && (i == 0 || !IsLost(kind, spans[i - 1].standing));
  }

  // The first day from `first` to `last`, both inclusive, on which the person has not lost it.
  static std::optional<domain::Date> FirstSpared(Kind kind,
                                                 const std::vector<domain::StandingSpan>& spans,
                                                 domain::Date first, domain::Date last) {
    for (size_t i = 0; i < spans.size(); ++i) {
      const domain::Date through =
          i + 1 < spans.size() ? spans[i + 1].from - 1 : domain::Date::Max();
      if (through < first || IsLost(kind, spans[i].standing)) continue;
      const domain::Date day = std::max(first, spans[i].from);
      return day <= last ? std::optional(day) : std::nullopt;
    }
    return std::nullopt;
  }

  void KeepLapse(Kind kind, int cycle_end_year, domain::Date day, const domain::Facts& before,
                 const domain::Facts& after) {
    const domain::Cutoff cutoff = domain::Cutoff::EndOf(day);
    Reconsideration found;
    const Evaluation old_evaluation = domain::Evaluate(before, cutoff);
    const Evaluation new_evaluation = domain::Evaluate(after, cutoff);
    const domain::ExplanationLine was = domain::Explain(before, old_evaluation).front();
    const domain::ExplanationLine would_be = domain::Explain(after, new_evaluation).front();
    found.before = {was.reason, was.text};
    found.after = {would_be.reason, would_be.text};
    found.kind = kind;
    found.cycle_end_year = cycle_end_year;
    for (const int64_t position : was.positions) {
      found.position = std::max(found.position, position);
    }
    found.date = day;
    found.rule_set_version = correction_.base_version();
    found.why = ExplainDifference(before, old_evaluation, after, new_evaluation);
    Keep(std::move(found));
  }

  void Keep(Reconsideration found) {
    found.certificant_id = id_;
    found.rule_set = correction_.name();
    of_person_.push_back(std::move(found));
  }

  const CorrectionQuestion& question_;
  const Correction& correction_;
  const type::v1::YearRange& years_;
  ReconsiderationBatch& batch_;
  std::string id_;
  ReplayedCertificant person_;
  std::vector<Reconsideration> of_person_;
};

}  // namespace

absl::Status FindReconsiderations(const eventstore::EventStore& store,
                                  const CorrectionQuestion& question,
                                  const type::v1::YearRange& years, const SweepScope& scope,
                                  const std::function<bool(const ReconsiderationBatch&)>& emit) {
  GS_ASSIGN_OR_RETURN(const auto ranges, RangesOf(store, scope));
  const auto scan = [&](const eventstore::StreamRange& range,
                        ReconsiderationBatch& batch) -> absl::Status {
    Reviewer reviewer(question, years, batch);
    GS_RETURN_IF_ERROR(store.VisitStreams(
        range, question.position, [&](const Record& record) { return reviewer.Take(record); }));
    reviewer.Finish();
    return absl::OkStatus();
  };
  return SweepInOrder<ReconsiderationBatch>(ranges, scope.threads, scan, emit);
}

}  // namespace goodstanding::projections
