// Watching standings through the services.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/services/service_fixture.h"

namespace goodstanding::services {
namespace {

using api::v1::StandingChange;
using api::v1::WatchStandingsRequest;
using api::v1::WatchStandingsResponse;
using ::testing::ElementsAre;

// "12.1 ana ACTIVE -> LAPSED 2026-01-01 DAY"; without the cursor where that is left out.
std::string TextOf(const StandingChange& change, bool with_cursor = true) {
  const auto name = [](const std::string& text, size_t prefix) { return text.substr(prefix); };
  const auto& since = change.since_date();
  return absl::StrCat(
      with_cursor ? absl::StrCat(change.cursor().position(), ".", change.cursor().ordinal(), " ")
                  : "",
      change.certificant_id(), " ", name(type::v1::Standing_Name(change.before()), 9), " -> ",
      name(type::v1::Standing_Name(change.after()), 9), " ", since.year(), "-", since.month(), "-",
      since.day(), " ", name(api::v1::StandingCause_Name(change.cause()), 15));
}

class Watcher {
 public:
  Watcher(const Caller& caller, const WatchStandingsRequest& request)
      : stub_(api::v1::HistoryService::NewStub(caller.channel())) {
    constexpr int64_t kSeconds = 60;
    context_.set_deadline(
        gpr_time_add(gpr_now(GPR_CLOCK_REALTIME), gpr_time_from_seconds(kSeconds, GPR_TIMESPAN)));
    reader_ = stub_->WatchStandings(&context_, request);
  }
  ~Watcher() {
    if (reader_ == nullptr) return;
    context_.TryCancel();
    Finish();
  }

  // Reads until so many changes are there.
  std::vector<StandingChange> Await(size_t count) {
    std::vector<StandingChange> changes;
    WatchStandingsResponse response;
    while (changes.size() < count && reader_->Read(&response)) {
      changes.insert(changes.end(), response.changes().begin(), response.changes().end());
    }
    EXPECT_EQ(changes.size(), count);
    return changes;
  }

  // Reads until it has caught up.
  std::vector<StandingChange> AwaitCaughtUp() {
    std::vector<StandingChange> changes;
    WatchStandingsResponse response;
    while (reader_->Read(&response)) {
      changes.insert(changes.end(), response.changes().begin(), response.changes().end());
      if (response.mark() == api::v1::FEED_MARK_CAUGHT_UP) break;
    }
    EXPECT_EQ(response.mark(), api::v1::FEED_MARK_CAUGHT_UP);
    return changes;
  }

  grpc::Status Finish() {
    WatchStandingsResponse response;
    while (reader_->Read(&response)) {
    }
    const grpc::Status status = reader_->Finish();
    reader_.reset();
    return status;
  }

 private:
  std::unique_ptr<api::v1::HistoryService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<WatchStandingsResponse>> reader_;
};

class StandingsWatchTest : public ServiceTest {
 protected:
  StandingsWatchTest() {
    options().day_check_interval = absl::Milliseconds(1);
    Restart();
    // The first thing that a server does: to close the days before.
    Watcher(caller(), WatchStandingsRequest()).AwaitCaughtUp();
    AwaitHead(2);
  }

  void AwaitHead(int64_t head) {
    api::v1::SubscribeRequest request;
    request.set_after_position(head - 1);
    const auto stub = api::v1::HistoryService::NewStub(caller().channel());
    grpc::Status status;
    do {  // Beyond the head it is refused.
      grpc::ClientContext context;
      api::v1::SubscribeResponse response;
      const auto reader = stub->Subscribe(&context, request);
      if (reader->Read(&response) && response.head_position() >= head) return context.TryCancel();
      context.TryCancel();
      status = reader->Finish();
    } while (true);
  }

