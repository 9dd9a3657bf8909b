#include "domain/credits.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace goodstanding::domain {
namespace {

// The state of a record by a cutoff.
struct RecordStatus {
  CreditFigures figures;
  bool documented = false;
  bool verified = false;
  bool withdrawn = false;
  bool disallowed = false;
};

RecordStatus StatusAt(const CreditRecord& record, const Cutoff& cutoff) {
  RecordStatus status;
  status.figures = record.reported;
  status.documented = record.documented;
  for (const CreditChange& change : record.changes) {
    if (!cutoff.Includes(change.stamp.effective)) continue;
    switch (change.type) {
      case CreditChangeType::kAmended:
        status.figures = Amend(status.figures, *change.amendment);
        break;
      case CreditChangeType::kDocumented:
        status.documented = true;
        break;
      case CreditChangeType::kVerified:
        status.verified = true;
        break;
      case CreditChangeType::kWithdrawn:
        status.withdrawn = true;
        break;
      case CreditChangeType::kDisallowed:
        status.disallowed = true;
        break;
      case CreditChangeType::kReinstated:
        status.disallowed = false;
        break;
    }
  }
  return status;
}

// Minutes to credits: qualifying time, then the rate, then rounding down to the increment.
Hundredths CreditsOfMinutes(const CreditFigures& figures, const ActivityKind& kind,
                            const Figures& rules) {
  constexpr int64_t kSecondsPerHour = 3600;
  const QualifyingTime time = QualifyingTimeOf(figures, rules);
  return RoundDownToMultiple(time.qualifying_seconds * kind.rate / kSecondsPerHour,
                             rules.credit_increment);
}

Hundredths CreditsOf(const CreditFigures& figures, const ActivityKind& kind, const Figures& rules) {
  switch (kind.unit) {
    case type::v1::ACTIVITY_UNIT_MINUTES:
      return CreditsOfMinutes(figures, kind, rules);
    case type::v1::ACTIVITY_UNIT_COUNT:
      return figures.amount.value * kind.rate;
    default:
      return figures.amount.value * kind.rate / 100;  // Rounded down to hundredths.
  }
}

bool InWindow(const CycleStatus& cycle, Date completed) {
  // In the first cycle the activity must be completed after the day of the first grant.
  const Date first = cycle.number == 1 ? cycle.start + 1 : cycle.start;
  return first <= completed && completed <= cycle.last_counting_day();
}

// Judges a cycle's records, reason by reason in the order of the list; a record taken out by one
// plays no part in the later ones.
class Judge {
 public:
  Judge(const CertificantState& state, const Career& career, size_t cycle_index, const Level& level,
        const Catalogue& catalogue, const Knowledge& knowledge, const CreditQuestion& question)
      : state_(state),
        career_(career),
        index_(cycle_index),
        cycle_(career.cycles[cycle_index]),
        level_(level),
        catalogue_(catalogue),
        knowledge_(knowledge),
        question_(question) {}

  CreditCount Count() {
    if (!question_.sums_only) count_.judgments.reserve(state_.credits.size());
    for (const CreditRecord& record : state_.credits) {
      if (question_.cutoff.Includes(record.stamp.effective) &&
          record.stamp.effective.date <= question_.reported_through && Matters(record)) {
        count_.judgments.push_back(JudgeAlone(record));
      }
    }
    TakeOutDuplicates();
    TakeOutParts();
    TakeOutCountedBefore();
    if (cycle_.extension_granted) LeaveToNextCycle();
    TakeOutCourses();
    for (CreditJudgment& judgment : count_.judgments) {
      if (judgment.reason != CreditReason::kEarns) {
        judgment.earned = 0;
        continue;
      }
      count_.total += judgment.earned;
      if (judgment.approved()) count_.approved += judgment.earned;
    }
    if (question_.sums_only) count_.judgments.clear();
    return std::move(count_);
  }

 private:
  // Whether a record can have a part in what is asked. One outside of the window earns nothing, and
  // takes nothing from another.
  bool Matters(const CreditRecord& record) const {
    return !question_.sums_only || !record.changes.empty() ||
           InWindow(cycle_, record.reported.completed);
  }

