// A disk that fills up: a small file system in memory, mounted for the test.
#include <sys/mount.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "eventstore/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/eventstore/store_fixture.h"
#include "tests/support/status_matchers.h"
#include "verify/log_check.h"

namespace goodstanding::eventstore {
namespace {

using ::goodstanding::testing::IsOkAndHolds;
using ::goodstanding::testing::StatusIs;
using ::testing::HasSubstr;

constexpr char kSize[] = "size=280m";  // 256 MiB are kept back.
constexpr size_t kBallastBytes = 12 << 20;
constexpr size_t kPayloadBytes = 16 << 10;

class FullDiskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(std::filesystem::create_directory(mount_point_));
    if (mount("goodstanding-test", mount_point_.c_str(), "tmpfs", 0, kSize) != 0) {
      // Only root may mount; nothing else fills up as a disk does.
      GTEST_SKIP() << "no file system can be mounted: " << std::strerror(errno);
    }
    mounted_ = true;
    std::ofstream(ballast_) << std::string(kBallastBytes, 'b');
  }

  ~FullDiskTest() override {
    store_.reset();
    if (!mounted_) return;
    EXPECT_EQ(umount(mount_point_.c_str()), 0);
  }

  absl::Status Open() {
    store_.reset();
    Options options;
    options.path = mount_point_ + "/store";
    options.clock = &clock_;
    options.memtable_bytes = 256 << 10;
    auto opened = EventStore::Open(options);
    if (opened.ok()) store_ = *std::move(opened);
    return opened.status();
  }

  // Bytes that do not compress.
  std::string Noise() {
    std::string bytes;
    while (bytes.size() < kPayloadBytes) bytes.push_back(static_cast<char>('a' + random_() % 26));
    return bytes;
  }

  // As a caller does who repeats what is refused because files are not written fast enough.
  absl::Status Append() {
    constexpr auto kLongest = std::chrono::minutes(1);
    const auto begin = std::chrono::steady_clock::now();
    const std::string payload = Noise();
    while (true) {
      AppendRequest request;
      request.events.push_back(Event(absl::StrCat("s", payloads_.size() % 3), payload));
      const auto outcome = store_->Append(std::move(request));
      if (outcome.ok()) payloads_[outcome->first_position] = payload;
      const bool slow = absl::StrContains(outcome.status().message(), "as fast as events come");
      if (!slow || std::chrono::steady_clock::now() - begin > kLongest) return outcome.status();
      std::this_thread::yield();
    }
  }

  void ExpectAllThere() {
    std::map<int64_t, std::string> found;
    GS_ASSERT_OK(store_->VisitLog(1, store_->Head(), [&](const Record& record) {
      found[record.position()] = record.payload();
      return absl::OkStatus();
    }));
    for (const auto& [position, payload] : payloads_) {
      ASSERT_TRUE(found.contains(position)) << position << " is lost";
      EXPECT_EQ(found[position], payload);
    }
    // At most the one whose outcome is unknown besides.
    EXPECT_LE(found.size(), payloads_.size() + 1);
  }

  const ScratchFolder folder_;
  const std::string mount_point_ = folder_.path("disk");
  const std::string ballast_ = mount_point_ + "/ballast";
  bool mounted_ = false;
  ManualClock clock_{TestTime()};
  std::mt19937_64 random_{5};
  std::unique_ptr<EventStore> store_;
  std::map<int64_t, std::string> payloads_;  // Of what was acknowledged, by position.
};

TEST_F(FullDiskTest, RefusesClearlyReadsOnAndGoesOnOnceThereIsSpace) {
  GS_ASSERT_OK(Open());
  absl::Status status;
  for (int i = 0; i < 10'000 && status.ok(); ++i) status = Append();
  const auto nearly_full =
      StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("the disk is nearly full"));
  EXPECT_THAT(status, nearly_full);
  GS_EXPECT_OK(store_->Health()) << "nothing has failed";
  EXPECT_GT(payloads_.size(), 100);
  ExpectAllThere();
  EXPECT_THAT(store_->StreamVersion("s0"), IsOkAndHolds(::testing::Gt(30)));

  // Others fill what was kept back: still nothing fails.
  const std::string others = mount_point_ + "/others";
  {
    std::ofstream file(others, std::ios::binary);
    const std::string block(1 << 20, 'o');
    while (file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  // A merge that ends may give some of it back.
  EXPECT_LT(std::filesystem::space(mount_point_).available, kBallastBytes);
  EXPECT_THAT(Append(), nearly_full);
  ExpectAllThere();

  ASSERT_TRUE(std::filesystem::remove(others));
  ASSERT_TRUE(std::filesystem::remove(ballast_));
  for (int i = 0; i < 20; ++i) GS_ASSERT_OK(Append()) << "without opening it anew";
  GS_ASSERT_OK(Open());
  ExpectAllThere();
  for (int i = 0; i < 20; ++i) GS_ASSERT_OK(Append());
  ExpectAllThere();
  store_.reset();
  verify::LogCheckOptions options;
  options.path = mount_point_ + "/store";
  GS_ASSERT_OK_AND_ASSIGN(const verify::Report report, verify::CheckLog(options));
  EXPECT_EQ(report.fault_count, 0) << (report.faults.empty() ? "" : report.faults[0].what);
}

}  // namespace
}  // namespace goodstanding::eventstore
