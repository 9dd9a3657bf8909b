// Waivers on the days around which they turn; tests/model and tests/scenarios/13-disputes.yaml have
// the rest.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "domain/deadlines.h"
#include "domain/explain.h"
#include "domain/timeline.h"
#include "domain/waivers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

using event::v1::CertificantEvent;
using testing::Day;
using testing::History;
using testing::KnownFacts;

event::v1::WaiverGranted& Start(CertificantEvent& event, int cycle) {
  auto& waiver = *event.mutable_waiver_granted();
  waiver.set_cycle_end_year(cycle);
  waiver.set_hardship_reference("HD-1");
  waiver.set_reason("illness");
  return waiver;
}
CertificantEvent Deadline(type::v1::CycleDeadline deadline, absl::string_view through) {
  CertificantEvent event;
  auto& waived = *Start(event, 2025).mutable_deadline();
  waived.set_deadline(deadline);
  *waived.mutable_through_date() = Day(through).ToProto();
  return event;
}
CertificantEvent Fee(type::v1::FeeKind fee, int64_t amount = 0) {
  CertificantEvent event;
  Start(event, 2025).mutable_fee()->set_fee(fee);
  event.mutable_waiver_granted()->mutable_fee()->set_amount_minor_units(amount);
  return event;
}
CertificantEvent Line(const std::string& line, int64_t credits = 0) {
  CertificantEvent event;
  Start(event, 2025).mutable_requirement()->set_line(line);
  if (credits > 0) {
    event.mutable_waiver_granted()->mutable_requirement()->mutable_credits()->set_hundredths(
        credits);
  }
  return event;
}
CertificantEvent Annul(int64_t position) {
  CertificantEvent event;
  event.mutable_fact_annulled()->set_fact_position(position);
  event.mutable_fact_annulled()->set_reason("entered in error");
  return event;
}

Evaluation On(const KnownFacts& known, absl::string_view day) {
  return Evaluate(known.facts(), Cutoff::EndOf(Day(day)));
}

// "30.00/15.00/15.00": what the renewal needs, and the extension.
std::string NeededOn(const History& history, absl::string_view day) {
  const KnownFacts known = history.Known();
  const Evaluation now = On(known, day);
  std::string text;
  for (const RequirementLine& line : now.renewal.level->requirement) {
    absl::StrAppend(&text, FormatHundredths(line.minimum), "/");
  }
  const HalfStatus half =
      EvaluateHalf(known.facts(), now.career, static_cast<size_t>(now.cycle_index), now.cutoff);
  return absl::StrCat(text, FormatHundredths(half.needed));
}

std::string ExplanationOn(const History& history, absl::string_view day) {
  const KnownFacts known = history.Known();
  std::string text;
  for (const ExplanationLine& line : Explain(known.facts(), On(known, day))) {
    absl::StrAppend(&text, line.text, "\n");
  }
  return text;
}

// Ends 2025-12-01, with nothing else done.
History Certified() {
  History history;
  history.At("2022-05-14").Grant();
  return history;
}

TEST(Waivers, HoldFromTheirEffectiveTimeOn) {
  History history = Certified();
  history.At("2026-01-20").Do(Deadline(type::v1::CYCLE_DEADLINE_LATE_APPLICATION, "2026-02-15"));
  EXPECT_EQ(history.StandingOn("2025-12-31"), "LATE");
  EXPECT_EQ(history.StandingOn("2026-01-01"), "LAPSED");
  EXPECT_EQ(history.StandingOn("2026-01-19"), "LAPSED");
  EXPECT_EQ(history.StandingOn("2026-01-20"), "LATE");
  EXPECT_EQ(history.StandingOn("2026-02-15"), "LATE") << "its whole last day";
  EXPECT_EQ(history.StandingOn("2026-02-16"), "LAPSED");
  EXPECT_EQ(history.StandingOn("2026-06-30"), "LAPSED");
  EXPECT_EQ(history.StandingOn("2026-07-01"), "EXPIRED");
}