  CreditJudgment JudgeAlone(const CreditRecord& record) const {
    RecordStatus status = StatusAt(record, question_.cutoff);
    CreditJudgment judgment;
    judgment.record = &record;
    judgment.kind = cycle_.figures().FindKind(record.kind);
    judgment.documented = status.documented;
    judgment.verified = status.verified;
    const CatalogueFact* cover = nullptr;
    if (judgment.kind != nullptr && judgment.kind->catalogue_required) {
      cover = catalogue_.Covering(record.activity_id, status.figures.completed, knowledge_,
                                  question_.cutoff);
    }
    judgment.reason = ReasonAlone(record, status, judgment.kind, cover);
    if (judgment.reason == CreditReason::kEarns) {
      judgment.earned = CreditsOf(status.figures, *judgment.kind, cycle_.figures());
      if (cover != nullptr) judgment.earned = std::min(judgment.earned, cover->credits);
    }
    judgment.figures = status.figures;
    return judgment;
  }

  CreditReason ReasonAlone(const CreditRecord& record, const RecordStatus& status,
                           const ActivityKind* kind, const CatalogueFact* cover) const {
    if (status.withdrawn) return CreditReason::kWithdrawn;
    if (status.disallowed) return CreditReason::kDisallowed;
    if (!InWindow(cycle_, status.figures.completed)) return CreditReason::kOutsideCycle;
    if (kind == nullptr || kind->disqualified) return CreditReason::kActivityDoesNotQualify;
    if (kind->unpaid_only && record.paid) return CreditReason::kPaidService;
    if (kind->verification_required && !status.verified) {
      return CreditReason::kAwaitingVerification;
    }
    if (kind->catalogue_required && cover == nullptr) return CreditReason::kActivityNotApproved;
    if (kind->approved_programme_only && record.outside_approved_programme) {
      return CreditReason::kActivityNotApproved;
    }
    if (question_.documents_demanded && !status.documented) return CreditReason::kNotDocumented;
    return CreditReason::kEarns;
  }

  // Twice reported: of the same catalogue activity and day the one recorded first earns. In two
  // accounts of a person an activity was reported twice whatever the day.
  void TakeOutDuplicates() {
    std::vector<const CreditJudgment*> first;
    for (CreditJudgment& judgment : count_.judgments) {
      if (judgment.reason != CreditReason::kEarns || judgment.record->activity_id.empty()) continue;
      const bool seen = std::any_of(first.begin(), first.end(), [&](const CreditJudgment* other) {
        return IsSameActivity(*other, judgment);
      });
      if (seen) {
        judgment.reason = CreditReason::kDuplicate;
      } else {
        first.push_back(&judgment);
      }
    }
  }

  // An activity reported whole and by its parts earns once: as the whole.
  void TakeOutParts() {
    if (!catalogue_.has_parts()) return;
    for (CreditJudgment& part : count_.judgments) {
      if (part.reason != CreditReason::kEarns || part.record->activity_id.empty()) continue;
      if (FindWhole(part, count_.judgments, catalogue_, knowledge_, question_.cutoff) != nullptr) {
        part.reason = CreditReason::kPartOfAnother;
      }
    }
  }

  // What an earlier approval rests on stays with its cycle.
  void TakeOutCountedBefore() {
    for (size_t earlier = 0; earlier < index_; ++earlier) {
      const auto& terms = career_.cycles[earlier].terms;
      if (terms == nullptr) continue;
      const auto& references = terms->credit_references;
      for (CreditJudgment& judgment : count_.judgments) {
        if (judgment.reason == CreditReason::kEarns &&
            std::binary_search(references.begin(), references.end(), judgment.record->reference)) {
          judgment.reason = CreditReason::kCountedInPreviousCycle;
        }
      }
    }
  }

