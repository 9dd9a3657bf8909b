// Lists in each form.
#include "tools/list_text.h"

#include "gtest/gtest.h"

namespace goodstanding::tools {
namespace {

constexpr Style kPiped;

api::v1::ListGoodStandingResponse Report() {
  api::v1::ListGoodStandingResponse page;
  auto& ana = *page.add_entries();
  ana.set_certificant_id("ana");
  ana.set_standing(type::v1::STANDING_ACTIVE);
  ana.add_credentials("CPCS");
  ana.add_credentials("CPMSM");
  ana.mutable_cycle_end_date()->set_year(2025);
  ana.mutable_cycle_end_date()->set_month(12);
  ana.mutable_cycle_end_date()->set_day(1);
  return page;
}

TEST(ListText, AReportInEachForm) {
  EXPECT_EQ(GoodStandingText(Report(), ListForm::kTable, true, kPiped),
            "Certificant           Standing           Credentials   Cycle ends\n"
            "ana                   ACTIVE             CPCS CPMSM    2025-12-01\n");
  EXPECT_EQ(GoodStandingText(Report(), ListForm::kCsv, true, kPiped),
            "certificant_id,standing,credentials,cycle_end_date\r\n"
            "ana,ACTIVE,CPCS CPMSM,2025-12-01\r\n");
  EXPECT_EQ(GoodStandingText(Report(), ListForm::kJson, true, kPiped),
            R"({"certificant_id":"ana","standing":"STANDING_ACTIVE","credentials":)"
            R"(["CPCS","CPMSM"],"cycle_end_date":{"year":2025,"month":12,"day":1}})"
            "\n");
}

TEST(ListText, OnlyTheFirstPageHasTheHeader) {
  EXPECT_EQ(GoodStandingText(Report(), ListForm::kTable, false, kPiped),
            "ana                   ACTIVE             CPCS CPMSM    2025-12-01\n");
  EXPECT_EQ(GoodStandingText(Report(), ListForm::kCsv, false, kPiped),
            "ana,ACTIVE,CPCS CPMSM,2025-12-01\r\n");
}

TEST(ListText, WhoIsDueSaysWhetherTheApplicationIsComplete) {
  api::v1::ListDueResponse page;
  auto& bo = *page.add_entries();
  bo.set_certificant_id("bo");
  bo.set_standing(type::v1::STANDING_EXTENSION_PENDING);
  bo.set_complete(true);
  EXPECT_EQ(DueText(page, ListForm::kTable, true, kPiped),
            "Certificant           Standing           Cycle ends  Complete\n"
            "bo                    EXTENSION_PENDING              yes\n");
  EXPECT_EQ(DueText(page, ListForm::kCsv, false, kPiped), "bo,EXTENSION_PENDING,,yes\r\n");
}

}  // namespace
}  // namespace goodstanding::tools
