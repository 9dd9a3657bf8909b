// The figures that judge one cycle, looked up in the rule-set facts of the log.
#ifndef GOODSTANDING_TESTS_MODEL_MODEL_RULES_H_
#define GOODSTANDING_TESTS_MODEL_MODEL_RULES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "goodstanding/type/v1/rule_set.pb.h"
#include "tests/model/standing_model.h"

namespace goodstanding::model {

// Whether the question sees the fact at all: by when it was recorded, whatever its effective time.
bool IsKnown(const ModelFact& fact, const ModelQuestion& question);

// REQUIRES: decimal digits.
int ParseWhole(absl::string_view digits);

// Hundredths of a decimal with at most two decimals: "12.5" is 1250. An empty one is 0.
int64_t ParseHundredths(absl::string_view decimal);

// The rule set that governs cycles which end in `year`, corrections for that year applied.
// REQUIRES: the log has published one.
type::v1::RuleSet RulesFor(const std::vector<ModelFact>& log, const ModelQuestion& question,
                           int year);

// The row for a number of credentials held; the first one where none is held.
const type::v1::LevelRule& LevelFor(const type::v1::RuleSet& rules, int64_t credential_count);

// The row for a kind of activity. REQUIRES: there is one.
const type::v1::ActivityKindRule& KindFor(const type::v1::RuleSet& rules, absl::string_view kind);

// The day "MM-DD" of a year.
absl::CivilDay DayInYear(absl::string_view month_and_day, int year);

// The first day "MM-DD" after a day.
absl::CivilDay FirstDayAfter(absl::string_view month_and_day, absl::CivilDay after);

}  // namespace goodstanding::model

#endif  // GOODSTANDING_TESTS_MODEL_MODEL_RULES_H_
