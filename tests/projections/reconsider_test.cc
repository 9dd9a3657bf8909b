#include "projections/reconsider.h"

#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "projections/replay.h"
#include "tests/projections/board_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::projections {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = ReconsiderationKind;

CertificantEvent ExtensionRequested() {
  CertificantEvent event;
  event.mutable_extension_requested();
  return event;
}

CertificantEvent ExtensionGranted() {
  CertificantEvent event;
  event.mutable_extension_granted();
  return event;
}

CertificantEvent ExtensionDenied() {
  CertificantEvent event;
  event.mutable_extension_denied();
  return event;
}

CertificantEvent Returned() {
  CertificantEvent event;
  event.mutable_application_returned();
  return event;
}

CertificantEvent ReinstatementRequested() {
  CertificantEvent event;
  event.mutable_reinstatement_requested();
  return event;
}

struct Options {
  int first_year = 0;
  int last_year = 9999;
  SweepScope scope;
};

class Reconsider : public BoardTest {
 protected:
  std::vector<Reconsideration> Find(const absl::StatusOr<Correction>& correction,
                                    absl::string_view today, const Options& options) {
    GS_EXPECT_OK(correction.status());
    std::vector<Reconsideration> found;
    if (!correction.ok()) return found;
    const BoardFacts board = *LoadBoardFacts(store(), store().Head());
    type::v1::YearRange years;
    years.set_first_year(options.first_year);
    years.set_last_year(options.last_year);
    GS_EXPECT_OK(
        FindReconsiderations(store(), {*correction, *board.catalogue, board.position, Day(today)},
                             years, options.scope, [&](const ReconsiderationBatch& batch) {
                               found.insert(found.end(), batch.found.begin(), batch.found.end());
                               return true;
                             }));
    return found;
  }

  // Of a correction for 2025 that is proposed.
  std::vector<Reconsideration> FindProposed(const FigureValues& figures, absl::string_view today,
                                            const Options& options = {}) {
    const BoardFacts board = *LoadBoardFacts(store(), store().Head());
    return Find(Correction::Propose(board.rulebook, "namss-2025", 0, Proposed(2025, 2025, figures)),
                today, options);
  }

  // Of what was published since a version.
  std::vector<Reconsideration> FindPublished(int64_t base_version, absl::string_view today) {
    const BoardFacts board = *LoadBoardFacts(store(), store().Head());
    return Find(Correction::SincePublished(board.rulebook, "namss-2025", base_version), today, {});
  }

  void Begin(absl::string_view id, int64_t minutes) {
    EXPECT_TRUE(Command(id, Day("2022-05-14"), Registered()));
    EXPECT_TRUE(Command(id, Day("2022-05-14"), Granted("CPCS")));
    EXPECT_TRUE(Command(id, Day("2023-06-02"), Credit("c1", "SPONSORED", "2023-06-01", minutes)));
  }
};

// "approval 8 of 2025 (2025-09-01): ALLOWED -> REQUIREMENTS_NOT_MET"
std::string TextOf(const Reconsideration& found) {
  constexpr const char* kNames[] = {"submission", "return",        "approval", "request", "grant",
                                    "denial",     "reinstatement", "lapse",    "expiry"};
  return absl::StrCat(kNames[static_cast<int>(found.kind)], " ", found.position, " of ",
                      found.cycle_end_year, " (", found.date.ToString(),
                      "): ", found.before.outcome, " -> ", found.after.outcome);
}

std::vector<std::string> TextsOf(const std::vector<Reconsideration>& all) {
  std::vector<std::string> texts;
  for (const Reconsideration& found : all) {
    texts.push_back(absl::StrCat(found.certificant_id, " ", TextOf(found)));
  }
  return texts;
}

TEST_F(Reconsider, AnApprovalThatWouldNotHaveBeenAllowed) {
  TellLongLife("ana");
  const auto found = FindProposed({{"requirement.single.total", "31.00"}}, "2026-02-01");
  ASSERT_THAT(TextsOf(found), ElementsAre("ana approval 9 of 2025 (2025-09-01): ALLOWED -> "
                                          "REQUIREMENTS_NOT_MET"));
  EXPECT_EQ(found[0].rule_set, "namss-2025");
  EXPECT_EQ(found[0].rule_set_version, 1);
  EXPECT_EQ(found[0].before.text, "");
  EXPECT_EQ(found[0].after.text, "Of the 31.00 credits needed (total), 30.00 count.");
  ASSERT_FALSE(found[0].why.after.empty());
  EXPECT_THAT(found[0].why.after[0].text, HasSubstr("30.00 of 31.00 credits (total) count"));
  EXPECT_THAT(FindProposed({{"requirement.single.total", "30.00"}}, "2026-02-01"), IsEmpty());
}

