// SIGINT and SIGTERM as something to wait for.
#ifndef GOODSTANDING_TOOLS_STOP_SIGNALS_H_
#define GOODSTANDING_TOOLS_STOP_SIGNALS_H_

#include <atomic>
#include <chrono>
#include <thread>

namespace goodstanding::tools {

// Blocks SIGINT and SIGTERM in this thread and all that it starts from now on. Call it before any
// other thread is there: libraries start some.
void BlockStopSignals();

// Waits until one of them arrives, and returns its number. A second one then ends the process.
int WaitForStopSignal();
// The same, at most so long; 0 where none arrived. They stay blocked.
int WaitForStopSignal(std::chrono::seconds longest);

// Notes in the background that one has arrived. BlockStopSignals comes first.
class StopWatcher {
 public:
  StopWatcher();
  ~StopWatcher();
  StopWatcher(const StopWatcher&) = delete;
  StopWatcher& operator=(const StopWatcher&) = delete;

  const std::atomic<bool>& stopped() const { return stopped_; }

 private:
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_STOP_SIGNALS_H_
