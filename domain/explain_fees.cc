// Each fee and why it is due or not; each payment and what it covered.
#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "domain/explain_parts.h"
#include "domain/source_headings.h"
#include "domain/waivers.h"

namespace goodstanding::domain {
namespace {

// The memberships that decide the rate, by what FeesAt asks.
std::vector<int64_t> MembershipPositions(const Facts& facts, const Evaluation& evaluation) {
  const CycleStatus& cycle = *evaluation.cycle();
  const Date day = cycle.submitted ? cycle.submitted->effective.date : evaluation.cutoff.date;
  std::vector<int64_t> positions;
  for (const Membership& membership : facts.state.memberships) {
    const bool bought = cycle.submitted ? membership.stamp.Before(*cycle.submitted)
                                        : evaluation.cutoff.Includes(membership.stamp.effective);
    if (bought && Covers(facts.state, membership, day, evaluation.cutoff)) {
      positions.push_back(membership.stamp.position);
    }
  }
  return positions;
}

// Tells the fees of the current cycle.
class FeeTeller {
 public:
  FeeTeller(const Facts& facts, const Evaluation& evaluation)
      : facts_(facts),
        evaluation_(evaluation),
        cycle_(*evaluation.cycle()),
        status_(evaluation.renewal.fees) {}

  std::vector<ExplanationLine> Tell() const {
    const Fees& fees = status_.fees;
    if (status_.fixed) {
      return {Fixed("recertification", fees.recertification, kHeadingFees),
              Fixed("late", fees.late, kHeadingDeadline),
              Fixed("extension", fees.extension, kHeadingExtensionDeadline),
              Fixed("reinstatement", fees.reinstatement, kHeadingMissed)};
    }
    return {Recertification(), Late(), Extension(), Reinstatement()};
  }

 private:
  std::string Money(Hundredths amount) const { return MoneyText(cycle_.figures(), amount); }

  ExplanationLine Fixed(absl::string_view fee, Hundredths amount, absl::string_view heading) const {
    ExplanationLine line = MakeLine(
        ExplanationTopic::kFee,
        absl::StrCat("The ", fee, " fee is ", Money(amount), ", fixed by the approval of ",
                     cycle_.renewed->effective.date.ToWords(), "; nothing later changes it."),
        heading);
    line.reason = "FIXED_BY_APPROVAL";
    line.positions = {cycle_.renewed->position};
    return line;
  }

  ExplanationLine Recertification() const {
    ExplanationLine line =
        MakeLine(ExplanationTopic::kFee,
                 absl::StrCat("The recertification fee is ",
                              Money(status_.fees.recertification + status_.waived.recertification),
                              ": the ", status_.member ? "member" : "non-member", " rate of level ",
                              status_.level->level, ", as ", MembershipText(), "."),
                 kHeadingFees);
    line.reason = status_.member ? "MEMBER" : "NON_MEMBER";
    line.positions = MembershipPositions(facts_, evaluation_);
    if (cycle_.submitted) line.positions.push_back(cycle_.submitted->position);
    // A first renewal as dual.
    line.settled = status_.level->credential_count != evaluation_.renewal.level->credential_count;
    TellWaived(type::v1::FEE_KIND_RECERTIFICATION, status_.waived.recertification, line);
    return line;
  }

  std::string MembershipText() const {
    const absl::string_view covers =
        status_.member ? "a membership covers " : "no membership covers ";
    if (!cycle_.submitted) {
      return absl::StrCat(covers, evaluation_.cutoff.date.ToWords(),
                          ", the day of asking; the day of submission will decide");
    }
    return absl::StrCat(covers, cycle_.submitted->effective.date.ToWords(),
                        ", the day of submission",
                        status_.member ? "" : ", or none that was bought before it");
  }

  // Adds what is waived of a fee, if anything is.
  void TellWaived(type::v1::FeeKind fee, Hundredths waived, ExplanationLine& line) const {
    if (waived == 0) return;
    absl::StrAppend(&line.text, " Of it ", Money(waived), " is waived.");
    line.reason = "WAIVED";
    for (const int64_t position : WaiversOf(cycle_, fee)) line.positions.push_back(position);
  }

  // A line on one of the other fees, before what is waived of it.
  ExplanationLine OtherFee(absl::string_view fee, Hundredths amount, absl::string_view why,
                           absl::string_view heading) const {
    return MakeLine(
        ExplanationTopic::kFee,
        amount > 0 ? absl::StrCat("The ", fee, " fee of ", Money(amount), " is due: ", why, ".")
                   : absl::StrCat("No ", fee, " fee is due: ", why, "."),
        heading);
  }

