// A command that the server was too busy to take: its receipt, and what the repeat comes to.
#include "services/arrivals.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "google/rpc/status.pb.h"
#include "rocksdb/env.h"
#include "tests/services/service_fixture.h"
#include "verify/signed_note.h"

namespace goodstanding::services {
namespace {

using api::v1::ArrivalReceipt;
using api::v1::CommandReceipt;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

// A disk that is full when the test says so: the one overload that a test can make last.
class SmallDisk final : public rocksdb::EnvWrapper {
 public:
  explicit SmallDisk(rocksdb::Env* env) : rocksdb::EnvWrapper(env) {}
  const char* Name() const override { return "SmallDisk"; }
  rocksdb::Status GetFreeSpace(const std::string& /*path*/, uint64_t* free) override {
    *free = full_.load() ? 0 : uint64_t{1} << 40;
    return rocksdb::Status::OK();
  }
  void Fill(bool full) { full_.store(full); }

 private:
  std::atomic<bool> full_ = false;
};

class ArrivalsTest : public ServiceTest {
 protected:
  ArrivalsTest() {
    Certify("ana");
    options().log_env = &disk_;
    Restart();
  }
  ~ArrivalsTest() override { StopServer(); }

  // A call with its metadata.
  struct Answer {
    grpc::Status status;
    CommandReceipt receipt;
  };
  Answer RecordCredit(const std::string& request, const std::string& note = "",
                      const std::string& reference = "r1", const std::string& header = "") {
    const auto command = RequestOf(
        "RecordCredit",
        absl::StrCat("header { request_id: '", request, "' ", header,
                     " } certificant_id: 'ana' credit { reference: '", reference,
                     "' activity_kind: 'SPONSORED' completed_date { year: 2025 month: 3 day: 1 } "
                     "amount { minutes: 2400 } }"));
    grpc::ClientContext context;
    if (!note.empty()) context.AddMetadata(kArrivalMetadata, note);
    Answer answer;
    answer.status =
        api::v1::CommandService::NewStub(caller().channel())
            ->RecordCredit(&context, static_cast<const api::v1::RecordCreditRequest&>(*command),
                           &answer.receipt);
    return answer;
  }

  static std::optional<ArrivalReceipt> ReceiptOf(const grpc::Status& status) {
    google::rpc::Status rpc;
    ArrivalReceipt receipt;
    if (!rpc.ParseFromString(status.error_details())) return std::nullopt;
    for (const auto& detail : rpc.details()) {
      if (detail.UnpackTo(&receipt)) return receipt;
    }
    return std::nullopt;
  }

  // Shed on this day, at noon.
  ArrivalReceipt Shed(const std::string& request) {
    disk_.Fill(true);
    const Answer answer = RecordCredit(request);
    disk_.Fill(false);
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(ReasonOf(answer.status), "DISK_NEARLY_FULL");
    const auto receipt = ReceiptOf(answer.status);
    EXPECT_TRUE(receipt.has_value());
    return receipt.value_or(ArrivalReceipt());
  }

  api::v1::HistoryEvent Last() { return Log().back(); }

