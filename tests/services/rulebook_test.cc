// Publishing, correcting and previewing rules.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/services/service_fixture.h"

namespace goodstanding::services {
namespace {

using api::v1::CorrectionSummary;
using api::v1::PreviewCorrectionRequest;
using api::v1::PreviewCorrectionResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kCorrection[] =
    "name: 'namss-2025' years { first_year: 2025 last_year: 2025 }"
    " changes { path: 'requirement.single.total' value: '40.00' } ";

class RulebookTest : public ServiceTest {
 protected:
  struct Preview {
    grpc::Status status;
    std::vector<api::v1::CorrectionEffect> effects;
    std::vector<CorrectionSummary> summaries;
  };

  Preview GetPreview(absl::string_view text) {
    const auto stub = api::v1::RulebookService::NewStub(caller().channel());
    grpc::ClientContext context;
    const auto reader = stub->PreviewCorrection(&context, Text<PreviewCorrectionRequest>(text));
    Preview preview;
    PreviewCorrectionResponse response;
    while (reader->Read(&response)) {
      if (response.has_summary()) {
        preview.summaries.push_back(response.summary());
      } else {
        EXPECT_THAT(preview.summaries, IsEmpty());  // It is the end.
        preview.effects.push_back(response.effect());
      }
    }
    preview.status = reader->Finish();
    return preview;
  }

  int64_t TotalOf(absl::string_view id) {
    const auto answer = Ask<api::v1::GetStandingResponse>(
                            *RequestOf("GetStanding", absl::StrCat("certificant_id: '", id, "'")))
                            .answer();
    return answer.requirement(0).minimum().hundredths();
  }

