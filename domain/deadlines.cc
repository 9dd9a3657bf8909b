#include "domain/deadlines.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "domain/money_text.h"
#include "domain/source_headings.h"
#include "domain/waivers.h"

namespace goodstanding::domain {
namespace {

using type::v1::STANDING_EXPIRED;
using type::v1::STANDING_LAPSED;

// The kind whose completions the board posts itself.
constexpr absl::string_view kBoardRunKind = "SPONSORED";

Deadline On(Date date, DeadlineKind kind) {
  Deadline deadline;
  deadline.kind = kind;
  deadline.date = date;
  return deadline;
}

// Collects the deadlines of one evaluation.
class Collector {
 public:
  Collector(const Facts& facts, const Evaluation& evaluation)
      : facts_(facts), evaluation_(evaluation), day_(evaluation.cutoff.date) {}

  std::vector<Deadline> Collect() {
    AddRenewalOfOpenCycle();
    AddBadges();
    AddPostings();
    std::stable_sort(list_.begin(), list_.end(), [](const Deadline& a, const Deadline& b) {
      const auto rank = [](const Deadline& d) {
        constexpr int kEndOfDay = 24 * 60;
        return std::tuple(d.date, d.minute_of_day.value_or(kEndOfDay), d.kind);
      };
      return rank(a) < rank(b);
    });
    return std::move(list_);
  }

 private:
  // Adds that a waiver moved the day of a deadline, if one did.
  static void TellMoved(const CycleStatus& cycle, type::v1::CycleDeadline moved,
                        Deadline& deadline) {
    const std::vector<int64_t> waivers = WaiversOf(cycle, moved);
    if (waivers.empty()) return;
    absl::StrAppend(&deadline.text, " A waiver moved the day.");
    deadline.positions.insert(deadline.positions.end(), waivers.begin(), waivers.end());
  }

  // Takes a deadline in unless its day is past.
  void Add(Deadline deadline) {
    std::sort(deadline.positions.begin(), deadline.positions.end());
    if (deadline.date >= day_) list_.push_back(std::move(deadline));
  }

  // The current cycle, or once it is renewed the one after it.
  void AddRenewalOfOpenCycle() {
    const CycleStatus& current = *evaluation_.cycle();
    if (current.renewed) {
      const size_t next = static_cast<size_t>(evaluation_.cycle_index) + 1;
      const auto& cycles = evaluation_.career.cycles;
      if (next < cycles.size() && cycles[next].tenure == current.tenure) AddWindows(cycles[next]);
      return;
    }
    AddDecision(current);
    if (evaluation_.renewal.complete) return;
    AddWindows(current);
    if (evaluation_.standing == STANDING_LAPSED) AddReinstatement(current);
  }

  void AddWindows(const CycleStatus& cycle) {
    if (cycle.extension_granted) return AddExtensionEnd(cycle);
    AddOpening(cycle);
    AddApplication(cycle);
    if (!cycle.extension_requested) AddExtensionRequest(cycle);
    AddLateApplication(cycle);
  }

  void AddOpening(const CycleStatus& cycle) {
    Deadline deadline = On(cycle.calendar.application_opens, DeadlineKind::kApplicationOpens);
    deadline.text = absl::StrCat(
        "From ", deadline.date.ToWords(),
        ", that day included, the renewal application of the cycle "
        "that ends on ",
        cycle.calendar.cycle_end.ToWords(),
        " is accepted and an extension can be asked for; earlier ones are refused. Credits can be "
        "recorded all through the cycle.");
    deadline.source_heading = std::string(kHeadingOpening);
    deadline.settled = true;  // "On August 1" and "after August 1" both stand on the page.
    Add(std::move(deadline));
  }

  void AddApplication(const CycleStatus& cycle) {
    const CycleCalendar& calendar = cycle.calendar;
    Deadline deadline = On(cycle.application_through, DeadlineKind::kApplication);
    deadline.text =
        absl::StrCat("Through ", deadline.date.ToWords(),
                     " the application can be submitted, and the payment be "
                     "dated, without a late fee; ",
                     deadline.date == calendar.cycle_end
                         ? std::string("it is also the last day of completion that counts")
                         : absl::StrCat("the last day of completion that counts is ",
                                        calendar.cycle_end.ToWords()),
                     " unless an extension is granted. After it a late fee of ",
                     Money(cycle, cycle.figures().late_fee), " is due, through ",
                     calendar.late_through.ToWords(), ".");
    deadline.source_heading = std::string(kHeadingDeadline);
    TellMoved(cycle, type::v1::CYCLE_DEADLINE_APPLICATION, deadline);
    Add(std::move(deadline));
  }

