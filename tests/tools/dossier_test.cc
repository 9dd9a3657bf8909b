// Dossiers from the server to the file, the page and the verifiers.
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/clock.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "services/server.h"
#include "tests/tools/run_tool.h"
#include "tools/client.h"
#include "tools/dossier_html.h"
#include "tools/rule_files.h"
#include "tools/scratch_folder.h"
#include "verify/dossier.h"
#include "verify/hashes.h"
#include "verify/log_keys.h"
#include "verify/signed_note.h"

namespace goodstanding::tools {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kHostile[] = "<script>alert('x')</script> & \"Ana\"";

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Runs a program of the machine; its exit code and all that it writes.
Outcome RunProgram(const std::string& command) {
  Outcome outcome;
  FILE* const pipe = popen(absl::StrCat(command, " 2>&1").c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  std::array<char, 4096> bytes;
  while (const size_t count = fread(bytes.data(), 1, bytes.size(), pipe)) {
    outcome.out.append(bytes.data(), count);
  }
  outcome.code = WEXITSTATUS(pclose(pipe));
  return outcome;
}

std::string WithDigest(std::string body) {
  const verify::Hash digest = verify::Sha256(body);
  absl::StrAppend(&body, "end ", absl::BytesToHexString(verify::BytesOf(digest)), "\n");
  return body;
}

// A server with a log key of its own, and one person of about 300 events who renewed once.
class DossierTest : public ::testing::Test {
 protected:
  DossierTest() : folder_(ScratchFolder::Create().value()) {
    services::ServerOptions options;
    options.data_dir = Path("data");
    options.listen_address = "127.0.0.1:0";
    options.clock = &clock_;
    server_ = services::Server::Start(options).value();
    client_ = std::make_unique<Client>(server_->InProcessChannel());
    api::v1::PublishRuleSetRequest publish;
    *publish.mutable_rule_set() = ShippedRules();
    publish.set_authority("the board");
    Give(publish);
  }
  ~DossierTest() override { server_->Shutdown(absl::Seconds(1)); }

  std::string Path(const std::string& name) const { return folder_->path() + "/" + name; }

  template <typename Request>
  void Give(Request request) {
    request.mutable_header()->set_request_id(absl::StrCat("request-", ++requests_));
    api::v1::CommandReceipt receipt;
    const grpc::Status status = client_->Send(request, receipt);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  template <typename Request>
  void GiveText(const std::string& text) {
    Request request;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    Give(request);
  }

  // Others' events lie between the person's.
  void TellLife(int credits) {
    Register("ana", kHostile);
    GiveText<api::v1::GrantCredentialRequest>(
        "header { effective_date { year: 2022 month: 5 day: 14 } } certificant_id: 'ana'"
        " credential: 'CPCS'");
    for (int i = 0; i < credits; ++i) {
      GiveText<api::v1::RecordCreditRequest>(absl::StrCat(
          "certificant_id: 'ana' credit { reference: 'c", i,
          "' activity_kind: 'SPONSORED' completed_date { year: 2024 month: 5 day: ", 1 + i % 28,
          " } amount { minutes: ", credits < 30 ? 1800 : 60, " } }"));
      if (i % 10 == 0) Register(absl::StrCat("p", i), "Somebody else");
    }
    GiveText<api::v1::SubmitApplicationRequest>("certificant_id: 'ana'");
    GiveText<api::v1::ReturnApplicationRequest>("certificant_id: 'ana' reason: 'not signed'");
    GiveText<api::v1::SubmitApplicationRequest>("certificant_id: 'ana'");
    GiveText<api::v1::RecordPaymentRequest>(
        "header { effective_date { year: 2025 month: 9 day: 1 } } certificant_id: 'ana'"
        " reference: 'p1' amount { currency_code: 'USD' minor_units: 37500 }"
        " method: PAYMENT_METHOD_CARD");
    GiveText<api::v1::ApproveApplicationRequest>("certificant_id: 'ana'");
  }

  void Register(const std::string& id, const std::string& name) {
    api::v1::RegisterCertificantRequest request;
    request.set_certificant_id(id);
    request.set_name(name);
    request.set_email(absl::StrCat(id, "@members.example"));
    Give(request);
  }

  std::string Key() {
    api::v1::GetCheckpointResponse response;
    EXPECT_TRUE(Call(client_->log(), &api::v1::LogService::Stub::GetCheckpoint,
                     api::v1::GetCheckpointRequest(), response)
                    .ok());
    return response.verifier_key();
  }

  Outcome Write(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "dossier");
    arguments.insert(arguments.end(), {"--server", absl::StrCat("127.0.0.1:", server_->port())});
    return RunWith(arguments);
  }

  verify::ProofDemands Demands() {
    const auto key = verify::PublicKey::Parse(Key());
    return {.origin = key->name, .log = verify::LogKeys({*key}), .witnesses = {}, .quorum = 0};
  }

  ManualClock clock_{absl::FromCivil(absl::CivilHour(2025, 9, 15, 12), absl::UTCTimeZone())};
  const std::unique_ptr<ScratchFolder> folder_;
  std::unique_ptr<services::Server> server_;
  std::unique_ptr<Client> client_;
  int requests_ = 0;
};

TEST_F(DossierTest, ThreeHundredEventsAreWrittenAndVerifiedInTimeAndSize) {
  TellLife(293);
  const std::string file = Path("ana.dossier");
  const auto start = std::chrono::steady_clock::now();
  const Outcome written = Write({"ana", "--out", file, "--html", Path("ana.html")});
  const double write_seconds = SecondsSince(start);
  ASSERT_EQ(written.code, 0) << written.error;
  const auto bytes = static_cast<int64_t>(std::filesystem::file_size(file));
  EXPECT_LE(bytes, 5 << 20);

  const std::string command =
      absl::StrCat(GOODSTANDING_VERIFY_PROGRAM, " ", file, " --key ", Key());
  const auto check = std::chrono::steady_clock::now();
  const Outcome verified = RunProgram(command);
  const double check_seconds = SecondsSince(check);
  EXPECT_EQ(verified.code, 0) << verified.out;
  EXPECT_THAT(verified.out,
              AllOf(HasSubstr("Proven: 301 events of the dossier of ana"),
                    HasSubstr("certificant/ana, versions 1 to 300"),
                    HasSubstr("rules/namss-2025, versions 1 to 1"), HasSubstr("replay ")));
  // Figures of a busy machine; the wanted ones are 5 s and 2 s.
  std::printf("300 events: %lld bytes, written in %.2f s, verified in %.2f s\n",
              static_cast<long long>(bytes), write_seconds, check_seconds);
  RecordProperty("bytes", std::to_string(bytes));
  const Outcome by_tool = RunWith({"verify-proof", file, "--key", Key()});
  EXPECT_EQ(by_tool.code, 0) << by_tool.error;
  EXPECT_EQ(by_tool.out, verified.out);
  EXPECT_THAT(RunWith({"verify-proof", file, "--key", Key(), "--json"}).out,
              HasSubstr("\"proven\": true"));
}

#ifdef GOODSTANDING_VERIFY_IS_STATIC
TEST_F(DossierTest, TheVerifierIsOneStaticProgram) {
  const Outcome linked = RunProgram(absl::StrCat("ldd ", GOODSTANDING_VERIFY_PROGRAM));
  EXPECT_THAT(linked.out, HasSubstr("not a dynamic executable"));
  EXPECT_LE(std::filesystem::file_size(GOODSTANDING_VERIFY_PROGRAM), 10u << 20);
  EXPECT_EQ(RunProgram(GOODSTANDING_VERIFY_PROGRAM).code, 2) << "wrong use";
}
#endif

TEST_F(DossierTest, HoldsTheAccountsOfOnePersonAndOfNobodyElse) {
  TellLife(3);
  Register("ann", "Ann Roe");
  Register("bob", "Bob Lind");
  GiveText<api::v1::MergeCertificantsRequest>(
      "certificant_id: 'ana' merged_certificant_id: 'ann' reason: 'registered twice'");
  ASSERT_EQ(Write({"ann", "--out", Path("a"), "--html", Path("a.html")}).code, 0);
  const std::string file = ReadFile(Path("a"));
  EXPECT_THAT(file, HasSubstr("\ncertificant ana\naccount ann\nblock checkpoint "));
  const auto dossier = verify::Dossier::Parse(file);
  ASSERT_TRUE(dossier.ok()) << dossier.status();
  const auto proven = verify::CheckDossier(*dossier, Demands());
  ASSERT_TRUE(proven.ok()) << proven.status();
  EXPECT_EQ(proven->versions.at("certificant/ann"), 2);
  EXPECT_EQ(proven->versions.count("certificant/bob"), 0U);
  // An account that it does not name is no part of it.
  std::string other = file.substr(0, file.rfind("end "));
  other.replace(other.find("account ann"), 11, "account bob");
  const auto wrong = verify::Dossier::Parse(WithDigest(other));
  ASSERT_TRUE(wrong.ok()) << wrong.status();
  EXPECT_FALSE(verify::CheckDossier(*wrong, Demands()).ok());
}

TEST_F(DossierTest, AnotherKeyProvesNothing) {
  TellLife(3);
  ASSERT_EQ(Write({"ana", "--out", Path("a")}).code, 0);
  // The specification's example: a sound key of somebody else.
  const std::string other = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
  const Outcome outcome =
      RunProgram(absl::StrCat(GOODSTANDING_VERIFY_PROGRAM, " ", Path("a"), " --key ", other));
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("Not proven"));
}

TEST_F(DossierTest, AFlippedByteIsFoundAndWithANewDigestIsInAStatement) {
  TellLife(20);
  ASSERT_EQ(Write({"ana", "--out", Path("a")}).code, 0);
  const std::string file = ReadFile(Path("a"));
  const auto demands = Demands();
  const auto whole = verify::Dossier::Parse(file);
  ASSERT_TRUE(whole.ok()) << whole.status();
  ASSERT_TRUE(verify::CheckDossier(*whole, demands).ok());
  const size_t statements = file.find("block statement ");
  const size_t end = file.rfind("end ");
  ASSERT_EQ(WithDigest(file.substr(0, end)), file);

  std::mt19937 random(11);
  int in_statements = 0;
  for (int i = 0; i < 2'000; ++i) {
    // Half of them where the proof is, which is the smaller part.
    const size_t place = random() % (i % 2 == 0 ? file.size() : statements);
    std::string flipped = file;
    flipped[place] = static_cast<char>(flipped[place] ^ (1 << (random() % 8)));
    EXPECT_FALSE(verify::Dossier::Parse(flipped).ok()) << place;
    // Whoever forges it writes the digest anew.
    if (place >= end) continue;
    const auto forged = verify::Dossier::Parse(WithDigest(flipped.substr(0, end)));
    const bool passes = forged.ok() && verify::CheckDossier(*forged, demands).ok();
    if (passes) {
      EXPECT_GE(place, statements) << "not covered: " << file.substr(place, 40);
      ++in_statements;
      EXPECT_EQ(forged->records, whole->records);
    }
  }
  EXPECT_GT(in_statements, 0) << "the test reaches what is not covered";
}

struct Forgery {
  const char* why;
  std::function<void(std::vector<std::string>&)> change;  // Of the file's lines.
};

TEST_F(DossierTest, WhatIsLeftOutOrAddedIsFound) {
  TellLife(6);
  ASSERT_EQ(Write({"ana", "--out", Path("a")}).code, 0);
  const std::string file = ReadFile(Path("a"));
  const auto demands = Demands();
  const std::vector<std::string> lines = absl::StrSplit(file.substr(0, file.rfind("end ")), '\n');
  const auto first_event = [](std::vector<std::string>& all, int skip = 0) {
    return std::find_if(all.begin(), all.end(), [&](const std::string& line) {
      return line.substr(0, 6) == "event " && skip-- == 0;
    });
  };
  const Forgery kForgeries[] = {
      {"an event in the middle is left out", [&](auto& all) { all.erase(first_event(all, 3)); }},
      {"the first event is left out", [&](auto& all) { all.erase(first_event(all)); }},
      {"an event stands twice",
       [&](auto& all) {
         const std::string again = *first_event(all, 2);
         all.insert(first_event(all, 2), again);
       }},
      {"two events change places",
       [&](auto& all) { std::iter_swap(first_event(all, 2), first_event(all, 3)); }},
      {"it is said to be another person's", [&](auto& all) { all[1] = "certificant bea"; }},
      {"it is said to be another person's who begins alike",
       [&](auto& all) { all[1] = "certificant an"; }},
  };
  for (const Forgery& forgery : kForgeries) {
    std::vector<std::string> changed = lines;
    forgery.change(changed);
    const auto forged = verify::Dossier::Parse(WithDigest(absl::StrJoin(changed, "\n")));
    ASSERT_TRUE(forged.ok()) << forgery.why << ": " << forged.status();
    EXPECT_EQ(verify::CheckDossier(*forged, demands).status().code(),
              absl::StatusCode::kFailedPrecondition)
        << forgery.why;
  }
}

TEST_F(DossierTest, NamesAreToldOnlyWhereAskedFor) {
  TellLife(2);
  ASSERT_EQ(Write({"ana", "--out", Path("sealed"), "--html", Path("sealed.html")}).code, 0);
  ASSERT_EQ(Write({"ana", "--out", Path("open"), "--html", Path("open.html"), "--open"}).code, 0);
  for (const char* secret : {"alert", "members.example", "not signed"}) {
    EXPECT_THAT(ReadFile(Path("sealed")), Not(HasSubstr(secret)));
    EXPECT_THAT(ReadFile(Path("sealed.html")), Not(HasSubstr(secret)));
    EXPECT_THAT(ReadFile(Path("open")), HasSubstr(secret));
    EXPECT_THAT(ReadFile(Path("open.html")), HasSubstr(secret));
  }
  const auto open = verify::Dossier::Parse(ReadFile(Path("open")));
  ASSERT_TRUE(open.ok());
  EXPECT_TRUE(verify::CheckDossier(*open, Demands()).ok());
  EXPECT_THAT(ReadFile(Path("open.html")), Not(HasSubstr("<script")));
}

TEST_F(DossierTest, WhatCannotBeWrittenIsRefused) {
  EXPECT_EQ(Write({"nobody", "--out", Path("a")}).code, 1);
  const Outcome nothing = Write({"nobody"});
  EXPECT_EQ(nothing.code, 2);
  EXPECT_THAT(nothing.error, HasSubstr("give --out"));
  EXPECT_FALSE(std::filesystem::exists(Path("a")));
}

#ifdef GOODSTANDING_CHROMIUM
TEST_F(DossierTest, ThePageIsShownAndPrintedByABrowser) {
  TellLife(12);
  ASSERT_EQ(Write({"ana", "--html", Path("ana.html"), "--open"}).code, 0);
  const std::string browser =
      absl::StrCat("timeout 120 ", GOODSTANDING_CHROMIUM,
                   " --headless --no-sandbox --disable-gpu --disable-dev-shm-usage"
                   " --user-data-dir=",
                   Path("profile"), " ");
  const std::string page = absl::StrCat(" file://", Path("ana.html"));
  const Outcome dom = RunProgram(absl::StrCat(browser, "--dump-dom", page));
  EXPECT_THAT(dom.out, AllOf(HasSubstr("<svg class=\"timeline\""), HasSubstr("How to check it"),
                             HasSubstr("&lt;script&gt;alert"), Not(HasSubstr("<script>"))));
  for (const char* size : {"360,2000", "1400,2000"}) {
    const std::string png = Path(absl::StrCat(size, ".png"));
    RunProgram(absl::StrCat(browser, "--screenshot=", png, " --window-size=", size, page));
    EXPECT_GT(std::filesystem::file_size(png), 20'000u) << size;
  }
  RunProgram(absl::StrCat(browser, "--no-pdf-header-footer --print-to-pdf=", Path("a.pdf"), page));
  EXPECT_EQ(ReadFile(Path("a.pdf")).substr(0, 5), "%PDF-");
}
#endif

api::v1::Dossier FixedDossier() {
  api::v1::Dossier dossier;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      ReadFile(absl::StrCat(GOODSTANDING_SOURCE_DIR, "/tests/tools/golden/dossier.textproto")),
      &dossier));
  return dossier;
}

