// A board that is made up: people, and years of what they did and what was decided, each event as
// the services would have recorded it. Equal seeds give equal boards.
#ifndef GOODSTANDING_TOOLS_SIMULATED_BOARD_H_
#define GOODSTANDING_TOOLS_SIMULATED_BOARD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "domain/catalogue.h"
#include "domain/dates.h"
#include "domain/rulebook.h"
#include "goodstanding/event/v1/activity_event.pb.h"
#include "goodstanding/event/v1/certificant_event.pb.h"
#include "services/board_time.h"

namespace goodstanding::tools {

struct SimulationOptions {
  uint64_t seed = 1;
  int64_t certificants = 10'000;
  int years = 14;  // Of the board's history, up to `last_day`; 1 to 50.
  domain::Date last_day = domain::Date::FromNumber(20'453);  // December 31, 2025.
};

// An event of a person's stream.
struct SimulatedEvent {
  int64_t recorded_micros = 0;  // When it was keyed in: never before it took place.
  absl::Time effective;
  event::v1::CertificantEvent event;  // Personal fields not sealed; bases without position.
};

// An activity that the board approved before everything else.
struct SimulatedActivity {
  std::string activity_id;
  event::v1::ActivityEvent event;
};

// Thread-safe.
class SimulatedBoard {
 public:
  // The rules are those that are shipped. The zone outlives it.
  SimulatedBoard(const SimulationOptions& options, const services::BoardTime& zone);

  // The day before the first fact: rules and catalogue are recorded on it.
  domain::Date founded() const { return founded_; }
  const std::vector<SimulatedActivity>& activities() const { return activities_; }

  static std::string IdOf(int64_t number);
  // The stream of a person, numbered from 0, in the order of keying in. About 50 events. Each was
  // decided on those before it; what would have been refused is not there.
  std::vector<SimulatedEvent> LifeOf(int64_t number) const;

 private:
  const SimulationOptions options_;
  const services::BoardTime& zone_;
  domain::Date founded_;
  std::vector<SimulatedActivity> activities_;
  domain::Rulebook rulebook_;
  domain::Catalogue catalogue_;
};

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_SIMULATED_BOARD_H_
