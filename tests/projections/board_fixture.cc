#include "tests/projections/board_fixture.h"

#include <fcntl.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/text_format.h>

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "domain/decide.h"
#include "projections/codec.h"
#include "projections/row_builder.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::projections {
namespace {

using domain::Date;
using event::v1::ActivityEvent;
using event::v1::RuleSetEvent;

constexpr int32_t kOffsetSeconds = -18'000;
constexpr int kFirstYear = 1990;
constexpr int kLastYear = 2080;

int64_t NoonMicros(Date day) {
  return (int64_t{day.number()} * 86'400 + 43'200 - kOffsetSeconds) * 1'000'000;
}

type::v1::RuleSet ReadRules() {
  type::v1::RuleSet rules;
  const int file = open(GOODSTANDING_RULES_FILE, O_RDONLY);
  google::protobuf::io::FileInputStream stream(file);
  stream.SetCloseOnDelete(true);
  EXPECT_TRUE(google::protobuf::TextFormat::Parse(&stream, &rules)) << GOODSTANDING_RULES_FILE;
  return rules;
}

}  // namespace

Date Day(absl::string_view text) { return Date::Parse(text).value(); }

CertificantEvent Registered() {
  CertificantEvent event;
  event.mutable_certificant_registered()->set_name("Ana Roe");
  event.mutable_certificant_registered()->set_email("ana@example.org");
  return event;
}

CertificantEvent Granted(absl::string_view credential) {
  CertificantEvent event;
  event.mutable_credential_granted()->set_credential(std::string(credential));
  return event;
}

CertificantEvent Credit(absl::string_view reference, absl::string_view kind,
                        absl::string_view completed, int64_t minutes,
                        absl::string_view activity_id) {
  CertificantEvent event;
  event::v1::CreditRecorded& credit = *event.mutable_credit_recorded();
  credit.set_reference(std::string(reference));
  credit.set_activity_kind(std::string(kind));
  *credit.mutable_completed_date() = Day(completed).ToProto();
  credit.mutable_amount()->set_minutes(minutes);
  credit.set_activity_id(std::string(activity_id));
  credit.set_documented(true);
  credit.set_source(type::v1::CREDIT_SOURCE_SELF);
  return event;
}

CertificantEvent Paid(absl::string_view reference, absl::string_view dated, int64_t cents) {
  CertificantEvent event;
  event::v1::PaymentReceived& payment = *event.mutable_payment_received();
  payment.set_reference(std::string(reference));
  payment.set_amount_minor_units(cents);
  payment.set_method(type::v1::PAYMENT_METHOD_CARD);
  *payment.mutable_dated_date() = Day(dated).ToProto();
  return event;
}

CertificantEvent Submitted() {
  CertificantEvent event;
  event.mutable_application_submitted();
  return event;
}

CertificantEvent Renewed() {
  CertificantEvent event;
  event.mutable_certification_renewed();
  return event;
}

CertificantEvent Member(absl::string_view first, absl::string_view last) {
  CertificantEvent event;
  type::v1::Period& period = *event.mutable_membership_recorded()->mutable_period();
  *period.mutable_first_date() = Day(first).ToProto();
  *period.mutable_last_date() = Day(last).ToProto();
  return event;
}

CertificantEvent Noticed() {
  CertificantEvent event;
  event.mutable_notice_sent()->set_notice("APPLICATION_OPENS");
  event.mutable_notice_sent()->set_channel("email");
  return event;
}

event::v1::RuleSetCorrected Proposed(int first_year, int last_year, const FigureValues& figures) {
  event::v1::RuleSetCorrected correction;
  correction.mutable_years()->set_first_year(first_year);
  correction.mutable_years()->set_last_year(last_year);
  for (const auto& [path, value] : figures) {
    type::v1::FigureChange& change = *correction.add_changes();
    change.set_path(path);
    change.set_value(value);
  }
  return correction;
}

