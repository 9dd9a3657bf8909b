#include "domain/fees.h"

#include <functional>
#include <string>
#include <vector>

#include "domain/evaluate.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

using testing::Amount;
using testing::Day;
using testing::History;
using testing::KnownFacts;

// Single certified from 2022-05-14; cycle 1 ends in 2025.
History Single() {
  History history;
  history.At("2022-05-14").Grant();
  return history;
}

Evaluation On(const KnownFacts& known, absl::string_view day) {
  return Evaluate(known.facts(), Cutoff::EndOf(Day(day)));
}

struct FeeRow {
  std::function<void(History&)> play;
  absl::string_view day;
  absl::string_view fees;  // Recertification, late, extension, reinstatement.
  absl::string_view why;
};

void Check(const std::vector<FeeRow>& rows) {
  for (const FeeRow& row : rows) {
    History history = Single();
    row.play(history);
    EXPECT_EQ(history.FeesOn(row.day), std::string(row.fees)) << row.why;
  }
}

TEST(RecertificationFeeTest, FollowsMembershipAndLevelOnTheDayOfSubmission) {
  const auto submit = [](History& h) { h.At("2025-11-03").Submit(); };
  const auto member = [](absl::string_view bought, absl::string_view from,
                         absl::string_view through) {
    return [=](History& h) {
      h.At(bought).Membership(from, through);
      h.At("2025-11-03").Submit();
    };
  };
  Check({
      {submit, "2025-11-03", "375.00/0.00/0.00/0.00", "no member"},
      {member("2025-01-05", "2025-01-01", "2025-11-03"), "2025-11-03", "200.00/0.00/0.00/0.00",
       "covered on the last day of the membership"},
      {member("2025-01-05", "2025-01-01", "2025-11-02"), "2025-11-03", "375.00/0.00/0.00/0.00",
       "ended the day before"},
      {member("2025-11-03 10:00", "2025-11-03", "2026-11-02"), "2025-11-03",
       "200.00/0.00/0.00/0.00", "bought on the day, before the submission"},
      {member("2025-11-01", "2025-11-04", "2026-11-03"), "2025-11-03", "375.00/0.00/0.00/0.00",
       "begins the day after"},
      {[](History& h) {
         h.At("2025-11-03").Submit();
         h.At("2025-11-04").Membership("2025-01-01", "2025-12-31");
       },
       "2025-11-30", "375.00/0.00/0.00/0.00", "bought after the submission changes nothing"},
      {[](History& h) {
         h.At("2025-01-05").Membership("2025-01-01", "2025-06-30");
         h.At("2025-02-05").Membership("2025-03-01", "2025-03-31");
         h.At("2025-11-03").Submit();
       },
       "2025-11-03", "375.00/0.00/0.00/0.00", "a shorter term neither cuts nor prolongs"},
      {[](History& h) {
         h.At("2025-01-05").Membership("2025-01-01", "2025-12-31");
         h.At("2025-02-05").Membership("2025-03-01", "2025-03-31");
         h.At("2025-11-03").Submit();
       },
       "2025-11-03", "200.00/0.00/0.00/0.00", "terms are united"},
      {[](History& h) {
         h.At("2025-11-03").Submit();
         h.At("2025-11-05").ReturnApplication();
         h.At("2025-11-06").Membership("2025-11-06", "2026-11-05");
         h.At("2025-11-07").Submit();
       },
       "2025-11-07", "200.00/0.00/0.00/0.00", "the last submission decides"},
      {[](History& h) {
         h.At("2024-06-01").Grant("CPMSM");
         h.At("2025-11-03").Submit();
       },
       "2025-11-03", "400.00/0.00/0.00/0.00", "a first-time dual pays the dual fee"},
      {[](History& h) {
         h.At("2025-11-03").Submit();
         h.At("2025-11-04").Grant("CPMSM");
       },
       "2025-11-30", "375.00/0.00/0.00/0.00", "dual after the submission pays the single fee"},
      {[](History& h) {
         h.At("2024-06-01").Grant("CPMSM");
         h.At("2025-11-03").Submit();
         h.At("2025-11-04").Revoke("CPMSM");
       },
       "2025-11-30", "400.00/0.00/0.00/0.00", "single after the submission pays the dual fee"},
  });
}

