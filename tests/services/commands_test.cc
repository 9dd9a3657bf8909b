// Every command is accepted once, recorded once, and answered alike for ever.
#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/services/journey.h"
#include "tests/services/service_fixture.h"

namespace goodstanding::services {
namespace {

using api::v1::CommandReceipt;
using api::v1::HistoryEvent;
using ::testing::AnyOf;
using ::testing::HasSubstr;

std::string StepId(size_t index) { return absl::StrCat("step-", index); }

class CommandsTest : public ServiceTest {
 protected:
  // Gives every command of the journey; the receipts.
  std::vector<CommandReceipt> Travel() {
    std::vector<CommandReceipt> receipts;
    for (size_t i = 0; i < Journey().size(); ++i) {
      SCOPED_TRACE(absl::StrCat(i, ": ", Journey()[i].method, " ", Journey()[i].request));
      receipts.push_back(Ask<CommandReceipt>(*RequestOf(Journey()[i], StepId(i))));
    }
    return receipts;
  }

  // Expects that each command, given again, is answered as it was.
  void ExpectRepeats(const std::vector<CommandReceipt>& receipts) {
    for (size_t i = 0; i < receipts.size(); ++i) {
      SCOPED_TRACE(Journey()[i].method);
      CommandReceipt first = receipts[i];
      first.set_repeated_request(true);
      const auto again = Ask<CommandReceipt>(*RequestOf(Journey()[i], StepId(i)));
      EXPECT_EQ(again.DebugString(), first.DebugString());
    }
  }
};

TEST_F(CommandsTest, TheJourneyCoversEveryMethodAndEveryKindOfEvent) {
  // ConfirmErasure and DecideDispute take a second person, and the rest of an erasure is the
  // server's: eraser_test. Commands of several lines: batches_test. Of several streams:
  // merges_test.
  std::set<std::string> methods{"RecordCredits",  "RecordPayments",   "RecordPaymentReturns",
                                "ImportRegister", "ConfirmErasure",   "DecideDispute",
                                "MoveCredit",     "MergeCertificants"};
  std::set<std::string> kinds{"ErasureScheduled", "ErasureBegun",      "ErasureCompleted",
                              "DisputeDecided",   "CreditMovedOut",    "CreditMovedIn",
                              "AccountMerged",    "MergedIntoAccount", "MergedFactRecorded"};
  for (const JourneyStep& step : Journey()) {
    methods.insert(step.method);
    kinds.insert(step.kind);
  }
  const auto& service = *google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      "goodstanding.api.v1.CommandService");
  for (int i = 0; i < service.method_count(); ++i) {
    EXPECT_EQ(methods.count(service.method(i)->name()), 1) << service.method(i)->name();
  }
  for (const auto* event :
       {event::v1::CertificantEvent::descriptor(), event::v1::ActivityEvent::descriptor()}) {
    for (int i = 0; i < event->field_count(); ++i) {
      EXPECT_EQ(kinds.count(event->field(i)->message_type()->name()), 1)
          << event->field(i)->message_type()->name();
    }
  }
}

TEST_F(CommandsTest, EveryCommandIsAcceptedAndItsEventStandsInHistory) {
  const std::vector<CommandReceipt> receipts = Travel();
  const std::vector<HistoryEvent> log = Log();
  ASSERT_EQ(log.size(), Journey().size() + 1);  // The rules come first.
  for (size_t i = 0; i < receipts.size(); ++i) {
    SCOPED_TRACE(absl::StrCat(i, ": ", Journey()[i].method));
    const HistoryEvent& event = log[i + 1];
    EXPECT_EQ(event.record().position(), receipts[i].position());
    EXPECT_EQ(event.record().version(), receipts[i].version());
    EXPECT_EQ(event.record().request_id(), StepId(i));
    EXPECT_EQ(event.recorded_time().DebugString(), receipts[i].recorded_time().DebugString());
    EXPECT_FALSE(receipts[i].repeated_request());
    const google::protobuf::Message& payload =
        event.has_certificant() ? static_cast<const google::protobuf::Message&>(event.certificant())
                                : event.activity();
    std::vector<const google::protobuf::FieldDescriptor*> fields;
    payload.GetReflection()->ListFields(payload, &fields);
    ASSERT_EQ(fields.size(), 1);
    EXPECT_EQ(fields[0]->message_type()->name(), Journey()[i].kind);
  }
}

TEST_F(CommandsTest, HistoryOpensWhatIsPersonal) {
  Travel();
  std::string words;
  for (const HistoryEvent& event : Log()) words += event.certificant().ShortDebugString();
  for (const char* said : {"Ana Roe", "Ana Roe-Diaz", "roe@example.org", "1 Main St",
                           "certificate.pdf", "no record of it", "drawn by lot", "conduct"}) {
    EXPECT_THAT(words, HasSubstr(said));
  }
}

TEST_F(CommandsTest, ARepeatGetsTheFirstReceiptForEver) {
  const std::vector<CommandReceipt> receipts = Travel();
  const int64_t head = Head();
  ExpectRepeats(receipts);  // After everything that came later.
  Restart();
  ExpectRepeats(receipts);
  SetClock("2031-02-03");  // Long after; today most of these commands would be refused.
  ExpectRepeats(receipts);
  EXPECT_EQ(Head(), head);
}

TEST_F(CommandsTest, ARequestIdWithAnyOtherCommandIsRefused) {
  Travel();
  const int64_t head = Head();
  for (size_t i = 0; i < Journey().size(); ++i) {
    SCOPED_TRACE(Journey()[i].method);
    // The same method with other content, and the same content of another method.
    auto other = RequestOf(Journey()[i], StepId(i));
    const auto* const field = other->GetDescriptor()->FindFieldByName("header");
    auto& header = static_cast<api::v1::CommandHeader&>(
        *other->GetReflection()->MutableMessage(other.get(), field));
    header.set_correlation_id("another");
    const grpc::Status status = Try(*other);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
    EXPECT_EQ(ReasonOf(status), "REQUEST_ID_REUSED");
    EXPECT_EQ(FieldOf(status), "header.request_id");
    EXPECT_EQ(ReasonOf(Try("RecordNotice", absl::StrCat("header { request_id: '", StepId(i),
                                                        "' } certificant_id: 'bea' notice: 'N'"
                                                        " channel: 'email'"))),
              "REQUEST_ID_REUSED");
  }
  EXPECT_EQ(Head(), head);
}

TEST_F(CommandsTest, ConcurrentDuplicatesAreOneCommand) {
  constexpr int kCallers = 8;
  const auto request = RequestOf("RegisterCertificant",
                                 "header { request_id: 'once' } certificant_id: 'ana' name: 'Ana'");
  const int64_t head = Head();
  std::vector<CommandReceipt> receipts(kCallers);
  std::vector<grpc::Status> statuses(kCallers);
  std::vector<std::thread> callers;
  for (size_t i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, i] { statuses[i] = caller().Call(*request, &receipts[i]); });
  }
  for (std::thread& thread : callers) thread.join();
  int first = 0;
  for (size_t i = 0; i < kCallers; ++i) {
    ASSERT_TRUE(statuses[i].ok()) << statuses[i].error_message();
    EXPECT_EQ(receipts[i].position(), head + 1);
    EXPECT_EQ(receipts[i].version(), 1);
    first += receipts[i].repeated_request() ? 0 : 1;
  }
  EXPECT_EQ(first, 1);
  EXPECT_EQ(Head(), head + 1);
}

