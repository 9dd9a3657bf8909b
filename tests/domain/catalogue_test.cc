#include "domain/catalogue.h"

#include <functional>
#include <string>
#include <vector>

#include "domain/refusal.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

using event::v1::ActivityEvent;
using testing::At;
using testing::Day;

ActivityEvent Approval(absl::string_view credits, absl::string_view from,
                       absl::string_view through) {
  ActivityEvent event;
  auto& approved = *event.mutable_activity_approved();
  approved.set_sponsor("State chapter");
  approved.set_title("Annual meeting");
  approved.mutable_credits()->set_hundredths(testing::Amount(credits));
  *approved.mutable_period()->mutable_first_date() = Day(from).ToProto();
  *approved.mutable_period()->mutable_last_date() = Day(through).ToProto();
  return event;
}

ActivityEvent Withdrawal() {
  ActivityEvent event;
  event.mutable_activity_withdrawn();
  return event;
}

std::string ReasonOf(const absl::Status& status) {
  const auto refusal = GetRefusal(status);
  return refusal ? refusal->reason : status.ToString();
}

// Approved on 2024-01-10 for the first half of 2024, withdrawn on 2024-03-01, approved again on
// 2024-05-01 for May, with other credits. Positions 1, 2 and 3, recorded on the days.
class CatalogueTest : public ::testing::Test {
 protected:
  CatalogueTest() {
    Apply(1, "2024-01-10", Approval("6.00", "2024-01-01", "2024-06-30"));
    Apply(2, "2024-03-01", Withdrawal());
    Apply(3, "2024-05-01", Approval("4.00", "2024-05-01", "2024-05-31"));
  }
  void Apply(int64_t position, absl::string_view day, const ActivityEvent& event) {
    const Moment moment = At(day);
    EXPECT_TRUE(catalogue_.Apply("act", position, moment.micros, moment, event).ok());
  }
  // The credits of the approval that covers a completion; 0 for none.
  Hundredths Covered(absl::string_view completed, absl::string_view as_of,
                     const Knowledge& knowledge = {}) const {
    const CatalogueFact* const fact =
        catalogue_.Covering("act", Day(completed), knowledge, Cutoff::EndOf(Day(as_of)));
    return fact == nullptr ? 0 : fact->credits;
  }

  Catalogue catalogue_;
};

TEST_F(CatalogueTest, CoversByCompletionAndByWhatIsEffective) {
  struct Row {
    absl::string_view completed;
    absl::string_view as_of;
    Hundredths credits;
    absl::string_view why;
  };
  const std::vector<Row> rows = {
      {"2024-02-01", "2024-01-09", 0, "before the approval takes effect"},
      {"2024-02-01", "2024-01-10", 600, "from its day on, for completions before it too"},
      {"2023-12-31", "2024-02-01", 0, "day before the period"},
      {"2024-01-01", "2024-02-01", 600, "first day of the period"},
      {"2024-06-30", "2024-02-01", 600, "last day of the period"},
      {"2024-07-01", "2024-02-01", 0, "day after the period"},
      {"2024-02-29", "2024-04-01", 600, "day before the withdrawal keeps its credit"},
      {"2024-03-01", "2024-04-01", 0, "day of the withdrawal is not covered"},
      {"2024-03-01", "2024-02-29", 600, "asked before the withdrawal"},
      {"2024-04-30", "2024-06-01", 0, "day before the second approval's period"},
      {"2024-05-01", "2024-06-01", 400, "covered anew, with the new figure"},
      {"2024-05-31", "2024-06-01", 400, "last day of the second period"},
      {"2024-06-01", "2024-06-01", 0, "only the second approval counts after the withdrawal"},
      {"2024-02-01", "2024-06-01", 600, "the first approval keeps what came before"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Covered(row.completed, row.as_of), row.credits) << row.why;
  }
}

TEST_F(CatalogueTest, KnowledgeFiltersFacts) {
  Knowledge knowledge;
  knowledge.max_position = 1;
  EXPECT_EQ(Covered("2024-03-01", "2024-12-31", knowledge), 600) << "the withdrawal is unknown";
  knowledge.max_position = 2;
  EXPECT_EQ(Covered("2024-03-01", "2024-12-31", knowledge), 0);
  knowledge.max_position = 0;
  EXPECT_EQ(Covered("2024-02-01", "2024-12-31", knowledge), 0);
}

TEST_F(CatalogueTest, AWithdrawalRecordedLaterIsTakenByItsEffectiveTime) {
  Apply(4, "2024-02-01", Withdrawal());
  EXPECT_EQ(Covered("2024-02-01", "2024-12-31"), 0);
  EXPECT_EQ(Covered("2024-01-31", "2024-12-31"), 600);
  EXPECT_EQ(Covered("2024-05-15", "2024-12-31"), 400);
}

TEST_F(CatalogueTest, UnknownActivitiesAreNotCovered) {
  EXPECT_EQ(catalogue_.Covering("none", Day("2024-02-01"), {}, Cutoff::EndOf(Date::Max())),
            nullptr);
  EXPECT_EQ(catalogue_.Find("none"), nullptr);
}

