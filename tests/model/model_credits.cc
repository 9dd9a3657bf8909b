#include "tests/model/model_credits.h"

#include <algorithm>
#include <variant>

#include "base/check.h"
#include "tests/model/model_rules.h"
#include "tests/model/model_timeline.h"

namespace goodstanding::model {
namespace {

using event::v1::ActivityEvent;
using event::v1::CertificantEvent;

// A record with all that happened to it.
struct Record {
  event::v1::CreditRecorded figures;
  int64_t position = 0;
  std::string account;
  absl::CivilDay reported;
  bool documented = false;
  bool verified = false;
  bool withdrawn = false;
  bool disallowed = false;
  // What comes of it.
  int64_t worth = 0;
  std::string reason;

  absl::CivilDay Completed() const { return ToDay(figures.completed_date()); }
};

void Amend(const event::v1::CreditAmended& amended, event::v1::CreditRecorded& figures) {
  if (amended.has_completed_date()) *figures.mutable_completed_date() = amended.completed_date();
  if (amended.has_from_date()) *figures.mutable_from_date() = amended.from_date();
  if (amended.has_amount()) *figures.mutable_amount() = amended.amount();
  if (amended.has_break_minutes()) figures.set_break_minutes(amended.break_minutes());
  if (amended.has_housekeeping_minutes()) {
    figures.set_housekeeping_minutes(amended.housekeeping_minutes());
  }
}

void Apply(const CertificantEvent& event, Record& record) {
  const std::string& reference = record.figures.reference();
  if (event.credit_amended().reference() == reference) {
    Amend(event.credit_amended(), record.figures);
  }
  if (event.credit_documented().reference() == reference) record.documented = true;
  if (event.credit_verified().reference() == reference) record.verified = true;
  if (event.credit_withdrawn().reference() == reference) record.withdrawn = true;
  if (event.credit_disallowed().reference() == reference) record.disallowed = true;
  if (event.credit_reinstated().reference() == reference) record.disallowed = false;
}

// Every record, in the order of recording.
std::vector<Record> CollectRecords(const std::vector<const ModelFact*>& facts) {
  std::vector<Record> records;
  for (const ModelFact* fact : facts) {
    const auto& event = std::get<CertificantEvent>(fact->payload);
    if (!event.has_credit_recorded()) continue;
    Record record;
    record.figures = event.credit_recorded();
    record.position = fact->position;
    record.account = fact->account;
    record.reported = fact->effective_day;
    // Board-posted records are documented by nature.
    record.documented = record.figures.documented() ||
                        record.figures.source() == type::v1::CREDIT_SOURCE_EDUCATION_ZONE ||
                        record.figures.source() == type::v1::CREDIT_SOURCE_CONFERENCE;
    for (const ModelFact* later : facts) {
      Apply(std::get<CertificantEvent>(later->payload), record);
    }
    records.push_back(record);
  }
  std::sort(records.begin(), records.end(),
            [](const Record& a, const Record& b) { return a.position < b.position; });
  return records;
}

// The most credits that the catalogue allows for a completion; none where it does not cover it.
// Reading: approvals and withdrawals act in effective order, a later approval covers anew.
std::optional<int64_t> CatalogueCredits(const std::vector<const ModelFact*>& catalogue,
                                        const std::string& activity, absl::CivilDay completed) {
  if (activity.empty()) return std::nullopt;
  std::optional<int64_t> credits;
  for (const ModelFact* fact : catalogue) {
    if (fact->stream != "activity/" + activity) continue;
    const auto& event = std::get<ActivityEvent>(fact->payload);
    if (event.has_activity_approved()) {
      const type::v1::Period& period = event.activity_approved().period();
      if (ToDay(period.first_date()) <= completed && completed <= ToDay(period.last_date())) {
        credits = event.activity_approved().credits().hundredths();
      }
    } else if (completed >= fact->effective_day) {
      credits = std::nullopt;
    }
  }
  return credits;
}

int64_t FloorToMultiple(int64_t value, int64_t step) { return value / step * step; }

// Section 4, "Minutes to credits". Time is counted in sixtieths of a minute, as the allowance for
// housekeeping is a fraction of the net time.
int64_t WorthOfMinutes(const event::v1::CreditRecorded& figures, const type::v1::RuleSet& rules,
                       int64_t rate) {
  const int64_t net = figures.amount().minutes() - figures.break_minutes();
  const int64_t allowed_sixtieths = net * rules.housekeeping_minutes_per_hour();
  const int64_t excess_sixtieths =
      std::max<int64_t>(0, figures.housekeeping_minutes() * 60 - allowed_sixtieths);
  const int64_t qualifying_sixtieths = std::max<int64_t>(0, net * 60 - excess_sixtieths);
  const int64_t increment = ParseHundredths(rules.credit_increment());
  return FloorToMultiple(qualifying_sixtieths * rate / 3600, increment);
}

int64_t WorthOf(const Record& record, const CreditCircumstances& circumstances) {
  const type::v1::ActivityKindRule& kind =
      KindFor(circumstances.rules, record.figures.activity_kind());
  if (kind.disqualified()) return 0;
  const int64_t rate = ParseHundredths(kind.rate());
  const event::v1::ActivityAmount& amount = record.figures.amount();
  switch (kind.unit()) {
    case type::v1::ACTIVITY_UNIT_MINUTES: {
      const int64_t worth = WorthOfMinutes(record.figures, circumstances.rules, rate);
      if (!kind.catalogue_required()) return worth;
      return std::min(worth, CatalogueCredits(circumstances.catalogue, record.figures.activity_id(),
                                              record.Completed())
                                 .value_or(0));
    }
    case type::v1::ACTIVITY_UNIT_POSITION_YEARS:
      return amount.position_years_hundredths() * rate / 100;
    case type::v1::ACTIVITY_UNIT_ACADEMIC_CREDITS:
      return amount.academic_credits_hundredths() * rate / 100;
    case type::v1::ACTIVITY_UNIT_COUNT:
      return amount.count() * rate;
    default:
      GS_CHECK(false);
      return 0;
  }
}

bool IsApproved(const Record& record, const CreditCircumstances& circumstances) {
  return KindFor(circumstances.rules, record.figures.activity_kind()).approved();
}

bool IsInWindow(const Record& record, const CreditCircumstances& circumstances) {
  const absl::CivilDay last = circumstances.extension_last_day.value_or(circumstances.last_day);
  return circumstances.first_day <= record.Completed() && record.Completed() <= last;
}

// The reasons that a record has by itself, in the order of section 4; empty where there is none.
std::string OwnReason(const Record& record, const CreditCircumstances& circumstances) {
  const type::v1::ActivityKindRule& kind =
      KindFor(circumstances.rules, record.figures.activity_kind());
  if (record.withdrawn) return "WITHDRAWN";
  if (record.disallowed) return "DISALLOWED";
  if (!IsInWindow(record, circumstances)) return "OUTSIDE_CYCLE";
  if (kind.disqualified()) return "ACTIVITY_DOES_NOT_QUALIFY";
  if (kind.unpaid_only() && record.figures.paid()) return "PAID_SERVICE";
  if (kind.verification_required() && !record.verified) return "AWAITING_VERIFICATION";
  if (kind.approved_programme_only() && record.figures.outside_approved_programme()) {
    return "ACTIVITY_NOT_APPROVED";
  }
  if (kind.catalogue_required() &&
      !CatalogueCredits(circumstances.catalogue, record.figures.activity_id(), record.Completed())
           .has_value()) {
    return "ACTIVITY_NOT_APPROVED";
  }
  if (circumstances.documents_demanded && !record.documented) return "NOT_DOCUMENTED";
  return "";
}

// Of several records of one activity and day, whatever their kind, the one recorded first stays:
// first in the log, not by effective time. Of two accounts of a person the day does not matter.
void MarkDuplicates(std::vector<Record>& records) {
  for (Record& later : records) {
    if (!later.reason.empty() || later.figures.activity_id().empty()) continue;
    for (const Record& earlier : records) {
      if (earlier.position >= later.position || !earlier.reason.empty()) continue;
      if (earlier.figures.activity_id() == later.figures.activity_id() &&
          (earlier.Completed() == later.Completed() || earlier.account != later.account)) {
        later.reason = "DUPLICATE";
      }
    }
  }
}

// The approval that covers a completion; nullptr where none does.
const event::v1::ActivityApproved* ApprovalOf(const std::vector<const ModelFact*>& catalogue,
                                              const std::string& activity,
                                              absl::CivilDay completed) {
  const event::v1::ActivityApproved* approval = nullptr;
  for (const ModelFact* fact : catalogue) {
    if (activity.empty() || fact->stream != "activity/" + activity) continue;
    const auto& event = std::get<ActivityEvent>(fact->payload);
    if (!event.has_activity_approved()) {
      if (completed >= fact->effective_day) approval = nullptr;
      continue;
    }
    const type::v1::Period& period = event.activity_approved().period();
    if (ToDay(period.first_date()) <= completed && completed <= ToDay(period.last_date())) {
      approval = &event.activity_approved();
    }
  }
  return approval;
}

// Of an activity reported whole and by its parts the whole stays. Reading: a part is one of those
// completed on a day of the whole, from the reported first day, else from that of the approval.
void MarkParts(const CreditCircumstances& circumstances, std::vector<Record>& records) {
  const std::vector<Record> before = records;
  for (Record& part : records) {
    const event::v1::ActivityApproved* const approval =
        ApprovalOf(circumstances.catalogue, part.figures.activity_id(), part.Completed());
    if (!part.reason.empty() || approval == nullptr) continue;
    for (const Record& whole : before) {
      if (!whole.reason.empty() || approval->part_of_activity_id().empty() ||
          whole.figures.activity_id() != approval->part_of_activity_id()) {
        continue;
      }
      absl::CivilDay first = whole.Completed();
      const event::v1::ActivityApproved* const cover =
          ApprovalOf(circumstances.catalogue, whole.figures.activity_id(), whole.Completed());
      if (cover != nullptr) first = ToDay(cover->period().first_date());
      if (whole.figures.has_from_date()) first = ToDay(whole.figures.from_date());
      if (first <= part.Completed() && part.Completed() <= whole.Completed()) {
        part.reason = "PART_OF_ANOTHER";
      }
    }
  }
}

// Of the records of a kind that earns once a cycle, the better: most credits, then completed first,
// then recorded first.
bool IsBetterCourse(const Record& a, const Record& b) {
  if (a.worth != b.worth) return a.worth > b.worth;
  if (a.Completed() != b.Completed()) return a.Completed() < b.Completed();
  return a.position < b.position;
}

void MarkSecondCourses(const CreditCircumstances& circumstances, std::vector<Record>& records) {
  const std::vector<Record> before = records;
  for (Record& record : records) {
    if (!record.reason.empty()) continue;
    if (KindFor(circumstances.rules, record.figures.activity_kind()).records_per_cycle() != 1) {
      continue;
    }
    for (const Record& other : before) {
      if (other.reason.empty() && other.figures.activity_kind() == record.figures.activity_kind() &&
          IsBetterCourse(other, record)) {
        record.reason = "ONE_COURSE_PER_CYCLE";
      }
    }
  }
}

ModelCredits Sum(const std::vector<Record>& records, const CreditCircumstances& circumstances) {
  ModelCredits sum;
  for (const Record& record : records) {
    if (!record.reason.empty()) continue;
    sum.total += record.worth;
    if (IsApproved(record, circumstances)) sum.approved += record.worth;
  }
  return sum;
}

// Once the cycle is approved, those stay that the approval rests on; before, those that help.
bool StaysInExtendedCycle(const CreditCircumstances& circumstances, std::vector<Record> taken,
                          const Record& record) {
  if (circumstances.approved_with.has_value()) {
    return circumstances.approved_with->contains(record.figures.reference());
  }
  MarkSecondCourses(circumstances, taken);
  const ModelCredits sum = Sum(taken, circumstances);
  return sum.total < circumstances.requirement.total ||
         (sum.approved < circumstances.requirement.approved && IsApproved(record, circumstances));
}

// Section 3: records completed inside a granted extension go to the extended cycle in order of
// completion, then of recording, each as long as it helps. Readings: what is there already is
// counted with the limit of one course applied; "helps" is as written (the total is lacking, or
// approved credits are and it is approved), so also a record that is worth 0 or turns out a second
// course.
void MarkNextCycle(const CreditCircumstances& circumstances, std::vector<Record>& records) {
  std::vector<Record> taken;
  std::vector<Record*> in_extension;
  for (Record& record : records) {
    if (!record.reason.empty()) continue;
    if (record.Completed() > circumstances.last_day) {
      in_extension.push_back(&record);
    } else {
      taken.push_back(record);
    }
  }
  std::stable_sort(in_extension.begin(), in_extension.end(), [](const Record* a, const Record* b) {
    return a->Completed() < b->Completed();
  });
  for (Record* record : in_extension) {
    if (StaysInExtendedCycle(circumstances, taken, *record)) {
      taken.push_back(*record);
    } else {
      record->reason = "COUNTS_IN_NEXT_CYCLE";
    }
  }
}

}  // namespace

CreditOutcome EvaluateCredits(const std::vector<const ModelFact*>& facts,
                              const CreditCircumstances& circumstances) {
  std::vector<Record> records;
  for (const Record& record : CollectRecords(facts)) {
    if (circumstances.reported_by.has_value() && record.reported > *circumstances.reported_by) {
      continue;
    }
    records.push_back(record);
  }
  for (Record& record : records) {
    record.worth = WorthOf(record, circumstances);
    record.reason = OwnReason(record, circumstances);
  }
  MarkDuplicates(records);
  MarkParts(circumstances, records);
  for (Record& record : records) {
    if (record.reason.empty() &&
        circumstances.counted_before.contains(record.figures.reference())) {
      record.reason = "COUNTED_IN_PREVIOUS_CYCLE";
    }
  }
  MarkNextCycle(circumstances, records);
  MarkSecondCourses(circumstances, records);

  CreditOutcome outcome;
  outcome.counted = Sum(records, circumstances);
  for (const Record& record : records) {
    outcome.results[record.figures.reference()] = {record.reason.empty() ? record.worth : 0,
                                                   record.reason};
  }
  return outcome;
}

}  // namespace goodstanding::model