Contents ContentsOf(const Views& views, const std::vector<std::string>& activity_ids) {
  Contents contents;
  GS_EXPECT_OK(views.Scan("", [&](absl::string_view id, const view::v1::CertificantRow& row) {
    contents[absl::StrCat("row ", id)] = row.SerializeAsString();
    return true;
  }));
  for (int year = kFirstYear; year <= kLastYear; ++year) {
    GS_EXPECT_OK(
        views.ScanDue(year, "", [&](absl::string_view id, const view::v1::CertificantRow& row) {
          contents[absl::StrCat("due ", year, " ", id)] = row.SerializeAsString();
          return true;
        }));
  }
  for (const std::string& activity_id : activity_ids) {
    const auto ids = views.CertificantsOf(activity_id);
    GS_EXPECT_OK(ids);
    for (const std::string& id : ids.value_or(std::vector<std::string>())) {
      contents[absl::StrCat("activity ", activity_id, " ", id)] = "";
    }
  }
  return contents;
}

BoardTest::BoardTest()
    : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())),
      clock_(absl::FromUnixMicros(NoonMicros(Day("2060-01-01")))) {
  eventstore::Options options;
  options.path = "/store";
  options.clock = &clock_;
  options.env = env_.get();
  options.memtable_bytes = 1 << 20;
  options.sync = false;
  auto opened = eventstore::EventStore::Open(options);
  EXPECT_THAT(opened, testing::IsOk());
  store_ = *std::move(opened);
  RuleSetEvent published;
  *published.mutable_rule_set_published()->mutable_rule_set() = ReadRules();
  published.mutable_rule_set_published()->set_authority("Commission");
  TellRaw(RulesStream(published.rule_set_published().rule_set().name()), "RuleSetPublished",
          published.SerializeAsString(), Day("2020-01-01"));
}

int64_t BoardTest::TellRaw(absl::string_view stream, absl::string_view kind,
                           absl::string_view payload, Date day) {
  eventstore::AppendRequest request;
  eventstore::Record& record = request.events.emplace_back();
  record.set_stream(std::string(stream));
  record.set_kind(std::string(kind));
  record.set_payload(std::string(payload));
  record.set_effective_micros(NoonMicros(day));
  record.set_utc_offset_seconds(kOffsetSeconds);
  record.mutable_actor()->set_issuer("board");
  record.mutable_actor()->set_subject("clerk");
  const auto outcome = store_->Append(std::move(request));
  EXPECT_THAT(outcome, testing::IsOk());
  return outcome.ok() ? outcome->last_position : 0;
}

int64_t BoardTest::Tell(absl::string_view certificant_id, absl::string_view day,
                        const CertificantEvent& event) {
  return TellRaw(CertificantStream(certificant_id), KindOf(event), event.SerializeAsString(),
                 Day(day));
}

int64_t BoardTest::Approve(absl::string_view activity_id, absl::string_view day) {
  ActivityEvent event;
  event::v1::ActivityApproved& approved = *event.mutable_activity_approved();
  approved.set_sponsor("State chapter");
  approved.set_title("Credentialing in depth");
  approved.mutable_credits()->set_hundredths(600);
  *approved.mutable_period()->mutable_first_date() = Day("2020-01-01").ToProto();
  *approved.mutable_period()->mutable_last_date() = Day("2049-12-31").ToProto();
  return TellRaw(ActivityStream(activity_id), KindOf(event), event.SerializeAsString(), Day(day));
}

int64_t BoardTest::Withdraw(absl::string_view activity_id, absl::string_view day) {
  ActivityEvent event;
  event.mutable_activity_withdrawn()->set_reason("No syllabus.");
  return TellRaw(ActivityStream(activity_id), KindOf(event), event.SerializeAsString(), Day(day));
}

int64_t BoardTest::Correct(int first_year, int last_year, absl::string_view path,
                           absl::string_view value) {
  const event::v1::RuleSetCorrected correction =
      Proposed(first_year, last_year, {{std::string(path), std::string(value)}});
  const auto board = LoadBoardFacts(*store_, store_->Head());
  EXPECT_THAT(board, testing::IsOk());
  const auto event = board->rulebook->DecideCorrect("namss-2025", 0, correction);
  EXPECT_THAT(event, testing::IsOk());
  return TellRaw(RulesStream("namss-2025"), KindOf(*event), event->SerializeAsString(),
                 Day("2025-01-01"));
}

