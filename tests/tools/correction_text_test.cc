// What a correction does to whom, in each form.
#include "tools/correction_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace goodstanding::tools {
namespace {

using ::testing::HasSubstr;

constexpr Style kPiped;

api::v1::PreviewCorrectionResponse Effects() {
  api::v1::PreviewCorrectionResponse response;
  api::v1::CorrectionEffect& effect = *response.add_effects();
  effect.set_certificant_id("ana");
  effect.set_cycle_end_year(2025);
  effect.add_deciding_figures("fees.late");
  api::v1::ChangedFigure& change = *effect.add_changes();
  change.set_figure("balance");
  change.set_before("250.00");
  change.set_after("-10.00");
  effect.add_before_lines()->set_text("The late fee of $50.00 is due.");
  effect.add_after_lines()->set_text("The late fee of $60.00 is due.");
  return response;
}

api::v1::ListReconsiderationsResponse Reconsiderations() {
  api::v1::ListReconsiderationsResponse response;
  api::v1::Reconsideration& entry = *response.add_reconsiderations();
  entry.set_certificant_id("ana");
  entry.set_kind(api::v1::RECONSIDERATION_KIND_APPROVAL);
  entry.set_cycle_end_year(2025);
  entry.set_position(17);
  entry.mutable_effective_date()->set_year(2025);
  entry.mutable_effective_date()->set_month(9);
  entry.mutable_effective_date()->set_day(1);
  entry.mutable_rule_set()->set_name("r");
  entry.mutable_rule_set()->set_version(1);
  entry.mutable_before()->set_outcome("ALLOWED");
  entry.mutable_after()->set_outcome("BALANCE_DUE");
  entry.mutable_after()->add_lines()->set_text("The fee is $400.00.");
  return response;
}

TEST(CorrectionText, AnEffectIsARowAFigure) {
  EXPECT_EQ(
      EffectsText(Effects(), {ListForm::kTable}, true, kPiped),
      "Certificant           Cycle  Figure                Before             After              "
      "Because of\n"
      "ana                   2025   balance               250.00             -10.00             "
      "fees.late\n");
  EXPECT_EQ(EffectsText(Effects(), {ListForm::kCsv}, true, kPiped),
            "certificant_id,cycle_end_year,figure,before,after,deciding_figures\r\n"
            "ana,2025,balance,250.00,-10.00,fees.late\r\n");
  EXPECT_EQ(EffectsText(Effects(), {ListForm::kJson}, true, kPiped).find("{\"effect\":{\"cert"),
            0u);
}

TEST(CorrectionText, ReasonsStandBelowTheRowsOrInColumns) {
  EXPECT_THAT(EffectsText(Effects(), {ListForm::kTable, true}, false, kPiped),
              HasSubstr("fees.late\n"
                        "    before: The late fee of $50.00 is due.\n"
                        "    after: The late fee of $60.00 is due.\n"));
  EXPECT_EQ(EffectsText(Effects(), {ListForm::kCsv, true}, true, kPiped),
            "certificant_id,cycle_end_year,figure,before,after,deciding_figures,before_lines,"
            "after_lines\r\n"
            "ana,2025,balance,250.00,-10.00,fees.late,The late fee of $50.00 is due.,"
            "The late fee of $60.00 is due.\r\n");
}

TEST(CorrectionText, ASummaryCountsWhoGoesWhere) {
  api::v1::CorrectionSummary summary;
  summary.set_certificant_count(10);
  summary.set_changed_count(3);
  summary.set_listed_count(3);
  summary.set_base_version(1);
  summary.set_applied_position(77);
  auto& leaves = *summary.add_transitions();
  leaves.set_before(type::v1::STANDING_LATE);
  leaves.set_after(type::v1::STANDING_UNDER_REVIEW);
  leaves.set_certificant_count(1);
  auto& stays = *summary.add_transitions();
  stays.set_before(type::v1::STANDING_ACTIVE);
  stays.set_after(type::v1::STANDING_ACTIVE);
  stays.set_certificant_count(2);
  const std::string text =
      "10 looked at, 3 would change (against version 1, log position 77)\n"
      "  1 go from LATE to UNDER_REVIEW\n"
      "  2 stay ACTIVE, with other figures\n";
  EXPECT_EQ(SummaryText(summary), text);
  summary.set_listed_count(1);
  EXPECT_EQ(SummaryText(summary), text + "  1 of these are listed\n");
}

TEST(CorrectionText, AReconsiderationIsARow) {
  EXPECT_EQ(
      ReconsiderationsText(Reconsiderations(), {ListForm::kTable}, true, kPiped),
      "Certificant              Event  Date        Cycle  What                     Rules       "
      "  Before                After\n"
      "ana                         17  2025-09-01  2025   renewal approved         r@1         "
      "  ALLOWED               BALANCE_DUE\n");
  EXPECT_EQ(ReconsiderationsText(Reconsiderations(), {ListForm::kCsv, true}, true, kPiped),
            "certificant_id,position,effective_date,cycle_end_year,decision,rule_set,before,after,"
            "before_lines,after_lines\r\n"
            "ana,17,2025-09-01,2025,renewal approved,r@1,ALLOWED,BALANCE_DUE,,The fee is $400.00."
            "\r\n");
}

TEST(CorrectionText, TheListEndsWithItsCounts) {
  api::v1::ReconsiderationSummary summary;
  summary.set_certificant_count(10);
  summary.set_base_version(1);
  summary.set_version(3);
  summary.set_applied_position(77);
  for (const auto kind :
       {api::v1::RECONSIDERATION_KIND_RETURN, api::v1::RECONSIDERATION_KIND_LAPSE}) {
    auto& count = *summary.add_counts();
    count.set_kind(kind);
    count.set_count(2);
  }
  EXPECT_EQ(SummaryText(summary),
            "10 looked at, 4 to be settled (version 1 against 3, log position 77)\n"
            "  2 application returned\n"
            "  2 lapsed\n");
}

TEST(CorrectionText, EveryKindHasWords) {
  const auto& kinds = *api::v1::ReconsiderationKind_descriptor();
  for (int i = 1; i < kinds.value_count(); ++i) {
    api::v1::ReconsiderationSummary summary;
    summary.add_counts()->set_kind(
        static_cast<api::v1::ReconsiderationKind>(kinds.value(i)->number()));
    EXPECT_EQ(SummaryText(summary).find("RECONSIDERATION_KIND"), std::string::npos)
        << kinds.value(i)->name();
  }
}

}  // namespace
}  // namespace goodstanding::tools
