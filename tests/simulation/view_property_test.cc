// A view that follows the log holds, byte for byte, what one built from nothing holds.
#include <memory>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "base/clock.h"
#include "eventstore/event_store.h"
#include "projections/codec.h"
#include "projections/projector.h"
#include "rocksdb/env.h"
#include "tests/projections/board_fixture.h"
#include "tests/simulation/boards.h"
#include "tests/simulation/properties.h"
#include "tests/simulation/transcript.h"

namespace goodstanding::simulation {
namespace {

// A log and its views, in memory.
class LogInMemory {
 public:
  LogInMemory() : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())), clock_(absl::UnixEpoch()) {
    eventstore::Options options;
    options.path = "/log";
    options.clock = &clock_;
    options.env = env_.get();
    options.memtable_bytes = 1 << 20;
    options.sync = false;
    auto opened = eventstore::EventStore::Open(options);
    GS_CHECK(opened.ok());
    store_ = *std::move(opened);
  }

  void Append(const RecordedFact& fact) {
    clock_.Set(fact.recorded);
    eventstore::AppendRequest request;
    eventstore::Record& record = request.events.emplace_back();
    std::visit(
        [&](const auto& payload) {
          record.set_kind(std::string(projections::KindOf(payload)));
          record.set_payload(payload.SerializeAsString());
        },
        fact.payload);
    record.set_stream(fact.stream);
    record.set_effective_micros(absl::ToUnixMicros(fact.effective));
    record.set_utc_offset_seconds(Zone().At(fact.effective).offset);
    record.mutable_actor()->set_issuer("board");
    record.mutable_actor()->set_subject("clerk");
    GS_CHECK(store_->Append(std::move(request)).ok());
  }

  std::unique_ptr<projections::Views> OpenViews(const std::string& folder) {
    auto views = projections::Views::Open(folder, store_->Origin(), store_->Head(), env_.get());
    GS_CHECK(views.ok());
    return *std::move(views);
  }

  std::unique_ptr<projections::Projector> Follow(projections::Views& views) {
    auto projector = projections::Projector::Start(*store_, views, nullptr);
    GS_CHECK(projector.ok());
    return *std::move(projector);
  }

  int64_t Head() const { return store_->Head(); }

 private:
  const std::unique_ptr<rocksdb::Env> env_;
  ManualClock clock_;
  std::unique_ptr<eventstore::EventStore> store_;
};

std::string FaultOfViews(const History& history) {
  DomainBoard board;
  Transcript transcript;
  for (const Step& step : history.steps) transcript.AddStep(step, board.Take(step));
  LogInMemory log;
  log.Append(board.log().front());
  const auto followed = log.OpenViews("/followed");
  const auto follower = log.Follow(*followed);
  for (size_t i = 1; i < board.log().size(); ++i) {
    log.Append(board.log()[i]);
    // Now and then it is up to date; in between it takes what has gathered.
    if (i % 7 == 0) GS_CHECK(follower->WaitFor(log.Head(), absl::Minutes(1)).ok());
  }
  GS_CHECK(follower->WaitFor(log.Head(), absl::Minutes(1)).ok());
  const auto rebuilt = log.OpenViews("/rebuilt");
  const auto builder = log.Follow(*rebuilt);
  const std::vector<std::string> activities = {"ez-1", "ez-2", "chapter-1", "chapter-2"};
  if (ContentsOf(*followed, activities) == ContentsOf(*rebuilt, activities)) return "";
  return absl::StrCat("the view that followed differs\n", transcript.Text());
}

TEST(ViewProperty, FollowingTheLogIsBuildingAnew) { ExpectOfHistories(15, &FaultOfViews); }

}  // namespace
}  // namespace goodstanding::simulation
