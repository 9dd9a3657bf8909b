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
      EXPECT_THAT(preview.summaries, IsEmpty());  // It is the end.
      if (response.has_summary()) preview.summaries.push_back(response.summary());
      preview.effects.insert(preview.effects.end(), response.effects().begin(),
                             response.effects().end());
    }
    preview.status = reader->Finish();
    return preview;
  }

  struct Reconsiderations {
    grpc::Status status;
    std::vector<api::v1::Reconsideration> all;
    std::vector<api::v1::ReconsiderationSummary> summaries;
  };

  Reconsiderations GetReconsiderations(absl::string_view text) {
    const auto stub = api::v1::RulebookService::NewStub(caller().channel());
    grpc::ClientContext context;
    const auto reader =
        stub->ListReconsiderations(&context, Text<api::v1::ListReconsiderationsRequest>(text));
    Reconsiderations found;
    api::v1::ListReconsiderationsResponse response;
    while (reader->Read(&response)) {
      EXPECT_THAT(found.summaries, IsEmpty());  // It is the end.
      if (response.has_summary()) found.summaries.push_back(response.summary());
      found.all.insert(found.all.end(), response.reconsiderations().begin(),
                       response.reconsiderations().end());
    }
    found.status = reader->Finish();
    return found;
  }

  // The correction as it was previewed, to be published.
  grpc::Status Publish(absl::string_view correction, const std::string& digest,
                       int64_t base_version = 0) {
    auto request = Text<api::v1::CorrectRuleSetRequest>(correction);
    request.set_reason("misprint");
    request.set_preview_digest(digest);
    request.set_base_version(base_version);
    SetRequestId(NewId(), request);
    return Try(request);
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

TEST_F(RulebookTest, APreviewSaysWhy) {
  Certify("ana");
  const Preview preview = GetPreview(kCorrection);
  ASSERT_EQ(preview.effects.size(), 1);
  const api::v1::CorrectionEffect& effect = preview.effects[0];
  EXPECT_EQ(effect.before_standing(), type::v1::STANDING_ACTIVE);
  EXPECT_EQ(effect.after_standing(), type::v1::STANDING_ACTIVE);
  EXPECT_EQ(effect.cycle_end_year(), 2025);
  EXPECT_THAT(effect.deciding_figures(), ElementsAre("requirement.single.total"));
  ASSERT_FALSE(effect.before_lines().empty());
  ASSERT_FALSE(effect.after_lines().empty());
  EXPECT_THAT(effect.before_lines(0).text(), HasSubstr("0.00 of 30.00 credits (total) count"));
  EXPECT_THAT(effect.after_lines(0).text(), HasSubstr("0.00 of 40.00 credits (total) count"));
}

TEST_F(RulebookTest, APreviewListsWhomItsFiltersLetThrough) {
  Certify("ana");
  Certify("bea");
  const auto listed = [&](absl::string_view filter) {
    const Preview preview = GetPreview(absl::StrCat(kCorrection, filter));
    EXPECT_TRUE(preview.status.ok()) << preview.status.error_message();
    std::string ids;
    for (const auto& effect : preview.effects) absl::StrAppend(&ids, effect.certificant_id(), " ");
    return ids;
  };
  EXPECT_EQ(listed(""), "ana bea ");
  EXPECT_EQ(listed("certificant_ids: 'bea'"), "bea ");
  EXPECT_EQ(listed("cycle_end_years { first_year: 2025 last_year: 2026 }"), "ana bea ");
  EXPECT_EQ(listed("cycle_end_years { first_year: 2026 last_year: 2026 }"), "");
  EXPECT_EQ(listed("before_standing: STANDING_ACTIVE after_standing: STANDING_ACTIVE"), "ana bea ");
  EXPECT_EQ(listed("after_standing: STANDING_LAPSED"), "");
}

TEST_F(RulebookTest, QuestionsThatMakeNoSenseAreRefused) {
  Certify("ana");
  std::string too_many;
  for (int i = 0; i <= 1000; ++i) absl::StrAppend(&too_many, " certificant_ids: 'ana'");
  struct Case {
    const char* why;
    std::string filter;
    const char* reason;
    const char* field;
  };
  const std::vector<Case> cases = {
      {"nobody of that id", "certificant_ids: 'zoe'", "CERTIFICANT_NOT_FOUND", ""},
      {"no id", "certificant_ids: 'z e'", "INVALID_ARGUMENT", "certificant_ids"},
      {"1,001 of them", too_many, "INVALID_ARGUMENT", "certificant_ids"},
      {"years backwards", "cycle_end_years { first_year: 2026 last_year: 2025 }",
       "INVALID_ARGUMENT", "cycle_end_years"},
      {"no years", "cycle_end_years {}", "INVALID_ARGUMENT", "cycle_end_years"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    const std::string text = absl::StrCat(kCorrection, c.filter);
    for (const grpc::Status& status : {GetPreview(text).status, GetReconsiderations(text).status}) {
      EXPECT_EQ(ReasonOf(status), c.reason);
      if (*c.field != 0) {
        EXPECT_EQ(FieldOf(status), c.field);
      }
    }
  }
  EXPECT_EQ(FieldOf(GetPreview(absl::StrCat(kCorrection, "before_standing: 99")).status),
            "before_standing");
}

TEST_F(RulebookTest, WhatIsPublishedIsWhatWasPreviewed) {
  Certify("ana");
  const std::string digest = GetPreview(kCorrection).summaries.at(0).preview_digest();
  EXPECT_EQ(digest.size(), 32u);
  EXPECT_EQ(GetPreview(absl::StrCat(kCorrection,
                                    "certificant_ids: 'ana'"
                                    " as_of_date { year: 2026 month: 1 day: 1 }"))
                .summaries.at(0)
                .preview_digest(),
            digest)
      << "it names the correction, not the question";
  const std::string other =
      "name: 'namss-2025' years { first_year: 2025 last_year: 2025 }"
      " changes { path: 'requirement.single.total' value: '41.00' }";
  const int64_t head = Head();
  EXPECT_EQ(ReasonOf(Publish(other, digest)), "PREVIEW_MISMATCH");
  EXPECT_EQ(ReasonOf(Publish(kCorrection, "made up")), "PREVIEW_MISMATCH");
  EXPECT_EQ(ReasonOf(Publish(kCorrection, digest, 2)), "RULE_SET_MOVED");
  EXPECT_EQ(Head(), head);
  ASSERT_TRUE(Publish(kCorrection, digest, 1).ok());
  EXPECT_EQ(TotalOf("ana"), 4000);
  const auto list = Ask<api::v1::ListRuleSetsResponse>(api::v1::ListRuleSetsRequest());
  ASSERT_EQ(list.revisions_size(), 2);
  EXPECT_EQ(list.revisions(1).preview_digest(), digest);
  EXPECT_EQ(ReasonOf(Publish(kCorrection, digest)), "RULE_SET_MOVED") << "it was published once";
}

TEST_F(RulebookTest, ACorrectionIsRefusedWhenTheRulesMovedSinceItsPreview) {
  Certify("ana");
  const std::string digest = GetPreview(kCorrection).summaries.at(0).preview_digest();
  Do("CorrectRuleSet",
     "name: 'namss-2025' reason: 'meanwhile' years { first_year: 2030 last_year: 2030 }"
     " changes { path: 'fees.late' value: '60.00' }");
  for (const int64_t base : {0, 1, 2}) {
    EXPECT_EQ(ReasonOf(Publish(kCorrection, digest, base)), "RULE_SET_MOVED") << base;
  }
  Restart();
  EXPECT_EQ(ReasonOf(Publish(kCorrection, digest)), "RULE_SET_MOVED");
  const std::string again = GetPreview(kCorrection).summaries.at(0).preview_digest();
  Restart();
  EXPECT_TRUE(Publish(kCorrection, again).ok());
}

TEST_F(RulebookTest, OldAnswersCanStillBeHad) {
  Certify("ana");
  const int64_t before = Head();
  ASSERT_TRUE(Publish(kCorrection, GetPreview(kCorrection).summaries.at(0).preview_digest()).ok());
  const auto total = [&](absl::string_view perspective) {
    const auto answer =
        Ask<api::v1::GetStandingResponse>(
            *RequestOf("GetStanding",
                       absl::StrCat("certificant_id: 'ana' perspective {", perspective, "}")))
            .answer();
    return absl::StrCat(answer.requirement(0).minimum().hundredths(), " by version ",
                        answer.rule_set().version());
  };
  EXPECT_EQ(total(""), "4000 by version 2");
  EXPECT_EQ(total(absl::StrCat("known_at { position: ", before, " }")), "3000 by version 1");
  EXPECT_EQ(total("rule_set { name: 'namss-2025' version: 1 }"), "3000 by version 1");
  EXPECT_EQ(total(absl::StrCat("known_at { position: ", before,
                               " } rule_set { name: 'namss-2025' version: 2 }")),
            "4000 by version 2");
}

TEST_F(RulebookTest, DecisionsToReconsiderAreListedBeforeAndAfterPublishing) {
  Certify("ana");
  Do("RecordCredit",
     "certificant_id: 'ana' credit { reference: 'c1' activity_kind: 'SPONSORED' completed_date {"
     " year: 2024 month: 5 day: 1 } amount { minutes: 1800 } }");
  Do("SubmitApplication", "certificant_id: 'ana'");
  Do("RecordPayment",
     "certificant_id: 'ana' reference: 'p1' amount { currency_code: 'USD' minor_units: 37500 }"
     " method: PAYMENT_METHOD_CARD");
  const int64_t position = Do("ApproveApplication", "certificant_id: 'ana'").position();
  Certify("bea");
  const Reconsiderations proposed = GetReconsiderations(kCorrection);
  ASSERT_TRUE(proposed.status.ok()) << proposed.status.error_message();
  ASSERT_EQ(proposed.all.size(), 1u);
  const api::v1::Reconsideration& approval = proposed.all[0];
  EXPECT_EQ(approval.certificant_id(), "ana");
  EXPECT_EQ(approval.kind(), api::v1::RECONSIDERATION_KIND_APPROVAL);
  EXPECT_EQ(approval.position(), position);
  EXPECT_EQ(approval.cycle_end_year(), 2025);
  EXPECT_EQ(approval.effective_date().day(), 15);
  EXPECT_EQ(approval.rule_set().version(), 1);
  EXPECT_EQ(approval.before().outcome(), "ALLOWED");
  EXPECT_EQ(approval.after().outcome(), "REQUIREMENTS_NOT_MET");
  EXPECT_THAT(approval.after().text(), HasSubstr("40.00 credits needed"));
  ASSERT_EQ(proposed.summaries.size(), 1u);
  EXPECT_EQ(proposed.summaries[0].certificant_count(), 2);
  EXPECT_EQ(proposed.summaries[0].base_version(), 1);
  EXPECT_EQ(proposed.summaries[0].version(), 2);
  ASSERT_EQ(proposed.summaries[0].counts_size(), 1);
  EXPECT_EQ(proposed.summaries[0].counts(0).count(), 1);

  EXPECT_EQ(ReasonOf(GetReconsiderations("name: 'namss-2025'").status), "RULE_SET_NOT_FOUND")
      << "nothing is corrected yet";
  Do("CorrectRuleSet", absl::StrCat(kCorrection, "reason: 'misprint'"));
  const int64_t head = Head();
  const Reconsiderations published = GetReconsiderations("name: 'namss-2025'");
  ASSERT_EQ(published.all.size(), 1u);
  EXPECT_EQ(published.all[0].SerializeAsString(), approval.SerializeAsString());
  EXPECT_EQ(Head(), head);
  EXPECT_EQ(ReasonOf(GetReconsiderations(absl::StrCat(kCorrection, "base_version: 1")).status),
            "RULE_SET_MOVED");
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
