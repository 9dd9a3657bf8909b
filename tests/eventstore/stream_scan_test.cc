#include "eventstore/stream_scan.h"

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/eventstore/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::eventstore {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsOkAndHolds;
using testing::StatusIs;

class StreamScanTest : public StoreTest {
 protected:
  StreamScanTest() { Open(); }

  void Tell(absl::string_view stream, const std::vector<std::string>& payloads) {
    GS_ASSERT_OK(store().Append(AppendTo(stream, versions_[std::string(stream)], payloads)));
    versions_[std::string(stream)] += static_cast<int64_t>(payloads.size());
  }

  // "stream version payload" of each event visited.
  std::vector<std::string> Visited(const StreamRange& range, int64_t last) {
    std::vector<std::string> seen;
    GS_EXPECT_OK(store().VisitStreams(range, last, [&](const Record& record) {
      seen.push_back(absl::StrCat(record.stream(), " ", record.version(), " ", record.payload()));
      return absl::OkStatus();
    }));
    EXPECT_EQ(Skimmed(range, last), seen);
    return seen;
  }
  // The same, skimmed.
  std::vector<std::string> Skimmed(const StreamRange& range, int64_t last) {
    std::vector<std::string> seen;
    GS_EXPECT_OK(store().SkimStreams(range, last, [&](const SkimmedRecord& record) {
      seen.push_back(absl::StrCat(record.stream, " ", record.version, " ", record.payload));
      return absl::OkStatus();
    }));
    return seen;
  }

  std::map<std::string, int64_t> versions_;
};

TEST_F(StreamScanTest, VisitsStreamByStream) {
  Tell("p/b", {"1"});
  Tell("p/a", {"2", "3"});
  Tell("q/a", {"4"});
  Tell("p/b", {"5"});
  Tell("p/ab", {"6"});
  EXPECT_THAT(Visited({"p/", "p/\x7f"}, 6),
              ElementsAre("p/a 1 2", "p/a 2 3", "p/ab 1 6", "p/b 1 1", "p/b 2 5"));
  EXPECT_THAT(Visited({"p/ab", "p/b"}, 6), ElementsAre("p/ab 1 6")) << "the end is exclusive";
  EXPECT_THAT(Visited({"p/b", "p/b"}, 6), IsEmpty());
}

TEST_F(StreamScanTest, LeavesLaterEventsOut) {
  Tell("p/a", {"1"});
  Tell("p/b", {"2"});
  Tell("p/a", {"3"});
  Tell("p/c", {"4"});
  EXPECT_THAT(Visited({"p/", "p/\x7f"}, 2), ElementsAre("p/a 1 1", "p/b 1 2"));
  EXPECT_THAT(Visited({"p/", "p/\x7f"}, 3), ElementsAre("p/a 1 1", "p/a 2 3", "p/b 1 2"));
}

TEST_F(StreamScanTest, StopsWhereItIsTold) {
  Tell("p/a", {"1", "2"});
  EXPECT_THAT(store().VisitStreams({"p/", "q"}, 2,
                                   [](const Record&) { return absl::CancelledError("enough"); }),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(StreamScanTest, SplitsNothing) {
  EXPECT_THAT(store().SplitStreams("p/", 8),
              IsOkAndHolds(ElementsAre(StreamRange{"p/", "p/\x7f"})));
  Tell("o/a", {"1"});
  Tell("q/a", {"1"});
  EXPECT_THAT(store().SplitStreams("p/", 8),
              IsOkAndHolds(ElementsAre(StreamRange{"p/", "p/\x7f"})));
  Tell("p/a", {"1"});
  EXPECT_THAT(store().SplitStreams("p/", 8), IsOkAndHolds(ElementsAre(StreamRange{"p/", "p/\x7f"})))
      << "one stream";
}

// Whatever the names and the lengths of the streams, ranges cover all of it once, in order.
TEST_F(StreamScanTest, SplitsCoverEveryStreamOnce) {
  std::mt19937_64 random(TestSeed(7));
  const std::string filler(200, 'x');
  for (int i = 0; i < 3000; ++i) {
    const auto number = random();
    const std::string id = i % 3 == 0   ? absl::StrCat("m-", 100000 + i)
                           : i % 3 == 1 ? absl::StrCat(absl::Hex(number))
                                        : absl::StrCat("very-long-common-beginning-", number % 97);
    Tell(absl::StrCat("p/", id), std::vector<std::string>(1 + number % 5, filler));
  }
  Tell("q/behind", {"x"});
  const std::vector<std::string> whole = Visited({"p/", "p/\x7f"}, store().Head());
  for (const int count : {1, 2, 7, 64}) {
    GS_ASSERT_OK_AND_ASSIGN(const auto ranges, store().SplitStreams("p/", count));
    EXPECT_LE(ranges.size(), static_cast<size_t>(count));
    EXPECT_GE(ranges.size(), count > 1 ? 2u : 1u);
    std::vector<std::string> parts;
    for (size_t i = 0; i < ranges.size(); ++i) {
      EXPECT_EQ(ranges[i].begin, i > 0 ? ranges[i - 1].end : "p/");
      for (std::string& event : Visited(ranges[i], store().Head())) {
        parts.push_back(std::move(event));
      }
    }
    EXPECT_EQ(parts, whole) << count;
    EXPECT_EQ(ranges.back().end, "p/\x7f");
  }
}

// Streams of equal length are cut evenly, whatever is in memory and what on disk.
TEST_F(StreamScanTest, SplitsTwoStreamsWithLongNames) {
  Tell("p/a-rather-long-name", {"1"});
  Tell("p/b-rather-long-name", {"2", "3"});
  GS_ASSERT_OK_AND_ASSIGN(const auto ranges, store().SplitStreams("p/", 4));
  EXPECT_EQ(ranges.front().begin, "p/");
  EXPECT_EQ(ranges.back().end, "p/\x7f");
}

TEST_F(StreamScanTest, SplitsEvenly) {
  const std::string filler(500, 'x');
  for (int i = 0; i < 8000; ++i) Tell(absl::StrCat("p/", 100000 + i), {filler, filler});
  GS_ASSERT_OK_AND_ASSIGN(const auto ranges, store().SplitStreams("p/", 8));
  // How many there are hangs on the tables that were written by then; what counts is the largest.
  for (const StreamRange& range : ranges) {
    EXPECT_LT(Visited(range, store().Head()).size(), 16000u / 3) << range.begin;
  }
}

}  // namespace
}  // namespace goodstanding::eventstore