TEST(RecertificationFeeTest, AQuoteUsesTheDayOfAsking) {
  History history = Single();
  history.At("2025-01-05").Membership("2025-01-01", "2025-06-30");
  EXPECT_EQ(history.FeesOn("2025-01-04"), "375.00/0.00/0.00/0.00") << "not bought yet";
  EXPECT_EQ(history.FeesOn("2025-06-30"), "200.00/0.00/0.00/0.00");
  EXPECT_EQ(history.FeesOn("2025-07-01"), "375.00/0.00/0.00/0.00");
}

TEST(LateFeeTest, IsDueAfterTheCyclesEnd) {
  const auto in_time = [](absl::string_view dated, absl::string_view received,
                          absl::string_view amount) {
    return [=](History& h) {
      h.At("2025-12-01 23:59").Submit();
      h.At(received).Pay({.amount = std::string(amount), .dated = std::string(dated)});
    };
  };
  Check({
      {[](History&) {}, "2025-12-01", "375.00/0.00/0.00/0.00", "known only after December 1"},
      {[](History&) {}, "2025-12-02", "375.00/50.00/0.00/0.00", "not submitted"},
      {[](History& h) { h.At("2025-12-02").Submit(); }, "2025-12-02", "375.00/50.00/0.00/0.00",
       "submitted on December 2"},
      {in_time("2025-12-01", "2025-12-01", "375.00"), "2025-12-31", "375.00/0.00/0.00/0.00",
       "submitted and dated on the last day"},
      {in_time("2025-12-01", "2025-12-20", "375.00"), "2025-12-31", "375.00/0.00/0.00/0.00",
       "a check dated in time is not late, whenever it arrives"},
      {in_time("2025-12-01", "2025-12-20", "375.00"), "2025-12-19", "375.00/50.00/0.00/0.00",
       "asked before it arrives, it is not there"},
      {in_time("2025-12-02", "2025-12-02", "375.00"), "2025-12-31", "375.00/50.00/0.00/0.00",
       "dated a day late"},
      {in_time("2025-12-01", "2025-12-01", "374.99"), "2025-12-31", "375.00/50.00/0.00/0.00",
       "a cent short"},
      {[](History& h) {
         h.At("2025-11-03").Submit().Pay({});
         h.At("2025-12-10").ReturnPayment("p1");
       },
       "2025-12-09", "375.00/0.00/0.00/0.00", "the day before the check bounced"},
      {[](History& h) {
         h.At("2025-11-03").Submit().Pay({});
         h.At("2025-12-10").ReturnPayment("p1");
       },
       "2025-12-10", "375.00/50.00/0.00/0.00", "it bounced"},
      {[](History& h) {
         h.At("2025-11-03").Submit().Pay({});
         h.At("2025-12-05").ReturnApplication();
       },
       "2025-12-05", "375.00/50.00/0.00/0.00", "returned: as if it had not been submitted"},
  });
}

TEST(OtherFeesTest, ExtensionAndReinstatementTakeTheLateFeesPlace) {
  const auto extended = [](History& h) {
    h.At("2025-11-03").Credit({.minutes = 900}).RequestExtension();
    h.At("2025-12-10").GrantExtension();
  };
  Check({
      {extended, "2025-12-09", "375.00/50.00/0.00/0.00", "asked for only: the late fee is due"},
      {extended, "2025-12-10", "375.00/0.00/50.00/0.00", "granted"},
      {[&](History& h) {
         extended(h);
         h.At("2026-06-10").RequestReinstatement();
       },
       "2026-06-10", "375.00/0.00/50.00/150.00", "an extension fee already due stays due"},
      {[](History& h) { h.At("2026-01-10").RequestReinstatement(); }, "2026-01-09",
       "375.00/50.00/0.00/0.00", "before the request"},
      {[](History& h) { h.At("2026-01-10").RequestReinstatement(); }, "2026-01-10",
       "375.00/0.00/0.00/150.00", "from the request on"},
  });
}

TEST(FixedFeesTest, NothingLaterChangesThem) {
  History history = Single();
  history.At("2025-11-03").Credit({.minutes = 1800}).Submit().Pay({});
  history.At("2025-11-10").Approve();
  history.CorrectRules({{"fees.single.non_member", "999.00"}}, 2025, 2025);
  history.Effective("2025-10-01").Membership("2025-01-01", "2025-12-31");
  EXPECT_EQ(history.FeesOn("2025-11-10"), "375.00/0.00/0.00/0.00");
  EXPECT_EQ(history.FeesOn("2025-11-09"), "200.00/0.00/0.00/0.00")
      << "before the approval all is derived anew";
}

