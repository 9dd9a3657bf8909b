// Writers that send commands until the server dies, and remember what it said.
#ifndef GOODSTANDING_TESTS_CRASH_WRITERS_H_
#define GOODSTANDING_TESTS_CRASH_WRITERS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "goodstanding/api/v1/command_service.pb.h"
#include "tools/any_command.h"
#include "tools/client.h"

namespace goodstanding::testing {

// A command that was sent.
struct Sent {
  tools::AnyCommand command;
  // What it was answered; absent where the server died first: then it may be recorded or not.
  std::optional<api::v1::CommandReceipt> receipt;
  // Why it failed; only where the server did not just die.
  std::string failure;
};

// By request id.
using SentCommands = std::map<std::string, Sent>;

// Ids of persons whom all writers write to.
std::vector<std::string> SharedPersons();
// Registers and certifies them.
SentCommands SetUpSharedPersons(const tools::Client& client);

// Runs 16 threads, each of which sends one command after the other: new persons, credits and
// memberships of its own person and of shared ones. All commands are acceptable, whatever was
// recorded before.
class Writers {
 public:
  // `run` makes request ids, and the ids of new persons, unique. The client outlives the writers.
  Writers(const tools::Client& client, int run, uint64_t seed);
  ~Writers();

  // Waits until so many commands were answered since the beginning, or all writers have ended.
  void AwaitAcknowledged(int64_t count);

  // Waits for the writers' end: the server must be dead. What they sent.
  SentCommands TakeSent();

 private:
  void Write(int writer, uint64_t seed);
  tools::AnyCommand NextCommand(int writer, int number, std::mt19937_64& random) const;
  // Whether to go on.
  bool Note(const std::string& request_id, Sent sent);
  void Join();

  const tools::Client& client_;
  const int run_;
  Mutex mutex_;
  CondVar changed_;
  SentCommands sent_ ABSL_GUARDED_BY(mutex_);
  int64_t acknowledged_ ABSL_GUARDED_BY(mutex_) = 0;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::thread> threads_;
};

}  // namespace goodstanding::testing

#endif  // GOODSTANDING_TESTS_CRASH_WRITERS_H_
