#include "tests/support/child_process.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"

namespace goodstanding::testing {
namespace {

absl::Status SystemError(absl::string_view what) {
  return absl::UnavailableError(
      absl::StrCat(what, ": ", std::error_code(errno, std::generic_category()).message()));
}

// The child's part; only what is allowed between fork and exec in a process with threads.
[[noreturn]] void Become(char* const* arguments, int output, std::optional<int> core,
                         pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // It ended before it could be bound to.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(*core, &cores);
    sched_setaffinity(0, sizeof(cores), &cores);
  }
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execv(arguments[0], arguments);
  _exit(127);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(
    const std::vector<std::string>& arguments, std::optional<int> core) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  int pipe[2];
  if (pipe2(pipe, O_CLOEXEC) != 0) return SystemError("no pipe");
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) Become(pointers.data(), pipe[1], core, parent);
  close(pipe[1]);
  if (pid < 0) {
    const absl::Status status = SystemError("cannot fork");
    close(pipe[0]);
    return status;
  }
  return absl::WrapUnique(new ChildProcess(pid, pipe[0]));
}

ChildProcess::~ChildProcess() {
  Wait(SIGKILL);
  close(output_);
}

absl::StatusOr<std::string> ChildProcess::AwaitLine(absl::string_view text) {
  std::string all;
  while (const std::optional<std::string> line = ReadLine()) {
    const size_t found = line->find(text.data(), 0, text.size());
    if (found != std::string::npos) return line->substr(found + text.size());
    absl::StrAppend(&all, *line, "\n");
  }
  return absl::UnavailableError(
      absl::StrCat("the program ended without writing \"", text, "\"; it wrote:\n", all));
}

std::optional<std::string> ChildProcess::ReadLine() {
  while (true) {
    const size_t end = unread_.find('\n');
    if (end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    char bytes[4096];
    const ssize_t count = read(output_, bytes, sizeof(bytes));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    unread_.append(bytes, static_cast<size_t>(count));
  }
}

std::string ChildProcess::Kill() {
  Wait(SIGKILL);
  std::string rest;
  while (const std::optional<std::string> line = ReadLine()) absl::StrAppend(&rest, *line, "\n");
  return rest;
}

int ChildProcess::Stop() {
  const int status = Wait(SIGTERM);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int ChildProcess::Wait(int signal) {
  if (pid_ <= 0) return 0;
  kill(pid_, signal);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return status;
}

}  // namespace goodstanding::testing