TEST_F(CatalogueTest, UnknownEventsAreDamage) {
  EXPECT_EQ(catalogue_.Apply("act", 9, 9, At("2024-01-01"), ActivityEvent()).code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(CatalogueTest, Decides) {
  const Moment now = At("2024-06-01");
  struct Row {
    std::string id;
    ActivityEvent event;
    std::string effective;
    std::string reason;
    std::string why;
  };
  ActivityEvent no_sponsor = Approval("1.00", "2024-01-01", "2024-01-02");
  no_sponsor.mutable_activity_approved()->clear_sponsor();
  ActivityEvent no_title = Approval("1.00", "2024-01-01", "2024-01-02");
  no_title.mutable_activity_approved()->clear_title();
  ActivityEvent no_period = Approval("1.00", "2024-01-01", "2024-01-02");
  no_period.mutable_activity_approved()->clear_period();
  ActivityEvent bad_reason = Withdrawal();
  bad_reason.mutable_activity_withdrawn()->set_reason("\x01");
  const ActivityEvent good = Approval("1.00", "2024-01-01", "2024-01-02");
  const std::vector<Row> rows = {
      {"a b", good, "2024-06-01", "INVALID_ARGUMENT", "id"},
      {"new", no_sponsor, "2024-06-01", "INVALID_ARGUMENT", "sponsor"},
      {"new", no_title, "2024-06-01", "INVALID_ARGUMENT", "title"},
      {"new", no_period, "2024-06-01", "INVALID_ARGUMENT", "period"},
      {"act", bad_reason, "2024-06-01", "INVALID_ARGUMENT", "reason"},
      {"new", Approval("0", "2024-01-01", "2024-01-02"), "2024-06-01", "INVALID_AMOUNT", "zero"},
      {"new", Approval("1.00", "2024-01-02", "2024-01-01"), "2024-06-01", "INVALID_PERIOD",
       "backwards"},
      {"new", good, "2024-06-02", "EFFECTIVE_IN_FUTURE", "tomorrow"},
      {"new", Withdrawal(), "2024-06-01", "ACTIVITY_NOT_FOUND", "nothing to withdraw"},
      {"act", good, "2024-06-01", "ACTIVITY_ALREADY_APPROVED", "approved and not withdrawn"},
      {"act", good, "2024-04-01", "OK", "withdrawn at the effective instant"},
      {"new", good, "2024-06-01", "OK", "a new id"},
      {"act", Withdrawal(), "2024-06-01", "OK", "withdrawal"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(ReasonOf(DecideActivity(catalogue_, row.id, row.event, At(row.effective), now)),
              row.reason)
        << row.why;
  }
}

TEST(CataloguePartsTest, APartBelongsToAnActivityThatStandsByItself) {
  using testing::At;
  Catalogue catalogue;
  int64_t position = 0;
  const auto decide = [&](absl::string_view id, absl::string_view part_of) {
    event::v1::ActivityEvent event;
    auto& approved = *event.mutable_activity_approved();
    approved.set_sponsor("s");
    approved.set_title("t");
    approved.mutable_credits()->set_hundredths(100);
    *approved.mutable_period()->mutable_first_date() = testing::Day("2024-01-01").ToProto();
    *approved.mutable_period()->mutable_last_date() = testing::Day("2024-12-31").ToProto();
    approved.set_part_of_activity_id(std::string(part_of));
    const Moment now = At("2024-01-01");
    const absl::Status status = DecideActivity(catalogue, id, event, now, now);
    if (status.ok()) {
      EXPECT_TRUE(catalogue.Apply(id, ++position, 0, now, event).ok());
    }
    const auto refusal = GetRefusal(status);
    return refusal ? refusal->reason : "";
  };
  EXPECT_EQ(decide("session", "conference"), "ACTIVITY_NOT_FOUND") << "the whole comes first";
  EXPECT_EQ(decide("conference", "conference"), "ACTIVITY_NOT_FOUND") << "itself";
  EXPECT_EQ(decide("conference", ""), "");
  EXPECT_EQ(decide("session", "conference"), "");
  EXPECT_EQ(decide("talk", "session"), "INVALID_ARGUMENT") << "a part of a part";
  EXPECT_EQ(decide("series", ""), "");
  EXPECT_EQ(decide("conference", "series"), "INVALID_ARGUMENT") << "it has parts itself";
  EXPECT_EQ(decide("other", "x/y"), "INVALID_ARGUMENT") << "no id";
}

TEST(CatalogueOrderTest, WhatTookPlaceAtOneMomentCountsInTheOrderOfTheLog) {
  Catalogue catalogue;
  const Moment now = At("2024-01-10");
  ASSERT_TRUE(catalogue.Apply("act", 1, 0, now, Approval("6.00", "2024-01-01", "2024-06-30")).ok());
  ASSERT_TRUE(catalogue.Apply("act", 2, 0, now, Withdrawal()).ok());
  EXPECT_EQ(catalogue.Covering("act", Day("2024-02-01"), {}, Cutoff::EndOf(Day("2024-02-01"))),
            nullptr);
}

TEST(CatalogueLimitTest, AnActivityEarnsAtMostTheLargestAmount) {
  struct Row {
    Hundredths credits;
    absl::string_view reason;
    absl::string_view why;
  };
  const Moment now = At("2024-01-10");
  for (const Row& row : std::vector<Row>{{0, "INVALID_AMOUNT", "nothing"},
                                         {1, "", "the least"},
                                         {kMaxAmount, "", "the most"},
                                         {kMaxAmount + 1, "INVALID_AMOUNT", "a hundredth more"}}) {
    ActivityEvent event = Approval("1.00", "2024-01-01", "2024-06-30");
    event.mutable_activity_approved()->mutable_credits()->set_hundredths(row.credits);
    const auto refusal = GetRefusal(DecideActivity(Catalogue(), "act", event, now, now));
    EXPECT_EQ(refusal ? refusal->reason : "", std::string(row.reason)) << row.why;
  }
}

}  // namespace
}  // namespace goodstanding::domain
