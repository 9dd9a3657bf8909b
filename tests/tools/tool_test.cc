// Every command that asks a server, as a person calls it, against a complete server on a port.
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/clock.h"
#include "base/json_object.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/server.h"
#include "tests/support/status_matchers.h"
#include "tests/tools/run_tool.h"
#include "tools/client.h"
#include "tools/command_line.h"
#include "tools/rule_files.h"
#include "tools/scratch_folder.h"
#include "tools/when.h"

namespace goodstanding::tools {
namespace {

using namespace api::v1;  // NOLINT: the requests, by name.

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// Whether the text is one JSON object.
MATCHER(IsJson, "is a JSON object") {
  google::protobuf::Struct object;
  const auto status = google::protobuf::util::JsonStringToMessage(arg, &object);
  *result_listener << status.ToString();
  return status.ok();
}

std::vector<std::string> LinesOf(const std::string& text) {
  return absl::StrSplit(text, '\n', absl::SkipEmpty());
}

// The board on 2025-10-01: ana is certified since 2022, bo only registered.
class ToolTest : public ::testing::Test {
 protected:
  void SetUp() override {
    zone_ = services::BoardTime::Load("America/New_York").value();
    folder_ = ScratchFolder::Create().value();
    services::ServerOptions options;
    options.data_dir = folder_->path() + "/data";
    options.listen_address = "127.0.0.1:0";
    options.clock = &clock_;
    options.sync = false;
    server_ = services::Server::Start(options).value();
    client_ = std::make_unique<Client>(server_->InProcessChannel());
    Record();
  }

  void TearDown() override {
    client_.reset();
    server_->Shutdown(absl::Seconds(1));
  }

  void Day(absl::string_view day) { clock_.Set(*Instant(*When::Parse(day), *zone_)); }

  template <typename Request>
  void Send(const std::string& text) {
    Request request;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    request.mutable_header()->set_request_id(absl::StrCat("test-", ++commands_));
    CommandReceipt receipt;
    const grpc::Status status = client_->Send(request, receipt);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  void Record() {
    Day("2022-05-14");
    PublishRuleSetRequest publish;
    publish.mutable_header()->set_request_id("publish");
    *publish.mutable_rule_set() = ShippedRules();
    CommandReceipt receipt;
    ASSERT_TRUE(client_->Send(publish, receipt).ok());
    Send<RegisterCertificantRequest>(
        R"(certificant_id: "ana" name: "Ana Roe" email: "ana@example.org")");
    Send<GrantCredentialRequest>(R"(certificant_id: "ana" credential: "CPCS")");
    Send<RegisterCertificantRequest>(R"(certificant_id: "bo" name: "Bo Lind")");
    Day("2024-03-06");
    Send<RecordCreditRequest>(R"(certificant_id: "ana" credit {
        reference: "c1" activity_kind: "SPONSORED" amount { minutes: 90 }
        completed_date { year: 2024 month: 3 day: 5 } })");
    Send<RecordCreditRequest>(R"(certificant_id: "ana" credit {
        reference: "c2" activity_kind: "BOOK" amount { count: 1 }
        completed_date { year: 2022 month: 5 day: 1 } })");
    Day("2025-09-03");
    Send<RecordPaymentRequest>(R"(certificant_id: "ana" reference: "p1"
        amount { currency_code: "USD" minor_units: 20000 } method: PAYMENT_METHOD_CARD)");
    Day("2025-10-01");
  }

  // Runs the tool with --server at the end.
  Outcome Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--server", absl::StrCat("127.0.0.1:", server_->port())});
    return RunWith(arguments);
  }

  // What a command that succeeds prints.
  std::string Print(const std::vector<std::string>& arguments) {
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.error;
    EXPECT_EQ(outcome.error, "");
    return outcome.out;
  }

  std::string WriteRules(const std::string& name, const type::v1::RuleSet& rules) {
    const std::string path = absl::StrCat(folder_->path(), "/", name);
    std::ofstream(path) << rules.DebugString();
    return path;
  }

  std::optional<services::BoardTime> zone_;
  ManualClock clock_{absl::UnixEpoch()};
  std::unique_ptr<ScratchFolder> folder_;
  std::unique_ptr<services::Server> server_;
  std::unique_ptr<Client> client_;
  int commands_ = 0;
};

