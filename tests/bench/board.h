// The server under measurement: `goodstanding serve` on a folder of its own, with a register in it.
#ifndef GOODSTANDING_TESTS_BENCH_BOARD_H_
#define GOODSTANDING_TESTS_BENCH_BOARD_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/bench/load.h"
#include "tests/bench/subscribers.h"
#include "tests/support/child_process.h"
#include "tools/client.h"

namespace goodstanding::bench {

// A person of the register, as the questions below name it.
enum class Question { kNow, kAsOf, kKnownAt };

// Confined to one thread.
class Board {
 public:
  // Starts the server on an empty folder and fills it: 100,000 certificants with a grant each, one
  // more with 100 events.
  static absl::StatusOr<std::unique_ptr<Board>> Start(const std::string& folder,
                                                      std::optional<int> core);

  pid_t pid() const { return server_->pid(); }

  // Callers that ask where a random certificant stands today.
  Load AskAnyone(int callers, std::chrono::nanoseconds time);
  // Callers that ask where the one with 100 events stands: today, on a day in the midst of them, or
  // as known at its last event.
  Load AskTheOne(Question question, int callers, std::chrono::nanoseconds time);
  // Callers that ask for the first page of everybody in good standing today.
  Load ReadReport(int callers, std::chrono::nanoseconds time);
  // Callers that record a credit for a random certificant.
  Load Record(int callers, std::chrono::nanoseconds time);

  // Reads the log through one subscription, up to its head, decoded or as stored: the events, the
  // responses that held them, and their bytes.
  struct History {
    int64_t events = 0;
    int64_t pages = 0;
    int64_t bytes = 0;
  };
  absl::StatusOr<History> ReadHistory(bool stored_only);

  // Subscriptions behind the log's head; see there.
  absl::StatusOr<std::unique_ptr<Subscribers>> Subscribe(int count, bool read) const;

  // Waits until the views hold everything that was recorded.
  absl::Status Settle();

 private:
  Board(std::unique_ptr<testing::ChildProcess> server, const std::string& address);

  absl::Status Register();
  absl::Status RegisterTheOne();
  std::string AnyId();
  std::string NewId();

  const std::unique_ptr<testing::ChildProcess> server_;
  const tools::Client client_;
  std::mt19937_64 random_{1};
  int64_t last_id_ = 0;
  int64_t last_position_of_the_one_ = 0;
};

}  // namespace goodstanding::bench

#endif  // GOODSTANDING_TESTS_BENCH_BOARD_H_
