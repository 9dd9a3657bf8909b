// Names for threads, as top, ps and profilers show them, and their place behind others.
#ifndef GOODSTANDING_BASE_THREAD_NAME_H_
#define GOODSTANDING_BASE_THREAD_NAME_H_

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/check.h"

namespace goodstanding {

// Names the calling thread: at most 15 characters.
inline void NameThread(const char* name) {
  GS_CHECK(pthread_setname_np(pthread_self(), name) == 0);
}

// Puts the calling thread behind others: where there are not enough processors for all, it gets a
// third of what each of them gets. Nothing where the system does not do that.
inline void YieldToOthers() {
  constexpr int kNice = 5;
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
}

}  // namespace goodstanding

#endif  // GOODSTANDING_BASE_THREAD_NAME_H_
