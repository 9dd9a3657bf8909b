// A rule set's figures, checked and ready to use.
//
// Figures are compiled once from a RuleSet message and never change: every evaluation reads them
// from any thread. Shaped for more than one board: a requirement is a list of lines, an activity
// kind a row, dates are windows relative to a cycle.
#ifndef GOODSTANDING_DOMAIN_FIGURES_H_
#define GOODSTANDING_DOMAIN_FIGURES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/amounts.h"
#include "domain/dates.h"
#include "goodstanding/type/v1/rule_set.pb.h"

namespace goodstanding::domain {

// The windows of one cycle. All days are inclusive.
struct CycleCalendar {
  Date application_opens;
  Date cycle_end;
  Date late_through;
  Date extension_through;
  Date reinstatement_through;
};

// One line of a requirement.
struct RequirementLine {
  std::string line;
  bool approved_only = false;
  Hundredths minimum = 0;  // Inclusive.
};

// What holders of at least `credential_count` credentials need and pay.
struct Level {
  std::string level;
  int credential_count = 1;
  std::vector<RequirementLine> requirement;
  Hundredths extension_half = 0;
  Hundredths member_fee = 0;
  Hundredths non_member_fee = 0;
};

// One kind of activity.
struct ActivityKind {
  std::string kind;
  std::string title;
  type::v1::ActivityUnit unit = type::v1::ACTIVITY_UNIT_UNSPECIFIED;
  Hundredths rate = 0;  // Credits for an hour or for one of the unit.
  bool approved = false;
  bool disqualified = false;
  bool catalogue_required = false;
  bool verification_required = false;
  bool unpaid_only = false;
  bool approved_programme_only = false;
  bool one_per_cycle = false;
  std::string source_heading;
};

// Immutable after Compile.
struct Figures {
  std::string name;
  std::string source_title;
  std::string time_zone;
  std::string currency_code;
  std::vector<std::string> credentials;
  int cycle_years = 0;
  MonthDay cycle_end;
  MonthDay application_opens;
  MonthDay late_through;
  MonthDay extension_through;
  MonthDay reinstatement_through;
  int business_closes_minute = 0;
  std::vector<Level> levels;  // Ascending by credential_count.
  Hundredths late_fee = 0;
  Hundredths extension_fee = 0;
  Hundredths reinstatement_fee = 0;
  std::vector<ActivityKind> kinds;  // Ascending by kind.
  Hundredths credit_increment = 0;
  int housekeeping_minutes_per_hour = 0;
  int decision_days = 0;
  int badge_business_days = 0;
  int posting_business_days_min = 0;
  int posting_business_days_max = 0;
  Date automatic_posting_from;
  std::vector<Date> holidays;  // Ascending.

  // The windows of the cycle that ends in `end_year`.
  CycleCalendar CalendarOf(int end_year) const;

  // The row of a level by the number of credentials; the first row for none.
  const Level& LevelFor(int credential_count) const;

  // The row of a kind; nullptr where the rule set has none.
  const ActivityKind* FindKind(absl::string_view kind) const;

  bool HasCredential(absl::string_view credential) const;

  // Neither a Saturday, a Sunday nor a holiday.
  bool IsBusinessDay(Date date) const;

  // The business day that is `count` (not negative) business days after `date`.
  Date AddBusinessDays(Date date, int count) const;
};

// Every fault of a rule set, as "path: what is wrong, and what would be accepted"; empty: valid.
std::vector<std::string> ValidateRuleSet(const type::v1::RuleSet& rule_set);

// The figures of a valid rule set. INVALID_RULE_SET with all faults otherwise.
absl::StatusOr<Figures> CompileRuleSet(const type::v1::RuleSet& rule_set);

// Replaces one figure of a rule set. INVALID_RULE_SET where the path names no figure. The value is
// checked by ValidateRuleSet.
absl::Status ApplyFigureChange(const type::v1::FigureChange& change, type::v1::RuleSet& rule_set);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_FIGURES_H_
