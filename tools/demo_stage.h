// Where the demo plays: a complete server on a port of its own, with a clock that the demo sets.
#ifndef GOODSTANDING_TOOLS_DEMO_STAGE_H_
#define GOODSTANDING_TOOLS_DEMO_STAGE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "domain/dates.h"
#include "services/board_time.h"
#include "services/server.h"
#include "tools/client.h"
#include "tools/demo_cohort.h"
#include "tools/scratch_folder.h"

namespace goodstanding::tools {

// What became of commands.
struct PlayRecord {
  struct Refusal {
    int count = 0;
    std::string message;         // Of the first.
    std::string certificant_id;  // Of the first.
    domain::Date day;            // Of the first.
  };

  int64_t recorded = 0;
  std::map<std::string, Refusal> refusals;  // Those that were wanted, by reason.
};

// Confined to one thread.
class DemoStage {
 public:
  // Starts the server with the shipped rules published in January 2022. `data_dir` is kept; empty:
  // a scratch folder, which goes with the stage.
  static absl::StatusOr<std::unique_ptr<DemoStage>> Start(const std::string& data_dir);

  // Plays all commands of a cohort, and then sets the clock to 09:00 of the day after CohortToday.
  // Tells `progress` (commands done, commands in all) as it goes. FAILED_PRECONDITION, naming the
  // command, at the first one that is accepted or refused against the cohort's word.
  absl::StatusOr<PlayRecord> Play(const Cohort& cohort,
                                  const std::function<void(size_t, size_t)>& progress);

  // Sends a command that must be accepted.
  absl::Status Do(AnyCommand command);

  // Never back.
  void MoveClock(domain::Date day, int minute_of_day);

  const Client& client() const { return *client_; }
  const services::BoardTime& zone() const { return zone_; }

 private:
  DemoStage(services::BoardTime zone, absl::Time begin) : zone_(std::move(zone)), clock_(begin) {}

  absl::Status Open(const std::string& data_dir);
  absl::Status Play(const DatedCommand& dated, PlayRecord& record);
  grpc::Status Send(AnyCommand& command);

  const services::BoardTime zone_;
  ManualClock clock_;
  std::unique_ptr<ScratchFolder> scratch_;
  std::unique_ptr<services::Server> server_;
  std::unique_ptr<Client> client_;
  int64_t sent_ = 0;
};

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_DEMO_STAGE_H_