// The timeline has every turn, also those of a day that a later waiver moved once more.
TEST(Waivers, TurnTheTimelineWhereEachOfThemDoes) {
  History history = Certified();
  history.At("2026-01-20").Do(Deadline(type::v1::CYCLE_DEADLINE_LATE_APPLICATION, "2026-02-15"));
  history.At("2026-03-01").Do(Deadline(type::v1::CYCLE_DEADLINE_LATE_APPLICATION, "2026-03-31"));
  history.At("2026-05-01").Do(Deadline(type::v1::CYCLE_DEADLINE_REINSTATEMENT, "2026-08-01"));
  const KnownFacts known = history.Known();
  std::vector<std::string> spans;
  for (const StandingSpan& span : BuildTimeline(known.facts())) {
    spans.push_back(
        absl::StrCat(span.from.ToString(), " ", std::string(StandingName(span.standing))));
  }
  EXPECT_THAT(spans,
              ::testing::ElementsAre("2022-05-14 ACTIVE", "2025-12-02 LATE", "2026-01-01 LAPSED",
                                     "2026-01-20 LATE", "2026-02-16 LAPSED", "2026-03-01 LATE",
                                     "2026-04-01 LAPSED", "2026-08-02 EXPIRED"));
  for (Date day = Day("2025-11-25"); day < Day("2026-08-10"); day = day + 1) {
    const auto spans_at = BuildTimeline(known.facts());
    const StandingSpan* at = &spans_at.front();
    for (const StandingSpan& span : spans_at) {
      if (span.from <= day) at = &span;
    }
    EXPECT_EQ(at->standing, Evaluate(known.facts(), Cutoff::EndOf(day)).standing) << day.ToString();
  }
}

TEST(Waivers, LeaveWhatIsKnownBeforeThemAsItWas) {
  History history = Certified();
  history.At("2026-01-20").Do(Deadline(type::v1::CYCLE_DEADLINE_LATE_APPLICATION, "2026-02-15"));
  const KnownFacts then = history.Known(History::KnownAt("2026-01-19"));
  EXPECT_EQ(StandingName(Evaluate(then.facts(), Cutoff::EndOf(Day("2026-02-01"))).standing),
            "LAPSED");
}

TEST(Waivers, AreAnnulledAndCountAgainLikeOtherFacts) {
  History history = Certified();
  history.At("2026-01-20").Do(Deadline(type::v1::CYCLE_DEADLINE_LATE_APPLICATION, "2026-02-15"));
  const int64_t waiver = history.log().back().stamp.position;
  history.Do(Line("total", 500)).Do(Fee(type::v1::FEE_KIND_LATE));
  const int64_t fee = history.log().back().stamp.position;
  EXPECT_EQ(history.FeesOn("2026-02-01"), "375.00/0.00/0.00/0.00");
  history.At("2026-01-25").Do(Annul(waiver)).Do(Annul(fee));
  EXPECT_EQ(history.StandingOn("2026-01-20"), "LAPSED");
  EXPECT_EQ(history.FeesOn("2026-02-01"), "375.00/50.00/0.00/0.00");
  EXPECT_EQ(NeededOn(history, "2026-02-01"), "25.00/15.00/15.00") << "the third one holds";
  const int64_t annulment = history.log()[history.log().size() - 2].stamp.position;
  history.Do(Annul(annulment));
  EXPECT_EQ(history.StandingOn("2026-01-20"), "LATE");
  EXPECT_EQ(history.Try(Annul(annulment)), "FACT_ALREADY_ANNULLED");
}

TEST(Waivers, TakeFeesOffInPartsAndNeverMoreThanTheFee) {
  History history = Certified();
  history.At("2025-12-10").Do(Fee(type::v1::FEE_KIND_LATE, 2000));
  EXPECT_EQ(history.FeesOn("2025-12-01"), "375.00/0.00/0.00/0.00");
  EXPECT_EQ(history.FeesOn("2025-12-10"), "375.00/30.00/0.00/0.00");
  history.Do(Fee(type::v1::FEE_KIND_LATE, 4000));
  EXPECT_EQ(history.FeesOn("2025-12-10"), "375.00/0.00/0.00/0.00");
  history.Do(Fee(type::v1::FEE_KIND_RECERTIFICATION, 37499));
  EXPECT_EQ(history.FeesOn("2025-12-10"), "0.01/0.00/0.00/0.00");
  history.Do(Fee(type::v1::FEE_KIND_RECERTIFICATION));
  EXPECT_EQ(history.FeesOn("2025-12-10"), "0.00/0.00/0.00/0.00");
}

