#include "projections/generation_build.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "base/thread_name.h"
#include "google/protobuf/arena.h"
#include "projections/codec.h"
#include "projections/live_rows.h"
#include "projections/sweep.h"

namespace goodstanding::projections {
namespace {

// A range is some seconds of work at most: what a kill loses.
constexpr int64_t kEventsPerRange = 50'000;
constexpr int64_t kMaxRanges = 256;
// So close to the end of the log, the follower can take over.
constexpr int64_t kCloseEvents = 1000;
constexpr int kMaxDifferingIds = 100;
constexpr size_t kArenaBytes = 64 << 10;

int RangeCount(int64_t events) {
  return static_cast<int>(std::clamp<int64_t>(events / kEventsPerRange, 1, kMaxRanges));
}

}  // namespace

GenerationBuild::GenerationBuild(const eventstore::EventStore& store, Views& views,
                                 view::v1::BuildPlan plan, int cores, Tell tell)
    : store_(store),
      views_(views),
      tell_(std::move(tell)),
      pace_(cores, plan.cpu_percent()),
      plan_(std::move(plan)) {
  if (plan_.paused()) pace_.Pause();
  thread_ = std::thread([this] { Run(); });
}

GenerationBuild::~GenerationBuild() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    taken_over_.SignalAll();
  }
  pace_.Stop();
  thread_.join();
}

void GenerationBuild::Pause() { SetPaused(true); }
void GenerationBuild::Resume() { SetPaused(false); }

void GenerationBuild::SetPaused(bool paused) {
  {
    const MutexLock lock(mutex_);
    if (phase_ != Phase::kBuilding && phase_ != Phase::kCatchingUp) return;
    plan_.set_paused(paused);
    // Where it cannot be written, or is not yet, a restart forgets it; nothing else.
    if (on_disk_) views_.Building().WritePlan(plan_).IgnoreError();
  }
  paused ? pace_.Pause() : pace_.Resume();
  TellStatus();
}

void GenerationBuild::Cancel() {
  cancelled_ = true;
  pace_.Stop();
}

BuildStatus GenerationBuild::Status() const {
  const MutexLock lock(mutex_);
  BuildStatus status;
  status.generation = static_cast<uint32_t>(plan_.generation());
  status.cause = plan_.cause();
  status.position = plan_.checkpoint().position();
  status.events_total = status.position;
  status.events_done = std::min<int64_t>(events_done_, status.events_total);
  status.cpu_percent = plan_.cpu_percent();
  status.requested_micros = plan_.requested_micros();
  status.row_count = sum_.row_count();
  status.compared = plan_.compared();
  status.difference_count = sum_.difference_count();
  status.differing_ids.assign(sum_.differing_certificant_ids().begin(),
                              sum_.differing_certificant_ids().end());
  status.error = error_;
  const double seconds = std::chrono::duration<double>(pace_.ActiveTime()).count();
  const auto done_here = static_cast<double>(events_done_ - events_before_);
  if (seconds > 0.1) status.events_per_second = static_cast<int64_t>(done_here / seconds);
  switch (phase_) {
    case Phase::kBuilding:
      status.state = pace_.paused() ? BuildState::kPaused : BuildState::kRunning;
      break;
    case Phase::kCatchingUp:
    case Phase::kReady:
      status.events_done = status.events_total;
      status.state = pace_.paused() ? BuildState::kPaused : BuildState::kCatchingUp;
      break;
    case Phase::kSucceeded:
      status.events_done = status.events_total;
      status.state = BuildState::kSucceeded;
      break;
    case Phase::kFailed:
      status.state = BuildState::kFailed;
      break;
    case Phase::kCancelled:
      status.state = BuildState::kCancelled;
      break;
  }
  return status;
}

void GenerationBuild::Succeed() {
  const MutexLock lock(mutex_);
  phase_ = Phase::kSucceeded;
  taken_over_.SignalAll();
}

