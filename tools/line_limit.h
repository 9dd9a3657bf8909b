// Keeps a log readable, and a disk from being filled, where anybody can cause its lines.
#ifndef GOODSTANDING_TOOLS_LINE_LIMIT_H_
#define GOODSTANDING_TOOLS_LINE_LIMIT_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/mutex.h"

namespace goodstanding::tools {

// Lets ten lines through in a second. Thread-safe.
class LineLimit {
 public:
  // Asks for one more line: nullopt where it is held back, else how many were in the second before.
  std::optional<int64_t> Take() {
    constexpr int kLinesASecond = 10;
    const MutexLock lock(mutex_);
    int64_t held_back = 0;
    const auto now = std::chrono::steady_clock::now();
    if (now - second_ >= std::chrono::seconds(1)) {
      second_ = now;
      lines_ = 0;
      held_back = std::exchange(held_back_, 0);
    }
    if (++lines_ <= kLinesASecond) return held_back;
    ++held_back_;
    return std::nullopt;
  }

 private:
  Mutex mutex_;
  std::chrono::steady_clock::time_point second_ ABSL_GUARDED_BY(mutex_);
  int lines_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t held_back_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_LINE_LIMIT_H_
