// Questions: how fresh their answers are, and that they say what was recorded.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "eventstore/event_store.h"
#include "eventstore/log_events.h"
#include "gmock/gmock.h"
#include "tests/services/journey.h"
#include "tests/services/service_fixture.h"

namespace goodstanding::services {
namespace {

using api::v1::CommandReceipt;
using api::v1::GetCertificantRequest;
using api::v1::GetCertificantResponse;
using api::v1::GetStandingRequest;
using api::v1::GetStandingResponse;
using api::v1::ListGoodStandingRequest;
using api::v1::ListGoodStandingResponse;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using ReadsTest = ServiceTest;

GetCertificantRequest ByEmail(const std::string& email) {
  GetCertificantRequest request;
  request.set_email(email);
  return request;
}

TEST_F(ReadsTest, EveryQuestionSeesWhatWasJustAcknowledged) {
  for (int i = 0; i < 50; ++i) {
    const std::string id = absl::StrCat("p", i);
    Certify(id);
    const auto receipt =
        Do("RecordCredit", absl::StrCat("certificant_id: '", id,
                                        "' credit { reference: 'c' activity_kind: 'SPONSORED'"
                                        " completed_date { year: 2025 month: 3 day: 1 }"
                                        " amount { minutes: 60 } }"));
    const std::string whose = absl::StrCat("certificant_id: '", id, "'");
    const auto standing = Ask<GetStandingResponse>(*RequestOf("GetStanding", whose)).answer();
    EXPECT_EQ(standing.standing(), type::v1::STANDING_ACTIVE);
    ASSERT_GT(standing.requirement_size(), 0);
    EXPECT_EQ(standing.requirement(0).counted().hundredths(), 100);
    EXPECT_EQ(standing.applied_position(), receipt.position());
    EXPECT_EQ(
        Ask<api::v1::GetTranscriptResponse>(*RequestOf("GetTranscript", whose)).entries_size(), 1);
    EXPECT_EQ(Ask<GetCertificantResponse>(*RequestOf("GetCertificant", whose)).version(),
              receipt.version());
    EXPECT_EQ(Ask<ListGoodStandingResponse>(ListGoodStandingRequest()).entries_size(), i + 1);
    EXPECT_EQ(Ask<api::v1::ListDueResponse>(*RequestOf("ListDue", "year: 2025")).entries_size(),
              i + 1);
    EXPECT_EQ(
        Ask<api::v1::ListCertificantEventsResponse>(*RequestOf("ListCertificantEvents", whose))
            .events_size(),
        3);
  }
}

// They stand in the log beside the facts about people, and nobody's standing rests on them.
TEST_F(ReadsTest, FactsAboutTheLogItselfAreShown) {
  Certify("ana");
  const int64_t before = Head();
  event::v1::LogEvent fact;
  fact.mutable_signing_key_rotated()->set_first_size(before + 1);
  Restart([&] {
    const ManualClock clock(Noon("2025-09-15"));
    eventstore::Options options;
    options.path = folder() + "/log";
    options.clock = &clock;
    auto store = eventstore::EventStore::Open(options);
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE(eventstore::AppendLogEvent(**store, fact, clock.Now()).ok());
  });
  Certify("ben");
  const auto log = Log();
  ASSERT_EQ(log.size(), static_cast<size_t>(before) + 3);
  const api::v1::HistoryEvent& shown = log[static_cast<size_t>(before)];
  EXPECT_EQ(shown.record().stream(), "log/origin");
  EXPECT_EQ(shown.log().SerializeAsString(), fact.SerializeAsString());
  EXPECT_EQ(Ask<ListGoodStandingResponse>(ListGoodStandingRequest()).entries_size(), 2);

  const auto stub = api::v1::HistoryService::NewStub(caller().channel());
  grpc::ClientContext context;
  api::v1::SubscribeRequest request;
  request.mutable_filter()->add_kinds("SigningKeyRotated");
  const auto reader = stub->Subscribe(&context, request);
  api::v1::SubscribeResponse response;
  ASSERT_TRUE(reader->Read(&response));
  ASSERT_EQ(response.events_size(), 1);
  EXPECT_EQ(response.events(0).log().SerializeAsString(), fact.SerializeAsString());
  context.TryCancel();
  reader->Finish();
}

TEST_F(ReadsTest, TheCatalogueAndTheRulesAreFreshToo) {
  for (int i = 0; i < 20; ++i) {
    Do("ApproveActivity",
       absl::StrCat("activity_id: 'act-", i, "' sponsor: 's' title: 't' credits { hundredths: 1 }",
                    " period { first_date { year: 2025 month: 1 day: 1 }"
                    " last_date { year: 2025 month: 2 day: 1 } }"));
    EXPECT_TRUE(Try("GetActivity", absl::StrCat("activity_id: 'act-", i, "'")).ok());
    EXPECT_EQ(
        Ask<api::v1::ListActivitiesResponse>(*RequestOf("ListActivities", "")).activities_size(),
        i + 1);
    Do("CorrectRuleSet",
       absl::StrCat("name: 'namss-2025' reason: 'r' years { first_year: 2040 last_year: 2040 }",
                    " changes { path: 'fees.late' value: '", 60 + i, ".00' }"));
    EXPECT_EQ(
        Ask<api::v1::GetRuleSetResponse>(*RequestOf("GetRuleSet", "name: 'namss-2025'")).version(),
        2 + i);
  }
}

TEST_F(ReadsTest, APositionBeyondTheHeadIsOutOfRange) {
  Certify("ana");
  const int64_t head = Head();
  for (const auto& [method, rest] : std::vector<std::pair<const char*, const char*>>{
           {"GetStanding", "certificant_id: 'ana'"},
           {"ExplainStanding", "certificant_id: 'ana'"},
           {"GetTimeline", "certificant_id: 'ana'"},
           {"GetTranscript", "certificant_id: 'ana'"},
           {"GetAccount", "certificant_id: 'ana'"},
           {"GetDeadlines", "certificant_id: 'ana'"},
           {"ListGoodStanding", ""},
           {"ListDue", "year: 2025"}}) {
    SCOPED_TRACE(method);
    const auto with = [&](int64_t position) {
      return Try(method, absl::StrCat(rest, " freshness { min_position: ", position, " }"));
    };
    EXPECT_TRUE(with(head).ok());
    for (const int64_t position : {head + 1, INT64_MAX}) {
      const grpc::Status status = with(position);
      EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
      EXPECT_EQ(ReasonOf(status), "POSITION_BEYOND_HEAD");
      EXPECT_EQ(DetailsOf(status).info.metadata().at("head"), absl::StrCat(head));
    }
    EXPECT_TRUE(Try(method, absl::StrCat(rest, " freshness { available: true }")).ok());
  }
}

TEST_F(ReadsTest, AQuestionAsKnownBeforeSeesNothingOfWhatCameAfter) {
  Certify("ana");
  const int64_t before = Head();
  Do("RevokeCredential", "certificant_id: 'ana' reason: 'conduct'");
  const auto standing = [&](int64_t position) {
    return Ask<GetStandingResponse>(
               *RequestOf("GetStanding",
                          absl::StrCat("certificant_id: 'ana' perspective { known_at { position: ",
                                       position, " } }")))
        .answer()
        .standing();
  };
  EXPECT_EQ(standing(before), type::v1::STANDING_ACTIVE);
  EXPECT_EQ(standing(before + 1), type::v1::STANDING_REVOKED);
  EXPECT_EQ(standing(0), type::v1::STANDING_NOT_CERTIFIED);
}

TEST_F(ReadsTest, AnEmailOfSeveralPersonsNamesThemAll) {
  for (const char* id : {"bea", "ana", "cleo"}) {
    Do("RegisterCertificant",
       absl::StrCat("certificant_id: '", id, "' name: 'X' email: 'office@example.org'"));
  }
  const auto found = Ask<GetCertificantResponse>(ByEmail("office@example.org"));
  EXPECT_EQ(found.certificant_id(), "ana");
  EXPECT_THAT(found.also_certificant_ids(), ElementsAre("bea", "cleo"));
  EXPECT_THAT(Ask<GetCertificantResponse>(*RequestOf("GetCertificant", "certificant_id: 'ana'"))
                  .also_certificant_ids(),
              IsEmpty());
}

TEST_F(ReadsTest, TheEmailOnFileFindsThePerson) {
  Do("RegisterCertificant", "certificant_id: 'ana' name: 'Ana' email: 'ana@example.org'");
  Do("RegisterCertificant", "certificant_id: 'bea' name: 'Bea'");
  EXPECT_EQ(Ask<GetCertificantResponse>(ByEmail("ana@example.org")).certificant_id(), "ana");
  EXPECT_EQ(Ask<GetCertificantResponse>(ByEmail("ANA@Example.ORG")).certificant_id(), "ana");

  Do("ChangeContact", "certificant_id: 'ana' email: 'Roe@Example.org'");
  const auto found = Ask<GetCertificantResponse>(ByEmail("roe@example.org"));
  EXPECT_EQ(found.certificant_id(), "ana");
  EXPECT_EQ(found.email(), "Roe@Example.org");
  EXPECT_EQ(ReasonOf(Try(ByEmail("ana@example.org"))), "CERTIFICANT_NOT_FOUND");

  Do("ChangeContact", "certificant_id: 'ana' postal_address: '1 Main St'");  // Leaves the e-mail.
  EXPECT_EQ(Ask<GetCertificantResponse>(ByEmail("roe@example.org")).postal_address(), "1 Main St");

  Do("ChangeContact", "certificant_id: 'bea' email: 'ana@example.org'");  // It is free again.
  EXPECT_EQ(Ask<GetCertificantResponse>(ByEmail("ana@example.org")).certificant_id(), "bea");
  Restart();
  EXPECT_EQ(Ask<GetCertificantResponse>(ByEmail("ana@example.org")).certificant_id(), "bea");
  EXPECT_EQ(Ask<GetCertificantResponse>(ByEmail("roe@example.org")).certificant_id(), "ana");
}

TEST_F(ReadsTest, ARefusedCommandLeavesTheLookUpAsItWas) {
  Do("RegisterCertificant", "certificant_id: 'ana' name: 'Ana' email: 'ana@example.org'");
  EXPECT_FALSE(
      Try("RegisterCertificant", "certificant_id: 'ana' name: 'Ana' email: 'eve@example.org'")
          .ok());
  EXPECT_FALSE(Try("ChangeContact",
                   "header { expected_version: 9 } certificant_id: 'ana' email: 'eve@example.org'")
                   .ok());
  EXPECT_EQ(Ask<GetCertificantResponse>(ByEmail("ana@example.org")).certificant_id(), "ana");
  EXPECT_EQ(ReasonOf(Try(ByEmail("eve@example.org"))), "CERTIFICANT_NOT_FOUND");
}

TEST_F(ReadsTest, GetEventGivesEachEventOfTheLog) {
  Certify("ana");
  for (const auto& event : Log()) {
    api::v1::GetEventRequest request;
    request.set_position(event.record().position());
    EXPECT_EQ(Ask<api::v1::GetEventResponse>(request).event().DebugString(), event.DebugString());
  }
}

TEST_F(ReadsTest, PersonalFieldsAreSealedInTheRecordAndOpenInThePayload) {
  Do("RegisterCertificant", "certificant_id: 'ana' name: 'Zebedee' email: 'zebedee@example.org'");
  const auto event = Log().back();
  EXPECT_EQ(event.certificant().certificant_registered().name(), "Zebedee");
  EXPECT_THAT(event.record().SerializeAsString(), ::testing::Not(::testing::HasSubstr("Zebedee")));
  EXPECT_THAT(event.record().SerializeAsString(), ::testing::Not(::testing::HasSubstr("zebedee")));
}

}  // namespace
}  // namespace goodstanding::services
