#include "domain/career.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "domain/waivers.h"

namespace goodstanding::domain {
namespace {

bool DatesAscend(const std::vector<Milestone>& milestones) {
  return std::is_sorted(milestones.begin(), milestones.end(),
                        [](const Milestone& a, const Milestone& b) {
                          return a.stamp.effective.date < b.stamp.effective.date;
                        });
}

}  // namespace

// Folds milestones into a career.
class CareerWalk::Builder {
 public:
  Builder(const RulebookView& rules, const ExpiryQuestion& expired)
      : rules_(rules), expired_(expired) {}

  void Take(const Milestone& milestone) {
    switch (milestone.type) {
      case MilestoneType::kGranted:
        return Grant(milestone);
      case MilestoneType::kRevoked:
        return End(milestone, TenureEnd::kRevoked);
      case MilestoneType::kSurrendered:
        return End(milestone, TenureEnd::kSurrendered);
      case MilestoneType::kAuditOpened:
        career_.audit_opened = milestone.stamp;
        return;
      case MilestoneType::kAuditClosed:
        career_.audit_opened.reset();
        return;
      default:
        return TakeInCycle(milestone);
    }
  }

  const Career& career() const { return career_; }

 private:
  void Grant(const Milestone& milestone) {
    if (career_.in_tenure() && expired_(career_, milestone.stamp)) career_.held.clear();
    if (!career_.in_tenure() || career_.held.empty()) BeginTenure(milestone);
    const auto place = std::lower_bound(
        career_.held.begin(), career_.held.end(), milestone.credential,
        [](const HeldCredential& a, const std::string& b) { return a.credential < b; });
    if (place != career_.held.end() && place->credential == milestone.credential) return;
    career_.held.insert(place, HeldCredential{milestone.credential, milestone.stamp});
  }

  // Cycle 1 runs from the first grant's date through the cycle's end three calendar years later.
  void BeginTenure(const Milestone& milestone) {
    const Date granted = milestone.stamp.effective.date;
    const Figures* const figures = rules_.Default();
    if (figures == nullptr) return;
    career_.ended = TenureEnd::kNone;
    career_.held.clear();
    early_.clear();
    CycleStatus cycle;
    cycle.tenure = career_.cycles.empty() ? 0 : career_.cycles.back().tenure + 1;
    cycle.start = granted;
    PushCycle(std::move(cycle), granted.year() + figures->cycle_years, milestone.stamp);
  }

  void PushCycle(CycleStatus cycle, int end_year, const Stamp& begun_by) {
    cycle.rules = rules_.For(end_year);
    if (cycle.rules.figures == nullptr) return;
    cycle.end_year = end_year;
    cycle.calendar = cycle.figures().CalendarOf(end_year);
    cycle.application_through = cycle.calendar.cycle_end;
    cycle.extension_request_through = cycle.calendar.cycle_end;
    cycle.begun_by = begun_by;
    career_.cycles.push_back(std::move(cycle));
  }

  void End(const Milestone& milestone, TenureEnd end) {
    if (!career_.in_tenure()) return;
    if (milestone.credential.empty()) career_.held.clear();
    std::erase_if(career_.held, [&](const HeldCredential& held) {
      return held.credential == milestone.credential;
    });
    if (!career_.held.empty()) return;
    career_.ended = end;
    career_.ended_by = milestone.stamp;
  }

  // The cycle of the running tenure that ends in a year; nullptr where it has none.
  CycleStatus* FindCycle(int end_year) {
    if (!career_.in_tenure()) return nullptr;
    const auto found =
        std::find_if(career_.cycles.begin(), career_.cycles.end(), [&](const CycleStatus& cycle) {
          return cycle.end_year == end_year && cycle.tenure == career_.cycles.back().tenure;
        });
    return found == career_.cycles.end() ? nullptr : &*found;
  }

  // A fact speaks of the cycle that it names, whichever was current on its day: what is recorded
  // later, of an earlier day, can move that, and so can an approval that is annulled.
  void TakeInCycle(const Milestone& milestone) {
    const int held = static_cast<int>(career_.held.size());
    CycleStatus* const cycle = FindCycle(milestone.cycle_end_year);
    if (cycle != nullptr) return ApplyToCycle(milestone, held, *cycle);
    if (career_.in_tenure()) early_.push_back({milestone, held});
  }

