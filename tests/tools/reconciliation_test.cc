#include "tools/reconciliation.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace goodstanding::tools {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

api::v1::HistoryEvent About(const std::string& id) {
  api::v1::HistoryEvent event;
  event.mutable_record()->set_stream(absl::StrCat("certificant/", id));
  return event;
}

api::v1::HistoryEvent Paid(const std::string& id, const std::string& reference, int64_t cents) {
  api::v1::HistoryEvent event = About(id);
  auto& payment = *event.mutable_certificant()->mutable_payment_received();
  payment.set_reference(reference);
  payment.set_amount_minor_units(cents);
  return event;
}

api::v1::HistoryEvent Refunded(const std::string& id, const std::string& reference, int64_t cents) {
  api::v1::HistoryEvent event = About(id);
  auto& refund = *event.mutable_certificant()->mutable_payment_refunded();
  refund.set_reference(reference);
  refund.set_amount_minor_units(cents);
  return event;
}

api::v1::HistoryEvent Returned(const std::string& id, const std::string& reference) {
  api::v1::HistoryEvent event = About(id);
  event.mutable_certificant()->mutable_payment_returned()->set_reference(reference);
  return event;
}

std::vector<std::string> Differences(const PaymentsOnRecord& record, const std::string& list,
                                     bool whole = true) {
  std::vector<std::string> texts;
  for (const PaymentDifference& difference : record.Compare(ReadPaymentList(list).value(), whole)) {
    texts.push_back(
        absl::StrCat(difference.certificant_id, " ", difference.reference, ": ", difference.what));
  }
  return texts;
}

PaymentsOnRecord Record() {
  PaymentsOnRecord record;
  for (const api::v1::HistoryEvent& event :
       {Paid("ana", "p1", 37500), Paid("ana", "p2", 5000), Refunded("ana", "p1", 7500),  // In part.
        Refunded("ana", "p2", 0),                                                        // Whole.
        Paid("bea", "p1", 20000),  // A reference is a person's own.
        Returned("bea", "p1"), Paid("cleo", "p1", 100)}) {
    EXPECT_TRUE(record.Take(event).ok());
  }
  return record;
}

api::v1::HistoryEvent At(int64_t position, api::v1::HistoryEvent event) {
  event.mutable_record()->set_position(position);
  return event;
}

api::v1::HistoryEvent Annulled(const std::string& id, int64_t position) {
  api::v1::HistoryEvent event = About(id);
  event.mutable_certificant()->mutable_fact_annulled()->set_fact_position(position);
  return event;
}

TEST(ReconciliationTest, KnowsWhatWasAnnulled) {
  PaymentsOnRecord record;
  for (const api::v1::HistoryEvent& event :
       {At(1, Paid("ana", "p1", 100)), At(2, Paid("ana", "p2", 200)),
        At(3, Refunded("ana", "p2", 50)),
        At(4, Annulled("ana", 1)),    // A payment: it counts as never having been.
        At(5, Annulled("ana", 3)),    // A refund.
        At(6, Annulled("ana", 999)),  // A fact that is no payment's.
        At(7, Annulled("bea", 998))}) {
    EXPECT_TRUE(record.Take(event).ok());
  }
  EXPECT_THAT(Differences(record, "id,ref,amount\nana,p1,1.00\nana,p2,2.00\n"),
              ElementsAre("ana p1: not on record, 1.00 on the list (line 2)"));
  EXPECT_TRUE(record.Take(At(8, Annulled("ana", 4))).ok()) << "and this annulment was wrong";
  EXPECT_THAT(Differences(record, "id,ref,amount\nana,p1,1.00\nana,p2,2.00\n"), IsEmpty());
}

TEST(ReconciliationTest, FindsNothingWhereAllAgrees) {
  EXPECT_THAT(Differences(Record(), "id,ref,amount\nana,p1,300.00\nbea,p1,0.00\ncleo,p1,1\n"),
              IsEmpty())
      << "of ana's p2 nothing is left, so that the list may lack it";
}

TEST(ReconciliationTest, NamesWhatDiffers) {
  const std::string list =
      "amount,id,ref\n375.00,ana,p1\n0.00,ana,p2\n200.00,bea,p1\n5.00,dora,p9\n";
  EXPECT_THAT(Differences(Record(), list),
              ElementsAre("ana p1: 300.00 on record, 375.00 on the list (line 2)",
                          "bea p1: 0.00 on record, 200.00 on the list (line 4)",
                          "cleo p1: 1.00 on record, not on the list",
                          "dora p9: not on record, 5.00 on the list (line 5)"));
  EXPECT_EQ(Differences(Record(), list, /*whole=*/false).size(), 3u)
      << "a list of some payments lacks others";
}

TEST(ReconciliationTest, RefusesAListItCannotRead) {
  for (const auto& [list, what] : std::vector<std::pair<std::string, std::string>>{
           {"", "line 1"},
           {"id,ref\nana,p1\n", "heading"},
           {"id,ref,amount,note\n", "heading"},
           {"id,ref,amount\nana,p1\n", "line 2"},
           {"id,ref,amount\nana,p1,1.005\n", "line 2"},
           {"id,ref,amount\nana,p1,-1.00\n", "line 2"},
           {"id,ref,amount\nana,p1,1.00\nana,p1,1.00\n", "line 3"}}) {
    const auto status = ReadPaymentList(list).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << list;
    EXPECT_THAT(std::string(status.message()), HasSubstr(what)) << list;
  }
}

}  // namespace
}  // namespace goodstanding::tools
