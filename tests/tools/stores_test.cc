// Stores that earlier versions wrote: tests/stores.
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/child_process.h"
#include "tests/support/status_matchers.h"
#include "tests/tools/run_tool.h"
#include "tools/scratch_folder.h"

namespace goodstanding::tools {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::vector<std::string> Stores() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(GOODSTANDING_STORES)) {
    if (entry.is_directory()) names.push_back(entry.path().filename());
  }
  return names;
}

class StoresTest : public ::testing::TestWithParam<std::string> {
 protected:
  StoresTest()
      : store_(absl::StrCat(GOODSTANDING_STORES, "/", GetParam())),
        data_(absl::StrCat(folder_->path(), "/data")) {
    std::filesystem::copy(store_ + "/data", data_, std::filesystem::copy_options::recursive);
    // As their owner had them: git keeps no such modes.
    for (const char* key : {"/deployment.key", "/signing.key"}) {
      std::filesystem::permissions(
          data_ + key, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }
  }

  std::unique_ptr<goodstanding::testing::ChildProcess> Serve() {
    auto server = goodstanding::testing::ChildProcess::Start(
        {GOODSTANDING_PROGRAM, "serve", "--data", data_, "--listen", "127.0.0.1:0"});
    GS_EXPECT_OK(server);
    const auto address = (*server)->AwaitLine("Listening on ");
    GS_EXPECT_OK(address);
    address_ = *address;
    return *std::move(server);
  }

  // The log begins with the events that the kept checkpoint commits to.
  void ExpectSound() const {
    const std::string key(absl::StripAsciiWhitespace(ReadFile(store_ + "/key.txt")));
    const Outcome outcome =
        RunWith({"verify", data_, "--key", key, "--checkpoint", store_ + "/checkpoint.txt"});
    EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.error;
  }

  std::string Ask(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--server", address_});
    const Outcome outcome = RunWith(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.error;
    return outcome.out;
  }

  const std::unique_ptr<ScratchFolder> folder_ = ScratchFolder::Create().value();
  const std::string store_;
  const std::string data_;
  std::string address_;
};

TEST_P(StoresTest, OpensAnswersAsEverAndGoesOn) {
  ExpectSound();

  auto server = Serve();
  int people = 0;
  for (const absl::string_view line :
       absl::StrSplit(ReadFile(store_ + "/answers.txt"), '\n', absl::SkipEmpty())) {
    const std::string id(line.substr(0, line.find(' ')));
    EXPECT_THAT(Ask({"standing", id, "--as-of", "2026-01-01"}), StartsWith(std::string(line)));
    EXPECT_THAT(Ask({"explain", id, "--as-of", "2026-01-01"}), HasSubstr(id));
    EXPECT_NE(Ask({"history", id}), "");
    ++people;
  }
  EXPECT_GT(people, 0);
  EXPECT_THAT(Ask({"rules", "correct", "namss-2025", "--years", "2030", "--set", "fees.late=70.00",
                   "--reason", "the store goes on"}),
              HasSubstr("in force"));
  EXPECT_EQ(server->Stop(), 0);
  ExpectSound();
}

INSTANTIATE_TEST_SUITE_P(All, StoresTest, ::testing::ValuesIn(Stores()),
                         [](const auto& instance) { return "Store" + instance.param; });

}  // namespace
}  // namespace goodstanding::tools