  std::vector<std::string> All(const WatchStandingsRequest& request = WatchStandingsRequest()) {
    std::vector<std::string> texts;
    for (const StandingChange& change : Watcher(caller(), request).AwaitCaughtUp()) {
      texts.push_back(TextOf(change));
    }
    return texts;
  }
};

TEST_F(StandingsWatchTest, TellsOfEventsAndOfDaysThatPassAndGoesOnAnywhere) {
  Watcher watcher(caller(), WatchStandingsRequest());
  Certify("ana");  // In the cycle that ends in 2025.
  Certify("bo");
  std::vector<StandingChange> changes = watcher.Await(2);
  EXPECT_THAT(TextOf(changes[0], false), "ana NOT_CERTIFIED -> ACTIVE 2022-5-14 EVENT");
  EXPECT_THAT(TextOf(changes[1], false), "bo NOT_CERTIFIED -> ACTIVE 2022-5-14 EVENT");

  SetClock("2026-01-03");  // Many days at once, two of which move the standing.
  changes = watcher.Await(4);
  std::vector<std::string> texts;
  for (const StandingChange& change : changes) texts.push_back(TextOf(change, false));
  EXPECT_THAT(texts,
              ElementsAre("ana ACTIVE -> LATE 2025-12-2 DAY", "ana LATE -> LAPSED 2026-1-1 DAY",
                          "bo ACTIVE -> LATE 2025-12-2 DAY", "bo LATE -> LAPSED 2026-1-1 DAY"));
  EXPECT_EQ(changes[0].cursor().position(), changes[3].cursor().position());
  EXPECT_EQ(changes[3].cursor().ordinal(), 4);

  const std::vector<std::string> all = All();
  EXPECT_EQ(all.size(), 6u);
  WatchStandingsRequest rest;
  *rest.mutable_after() = changes[2].cursor();
  EXPECT_THAT(All(rest), ElementsAre(TextOf(changes[3])));
  WatchStandingsRequest of_bo;
  of_bo.add_certificant_ids("bo");
  EXPECT_EQ(All(of_bo).size(), 3u);
  WatchStandingsRequest small;
  small.set_page_size(1);
  EXPECT_EQ(All(small), all);

  Restart([this] { std::filesystem::remove_all(folder() + "/views"); });
  EXPECT_EQ(All(), all);
  EXPECT_THAT(All(rest), ElementsAre(TextOf(changes[3])));
}

TEST_F(StandingsWatchTest, TellsOfAnAnnulmentAtItsOwnEventAndOfTheOneThatTakesItBack) {
  Certify("ana");
  const auto revoked = Do("RevokeCredential", "certificant_id: 'ana' reason: 'conduct'");
  const auto annul = [&](int64_t position) {
    return Do("AnnulFact",
              absl::StrCat("certificant_id: 'ana' reason: 'not her' fact_position: ", position))
        .position();
  };
  const int64_t annulled = annul(revoked.position());
  const int64_t undone = annul(annulled);
  const std::vector<std::string> all = All();
  ASSERT_EQ(all.size(), 4u);  // Certified and revoked before.
  EXPECT_EQ(all[2], absl::StrCat(annulled, ".1 ana REVOKED -> ACTIVE 2022-5-14 EVENT"));
  EXPECT_THAT(all[3], ::testing::StartsWith(absl::StrCat(undone, ".1 ana ACTIVE -> REVOKED")));

  api::v1::ListCertificantEventsRequest request;
  request.set_certificant_id("ana");
  const auto history = Ask<api::v1::ListCertificantEventsResponse>(request);
  for (const api::v1::HistoryEvent& event : history.events()) {
    EXPECT_EQ(event.annulment_position(), 0) << event.record().kind();
  }
  const int64_t again = annul(revoked.position());
  int marked = 0;
  const auto later = Ask<api::v1::ListCertificantEventsResponse>(request);
  for (const api::v1::HistoryEvent& event : later.events()) {
    if (event.annulment_position() == 0) continue;
    ++marked;
    EXPECT_EQ(event.record().kind(), "CredentialRevoked");
    EXPECT_EQ(event.annulment_position(), again);
  }
  EXPECT_EQ(marked, 1);
}

TEST_F(StandingsWatchTest, TellsOfACorrectionAtItsOwnEvent) {
  Certify("ana");
  SetClock("2025-12-20");
  Watcher watcher(caller(), WatchStandingsRequest());
  EXPECT_EQ(watcher.Await(2).size(), 2u);  // Certified, then late.
  const auto receipt = Do("CorrectRuleSet",
                          "name: 'namss-2025' years { first_year: 2025 last_year: 2025 }"
                          " changes { path: 'calendar.late_through' value: '12-15' }"
                          " reason: 'misread'");
  const std::vector<StandingChange> corrected = watcher.Await(1);
  EXPECT_EQ(TextOf(corrected[0]),
            absl::StrCat(receipt.position(), ".1 ana LATE -> LAPSED 2025-12-16 RULES"));
  Do("CorrectRuleSet",
     "name: 'namss-2025' years { first_year: 2025 last_year: 2025 }"
     " changes { path: 'fees.late' value: '70.00' } reason: 'misread'");
  EXPECT_EQ(All().size(), 3u) << "a fee moves no standing";
}

TEST_F(StandingsWatchTest, RefusesWhatIsNoCursorOfThisLog) {
  struct Row {
    const char* reason;
    const char* request;
    const char* wanted;
    const char* field;
  };
  const Row rows[] = {
      {"before the log", "after { position: -1 }", "INVALID_ARGUMENT", "after.position"},
      {"beyond the head", "after { position: 1000 }", "POSITION_BEYOND_HEAD", ""},
      {"no such number", "after { position: 1 ordinal: -1 }", "INVALID_ARGUMENT", "after.ordinal"},
      {"a number of nothing", "after { ordinal: 1 }", "INVALID_ARGUMENT", "after.ordinal"},
      {"another log", "origin: 'goodstanding/other'", "LOG_REPLACED", "origin"},
      {"no id", "certificant_ids: 'ana' certificant_ids: ''", "INVALID_ARGUMENT",
       "certificant_ids[1]"},
      {"a negative page", "page_size: -1", "INVALID_ARGUMENT", "page_size"},
      {"too short an interval", "mark_interval { nanos: 1 }", "INVALID_ARGUMENT", "mark_interval"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.reason);
    const grpc::Status status =
        Watcher(caller(), Text<WatchStandingsRequest>(row.request)).Finish();
    EXPECT_EQ(ReasonOf(status), row.wanted);
    EXPECT_EQ(FieldOf(status), row.field);
  }
}

TEST_F(StandingsWatchTest, EndsWhenTheServerStops) {
  Watcher watcher(caller(), WatchStandingsRequest());
  watcher.AwaitCaughtUp();
  server().Shutdown(absl::Seconds(5));
  const grpc::Status status = watcher.Finish();
  EXPECT_EQ(ReasonOf(status), "SERVER_STOPPING");
}

TEST_F(StandingsWatchTest, TellsOfAMergeForBothIdsAndOfItsUndoing) {
  Do("RegisterCertificant", "certificant_id: 'ann' name: 'Ann Roe' email: 'ann@example.org'");
  Certify("ana");
  const int64_t before = Head();
  const int64_t merged =
      Do("MergeCertificants",
         "certificant_id: 'ann' merged_certificant_id: 'ana' reason: 'registered twice'")
          .position();
  WatchStandingsRequest request;
  request.mutable_after()->set_position(before);
  auto changes = Watcher(caller(), request).AwaitCaughtUp();
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(TextOf(changes[0]),
            absl::StrCat(merged, ".1 ann NOT_CERTIFIED -> ACTIVE 2022-5-14 EVENT"));
  EXPECT_EQ(changes[0].survivor_id(), "");
  EXPECT_EQ(TextOf(changes[1]),
            absl::StrCat(merged + 1, ".1 ana ACTIVE -> ACTIVE 2022-5-14 EVENT"));
  EXPECT_EQ(changes[1].survivor_id(), "ann");

  // Whoever watches the other id is told of the survivor from then on, wherever it begins.
  Do("RevokeCredential", "certificant_id: 'ann' reason: 'conduct'");
  const int64_t revoked = Head();
  request.add_certificant_ids("ana");
  const auto told = All(request);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_THAT(told[1], ::testing::StartsWith(absl::StrCat(revoked, ".1 ann ACTIVE -> REVOKED")));
  request.mutable_after()->set_position(merged + 1);
  EXPECT_THAT(All(request), ElementsAre(told[1]));

  Do("AnnulFact",
     absl::StrCat("certificant_id: 'ann' reason: 'two persons' fact_position: ", merged));
  request.mutable_after()->set_position(revoked);
  changes = Watcher(caller(), request).AwaitCaughtUp();
  ASSERT_FALSE(changes.empty());
  EXPECT_THAT(TextOf(changes.back()), ::testing::HasSubstr("ana REVOKED -> ACTIVE"));
  EXPECT_EQ(changes.back().survivor_id(), "");
}

}  // namespace
}  // namespace goodstanding::services
