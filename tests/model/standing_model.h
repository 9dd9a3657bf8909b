// A slow, literal model of the recertification rules, written from the rules' text alone. It knows
// nothing of the domain layer: tests compare the two. For every question it starts again from the
// whole log. No caching, no cleverness; figures come from the rule-set facts in the log. Sections
// named in comments are those of the written rules; where these can be read in several ways, a
// comment says "Reading" and which one is taken.
#ifndef GOODSTANDING_TESTS_MODEL_STANDING_MODEL_H_
#define GOODSTANDING_TESTS_MODEL_STANDING_MODEL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/civil_time.h"
#include "goodstanding/event/v1/activity_event.pb.h"
#include "goodstanding/event/v1/certificant_event.pb.h"
#include "goodstanding/event/v1/rule_set_event.pb.h"
#include "goodstanding/type/v1/values.pb.h"

namespace goodstanding::model {

// One fact of the log.
struct ModelFact {
  // Place in the log: 1, 2, 3 …
  int64_t position = 0;
  // When it was recorded and when it took place, microseconds since 1970 UTC.
  int64_t recorded_micros = 0;
  int64_t effective_micros = 0;
  // The day, in the board's zone, on which it took place.
  absl::CivilDay effective_day;
  // "certificant/<id>", "activity/<id>" or "rules/<name>".
  std::string stream;
  // What happened; personal fields are not looked at.
  std::variant<event::v1::CertificantEvent, event::v1::ActivityEvent, event::v1::RuleSetEvent>
      payload;
  // Who recorded it; and the position of the event that it names as its cause, 0 for none. Only
  // refusals look at them.
  std::string actor = {};
  int64_t cause = 0;
  // Id of the merged account that it is of, where it stands with the survivor.
  std::string account = {};
};

// What is asked. Facts count that are effective by the end of `as_of` (and by `as_of_micros`, where
// set: decisions are taken on the state at an instant) and known: not after `known_position` nor
// after `known_micros`, inclusive. `rules` applies to the years that its rule set governs.
struct ModelQuestion {
  std::string certificant;
  absl::CivilDay as_of;
  std::optional<int64_t> as_of_micros;
  std::optional<int64_t> known_position;
  std::optional<int64_t> known_micros;
  std::optional<type::v1::RuleSetVersion> rules;
};

// Amounts of two requirement lines, in hundredths of a credit.
struct ModelCredits {
  int64_t total = 0;
  int64_t approved = 0;
  bool operator==(const ModelCredits&) const = default;
};

// The four fees of a renewal, in minor units.
struct ModelFees {
  int64_t recertification = 0;
  int64_t late = 0;
  int64_t extension = 0;
  int64_t reinstatement = 0;
  int64_t Sum() const { return recertification + late + extension + reinstatement; }
  bool operator==(const ModelFees&) const = default;
};

// What one credit record earns in the cycle that the answer speaks of.
struct ModelCreditResult {
  // Hundredths; 0 where there is a reason.
  int64_t earned = 0;
  // Why it earns nothing, for example "OUTSIDE_CYCLE"; empty where it counts.
  std::string reason;
  bool operator==(const ModelCreditResult&) const = default;
};

// The answer. Everything from `level` on speaks of the tenure that runs or ran last, and of its
// current cycle; before any grant it is empty.
struct ModelAnswer {
  // For example "ACTIVE", as in the rules' table.
  std::string standing;
  bool certified = false;
  // Code of the level, for example "DUAL".
  std::string level;
  // The current cycle, both days inclusive.
  absl::CivilDay cycle_start;
  absl::CivilDay cycle_end;
  bool renewed = false;
  ModelCredits requirement;
  ModelCredits counted;
  bool complete = false;
  ModelFees fees;
  int64_t paid = 0;
  int64_t balance = 0;
  // Of all renewed cycles, and the part of each by its end year, where positive.
  int64_t arrears = 0;
  std::map<int, int64_t> arrears_by_year;
  // End year of the first cycle that is not renewed.
  int first_open_year = 0;
  // Every record of the person that is known and effective, by its reference.
  std::map<std::string, ModelCreditResult> credits;
  // Documented credits of the cycle, completed by its last day, and what an extension needs.
  int64_t documented_by_cycle_end = 0;
  int64_t extension_half = 0;
  // Credentials held; end years of the cycles that exist, whatever the tenure.
  std::set<std::string> held;
  std::set<int> cycle_years;
  // Those of the tenure that runs or ran last alone.
  std::set<int> tenure_years;
  // Of the first cycle that is not renewed: the last day of each deadline, as waived, and the last
  // day to which it can be moved. And the codes of its requirement's lines.
  std::map<int, absl::CivilDay> deadlines;
  std::map<int, absl::CivilDay> latest;
  // Of each cycle, by its end year: its first day, and the last one of its renewal.
  std::map<int, std::pair<absl::CivilDay, absl::CivilDay>> cycle_days;
  std::set<std::string> lines;
  // How the renewal of the current cycle stands.
  bool submitted = false;
  bool extension_pending = false;
  bool extension_granted = false;
  bool reinstatement_requested = false;
  bool audit_open = false;
};

// Answers one question from the whole log, in any order of positions. REQUIRES: a
// rule set published that governs every year asked for. Time: far from linear. Thread-safe.
ModelAnswer AnswerQuestion(const std::vector<ModelFact>& log, const ModelQuestion& question);

// "12.50" for 1250; negative amounts with a sign.
std::string FormatHundredths(int64_t hundredths);

}  // namespace goodstanding::model

#endif  // GOODSTANDING_TESTS_MODEL_STANDING_MODEL_H_
