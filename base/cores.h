// How many threads can run at once.
#ifndef GOODSTANDING_BASE_CORES_H_
#define GOODSTANDING_BASE_CORES_H_

#include <sched.h>

#include <algorithm>

namespace goodstanding {

// Cores that this process may use, at least 1. (std::thread::hardware_concurrency counts those of
// the machine, which a container or taskset may keep from us.) On more than 1,024 cores: 1,024.
inline int UsableCores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return CPU_SETSIZE;
  return std::max(1, CPU_COUNT(&allowed));
}

}  // namespace goodstanding

#endif  // GOODSTANDING_BASE_CORES_H_
