#include "tests/model/model_rules.h"

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/check.h"

namespace goodstanding::model {
namespace {

using event::v1::RuleSetEvent;
using type::v1::RuleSet;

bool Covers(const type::v1::YearRange& years, int year) {
  return years.first_year() <= year && year <= years.last_year();
}

void SetLevelFigure(const std::vector<std::string>& path, const std::string& value,
                    RuleSet& rules) {
  for (type::v1::LevelRule& level : *rules.mutable_levels()) {
    if (absl::AsciiStrToLower(level.level()) != path[1]) continue;
    if (path[0] == "fees") {
      (path[2] == "member" ? *level.mutable_member_fee() : *level.mutable_non_member_fee()) = value;
    } else if (path[2] == "extension_half") {
      level.set_extension_half(value);
    } else {
      for (type::v1::RequirementLine& line : *level.mutable_requirement()) {
        if (line.line() == path[2]) line.set_minimum(value);
      }
    }
  }
}

void SetCalendarFigure(const std::string& name, const std::string& value,
                       type::v1::CalendarRules& calendar) {
  if (name == "application_opens") calendar.set_application_opens(value);
  if (name == "cycle_end") calendar.set_cycle_end(value);
  if (name == "late_through") calendar.set_late_through(value);
  if (name == "extension_through") calendar.set_extension_through(value);
  if (name == "reinstatement_through") calendar.set_reinstatement_through(value);
  if (name == "business_closes") calendar.set_business_closes(value);
}

// Paths: scenarios/FORMAT.md, last paragraph.
void SetFigure(const type::v1::FigureChange& change, RuleSet& rules) {
  const std::vector<std::string> path = absl::StrSplit(change.path(), '.');
  const std::string& value = change.value();
  if (path.size() == 3 && (path[0] == "requirement" || path[0] == "fees")) {
    SetLevelFigure(path, value, rules);
  } else if (path[0] == "fees") {
    if (path[1] == "late") rules.mutable_fees()->set_late(value);
    if (path[1] == "extension") rules.mutable_fees()->set_extension(value);
    if (path[1] == "reinstatement") rules.mutable_fees()->set_reinstatement(value);
  } else if (path[0] == "activity") {
    for (type::v1::ActivityKindRule& kind : *rules.mutable_activity_kinds()) {
      if (kind.kind() == path[1]) kind.set_rate(value);
    }
  } else if (path[0] == "calendar") {
    SetCalendarFigure(path[1], value, *rules.mutable_calendar());
  } else {
    GS_CHECK(change.path() == "credit_increment");
    rules.set_credit_increment(value);
  }
}

bool Governs(const RuleSet& rules, int year) {
  for (const type::v1::YearRange& years : rules.years()) {
    if (Covers(years, year)) return true;
  }
  return false;
}

// The rule set, as published, that governs the year: one that names it, else the one without years.
std::optional<RuleSet> PublishedFor(const std::vector<ModelFact>& log,
                                    const ModelQuestion& question, int year) {
  std::optional<RuleSet> without_years;
  for (const ModelFact& fact : log) {
    const auto* event = std::get_if<RuleSetEvent>(&fact.payload);
    if (event == nullptr || !event->has_rule_set_published()) continue;
    const RuleSet& rules = event->rule_set_published().rule_set();
    const bool asked_for = question.rules.has_value() && question.rules->name() == rules.name();
    if (!IsKnown(fact, question) && !asked_for) continue;
    if (Governs(rules, year)) return rules;
    if (rules.years().empty()) without_years = rules;
  }
  return without_years;
}

}  // namespace

bool IsKnown(const ModelFact& fact, const ModelQuestion& question) {
  if (question.known_position.has_value() && fact.position > *question.known_position) return false;
  if (question.known_micros.has_value() && fact.recorded_micros > *question.known_micros) {
    return false;
  }
  return true;
}

int ParseWhole(absl::string_view digits) {
  int value = 0;
  GS_CHECK(absl::SimpleAtoi(digits, &value));
  return value;
}

int64_t ParseHundredths(absl::string_view decimal) {
  if (decimal.empty()) return 0;
  const bool negative = decimal.front() == '-';
  if (negative) decimal.remove_prefix(1);
  const std::vector<std::string> parts = absl::StrSplit(decimal, '.');
  GS_CHECK(parts.size() <= 2);
  std::string decimals = parts.size() == 2 ? parts[1] : "";
  GS_CHECK(decimals.size() <= 2);
  decimals.resize(2, '0');
  const int64_t value = int64_t{100} * ParseWhole(parts[0]) + ParseWhole(decimals);
  return negative ? -value : value;
}

RuleSet RulesFor(const std::vector<ModelFact>& log, const ModelQuestion& question, int year) {
  std::optional<RuleSet> rules = PublishedFor(log, question, year);
  GS_CHECK(rules.has_value());
  // Which figures apply depends on what was known alone, never on effective times. With an explicit
  // version, that one applies, whatever was known.
  const bool explicit_version =
      question.rules.has_value() && question.rules->name() == rules->name();
  std::map<int64_t, const event::v1::RuleSetCorrected*> corrections;
  for (const ModelFact& fact : log) {
    const auto* event = std::get_if<RuleSetEvent>(&fact.payload);
    if (event == nullptr || !event->has_rule_set_corrected()) continue;
    if (fact.stream != "rules/" + rules->name()) continue;
    const event::v1::RuleSetCorrected& correction = event->rule_set_corrected();
    const bool applies = explicit_version ? correction.version() <= question.rules->version()
                                          : IsKnown(fact, question);
    if (applies) corrections[correction.version()] = &correction;
  }
  for (const auto& [version, correction] : corrections) {
    if (!Covers(correction->years(), year)) continue;
    for (const type::v1::FigureChange& change : correction->changes()) SetFigure(change, *rules);
  }
  return *rules;
}

const type::v1::LevelRule& LevelFor(const RuleSet& rules, int64_t credential_count) {
  GS_CHECK(!rules.levels().empty());
  const type::v1::LevelRule* found = &rules.levels(0);
  for (const type::v1::LevelRule& level : rules.levels()) {
    if (level.credential_count() <= credential_count) found = &level;
  }
  return *found;
}

const type::v1::ActivityKindRule& KindFor(const RuleSet& rules, absl::string_view kind) {
  const type::v1::ActivityKindRule* found = nullptr;
  for (const type::v1::ActivityKindRule& row : rules.activity_kinds()) {
    if (row.kind() == std::string(kind)) found = &row;
  }
  GS_CHECK(found != nullptr);
  return *found;
}

absl::CivilDay DayInYear(absl::string_view month_and_day, int year) {
  const std::vector<std::string> parts = absl::StrSplit(month_and_day, '-');
  GS_CHECK(parts.size() == 2);
  return absl::CivilDay(year, ParseWhole(parts[0]), ParseWhole(parts[1]));
}

absl::CivilDay FirstDayAfter(absl::string_view month_and_day, absl::CivilDay after) {
  absl::CivilDay day = after + 1;
  while (day != DayInYear(month_and_day, static_cast<int>(day.year()))) ++day;
  return day;
}

}  // namespace goodstanding::model