TEST_F(ToolTest, Standing) {
  EXPECT_THAT(Print({"standing", "ana"}),
              AllOf(StartsWith("ana is ACTIVE at the end of 2025-10-01: certified.\n"),
                    HasSubstr("\nCredits       total 1.50 of 30.00, approved 1.50 of 15.00\n"),
                    HasSubstr("\nRules         namss-2025@1\n")));
  EXPECT_THAT(Print({"standing", "ana", "--as-of", "2025-12-10"}),
              StartsWith("ana is LATE at the end of 2025-12-10: certified.\n"));
  EXPECT_THAT(Print({"standing", "ana", "--as-of", "2025-10-01", "--known-at", "2"}),
              StartsWith("ana is NOT_CERTIFIED"));
  EXPECT_THAT(Print({"standing", "ana", "--known-at", "2024-03-05"}),
              HasSubstr("total 0.00 of 30.00"));
  EXPECT_THAT(Print({"standing", "ana", "--known-at", "2024-03-06 13:00"}),
              HasSubstr("total 1.50 of 30.00"));
  EXPECT_THAT(Print({"standing", "ana", "--json"}),
              AllOf(IsJson(), HasSubstr("\"certificant_id\": \"ana\"")));
}

TEST_F(ToolTest, ExplainStandsOnEvents) {
  EXPECT_THAT(Print({"explain", "ana"}),
              AllOf(StartsWith("ana is ACTIVE at the end of 2025-10-01: certified.\n\nStanding\n"),
                    HasSubstr("\nCredits\n"), HasSubstr("[OUTSIDE_CYCLE; event 6; \"")));
  EXPECT_THAT(Print({"explain", "ana", "--rules", "namss-2025"}), HasSubstr("\nRules\n"));
  EXPECT_THAT(Print({"explain", "ana", "--json"}), AllOf(IsJson(), HasSubstr("OUTSIDE_CYCLE")));
}

