// Names for threads, as top, ps and profilers show them.
#ifndef GOODSTANDING_BASE_THREAD_NAME_H_
#define GOODSTANDING_BASE_THREAD_NAME_H_

#include <pthread.h>

#include "base/check.h"

namespace goodstanding {

// Names the calling thread: at most 15 characters.
inline void NameThread(const char* name) {
  GS_CHECK(pthread_setname_np(pthread_self(), name) == 0);
}

}  // namespace goodstanding

#endif  // GOODSTANDING_BASE_THREAD_NAME_H_