bool BoardTest::Command(absl::string_view certificant_id, Date day,
                        const CertificantEvent& proposed) {
  const auto board = LoadBoardFacts(*store_, store_->Head());
  const auto state = LoadCertificant(*store_, certificant_id, domain::Knowledge{});
  EXPECT_THAT(board, testing::IsOk());
  EXPECT_THAT(state, testing::IsOk());
  const domain::RulebookView rules = board->rulebook->Newest();
  day = domain::BoardPostedDay(proposed).value_or(day);
  const domain::CommandContext context{
      .effective = domain::Moment::FromUtc(NoonMicros(day), kOffsetSeconds),
      .now = domain::Moment::FromUtc(absl::ToUnixMicros(clock_.Now()), kOffsetSeconds),
      .head_position = store_->Head(),
      .time_zone_database = "2025b"};
  const auto event = domain::Decide({*state, rules, *board->catalogue, {}}, proposed, context);
  if (!event.ok()) return false;
  TellRaw(CertificantStream(certificant_id), KindOf(*event), event->SerializeAsString(), day);
  return true;
}

void BoardTest::TellShortLife(absl::string_view id) {
  Tell(id, "2022-05-14", Registered());
  Tell(id, "2022-05-14", Granted("CPCS"));
  Tell(id, "2023-02-01", Credit("c1", "SPONSORED", "2023-01-31", 600));
}

void BoardTest::TellLongLife(absl::string_view id) {
  EXPECT_TRUE(Command(id, Day("2022-05-14"), Registered()));
  EXPECT_TRUE(Command(id, Day("2022-05-14"), Granted("CPCS")));
  EXPECT_TRUE(Command(id, Day("2023-03-01"), Member("2023-03-01", "2026-02-28")));
  EXPECT_TRUE(Command(id, Day("2023-06-02"), Credit("c1", "SPONSORED", "2023-06-01", 1'200)));
  EXPECT_TRUE(Command(id, Day("2024-06-02"), Credit("c2", "SPONSORED", "2024-06-01", 600)));
  EXPECT_TRUE(Command(id, Day("2025-08-02"), Submitted()));
  EXPECT_TRUE(Command(id, Day("2025-08-03"), Paid("p1", "2025-08-03", 20'000)));
  EXPECT_TRUE(Command(id, Day("2025-09-01"), Renewed()));
  EXPECT_TRUE(Command(id, Day("2026-07-01"), Credit("c3", "SPONSORED", "2026-06-30", 300)));
}

std::unique_ptr<Views> BoardTest::OpenViews(absl::string_view folder) {
  auto views = Views::Open(std::string(folder), store_->Origin(), store_->Head(), env_.get());
  EXPECT_THAT(views, testing::IsOk());
  return *std::move(views);
}

std::unique_ptr<Projector> BoardTest::Start(Views& views) {
  auto projector = Projector::Start(*store_, views, {});
  EXPECT_THAT(projector, testing::IsOk());
  EXPECT_THAT((*projector)->WaitFor(store_->Head(), absl::Minutes(1)), testing::IsOk());
  return *std::move(projector);
}

Contents BoardTest::Rebuilt(const std::vector<std::string>& activity_ids) {
  const std::unique_ptr<Views> views = OpenViews(absl::StrCat("/scratch-", ++scratch_folders_));
  const std::unique_ptr<Projector> projector = Start(*views);
  return ContentsOf(*views, activity_ids);
}

void BoardTest::ExpectConsistent(const Views& views) {
  const int64_t position = views.GetCheckpoint().position();
  const auto board = LoadBoardFacts(*store_, position);
  ASSERT_THAT(board, testing::IsOk());
  const RowBuilder builder(*board);
  Contents wanted;
  std::set<std::string> activities;
  const auto streams = store_->ListStreams(kCertificantPrefix, "", 100'000);
  ASSERT_THAT(streams, testing::IsOk());
  for (const std::string& stream : *streams) {
    const std::string id(*StreamId(stream, kCertificantPrefix));
    const auto certificant = ReplayCertificant(*store_, id, {.max_position = position});
    ASSERT_THAT(certificant, testing::IsOk());
    if (certificant->state.version == 0) continue;
    const view::v1::CertificantRow row = builder.Build(*certificant);
    wanted[absl::StrCat("row ", id)] = row.SerializeAsString();
    for (const int year : DueYears(row)) {
      wanted[absl::StrCat("due ", year, " ", id)] = row.SerializeAsString();
    }
    for (const std::string& activity_id : ActivitiesOf(certificant->state)) {
      wanted[absl::StrCat("activity ", activity_id, " ", id)] = "";
      activities.insert(activity_id);
    }
  }
  EXPECT_EQ(ContentsOf(views, {activities.begin(), activities.end()}), wanted);
}

}  // namespace goodstanding::projections
