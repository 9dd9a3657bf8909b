// The program as a user runs it, for tests that kill it.
#ifndef GOODSTANDING_TESTS_CRASH_RUNNING_SERVER_H_
#define GOODSTANDING_TESTS_CRASH_RUNNING_SERVER_H_

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "tests/support/child_process.h"
#include "tools/client.h"

namespace goodstanding::testing {

inline uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  uint64_t value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

// A server process and a channel to it.
class RunningServer {
 public:
  static std::vector<std::string> Arguments(const std::string& folder) {
    return {GOODSTANDING_PROGRAM, "serve",       "--data",  folder,
            "--listen",           "127.0.0.1:0", "--rules", GOODSTANDING_RULES_FILE};
  }

  static std::unique_ptr<RunningServer> Start(const std::string& folder) {
    auto process = ChildProcess::Start(Arguments(folder));
    if (!process.ok()) return Failed(process.status());
    const absl::StatusOr<std::string> address = (*process)->AwaitLine("Listening on ");
    if (!address.ok()) return Failed(address.status());
    return std::make_unique<RunningServer>(*std::move(process), *address);
  }

  RunningServer(std::unique_ptr<ChildProcess> process, const std::string& address)
      : process_(std::move(process)),
        client_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())) {}

  const tools::Client& client() const { return client_; }
  void Kill() { EXPECT_THAT(process_->Kill(), ::testing::Not(::testing::HasSubstr("Sanitizer"))); }
  int Stop() { return process_->Stop(); }

 private:
  static std::unique_ptr<RunningServer> Failed(const absl::Status& status) {
    ADD_FAILURE() << "the server does not start: " << status.message();
    return nullptr;
  }

  const std::unique_ptr<ChildProcess> process_;
  const tools::Client client_;
};

}  // namespace goodstanding::testing

#endif  // GOODSTANDING_TESTS_CRASH_RUNNING_SERVER_H_