TEST(Waivers, OfFeesAreFixedWithTheApproval) {
  History history = Certified();
  history.At("2025-09-01").Credit({.reference = "c1", .minutes = 1800}).Submit();
  history.Do(Fee(type::v1::FEE_KIND_RECERTIFICATION, 10000)).Pay({.amount = "275.00"}).Approve();
  EXPECT_EQ(history.log().back().event.certification_renewed().fees().recertification_minor_units(),
            27500);
  EXPECT_EQ(history.Try(Fee(type::v1::FEE_KIND_RECERTIFICATION)), "ALREADY_RENEWED");
  EXPECT_EQ(history.FeesOn("2025-11-30"), "275.00/0.00/0.00/0.00");
}

// Whatever their order; the half of an extension never exceeds what is left of the total.
TEST(Waivers, TakeCreditsOffARequirementWhateverTheirOrder) {
  History history = Certified();
  EXPECT_EQ(NeededOn(history, "2025-09-01"), "30.00/15.00/15.00");
  history.At("2025-09-01").Do(Line(std::string(kExtensionHalfLine), 500));
  EXPECT_EQ(NeededOn(history, "2025-09-01"), "30.00/15.00/10.00");
  history.Do(Line("total", 2200));
  EXPECT_EQ(NeededOn(history, "2025-09-01"), "8.00/15.00/8.00");
  History other = Certified();
  other.At("2025-09-01").Do(Line("total", 2200));
  EXPECT_EQ(NeededOn(other, "2025-09-01"), "8.00/15.00/8.00");
  other.Do(Line(std::string(kExtensionHalfLine), 500));
  EXPECT_EQ(NeededOn(other, "2025-09-01"), "8.00/15.00/8.00");
  other.Do(Line("approved"));
  EXPECT_EQ(NeededOn(other, "2025-09-01"), "8.00/0.00/8.00");
}

