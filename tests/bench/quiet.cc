#include "tests/bench/quiet.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace goodstanding::bench {
namespace {

double TicksToSeconds(double ticks) { return ticks / static_cast<double>(sysconf(_SC_CLK_TCK)); }

// Of all programs together.
double CpuSecondsOfAll() {
  std::ifstream file("/proc/stat");
  std::string cpu;
  double user = 0;
  double nice = 0;
  double system = 0;
  file >> cpu >> user >> nice >> system;
  return TicksToSeconds(user + nice + system);
}

double SecondsOfOthers(const std::vector<pid_t>& ours) {
  double seconds = CpuSecondsOfAll() - CpuSeconds(getpid());
  for (const pid_t pid : ours) seconds -= CpuSeconds(pid);
  return seconds;
}

}  // namespace

double CpuSeconds(pid_t pid) {
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
  return TicksToSeconds(user + system);
}

double ResidentMebibytes(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/statm"));
  double pages = 0;
  double resident = 0;
  file >> pages >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

OthersWatch::OthersWatch(std::vector<pid_t> ours)
    : ours_(std::move(ours)),
      begin_(std::chrono::steady_clock::now()),
      busy_begin_(SecondsOfOthers(ours_)) {}

double OthersWatch::BusyCores() const {
  const double busy = SecondsOfOthers(ours_) - busy_begin_;
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin_;
  return busy / time.count();
}

}  // namespace goodstanding::bench