  void AddExtensionRequest(const CycleStatus& cycle) {
    const Figures& figures = cycle.figures();
    const CycleCalendar& calendar = cycle.calendar;
    Deadline deadline = On(cycle.extension_request_through, DeadlineKind::kExtensionRequest);
    const bool moved = deadline.date > calendar.cycle_end;
    if (!moved) deadline.minute_of_day = figures.business_closes_minute;
    deadline.text = absl::StrCat(
        moved ? std::string("Through ")
              : absl::StrCat("By ", FormatMinuteOfDay(figures.business_closes_minute), " on "),
        deadline.date.ToWords(),
        " an extension can be asked for; it can be granted only with half of the required credits "
        "documented, and runs through ",
        calendar.extension_through.ToWords(), " for a fee of ", Money(cycle, figures.extension_fee),
        ". A later request is refused. The deadline holds on "
        "weekends and holidays too.");
    deadline.source_heading = std::string(kHeadingExtensionDeadline);
    deadline.settled = true;  // The time of day, and that the date does not move.
    TellMoved(cycle, type::v1::CYCLE_DEADLINE_EXTENSION_REQUEST, deadline);
    Add(std::move(deadline));
  }

  void AddLateApplication(const CycleStatus& cycle) {
    const CycleCalendar& calendar = cycle.calendar;
    Deadline deadline = On(calendar.late_through, DeadlineKind::kLateApplication);
    deadline.text = absl::StrCat(
        "Through ", deadline.date.ToWords(),
        " the application can still be submitted, its credits "
        "reported and its fees paid, with the late fee of ",
        Money(cycle, cycle.figures().late_fee), ". The days after ", calendar.cycle_end.ToWords(),
        " are for applying, not for earning: "
        "nothing completed in them counts. What is not complete and received by then lapses on ",
        (deadline.date + 1).ToWords(), ", unless a timely extension request is undecided.");
    deadline.source_heading = std::string(kHeadingDeadline);
    TellMoved(cycle, type::v1::CYCLE_DEADLINE_LATE_APPLICATION, deadline);
    Add(std::move(deadline));
  }

  void AddExtensionEnd(const CycleStatus& cycle) {
    const CycleCalendar& calendar = cycle.calendar;
    Deadline deadline = On(calendar.extension_through, DeadlineKind::kExtensionEnd);
    deadline.text =
        absl::StrCat("Through ", deadline.date.ToWords(),
                     " the remaining credits can be earned and reported, the "
                     "application submitted, and the recertification and extension fees paid; no "
                     "late fee is due. "
                     "What is not complete and received by then lapses on ",
                     (deadline.date + 1).ToWords(), "; reinstatement is then possible through ",
                     calendar.reinstatement_through.ToWords(), ".");
    deadline.source_heading = std::string(kHeadingExtensionEnd);
    deadline.positions = {cycle.extension_granted->position};
    TellMoved(cycle, type::v1::CYCLE_DEADLINE_EXTENSION_END, deadline);
    Add(std::move(deadline));
  }

  void AddReinstatement(const CycleStatus& cycle) {
    const CycleCalendar& calendar = cycle.calendar;
    Deadline deadline = On(calendar.reinstatement_through, DeadlineKind::kReinstatement);
    deadline.text =
        absl::StrCat("Through ", deadline.date.ToWords(),
                     " the certification can be reinstated: once reinstatement "
                     "is requested and its fee of ",
                     Money(cycle, cycle.figures().reinstatement_fee),
                     " paid, the application reopens. The window is for documents, not for "
                     "earning: only credits "
                     "completed by ",
                     cycle.last_counting_day().ToWords(),
                     ", with their certificates, count. What "
                     "is not complete by then expires on ",
                     (deadline.date + 1).ToWords(), ", and a new examination is needed.");
    deadline.source_heading = std::string(kHeadingMissed);
    deadline.settled = true;  // "Six months from the recertification date" stands on the page too.
    if (cycle.reinstatement_requested) {
      deadline.positions = {cycle.reinstatement_requested->position};
    }
    TellMoved(cycle, type::v1::CYCLE_DEADLINE_REINSTATEMENT, deadline);
    Add(std::move(deadline));
  }

