#include "tools/progress.h"

#include <unistd.h>

#include <cstdio>

namespace goodstanding::tools {
namespace {

constexpr std::chrono::seconds kQuiet(2);
constexpr std::chrono::milliseconds kInterval(100);

}  // namespace

Progress::Progress()
    : terminal_(isatty(STDERR_FILENO) != 0),
      begin_(std::chrono::steady_clock::now()),
      told_(begin_) {}

Progress::~Progress() { Clear(); }

void Progress::Show(const std::string& text) {
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - begin_ < kQuiet || (shown_ && now - told_ < kInterval)) return;
  Clear();
  std::fputs(text.c_str(), stderr);
  shown_ = true;
  told_ = now;
}

void Progress::Clear() {
  if (shown_) std::fputs("\r\033[K", stderr);
  shown_ = false;
}

double Progress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

}  // namespace goodstanding::tools