TEST_F(Reconsider, AnAnnulledApprovalDecidedNothing) {
  TellLongLife("ana");
  CertificantEvent annulment;
  annulment.mutable_fact_annulled()->set_fact_position(9);  // As above.
  annulment.mutable_fact_annulled()->set_reason("entered in error");
  EXPECT_TRUE(Command("ana", Day("2026-02-01"), annulment));
  for (const std::string& text :
       TextsOf(FindProposed({{"requirement.single.total", "31.00"}}, "2026-02-01"))) {
    EXPECT_THAT(text, ::testing::Not(HasSubstr("approval")));
  }
}

TEST_F(Reconsider, AReturnOfWhatCouldHaveBeenApproved) {
  Begin("ana", 1'500);
  EXPECT_TRUE(Command("ana", Day("2025-08-02"), Submitted()));
  EXPECT_TRUE(Command("ana", Day("2025-08-03"), Paid("p1", "2025-08-03", 37'500)));
  EXPECT_TRUE(Command("ana", Day("2025-08-20"), Returned()));
  EXPECT_THAT(TextsOf(FindProposed({{"requirement.single.total", "25.00"}}, "2025-09-01")),
              ElementsAre("ana return 7 of 2025 (2025-08-20): REQUIREMENTS_NOT_MET -> ALLOWED"));
  EXPECT_THAT(FindProposed({{"requirement.single.total", "25.01"}}, "2025-09-01"), IsEmpty())
      << "still short";
  EXPECT_THAT(FindProposed({{"fees.late", "60.00"}}, "2025-09-01"), IsEmpty());
}

TEST_F(Reconsider, AReturnForAnotherReasonIsLeftAlone) {
  TellLongLife("ana");
  Begin("bo", 1'800);
  EXPECT_TRUE(Command("bo", Day("2025-08-02"), Submitted()));
  EXPECT_TRUE(Command("bo", Day("2025-08-03"), Paid("p1", "2025-08-03", 37'500)));
  EXPECT_TRUE(Command("bo", Day("2025-08-20"), Returned()));  // It could have been approved.
  EXPECT_THAT(FindProposed({{"requirement.single.total", "25.00"}}, "2025-09-01"), IsEmpty());
}

TEST_F(Reconsider, GrantsAndDenialsOfExtensions) {
  Begin("ana", 960);
  EXPECT_TRUE(Command("ana", Day("2025-11-20"), ExtensionRequested()));
  EXPECT_TRUE(Command("ana", Day("2025-11-25"), ExtensionGranted()));
  Begin("bo", 840);
  EXPECT_TRUE(Command("bo", Day("2025-11-20"), ExtensionRequested()));
  EXPECT_TRUE(Command("bo", Day("2025-11-25"), ExtensionDenied()));
  EXPECT_THAT(TextsOf(FindProposed({{"requirement.single.extension_half", "16.01"}}, "2025-12-01")),
              ElementsAre("ana grant 6 of 2025 (2025-11-25): ALLOWED -> HALF_NOT_MET"));
  EXPECT_THAT(TextsOf(FindProposed({{"requirement.single.extension_half", "14.00"}}, "2025-12-01")),
              ElementsAre("bo denial 11 of 2025 (2025-11-25): HALF_NOT_MET -> ALLOWED"));
}

TEST_F(Reconsider, RequestsThatWouldNotHaveBeenTaken) {
  Begin("ana", 960);
  EXPECT_TRUE(Command("ana", Day("2025-08-15"), Submitted()));
  EXPECT_TRUE(Command("ana", Day("2025-08-16"), ExtensionRequested()));
  EXPECT_THAT(TextsOf(FindProposed({{"calendar.application_opens", "09-01"}}, "2025-12-01")),
              ElementsAre("ana submission 5 of 2025 (2025-08-15): ALLOWED -> APPLICATION_NOT_OPEN",
                          "ana request 6 of 2025 (2025-08-16): ALLOWED -> EXTENSION_NOT_OPEN"));
}

TEST_F(Reconsider, ALapseAndAnExpiryThatWouldNotHaveCome) {
  TellShortLife("ana");
  const FigureValues longer = {{"calendar.late_through", "01-31"}};
  EXPECT_THAT(FindProposed(longer, "2025-12-31"), IsEmpty()) << "it has not come yet";
  const auto found = FindProposed(longer, "2026-01-01");
  ASSERT_THAT(TextsOf(found), ElementsAre("ana lapse 3 of 2025 (2026-01-01): LAPSED -> LATE"));
  EXPECT_THAT(found[0].before.text, HasSubstr("the certification lapsed on January 1, 2026"));
  EXPECT_THAT(found[0].after.text, HasSubstr("it still can be through January 31, 2026"));
  EXPECT_THAT(TextsOf(FindProposed({{"calendar.reinstatement_through", "07-31"}}, "2026-09-01")),
              ElementsAre("ana expiry 3 of 2025 (2026-07-01): EXPIRED -> LAPSED"));
  EXPECT_THAT(FindProposed({{"calendar.late_through", "12-15"}}, "2026-09-01"), IsEmpty())
      << "an earlier lapse is none that would not have come";
}

TEST_F(Reconsider, AReinstatementThatNobodyWouldHaveHadToAskFor) {
  TellShortLife("ana");
  EXPECT_TRUE(Command("ana", Day("2026-01-10"), ReinstatementRequested()));
  EXPECT_THAT(TextsOf(FindProposed({{"calendar.late_through", "01-31"}}, "2026-02-01")),
              ElementsAre("ana lapse 3 of 2025 (2026-01-01): LAPSED -> LATE",
                          "ana reinstatement 5 of 2025 (2026-01-10): ALLOWED -> NOT_LAPSED"));
}

TEST_F(Reconsider, DecidesOnWhatWasKnownThen) {
  Begin("ana", 1'500);
  EXPECT_TRUE(Command("ana", Day("2025-08-02"), Submitted()));
  EXPECT_TRUE(Command("ana", Day("2025-08-03"), Paid("p1", "2025-08-03", 37'500)));
  EXPECT_TRUE(Command("ana", Day("2025-08-20"), Returned()));
  // Keyed later, effective before the return: it was not known.
  EXPECT_TRUE(Command("ana", Day("2025-08-10"), Credit("c2", "SPONSORED", "2025-06-01", 240)));
  EXPECT_THAT(FindProposed({{"requirement.single.total", "29.00"}}, "2025-09-01"), IsEmpty());
}

TEST_F(Reconsider, WorksForWhatIsPublished) {
  TellLongLife("ana");
  Correct(2025, 2025, "requirement.single.total", "31.00");
  const std::vector<std::string> one = {
      "ana approval 9 of 2025 (2025-09-01): ALLOWED -> REQUIREMENTS_NOT_MET"};
  EXPECT_EQ(TextsOf(FindPublished(0, "2026-02-01")), one);
  Correct(2025, 2025, "fees.late", "60.00");
  EXPECT_THAT(FindPublished(0, "2026-02-01"), IsEmpty()) << "the newest one alone";
  EXPECT_EQ(TextsOf(FindPublished(1, "2026-02-01")), one);
}

TEST_F(Reconsider, ADecisionIsComparedFromItsOwnVersionOn) {
  Correct(2025, 2025, "requirement.single.total", "25.00");
  Begin("ana", 1'500);
  EXPECT_TRUE(Command("ana", Day("2025-08-02"), Submitted()));
  EXPECT_TRUE(Command("ana", Day("2025-08-03"), Paid("p1", "2025-08-03", 37'500)));
  EXPECT_TRUE(Command("ana", Day("2025-09-01"), Renewed()));  // Under version 2.
  Correct(2025, 2025, "requirement.single.total", "30.00");
  const auto found = FindPublished(1, "2026-02-01");
  EXPECT_THAT(TextsOf(found), ElementsAre("ana approval 8 of 2025 (2025-09-01): ALLOWED -> "
                                          "REQUIREMENTS_NOT_MET"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].rule_set_version, 2);
}

TEST_F(Reconsider, FiltersByYearAndPerson) {
  for (const char* const id : {"ana", "bo", "cy"}) TellShortLife(id);
  const FigureValues longer = {{"calendar.late_through", "01-31"}};
  EXPECT_EQ(FindProposed(longer, "2026-02-01").size(), 3u);
  EXPECT_EQ(FindProposed(longer, "2026-02-01", {2026, 2030, {}}).size(), 0u);
  EXPECT_EQ(FindProposed(longer, "2026-02-01", {2025, 2025, {}}).size(), 3u);
  EXPECT_THAT(TextsOf(FindProposed(longer, "2026-02-01", {0, 9999, {.certificant_ids = {"bo"}}})),
              ElementsAre("bo lapse 6 of 2025 (2026-01-01): LAPSED -> LATE"));
}

TEST_F(Reconsider, NothingToCompareIsRefused) {
  const BoardFacts board = *LoadBoardFacts(store(), store().Head());
  for (const int64_t version : {0, 1, 2, -1}) {
    EXPECT_EQ(Correction::SincePublished(board.rulebook, "namss-2025", version).status().code(),
              absl::StatusCode::kNotFound)
        << version;
  }
  EXPECT_EQ(Correction::SincePublished(board.rulebook, "x", 0).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace goodstanding::projections
