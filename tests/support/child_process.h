// A program run beside a test, as a user would run it.
#ifndef GOODSTANDING_TESTS_SUPPORT_CHILD_PROCESS_H_
#define GOODSTANDING_TESTS_SUPPORT_CHILD_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace goodstanding::testing {

// Standard output and error come through one pipe; whoever starts a program that writes much must
// read it. The child is killed when its owner, or the thread
// that started it, ends. Not thread-safe.
class ChildProcess {
 public:
  // Runs the program `arguments[0]` (a path), on the one core `core` where that is given.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(
      const std::vector<std::string>& arguments, std::optional<int> core = std::nullopt);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }

  // Reads until a line holds `text`, and returns what follows it there. UNAVAILABLE, with all that
  // was written since the last call, where the program ends first.
  absl::StatusOr<std::string> AwaitLine(absl::string_view text);

  // SIGKILL, and waits for the end. Returns what the program had written that was not read.
  std::string Kill();

  // SIGTERM, and waits for the end. The exit code; -1 where a signal ended it.
  int Stop();

 private:
  ChildProcess(pid_t pid, int output) : pid_(pid), output_(output) {}

  // One line without its end; nullopt where the program closed its output.
  std::optional<std::string> ReadLine();
  int Wait(int signal);

  pid_t pid_;
  int output_;
  std::string unread_;
};

}  // namespace goodstanding::testing

#endif  // GOODSTANDING_TESTS_SUPPORT_CHILD_PROCESS_H_