void GenerationBuild::Run() {
  NameThread("rebuild");
  TellStatus();
  absl::Status status = Build();
  if (status.ok()) {
    const MutexLock lock(mutex_);
    while (phase_ != Phase::kSucceeded && !stopping_) taken_over_.Wait(mutex_);
    if (phase_ != Phase::kSucceeded) status = absl::CancelledError("stopping");
  }
  End(std::move(status));
  finished_ = true;
}

// What a stopped build made stays; of one that failed or was cancelled nothing does.
void GenerationBuild::End(absl::Status status) {
  if (status.ok()) {
    TellStatus();
    views_.Reclaim().IgnoreError();  // Damage is found again by whoever reads.
    return;
  }
  {
    const MutexLock lock(mutex_);
    if (stopping_ && !cancelled_) return;
  }
  LeaveDisk();
  if (cancelled_) status = absl::CancelledError("the rebuild was cancelled");
  const absl::Status dropped = views_.DropStaged();
  const absl::Status cleared = views_.Building().Clear();
  {
    const MutexLock lock(mutex_);
    error_ = status;
    if (cancelled_ && !dropped.ok()) error_ = dropped;
    if (cancelled_ && !cleared.ok()) error_ = cleared;
    phase_ = cancelled_ ? Phase::kCancelled : Phase::kFailed;
  }
  TellStatus();
}

absl::Status GenerationBuild::Build() {
  GS_RETURN_IF_ERROR(Plan());
  int64_t position = 0;
  size_t ranges = 0;
  {
    const MutexLock lock(mutex_);
    position = plan_.checkpoint().position();
    ranges = static_cast<size_t>(plan_.ranges_size());
  }
  GS_ASSIGN_OR_RETURN(BoardFacts board, LoadBoardFacts(store_, position));
  const RowBuilder rows(board);
  GS_RETURN_IF_ERROR(
      RunTasks(ranges, pace_.threads(), [&](size_t index) { return BuildRange(rows, index); }));
  phase_ = Phase::kCatchingUp;
  LeaveDisk();
  view::v1::BuildPlan plan;
  {
    const MutexLock lock(mutex_);
    plan = plan_;
  }
  GS_RETURN_IF_ERROR(views_.TakeStaged(plan));
  return CatchUp(std::move(board));
}

// Begins the build on disk, or finds it there.
absl::Status GenerationBuild::Plan() {
  const MutexLock lock(mutex_);
  std::optional<view::v1::BuildPlan> begun = views_.Building().ReadPlan();
  if (begun.has_value()) begun->set_paused(plan_.paused());
  if (begun.has_value() && begun->SerializeAsString() == plan_.SerializeAsString()) {
    on_disk_ = true;
    return views_.Building().WritePlan(plan_);
  }
  if (plan_.ranges_size() == 0) {
    GS_ASSIGN_OR_RETURN(
        const std::vector<eventstore::StreamRange> ranges,
        store_.SplitStreams(kCertificantPrefix, RangeCount(plan_.checkpoint().position())));
    for (const eventstore::StreamRange& range : ranges) {
      view::v1::BuildRange& planned = *plan_.add_ranges();
      planned.set_begin(range.begin);
      planned.set_end(range.end);
    }
  }
  GS_RETURN_IF_ERROR(views_.Building().Begin(plan_));
  on_disk_ = true;
  return absl::OkStatus();
}

// The folder is about to go: nothing is written there any more.
void GenerationBuild::LeaveDisk() {
  const MutexLock lock(mutex_);
  on_disk_ = false;
}

absl::Status GenerationBuild::BuildRange(const RowBuilder& rows, size_t index) {
  const int number = static_cast<int>(index);
  if (const auto done = views_.Building().ReadRange(number)) {
    events_before_ += done->event_count();
    Add(*done, done->event_count());
    return absl::OkStatus();
  }
  view::v1::BuiltRange built;
  GS_RETURN_IF_ERROR(FillRange(rows, number, built));
  GS_RETURN_IF_ERROR(views_.Building().CloseRange(number, built));
  Add(built, 0);
  TellStatus();
  return absl::OkStatus();
}

