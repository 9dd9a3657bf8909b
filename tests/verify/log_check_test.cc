// Sound logs, and what only a checkpoint from elsewhere shows.
#include "verify/log_check.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tests/verify/log_fixture.h"
#include "verify/stored_bytes.h"

namespace goodstanding::verify {
namespace {

using ::goodstanding::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using LogCheckTest = LogTest;

TEST_F(LogCheckTest, AnEmptyLogIsSound) {
  store();
  GS_ASSERT_OK_AND_ASSIGN(const Report report, Check());
  EXPECT_THAT(Lines(report), IsEmpty());
  EXPECT_EQ(report.events, 0);
  EXPECT_EQ(report.root, Sha256(""));
}

// Around the edges of tiles (256) and of segments (65,536), from a closed store each time.
TEST_F(LogCheckTest, LogsOfEverySizeAreSound) {
  for (const int64_t size :
       {1, 2, 255, 256, 257, 511, 512, 1'000, 65'535, 65'536, 65'537, 66'100}) {
    SCOPED_TRACE(size);
    GrowTo(size);
    Sign();
    const std::string origin = store().Origin();
    const auto root = store().TreeRoot(size).value();
    LogCheckOptions options;
    options.keys = {Key()};
    GS_ASSERT_OK_AND_ASSIGN(const Report report, Check(options));
    ASSERT_THAT(Lines(report), IsEmpty());
    EXPECT_EQ(report.events, size);
    EXPECT_EQ(report.root, root);
    EXPECT_EQ(report.origin, origin);
  }
  GS_ASSERT_OK_AND_ASSIGN(const Report report, Check());
  EXPECT_EQ(report.checkpoints, 12);
  EXPECT_EQ(report.streams, 40);
  EXPECT_EQ(report.requests, static_cast<int64_t>(Read("request").size()));
  EXPECT_GT(report.requests, 1'000);
}

TEST_F(LogCheckTest, ManyStreamsAndThreadsAreSound) {
  for (int i = 0; i < 700; ++i) {
    Append({absl::StrCat("certificant/", i), absl::StrCat("activity/", i % 9), "rules/namss"},
           absl::StrCat("request-", i));
  }
  for (const int threads : {1, 2, 7}) {
    LogCheckOptions options;
    options.threads = threads;
    GS_ASSERT_OK_AND_ASSIGN(const Report report, Check(options));
    EXPECT_THAT(Lines(report), IsEmpty());
    EXPECT_EQ(report.streams, 710);
    EXPECT_EQ(report.requests, 700);
  }
}

// Files of a folder with their sizes.
std::vector<std::string> Files(rocksdb::Env& env, const std::string& path) {
  std::vector<std::string> files;
  EXPECT_TRUE(env.GetChildren(path, &files).ok());
  std::sort(files.begin(), files.end());
  for (std::string& file : files) {
    uint64_t size = 0;
    EXPECT_TRUE(env.GetFileSize(absl::StrCat(path, "/", file), &size).ok());
    absl::StrAppend(&file, " ", size);
  }
  return files;
}

TEST_F(LogCheckTest, WorksBesideAServerAndWritesNothing) {
  GrowTo(300);
  store();
  for (int64_t size = 300; size < 305; ++size) {
    const std::vector<std::string> before = Files(*env_, kPath);
    LogCheckOptions options;
    options.path = kPath;
    options.env = env_.get();
    GS_ASSERT_OK_AND_ASSIGN(const Report report, CheckLog(options));
    EXPECT_THAT(Lines(report), IsEmpty());
    EXPECT_EQ(report.events, size);
    EXPECT_EQ(Files(*env_, kPath), before);
    Append({"certificant/late"}, absl::StrCat("late-", size));
  }
}

TEST_F(LogCheckTest, AFolderWithoutALogIsSaid) {
  EXPECT_THAT(Check(), StatusIs(absl::StatusCode::kNotFound, HasSubstr("no log in /log")));
}

TEST_F(LogCheckTest, ATrustedCheckpointHasToBeExtended) {
  GrowTo(100);
  const std::string at_100 = Sign();
  GrowTo(400);
  const std::string at_400 = Sign();
  LogCheckOptions options;
  options.keys = {Key()};
  for (const std::string& note : {at_100, at_400}) {
    GS_ASSERT_OK_AND_ASSIGN(options.trusted, SignedCheckpoint::Parse(note));
    EXPECT_THAT(Found(options), IsEmpty());
  }
  options.trusted->size = 401;
  EXPECT_THAT(
      Found(options),
      ElementsAre("trusted checkpoint, the file: it commits to 401 events; the log has 400"));
  options.trusted->size = 399;
  EXPECT_THAT(Found(options), ElementsAre("trusted checkpoint, the file: its root is not that of "
                                          "the first 399 events"));
  GS_ASSERT_OK_AND_ASSIGN(options.trusted, SignedCheckpoint::Parse(at_100));
  options.trusted->origin = "another";
  EXPECT_THAT(Found(options), ElementsAre(HasSubstr("it is of the log another, this one is")));
  GS_ASSERT_OK_AND_ASSIGN(options.trusted, SignedCheckpoint::Parse(at_100));
  options.trusted->text += "more\n";
  EXPECT_THAT(Found(options),
              ElementsAre(HasSubstr("trusted checkpoint, the file: the signature")));
  options.keys.clear();
  EXPECT_THAT(Found(options), IsEmpty());
}

TEST_F(LogCheckTest, CheckpointsHaveToBeSignedByAGivenKey) {
  GrowTo(20);
  Sign();
  LogCheckOptions options;
  options.keys = {Key()};
  options.keys[0].id = "none";
  EXPECT_THAT(Found(options), ElementsAre("checkpoint, size 20: none of the given keys signed it"));
  store();
  options.keys.push_back(Key());
  EXPECT_THAT(Found(options), IsEmpty());
  options.keys[1].key[3] ^= 1;
  EXPECT_THAT(Found(options), ElementsAre(HasSubstr("checkpoint, size 20: the signature of ")));
}

// Another history under the same name: every hash was made anew, so the log agrees with itself.
class RewrittenLogTest : public LogTest {
 protected:
  void SetUp() override {
    GrowTo(300);
    GS_ASSERT_OK_AND_ASSIGN(before_, SignedCheckpoint::Parse(Sign()));
    key_ = Key();
    const std::string origin = Read("meta").at("origin");
    env_.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
    Append({"certificant/of-another-history"}, "another");
    GrowTo(500);
    Write("meta", "origin", origin);
  }

  SignedCheckpoint before_;
  PublicKey key_;
};

TEST_F(RewrittenLogTest, IsNotFoundFromTheLogAlone) { EXPECT_THAT(Found(), IsEmpty()); }

TEST_F(RewrittenLogTest, IsFoundByACheckpointFromElsewhere) {
  LogCheckOptions options;
  options.trusted = before_;
  EXPECT_THAT(Found(options), ElementsAre("trusted checkpoint, the file: its root is not that of "
                                          "the first 300 events"));
}

}  // namespace
}  // namespace goodstanding::verify