  ExplanationLine Late() const {
    ExplanationLine line =
        OtherFee("late", status_.fees.late + status_.waived.late, WhyLate(), kHeadingDeadline);
    switch (status_.late) {
      case LateReason::kSubmittedLate:
        line.reason = "SUBMITTED_LATE";
        break;
      case LateReason::kNotSubmitted:
        line.reason = "NOT_SUBMITTED";
        break;
      case LateReason::kNotPaidInTime:
        line.reason = "NOT_PAID_IN_TIME";
        line.source_heading = std::string(kHeadingCheck);
        break;
      case LateReason::kNotDue:
        break;
    }
    if (cycle_.submitted) line.positions.push_back(cycle_.submitted->position);
    if (cycle_.extension_granted) line.positions.push_back(cycle_.extension_granted->position);
    if (cycle_.reinstatement_requested) {
      line.positions.push_back(cycle_.reinstatement_requested->position);
    }
    if (status_.late == LateReason::kNotDue) {
      for (const int64_t position : WaiversOf(cycle_, type::v1::CYCLE_DEADLINE_APPLICATION)) {
        line.positions.push_back(position);
      }
    }
    TellWaived(type::v1::FEE_KIND_LATE, status_.waived.late, line);
    return line;
  }

  std::string WhyLate() const {
    const Date due = cycle_.application_through;
    const std::string end = due.ToWords();
    const std::string in_time =
        Money(PaidAt(facts_.state, evaluation_.cutoff,
                     {.cycle_end_year = cycle_.end_year, .dated_through = due}));
    switch (status_.late) {
      case LateReason::kSubmittedLate:
        return absl::StrCat("the application was submitted on ",
                            cycle_.submitted->effective.date.ToWords(), ", after ", end);
      case LateReason::kNotSubmitted:
        return absl::StrCat("no application was submitted by ", end);
      case LateReason::kNotPaidInTime:
        return absl::StrCat("the payments dated on or before ", end, ", ", in_time,
                            ", do not cover the recertification fee");
      case LateReason::kNotDue:
        break;
    }
    if (cycle_.extension_granted) return "an extension is granted";
    if (cycle_.reinstatement_requested) return "reinstatement is requested";
    if (evaluation_.cutoff.date <= due) {
      return absl::StrCat("it is known only after ", end, " whether one is");
    }
    return absl::StrCat("the application was submitted by ", end,
                        ", and the payments dated on or before it, ", in_time,
                        ", cover the recertification fee");
  }

  ExplanationLine Extension() const {
    const auto& granted = cycle_.extension_granted;
    ExplanationLine line = OtherFee(
        "extension", status_.fees.extension + status_.waived.extension,
        granted ? absl::StrCat("an extension was granted on ", granted->effective.date.ToWords())
                : "no extension is granted",
        kHeadingExtensionDeadline);
    if (granted) line.positions = {granted->position};
    if (granted && cycle_.reinstatement_requested) {
      line.text.insert(line.text.size() - 1, "; the reinstatement does not take it away");
      line.settled = true;
    }
    TellWaived(type::v1::FEE_KIND_EXTENSION, status_.waived.extension, line);
    return line;
  }

  ExplanationLine Reinstatement() const {
    const auto& requested = cycle_.reinstatement_requested;
    ExplanationLine line = OtherFee(
        "reinstatement", status_.fees.reinstatement + status_.waived.reinstatement,
        requested
            ? absl::StrCat("reinstatement was requested on ", requested->effective.date.ToWords())
            : "no reinstatement is requested",
        kHeadingMissed);
    if (requested) line.positions = {requested->position};
    TellWaived(type::v1::FEE_KIND_REINSTATEMENT, status_.waived.reinstatement, line);
    return line;
  }

