// Plays a scenario against a server through its API, step by step.
#ifndef GOODSTANDING_TOOLS_SCENARIO_PLAYER_H_
#define GOODSTANDING_TOOLS_SCENARIO_PLAYER_H_

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "goodstanding/api/v1/query_service.pb.h"
#include "goodstanding/type/v1/rule_set.pb.h"
#include "grpcpp/channel.h"
#include "services/board_time.h"
#include "tools/client.h"
#include "tools/scenario.h"

namespace goodstanding::tools {

// Metadata that names who takes a step.
inline constexpr char kActorKey[] = "x-goodstanding-scenario-by";

// What a step expected and what it got instead.
struct StepFailure {
  int step = 0;  // From 1; 0 is what comes before the first step.
  int line = 0;  // In the file, from 1.
  std::string figure;
  std::string expected;
  std::string got;
};

// Confined to one thread.
class ScenarioPlayer {
 public:
  // The clock is the server's and is moved as the scenario says; it outlives the player.
  ScenarioPlayer(const std::shared_ptr<grpc::Channel>& channel, const services::BoardTime& zone,
                 ManualClock& clock);

  // Publishes the rules at the scenario's first moment, then plays its steps, also beyond one that
  // failed, until `stopped` is set.
  std::vector<StepFailure> Play(const Scenario& scenario, const type::v1::RuleSet& rules,
                                const std::atomic<bool>& stopped);

 private:
  void PlayStep(const Step& step);
  void MoveClock(const When& at);
  void Publish(const type::v1::RuleSet& rules);

  void NamePositions(AnyCommand& command);
  void Do(const Step& step, const AnyCommand& command);
  void Do(const Step& step, const Expectation& expectation);
  void Do(const Step& step, const ReportExpectation& report);
  void Do(const Step& step, const DueExpectation& due);

  // Position of the log's last event; -1, with a failure, where the server does not answer.
  int64_t Head(const Step& step);
  // Adds what the person's transcript says to the figures, as "credit.REF".
  bool AddCredits(const Step& step, const api::v1::Perspective& perspective,
                  const std::string& certificant_id, std::map<std::string, std::string>& figures);
  void Compare(const Step& step, const std::string& figure, const std::string& expected,
               const std::string& got);
  // Whether the call succeeded; a failure is noted.
  bool Succeeded(const Step& step, const std::string& call, const grpc::Status& status);

  const Client client_;
  const services::BoardTime& zone_;
  ManualClock& clock_;
  std::vector<StepFailure> failures_;
  std::map<int64_t, int64_t> positions_;  // Of what a step recorded, by its number.
};

// The figures of an answer, by the names that Expectation uses.
std::map<std::string, std::string> FiguresOf(const api::v1::StandingAnswer& answer);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_SCENARIO_PLAYER_H_
