// Facts about the log itself.
#include "eventstore/log_events.h"

#include <string>
#include <vector>

#include "base/status_macros.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/eventstore/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::eventstore {
namespace {

using ::goodstanding::testing::IsOkAndHolds;
using ::goodstanding::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

event::v1::LogEvent Rotated(const std::string& new_key) {
  event::v1::LogEvent event;
  event.mutable_signing_key_rotated()->set_new_key(new_key);
  return event;
}

class LogEventsTest : public StoreTest {
 protected:
  LogEventsTest() { Open(); }

  // The new keys, in order.
  absl::StatusOr<std::vector<std::string>> NewKeys() {
    std::vector<std::string> keys;
    GS_RETURN_IF_ERROR(VisitLogEvents(store(), [&](int64_t, const event::v1::LogEvent& event) {
      keys.push_back(event.signing_key_rotated().new_key());
      return absl::OkStatus();
    }));
    return keys;
  }
};

TEST_F(LogEventsTest, StandInTheLogLikeEveryFact) {
  EXPECT_THAT(NewKeys(), IsOkAndHolds(ElementsAre()));
  GS_ASSERT_OK(store().Append(AppendTo("certificant/ana", 0, {"payload"})));
  EXPECT_THAT(AppendLogEvent(store(), Rotated("k1"), TestTime()), IsOkAndHolds(2));
  EXPECT_THAT(AppendLogEvent(store(), Rotated("k2"), TestTime()), IsOkAndHolds(3));
  EXPECT_THAT(NewKeys(), IsOkAndHolds(ElementsAre("k1", "k2")));
  GS_ASSERT_OK_AND_ASSIGN(const Page page, store().ReadLog(2, Direction::kForward, 1));
  const Record& record = page.records.at(0);
  EXPECT_EQ(record.stream(), "log/origin");
  EXPECT_EQ(record.version(), 1);
  EXPECT_EQ(record.kind(), "SigningKeyRotated");
  EXPECT_EQ(record.effective_micros(), absl::ToUnixMicros(TestTime()));
  EXPECT_EQ(record.actor().subject(), "server");
  EXPECT_EQ(record.request_id(), "");
}

TEST_F(LogEventsTest, AKindOfANewerProgramStopsTheReader) {
  for (const char* const payload : {"", "\xff\xff", "\xBA\x3E\x00"}) {
    Open();
    AppendRequest append = AppendTo(kLogStream, store().Head(), {payload});
    append.events[0].set_kind("LogPraised");
    GS_ASSERT_OK(store().Append(std::move(append)));
    EXPECT_THAT(NewKeys(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("LogPraised")));
  }
}

}  // namespace
}  // namespace goodstanding::eventstore
