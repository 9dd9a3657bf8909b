// Two accounts that become one, and credits that change hands, through the services.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/services/service_fixture.h"

namespace goodstanding::services {
namespace {

using api::v1::GetCertificantResponse;
using api::v1::GetStandingResponse;
using api::v1::GetTranscriptResponse;
using api::v1::ListCertificantEventsResponse;
using api::v1::ListGoodStandingResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class MergesTest : public ServiceTest {
 protected:
  MergesTest() {
    Register("ana");
    Do("GrantCredential",
       "certificant_id: 'ana' credential: 'CPCS'"
       " header { effective_date { year: 2022 month: 5 day: 14 } }");
    Register("ann");
    Do("GrantCredential",
       "certificant_id: 'ann' credential: 'CPMSM'"
       " header { effective_date { year: 2023 month: 2 day: 1 } }");
  }

  void Register(const std::string& id) {
    Do("RegisterCertificant",
       absl::StrCat("certificant_id: '", id, "' name: 'Ana Roe' email: '", id, "@example.org'"));
  }

  static std::string CreditText(const std::string& id, const std::string& reference, int minutes) {
    return absl::StrCat("certificant_id: '", id, "' credit { reference: '", reference,
                        "' activity_kind: 'SPONSORED' completed_date { year: 2024 month: 5 day: 1 }"
                        " amount { minutes: ",
                        minutes, " } }");
  }
  void Credit(const std::string& id, const std::string& reference, int minutes) {
    Do("RecordCredit", CreditText(id, reference, minutes));
  }

  int64_t Merge() {
    return Do("MergeCertificants",
              "certificant_id: 'ana' merged_certificant_id: 'ann' reason: 'registered twice'")
        .position();
  }

  void Annul(const std::string& id, int64_t position) {
    Do("AnnulFact",
       absl::StrCat("certificant_id: '", id, "' fact_position: ", position, " reason: 'wrong'"));
  }

  api::v1::StandingAnswer Standing(const std::string& id, const std::string& more = "") {
    return Ask<GetStandingResponse>(
               *RequestOf("GetStanding", absl::StrCat("certificant_id: '", id, "' ", more)))
        .answer();
  }

  // "c1=10.00 c2=DUPLICATE", by reference.
  std::string Credits(const std::string& id) {
    std::vector<std::string> texts;
    const auto transcript = Transcript(id);
    for (const auto& entry : transcript.entries()) {
      texts.push_back(absl::StrCat(
          entry.reference(), "=",
          entry.reason().empty() ? absl::StrCat(entry.earned().hundredths()) : entry.reason()));
    }
    std::sort(texts.begin(), texts.end());
    std::string all;
    for (const std::string& text : texts) absl::StrAppend(&all, all.empty() ? "" : " ", text);
    return all;
  }
  GetTranscriptResponse Transcript(const std::string& id) {
    return Ask<GetTranscriptResponse>(
        *RequestOf("GetTranscript", absl::StrCat("certificant_id: '", id, "'")));
  }

  GetCertificantResponse Certificant(const std::string& whom) {
    return Ask<GetCertificantResponse>(*RequestOf("GetCertificant", whom));
  }

  // "ann/CreditRecorded", page by page of the size.
  std::vector<std::string> History(const std::string& id, int page_size,
                                   const std::string& order = "EVENT_ORDER_ASCENDING") {
    std::vector<std::string> events;
    std::string token;
    do {
      const auto page = Ask<ListCertificantEventsResponse>(*RequestOf(
          "ListCertificantEvents", absl::StrCat("certificant_id: '", id, "' page_size: ", page_size,
                                                " order: ", order, " page_token: '", token, "'")));
      for (const auto& event : page.events()) {
        events.push_back(
            absl::StrCat(event.record().stream().substr(12), "/", event.record().kind()));
      }
      token = page.next_page_token();
    } while (!token.empty());
    return events;
  }

  std::vector<std::string> Report() {
    std::vector<std::string> ids;
    const auto report = Ask<ListGoodStandingResponse>(*RequestOf("ListGoodStanding", ""));
    for (const auto& entry : report.entries()) ids.push_back(entry.certificant_id());
    return ids;
  }
};

TEST_F(MergesTest, OtherIdAnswersAsTheSurvivorAndSaysSo) {
  Credit("ana", "c1", 600);
  Credit("ann", "c1", 300);
  const int64_t before = Head();
  const int64_t merged = Merge();
  for (const char* id : {"ana", "ann"}) {
    SCOPED_TRACE(id);
    const auto answer = Standing(id);
    EXPECT_EQ(answer.certificant_id(), "ana");
    EXPECT_EQ(answer.standing(), type::v1::STANDING_ACTIVE);
    EXPECT_EQ(answer.level(), "DUAL");
    EXPECT_EQ(answer.cycle().period().last_date().year(), 2025);
    EXPECT_EQ(answer.has_merged(), std::string(id) == "ann");
    EXPECT_EQ(Credits(id), "c1=1000 c1~2=500");
    EXPECT_EQ(Transcript(id).has_merged(), std::string(id) == "ann");
  }
  const auto told = Standing("ann").merged();
  EXPECT_EQ(told.certificant_id(), "ann");
  EXPECT_EQ(told.survivor_id(), "ana");
  EXPECT_EQ(told.position(), merged + 1);
  EXPECT_THAT(Report(), ElementsAre("ana"));
  // As known before, they are two.
  const std::string then = absl::StrCat("perspective { known_at { position: ", before, " } }");
  EXPECT_EQ(Standing("ann", then).certificant_id(), "ann");
  EXPECT_FALSE(Standing("ann", then).has_merged());
  EXPECT_EQ(Standing("ann", then).cycle().period().last_date().year(), 2026);
  EXPECT_EQ(Standing("ana", then).level(), "SINGLE");
  // So it is from the log, without the views.
  EXPECT_EQ(Standing("ann", "perspective { as_of_date { year: 2024 month: 6 day: 1 } }").level(),
            "DUAL");
  // And after a restart.
  Restart();
  EXPECT_EQ(Standing("ann").level(), "DUAL");
  EXPECT_EQ(Credits("ann"), "c1=1000 c1~2=500");
}

TEST_F(MergesTest, CommandsForTheOtherIdCountForTheSurvivorAndStayWithItWhenUndone) {
  Credit("ann", "c1", 300);
  const int64_t merged = Merge();
  // One of its own, one about a record of it by either id, one of the survivor's.
  Credit("ann", "c2", 120);
  Do("WithdrawCredit", "certificant_id: 'ana' reference: 'c1'");
  Credit("ana", "c3", 60);
  EXPECT_EQ(Credits("ana"), "c1=WITHDRAWN c2=200 c3=100");
  EXPECT_EQ(ReasonOf(Try("RecordCredit", CreditText("ana", "c2", 60))), "CREDIT_ALREADY_RECORDED");
  EXPECT_EQ(ReasonOf(Try("RecordCredit", CreditText("ann", "c3", 60))), "CREDIT_ALREADY_RECORDED");
  EXPECT_THAT(
      History("ann", 100),
      ElementsAre("ana/CertificantRegistered", "ana/CredentialGranted", "ann/CertificantRegistered",
                  "ann/CredentialGranted", "ann/CreditRecorded", "ana/AccountMerged",
                  "ann/MergedIntoAccount", "ann/CreditRecorded", "ana/MergedFactRecorded",
                  "ann/CreditWithdrawn", "ana/MergedFactRecorded", "ana/CreditRecorded"));
  EXPECT_EQ(History("ana", 5), History("ann", 100));
  std::vector<std::string> backward = History("ana", 3, "EVENT_ORDER_DESCENDING");
  std::reverse(backward.begin(), backward.end());
  EXPECT_EQ(backward, History("ana", 100));

  Annul("ana", merged);
  EXPECT_EQ(Credits("ana"), "c3=100");
  EXPECT_EQ(Credits("ann"), "c1=WITHDRAWN c2=200");
  EXPECT_EQ(Standing("ann").certificant_id(), "ann");
  EXPECT_THAT(Report(), ElementsAre("ana", "ann"));
  EXPECT_EQ(ReasonOf(Try("AnnulFact", absl::StrCat("certificant_id: 'ana' reason: 'x' "
                                                   "fact_position: ",
                                                   merged))),
            "FACT_ALREADY_ANNULLED");
  // It can be made anew.
  Merge();
  EXPECT_EQ(Credits("ann"), "c1=WITHDRAWN c2=200 c3=100");
}

TEST_F(MergesTest, MergeIsUndoneByEitherEventOfIt) {
  const int64_t merged = Merge();
  Annul("ann", merged + 1);
  EXPECT_FALSE(Standing("ann").has_merged());
  EXPECT_EQ(Standing("ana").level(), "SINGLE");
}

TEST_F(MergesTest, RepeatedAndManyCommandsForTheOtherIdAreAnsweredLineByLine) {
  Merge();
  const std::string roster =
      absl::StrCat("header { request_id: 'roster' } lines { ", CreditText("ann", "c1", 60),
                   " } lines { ", CreditText("bob", "c1", 60), " } lines { ",
                   CreditText("ana", "c2", 60), " } lines { ", CreditText("ann", "c3", 60), " }");
  const auto first = Ask<api::v1::RecordCreditsResponse>(*RequestOf("RecordCredits", roster));
  ASSERT_EQ(first.outcomes_size(), 4);
  EXPECT_EQ(first.outcomes(1).refusal().reason(), "CERTIFICANT_NOT_FOUND");
  EXPECT_EQ(first.outcomes(2).position(), first.outcomes(0).position() + 2);
  EXPECT_EQ(first.outcomes(3).position(), first.outcomes(0).position() + 3);
  const auto again = Ask<api::v1::RecordCreditsResponse>(*RequestOf("RecordCredits", roster));
  EXPECT_TRUE(again.repeated_request());
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(again.outcomes(i).position(), first.outcomes(i).position());
  }
  EXPECT_EQ(Credits("ann"), "c1=100 c2=100 c3=100");

