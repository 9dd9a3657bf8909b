#include "services/server_command.h"

#include <memory>
#include <optional>
#include <utility>

#include "base/mutex.h"

namespace goodstanding::services {
namespace {

// Shared with the processor's thread, which may still hold it when the answer is taken.
struct Answer {
  Mutex mutex;
  CondVar given;
  std::optional<absl::Status> status ABSL_GUARDED_BY(mutex);
};

}  // namespace

absl::Status RecordAsServer(CommandProcessor& processor, std::string request_id,
                            Proposal proposal) {
  Command command;
  command.request_id = std::move(request_id);
  command.digest = std::string(32, '\0');  // The id says it all.
  command.actor.set_issuer("none");
  command.actor.set_subject("server");
  command.proposals.push_back(std::move(proposal));
  const auto answer = std::make_shared<Answer>();
  processor.Execute(std::move(command), [answer](const absl::StatusOr<CommandResult>& result) {
    const MutexLock lock(answer->mutex);
    answer->status = result.status();
    answer->given.SignalAll();
  });
  const MutexLock lock(answer->mutex);
  while (!answer->status.has_value()) answer->given.Wait(answer->mutex);
  return *answer->status;
}

}  // namespace goodstanding::services