  const Facts& facts_;
  const Evaluation& evaluation_;
  const CycleStatus& cycle_;
  const FeeStatus& status_;
};

std::string MethodText(const Payment& payment) {
  const bool check = payment.method == type::v1::PAYMENT_METHOD_CHECK;
  return absl::StrCat(check ? "check dated " : "card charged ", payment.dated.ToWords());
}

std::vector<int64_t> PaymentPositions(const Payment& payment, const Cutoff& cutoff) {
  std::vector<int64_t> positions = {payment.stamp.position};
  for (const PaymentChange& change : payment.changes) {
    if (cutoff.Includes(change.stamp.effective)) positions.push_back(change.stamp.position);
  }
  return positions;
}

// What is yet to be covered of each renewal's fees, by the cycle's end year.
std::map<int, Hundredths> FeesByYear(const Facts& facts, const Evaluation& evaluation) {
  std::map<int, Hundredths> open;
  for (const CycleStatus& cycle : evaluation.career.cycles) {
    open[cycle.end_year] =
        FeesAt(facts.state, evaluation.career, cycle, evaluation.cutoff).fees.Total();
  }
  return open;
}

ExplanationLine PaymentLine(const Payment& payment, const Evaluation& evaluation,
                            std::map<int, Hundredths>& open) {
  const Figures& figures = evaluation.cycle()->figures();
  const PaymentStatus status = StatusAt(payment, evaluation.cutoff);
  std::string text = absl::StrCat("Payment ", payment.reference, " of ",
                                  MoneyText(figures, payment.amount), " (", MethodText(payment),
                                  ", received ", payment.stamp.effective.date.ToWords(), ") ");
  ExplanationLine line = MakeLine(ExplanationTopic::kPayment, "", kHeadingPayments);
  line.positions = PaymentPositions(payment, evaluation.cutoff);
  if (status.returned) {
    line.reason = status.refunded ? "REFUNDED" : "RETURNED";
    line.text = absl::StrCat(text, "was ", status.refunded ? "refunded" : "returned", " on ",
                             status.returned->effective.date.ToWords(),
                             " and counts nothing from that day on.");
    return line;
  }
  if (status.amount < payment.amount) {
    absl::StrAppend(&text, "was refunded in part, ", MoneyText(figures, status.amount),
                    " are left; it ");
  }
  const Hundredths covered = std::min(status.amount, open[status.cycle_end_year]);
  open[status.cycle_end_year] -= covered;
  line.text =
      absl::StrCat(text, "is for the renewal of the cycle that ends in ", status.cycle_end_year,
                   " and covers ", MoneyText(figures, covered), " of its fees");
  if (covered < status.amount) {
    absl::StrAppend(&line.text, "; ", MoneyText(figures, status.amount - covered),
                    " is above what is due now and stays on the account");
  }
  absl::StrAppend(&line.text, ".");
  return line;
}

ExplanationLine BalanceLine(const Evaluation& evaluation) {
  const RenewalStatus& renewal = evaluation.renewal;
  const Figures& figures = evaluation.cycle()->figures();
  const std::string fees = MoneyText(figures, renewal.fees.fees.Total());
  const std::string paid = MoneyText(figures, renewal.paid);
  const std::string rest =
      renewal.balance == 0 ? "nothing due"
      : renewal.balance > 0
          ? absl::StrCat(MoneyText(figures, renewal.balance), " due")
          : absl::StrCat(MoneyText(figures, -renewal.balance), " overpaid, a negative balance");
  ExplanationLine line =
      MakeLine(ExplanationTopic::kPayment,
               absl::StrCat("Fees of ", fees, " less payments of ", paid, " leave ", rest, "."),
               kHeadingFees);
  if (renewal.balance > 0) line.reason = "BALANCE_DUE";
  return line;
}

ExplanationLine WriteOffLine(const WriteOff& write_off, const Figures& figures) {
  ExplanationLine line =
      MakeLine(ExplanationTopic::kPayment,
               absl::StrCat("On ", write_off.stamp.effective.date.ToWords(),
                            " the board wrote off ", MoneyText(figures, write_off.amount),
                            " of what was missing of the fees of the cycle that ended in ",
                            write_off.cycle_end_year, "."),
               kHeadingPayments);
  line.reason = "WRITTEN_OFF";
  line.positions = {write_off.stamp.position};
  line.settled = true;
  return line;
}

ExplanationLine ArrearsLine(const CycleStatus& cycle, Hundredths missing) {
  ExplanationLine line = MakeLine(
      ExplanationTopic::kPayment,
      absl::StrCat("Of the fees of ", MoneyText(cycle.figures(), cycle.terms->fees.Total()),
                   " that the approval of ", cycle.renewed->effective.date.ToWords(), " fixed, ",
                   MoneyText(cycle.figures(), missing),
                   " is missing again: arrears, which must be paid before the next approval. The "
                   "approval stands."),
      kHeadingPayments);
  line.reason = "BALANCE_DUE";
  line.positions = {cycle.renewed->position};
  line.settled = true;
  return line;
}

}  // namespace

std::vector<ExplanationLine> ExplainFees(const Facts& facts, const Evaluation& evaluation) {
  return FeeTeller(facts, evaluation).Tell();
}

std::vector<ExplanationLine> ExplainPayments(const Facts& facts, const Evaluation& evaluation) {
  std::vector<ExplanationLine> lines;
  std::map<int, Hundredths> open = FeesByYear(facts, evaluation);
  for (const Payment& payment : facts.state.payments) {
    if (!evaluation.cutoff.Includes(payment.stamp.effective)) continue;
    lines.push_back(PaymentLine(payment, evaluation, open));
  }
  lines.push_back(BalanceLine(evaluation));
  for (const WriteOff& write_off : facts.state.write_offs) {
    if (!evaluation.cutoff.Includes(write_off.stamp.effective)) continue;
    lines.push_back(WriteOffLine(write_off, evaluation.cycle()->figures()));
  }
  for (const CycleStatus& cycle : evaluation.career.cycles) {
    const Hundredths missing = ArrearsOf(facts.state, cycle, evaluation.cutoff);
    if (missing > 0) lines.push_back(ArrearsLine(cycle, missing));
  }
  return lines;
}

}  // namespace goodstanding::domain