  // Credits completed inside the extension go to the extended cycle in order of completion, then of
  // recording, each as long as it helps; once approved, by what the approval rests on.
  void LeaveToNextCycle() {
    std::vector<CreditJudgment*> extended;
    std::vector<const CreditJudgment*> kept;
    for (CreditJudgment& judgment : count_.judgments) {
      if (judgment.reason != CreditReason::kEarns) continue;
      if (judgment.figures.completed > cycle_.calendar.cycle_end) {
        extended.push_back(&judgment);
      } else {
        kept.push_back(&judgment);
      }
    }
    std::stable_sort(extended.begin(), extended.end(),
                     [](const CreditJudgment* a, const CreditJudgment* b) {
                       return a->figures.completed < b->figures.completed;
                     });
    for (CreditJudgment* judgment : extended) {
      if (StaysInExtendedCycle(*judgment, kept)) {
        kept.push_back(judgment);
      } else {
        judgment->reason = CreditReason::kCountsInNextCycle;
      }
    }
  }

  bool StaysInExtendedCycle(const CreditJudgment& judgment,
                            const std::vector<const CreditJudgment*>& kept) const {
    if (cycle_.terms != nullptr) {
      const auto& references = cycle_.terms->credit_references;
      return std::binary_search(references.begin(), references.end(), judgment.record->reference);
    }
    for (const RequirementLine& line : level_.requirement) {
      const bool helps = !line.approved_only || judgment.approved();
      if (helps && Sum(kept, line.approved_only) < line.minimum) return true;
    }
    return false;
  }

  // What the kept records earn, of the kinds with one record a cycle only the best.
  static Hundredths Sum(const std::vector<const CreditJudgment*>& kept, bool approved_only) {
    Hundredths sum = 0;
    std::vector<const CreditJudgment*> best;
    for (const CreditJudgment* judgment : kept) {
      if (approved_only && !judgment->approved()) continue;
      if (!judgment->kind->one_per_cycle) {
        sum += judgment->earned;
        continue;
      }
      const auto same = std::find_if(best.begin(), best.end(), [&](const CreditJudgment* other) {
        return other->kind == judgment->kind;
      });
      if (same == best.end()) {
        best.push_back(judgment);
      } else if (judgment->earned > (*same)->earned) {
        *same = judgment;
      }
    }
    for (const CreditJudgment* judgment : best) sum += judgment->earned;
    return sum;
  }

  // Of several college courses the one with most credits earns; a tie goes to the one completed
  // first, then to the one recorded first.
  void TakeOutCourses() {
    std::vector<CreditJudgment*> best;
    for (CreditJudgment& judgment : count_.judgments) {
      if (judgment.reason != CreditReason::kEarns || !judgment.kind->one_per_cycle) continue;
      const auto same = std::find_if(best.begin(), best.end(), [&](const CreditJudgment* other) {
        return other->kind == judgment.kind;
      });
      if (same == best.end()) {
        best.push_back(&judgment);
        continue;
      }
      CreditJudgment*& other = *same;
      const auto rank = [](const CreditJudgment& j) {
        return std::tuple(-j.earned, j.figures.completed, j.record->stamp.position);
      };
      CreditJudgment* const loser = rank(judgment) < rank(*other) ? other : &judgment;
      if (loser == other) other = &judgment;
      loser->reason = CreditReason::kOneCoursePerCycle;
    }
  }

  const CertificantState& state_;
  const Career& career_;
  const size_t index_;
  const CycleStatus& cycle_;
  const Level& level_;
  const Catalogue& catalogue_;
  const Knowledge& knowledge_;
  const CreditQuestion& question_;
  CreditCount count_;
};

// First day of a reported activity: as reported, else that of the catalogue's approval.
Date FirstDay(const CreditJudgment& judgment, const Catalogue& catalogue,
              const Knowledge& knowledge, const Cutoff& cutoff) {
  if (judgment.figures.from) return *judgment.figures.from;
  const CatalogueFact* const approval = catalogue.Covering(
      judgment.record->activity_id, judgment.figures.completed, knowledge, cutoff);
  return approval == nullptr ? judgment.figures.completed : approval->from;
}

}  // namespace

bool IsSameActivity(const CreditJudgment& a, const CreditJudgment& b) {
  return a.record->activity_id == b.record->activity_id &&
         (a.figures.completed == b.figures.completed || a.record->account != b.record->account);
}