// --- Payments.

TEST(PaymentsTest, CountWhileTheyStand) {
  History history = Single();
  history.At("2025-11-03").Pay({.reference = "a", .amount = "100.00"});
  history.At("2025-11-05").Pay({.reference = "b", .amount = "50.00"});
  history.At("2025-11-07").ReturnPayment("a");
  history.At("2025-11-09").Refund("b");
  const KnownFacts known = history.Known();
  struct Row {
    absl::string_view day;
    absl::string_view paid;
  };
  for (const Row& row : std::vector<Row>{{"2025-11-02", "0.00"},
                                         {"2025-11-03", "100.00"},
                                         {"2025-11-05", "150.00"},
                                         {"2025-11-06", "150.00"},
                                         {"2025-11-07", "50.00"},
                                         {"2025-11-08", "50.00"},
                                         {"2025-11-09", "0.00"}}) {
    EXPECT_EQ(On(known, row.day).renewal.paid, Amount(row.paid)) << row.day;
  }
}

TEST(PaymentsTest, OverpaymentIsANegativeBalance) {
  History history = Single();
  history.At("2025-11-03").Submit().Pay({.amount = "400.00"});
  EXPECT_EQ(On(history.Known(), "2025-11-03").renewal.balance, -2500);
}

TEST(PaymentsTest, AreMovedByReassignment) {
  History history = Single();
  history.At("2025-11-03").Credit({.minutes = 1800}).Submit().Pay({}).Approve();
  history.At("2025-12-10").Pay({.reference = "next", .amount = "75.00"});
  event::v1::CertificantEvent command;
  command.mutable_payment_reassigned()->set_reference("next");
  command.mutable_payment_reassigned()->set_cycle_end_year(2025);
  command.mutable_payment_reassigned()->set_reason("Meant for 2025.");
  history.At("2025-12-20").Do(command);
  const KnownFacts known = history.Known();
  EXPECT_EQ(On(known, "2025-12-19").renewal.paid, 7500) << "for 2028";
  EXPECT_EQ(On(known, "2025-12-20").renewal.paid, 0);
}

TEST(ArrearsTest, AreWhatIsMissingOfFixedFees) {
  History history = Single();
  history.At("2025-11-03").Credit({.minutes = 1800}).Submit();
  history.Pay({.reference = "a", .amount = "300.00"}).Pay({.reference = "b", .amount = "100.00"});
  history.Approve();
  history.At("2025-12-10").ReturnPayment("b");
  history.At("2025-12-20").Pay({.reference = "c", .amount = "80.00"});
  const KnownFacts known = history.Known();
  EXPECT_EQ(On(known, "2025-12-09").arrears, 0) << "overpaid by 25.00: not below zero";
  EXPECT_EQ(On(known, "2025-12-10").arrears, 7500);
  EXPECT_EQ(On(known, "2025-12-10").standing, type::v1::STANDING_ACTIVE) << "the approval stands";
  EXPECT_EQ(On(known, "2025-12-20").arrears, 0) << "a payment goes to the renewal in arrears";
  EXPECT_EQ(On(known, "2025-12-20").renewal.paid, 0) << "and not to the current one";
}

TEST(MembershipTest, IsTakenBeforeTheSubmissionOfTheSameInstant) {
  History history = Single();
  history.At("2025-11-03 10:00").Membership("2025-11-03", "2026-11-02").Submit();
  EXPECT_EQ(history.FeesOn("2025-11-03"), "200.00/0.00/0.00/0.00") << "log order";
  History reversed = Single();
  reversed.At("2025-11-03 10:00").Submit().Membership("2025-11-03", "2026-11-02");
  EXPECT_EQ(reversed.FeesOn("2025-11-03"), "375.00/0.00/0.00/0.00") << "log order";
}

