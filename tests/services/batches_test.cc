// Many facts in one call: rosters, line by line, and imports, all or nothing.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/services/journey.h"
#include "tests/services/service_fixture.h"

namespace goodstanding::services {
namespace {

using api::v1::ImportLine;
using api::v1::ImportRegisterRequest;
using api::v1::ImportRegisterResponse;
using api::v1::RecordCreditsRequest;
using api::v1::RecordCreditsResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

std::string CreditText(absl::string_view reference, absl::string_view more = "") {
  return absl::StrCat("credit { reference: '", reference,
                      "' activity_kind: 'SPONSORED' amount { minutes: 60 }"
                      " completed_date { year: 2025 month: 3 day: 1 } ",
                      more, " }");
}

class BatchesTest : public ServiceTest {
 protected:
  BatchesTest() {
    Certify("ana");
    Certify("bea");
  }
};

// --- Rosters.

RecordCreditsRequest Roster(const std::string& id,
                            const std::vector<std::pair<std::string, std::string>>& lines) {
  RecordCreditsRequest request;
  request.mutable_header()->set_request_id(id);
  for (const auto& [person, credit] : lines) {
    *request.add_lines() =
        Text<api::v1::CreditLine>(absl::StrCat("certificant_id: '", person, "' ", credit));
  }
  return request;
}

// "OK", or the reason of a line.
std::vector<std::string> OutcomesOf(const RecordCreditsResponse& response) {
  std::vector<std::string> outcomes;
  for (const auto& outcome : response.outcomes()) {
    EXPECT_EQ(outcome.position() > 0, !outcome.has_refusal());
    EXPECT_EQ(outcome.version() > 0, !outcome.has_refusal());
    outcomes.push_back(outcome.has_refusal() ? outcome.refusal().reason() : "OK");
  }
  return outcomes;
}

TEST_F(BatchesTest, ARosterAnswersForEachLine) {
  const int64_t head = Head();
  const auto response = Ask<RecordCreditsResponse>(
      Roster("r", {{"ana", CreditText("c1")},
                   {"nobody", CreditText("c1")},
                   {"bea", CreditText("c1")},
                   {"ana", CreditText("c1")},  // Twice in one roster.
                   {"ana", CreditText("c2", "break_minutes: 61")},
                   {"a b", CreditText("c2")},
                   {"ana", ""},
                   {"ana", CreditText("c2")},
                   {"bea", CreditText("c2", "source: CREDIT_SOURCE_CONFERENCE")}}));
  EXPECT_THAT(OutcomesOf(response),
              ElementsAre("OK", "CERTIFICANT_NOT_FOUND", "OK", "CREDIT_ALREADY_RECORDED",
                          "INVALID_AMOUNT", "INVALID_ARGUMENT", "INVALID_AMOUNT", "OK", "OK"));
  EXPECT_EQ(response.outcomes(0).position(), head + 1);
  EXPECT_EQ(response.outcomes(8).position(), head + 4);
  EXPECT_EQ(response.outcomes(7).version(), 4);  // Registered, granted, c1, c2.
  EXPECT_EQ(response.outcomes(4).refusal().field(), "credit.break_minutes");
  EXPECT_EQ(response.outcomes(3).refusal().code(),
            static_cast<int>(grpc::StatusCode::ALREADY_EXISTS));
  EXPECT_EQ(Head(), head + 4);
}

api::v1::RecordPaymentsRequest Check(const std::string& id, int64_t total,
                                     const std::vector<std::pair<std::string, int64_t>>& lines) {
  api::v1::RecordPaymentsRequest request;
  request.mutable_header()->set_request_id(id);
  request.set_batch_reference("check-77");
  request.mutable_total()->set_minor_units(total);
  request.set_method(type::v1::PAYMENT_METHOD_CHECK);
  for (const auto& [person, amount] : lines) {
    auto& line = *request.add_lines();
    line.set_certificant_id(person);
    line.set_reference("p1");
    line.mutable_amount()->set_minor_units(amount);
  }
  return request;
}

TEST_F(BatchesTest, OneCheckPaysForSeveralOrForNobody) {
  const int64_t head = Head();
  EXPECT_EQ(ReasonOf(Try(Check("r", 40000, {{"ana", 20000}, {"nobody", 20000}}))),
            "CERTIFICANT_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Try(Check("r", 40000, {{"ana", 20000}, {"ana", 20000}}))),
            "PAYMENT_ALREADY_RECORDED")
      << "twice in one check";
  EXPECT_EQ(ReasonOf(Try(Check("r", 40001, {{"ana", 20000}, {"bea", 20000}}))), "INVALID_AMOUNT");
  EXPECT_EQ(Head(), head) << "nothing was recorded";
  const auto request = Check("r", 40000, {{"ana", 25000}, {"bea", 15000}});
  auto first = Ask<api::v1::RecordPaymentsResponse>(request);
  EXPECT_THAT(first.positions(), ElementsAre(head + 1, head + 2));
  first.set_repeated_request(true);
  EXPECT_EQ(Ask<api::v1::RecordPaymentsResponse>(request).DebugString(), first.DebugString());
  api::v1::RecordPaymentReturnsRequest bounced;
  bounced.mutable_header()->set_request_id("b");
  for (const char* person : {"ana", "bea"}) {
    auto& line = *bounced.add_lines();
    line.set_certificant_id(person);
    line.set_reference("p1");
  }
  EXPECT_THAT(Ask<api::v1::RecordPaymentsResponse>(bounced).positions(),
              ElementsAre(head + 3, head + 4));
  bounced.mutable_header()->set_request_id("b2");
  EXPECT_EQ(ReasonOf(Try(bounced)), "PAYMENT_ALREADY_RETURNED");
  EXPECT_EQ(Head(), head + 4);
}

TEST_F(BatchesTest, ARosterIsAnsweredAlikeForEver) {
  const auto request = Roster(
      "r", {{"ana", CreditText("c1")}, {"nobody", CreditText("c1")}, {"ana", CreditText("c1")}});
  auto first = Ask<RecordCreditsResponse>(request);
  EXPECT_FALSE(first.repeated_request());
  first.set_repeated_request(true);
  Do("RegisterCertificant", "certificant_id: 'nobody' name: 'N'");  // Would be accepted today.
  const int64_t head = Head();
  EXPECT_EQ(Ask<RecordCreditsResponse>(request).DebugString(), first.DebugString());
  Restart();
  EXPECT_EQ(Ask<RecordCreditsResponse>(request).DebugString(), first.DebugString());
  EXPECT_EQ(ReasonOf(Try(Roster("r", {{"ana", CreditText("c9")}}))), "REQUEST_ID_REUSED");
  EXPECT_EQ(Head(), head);
}

TEST_F(BatchesTest, ARosterOfRefusalsRecordsNothing) {
  const int64_t head = Head();
  const auto request = Roster("r", {{"nobody", CreditText("c1")}, {"nobody", CreditText("c2")}});
  EXPECT_THAT(OutcomesOf(Ask<RecordCreditsResponse>(request)),
              ElementsAre("CERTIFICANT_NOT_FOUND", "CERTIFICANT_NOT_FOUND"));
  EXPECT_EQ(Head(), head);
  EXPECT_EQ(
      Do("ChangeProfile", "header { request_id: 'r' } certificant_id: 'ana' name: 'A'").position(),
      head + 1);
}

TEST_F(BatchesTest, ARosterHoldsTwoThousandLines) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (int i = 0; i < 2000; ++i) lines.emplace_back("ana", CreditText(absl::StrCat("c", i)));
  const auto full = Ask<RecordCreditsResponse>(Roster("full", lines));
  EXPECT_THAT(OutcomesOf(full), ::testing::Each("OK"));
  EXPECT_EQ(full.outcomes_size(), 2000);
  lines.emplace_back("ana", CreditText("more"));
  const grpc::Status status = Try(Roster("over", lines));
  EXPECT_EQ(ReasonOf(status), "INVALID_ARGUMENT");
  EXPECT_EQ(FieldOf(status), "lines");
}

// --- Imports.

ImportRegisterRequest ImportOf(const std::string& id, const std::vector<std::string>& lines) {
  ImportRegisterRequest request;
  if (!id.empty()) request.mutable_header()->set_request_id(id);
  for (const std::string& line : lines) *request.add_lines() = Text<ImportLine>(line);
  return request;
}

// A person with a career, in the order in which it happened; `line` is the first line's number.
std::vector<std::string> Career(absl::string_view id, int line) {
  return {
      absl::StrCat("line: ", line, " certificant { certificant_id: '", id, "' name: 'Person ", id,
                   "' email: '", id,
                   "@example.org' } effective_date { year: 2019 month: 5 day: 6 }"),
      absl::StrCat("line: ", line + 1, " grant { certificant_id: '", id, "' credential: 'CPCS' }",
                   " effective_date { year: 2019 month: 5 day: 6 }"),
      absl::StrCat("line: ", line + 2, " membership { certificant_id: '", id,
                   "' period { first_date { year: 2022 month: 1 day: 1 }",
                   " last_date { year: 2022 month: 12 day: 31 } } }",
                   " effective_date { year: 2022 month: 1 day: 1 }"),
      absl::StrCat("line: ", line + 3, " credit { certificant_id: '", id,
                   "' credit { reference: 'c1' activity_kind: 'SPONSORED'"
                   " amount { minutes: 1800 } completed_date { year: 2021 month: 4 day: 1 } } }",
                   " effective_date { year: 2021 month: 4 day: 2 }"),
      absl::StrCat("line: ", line + 4, " payment { certificant_id: '", id,
                   "' reference: 'p1' amount { currency_code: 'USD' minor_units: 20000 }"
                   " method: PAYMENT_METHOD_CHECK } effective_date { year: 2022 month: 9 day: 1 }"),
      absl::StrCat("line: ", line + 5, " application { certificant_id: '", id,
                   "' } effective_date { year: 2022 month: 9 day: 2 }"),
      absl::StrCat("line: ", line + 6, " approval { certificant_id: '", id,
                   "' } effective_date { year: 2022 month: 9 day: 20 }"),
  };
}

TEST_F(BatchesTest, AnImportRecordsEveryFactOnItsDay) {
  const int64_t head = Head();
  ImportRegisterResponse response;
  ASSERT_TRUE(
      caller()
          .Import({ImportOf("i", Career("zoe", 1)), ImportOf("", Career("yan", 8))}, &response)
          .ok());
  EXPECT_EQ(response.fault_count(), 0) << response.ShortDebugString();
  EXPECT_EQ(response.event_count(), 14);
  EXPECT_EQ(response.first_position(), head + 1);
  EXPECT_EQ(response.last_position(), head + 14);
  EXPECT_FALSE(response.repeated_request());
  const auto log = Log();
  const char* const days[] = {"2019-05-06", "2019-05-06", "2022-01-01", "2021-04-02",
                              "2022-09-01", "2022-09-02", "2022-09-20"};
  for (size_t i = 0; i < 14; ++i) {
    const auto& event = log[static_cast<size_t>(head) + i];
    EXPECT_EQ(event.record().effective_micros(), absl::ToUnixMicros(Noon(days[i % 7])));
    EXPECT_EQ(event.record().recorded_micros(), absl::ToUnixMicros(Noon("2025-09-15")));
  }
  const auto standing =
      Ask<api::v1::GetStandingResponse>(*RequestOf("GetStanding", "certificant_id: 'zoe'"))
          .answer();
  EXPECT_EQ(standing.standing(), type::v1::STANDING_ACTIVE);
  EXPECT_EQ(standing.cycle().period().last_date().year(), 2025);
  EXPECT_EQ(
      Ask<api::v1::GetCertificantResponse>(*RequestOf("GetCertificant", "email: 'yan@example.org'"))
          .certificant_id(),
      "yan");
}

TEST_F(BatchesTest, OneFaultRefusesTheWholeImportAndEveryFaultIsNamed) {
  std::vector<std::string> lines = Career("zoe", 10);
  lines.push_back("line: 20 certificant { certificant_id: 'zoe' name: 'Z' }");  // Twice.
  lines.push_back("line: 21 grant { certificant_id: 'nobody' credential: 'CPCS' }");
  lines.push_back("line: 22 certificant { certificant_id: 'x y' name: 'Zebedee' }");
  lines.push_back("line: 23 grant { certificant_id: 'zoe' credential: 'MD' }");
  lines.push_back("line: 24");
  lines.push_back(
      "line: 25 certificant { certificant_id: 'v' name: 'V' } effective_date { year: 1 }");
  lines.push_back(
      "line: 26 certificant { header { request_id: 'x' } certificant_id: 'w' name: 'W' }");
  lines.push_back(absl::StrCat("line: 27 credit { certificant_id: 'zoe' ",
                               CreditText("c2", "break_minutes: 61"), " }"));
  lines.push_back(
      "line: 28 certificant { certificant_id: 'u' name: 'U' }"
      " effective_date { year: 2025 month: 9 day: 16 }");
  const size_t records = Log().size();
  ImportRegisterResponse response;
  ASSERT_TRUE(caller().Import({ImportOf("i", lines)}, &response).ok());
  std::vector<std::pair<int64_t, std::string>> faults;
  for (const auto& fault : response.faults()) {
    faults.emplace_back(fault.line(), fault.refusal().reason());
    EXPECT_THAT(fault.refusal().message(), Not(HasSubstr("Zebedee")));
  }
  EXPECT_THAT(faults, ElementsAre(Pair(20, "CERTIFICANT_EXISTS"), Pair(21, "CERTIFICANT_NOT_FOUND"),
                                  Pair(22, "INVALID_ARGUMENT"), Pair(23, "INVALID_ARGUMENT"),
                                  Pair(24, "INVALID_ARGUMENT"), Pair(25, "INVALID_ARGUMENT"),
                                  Pair(26, "INVALID_ARGUMENT"), Pair(27, "INVALID_AMOUNT"),
                                  Pair(28, "EFFECTIVE_IN_FUTURE")));
  EXPECT_EQ(response.faults(7).refusal().field(), "credit.break_minutes");
  EXPECT_EQ(response.fault_count(), 9);
  EXPECT_EQ(response.event_count() + response.first_position() + response.last_position(), 0);
  EXPECT_EQ(Log().size(), records);
  // Nothing of it stands in memory either, and the id is free.
  EXPECT_EQ(ReasonOf(Try("GetStanding", "certificant_id: 'zoe'")), "CERTIFICANT_NOT_FOUND");
  ASSERT_TRUE(caller().Import({ImportOf("i", Career("zoe", 1))}, &response).ok());
  EXPECT_EQ(response.event_count(), 7) << response.ShortDebugString();
}

TEST_F(BatchesTest, FaultsBeyondAThousandAreCounted) {
  std::vector<std::string> lines;
  for (int i = 1; i <= 1500; ++i) {
    lines.push_back(absl::StrCat("line: ", i, " application { certificant_id: 'nobody' }"));
  }
  ImportRegisterResponse response;
  ASSERT_TRUE(caller().Import({ImportOf("i", lines)}, &response).ok());
  EXPECT_EQ(response.faults_size(), 1000);
  EXPECT_EQ(response.fault_count(), 1500);
}

TEST_F(BatchesTest, ValidateOnlyRecordsNothing) {
  const int64_t head = Head();
  ImportRegisterRequest request = ImportOf("i", Career("zoe", 1));
  request.set_validate_only(true);
  ImportRegisterResponse response;
  ASSERT_TRUE(caller().Import({request}, &response).ok());
  EXPECT_EQ(response.fault_count(), 0);
  EXPECT_EQ(response.event_count(), 7);
  EXPECT_EQ(response.first_position(), 0);
  EXPECT_EQ(Head(), head);
  ASSERT_TRUE(caller().Import({ImportOf("i", Career("zoe", 1))}, &response).ok());
  EXPECT_FALSE(response.repeated_request());
  EXPECT_EQ(Head(), head + 7);
}

TEST_F(BatchesTest, AnImportIsAnsweredAlikeForEver) {
  const auto request = ImportOf("i", Career("zoe", 1));
  ImportRegisterResponse first;
  ASSERT_TRUE(caller().Import({request}, &first).ok());
  first.set_repeated_request(true);
  const int64_t head = Head();
  ImportRegisterResponse again;
  ASSERT_TRUE(caller().Import({request}, &again).ok());
  EXPECT_EQ(again.DebugString(), first.DebugString());
  // How the lines are spread over messages is no part of the content.
  std::vector<ImportRegisterRequest> one_by_one;
  for (const std::string& line : Career("zoe", 1)) {
    one_by_one.push_back(ImportOf(one_by_one.empty() ? "i" : "", {line}));
  }
  again.Clear();
  ASSERT_TRUE(caller().Import(one_by_one, &again).ok());
  EXPECT_EQ(again.DebugString(), first.DebugString());
  Restart();
  ASSERT_TRUE(caller().Import({request}, &again).ok());
  EXPECT_EQ(again.DebugString(), first.DebugString());
  EXPECT_EQ(ReasonOf(caller().Import({ImportOf("i", Career("yan", 1))}, &again)),
            "REQUEST_ID_REUSED");
  EXPECT_EQ(Head(), head);
}

TEST_F(BatchesTest, AnImportThatBreaksOffRecordsNothing) {
  const int64_t head = Head();
  ImportRegisterResponse response;
  const grpc::Status status = caller().Import(
      {ImportOf("i", Career("zoe", 1)), ImportOf("", Career("yan", 8))}, &response, /*last=*/false);
  EXPECT_EQ(ReasonOf(status), "INVALID_ARGUMENT");
  EXPECT_EQ(FieldOf(status), "last");
  EXPECT_EQ(Head(), head);
}

TEST_F(BatchesTest, ACallerThatGoesAwayMidwayLeavesNothing) {
  const int64_t head = Head();
  const auto stub = api::v1::CommandService::NewStub(caller().channel());
  for (int i = 0; i < 20; ++i) {
    grpc::ClientContext context;
    ImportRegisterResponse response;
    const auto writer = stub->ImportRegister(&context, &response);
    ASSERT_TRUE(writer->Write(ImportOf("i", Career("zoe", 1))));
    context.TryCancel();
    EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_EQ(Head(), head);
  EXPECT_EQ(ReasonOf(Try("GetStanding", "certificant_id: 'zoe'")), "CERTIFICANT_NOT_FOUND");
}

TEST_F(BatchesTest, AMessageThatCannotBeReadEndsTheImport) {
  const int64_t head = Head();
  const auto stub = api::v1::CommandService::NewStub(caller().channel());
  grpc::ClientContext context;
  ImportRegisterResponse response;
  const auto writer = stub->ImportRegister(&context, &response);
  writer->Write(ImportOf("i", Career("zoe", 1)));
  ImportRegisterRequest large;
  large.add_lines()->mutable_certificant()->set_name(std::string(5 << 20, 'x'));
  large.set_last(true);
  writer->Write(large);
  writer->WritesDone();
  EXPECT_FALSE(writer->Finish().ok());
  EXPECT_EQ(Head(), head);
}

struct ImportCase {
  const char* why;
  std::vector<ImportRegisterRequest> messages;
  const char* field;
};

TEST_F(BatchesTest, AnImportIsOneHeaderThenLines) {
  const auto with_header = [](absl::string_view header) {
    ImportRegisterRequest request = ImportOf("i", Career("zoe", 1));
    request.mutable_header()->MergeFrom(Text<api::v1::CommandHeader>(header));
    return request;
  };
  const std::vector<ImportCase> cases{
      {"no header", {ImportOf("", Career("zoe", 1))}, "header.request_id"},
      {"two headers", {ImportOf("i", Career("zoe", 1)), ImportOf("i", Career("yan", 8))}, "header"},
      {"no lines", {ImportOf("i", {})}, "lines"},
      {"many streams have no version",
       {with_header("expected_version: 0")},
       "header.expected_version"},
      {"days stand in the lines",
       {with_header("effective_date { year: 2025 month: 1 day: 1 }")},
       "header.effective"},
      {"times neither", {with_header("effective_time { seconds: 1 }")}, "header.effective"},
  };
  const int64_t head = Head();
  for (const ImportCase& c : cases) {
    SCOPED_TRACE(c.why);
    ImportRegisterResponse response;
    const grpc::Status status = caller().Import(c.messages, &response);
    EXPECT_EQ(ReasonOf(status), "INVALID_ARGUMENT") << status.error_message();
    EXPECT_EQ(FieldOf(status), c.field);
  }
  EXPECT_EQ(Head(), head);
}

// A register as large as an import may be: 100,000 lines, of as many persons as there can be.
TEST_F(BatchesTest, AnImportHoldsAHundredThousandLines) {
  constexpr int kLines = 100'000;
  constexpr int kLinesOfAMessage = 5'000;
  std::vector<ImportRegisterRequest> messages;
  for (int i = 0; i < kLines; ++i) {
    if (i % kLinesOfAMessage == 0) messages.push_back(ImportOf(i == 0 ? "i" : "", {}));
    ImportLine& line = *messages.back().add_lines();
    line.set_line(i + 1);
    const std::string id = absl::StrCat("certificant-", i / 2);
    if (i % 2 == 0) {
      line.mutable_certificant()->set_certificant_id(id);
      line.mutable_certificant()->set_name(absl::StrCat("Maria Magdalena Example ", i));
      line.mutable_certificant()->set_email(absl::StrCat("maria.magdalena.", i, "@example.org"));
    } else {
      line.mutable_grant()->set_certificant_id(id);
      line.mutable_grant()->set_credential("CPCS");
      line.mutable_effective_date()->set_year(2022);
      line.mutable_effective_date()->set_month(5);
      line.mutable_effective_date()->set_day(14);
    }
  }
  ImportRegisterResponse response;
  const grpc::Status status = caller().Import(messages, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.event_count(), kLines) << response.ShortDebugString();

  messages[0].mutable_header()->set_request_id("over");
  *messages.back().add_lines() = messages[0].lines(0);
  const grpc::Status over = caller().Import(messages, &response);
  EXPECT_EQ(ReasonOf(over), "INVALID_ARGUMENT");
  EXPECT_EQ(FieldOf(over), "lines");
}

}  // namespace
}  // namespace goodstanding::services