  type::v1::RuleSet Shipped() {
    return Ask<api::v1::GetRuleSetResponse>(*RequestOf("GetRuleSet", "name: 'namss-2025'"))
        .rule_set();
  }
};

TEST_F(RulebookTest, APreviewSaysWhatACorrectionDoes) {
  Certify("ana");                // Due in 2025.
  Certify("bea", "2023-05-14");  // Due in 2026: untouched.
  const int64_t head = Head();
  const Preview preview = GetPreview(kCorrection);
  ASSERT_TRUE(preview.status.ok()) << preview.status.error_message();
  ASSERT_EQ(preview.effects.size(), 1);
  EXPECT_EQ(preview.effects[0].certificant_id(), "ana");
  ASSERT_EQ(preview.effects[0].changes_size(), 1);
  EXPECT_EQ(preview.effects[0].changes(0).figure(), "requirement.total");
  EXPECT_EQ(preview.effects[0].changes(0).before(), "30.00");
  EXPECT_EQ(preview.effects[0].changes(0).after(), "40.00");
  ASSERT_EQ(preview.summaries.size(), 1);
  EXPECT_EQ(preview.summaries[0].certificant_count(), 2);
  EXPECT_EQ(preview.summaries[0].changed_count(), 1);
  EXPECT_EQ(preview.summaries[0].base_version(), 1);
  EXPECT_EQ(preview.summaries[0].applied_position(), head);
  EXPECT_EQ(Head(), head);
  EXPECT_EQ(TotalOf("ana"), 3000);  // Nothing has changed.
}

TEST_F(RulebookTest, ACorrectionDoesWhatItsPreviewSaid) {
  Certify("ana");
  Certify("bea", "2023-05-14");
  const int64_t base = GetPreview(kCorrection).summaries.at(0).base_version();
  Do("CorrectRuleSet", absl::StrCat(kCorrection, "reason: 'misprint' base_version: ", base));
  EXPECT_EQ(TotalOf("ana"), 4000);
  EXPECT_EQ(TotalOf("bea"), 3000);
  const Preview again = GetPreview(kCorrection);
  EXPECT_TRUE(again.effects.empty());
}

TEST_F(RulebookTest, ACorrectionOfAnotherVersionIsRefused) {
  Certify("ana");
  const Preview preview = GetPreview(kCorrection);
  Do("CorrectRuleSet",
     "name: 'namss-2025' reason: 'meanwhile' years { first_year: 2025 last_year: 2025 }"
     " changes { path: 'fees.late' value: '60.00' }");
  const grpc::Status status =
      Try("CorrectRuleSet", absl::StrCat(kCorrection, "reason: 'misprint' base_version: ",
                                         preview.summaries.at(0).base_version()));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(status), "RULE_SET_MOVED");
  EXPECT_EQ(TotalOf("ana"), 3000);
  Do("CorrectRuleSet", absl::StrCat(kCorrection, "reason: 'misprint' base_version: ",
                                    GetPreview(kCorrection).summaries.at(0).base_version()));
  EXPECT_EQ(TotalOf("ana"), 4000);
}

struct CorrectionCase {
  const char* why;
  const char* correction;
  const char* reason;
};

TEST_F(RulebookTest, WhatCannotBeCorrectedCannotBePreviewed) {
  constexpr CorrectionCase kCases[] = {
      {"unknown rules",
       "name: 'x' years { first_year: 2025 last_year: 2025 }"
       " changes { path: 'fees.late' value: '60.00' }",
       "RULE_SET_NOT_FOUND"},
      {"no changes", "name: 'namss-2025' years { first_year: 2025 last_year: 2025 }",
       "INVALID_RULE_SET"},
      {"no years", "name: 'namss-2025' changes { path: 'fees.late' value: '60.00' }",
       "INVALID_RULE_SET"},
      {"years backwards",
       "name: 'namss-2025' years { first_year: 2026 last_year: 2025 }"
       " changes { path: 'fees.late' value: '60.00' }",
       "INVALID_RULE_SET"},
      {"unknown figure",
       "name: 'namss-2025' years { first_year: 2025 last_year: 2025 }"
       " changes { path: 'fees.lunch' value: '60.00' }",
       "INVALID_RULE_SET"},
      {"no figure",
       "name: 'namss-2025' years { first_year: 2025 last_year: 2025 }"
       " changes { path: 'fees.late' value: 'sixty' }",
       "INVALID_RULE_SET"},
      {"29 February",
       "name: 'namss-2025' years { first_year: 2025 last_year: 2025 }"
       " changes { path: 'calendar.cycle_end' value: '02-29' }",
       "INVALID_RULE_SET"},
      {"negative",
       "name: 'namss-2025' years { first_year: 2025 last_year: 2025 }"
       " changes { path: 'fees.late' value: '-60.00' }",
       "INVALID_RULE_SET"},
  };
  const int64_t head = Head();
  for (const CorrectionCase& c : kCases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(ReasonOf(GetPreview(c.correction).status), c.reason);
    EXPECT_EQ(ReasonOf(Try("CorrectRuleSet", absl::StrCat(c.correction, " reason: 'r'"))),
              c.reason);
  }
  EXPECT_EQ(Head(), head);
}

TEST_F(RulebookTest, APreviewThatWasAnsweredHasLeftItsPlace) {
  Certify("ana");
  for (int i = 0; i < 200; ++i) {
    const grpc::Status status = GetPreview(kCorrection).status;
    ASSERT_TRUE(status.ok()) << "call " << i << ": " << status.error_message();
  }
}

TEST_F(RulebookTest, ACallerThatGoesAwayEndsItsPreview) {
  for (int i = 0; i < 20; ++i) Certify(absl::StrCat("p", i));
  const auto stub = api::v1::RulebookService::NewStub(caller().channel());
  for (int i = 0; i < 20; ++i) {
    grpc::ClientContext context;
    const auto reader =
        stub->PreviewCorrection(&context, Text<PreviewCorrectionRequest>(kCorrection));
    PreviewCorrectionResponse response;
    reader->Read(&response);
    context.TryCancel();
    while (reader->Read(&response)) {
    }
    reader->Finish();
  }
  // A stream that was given up has given its place back, at once or soon.
  grpc::Status status;
  do {
    status = GetPreview(kCorrection).status;
  } while (ReasonOf(status) == "OVERLOADED");
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(RulebookTest, ARuleSetIsPublishedOnceAndReadAtEachVersion) {
  type::v1::RuleSet next = Shipped();
  next.set_name("namss-2028");
  next.add_years()->set_first_year(2028);
  next.mutable_years(0)->set_last_year(2030);
  api::v1::PublishRuleSetRequest publish;
  *publish.mutable_rule_set() = next;
  publish.set_authority("board meeting");
  publish.mutable_header()->set_request_id("next");
  Ask<api::v1::CommandReceipt>(publish);
  publish.mutable_header()->set_request_id("again");
  EXPECT_EQ(ReasonOf(Try(publish)), "RULE_SET_EXISTS");
  publish.mutable_rule_set()->set_name("namss-2029");
  EXPECT_EQ(ReasonOf(Try(publish)), "INVALID_RULE_SET");  // Two sets would govern one year.

  Do("CorrectRuleSet",
     "name: 'namss-2028' reason: 'misprint' authority: 'chair' years { first_year: 2029"
     " last_year: 2029 } changes { path: 'fees.late' value: '75.00' }");
  const auto late = [&](absl::string_view text) {
    return Ask<api::v1::GetRuleSetResponse>(*RequestOf("GetRuleSet", text))
        .rule_set()
        .fees()
        .late();
  };
  EXPECT_EQ(late("name: 'namss-2028'"), "50.00");  // As published.
  EXPECT_EQ(late("name: 'namss-2028' year: 2029"), "75.00");
  EXPECT_EQ(late("name: 'namss-2028' year: 2028"), "50.00");
  EXPECT_EQ(late("name: 'namss-2028' version: 1 year: 2029"), "50.00");
  EXPECT_EQ(ReasonOf(Try("GetRuleSet", "name: 'namss-2028' year: 2031")), "RULE_SET_NOT_FOUND");

  const auto list = Ask<api::v1::ListRuleSetsResponse>(api::v1::ListRuleSetsRequest());
  std::vector<std::string> revisions;
  for (const auto& revision : list.revisions()) {
    revisions.push_back(absl::StrCat(revision.rule_set().name(), "@", revision.rule_set().version(),
                                     " by ", revision.authority()));
  }
  EXPECT_THAT(revisions, ElementsAre("namss-2025@1 by the board", "namss-2028@1 by board meeting",
                                     "namss-2028@2 by chair"));
}

TEST_F(RulebookTest, ValidationNamesEveryFault) {
  api::v1::ValidateRuleSetRequest request;
  *request.mutable_rule_set() = Shipped();
  EXPECT_THAT(Ask<api::v1::ValidateRuleSetResponse>(request).faults(), IsEmpty());
  request.mutable_rule_set()->mutable_fees()->set_late("fifty");
  request.mutable_rule_set()->mutable_calendar()->set_cycle_end("13-01");
  request.mutable_rule_set()->mutable_credentials(0)->set_code("no code");
  const auto faults = Ask<api::v1::ValidateRuleSetResponse>(request).faults();
  const std::vector<std::string> texts(faults.begin(), faults.end());
  EXPECT_THAT(texts, ::testing::Contains(HasSubstr("late")));
  EXPECT_THAT(texts, ::testing::Contains(HasSubstr("cycle_end")));
  EXPECT_THAT(texts, ::testing::Contains(HasSubstr("credentials")));
  api::v1::PublishRuleSetRequest publish;
  *publish.mutable_rule_set() = request.rule_set();
  publish.mutable_rule_set()->set_name("other");
  EXPECT_EQ(ReasonOf(Try(publish)), "INVALID_RULE_SET");
}

TEST_F(RulebookTest, RulesOfAnotherZoneAreRefused) {
  api::v1::PublishRuleSetRequest publish;
  *publish.mutable_rule_set() = Shipped();
  publish.mutable_rule_set()->set_name("other");
  publish.mutable_rule_set()->set_time_zone("America/Chicago");
  const grpc::Status status = Try(publish);
  EXPECT_EQ(ReasonOf(status), "INVALID_RULE_SET");
  EXPECT_THAT(status.error_message(), HasSubstr("America/New_York"));
}

}  // namespace
}  // namespace goodstanding::services
