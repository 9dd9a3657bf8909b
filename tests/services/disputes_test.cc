// Disputes between identities, what they are the cause of, kept documents, and audits by lot.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "eventstore/crypto.h"
#include "eventstore/evidence_folder.h"
#include "gmock/gmock.h"
#include "goodstanding/api/v1/log_service.grpc.pb.h"
#include "services/kept_evidence.h"
#include "services/principal.h"
#include "tests/services/service_fixture.h"
#include "tests/support/status_matchers.h"
#include "verify/log_check.h"

namespace goodstanding::services {
namespace {

using api::v1::CommandReceipt;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::StatusIs;

constexpr char kWho[] = "x-who";

// Everybody may do everything, under the name that the call gives.
class NamingGate final : public Gate {
 public:
  absl::StatusOr<Principal> Admit(const grpc::ServerContext& context,
                                  const google::protobuf::MethodDescriptor&,
                                  const google::protobuf::Message*) const override {
    Principal principal = Anonymous();
    const auto who = context.client_metadata().find(kWho);
    if (who == context.client_metadata().end()) return principal;
    principal.actor.set_issuer("test");
    principal.actor.set_subject(std::string(who->second.data(), who->second.size()));
    return principal;
  }
  bool HasEnded(const Principal&) const override { return false; }
};

class DisputesTest : public ServiceTest {
 protected:
  DisputesTest() {
    options().gate = &gate_;
    Restart();
  }
  ~DisputesTest() override { StopServer(); }

  template <typename Request>
  CommandReceipt As(const std::string& who, const std::string& text,
                    std::string* reason = nullptr) {
    Request request = Text<Request>(text);
    request.mutable_header()->set_request_id(NewId());
    const auto stub = api::v1::CommandService::NewStub(caller().channel());
    grpc::ClientContext context;
    context.AddMetadata(kWho, who);
    CommandReceipt receipt;
    const grpc::Status status = Send(*stub, context, request, receipt);
    if (reason != nullptr) {
      *reason = status.ok() ? "" : ReasonOf(status);
    } else {
      EXPECT_TRUE(status.ok()) << text << ": " << ReasonOf(status) << ", "
                               << status.error_message();
    }
    return receipt;
  }
  template <typename Request>
  std::string ReasonAs(const std::string& who, const std::string& text) {
    std::string reason;
    As<Request>(who, text, &reason);
    return reason;
  }

  std::vector<std::string> FilesOf(const std::string& sub) const {
    std::vector<std::string> names;
    const std::string path = absl::StrCat(folder(), "/", sub);
    if (!std::filesystem::exists(path)) return names;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  // Everything in all files of the folder.
  std::string AllBytes() const {
    std::string all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(file), {});
    }
    return all;
  }

  CommandReceipt Put(const std::string& id, const std::string& content,
                     const std::string& rest = "") {
    api::v1::AttachEvidenceRequest request = Text<api::v1::AttachEvidenceRequest>(absl::StrCat(
        "certificant_id: '", id, "' file_name: 'bank.pdf' media_type: 'application/pdf' ", rest));
    request.set_content(content);
    request.mutable_header()->set_request_id(NewId());
    return Ask<CommandReceipt>(request);
  }
  grpc::Status Get(const std::string& id, int64_t position, std::string* content = nullptr) {
    api::v1::GetEvidenceRequest request;
    request.set_certificant_id(id);
    request.set_position(position);
    api::v1::GetEvidenceResponse response;
    const grpc::Status status = caller().Call(request, &response);
    if (content != nullptr) *content = response.content();
    return status;
  }

  const NamingGate gate_;