TEST(MembershipTest, EndedOnADayItCoversNoLaterOne) {
  const auto ended = [](absl::string_view on, absl::string_view last) {
    return [=](History& h) {
      h.At("2025-01-05").Membership("2025-01-01", "2025-12-31");
      h.At("2025-11-03").Submit();
      h.At(on).EndMembership(last);
    };
  };
  Check({
      {ended("2025-11-20", "2025-11-03"), "2025-11-20", "200.00/0.00/0.00/0.00",
       "the day of submission is the last one as a member"},
      {ended("2025-11-20", "2025-11-02"), "2025-11-20", "375.00/0.00/0.00/0.00",
       "ended for the day before, though found later"},
      {ended("2025-11-20", "2025-11-02"), "2025-11-19", "200.00/0.00/0.00/0.00",
       "asked as of a day before it was ended"},
      {ended("2025-11-20", "2024-12-31"), "2025-11-20", "375.00/0.00/0.00/0.00", "cancelled whole"},
      {[&](History& h) {
         h.At("2025-01-05").Membership("2025-01-01", "2025-12-31");
         h.At("2025-02-01").EndMembership("2025-02-01");
         h.At("2025-03-01").Membership("2025-03-01", "2026-02-28");
         h.At("2025-11-03").Submit();
       },
       "2025-11-03", "200.00/0.00/0.00/0.00", "one that is bought later stands"},
  });
}

TEST(MembershipTest, OnlyWhatIsLeftCanBeEnded) {
  const auto end = [](absl::string_view last) {
    event::v1::CertificantEvent command;
    *command.mutable_membership_ended()->mutable_last_date() = Day(last).ToProto();
    return command;
  };
  History history = Single();
  history.At("2025-01-05");
  EXPECT_EQ(history.Try(end("2025-01-05")), "MEMBERSHIP_NOT_FOUND") << "none was bought";
  history.Membership("2025-01-01", "2025-12-31");
  EXPECT_EQ(history.Try(end("2025-12-31")), "MEMBERSHIP_NOT_FOUND") << "its own last day";
  EXPECT_EQ(history.Try(end("2025-12-30")), "") << "the day before";
  EXPECT_EQ(history.Try(end("2025-12-30")), "MEMBERSHIP_NOT_FOUND") << "twice";
  EXPECT_EQ(history.Try(end("2020-01-01")), "") << "cancelled whole";
  EXPECT_EQ(history.Try(end("2019-01-01")), "MEMBERSHIP_NOT_FOUND") << "no day is left";
}

TEST(PaymentsTest, ARefundInPartLeavesTheRest) {
  History history = Single();
  history.At("2025-11-03").Submit().Pay({.amount = "375.00"});
  history.At("2025-11-04").Refund("p1", "75.00");
  EXPECT_EQ(On(history.Known(), "2025-11-03").renewal.paid, Amount("375.00"));
  EXPECT_EQ(On(history.Known(), "2025-11-04").renewal.paid, Amount("300.00"));
  event::v1::CertificantEvent refund;
  refund.mutable_payment_refunded()->set_reference("p1");
  refund.mutable_payment_refunded()->set_amount_minor_units(Amount("300.01"));
  EXPECT_EQ(history.Try(refund), "REFUND_EXCEEDS_PAYMENT") << "a cent more than is left";
  history.At("2025-11-05").Refund("p1", "300.00");
  EXPECT_EQ(On(history.Known(), "2025-11-05").renewal.paid, 0);
  EXPECT_EQ(history.Try(refund), "PAYMENT_ALREADY_RETURNED");
}

TEST(PaymentsTest, ARefundOfAllThatIsLeftFollowsOneInPart) {
  History history = Single();
  history.At("2025-11-03").Submit().Pay({.amount = "375.00"});
  history.At("2025-11-04").Refund("p1", "75.00").Refund("p1");
  EXPECT_EQ(On(history.Known(), "2025-11-04").renewal.paid, 0);
}

TEST(ArrearsTest, AreLessByWhatWasWrittenOffOfTheSameCycle) {
  History history = Single();
  history.At("2025-11-03").Credit({.minutes = 1800}).Submit().Pay({}).Approve();
  history.At("2025-12-10").ReturnPayment("p1");
  event::v1::CertificantEvent command;
  command.mutable_arrears_written_off()->set_cycle_end_year(2025);
  command.mutable_arrears_written_off()->set_amount_minor_units(10000);
  command.mutable_arrears_written_off()->set_reason("hardship");
  history.At("2025-12-20").Do(command);
  const KnownFacts known = history.Known();
  EXPECT_EQ(On(known, "2025-12-19").arrears, 37500);
  EXPECT_EQ(On(known, "2025-12-20").arrears, 27500);
}

}  // namespace
}  // namespace goodstanding::domain