TEST(Waivers, MoveADeadlineToALaterDayWithinTheWindowBehindIt) {
  struct Row {
    const char* why;
    type::v1::CycleDeadline deadline;
    const char* through;
    const char* reason;
  };
  constexpr auto kApplication = type::v1::CYCLE_DEADLINE_APPLICATION;
  constexpr auto kRequest = type::v1::CYCLE_DEADLINE_EXTENSION_REQUEST;
  constexpr auto kLate = type::v1::CYCLE_DEADLINE_LATE_APPLICATION;
  constexpr auto kExtension = type::v1::CYCLE_DEADLINE_EXTENSION_END;
  constexpr auto kReinstatement = type::v1::CYCLE_DEADLINE_REINSTATEMENT;
  const Row rows[] = {
      {"the day that it is", kApplication, "2025-12-01", "INVALID_PERIOD"},
      {"the day after", kApplication, "2025-12-02", ""},
      {"the last day of the late period", kApplication, "2025-12-31", ""},
      {"behind it", kApplication, "2026-01-01", "INVALID_PERIOD"},
      {"the day that it is", kRequest, "2025-12-01", "INVALID_PERIOD"},
      {"the end of the extension", kRequest, "2026-06-01", ""},
      {"behind it", kRequest, "2026-06-02", "INVALID_PERIOD"},
      {"the day that it is", kLate, "2025-12-31", "INVALID_PERIOD"},
      {"the end of the reinstatement", kLate, "2026-06-30", ""},
      {"behind it", kLate, "2026-07-01", "INVALID_PERIOD"},
      {"the day that it is", kExtension, "2026-06-01", "INVALID_PERIOD"},
      {"the end of the reinstatement", kExtension, "2026-06-30", ""},
      {"behind it", kExtension, "2026-07-01", "INVALID_PERIOD"},
      {"the day that it is", kReinstatement, "2026-06-30", "INVALID_PERIOD"},
      {"the end of the next cycle", kReinstatement, "2028-12-01", ""},
      {"behind it", kReinstatement, "2028-12-02", "INVALID_PERIOD"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(absl::StrCat(type::v1::CycleDeadline_Name(row.deadline), ", ", row.why));
    History history = Certified();
    EXPECT_EQ(history.At("2025-09-01").Try(Deadline(row.deadline, row.through)), row.reason);
  }
}

TEST(Waivers, NeedACycleOfARunningCertification) {
  History history;
  EXPECT_EQ(history.At("2022-05-01").Try(Line("total")), "CYCLE_NOT_FOUND");
  history.At("2022-05-14").Grant();
  EXPECT_EQ(history.Try(Line("documented")), "INVALID_ARGUMENT");
  CertificantEvent unspecified;
  Start(unspecified, 2025);
  EXPECT_EQ(history.Try(unspecified), "INVALID_ARGUMENT");
  CertificantEvent groundless = Line("total");
  groundless.mutable_waiver_granted()->clear_hardship_reference();
  EXPECT_EQ(history.Try(groundless), "INVALID_ARGUMENT");
  CertificantEvent doubled = Line("total");
  doubled.mutable_waiver_granted()->set_dispute_position(7);
  EXPECT_EQ(history.Try(doubled), "INVALID_ARGUMENT");
  CertificantEvent disputed = Line("total");
  disputed.mutable_waiver_granted()->clear_hardship_reference();
  disputed.mutable_waiver_granted()->set_dispute_position(7);
  EXPECT_EQ(history.Try(disputed), "DISPUTE_NOT_FOUND");
  CertificantEvent silent = Line("total");
  silent.mutable_waiver_granted()->clear_reason();
  EXPECT_EQ(history.Try(silent), "INVALID_ARGUMENT");
  EXPECT_EQ(history.Try(Fee(type::v1::FEE_KIND_UNSPECIFIED)), "INVALID_ARGUMENT");
  EXPECT_EQ(history.Try(Fee(type::v1::FEE_KIND_LATE, -1)), "INVALID_AMOUNT");
  history.At("2023-01-01").Revoke();
  EXPECT_EQ(history.Try(Line("total")), "NOT_CERTIFIED");
  history.At("2023-02-01").Grant();  // Ends in 2026.
  EXPECT_EQ(history.Try(Line("total")), "NOT_CERTIFIED") << "of the certification that ended";
}

TEST(Waivers, AreNamedWhereverTheyTell) {
  History history = Certified();
  history.At("2025-11-20").Do(Deadline(type::v1::CYCLE_DEADLINE_APPLICATION, "2025-12-15"));
  history.Do(Fee(type::v1::FEE_KIND_LATE, 2000)).Do(Line("total", 500));
  const std::string before = ExplanationOn(history, "2025-11-20");
  EXPECT_TRUE(absl::StrContains(
      before,
      "On November 20, 2025 the board waived the deadline to apply, and to date payments, "
      "without a late fee, which is met through December 15, 2025 too, by the hardship "
      "decision HD-1; it holds from that day on, for the cycle that ends in 2025."))
      << before;
  EXPECT_TRUE(absl::StrContains(before, "the board waived $20.00 of the late fee")) << before;
  EXPECT_TRUE(absl::StrContains(before, "the board waived 5.00 credits of the requirement (total)"))
      << before;
  EXPECT_TRUE(absl::StrContains(before, "Through December 15, 2025 the application can be"))
      << before;
  EXPECT_TRUE(absl::StrContains(before, "A waiver moved the day.")) << before;
  EXPECT_TRUE(absl::StrContains(before, "The renewal needs 25.00 credits (total")) << before;
  EXPECT_TRUE(absl::StrContains(before, "a part is waived")) << before;
  const std::string after = ExplanationOn(history, "2025-12-16");
  EXPECT_TRUE(absl::StrContains(after,
                                "The late fee of $50.00 is due: no application was submitted by "
                                "December 15, 2025. Of it $20.00 is waived."))
      << after;
}

}  // namespace
}  // namespace goodstanding::domain