  SmallDisk disk_{rocksdb::Env::Default()};
};

TEST_F(ArrivalsTest, TheReceiptSaysWhatArrivedAndWhen) {
  const ArrivalReceipt receipt = Shed("q1");
  const auto key = verify::PublicKey::Parse(receipt.verifier_key());
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_THAT(key->name, EndsWith("/arrivals"));
  EXPECT_THAT(receipt.note(),
              AllOf(HasSubstr("caller none anonymous\n"),
                    HasSubstr("method goodstanding.api.v1.CommandService.RecordCredit\n"),
                    HasSubstr("request q1\n"), HasSubstr("arrived 2025-09-15T16:00:00.000000Z\n"),
                    HasSubstr("until 2025-09-16T16:00:00.000000Z\n"), Not(HasSubstr("SPONSORED"))));
  EXPECT_EQ(receipt.end_time().seconds() - receipt.arrived_time().seconds(), 86'400);
}

TEST_F(ArrivalsTest, PresentedInTimeTheCommandTakesEffectWhenItArrived) {
  options().limits.set_receipt_valid_seconds(86'401);
  Restart();
  const ArrivalReceipt receipt = Shed("q1");
  SetClock("2025-09-16");  // Its last second.
  const Answer answer = RecordCredit("q1", receipt.note());
  ASSERT_TRUE(answer.status.ok()) << ReasonOf(answer.status);
  const auto event = Last();
  EXPECT_EQ(event.record().effective_micros(), absl::ToUnixMicros(Noon("2025-09-15")));
  EXPECT_EQ(event.record().recorded_micros(), absl::ToUnixMicros(Noon("2025-09-16")));
  EXPECT_EQ(event.record().arrival().arrived_micros(), absl::ToUnixMicros(Noon("2025-09-15")));
  EXPECT_EQ(event.record().arrival().receipt(), receipt.note());
}

TEST_F(ArrivalsTest, PresentedTooLateItIsRefusedWithTheTime) {
  const ArrivalReceipt receipt = Shed("q1");
  SetClock("2025-09-16");  // The end is exclusive.
  const Answer answer = RecordCredit("q1", receipt.note());
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(answer.status), "ARRIVAL_EXPIRED");
  EXPECT_EQ(DetailsOf(answer.status).info.metadata().at("until"), "2025-09-16T16:00:00.000000Z");
}

TEST_F(ArrivalsTest, ItCountsOnceHoweverOftenItIsPresented) {
  const ArrivalReceipt receipt = Shed("q1");
  const Answer first = RecordCredit("q1", receipt.note());
  ASSERT_TRUE(first.status.ok()) << ReasonOf(first.status);
  const int64_t head = Head();
  const Answer again = RecordCredit("q1", receipt.note());
  ASSERT_TRUE(again.status.ok());
  EXPECT_TRUE(again.receipt.repeated_request());
  EXPECT_EQ(again.receipt.position(), first.receipt.position());
  EXPECT_EQ(Head(), head);
  EXPECT_EQ(ReasonOf(RecordCredit("q2", receipt.note()).status), "ARRIVAL_OF_ANOTHER_COMMAND");
}

TEST_F(ArrivalsTest, WithoutItTheCommandIsNew) {
  Shed("q1");
  SetClock("2025-09-16");
  ASSERT_TRUE(RecordCredit("q1").status.ok());
  EXPECT_EQ(Last().record().effective_micros(), absl::ToUnixMicros(Noon("2025-09-16")));
  EXPECT_FALSE(Last().record().has_arrival());
}

TEST_F(ArrivalsTest, WhatIsNotAsItWasGivenIsRefused) {
  const std::string note = Shed("q1").note();
  const auto changed = [&note](const char* from, const char* to) {
    const std::string text = absl::StrReplaceAll(note, {{from, to}});
    EXPECT_NE(text, note);
    return text;
  };
  struct Case {
    const char* why;
    std::string note;
  };
  const Case cases[] = {
      {"an earlier time", changed("arrived 2025-09-15", "arrived 2025-09-14")},
      {"a later end", changed("until 2025-09-16", "until 2026-09-16")},
      {"no note at all", "x"},
      {"a second signature", absl::StrCat(note, note.substr(note.rfind("\xe2\x80\x94 ")))},
      {"no signature", note.substr(0, note.rfind("\xe2\x80\x94 "))},
      {"too long a text", std::string(5000, 'x')},
      {"bytes", std::string("\0\xff\xfe", 3)},
  };
  const int64_t head = Head();
  for (const Case& one : cases) {
    const Answer answer = RecordCredit("q1", one.note);
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << one.why;
    EXPECT_EQ(ReasonOf(answer.status), "ARRIVAL_FORGED") << one.why;
  }
  EXPECT_EQ(Head(), head);
}

TEST_F(ArrivalsTest, EachByteCounts) {
  const std::string note = Shed("q1").note();
  for (size_t i = 0; i < note.size(); ++i) {
    std::string other = note;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_EQ(ReasonOf(RecordCredit("q1", other).status), "ARRIVAL_FORGED") << i;
  }
}

TEST_F(ArrivalsTest, AnotherCommandOrAChangedOneIsRefused) {
  const std::string note = Shed("q1").note();
  EXPECT_EQ(ReasonOf(RecordCredit("q2", note).status), "ARRIVAL_OF_ANOTHER_COMMAND");
  EXPECT_EQ(ReasonOf(RecordCredit("q1", note, "r2").status), "ARRIVAL_OF_ANOTHER_COMMAND");
  EXPECT_TRUE(RecordCredit("q1", note).status.ok());
}

TEST_F(ArrivalsTest, AKeyOfAnotherLogSignsNothingForThisOne) {
  const eventstore::SigningKey other(ArrivalOrigin("goodstanding/0123"),
                                     eventstore::NoteKeyType::kEd25519, std::string(32, 'a'));
  const std::string note = Shed("q1").note();
  eventstore::Note forged;
  forged.text = note.substr(0, note.find("\n\n") + 1);
  forged.signatures.push_back(other.Sign(forged.text));
  EXPECT_EQ(ReasonOf(RecordCredit("q1", forged.ToText()).status), "ARRIVAL_FORGED");
}

TEST_F(ArrivalsTest, OfAnotherCallerItIsRefusedHoweverGoodItsSignature) {
  const ArrivalReceipt receipt = Shed("q1");
  // The key of a server on a scratch folder.
  const eventstore::SigningKey own(verify::PublicKey::Parse(receipt.verifier_key())->name,
                                   eventstore::NoteKeyType::kEd25519, std::string(32, 'a'));
  const auto sign = [&](const char* from, const char* to) {
    const std::string text = receipt.note().substr(0, receipt.note().find("\n\n") + 1);
    eventstore::Note note;
    note.text = absl::StrReplaceAll(text, {{from, to}});
    note.signatures.push_back(own.Sign(note.text));
    return note.ToText();
  };
  ASSERT_EQ(sign("arrival/v1", "arrival/v1"), receipt.note());
  for (const char* const other : {"caller none other\n", "caller certificate anonymous\n",
                                  "caller none anonymous for jwt:https://p ana\n"}) {
    const Answer answer = RecordCredit("q1", sign("caller none anonymous\n", other));
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << other;
    EXPECT_EQ(ReasonOf(answer.status), "ARRIVAL_OF_ANOTHER_CALLER") << other;
  }
  EXPECT_EQ(ReasonOf(RecordCredit("q1", sign(".RecordCredit\n", ".AmendCredit\n")).status),
            "ARRIVAL_OF_ANOTHER_COMMAND");
  EXPECT_EQ(ReasonOf(RecordCredit("q1", sign("arrival/v1", "arrival/v2")).status),
            "ARRIVAL_FORGED");
}

TEST_F(ArrivalsTest, StillBusyTheReceiptStaysGoodAndNoOtherIsGiven) {
  const std::string note = Shed("q1").note();
  disk_.Fill(true);
  const Answer busy = RecordCredit("q1", note);
  EXPECT_EQ(ReasonOf(busy.status), "DISK_NEARLY_FULL");
  EXPECT_FALSE(ReceiptOf(busy.status).has_value());
  disk_.Fill(false);
  EXPECT_TRUE(RecordCredit("q1", note).status.ok());
}

TEST_F(ArrivalsTest, NoMoreAreSignedThanMayBeInASecond) {
  options().limits.set_receipts_per_second(3);
  Restart();
  disk_.Fill(true);
  int given = 0;
  for (int i = 0; i < 12; ++i) {
    if (ReceiptOf(RecordCredit(absl::StrCat("q", i)).status).has_value()) ++given;
  }
  EXPECT_GE(given, 3);
  EXPECT_LT(given, 12);  // Unless the machine took three seconds for them.
  disk_.Fill(false);
}

TEST_F(ArrivalsTest, ZeroReceiptsASecondAreNone) {
  options().limits.set_receipts_per_second(0);
  Restart();
  disk_.Fill(true);
  EXPECT_FALSE(ReceiptOf(RecordCredit("q1").status).has_value());
  disk_.Fill(false);
}

TEST_F(ArrivalsTest, AnEffectiveTimeOfTheCommandGoesFirst) {
  const std::string header = "effective_date { year: 2025 month: 9 day: 10 }";
  disk_.Fill(true);
  const auto receipt = ReceiptOf(RecordCredit("q1", "", "r1", header).status);
  disk_.Fill(false);
  ASSERT_TRUE(receipt.has_value());
  ASSERT_TRUE(RecordCredit("q1", receipt->note(), "r1", header).status.ok());
  EXPECT_EQ(Last().record().effective_micros(), absl::ToUnixMicros(Noon("2025-09-10")));
  EXPECT_TRUE(Last().record().has_arrival());
}

TEST_F(ArrivalsTest, ARosterOfManyPersonsArrivesAsOne) {
  Certify("ben");
  const auto roster =
      RequestOf("RecordCredits",
                "header { request_id: 'q1' } "
                "lines { certificant_id: 'ana' credit { reference: 'r1' activity_kind: 'SPONSORED' "
                "completed_date { year: 2025 month: 3 day: 1 } amount { minutes: 60 } } } "
                "lines { certificant_id: 'ben' credit { reference: 'r1' activity_kind: 'SPONSORED' "
                "completed_date { year: 2025 month: 3 day: 1 } amount { minutes: 60 } } }");
  const auto& request = static_cast<const api::v1::RecordCreditsRequest&>(*roster);
  const auto stub = api::v1::CommandService::NewStub(caller().channel());
  api::v1::RecordCreditsResponse response;
  disk_.Fill(true);
  grpc::ClientContext first;
  const auto receipt = ReceiptOf(stub->RecordCredits(&first, request, &response));
  disk_.Fill(false);
  ASSERT_TRUE(receipt.has_value());
  grpc::ClientContext second;
  second.AddMetadata(kArrivalMetadata, receipt->note());
  ASSERT_TRUE(stub->RecordCredits(&second, request, &response).ok());
  const auto log = Log();
  for (size_t i = log.size() - 2; i < log.size(); ++i) {
    EXPECT_EQ(log[i].record().arrival().receipt(), receipt->note());
  }
}

TEST_F(ArrivalsTest, AStepOfAnErasureIsTakenNow) {
  options().limits.set_receipt_valid_seconds(172'800);
  Restart();
  Do("RegisterCertificant", "certificant_id: 'eve' name: 'N'");
  const auto erasure =
      RequestOf("RequestErasure",
                "header { request_id: 'q1' } certificant_id: 'eve' reason: 'asked by mail'");
  const auto& request = static_cast<const api::v1::RequestErasureRequest&>(*erasure);
  const auto stub = api::v1::CommandService::NewStub(caller().channel());
  CommandReceipt answer;
  disk_.Fill(true);
  grpc::ClientContext first;
  const auto receipt = ReceiptOf(stub->RequestErasure(&first, request, &answer));
  disk_.Fill(false);
  ASSERT_TRUE(receipt.has_value());
  SetClock("2025-09-16");
  grpc::ClientContext second;
  second.AddMetadata(kArrivalMetadata, receipt->note());
  const grpc::Status status = stub->RequestErasure(&second, request, &answer);
  EXPECT_TRUE(status.ok()) << ReasonOf(status);
}

TEST(ArrivalKeyTest, ALogRestoredFromABackupHasAKeyOfItsOwn) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/arrivals_test.key");
  std::filesystem::remove(path);
  const auto first = OpenArrivalKey(path, "goodstanding/01", eventstore::SecureRandom());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ((*first)->public_key().name, "goodstanding/01/arrivals");
  const auto again = OpenArrivalKey(path, "goodstanding/01", eventstore::SecureRandom());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ((*again)->public_key(), (*first)->public_key());
  const auto restored = OpenArrivalKey(path, "goodstanding/02", eventstore::SecureRandom());
  ASSERT_TRUE(restored.ok());
  EXPECT_NE((*restored)->public_key().public_key, (*first)->public_key().public_key);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace goodstanding::services
