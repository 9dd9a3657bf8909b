// A simulated board as the commands that a server would have been given.
#ifndef GOODSTANDING_TOOLS_SIMULATED_COMMANDS_H_
#define GOODSTANDING_TOOLS_SIMULATED_COMMANDS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "services/board_time.h"
#include "tools/client.h"
#include "tools/simulated_board.h"

namespace goodstanding::tools {

// What came of sending a board.
struct SentBoard {
  int64_t commands = 0;
  int64_t accepted = 0;
  std::map<std::string, int64_t> refusals;  // By message.
};

// Sends the activities, then the lives, each in its order, those of several people at once on as
// many threads. Request ids are made of the seed and of whose command it is, so that sending the
// same board again changes nothing. The server's clock is past the board's last day, and its rules
// are published. Stops at the first call that fails without being refused, and returns its status.
// `tell`, called by one thread at a time, gets how many people are done.
absl::StatusOr<SentBoard> SendBoard(const SimulatedBoard& board, const SimulationOptions& options,
                                    const services::BoardTime& zone, const Client& client,
                                    int threads, const std::function<void(int64_t)>& tell);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_SIMULATED_COMMANDS_H_
