#include "tools/simulated_board.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "projections/codec.h"

namespace goodstanding::tools {
namespace {

class SimulatedBoardTest : public ::testing::Test {
 protected:
  SimulatedBoardTest() : zone_(services::BoardTime::Load("America/New_York").value()) {}

  static std::string Text(const std::vector<SimulatedEvent>& life) {
    std::string text;
    for (const SimulatedEvent& event : life) {
      absl::StrAppend(&text, event.recorded_micros, " ", absl::ToUnixMicros(event.effective), " ",
                      event.event.ShortDebugString(), "\n");
    }
    return text;
  }

  const services::BoardTime zone_;
};

TEST_F(SimulatedBoardTest, EqualSeedsGiveEqualLives) {
  const SimulatedBoard one({.seed = 7}, zone_);
  const SimulatedBoard other({.seed = 7}, zone_);
  const SimulatedBoard another({.seed = 8}, zone_);
  for (const int64_t number : {0, 1, 4711}) {
    EXPECT_EQ(Text(one.LifeOf(number)), Text(other.LifeOf(number)));
    EXPECT_NE(Text(one.LifeOf(number)), Text(another.LifeOf(number)));
  }
  EXPECT_NE(Text(one.LifeOf(0)), Text(one.LifeOf(1)));
}

TEST_F(SimulatedBoardTest, LivesAreLikeThoseOfABoard) {
  const SimulationOptions options;
  const SimulatedBoard board(options, zone_);
  constexpr int kPeople = 300;
  int64_t events = 0;
  int64_t late = 0;
  std::map<std::string, int> kinds;
  for (int64_t number = 0; number < kPeople; ++number) {
    const std::vector<SimulatedEvent> life = board.LifeOf(number);
    ASSERT_FALSE(life.empty());
    EXPECT_TRUE(life.front().event.has_certificant_registered());
    int64_t recorded = 0;
    for (const SimulatedEvent& event : life) {
      EXPECT_GE(event.recorded_micros, recorded) << "in the order of keying in";
      recorded = event.recorded_micros;
      EXPECT_GE(event.recorded_micros, absl::ToUnixMicros(event.effective));
      EXPECT_LE(zone_.At(absl::FromUnixMicros(recorded)).date, options.last_day);
      late += absl::FromUnixMicros(recorded) - event.effective > absl::Hours(36) ? 1 : 0;
      ++kinds[std::string(projections::KindOf(event.event))];
      ++events;
    }
  }
  EXPECT_GT(events, 35 * kPeople);
  EXPECT_LT(events, 65 * kPeople);
  EXPECT_GT(late, events / 20);
  for (const char* const kind :
       {"CredentialGranted", "CreditRecorded", "CreditDocumented", "CreditWithdrawn",
        "MembershipRecorded", "ApplicationSubmitted", "PaymentReceived", "CertificationRenewed",
        "ExtensionGranted", "AuditClosed", "NoticeSent"}) {
    EXPECT_GT(kinds[kind], 0) << kind;
  }
}

}  // namespace
}  // namespace goodstanding::tools
