// How far something is, on standard error, for a person who waits.
#ifndef GOODSTANDING_TOOLS_PROGRESS_H_
#define GOODSTANDING_TOOLS_PROGRESS_H_

#include <chrono>
#include <string>

namespace goodstanding::tools {

// A line that is written over. Nothing is shown in the first two seconds, nor where standard error
// is no terminal. Not thread-safe.
class Progress {
 public:
  Progress();
  // Clears the line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Shows the text in place of the one before, at most ten times a second.
  void Show(const std::string& text);
  // Makes room for other output on the terminal.
  void Clear();

  double seconds() const;

 private:
  const bool terminal_;
  const std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point told_;
  bool shown_ = false;
};

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_PROGRESS_H_