  // Counted from the day on which the payments received cover the recertification fee.
  void AddDecision(const CycleStatus& cycle) {
    if (!cycle.submitted) return;
    std::vector<std::pair<const Payment*, Hundredths>> payments;  // With what counts of each.
    for (const Payment& payment : facts_.state.payments) {
      if (!evaluation_.cutoff.Includes(payment.stamp.effective)) continue;
      const PaymentStatus status = StatusAt(payment, evaluation_.cutoff);
      if (!status.returned && status.cycle_end_year == cycle.end_year) {
        payments.emplace_back(&payment, status.amount);
      }
    }
    std::sort(payments.begin(), payments.end(),
              [](const auto& a, const auto& b) { return a.first->stamp.Before(b.first->stamp); });
    Hundredths missing = evaluation_.renewal.fees.fees.recertification;
    Deadline deadline = On(cycle.submitted->effective.date, DeadlineKind::kDecisionExpected);
    deadline.positions = {cycle.submitted->position};
    Date covered = cycle.submitted->effective.date;  // Where there is no fee.
    for (const auto& [payment, amount] : payments) {
      if (missing <= 0) break;
      missing -= amount;
      covered = payment->stamp.effective.date;
      deadline.positions.push_back(payment->stamp.position);
    }
    if (missing > 0) return;
    const int days = cycle.figures().decision_days;
    deadline.date = covered + days;
    deadline.text = absl::StrCat(
        "A decision on the application is expected by ", deadline.date.ToWords(), ", ", days,
        " days after the recertification fee was received on ", covered.ToWords(),
        ". Approval is a manual process; a complete application does not lapse because the board "
        "takes longer.");
    deadline.source_heading = std::string(kHeadingDecision);
    Add(std::move(deadline));
  }

  // Badge and certificate of every renewal whose day has not passed.
  void AddBadges() {
    for (const CycleStatus& cycle : evaluation_.career.cycles) {
      if (!cycle.renewed) continue;
      const Date from = std::max(cycle.calendar.cycle_end, cycle.renewed->effective.date);
      const int days = cycle.figures().badge_business_days;
      if (from + 10 * (days + 10) < day_) continue;  // Long past.
      Deadline deadline =
          On(cycle.figures().AddBusinessDays(from, days), DeadlineKind::kBadgeExpected);
      deadline.text =
          absl::StrCat("The digital badge and certificate of the renewed cycle are expected by ",
                       deadline.date.ToWords(), ", ", days, " business days after ", from.ToWords(),
                       ". Until then the Good Standing Report shows the renewal.");
      deadline.source_heading = std::string(kHeadingBadge);
      deadline.positions = {cycle.renewed->position};
      Add(std::move(deadline));
    }
  }

  // One line a day of completion.
  void AddPostings() {
    const Figures& figures = evaluation_.cycle()->figures();
    std::vector<Date> seen;
    for (const CreditJudgment& judgment : evaluation_.renewal.credits.judgments) {
      const Date completed = judgment.figures.completed;
      const auto span = PostingExpected(figures, completed);
      if (!span || !AwaitsPosting(judgment) || completed > day_ || span->latest < day_) continue;
      if (std::find(seen.begin(), seen.end(), completed) != seen.end()) continue;
      seen.push_back(completed);
      Deadline deadline = On(span->latest, DeadlineKind::kPostingExpected);
      deadline.earliest = span->earliest;
      deadline.text = absl::StrCat(
          "The board is expected to post what was completed with it on ", completed.ToWords(),
          " between ", span->earliest.ToWords(), " and ", span->latest.ToWords(),
          ". A posted credit counts from its day of completion, however late it is posted.");
      deadline.source_heading = std::string(kHeadingPosting);
      deadline.positions = {judgment.record->stamp.position};
      Add(std::move(deadline));
    }
  }

  bool AwaitsPosting(const CreditJudgment& judgment) const {
    const CreditRecord& record = *judgment.record;
    if (record.board_posted || record.kind != kBoardRunKind ||
        judgment.reason == CreditReason::kWithdrawn ||
        judgment.reason == CreditReason::kDisallowed) {
      return false;
    }
    const auto& judgments = evaluation_.renewal.credits.judgments;
    return std::none_of(judgments.begin(), judgments.end(), [&](const CreditJudgment& other) {
      return other.record->board_posted && other.record->activity_id == record.activity_id &&
             other.figures.completed == judgment.figures.completed;
    });
  }

  static std::string Money(const CycleStatus& cycle, Hundredths amount) {
    return MoneyText(cycle.figures(), amount);
  }

  const Facts& facts_;
  const Evaluation& evaluation_;
  const Date day_;
  std::vector<Deadline> list_;
};

}  // namespace

std::optional<PostingSpan> PostingExpected(const Figures& figures, Date completed) {
  if (completed < figures.automatic_posting_from) return std::nullopt;
  return PostingSpan{figures.AddBusinessDays(completed, figures.posting_business_days_min),
                     figures.AddBusinessDays(completed, figures.posting_business_days_max)};
}

std::vector<Deadline> DeadlinesAt(const Facts& facts, const Evaluation& evaluation) {
  if (!evaluation.career.in_tenure() || evaluation.standing == STANDING_EXPIRED) return {};
  return Collector(facts, evaluation).Collect();
}

}  // namespace goodstanding::domain
