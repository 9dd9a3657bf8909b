// The server as its operator starts it.
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "tests/support/child_process.h"
#include "tests/support/status_matchers.h"
#include "tools/scratch_folder.h"

namespace goodstanding::tools {
namespace {

using testing::ChildProcess;

class ServeTest : public ::testing::Test {
 protected:
  ServeTest() : folder_(ScratchFolder::Create().value()) {}

  std::unique_ptr<ChildProcess> Serve(const std::string& rules) {
    auto server = ChildProcess::Start({GOODSTANDING_PROGRAM, "serve", "--data",
                                       absl::StrCat(folder_->path(), "/data"), "--listen",
                                       "127.0.0.1:0", "--rules", rules});
    GS_EXPECT_OK(server);
    return *std::move(server);
  }

  // The shipped rules with one figure changed.
  std::string ChangedRules() {
    std::ifstream shipped(GOODSTANDING_RULES_FILE);
    std::stringstream text;
    text << shipped.rdbuf();
    const std::string changed =
        absl::StrReplaceAll(text.str(), {{"late: \"50.00\"", "late: \"60.00\""}});
    EXPECT_NE(changed, text.str());
    const std::string path = absl::StrCat(folder_->path(), "/changed.textproto");
    std::ofstream(path) << changed;
    return path;
  }

  std::unique_ptr<ScratchFolder> folder_;
};

TEST_F(ServeTest, TellsThatAFileIsNotWhatWasPublished) {
  auto first = Serve(GOODSTANDING_RULES_FILE);
  GS_EXPECT_OK(first->AwaitLine("event=rules_published name=namss-2025"));
  GS_EXPECT_OK(first->AwaitLine("Listening on "));
  EXPECT_EQ(first->Stop(), 0);

  auto same = Serve(GOODSTANDING_RULES_FILE);
  const auto started = same->AwaitLine("Listening on ");
  GS_EXPECT_OK(started);
  EXPECT_EQ(same->Kill().find("rules_differ"), std::string::npos);

  auto changed = Serve(ChangedRules());
  GS_EXPECT_OK(changed->AwaitLine("event=rules_differ name=namss-2025"));
  GS_EXPECT_OK(changed->AwaitLine("Listening on "));
  EXPECT_EQ(changed->Stop(), 0);
}

TEST_F(ServeTest, SaysThatAnotherServerHasTheFolder) {
  auto first = Serve(GOODSTANDING_RULES_FILE);
  GS_EXPECT_OK(first->AwaitLine("Listening on "));
  auto second = Serve(GOODSTANDING_RULES_FILE);
  GS_EXPECT_OK(second->AwaitLine("another process uses this folder; stop it first"));
  constexpr int kRefused = 1;
  EXPECT_EQ(second->Stop(), kRefused);
}

}  // namespace
}  // namespace goodstanding::tools