  // `held`: how many credentials were held on the fact's day.
  void ApplyToCycle(const Milestone& milestone, int held, CycleStatus& cycle) {
    switch (milestone.type) {
      case MilestoneType::kSubmitted:
        cycle.submitted = milestone.stamp;
        cycle.credentials_at_submission = held;
        return;
      case MilestoneType::kReturned:
        cycle.submitted.reset();
        return;
      case MilestoneType::kExtensionRequested:
        cycle.extension_requested = milestone.stamp;
        return;
      case MilestoneType::kExtensionGranted:
        cycle.extension_granted = milestone.stamp;
        return;
      case MilestoneType::kExtensionDenied:
        if (!cycle.extension_granted) cycle.extension_requested.reset();
        return;
      case MilestoneType::kReinstatementRequested:
        cycle.reinstatement_requested = milestone.stamp;
        return;
      case MilestoneType::kRenewed:
        return Renew(milestone, cycle);
      case MilestoneType::kWaived:
        return ApplyWaiver({milestone.waiver, milestone.stamp}, cycle);
      default:
        return;
    }
  }

  // Cycle n+1 runs from the day after cycle n through the cycle's end three years later.
  void Renew(const Milestone& milestone, CycleStatus& cycle) {
    if (cycle.renewed) return;
    cycle.renewed = milestone.stamp;
    cycle.terms = milestone.terms;
    CycleStatus next;
    next.tenure = cycle.tenure;
    next.number = cycle.number + 1;
    next.start = cycle.calendar.cycle_end + 1;
    const int end_year = cycle.end_year + cycle.figures().cycle_years;
    PushCycle(std::move(next), end_year, milestone.stamp);
    const std::vector<EarlyFact> early = std::move(early_);
    early_.clear();
    for (const EarlyFact& fact : early) {
      CycleStatus* const named = FindCycle(fact.milestone.cycle_end_year);
      if (named != nullptr) {
        ApplyToCycle(fact.milestone, fact.held, *named);
      } else {
        early_.push_back(fact);
      }
    }
  }

  // A fact about a cycle that had not begun.
  struct EarlyFact {
    Milestone milestone;
    int held;
  };

  const RulebookView& rules_;
  const ExpiryQuestion& expired_;
  Career career_;
  std::vector<EarlyFact> early_;  // Of the running tenure, in order.
};

CareerWalk::CareerWalk(const CertificantState& state, const RulebookView& rules,
                       ExpiryQuestion expired)
    : state_(state),
      rules_(rules),
      expired_(std::move(expired)),
      in_order_(DatesAscend(state.milestones)),
      builder_(std::make_unique<Builder>(rules_, expired_)) {}

CareerWalk::~CareerWalk() = default;

const Career& CareerWalk::To(const Cutoff& cutoff) {
  if (!in_order_) {
    builder_ = std::make_unique<Builder>(rules_, expired_);
    next_ = 0;
  }
  for (; next_ < state_.milestones.size(); ++next_) {
    const Milestone& milestone = state_.milestones[next_];
    if (cutoff.Includes(milestone.stamp.effective)) {
      builder_->Take(milestone);
    } else if (in_order_) {
      break;
    }
  }
  return builder_->career();
}

int Career::CurrentCycle(Date date) const {
  int index = static_cast<int>(cycles.size()) - 1;
  // The cycles of a tenure follow each other; the first one of the last tenure is the least answer.
  while (index > 0 && cycles[static_cast<size_t>(index)].start > date &&
         cycles[static_cast<size_t>(index)].number > 1) {
    --index;
  }
  return index;
}

Career BuildCareer(const CertificantState& state, const RulebookView& rules, const Cutoff& cutoff,
                   const ExpiryQuestion& expired) {
  return Career(CareerWalk(state, rules, expired).To(cutoff));
}

}  // namespace goodstanding::domain
