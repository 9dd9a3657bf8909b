// GS_CHECK: a broken assumption of ours stops the process at once, in release builds too.
#ifndef GOODSTANDING_BASE_CHECK_H_
#define GOODSTANDING_BASE_CHECK_H_

#include <cstdio>
#include <cstdlib>

// One condition, stated positively. For our bugs only: bad input, old files and clock jumps are
// absl::Status.
#define GS_CHECK(condition)                                                              \
  do {                                                                                   \
    if (!(condition)) {                                                                  \
      std::fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)

#endif  // GOODSTANDING_BASE_CHECK_H_
