// Generated histories: commands with a clock, and questions about what they add up to.
//
// A history is plain data, so that it can be played against anything, shrunk, and printed in the
// form of tests/scenarios/FORMAT.md.
#ifndef GOODSTANDING_TESTS_SIMULATION_HISTORY_H_
#define GOODSTANDING_TESTS_SIMULATION_HISTORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "goodstanding/event/v1/activity_event.pb.h"
#include "goodstanding/event/v1/certificant_event.pb.h"
#include "goodstanding/event/v1/rule_set_event.pb.h"
#include "goodstanding/type/v1/rule_set.pb.h"

namespace goodstanding::simulation {

// The board's zone, and moments in it, to the minute.
const absl::TimeZone& Zone();
absl::Time Instant(absl::CivilMinute minute);
absl::CivilDay DayOf(absl::Time time);

// The shipped rules without the holidays, which no answer here depends on.
const type::v1::RuleSet& Rules();

// One command, as the fact that it proposes. A correction leaves its version open.
struct Step {
  absl::Time at;                        // The clock.
  std::optional<absl::Time> effective;  // Absent: the clock.
  std::string id;                       // Of the certificant or activity; of rules: their name.
  std::variant<event::v1::CertificantEvent, event::v1::ActivityEvent, event::v1::RuleSetCorrected>
      proposed;

  std::string Stream() const;
};

// When the fact took place: what the board posts itself, at noon of the day of completion.
absl::Time EffectiveOf(const Step& step);

// What is asked once all steps are done.
struct Question {
  std::string certificant;
  absl::CivilDay as_of = {};
  std::optional<absl::Time> known_at = std::nullopt;    // Absent: everything.
  std::optional<int64_t> rules_version = std::nullopt;  // Absent: the newest known.
};

struct History {
  std::vector<Step> steps;
  std::vector<Question> questions;

  std::vector<std::string> Certificants() const;
};

// A step as a line of YAML, at the clock of the step; `fails` where it must be refused.
std::string ToYaml(const Step& step, const std::string& fails);

// As whom and when a question is asked: "as_of: 2025-12-31", known_at and rules where given.
std::string ToYaml(const Question& question, const std::string& separator);

}  // namespace goodstanding::simulation

#endif  // GOODSTANDING_TESTS_SIMULATION_HISTORY_H_
