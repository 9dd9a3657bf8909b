// The standing as a step function of the date, and whole answers from the last fact on: what a view
// stores so that a day that passes needs no job.
#ifndef GOODSTANDING_DOMAIN_TIMELINE_H_
#define GOODSTANDING_DOMAIN_TIMELINE_H_

#include <string>
#include <vector>

#include "domain/evaluate.h"

namespace goodstanding::domain {

// Days on which standing, cycle and credentials stay as they are.
struct StandingSpan {
  Date from;  // Inclusive; it holds until the next span begins.
  Standing standing = type::v1::STANDING_NOT_CERTIFIED;
  int cycle_end_year = 0;
  Date cycle_start;
  Date cycle_end;
  bool renewed = false;
  std::vector<std::string> credentials;  // Held, ascending.

  bool SameAs(const StandingSpan& other) const;
};

// What all facts come to, also those that take effect later: computed once for what follows.
struct Outlook {
  // On which a fact of the person, or of an activity that a record names, takes effect; unordered,
  // with repeats.
  std::vector<Date> fact_days;
  Career career;
};
Outlook OutlookOf(const Facts& facts);

// The standing of every day, from the first grant on; empty where none was ever granted. The span
// of a day d says what Evaluate(facts, Cutoff::EndOf(d)) says.
std::vector<StandingSpan> BuildTimeline(const Facts& facts);
std::vector<StandingSpan> BuildTimeline(const Facts& facts, const Outlook& outlook);

// Days on which the answer can differ from that of the day before, from the day of the last fact
// on, ascending; the first is that day. Empty where there are no facts.
std::vector<Date> AnswerDaysFromLastFact(const Facts& facts, const Outlook& outlook);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_TIMELINE_H_