 private:
  static grpc::Status Send(api::v1::CommandService::Stub& stub, grpc::ClientContext& context,
                           const api::v1::OpenDisputeRequest& request, CommandReceipt& receipt) {
    return stub.OpenDispute(&context, request, &receipt);
  }
  static grpc::Status Send(api::v1::CommandService::Stub& stub, grpc::ClientContext& context,
                           const api::v1::DecideDisputeRequest& request, CommandReceipt& receipt) {
    return stub.DecideDispute(&context, request, &receipt);
  }
  static grpc::Status Send(api::v1::CommandService::Stub& stub, grpc::ClientContext& context,
                           const api::v1::GrantWaiverRequest& request, CommandReceipt& receipt) {
    return stub.GrantWaiver(&context, request, &receipt);
  }
  static grpc::Status Send(api::v1::CommandService::Stub& stub, grpc::ClientContext& context,
                           const api::v1::RecordPaymentRequest& request, CommandReceipt& receipt) {
    return stub.RecordPayment(&context, request, &receipt);
  }
};

TEST_F(DisputesTest, TheChainRunsFromTheClaimToWhatItCorrected) {
  Certify("ana");
  As<api::v1::RecordPaymentRequest>("clerk",
                                    "certificant_id: 'ana' reference: 'p1' amount { currency_code: "
                                    "'USD' minor_units: 100 } method: PAYMENT_METHOD_CARD");
  const int64_t paid = Head();
  const int64_t dispute = As<api::v1::OpenDisputeRequest>(
                              "ana", absl::StrCat("certificant_id: 'ana' disputed_position: ", paid,
                                                  " claim: 'not me'"))
                              .position();
  Put("ana", "a bank statement", absl::StrCat("dispute_position: ", dispute));
  const std::string decision = absl::StrCat("certificant_id: 'ana' dispute_position: ", dispute,
                                            " outcome: DISPUTE_OUTCOME_UPHELD reason: 'so it is'");
  EXPECT_EQ(ReasonAs<api::v1::DecideDisputeRequest>("clerk", decision), "DECIDER_INVOLVED");
  EXPECT_EQ(ReasonAs<api::v1::DecideDisputeRequest>("ana", decision), "DECIDER_INVOLVED");
  const int64_t decided = As<api::v1::DecideDisputeRequest>("head", decision).position();
  const int64_t annulled =
      Do("AnnulFact", absl::StrCat("header { causation_position: ", dispute,
                                   " } certificant_id: 'ana' fact_position: ", paid,
                                   " reason: 'the dispute was upheld'"))
          .position();
  const int64_t waived =
      As<api::v1::GrantWaiverRequest>(
          "head",
          absl::StrCat("certificant_id: 'ana' cycle_end_year: 2025 fee { fee: FEE_KIND_LATE }"
                       " reason: 'the dispute was upheld' dispute_position: ",
                       dispute))
          .position();
  std::vector<std::string> kinds;
  for (const auto& event : Log()) {
    if (event.record().position() < dispute) continue;
    kinds.push_back(absl::StrCat(event.record().kind(), " ", event.record().causation_position()));
  }
  EXPECT_THAT(kinds, ElementsAre("DisputeOpened 0", "EvidenceAttached 0", "DisputeDecided 0",
                                 absl::StrCat("FactAnnulled ", dispute), "WaiverGranted 0"));
  // Both decisions can be decided anew on what they saw.
  for (const int64_t position : {decided, waived}) {
    const auto replay = Ask<api::v1::ReplayDecisionResponse>(*RequestOf(
        "ReplayDecision", absl::StrCat("certificant_id: 'ana' decision_position: ", position)));
    EXPECT_TRUE(replay.recorded().reproduced()) << position;
  }
  EXPECT_GT(annulled, decided);
}

TEST_F(DisputesTest, ADisputeOfSomebodyElseIsNoCause) {
  Certify("ana");
  Certify("bea");
  const int64_t dispute = As<api::v1::OpenDisputeRequest>(
                              "ana", "certificant_id: 'ana' cycle_end_year: 2025 claim: 'x'")
                              .position();
  const auto pay = [&](const std::string& id, int64_t cause) {
    return ReasonOf(
        Try("RecordPayment", absl::StrCat("header { causation_position: ", cause,
                                          " } certificant_id: '", id, "' reference: 'p", cause,
                                          "' amount { currency_code: 'USD'"
                                          " minor_units: 100 } method: PAYMENT_METHOD_CARD")));
  };
  EXPECT_EQ(pay("bea", dispute), "DISPUTE_NOT_FOUND");
  EXPECT_EQ(pay("ana", dispute), "OK");
  EXPECT_EQ(pay("bea", dispute - 1), "OK") << "any other event can be a cause";
  EXPECT_EQ(pay("bea", 1'000'000), "OK") << "as ever: it is not looked for";
}

TEST_F(DisputesTest, AnyoneUnidentifiedIsOnePerson) {
  Certify("ana");
  const int64_t dispute =
      Do("OpenDispute", "certificant_id: 'ana' cycle_end_year: 2025 claim: 'x'").position();
  EXPECT_EQ(ReasonOf(Try("DecideDispute",
                         absl::StrCat("certificant_id: 'ana' dispute_position: ", dispute,
                                      " outcome: DISPUTE_OUTCOME_UPHELD reason: 'r'"))),
            "DECIDER_INVOLVED");
}

// --- Documents.

TEST_F(DisputesTest, ADocumentIsKeptSealedAndGivenBack) {
  Certify("ana");
  Certify("bea");
  const std::string content =
      absl::StrCat("PDF ", std::string(100'000, 'x'), " Ana's account 4711");
  const int64_t position = Put("ana", content).position();
  ASSERT_THAT(FilesOf("evidence"), SizeIs(1));
  const api::v1::HistoryEvent event = Log().back();
  const auto& evidence = event.certificant().evidence_attached();
  EXPECT_EQ(evidence.digest(), eventstore::Sha256(content));
  EXPECT_EQ(evidence.size_bytes(), static_cast<int64_t>(content.size()));
  EXPECT_EQ(absl::BytesToHexString(evidence.stored_digest()), FilesOf("evidence")[0]);
  std::string back;
  EXPECT_TRUE(Get("ana", position, &back).ok());
  EXPECT_EQ(back, content);
  EXPECT_EQ(ReasonOf(Get("bea", position)), "EVIDENCE_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Get("ana", position - 1)), "EVIDENCE_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Get("ana", 0)), "EVIDENCE_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Get("ana", 1'000'000)), "EVIDENCE_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Get("cy", position)), "CERTIFICANT_NOT_FOUND");
  Restart([&] {
    const std::string all = AllBytes();
    EXPECT_FALSE(absl::StrContains(all, "account 4711"));
    EXPECT_TRUE(absl::StrContains(all, "certificant/ana")) << "the search finds what is there";
  });
  EXPECT_TRUE(Get("ana", position, &back).ok());
  EXPECT_EQ(back, content);
}

TEST_F(DisputesTest, RefusedAndRepeatedDocumentsLeaveNoFile) {
  Certify("ana");
  api::v1::AttachEvidenceRequest request = Text<api::v1::AttachEvidenceRequest>(
      "certificant_id: 'ana' file_name: 'f' media_type: 'm' header { request_id: 'once' }");
  const auto with = [&](const std::function<void(api::v1::AttachEvidenceRequest&)>& change) {
    api::v1::AttachEvidenceRequest changed = request;
    changed.set_content("content");
    change(changed);
    const grpc::Status status = Try(changed);
    return absl::StrCat(ReasonOf(status), " ", FieldOf(status));
  };
  EXPECT_EQ(with([](auto& r) { r.set_certificant_id("nobody"); }),
            "CERTIFICANT_NOT_FOUND certificant_id");
  EXPECT_EQ(with([](auto& r) { r.set_credit_reference("c9"); }), "CREDIT_NOT_FOUND reference");
  EXPECT_EQ(with([](auto& r) { r.set_dispute_position(2); }), "DISPUTE_NOT_FOUND dispute_position");
  EXPECT_EQ(with([](auto& r) { r.set_digest(std::string(32, 'd')); }), "INVALID_ARGUMENT digest");
  EXPECT_EQ(with([](auto& r) { r.set_content(std::string(kMaxEvidenceBytes + 1, 'x')); }),
            "INVALID_ARGUMENT content");
  EXPECT_EQ(with([](auto& r) { r.clear_file_name(); }), "INVALID_ARGUMENT file_name");
  EXPECT_THAT(FilesOf("evidence"), IsEmpty());
  EXPECT_EQ(with([](auto& r) { r.set_content(std::string(kMaxEvidenceBytes, 'x')); }), "OK ");
  EXPECT_THAT(FilesOf("evidence"), SizeIs(1));
  const int64_t head = Head();
  EXPECT_EQ(with([](auto& r) { r.set_content(std::string(kMaxEvidenceBytes, 'x')); }), "OK ")
      << "a repeat";
  EXPECT_THAT(FilesOf("evidence"), SizeIs(1));
  EXPECT_EQ(Head(), head);
  EXPECT_EQ(with([](auto&) {}), "REQUEST_ID_REUSED header.request_id");
}

TEST_F(DisputesTest, ADamagedOrMissingDocumentIsTold) {
  Certify("ana");
  const int64_t position = Put("ana", "the document").position();
  const std::string path = absl::StrCat(folder(), "/evidence/", FilesOf("evidence").at(0));
  verify::LogCheckOptions check;
  check.path = absl::StrCat(folder(), "/log");
  check.evidence_path = absl::StrCat(folder(), "/evidence");
  const auto faults = [&] {
    const auto report = verify::CheckLog(check);
    EXPECT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->evidence, 1);
    return report->faults.empty() ? std::string() : report->faults[0].what;
  };
  Restart([&] { EXPECT_EQ(faults(), ""); });
  Restart([&] {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(40);
    file.put('!');
    file.close();
    EXPECT_EQ(faults(), "the document is not what its name says");
  });
  EXPECT_EQ(Get("ana", position).error_code(), grpc::StatusCode::DATA_LOSS);
  Restart([&] {
    std::filesystem::remove(path);
    EXPECT_EQ(faults(), "the document is missing");
  });
  EXPECT_EQ(Get("ana", position).error_code(), grpc::StatusCode::DATA_LOSS);
}