TEST(DossierPageTest, IsTheGoldenPage) {
  const auto zone = services::BoardTime::Load("America/New_York");
  ASSERT_TRUE(zone.ok());
  const std::string golden =
      absl::StrCat(GOODSTANDING_SOURCE_DIR, "/tests/tools/golden/dossier.html");
  const std::string page = DossierPage(FixedDossier(), *zone);
  EXPECT_EQ(page, DossierPage(FixedDossier(), *zone));
  if (page == ReadFile(golden)) return;
  const std::string written = ::testing::TempDir() + "/dossier.html";
  std::ofstream(written) << page;
  ADD_FAILURE() << "the page is another one; look at " << written << ", and if it is right: cp "
                << written << " " << golden;
}

TEST(DossierPageTest, EscapesWhateverOthersWrote) {
  const auto zone = services::BoardTime::Load("America/New_York");
  api::v1::Dossier dossier = FixedDossier();
  dossier.set_certificant_id(kHostile);
  dossier.set_name(kHostile);
  dossier.set_email(kHostile);
  dossier.set_postal_address(kHostile);
  dossier.set_checkpoint(kHostile);
  dossier.set_verifier_key(kHostile);
  dossier.set_origin(kHostile);
  dossier.mutable_explanation()->add_lines()->set_text(kHostile);
  dossier.mutable_account()->add_payments()->set_reference(kHostile);
  auto* const entry = dossier.mutable_transcripts(0)->add_entries();
  entry->set_reference(kHostile);
  entry->mutable_completed_date()->set_year(2024);
  entry->mutable_completed_date()->set_month(2);
  entry->mutable_completed_date()->set_day(29);
  dossier.add_replays()->add_differences()->set_text(kHostile);
  auto* const event = dossier.add_events()->mutable_event();
  event->mutable_record()->set_kind(kHostile);
  event->mutable_certificant()->mutable_application_returned()->set_reason(kHostile);
  const std::string page = DossierPage(dossier, *zone);
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("\"Ana\"")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;Ana"));
}

TEST(DossierPageTest, NeedsNothingFromElsewhere) {
  const auto zone = services::BoardTime::Load("America/New_York");
  const std::string page = DossierPage(FixedDossier(), *zone);
  for (const char* reference : {"http:", "https:", "src=", "href=", "@import", "url(", "<script"}) {
    EXPECT_THAT(page, Not(HasSubstr(reference)));
  }
}

TEST(DossierPageTest, AnEmptyDossierIsAPage) {
  const auto zone = services::BoardTime::Load("America/New_York");
  EXPECT_THAT(DossierPage(api::v1::Dossier(), *zone), HasSubstr("</html>"));
}

}  // namespace
}  // namespace goodstanding::tools
