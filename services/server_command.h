// Commands that the server gives itself.
#ifndef GOODSTANDING_SERVICES_SERVER_COMMAND_H_
#define GOODSTANDING_SERVICES_SERVER_COMMAND_H_

#include <string>

#include "absl/status/status.h"
#include "services/command.h"
#include "services/command_processor.h"

namespace goodstanding::services {

// Has a fact recorded by the server itself, and waits for what becomes of it. The id says what is
// recorded: one that was recorded before is not again. Not to be called on the processor's threads.
absl::Status RecordAsServer(CommandProcessor& processor, std::string request_id, Proposal proposal);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_SERVER_COMMAND_H_