const CreditJudgment* FindWhole(const CreditJudgment& part,
                                const std::vector<CreditJudgment>& judgments,
                                const Catalogue& catalogue, const Knowledge& knowledge,
                                const Cutoff& cutoff) {
  const CatalogueFact* const approval =
      catalogue.Covering(part.record->activity_id, part.figures.completed, knowledge, cutoff);
  if (approval == nullptr || approval->part_of.empty()) return nullptr;
  for (const CreditJudgment& whole : judgments) {
    const bool counts =
        whole.reason == CreditReason::kEarns || whole.reason > CreditReason::kPartOfAnother;
    if (counts && whole.record->activity_id == approval->part_of &&
        FirstDay(whole, catalogue, knowledge, cutoff) <= part.figures.completed &&
        part.figures.completed <= whole.figures.completed) {
      return &whole;
    }
  }
  return nullptr;
}

absl::string_view CreditReasonName(CreditReason reason) {
  switch (reason) {
    case CreditReason::kEarns:
      return "";
    case CreditReason::kWithdrawn:
      return "WITHDRAWN";
    case CreditReason::kDisallowed:
      return "DISALLOWED";
    case CreditReason::kOutsideCycle:
      return "OUTSIDE_CYCLE";
    case CreditReason::kActivityDoesNotQualify:
      return "ACTIVITY_DOES_NOT_QUALIFY";
    case CreditReason::kPaidService:
      return "PAID_SERVICE";
    case CreditReason::kAwaitingVerification:
      return "AWAITING_VERIFICATION";
    case CreditReason::kActivityNotApproved:
      return "ACTIVITY_NOT_APPROVED";
    case CreditReason::kNotDocumented:
      return "NOT_DOCUMENTED";
    case CreditReason::kDuplicate:
      return "DUPLICATE";
    case CreditReason::kPartOfAnother:
      return "PART_OF_ANOTHER";
    case CreditReason::kCountedInPreviousCycle:
      return "COUNTED_IN_PREVIOUS_CYCLE";
    case CreditReason::kCountsInNextCycle:
      return "COUNTS_IN_NEXT_CYCLE";
    case CreditReason::kOneCoursePerCycle:
      return "ONE_COURSE_PER_CYCLE";
  }
  return "";
}

bool CreditCount::Meets(const Level& level) const {
  return std::all_of(level.requirement.begin(), level.requirement.end(),
                     [&](const RequirementLine& line) { return Counted(line) >= line.minimum; });
}

CreditCount CountCredits(const CertificantState& state, const Career& career, size_t cycle_index,
                         const Level& level, const Catalogue& catalogue, const Knowledge& knowledge,
                         const CreditQuestion& question) {
  return Judge(state, career, cycle_index, level, catalogue, knowledge, question).Count();
}

QualifyingTime QualifyingTimeOf(const CreditFigures& figures, const Figures& rules) {
  constexpr int64_t kSecondsPerMinute =
      60;  // An allowance an hour is exact in seconds of a minute.
  QualifyingTime time;
  time.net_minutes = figures.amount.value - figures.break_minutes;
  time.excess_seconds =
      std::max<int64_t>(0, kSecondsPerMinute * figures.housekeeping_minutes -
                               rules.housekeeping_minutes_per_hour * time.net_minutes);
  time.qualifying_seconds =
      std::max<int64_t>(0, kSecondsPerMinute * time.net_minutes - time.excess_seconds);
  return time;
}

CreditFigures FiguresAt(const CreditRecord& record, const Cutoff& cutoff) {
  return StatusAt(record, cutoff).figures;
}

bool WithdrawnAt(const CreditRecord& record, const Cutoff& cutoff) {
  return StatusAt(record, cutoff).withdrawn;
}

CreditFigures Amend(CreditFigures figures, const event::v1::CreditAmended& amendment) {
  if (amendment.has_completed_date()) {
    figures.completed = Date::FromProto(amendment.completed_date()).value_or(figures.completed);
  }
  if (amendment.has_from_date()) figures.from = Date::FromProto(amendment.from_date());
  if (amendment.has_amount()) figures.amount = Amount::FromProto(amendment.amount());
  if (amendment.has_break_minutes()) figures.break_minutes = amendment.break_minutes();
  if (amendment.has_housekeeping_minutes()) {
    figures.housekeeping_minutes = amendment.housekeeping_minutes();
  }
  return figures;
}

}  // namespace goodstanding::domain
