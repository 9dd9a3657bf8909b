// What credit records earn toward a cycle: section 4 of the rules, and the counting window of
// section 3.
//
// "Qualifying Recertification CE Activities" and "Extension Requests" on the source page.
#ifndef GOODSTANDING_DOMAIN_CREDITS_H_
#define GOODSTANDING_DOMAIN_CREDITS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "domain/career.h"
#include "domain/catalogue.h"
#include "domain/certificant.h"
#include "domain/knowledge.h"

namespace goodstanding::domain {

// Why a record earns nothing; a record has the first that holds, in this order.
enum class CreditReason {
  kEarns,
  kWithdrawn,
  kDisallowed,
  kOutsideCycle,
  kActivityDoesNotQualify,
  kPaidService,
  kAwaitingVerification,
  kActivityNotApproved,
  kNotDocumented,
  kDuplicate,
  kPartOfAnother,
  kCountedInPreviousCycle,
  kCountsInNextCycle,
  kOneCoursePerCycle,
};

// "OUTSIDE_CYCLE"; empty for kEarns.
absl::string_view CreditReasonName(CreditReason reason);

// A record as it stands by a cutoff, judged for one cycle.
struct CreditJudgment {
  const CreditRecord* record = nullptr;  // Owned by the state.
  const ActivityKind* kind =
      nullptr;  // Owned by the rulebook; nullptr for a kind it does not have.
  CreditFigures figures;
  bool documented = false;
  bool verified = false;
  CreditReason reason = CreditReason::kEarns;
  Hundredths earned = 0;  // 0 unless kEarns.

  bool approved() const { return kind != nullptr && kind->approved; }
};

// The judgments of a cycle and their sums.
struct CreditCount {
  std::vector<CreditJudgment> judgments;  // In log order.
  Hundredths total = 0;
  Hundredths approved = 0;

  bool Meets(const Level& level) const;
  Hundredths Counted(const RequirementLine& line) const {
    return line.approved_only ? approved : total;
  }
};

// For which records, and how strictly, credits are counted.
struct CreditQuestion {
  Cutoff cutoff;                        // State of the records.
  Date reported_through = Date::Max();  // Records reported later are left out; inclusive.
  bool documents_demanded = false;
  bool sums_only = false;  // The judgments are not wanted.
};

// Judges every record effective by the cutoff for the cycle at `cycle_index`. `level` is the
// requirement that the extension's credits help to fill.
CreditCount CountCredits(const CertificantState& state, const Career& career, size_t cycle_index,
                         const Level& level, const Catalogue& catalogue, const Knowledge& knowledge,
                         const CreditQuestion& question);

// Whether two records report the same catalogue activity: of the same day, or in two accounts of
// the person. REQUIRES: each names one.
bool IsSameActivity(const CreditJudgment& a, const CreditJudgment& b);

// The record of the activity of which this one's is a part by the catalogue, and on whose days it
// was completed, among those that no reason up to DUPLICATE takes out; nullptr where there is none.
// A whole is no part itself.
const CreditJudgment* FindWhole(const CreditJudgment& part,
                                const std::vector<CreditJudgment>& judgments,
                                const Catalogue& catalogue, const Knowledge& knowledge,
                                const Cutoff& cutoff);

// How much of an activity given in minutes earns credit: breaks are taken off, and of the
// housekeeping what exceeds its allowance in each net hour, pro rata.
struct QualifyingTime {
  int64_t net_minutes = 0;         // Less breaks.
  int64_t excess_seconds = 0;      // Housekeeping above the allowance.
  int64_t qualifying_seconds = 0;  // Net less excess; not negative.
};
QualifyingTime QualifyingTimeOf(const CreditFigures& figures, const Figures& rules);

// A record's figures after the amendments effective by the cutoff.
CreditFigures FiguresAt(const CreditRecord& record, const Cutoff& cutoff);

// Whether the record is withdrawn by the cutoff.
bool WithdrawnAt(const CreditRecord& record, const Cutoff& cutoff);

// An amendment applied to figures.
CreditFigures Amend(CreditFigures figures, const event::v1::CreditAmended& amendment);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_CREDITS_H_
