#include "domain/fees.h"

#include <algorithm>

#include "domain/waivers.h"

namespace goodstanding::domain {
namespace {

// Before any submission a quote uses the day of asking.
bool IsMemberOnAsking(const CertificantState& state, const Cutoff& cutoff) {
  return std::any_of(state.memberships.begin(), state.memberships.end(),
                     [&](const Membership& membership) {
                       return Covers(state, membership, cutoff.date, cutoff) &&
                              cutoff.Includes(membership.stamp.effective);
                     });
}

LateReason LateAt(const CertificantState& state, const CycleStatus& cycle, const Cutoff& cutoff,
                  Hundredths recertification_fee) {
  const Date due = cycle.application_through;
  // It is known only after the deadline; an extension or a reinstatement takes its place.
  if (cutoff.date <= due || cycle.extension_granted || cycle.reinstatement_requested) {
    return LateReason::kNotDue;
  }
  if (!cycle.submitted) return LateReason::kNotSubmitted;
  if (cycle.submitted->effective.date > due) return LateReason::kSubmittedLate;
  const Hundredths in_time =
      PaidAt(state, cutoff, {.cycle_end_year = cycle.end_year, .dated_through = due});
  return in_time < recertification_fee ? LateReason::kNotPaidInTime : LateReason::kNotDue;
}

// Takes what is waived off a fee that is due.
void Waive(const CycleStatus& cycle, type::v1::FeeKind kind, Hundredths& fee, Hundredths& waived) {
  waived = WaivedOf(cycle, kind, fee);
  fee -= waived;
}

}  // namespace

Date LastDayOf(const CertificantState& state, const Membership& membership, const Cutoff& cutoff) {
  Date last = membership.through;
  for (const MembershipEnd& end : state.membership_ends) {
    if (end.account == membership.account && membership.stamp.Before(end.stamp) &&
        cutoff.Includes(end.stamp.effective)) {
      last = std::min(last, end.last);
    }
  }
  return last;
}

bool Covers(const CertificantState& state, const Membership& membership, Date date,
            const Cutoff& cutoff) {
  return membership.from <= date && date <= LastDayOf(state, membership, cutoff);
}

bool IsMemberAt(const CertificantState& state, const Stamp& submission, const Cutoff& cutoff) {
  return std::any_of(state.memberships.begin(), state.memberships.end(),
                     [&](const Membership& membership) {
                       return Covers(state, membership, submission.effective.date, cutoff) &&
                              membership.stamp.Before(submission);
                     });
}

FeeStatus FeesAt(const CertificantState& state, const Career& career, const CycleStatus& cycle,
                 const Cutoff& cutoff) {
  FeeStatus status;
  if (cycle.terms != nullptr) {
    status.fees = cycle.terms->fees;
    status.fixed = true;
    return status;
  }
  const int credentials =
      cycle.submitted ? cycle.credentials_at_submission : static_cast<int>(career.held.size());
  const Figures& figures = cycle.figures();
  status.level = &figures.LevelFor(credentials);
  status.member = cycle.submitted ? IsMemberAt(state, *cycle.submitted, cutoff)
                                  : IsMemberOnAsking(state, cutoff);
  status.fees.recertification =
      status.member ? status.level->member_fee : status.level->non_member_fee;
  if (cycle.extension_granted) status.fees.extension = figures.extension_fee;
  if (cycle.reinstatement_requested) status.fees.reinstatement = figures.reinstatement_fee;
  Fees& fees = status.fees;
  Fees& waived = status.waived;
  Waive(cycle, type::v1::FEE_KIND_RECERTIFICATION, fees.recertification, waived.recertification);
  Waive(cycle, type::v1::FEE_KIND_EXTENSION, fees.extension, waived.extension);
  Waive(cycle, type::v1::FEE_KIND_REINSTATEMENT, fees.reinstatement, waived.reinstatement);
  status.late = LateAt(state, cycle, cutoff, status.fees.recertification);
  if (status.late != LateReason::kNotDue) fees.late = figures.late_fee;
  Waive(cycle, type::v1::FEE_KIND_LATE, fees.late, waived.late);
  return status;
}

PaymentStatus StatusAt(const Payment& payment, const Cutoff& cutoff) {
  PaymentStatus status;
  status.cycle_end_year = payment.cycle_end_year;
  status.amount = payment.amount;
  for (const PaymentChange& change : payment.changes) {
    if (!cutoff.Includes(change.stamp.effective)) continue;
    if (change.type == PaymentChangeType::kReassigned) {
      status.cycle_end_year = change.cycle_end_year;
    } else if (!status.returned) {
      const bool in_part = change.amount > 0 && change.amount < status.amount;
      status.amount = in_part ? status.amount - change.amount : 0;
      if (in_part) continue;
      status.returned = change.stamp;
      status.refunded = change.type == PaymentChangeType::kRefunded;
    }
  }
  return status;
}

Hundredths PaidAt(const CertificantState& state, const Cutoff& cutoff,
                  const PaymentQuestion& question) {
  Hundredths sum = 0;
  for (const Payment& payment : state.payments) {
    if (!cutoff.Includes(payment.stamp.effective) || payment.dated > question.dated_through ||
        payment.stamp.effective.date > question.received_through) {
      continue;
    }
    const PaymentStatus status = StatusAt(payment, cutoff);
    if (!status.returned && status.cycle_end_year == question.cycle_end_year) {
      sum += status.amount;
    }
  }
  return sum;
}

Hundredths ArrearsOf(const CertificantState& state, const CycleStatus& cycle,
                     const Cutoff& cutoff) {
  if (cycle.terms == nullptr) return 0;
  Hundredths settled = PaidAt(state, cutoff, {.cycle_end_year = cycle.end_year});
  for (const WriteOff& write_off : state.write_offs) {
    if (write_off.cycle_end_year == cycle.end_year && cutoff.Includes(write_off.stamp.effective)) {
      settled += write_off.amount;
    }
  }
  return std::max<Hundredths>(0, cycle.terms->fees.Total() - settled);
}

Hundredths ArrearsAt(const CertificantState& state, const Career& career, const Cutoff& cutoff) {
  Hundredths sum = 0;
  for (const CycleStatus& cycle : career.cycles) sum += ArrearsOf(state, cycle, cutoff);
  return sum;
}

}  // namespace goodstanding::domain