TEST_F(CommandsTest, ConcurrentCommandsUnderOneIdLeaveOneOfThem) {
  constexpr int kCallers = 8;
  const int64_t head = Head();
  std::vector<grpc::Status> statuses(kCallers);
  std::vector<std::thread> callers;
  for (size_t i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, i] {
      CommandReceipt receipt;
      statuses[i] = caller().Call(
          *RequestOf("RegisterCertificant", absl::StrCat("header { request_id: 'once' } name: 'N'",
                                                         " certificant_id: 'p", i, "'")),
          &receipt);
    });
  }
  for (std::thread& thread : callers) thread.join();
  const auto accepted = std::count_if(statuses.begin(), statuses.end(),
                                      [](const grpc::Status& status) { return status.ok(); });
  EXPECT_EQ(accepted, 1);
  for (const grpc::Status& status : statuses) {
    EXPECT_THAT(ReasonOf(status), AnyOf("OK", "REQUEST_ID_REUSED"));
  }
  EXPECT_EQ(Head(), head + 1);
}

struct VersionCase {
  const char* why;
  const char* method;
  const char* request;
  const char* expected;  // Reason.
};

TEST_F(CommandsTest, ExpectedVersionMustHold) {
  Certify("ana");  // Version 2.
  Do("ApproveActivity",
     "activity_id: 'act-1' sponsor: 's' title: 't' credits { hundredths: 1 }"
     " period { first_date { year: 2025 month: 1 day: 1 } last_date { year: 2025 month: 2 day: 1 } "
     "}");
  constexpr VersionCase kCases[] = {
      {"0 is a stream without events", "RegisterCertificant",
       "header { expected_version: 0 } certificant_id: 'new' name: 'N'", "OK"},
      {"a new stream has no version 1", "RegisterCertificant",
       "header { expected_version: 1 } certificant_id: 'newer' name: 'N'",
       "STREAM_VERSION_CONFLICT"},
      {"0 for a stream with events", "ChangeProfile",
       "header { expected_version: 0 } certificant_id: 'ana' name: 'N'", "STREAM_VERSION_CONFLICT"},
      {"a version of the past", "ChangeProfile",
       "header { expected_version: 1 } certificant_id: 'ana' name: 'N'", "STREAM_VERSION_CONFLICT"},
      {"a version of the future", "ChangeProfile",
       "header { expected_version: 3 } certificant_id: 'ana' name: 'N'", "STREAM_VERSION_CONFLICT"},
      {"the version", "ChangeProfile",
       "header { expected_version: 2 } certificant_id: 'ana' name: 'N'", "OK"},
      {"negative", "ChangeProfile",
       "header { expected_version: -1 } certificant_id: 'ana' name: 'N'", "INVALID_ARGUMENT"},
      {"the catalogue has versions too", "WithdrawActivity",
       "header { expected_version: 2 } activity_id: 'act-1'", "STREAM_VERSION_CONFLICT"},
      {"an activity's version", "WithdrawActivity",
       "header { expected_version: 1 } activity_id: 'act-1'", "OK"},
      {"rules have versions too", "CorrectRuleSet",
       "header { expected_version: 7 } name: 'namss-2025' reason: 'r' years { first_year: 2025"
       " last_year: 2025 } changes { path: 'fees.late' value: '60.00' }",
       "STREAM_VERSION_CONFLICT"},
      {"a rule set's version", "CorrectRuleSet",
       "header { expected_version: 1 } name: 'namss-2025' reason: 'r' years { first_year: 2025"
       " last_year: 2025 } changes { path: 'fees.late' value: '60.00' }",
       "OK"},
  };
  for (const VersionCase& c : kCases) {
    SCOPED_TRACE(c.why);
    const int64_t head = Head();
    const grpc::Status status = Try(c.method, c.request);
    EXPECT_EQ(ReasonOf(status), c.expected);
    EXPECT_EQ(Head(), head + (status.ok() ? 1 : 0));
    if (ReasonOf(status) != "STREAM_VERSION_CONFLICT") continue;
    EXPECT_EQ(status.error_code(), grpc::StatusCode::ABORTED);
    const Details details = DetailsOf(status);
    for (const char* key : {"stream", "expected", "actual"}) {
      EXPECT_EQ(details.info.metadata().count(key), 1) << key;
    }
  }
}

TEST_F(CommandsTest, OfConcurrentCommandsOnOneVersionOneIsAccepted) {
  Certify("ana");
  constexpr int kCallers = 8;
  std::vector<grpc::Status> statuses(kCallers);
  std::vector<std::thread> callers;
  for (size_t i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, i] {
      statuses[i] = caller().Call(
          *RequestOf("ChangeProfile", absl::StrCat("header { request_id: 'c", i,
                                                   "' expected_version: 2 } certificant_id: 'ana'"
                                                   " name: 'N'")),
          nullptr);
    });
  }
  for (std::thread& thread : callers) thread.join();
  int accepted = 0;
  for (const grpc::Status& status : statuses) {
    accepted += status.ok() ? 1 : 0;
    EXPECT_THAT(ReasonOf(status), AnyOf("OK", "STREAM_VERSION_CONFLICT"));
  }
  EXPECT_EQ(accepted, 1);
}

}  // namespace
}  // namespace goodstanding::services
