#include "tools/stop_signals.h"

#include <algorithm>
#include <csignal>
#include <ctime>

namespace goodstanding::tools {
namespace {

// Tells the watcher that it is no longer needed.
constexpr int kEndWatch = SIGUSR1;

sigset_t StopSet() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

int Wait(const sigset_t& set) {
  int signal = 0;
  while (sigwait(&set, &signal) != 0) {
  }
  return signal;
}

}  // namespace

void BlockStopSignals() {
  sigset_t set = StopSet();
  sigaddset(&set, kEndWatch);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

int WaitForStopSignal() {
  const sigset_t set = StopSet();
  const int signal = Wait(set);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  return signal;
}

int WaitForStopSignal(std::chrono::seconds longest) {
  const sigset_t set = StopSet();
  const timespec timeout = {.tv_sec = longest.count(), .tv_nsec = 0};
  return std::max(0, sigtimedwait(&set, nullptr, &timeout));
}

StopWatcher::StopWatcher() {
  thread_ = std::thread([this] {
    sigset_t set = StopSet();
    sigaddset(&set, kEndWatch);
    if (Wait(set) != kEndWatch) stopped_ = true;
  });
}

StopWatcher::~StopWatcher() {
  pthread_kill(thread_.native_handle(), kEndWatch);
  thread_.join();
}

}  // namespace goodstanding::tools
