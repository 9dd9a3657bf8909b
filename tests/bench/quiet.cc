#include "tests/bench/quiet.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace goodstanding::bench {
namespace {

// User and system time of a process, in ticks.
double TicksOf(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  std::string text;
  std::getline(file, text);
  // The name, in parentheses, may hold spaces; utime and stime are the 12th and 13th after it.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return user + system;
}

// Ticks of all programs together.
double TicksOfAll() {
  std::ifstream file("/proc/stat");
  std::string cpu;
  double user = 0;
  double nice = 0;
  double system = 0;
  file >> cpu >> user >> nice >> system;
  return user + nice + system;
}

double TicksOfOthers(const std::vector<pid_t>& ours) {
  double ticks = TicksOfAll() - TicksOf(getpid());
  for (const pid_t pid : ours) ticks -= TicksOf(pid);
  return ticks;
}

}  // namespace

OthersWatch::OthersWatch(std::vector<pid_t> ours)
    : ours_(std::move(ours)),
      begin_(std::chrono::steady_clock::now()),
      busy_begin_(TicksOfOthers(ours_)) {}

double OthersWatch::BusyCores() const {
  const double busy =
      (TicksOfOthers(ours_) - busy_begin_) / static_cast<double>(sysconf(_SC_CLK_TCK));
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin_;
  return busy / time.count();
}

}  // namespace goodstanding::bench
