// What is due or expected next, and when: the windows of a renewal and the board's own service
// times.
//
// A deadline says what its window permits and what happens after it. Expectations ("decision by",
// "badge by") bind nobody: no standing depends on them.
#ifndef GOODSTANDING_DOMAIN_DEADLINES_H_
#define GOODSTANDING_DOMAIN_DEADLINES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/evaluate.h"

namespace goodstanding::domain {

// In the order in which those of one moment are listed.
enum class DeadlineKind {
  kApplicationOpens,
  kApplication,
  kExtensionRequest,
  kLateApplication,
  kExtensionEnd,
  kReinstatement,
  kDecisionExpected,
  kBadgeExpected,
  kPostingExpected,
};

struct Deadline {
  DeadlineKind kind = DeadlineKind::kApplicationOpens;
  Date date;                         // The day, inclusive.
  std::optional<Date> earliest;      // For an expectation within a span: its first day.
  std::optional<int> minute_of_day;  // Inclusive; absent: the whole day.
  std::string text;                  // What it permits and what happens after it.
  std::vector<int64_t> positions;    // Of the events that it rests on, ascending; may be empty.
  std::string source_heading;
  bool settled = false;  // The page is silent: the board's own reading.
};

// The days between which the board posts a completion of its own, both inclusive.
struct PostingSpan {
  Date earliest;
  Date latest;
};

// When a completion on the board's own platform is posted; nullopt for one from before automatic
// posting, which is self-reported. For a conference count from the session-evaluation deadline.
std::optional<PostingSpan> PostingExpected(const Figures& figures, Date completed);

// What is due or expected on the evaluation's day or later, soonest first; of one day those with a
// time of day come first. Empty where no certification can be renewed any more.
//
// A complete application has no deadlines left to meet: only its decision is expected. A
// self-reported SPONSORED record is taken as awaiting the board's own posting as long as the span
// of its completion day lasts and no posted record of that day (and activity, where named) is
// there. A decision or a badge that is overdue is not listed.
std::vector<Deadline> DeadlinesAt(const Facts& facts, const Evaluation& evaluation);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_DEADLINES_H_
