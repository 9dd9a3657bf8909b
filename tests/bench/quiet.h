// How much of the machine went to others while something was measured.
#ifndef GOODSTANDING_TESTS_BENCH_QUIET_H_
#define GOODSTANDING_TESTS_BENCH_QUIET_H_

#include <sys/types.h>

#include <chrono>
#include <vector>

namespace goodstanding::bench {

// Processor time that a process has used so far. Resolution 10 ms.
double CpuSeconds(pid_t pid);

// Memory that a process holds, in MiB.
double ResidentMebibytes(pid_t pid);

// From construction on. Reads /proc; resolution 10 ms of processor time.
class OthersWatch {
 public:
  // This process and `ours` are not others.
  explicit OthersWatch(std::vector<pid_t> ours);

  // Cores that other programs kept busy since construction, on average.
  double BusyCores() const;

 private:
  const std::vector<pid_t> ours_;
  const std::chrono::steady_clock::time_point begin_;
  const double busy_begin_;
};

}  // namespace goodstanding::bench

#endif  // GOODSTANDING_TESTS_BENCH_QUIET_H_