absl::Status GenerationBuild::FillRange(const RowBuilder& rows, int index,
                                        view::v1::BuiltRange& built) {
  eventstore::StreamRange range;
  int64_t position = 0;
  uint32_t generation = 0;
  bool compared = false;
  {
    const MutexLock lock(mutex_);
    range = {plan_.ranges(index).begin(), plan_.ranges(index).end()};
    position = plan_.checkpoint().position();
    generation = static_cast<uint32_t>(plan_.generation());
    compared = plan_.compared();
  }
  std::optional<LiveRows> live;
  if (compared) {
    GS_ASSIGN_OR_RETURN(LiveRows loaded, LiveRows::Load(views_, range, position));
    live.emplace(std::move(loaded));
  }
  RangeFiles files = views_.Building().OpenRange(index, generation);
  Pace::Turn turn;
  std::string bytes;
  std::vector<absl::string_view> activities;
  std::vector<char> block(kArenaBytes);
  google::protobuf::Arena arena(block.data(), block.size());
  const auto take = [&](absl::string_view id, ReplayedCertificant& certificant) -> absl::Status {
    GS_RETURN_IF_ERROR(pace_.Step(turn));
    arena.Reset();
    auto& row = *google::protobuf::Arena::CreateMessage<view::v1::CertificantRow>(&arena);
    rows.Build(certificant, row);
    row.SerializeToString(&bytes);
    activities.clear();
    for (const domain::CreditRecord& record : certificant.state.credits) {
      if (!record.activity_id.empty()) activities.push_back(record.activity_id);
    }
    GS_RETURN_IF_ERROR(files.Add(id, bytes, DueYears(row), activities));
    if (live.has_value()) live->Compare(id, bytes);
    built.set_row_count(built.row_count() + 1);
    built.set_event_count(built.event_count() + certificant.state.version);
    events_done_ += certificant.state.version;
    return absl::OkStatus();
  };
  GS_RETURN_IF_ERROR(pace_.Step(turn));
  GS_RETURN_IF_ERROR(SweepRange(store_, range, position, take));
  GS_RETURN_IF_ERROR(files.Finish());
  if (!live.has_value()) return absl::OkStatus();
  live->Finish();
  built.set_difference_count(static_cast<int64_t>(live->differing().size()));
  for (const std::string& id : live->differing()) {
    if (built.differing_certificant_ids_size() == kMaxDifferingIds) break;
    built.add_differing_certificant_ids(id);
  }
  return absl::OkStatus();
}

void GenerationBuild::Add(const view::v1::BuiltRange& built, int64_t events) {
  events_done_ += events;
  const MutexLock lock(mutex_);
  sum_.set_row_count(sum_.row_count() + built.row_count());
  sum_.set_difference_count(sum_.difference_count() + built.difference_count());
  for (const std::string& id : built.differing_certificant_ids()) {
    if (sum_.differing_certificant_ids_size() == kMaxDifferingIds) break;
    sum_.add_differing_certificant_ids(id);
  }
}

absl::Status GenerationBuild::CatchUp(BoardFacts board) {
  taker_.emplace(store_, views_, PageTaker::Target::kStaged, std::move(board));
  Pace::Turn turn;
  bool taken = true;
  while (taken && store_.Head() - taker_->position() > kCloseEvents) {
    GS_RETURN_IF_ERROR(pace_.Step(turn));
    GS_ASSIGN_OR_RETURN(taken, taker_->TakePage(kPageRecords));
  }
  GS_RETURN_IF_ERROR(pace_.Step(turn));
  const MutexLock lock(mutex_);
  phase_ = Phase::kReady;
  return absl::OkStatus();
}

void GenerationBuild::TellStatus() {
  if (!tell_) return;
  const MutexLock lock(telling_);
  tell_(Status());
}

}  // namespace goodstanding::projections
