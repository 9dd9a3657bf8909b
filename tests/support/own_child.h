// A test program that runs itself anew, as the process that is to be killed.
#ifndef GOODSTANDING_TESTS_SUPPORT_OWN_CHILD_H_
#define GOODSTANDING_TESTS_SUPPORT_OWN_CHILD_H_

#include <unistd.h>

#include <string>
#include <vector>

namespace goodstanding::testing {

// Starts this program with one variable more in its environment ("NAME=value"), to run the tests of
// the filter ("--gtest_filter=…"), without the descriptor `closed`. A mere fork would not do:
// RocksDB would believe that its threads are there, and no memtable would ever be written out.
inline pid_t StartOwnChild(const std::string& variable, const char* filter, int closed) {
  std::vector<const char*> environment;
  for (char** each = environ; *each != nullptr; ++each) environment.push_back(*each);
  environment.push_back(variable.c_str());
  environment.push_back(nullptr);
  const char* const arguments[] = {"child", filter, "--gtest_brief=1", nullptr};
  const pid_t child = fork();
  if (child != 0) return child;
  close(closed);
  execve("/proc/self/exe", const_cast<char**>(arguments), const_cast<char**>(environment.data()));
  _exit(7);
}

}  // namespace goodstanding::testing

#endif  // GOODSTANDING_TESTS_SUPPORT_OWN_CHILD_H_
