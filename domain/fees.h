// Fees and payments: section 6 of the rules. "Recertification Fees" and "Recertification Payments"
// on the source page.
#ifndef GOODSTANDING_DOMAIN_FEES_H_
#define GOODSTANDING_DOMAIN_FEES_H_

#include <optional>

#include "domain/career.h"
#include "domain/certificant.h"
#include "domain/knowledge.h"

namespace goodstanding::domain {

// Why a late fee is due.
enum class LateReason { kNotDue, kSubmittedLate, kNotSubmitted, kNotPaidInTime };

// The fees of a renewal and what they rest on.
struct FeeStatus {
  Fees fees;                     // Less what is waived.
  Fees waived;                   // Of those that are due.
  bool fixed = false;            // By the approval.
  bool member = false;           // Where not fixed: whether the member rate holds.
  const Level* level = nullptr;  // Where not fixed: whose fee. Owned by the rulebook.
  LateReason late = LateReason::kNotDue;
};

// The fees of a cycle's renewal by a cutoff: those that its approval fixed, else as they are due.
FeeStatus FeesAt(const CertificantState& state, const Career& career, const CycleStatus& cycle,
                 const Cutoff& cutoff);

// Which payments of a renewal are asked for.
struct PaymentQuestion {
  int cycle_end_year = 0;
  Date dated_through = Date::Max();     // By their own date; inclusive.
  Date received_through = Date::Max();  // By arrival; inclusive.
};

// The sum of payments that count by the cutoff: received, not returned or refunded.
Hundredths PaidAt(const CertificantState& state, const Cutoff& cutoff,
                  const PaymentQuestion& question);

// What is missing of the fixed fees of renewed cycles and was not written off, in sum.
Hundredths ArrearsAt(const CertificantState& state, const Career& career, const Cutoff& cutoff);

// What is missing of one renewed cycle's fixed fees and was not written off; 0 for any other.
Hundredths ArrearsOf(const CertificantState& state, const CycleStatus& cycle, const Cutoff& cutoff);

// A payment as it stands by a cutoff.
struct PaymentStatus {
  int cycle_end_year = 0;
  Hundredths amount = 0;          // What counts: less what was refunded of it.
  std::optional<Stamp> returned;  // Returned, or refunded whole.
  bool refunded = false;
};
PaymentStatus StatusAt(const Payment& payment, const Cutoff& cutoff);

// The last day that a membership covers, by what ended it after it was bought, by a cutoff; before
// its first day where it was cancelled whole.
Date LastDayOf(const CertificantState& state, const Membership& membership, const Cutoff& cutoff);

// Whether a membership covers a day, by what had ended it by a cutoff.
bool Covers(const CertificantState& state, const Membership& membership, Date date,
            const Cutoff& cutoff);

// Whether a membership covers the day of a submission and was bought before it. One that was ended
// later for an earlier day covers it no more from the day of that fact on.
bool IsMemberAt(const CertificantState& state, const Stamp& submission, const Cutoff& cutoff);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_FEES_H_