TEST_F(ToolTest, Transcript) {
  EXPECT_THAT(Print({"transcript", "ana"}),
              AllOf(StartsWith("For the cycle 2022-05-14 to 2025-12-01"),
                    HasSubstr("\nc2      2022-05-01  BOOK"), HasSubstr("OUTSIDE_CYCLE\n"),
                    EndsWith("Counted: total 1.50 of 30.00, approved 1.50 of 15.00.\n")));
  EXPECT_THAT(Print({"transcript", "ana", "--cycle", "2025", "--json"}), IsJson());
  const Outcome wrong = Run({"transcript", "ana", "--cycle", "2031"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.error, HasSubstr("  reason: CYCLE_NOT_FOUND\n"));
}

TEST_F(ToolTest, AccountDeadlinesTimeline) {
  EXPECT_THAT(Print({"account", "ana"}),
              AllOf(HasSubstr("\n2022-05-14 to 2025-12-01  "),
                    HasSubstr("\np1       200.00  CARD    2025-09-03  2025-09-03  "),
                    EndsWith("Arrears of renewed cycles: 0.00 USD\n")));
  EXPECT_THAT(Print({"account", "ana", "--json"}), IsJson());
  EXPECT_THAT(Print({"deadlines", "ana"}), HasSubstr("2025-12-01  application\n  "));
  EXPECT_THAT(Print({"deadlines", "ana", "--json"}), IsJson());
  EXPECT_THAT(Print({"timeline", "ana"}),
              StartsWith("From        Through     Standing  Certified  Cycle\n"
                         "2022-05-14  2025-12-01  ACTIVE    yes        2022-05-14 to 2025-12-01\n"
                         "2025-12-02  2025-12-31  LATE      yes"));
  EXPECT_THAT(Print({"timeline", "ana", "--json"}), IsJson());
  EXPECT_EQ(Run({"timeline", "ana", "--as-of", "2025-01-01"}).code, 2) << "it has every day";
}

TEST_F(ToolTest, CertificantByIdOrEmail) {
  EXPECT_THAT(Print({"certificant", "ana"}), HasSubstr("Name          Ana Roe\n"));
  EXPECT_THAT(Print({"certificant", "--email", "ANA@example.org"}),
              StartsWith("Certificant   ana\n"));
  EXPECT_THAT(Print({"certificant", "ana", "--json"}), IsJson());
  EXPECT_THAT(Run({"certificant"}).error, HasSubstr("--email ADDRESS"));
  EXPECT_EQ(Run({"certificant", "ana", "--email", "ana@example.org"}).code, 2);
}

TEST_F(ToolTest, ReportAndDue) {
  EXPECT_EQ(Print({"report"}),
            "Certificant           Standing           Credentials   Cycle ends\n"
            "ana                   ACTIVE             CPCS          2025-12-01\n"
            "\n1 certified (log position 7)\n");
  EXPECT_THAT(Print({"report", "--as-of", "2020-01-01"}),
              EndsWith("\n0 certified (log position 7)\n"));
  EXPECT_EQ(Print({"report", "--csv", "--known-at", "2024-03-06"}),
            "certificant_id,standing,credentials,cycle_end_date\r\n"
            "ana,ACTIVE,CPCS,2025-12-01\r\n");
  EXPECT_THAT(Print({"report", "--json"}), IsJson()) << "a line an entry, and one entry";
  EXPECT_EQ(Print({"due", "2025"}),
            "Certificant           Standing           Cycle ends  Complete\n"
            "ana                   ACTIVE             2025-12-01  no\n"
            "\n1 due in 2025 (log position 7)\n");
  EXPECT_THAT(Print({"due", "2025", "--json", "--as-of", "2025-12-05"}),
              HasSubstr("STANDING_LATE"));
  EXPECT_EQ(Run({"due", "2025", "--json", "--csv"}).code, 2) << "one form";
  EXPECT_EQ(Run({"due", "next"}).code, 2);
}

TEST_F(ToolTest, ListsHaveEveryPage) {
  constexpr int kPersons = 1001;  // One more than a page.
  ImportRegisterRequest request;
  request.mutable_header()->set_request_id("import");
  for (int i = 0; i < kPersons; ++i) {
    const std::string id = absl::StrCat("x", 10'000 + i);
    request.add_lines()->mutable_certificant()->set_certificant_id(id);
    request.mutable_lines()->rbegin()->mutable_certificant()->set_name("X");
    auto& grant = *request.add_lines()->mutable_grant();
    grant.set_certificant_id(id);
    grant.set_credential("CPCS");
  }
  request.set_last(true);
  grpc::ClientContext context;
  ImportRegisterResponse response;
  const auto stream = client_->commands().ImportRegister(&context, &response);
  stream->Write(request);
  stream->WritesDone();
  ASSERT_TRUE(stream->Finish().ok());
  ASSERT_EQ(response.event_count(), 2 * kPersons);

  EXPECT_THAT(LinesOf(Print({"report", "--json"})), SizeIs(1 + kPersons));
  EXPECT_THAT(LinesOf(Print({"due", "2028", "--csv"})), SizeIs(1 + kPersons));
  EXPECT_THAT(LinesOf(Print({"history"})), SizeIs(1 + 7 + 2 * kPersons));
  EXPECT_THAT(LinesOf(Print({"history", "--json", "--limit", "1500", "--newest-first"})),
              SizeIs(1500));
}

TEST_F(ToolTest, HistoryBothWays) {
  const auto lines = LinesOf(Print({"history", "ana"}));
  ASSERT_THAT(lines, SizeIs(6));
  EXPECT_THAT(lines[1], HasSubstr("CertificantRegistered"));
  EXPECT_THAT(lines[1], HasSubstr("name=\"Ana Roe\""));
  EXPECT_THAT(lines[5], AllOf(StartsWith("       7  2025-09-03 12:00  2025-09-03 12:00  cert"),
                              HasSubstr("reference=p1 amount=200.00 method=CARD")));
  const auto newest = LinesOf(Print({"history", "ana", "--newest-first", "--limit", "1"}));
  ASSERT_THAT(newest, SizeIs(2));
  EXPECT_EQ(newest[1], lines[5]);
  const auto log = LinesOf(Print({"history", "--from", "1", "--limit", "2", "--json"}));
  ASSERT_THAT(log, SizeIs(2));
  EXPECT_THAT(log[0], AllOf(IsJson(), HasSubstr("RuleSetPublished")));
  EXPECT_EQ(Run({"history", "ana", "--from", "1"}).code, 2) << "positions are the log's";
}

TEST_F(ToolTest, Status) {
  Print({"report"});  // A question waits until the views are up to date.
  EXPECT_THAT(Print({"status"}), AllOf(HasSubstr("at 7, last event recorded 2025-09-03 12:00\n"),
                                       HasSubstr("Views        at 7, up to date\n"),
                                       HasSubstr("Writes       accepted\n")));
  EXPECT_THAT(Print({"status", "--json"}), IsJson());
  EXPECT_EQ(Print({"status", "--check-views"}), "2 certificants checked, 0 differ\n");
  EXPECT_THAT(Print({"status", "--check-views", "--json"}), AllOf(IsJson(), HasSubstr("\"2\"")));
}

TEST_F(ToolTest, ReadOnlyAndClock) {
  EXPECT_EQ(Print({"read-only", "on", "--reason", "drill"}), "Commands are refused.\n");
  const Outcome status = Run({"status"});
  EXPECT_EQ(status.code, 1);
  EXPECT_THAT(status.out, HasSubstr("Writes       refused, read-only: drill\n"));
  EXPECT_THAT(Print({"read-only", "off", "--json"}), HasSubstr("\"previous_read_only\": true"));
  EXPECT_THAT(Print({"status"}), HasSubstr("Writes       accepted\n"));
  EXPECT_EQ(Run({"read-only", "maybe"}).code, 2);

  const std::string now = absl::FormatTime(absl::RFC3339_sec, clock_.Now(), absl::UTCTimeZone());
  EXPECT_EQ(Print({"clock", "confirm", now}), "The clock was not suspect.\n");
  EXPECT_THAT(Run({"clock", "confirm", "2001-01-01T00:00:00Z"}).error, HasSubstr("field: time\n"));
  EXPECT_EQ(Run({"clock", "confirm", "noon"}).code, 2);
}

TEST_F(ToolTest, RefusalsSayWhyAndWhichField) {
  const Outcome nobody = Run({"standing", "zoe"});
  EXPECT_EQ(nobody.code, 1);
  EXPECT_EQ(nobody.out, "");
  EXPECT_THAT(nobody.error, AllOf(StartsWith("No certificant of the id zoe is registered.\n"),
                                  HasSubstr("  reason: CERTIFICANT_NOT_FOUND\n")));
  const Outcome beyond = Run({"standing", "ana", "--known-at", "99"});
  EXPECT_EQ(beyond.code, 1);
  EXPECT_THAT(beyond.error, HasSubstr("  reason: POSITION_BEYOND_HEAD\n"));
  const Outcome no_day = Run({"standing", "ana", "--as-of", "2025-02-30"});
  EXPECT_EQ(no_day.code, 1);
  EXPECT_THAT(no_day.error, HasSubstr("  field: perspective.as_of_date\n"));
  EXPECT_THAT(Run({"standing", "ana", "--rules", "other@1"}).error,
              HasSubstr("  reason: RULE_SET_NOT_FOUND\n"));
  EXPECT_THAT(Run({"standing", "ana", "--rules", "other"}).error,
              HasSubstr("  reason: RULE_SET_NOT_FOUND\n"));
}

TEST_F(ToolTest, RulesShow) {
  EXPECT_THAT(Print({"rules", "show"}), HasSubstr("\nnamss-2025@1      1             published"));
  EXPECT_THAT(Print({"rules", "show", "namss-2025"}),
              AllOf(StartsWith("namss-2025@1, as published:\n\nFigure"),
                    HasSubstr("\nrequirement.dual.approved  ")));
  EXPECT_THAT(Print({"rules", "show", "namss-2025@1", "--year", "2026", "--json"}), IsJson());
  EXPECT_THAT(Print({"rules", "show", "--json"}), IsJson());
  GS_ASSERT_OK_AND_ASSIGN(const auto rules,
                          ParseRules("text", Print({"rules", "show", "namss-2025", "--text"})));
  EXPECT_EQ(rules.DebugString(), ShippedRules().DebugString());
  EXPECT_EQ(Run({"rules", "show", "namss-2025@2"}).code, 1);
}

TEST_F(ToolTest, RulesPreviewThenCorrect) {
  const std::vector<std::string> what = {"namss-2025", "--years", "2025-2027", "--set",
                                         "fees.late=60.00"};
  const auto with = [&](std::vector<std::string> arguments, const std::vector<std::string>& more) {
    arguments.insert(arguments.end(), what.begin(), what.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  };
  const std::string preview = Print(with({"rules", "preview"}, {"--as-of", "2025-12-10"}));
  EXPECT_THAT(preview,
              AllOf(StartsWith("Certificant           Cycle  Figure"),
                    HasSubstr("\nana                   2025   fees.late             50.00"),
                    HasSubstr("\n2 looked at, 1 would change (against version 1, log"),
                    HasSubstr("\n  1 stay LATE, with other figures\n"),
                    HasSubstr("goodstanding rules correct namss-2025 --years 2025-2027 "
                              "--set fees.late=60.00 --reason WHY --authority WHO --preview ")));
  const auto json = LinesOf(Print(with({"rules", "preview"}, {"--as-of", "2025-12-10", "--json"})));
  ASSERT_THAT(json, SizeIs(2));
  EXPECT_THAT(json[0], AllOf(IsJson(), StartsWith("{\"effect\":")));
  EXPECT_THAT(json[1], AllOf(IsJson(), StartsWith("{\"summary\":")));
  const Outcome csv = Run(with({"rules", "preview"}, {"--as-of", "2025-12-10", "--csv"}));
  EXPECT_THAT(csv.out, StartsWith("certificant_id,cycle_end_year,figure,before,after,"
                                  "deciding_figures\r\nana,2025,fees.late,"));
  EXPECT_THAT(csv.error, HasSubstr("1 would change"));

  EXPECT_THAT(Print(with({"rules", "preview"}, {"--as-of", "2025-12-10", "--from", "LAPSED"})),
              AllOf(StartsWith("2 looked at"), HasSubstr("\n  0 of these are listed\n")));
  EXPECT_EQ(Run(with({"rules", "preview"}, {"--to", "late"})).code, 2);

  const size_t digits = preview.find("--preview ") + std::string("--preview ").size();
  const std::string digest = preview.substr(digits, 64);
  EXPECT_EQ(Run(with({"rules", "correct"}, {"--preview", "12", "--reason", "misread"})).code, 2);
  EXPECT_THAT(Run({"rules", "correct", "namss-2025", "--years", "2025", "--set", "fees.late=61.00",
                   "--preview", digest, "--reason", "misread"})
                  .error,
              HasSubstr("  reason: PREVIEW_MISMATCH\n"));
  EXPECT_EQ(Print(with({"rules", "correct"},
                       {"--preview", digest, "--base", "1", "--reason", "misread"})),
            "namss-2025@2 is in force (log position 8)\n");
  const Outcome again = Run(with({"rules", "correct"}, {"--base", "1", "--reason", "misread"}));
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.error, HasSubstr("  reason: RULE_SET_MOVED\n"));
  EXPECT_THAT(Run(with({"rules", "correct"}, {"--preview", digest, "--reason", "misread"})).error,
              HasSubstr("  reason: RULE_SET_MOVED\n"));

  EXPECT_THAT(Print({"rules", "show", "namss-2025"}), HasSubstr("fees.late=60.00  misread"));
  EXPECT_EQ(Print({"rules", "diff", "namss-2025@1", "namss-2025"}),
            "For cycles that end in: 2025-2027\n"
            "What                        Before  After   Figure\n"
            "Fee for a late application  $50.00  $60.00  fees.late\n");
  EXPECT_THAT(Print({"rules", "diff", "namss-2025@1", "namss-2025@2", "--json"}), IsJson());
  EXPECT_THAT(Print({"standing", "ana", "--as-of", "2025-12-10"}), HasSubstr("late 60.00"));
  EXPECT_THAT(Print({"standing", "ana", "--as-of", "2025-12-10", "--rules", "namss-2025@1"}),
              HasSubstr("late 50.00"));
}

TEST_F(ToolTest, RulesReconsider) {
  const std::vector<std::string> proposed = {"rules",
                                             "reconsider",
                                             "namss-2025",
                                             "--years",
                                             "2024-2026",
                                             "--set",
                                             "calendar.late_through=01-31"};
  const auto lines = LinesOf(Print(proposed));
  EXPECT_THAT(lines.back(), HasSubstr(" (version 1 against 2, log position 7)"));
  EXPECT_EQ(Run({"rules", "reconsider", "namss-2025"}).code, 1) << "nothing is corrected yet";
  EXPECT_EQ(Run({"rules", "reconsider", "namss-2025", "--set", "fees.late=1.00"}).code, 2);
  EXPECT_EQ(Run({"rules", "reconsider", "namss-2025", "--since", "1", "--years", "2025"}).code, 2);
  Print({"rules", "correct", "namss-2025", "--years", "2024-2026", "--set",
         "calendar.late_through=01-31", "--reason", "storm"});
  EXPECT_THAT(Print({"rules", "reconsider", "namss-2025", "--since", "1", "--why"}),
              HasSubstr(" (version 1 against 2, log position 8)"));
  const auto json = LinesOf(Print({"rules", "reconsider", "namss-2025", "--json"}));
  EXPECT_THAT(json.back(), AllOf(IsJson(), StartsWith("{\"summary\":")));
}

TEST_F(ToolTest, RulesCorrectFromAFile) {
  type::v1::RuleSet draft = ShippedRules();
  draft.mutable_fees()->set_late("55.00");
  const std::string file = WriteRules("draft.textproto", draft);
  EXPECT_THAT(Print({"rules", "diff", "namss-2025", file}), HasSubstr("$50.00  $55.00  fees.late"));
  EXPECT_THAT(Print({"rules", "preview", "namss-2025", "--years", "2025", "--from-file", file}),
              HasSubstr("2 looked at, "));
  EXPECT_THAT(Print({"rules", "correct", "namss-2025", "--years", "2025", "--from-file", file,
                     "--reason", "draft", "--json"}),
              AllOf(IsJson(), HasSubstr("\"version\": \"2\"")));
  const Outcome nothing = Run({"rules", "correct", "namss-2025", "--years", "2025", "--from-file",
                               file, "--reason", "draft"});
  EXPECT_EQ(nothing.code, 2);
  EXPECT_THAT(nothing.error, HasSubstr("says nothing else"));
}

TEST_F(ToolTest, ARepeatedCorrectionRecordsNothing) {
  const std::vector<std::string> correct = {
      "rules",           "correct",  "namss-2025", "--years",      "2025", "--set",
      "fees.late=60.00", "--reason", "misread",    "--request-id", "once"};
  EXPECT_EQ(Print(correct), Print(correct));
  EXPECT_THAT(LinesOf(Print({"rules", "show"})), SizeIs(3));
}

TEST_F(ToolTest, RulesPublish) {
  type::v1::RuleSet rules = ShippedRules();
  rules.set_name("other-2030");
  auto& years = *rules.add_years();
  years.set_first_year(2030);
  years.set_last_year(2032);
  const std::string file = WriteRules("other.textproto", rules);
  EXPECT_EQ(Print({"rules", "publish", file, "--authority", "Commission"}),
            "other-2030@1 is published and in force (log position 8)\n");
  EXPECT_THAT(Print({"rules", "diff", "other-2030", file}), HasSubstr("They say the same."));
  const Outcome again = Run({"rules", "publish", file});
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.error, HasSubstr("  reason: RULE_SET_EXISTS\n"));
}

TEST_F(ToolTest, RulesValidateNamesEveryFault) {
  type::v1::RuleSet rules = ShippedRules();
  EXPECT_THAT(RunWith({"rules", "validate", WriteRules("good", rules)}).out,
              EndsWith("/good: namss-2025 is valid\n"));
  rules.mutable_fees()->set_late("fifty");
  rules.mutable_calendar()->set_late_through("02-30");
  const std::string file = WriteRules("bad", rules);
  const Outcome bad = RunWith({"rules", "validate", file});
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.out, AllOf(HasSubstr("/bad: calendar.late_through: "),
                             HasSubstr("/bad: fees.late: \"fifty\" is no decimal")));
  const Outcome json = RunWith({"rules", "validate", file, "--json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.out, IsJson());
  const Outcome absent = RunWith({"rules", "validate", "/nowhere/x.textproto"});
  EXPECT_EQ(absent.code, 2);
  EXPECT_THAT(absent.error, HasSubstr("/nowhere/x.textproto: cannot be read"));
}

// Options that are not understood: exit code 2, nothing on standard output, a word on why.
struct Misuse {
  const char* why;
  std::vector<std::string> arguments;
  const char* error;
};

TEST(ToolUse, IsCheckedBeforeAnythingIsAsked) {
  static const auto* const kMisuses = new std::vector<Misuse>{
      {"no command", {}, "A subcommand is required"},
      {"no such command", {"stand", "ana"}, "A subcommand is required"},
      {"no id", {"standing"}, "ID is required"},
      {"no such option", {"standing", "ana", "--as-off", "2025-01-01"}, "--as-off"},
      {"no day", {"standing", "ana", "--as-of", "today"}, "\"today\" is no day: give YYYY-MM-DD"},
      {"no moment", {"explain", "ana", "--known-at", "now"}, "\"now\" is no moment"},
      {"no version", {"account", "ana", "--rules", "x@y"}, "\"x@y\" names no rules"},
      {"no zone", {"standing", "ana", "--time-zone", "Mars/Base"}, "Mars/Base"},
      {"no year", {"due", "20"}, "20"},
      {"a limit of none", {"history", "--limit", "0"}, "0"},
      {"no figure", {"rules", "preview", "n", "--years", "2025", "--set", "60"}, "give PATH=VALUE"},
      {"no years", {"rules", "preview", "n", "--years", "x", "--set", "a=b"}, "FIRST-LAST"},
      {"nothing to correct", {"rules", "preview", "n", "--years", "2025"}, "--from-file FILE"},
      {"both", {"rules", "preview", "n", "--years", "1", "--set", "a=b", "--from-file", "f"}, "f"},
      {"no reason", {"rules", "correct", "n", "--years", "2025", "--set", "a=b"}, "--reason"},
      {"no rules command", {"rules"}, "A subcommand is required"},
      {"no file", {"rules", "diff", "./none", "./none"}, "./none: cannot be read"},
  };
  for (const Misuse& misuse : *kMisuses) {
    SCOPED_TRACE(misuse.why);
    const Outcome outcome = RunWith(misuse.arguments);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.error, HasSubstr(misuse.error));
  }
}

TEST(ToolUse, EveryCommandTeachesByExamples) {
  const std::vector<std::vector<std::string>> commands = {{"standing"},
                                                          {"explain"},
                                                          {"transcript"},
                                                          {"account"},
                                                          {"deadlines"},
                                                          {"timeline"},
                                                          {"certificant"},
                                                          {"report"},
                                                          {"due"},
                                                          {"history"},
                                                          {"status"},
                                                          {"rules"},
                                                          {"rules", "show"},
                                                          {"rules", "diff"},
                                                          {"rules", "publish"},
                                                          {"serve"},
                                                          {"rules", "preview"},
                                                          {"rules", "correct"},
                                                          {"rules", "validate"}};
  for (std::vector<std::string> command : commands) {
    command.emplace_back("--help");
    const Outcome outcome = RunWith(command);
    SCOPED_TRACE(command.front());
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, HasSubstr("\nExamples:\n  goodstanding "));
  }
}