  const std::string payments =
      "header { request_id: 'check' } batch_reference: 'b1' method: PAYMENT_METHOD_CHECK"
      " total { currency_code: 'USD' minor_units: 300 }"
      " lines { certificant_id: 'ann' reference: 'p1'"
      " amount { currency_code: 'USD' minor_units: 100 } }"
      " lines { certificant_id: 'ana' reference: 'p2'"
      " amount { currency_code: 'USD' minor_units: 200 } }";
  const auto paid = Ask<api::v1::RecordPaymentsResponse>(*RequestOf("RecordPayments", payments));
  ASSERT_EQ(paid.positions_size(), 2);
  EXPECT_EQ(paid.positions(1), paid.positions(0) + 2);
  EXPECT_EQ(Standing("ana").paid().minor_units(), 300);
  const auto repeated =
      Ask<api::v1::RecordPaymentsResponse>(*RequestOf("RecordPayments", payments));
  EXPECT_TRUE(repeated.repeated_request());
  EXPECT_THAT(repeated.positions(), ElementsAre(paid.positions(0), paid.positions(1)));
  EXPECT_EQ(Standing("ana").paid().minor_units(), 300);
}

TEST_F(MergesTest, NameAndContactAreTheSurvivorsAndWhatEitherIdIsToldLater) {
  Do("ChangeProfile", "certificant_id: 'ann' name: 'Ann Roe'");
  Merge();
  auto person = Certificant("certificant_id: 'ann'");
  EXPECT_EQ(person.certificant_id(), "ana");
  EXPECT_EQ(person.name(), "Ana Roe");
  EXPECT_EQ(person.email(), "ana@example.org");
  EXPECT_EQ(person.merged().survivor_id(), "ana");
  EXPECT_THAT(person.merged_certificant_ids(), ElementsAre("ann"));
  // Each address finds the one person, who is listed once.
  person = Certificant("email: 'ann@example.org'");
  EXPECT_EQ(person.certificant_id(), "ana");
  EXPECT_THAT(person.also_certificant_ids(), IsEmpty());
  Do("ChangeContact", "certificant_id: 'ann' email: 'new@example.org'");
  EXPECT_EQ(Certificant("certificant_id: 'ana'").email(), "new@example.org");
  EXPECT_EQ(Certificant("email: 'new@example.org'").certificant_id(), "ana");
}

TEST_F(MergesTest, DecisionOnBothAccountsIsReplayedAndProven) {
  Credit("ana", "c1", 1200);
  Credit("ann", "c1", 1800);
  Merge();
  SetClock("2025-11-01");
  Do("SubmitApplication", "certificant_id: 'ann'");
  Do("RecordPayment",
     "certificant_id: 'ann' reference: 'p1' amount { currency_code: 'USD' minor_units: 40000 }"
     " method: PAYMENT_METHOD_CARD");
  const int64_t approval = Do("ApproveApplication", "certificant_id: 'ann'").position();
  EXPECT_TRUE(Standing("ana").cycle().renewed());
  for (const char* id : {"ana", "ann"}) {
    const auto replay = Ask<api::v1::ReplayDecisionResponse>(
        *RequestOf("ReplayDecision",
                   absl::StrCat("certificant_id: '", id, "' decision_position: ", approval)));
    EXPECT_TRUE(replay.recorded().reproduced());
    EXPECT_EQ(replay.facts_then_rules_then().answer().certificant_id(), "ana");
    EXPECT_THAT(replay.recorded().terms().credit_references(), ElementsAre("c1", "c1~2"));
  }
  const auto letter = Ask<api::v1::GetVerificationLetterResponse>(
      *RequestOf("GetVerificationLetter", "certificant_id: 'ann'"));
  EXPECT_THAT(letter.core(), HasSubstr("\ncertificant ana for ann\n"));
}

TEST_F(MergesTest, CreditMovesToAnotherPersonAndBack) {
  Certify("bob");
  Credit("ana", "c1", 600);
  Do("AmendCredit", "certificant_id: 'ana' reference: 'c1' amount { minutes: 660 }");
  const auto before = Transcript("ana");
  const int64_t moved = Do("MoveCredit",
                           "certificant_id: 'ana' reference: 'c1' to_certificant_id: 'bob'"
                           " to_reference: 'k1' reason: 'the badge was his'")
                            .position();
  EXPECT_EQ(Credits("ana"), "");
  EXPECT_EQ(Credits("bob"), "k1=1100");
  const auto after = Transcript("bob");
  EXPECT_EQ(after.entries(0).position(), before.entries(0).position());
  EXPECT_EQ(after.entries(0).effective_time().seconds(),
            before.entries(0).effective_time().seconds());
  EXPECT_EQ(History("ana", 100).back(), "ana/CreditMovedOut");
  EXPECT_EQ(History("bob", 100).back(), "bob/CreditMovedIn");
  Annul("bob", moved + 1);
  EXPECT_EQ(Credits("ana"), "c1=1100");
  EXPECT_EQ(Credits("bob"), "");
  EXPECT_EQ(ReasonOf(Try("AnnulFact", absl::StrCat("certificant_id: 'ana' reason: 'x' "
                                                   "fact_position: ",
                                                   moved))),
            "FACT_ALREADY_ANNULLED");
  // To an account that is merged it comes as to the survivor.
  Merge();
  Do("MoveCredit",
     "certificant_id: 'ana' reference: 'c1' to_certificant_id: 'bob' reason: 'his after all'");
  Do("MoveCredit", "certificant_id: 'bob' reference: 'c1' to_certificant_id: 'ann' reason: 'hers'");
  EXPECT_EQ(Credits("ana"), "c1=1100");
  EXPECT_EQ(FieldOf(Try("MoveCredit",
                        "certificant_id: 'ana' reference: 'c1' to_certificant_id: 'ann'"
                        " reason: 'x'")),
            "to_certificant_id");
}

TEST_F(MergesTest, ViewsBuiltAnewAreTheSame) {
  Certify("bob");
  Credit("ann", "c1", 300);
  Merge();
  Credit("ann", "c2", 300);
  Do("MoveCredit", "certificant_id: 'ana' reference: 'c1' to_certificant_id: 'bob' reason: 'his'");
  Standing("ana");
  Report();
  const auto digest = [&] {
    return Ask<api::v1::DigestViewsResponse>(*RequestOf("DigestViews", "")).digest();
  };
  const std::string before = digest();
  Restart([&] { std::filesystem::remove_all(folder() + "/views"); });
  EXPECT_THAT(Report(), ElementsAre("ana", "bob"));
  EXPECT_EQ(digest(), before);
  EXPECT_EQ(Standing("ann").certificant_id(), "ana");
}

TEST_F(MergesTest, MergeTakesPlaceWhenItIsRecordedAndNamesTwo) {
  EXPECT_EQ(FieldOf(Try("MergeCertificants",
                        "certificant_id: 'ana' merged_certificant_id: 'ana' reason: 'x'")),
            "merged_certificant_id");
  EXPECT_EQ(FieldOf(Try("MergeCertificants", "certificant_id: 'ana' merged_certificant_id: 'ann'")),
            "reason");
  EXPECT_EQ(FieldOf(Try("MergeCertificants",
                        "certificant_id: 'ana' merged_certificant_id: 'ann' reason: 'x'"
                        " header { request_id: 'm' effective_date { year: 2025 month: 1 day: 1 }"
                        " }")),
            "header.effective");
  EXPECT_EQ(ReasonOf(Try("MergeCertificants",
                         "certificant_id: 'bob' merged_certificant_id: 'ann' reason: 'x'")),
            "CERTIFICANT_NOT_FOUND");
}

}  // namespace
}  // namespace goodstanding::services