TEST_F(DisputesTest, AnErasedPersonsDocumentsCannotBeRead) {
  Certify("ana");
  Put("ana", "the document");
  const std::string name = FilesOf("evidence").at(0);
  StopServer();
  eventstore::KeyStoreOptions options;
  options.path = absl::StrCat(folder(), "/keys");
  options.scratch_key = std::string(32, 's');
  options.sync = false;
  GS_ASSERT_OK_AND_ASSIGN(const auto keys, eventstore::KeyStore::Open(options));
  const eventstore::EvidenceFolder files(absl::StrCat(folder(), "/evidence"));
  KeptEvidence kept(*keys, files);
  const std::string digest = absl::HexStringToBytes(name);
  GS_ASSERT_OK_AND_ASSIGN(const std::string content, kept.Open("ana", digest));
  EXPECT_EQ(content, "the document");
  EXPECT_THAT(kept.Open("bea", digest), StatusIs(absl::StatusCode::kDataLoss)) << "her own alone";
  GS_ASSERT_OK(keys->DestroyKey("certificant/ana"));
  EXPECT_THAT(kept.Open("ana", digest), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(kept.Keep("ana", "more"), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(FilesOf("evidence"), ElementsAre(name));
}

TEST_F(DisputesTest, ABackupAndItsRestoreHaveTheDocuments) {
  options().backup_dir = absl::StrCat(folder(), "-backup");
  Restart();
  Certify("ana");
  const int64_t position = Put("ana", "the document").position();
  const auto stub = api::v1::OperationsService::NewStub(caller().channel());
  {
    grpc::ClientContext context;
    const auto reader = stub->CreateBackup(&context, api::v1::CreateBackupRequest());
    api::v1::CreateBackupResponse response;
    while (reader->Read(&response)) {
    }
    ASSERT_TRUE(reader->Finish().ok());
  }
  grpc::ClientContext context;
  api::v1::RestoreBackupRequest request;
  request.set_folder_name("again");
  const auto reader = stub->RestoreBackup(&context, request);
  api::v1::RestoreBackupResponse response;
  while (reader->Read(&response)) {
  }
  ASSERT_TRUE(reader->Finish().ok());
  StopServer();
  ServerOptions restored = options();
  restored.data_dir = response.restored().folder();
  GS_ASSERT_OK_AND_ASSIGN(const auto server, Server::Start(restored));
  api::v1::GetEvidenceRequest get;
  get.set_certificant_id("ana");
  get.set_position(position);
  api::v1::GetEvidenceResponse got;
  const grpc::Status status = Caller(server->InProcessChannel()).Call(get, &got);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(got.content(), "the document");
  EXPECT_EQ(got.evidence().file_name(), "bank.pdf");
  std::filesystem::remove_all(options().backup_dir);
}

// --- Audits by lot.

TEST_F(DisputesTest, AuditsAreDrawnFromThoseWhoAppliedByTheCheckpoint) {
  for (const char* const id : {"ana", "bea", "cleo", "dee", "eve"}) Certify(id);
  Certify("young", "2023-05-14");  // Ends in 2026.
  for (const char* const id : {"ana", "bea", "cleo", "dee"}) {
    Do("SubmitApplication", absl::StrCat("certificant_id: '", id, "'"));
  }
  Do("ReturnApplication", "certificant_id: 'dee' reason: 'not signed'");
  api::v1::SelectAuditsRequest request;
  request.mutable_selection()->set_cycle_end_year(2025);
  request.mutable_selection()->set_rate_millionths(1'000'000);
  const auto all = Ask<api::v1::SelectAuditsResponse>(request);
  EXPECT_EQ(all.population_count(), 3) << "neither who did not apply nor whose was returned";
  const int64_t size = all.selection().checkpoint_size();
  EXPECT_THAT(all.checkpoint(), HasSubstr(absl::StrCat("\n", size, "\n")));
  Do("SubmitApplication", "certificant_id: 'eve'");  // Behind the checkpoint.
  request.mutable_selection()->set_checkpoint_size(size);
  std::vector<std::string> ids;
  std::vector<uint64_t> rates;
  request.set_page_size(1);
  std::string root;
  ASSERT_TRUE(absl::Base64Unescape(
      std::vector<std::string>(absl::StrSplit(all.checkpoint(), '\n'))[2], &root));
  do {
    const auto page = Ask<api::v1::SelectAuditsResponse>(request);
    for (const auto& selected : page.selected()) {
      ids.push_back(selected.certificant_id());
      // As docs/audit-selection.md says, written anew: the first 64 bits decide at these rates.
      const std::string draw = eventstore::Sha256(
          absl::StrCat("goodstanding audit selection v1", root,
                       absl::string_view("\x00\x00\x07\xe9", 4), selected.certificant_id()));
      EXPECT_EQ(selected.draw(), draw);
      uint64_t number = 0;
      for (int i = 0; i < 5; ++i) number = number << 8 | static_cast<unsigned char>(draw[i]);
      rates.push_back((number * 1'000'000) >> 40);
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(ids, ElementsAre("ana", "bea", "cleo"));

  const size_t least =
      static_cast<size_t>(std::min_element(rates.begin(), rates.end()) - rates.begin());
  request.clear_page_size();
  request.mutable_selection()->set_rate_millionths(static_cast<int32_t>(rates[least] + 1));
  const auto one = Ask<api::v1::SelectAuditsResponse>(request);
  ASSERT_EQ(one.selected_size(), 1);
  EXPECT_EQ(one.selected(0).certificant_id(), ids[least]);

  const auto open = [&](const std::string& id, int64_t checkpoint_size) {
    return ReasonOf(Try(
        "OpenAudit", absl::StrCat("certificant_id: '", id,
                                  "' selection { cycle_end_year: 2025"
                                  " rate_millionths: ",
                                  rates[least] + 1, " checkpoint_size: ", checkpoint_size, " }")));
  };
  EXPECT_EQ(open(ids[least], size + 1), "CHECKPOINT_NOT_FOUND");
  EXPECT_EQ(open(ids[least], 0), "INVALID_ARGUMENT");
  EXPECT_EQ(open(ids[least == 0 ? 1 : 0], size), "NOT_SELECTED");
  EXPECT_EQ(open(ids[least], size), "OK");
  EXPECT_EQ(open(ids[least], size), "AUDIT_ALREADY_OPEN");
  EXPECT_EQ(Log().back().certificant().audit_opened().selection().checkpoint_size(), size);
}

TEST_F(DisputesTest, SelectionsNameWhatIsWrongWithThem) {
  Certify("ana");
  const auto ask = [&](const std::string& text) {
    const grpc::Status status = Try("SelectAudits", text);
    return absl::StrCat(ReasonOf(status), " ", FieldOf(status));
  };
  EXPECT_EQ(ask("selection { cycle_end_year: 2025 }"),
            "INVALID_ARGUMENT selection.rate_millionths");
  EXPECT_EQ(ask("selection { cycle_end_year: 2025 rate_millionths: 1000001 }"),
            "INVALID_ARGUMENT selection.rate_millionths");
  EXPECT_EQ(ask("selection { rate_millionths: 1 }"), "INVALID_ARGUMENT selection.cycle_end_year");
  EXPECT_EQ(ask("selection { cycle_end_year: 2025 rate_millionths: 1 checkpoint_size: 2 }"),
            "CHECKPOINT_NOT_FOUND selection.checkpoint_size");
  EXPECT_EQ(ask("selection { cycle_end_year: 2025 rate_millionths: 1 } page_token: 'made up'"),
            "INVALID_ARGUMENT page_token");
}

}  // namespace
}  // namespace goodstanding::services
