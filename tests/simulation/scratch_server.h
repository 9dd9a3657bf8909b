// One server in a scratch folder, its whole log, and histories played against it.
#ifndef GOODSTANDING_TESTS_SIMULATION_SCRATCH_SERVER_H_
#define GOODSTANDING_TESTS_SIMULATION_SCRATCH_SERVER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/clock.h"
#include "services/server.h"
#include "tests/simulation/history.h"
#include "tools/any_command.h"
#include "tools/client.h"
#include "tools/scratch_folder.h"

namespace goodstanding::simulation {

// Confined to one thread.
class ScratchServer {
 public:
  ScratchServer();

  void MoveClock(absl::Time now) { clock_.Set(now); }
  const tools::Client& client() const { return *client_; }

  // Every event with its envelope.
  std::string Log() const;

  // Publishes the rules and gives each step to `command`, which sends it and returns what is wrong,
  // or nothing. What is wrong first, with the history; or nothing.
  std::string Play(const History& history,
                   const std::function<std::string(const tools::AnyCommand&)>& command);

 private:
  ManualClock clock_;
  std::unique_ptr<tools::ScratchFolder> folder_;
  std::unique_ptr<services::Server> server_;
  std::unique_ptr<tools::Client> client_;
};

}  // namespace goodstanding::simulation

#endif  // GOODSTANDING_TESTS_SIMULATION_SCRATCH_SERVER_H_