TEST(ToolUse, WithoutAServerItSaysHowToStartOne) {
  const Outcome outcome = RunWith({"standing", "ana", "--server", "127.0.0.1:1"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.error, AllOf(HasSubstr("No server answers at 127.0.0.1:1"),
                                   HasSubstr("goodstanding serve --data DIR")));
}

// The server decides on each command as the generator did, and a repeat changes nothing.
TEST_F(ToolTest, SendsASimulatedBoard) {
  Day("2026-02-01");
  const std::vector<std::string> simulate = {"simulate", "--certificants", "12", "--threads", "4"};
  const Outcome outcome = Run(simulate);
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  int people = 0;
  int accepted = 0;
  int commands = 0;
  ASSERT_EQ(std::sscanf(outcome.out.c_str(), "%d certificants, %d of %d commands", &people,
                        &accepted, &commands),
            3)
      << outcome.out;
  EXPECT_EQ(people, 12);
  EXPECT_GT(commands, 400 + 12 * 20) << "activities, then lives";
  EXPECT_GE(accepted, commands * 98 / 100) << outcome.error;
  EXPECT_THAT(Print({"standing", "m-10000000", "--as-of", "2025-12-31"}), HasSubstr("m-10000000"));
  const auto head = [&] {
    api::v1::GetServerStatusResponse status;
    EXPECT_TRUE(Call(client_->operations(), &api::v1::OperationsService::Stub::GetServerStatus,
                     api::v1::GetServerStatusRequest(), status)
                    .ok());
    return status.head_position();
  };
  const int64_t before = head();
  EXPECT_EQ(Run(simulate).code, 0);
  EXPECT_EQ(head(), before);
  EXPECT_EQ(RunWith({"simulate"}).code, kExitUsage) << "neither folder nor server";
}

}  // namespace
}  // namespace goodstanding::tools
