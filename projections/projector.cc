#include "projections/projector.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/cores.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "base/thread_name.h"
#include "projections/page_taker.h"
#include "projections/row_builder.h"

namespace goodstanding::projections {
namespace {

// While nobody waits, and the views are less than so many events behind, the follower rests this
// many times as long as it worked: in a burst commands come first, and the longer it rests, the
// more events of a person it takes in one go.
constexpr int64_t kRestedEvents = 50'000;  // Some seconds of work.
constexpr int kRest = 9;
constexpr std::chrono::nanoseconds kShortestRest = std::chrono::milliseconds(10);
constexpr std::chrono::nanoseconds kLongestRest = std::chrono::seconds(1);
// A burst is over once nothing was recorded for so long.
constexpr std::chrono::nanoseconds kBurstPause = std::chrono::milliseconds(50);
// How long the follower can take to notice that it is to stop, or that a build is ready. A new
// event wakes it at once.
constexpr absl::Duration kLongestWait = absl::Milliseconds(10);
// Builds that ended and are still told of.
constexpr size_t kKeptBuilds = 16;

using Then = std::function<void(const absl::Status&)>;
using view::v1::BuildCause;
using view::v1::BuildPlan;

class Follower final : public Projector {
 public:
  Follower(const eventstore::EventStore& store, Views& views, const ProjectorOptions& options)
      : store_(store),
        views_(views),
        options_(options),
        cores_(options.build_cores > 0 ? options.build_cores : UsableCores()) {}

  ~Follower() override {
    {
      const MutexLock lock(mutex_);
      stopping_ = true;
      waiting_.SignalAll();
    }
    if (thread_.joinable()) thread_.join();
    Stop(absl::CancelledError("the projector was stopped"));
    std::vector<std::shared_ptr<GenerationBuild>> builds;
    const MutexLock lock(mutex_);
    builds.swap(leaving_);
    builds.push_back(std::move(build_));
  }

  // Finds where the views stand, and what has to be built.
  absl::Status Begin() {
    const view::v1::Checkpoint checkpoint = views_.GetCheckpoint();
    const int64_t head = store_.Head();
    const int64_t position = checkpoint.position();
    BuildCause cause = view::v1::BUILD_CAUSE_UNSPECIFIED;
    if (head > 0 && (position == 0 || !IsOfThisProgram(checkpoint))) {
      cause = view::v1::BUILD_CAUSE_PROGRAM;
    } else {
      GS_ASSIGN_OR_RETURN(BoardFacts board, LoadBoardFacts(store_, position));
      Publish(board);
      live_.emplace(store_, views_, PageTaker::Target::kLive, std::move(board));
      // Going person by person is less work then than page by page.
      if (head - position > head / 2) cause = view::v1::BUILD_CAUSE_BEHIND;
    }
    GS_RETURN_IF_ERROR(ResumeFromDisk(head));
    if (cause != view::v1::BUILD_CAUSE_UNSPECIFIED) NeedBuild(cause);
    thread_ = std::thread([this] { Follow(); });
    return absl::OkStatus();
  }

  int64_t AppliedPosition() const override { return applied_; }

  void WhenApplied(int64_t position, Then then) override {
    absl::Status status;
    {
      const MutexLock lock(mutex_);
      if (position > board_.position) {
        if (status_.ok()) {
          waiters_.emplace(position, std::move(then));
          waiting_.SignalAll();
          return;
        }
        status = status_;
      }
    }
    then(status);
  }

  BoardFacts Board() const override {
    const MutexLock lock(mutex_);
    return board_;
  }

  absl::Status Health() const override {
    const MutexLock lock(mutex_);
    return status_;
  }

  absl::StatusOr<uint32_t> StartBuild(int cpu_percent, int64_t requested_micros) override {
    const MutexLock lock(mutex_);
    if (!status_.ok()) return status_;
    LetGo();
    if (build_ != nullptr || needed_ != view::v1::BUILD_CAUSE_UNSPECIFIED) {
      return absl::FailedPreconditionError(absl::StrCat(
          build_ != nullptr ? build_->Status().generation : views_.Live().generation + 1));
    }
    BuildPlan plan = PlanAt(board_.position, view::v1::BUILD_CAUSE_REQUESTED);
    if (cpu_percent > 0) plan.set_cpu_percent(cpu_percent);
    plan.set_requested_micros(requested_micros);
    plan.set_compared(true);
    const auto generation = static_cast<uint32_t>(plan.generation());
    BeginBuild(std::move(plan));
    return generation;
  }

  std::vector<BuildStatus> Builds() const override {
    const MutexLock lock(mutex_);
    std::vector<BuildStatus> builds;
    if (build_ != nullptr) builds.push_back(StatusOf(*build_));
    builds.insert(builds.end(), ended_.begin(), ended_.end());
    return builds;
  }

  absl::Status PauseBuild(uint32_t generation) override {
    return WithBuild(generation, [](GenerationBuild& build) { build.Pause(); });
  }

  absl::Status ResumeBuild(uint32_t generation) override {
    return WithBuild(generation, [](GenerationBuild& build) { build.Resume(); });
  }

  absl::Status CancelBuild(uint32_t generation) override {
    {
      const MutexLock lock(mutex_);
      if (build_ != nullptr && IsNeeded(*build_) && build_->Status().generation == generation) {
        return absl::FailedPreconditionError("the views cannot follow the log without this build");
      }
    }
    return WithBuild(generation, [](GenerationBuild& build) { build.Cancel(); });
  }

 private:
  void Follow() {
    NameThread("projector");
    while (!stopping_) {
      const absl::Status status = Step();
      if (!status.ok()) return Stop(status);
    }
  }

  // One page of the log, or one look at the build.
  absl::Status Step() {
    GS_RETURN_IF_ERROR(MindBuild());
    if (NeedsBuild()) {
      Pause();
      return absl::OkStatus();
    }
    const int64_t next = live_->position() + 1;
    if (store_.WaitForHead(next, kLongestWait) < next) return absl::OkStatus();
    const auto begin = std::chrono::steady_clock::now();
    const bool calm = IsCalm();
    GS_ASSIGN_OR_RETURN(const bool taken, live_->TakePage(calm ? kShortPageRecords : kPageRecords));
    if (!taken) {
      NeedBuild(view::v1::BUILD_CAUSE_RULES);
      return absl::OkStatus();
    }
    Publish(live_->board());
    const auto worked = std::chrono::steady_clock::now() - begin;
    if (calm) Rest(kRest * worked);
    return absl::OkStatus();
  }

  // Whether nobody waits, and little is to be done.
  bool IsCalm() {
    if (store_.Head() - AppliedPosition() >= kRestedEvents) return false;
    const MutexLock lock(mutex_);
    return waiters_.empty();
  }

  // Until somebody waits, the burst is over, or for so long.
  void Rest(std::chrono::nanoseconds time) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::clamp(time, kShortestRest, kLongestRest);
    int64_t head = store_.Head();
    const MutexLock lock(mutex_);
    while (waiters_.empty() && !stopping_ && Clock::now() < end) {
      const auto pause = std::min<std::chrono::nanoseconds>(end - Clock::now(), kBurstPause);
      if (waiting_.WaitFor(mutex_, pause)) continue;
      if (head == store_.Head()) return;
      head = store_.Head();
    }
  }

  void Pause() {
    const MutexLock lock(mutex_);
    if (!stopping_) waiting_.WaitFor(mutex_, absl::ToChronoNanoseconds(kLongestWait));
  }

  // --- Builds.

  bool NeedsBuild() const {
    const MutexLock lock(mutex_);
    return needed_ != view::v1::BUILD_CAUSE_UNSPECIFIED;
  }

  void NeedBuild(BuildCause cause) {
    const MutexLock lock(mutex_);
    needed_ = cause;
  }

  // Begins the build that is needed, takes over one that is ready, and lets one go that has ended.
  absl::Status MindBuild() {
    std::shared_ptr<GenerationBuild> build;
    std::vector<std::shared_ptr<GenerationBuild>> gone;  // Joined without the lock.
    {
      const MutexLock lock(mutex_);
      for (auto& leaving : leaving_) {
        if (leaving->finished()) gone.push_back(std::move(leaving));
      }
      std::erase(leaving_, nullptr);
      GS_RETURN_IF_ERROR(JudgeBuild());
      GiveWay();
      LetGo();
      if (build_ == nullptr && needed_ != view::v1::BUILD_CAUSE_UNSPECIFIED) {
        BeginBuild(PlanAt(store_.Head(), needed_));
        resumed_ = false;
      }
      build = build_;
    }
    return build != nullptr && build->ready() ? TakeOver(*build) : absl::OkStatus();
  }

  // The error of a build that failed, where there is no going on without it. What an earlier
  // process left may be damaged: then it is built anew.
  absl::Status JudgeBuild() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (build_ == nullptr || resumed_) return absl::OkStatus();
    const BuildStatus status = build_->Status();
    const bool fatal = status.state == BuildState::kFailed && status.cause == needed_;
    return fatal ? status.error : absl::OkStatus();
  }

  // Ends a build that somebody asked for where another one is needed: it would only be in the way.
  void GiveWay() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (build_ != nullptr && needed_ != view::v1::BUILD_CAUSE_UNSPECIFIED && !IsNeeded(*build_)) {
      build_->Cancel();
    }
  }

  bool IsNeeded(const GenerationBuild& build) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const BuildStatus status = build.Status();
    return !status.ended() && needed_ != view::v1::BUILD_CAUSE_UNSPECIFIED &&
           status.cause != view::v1::BUILD_CAUSE_REQUESTED;
  }

  // Makes room for another build where one has ended; it may be clearing up still.
  void LetGo() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (build_ == nullptr || !build_->Status().ended()) return;
    ended_.insert(ended_.begin(), StatusOf(*build_));
    if (ended_.size() > kKeptBuilds) ended_.pop_back();
    leaving_.push_back(std::move(build_));
    build_.reset();
  }

  // Brings the staged generation to where the live one stands, and makes it live. This is the one
  // place where the live generation changes: whoever has to record or to tell that does it here.
  absl::Status TakeOver(GenerationBuild& build) {
    PageTaker& staged = build.taker();
    while (live_.has_value() && staged.position() < live_->position()) {
      GS_ASSIGN_OR_RETURN(const bool taken, staged.TakePage(kPageRecords));
      GS_CHECK(taken);  // The live one went past no change of rules.
    }
    GS_RETURN_IF_ERROR(views_.Switch(CheckpointAt(store_.Origin(), staged.position())));
    staged.BecomeLive();
    live_.reset();
    live_.emplace(std::move(staged));
    NeedBuild(view::v1::BUILD_CAUSE_UNSPECIFIED);
    build.Succeed();
    Publish(live_->board());
    return absl::OkStatus();
  }

  // Numbers are not used again, so that each names one build.
  BuildPlan PlanAt(int64_t position, BuildCause cause) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    BuildPlan plan;
    *plan.mutable_checkpoint() = CheckpointAt(store_.Origin(), position);
    uint32_t newest = views_.Live().generation;
    for (const BuildStatus& ended : ended_) newest = std::max(newest, ended.generation);
    plan.set_generation(static_cast<int32_t>(newest) + 1);
    plan.set_cause(cause);
    plan.set_cpu_percent(options_.build_percent);
    return plan;
  }

  void BeginBuild(BuildPlan plan) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    build_ =
        std::make_shared<GenerationBuild>(store_, views_, std::move(plan), cores_, options_.tell);
  }

  // Goes on with what an earlier process began, if it is of use still.
  absl::Status ResumeFromDisk(int64_t head) {
    std::optional<BuildPlan> plan = views_.Building().ReadPlan();
    const bool of_use = plan.has_value() && plan->checkpoint().origin() == store_.Origin() &&
                        IsOfThisProgram(plan->checkpoint()) &&
                        plan->checkpoint().position() <= head &&
                        static_cast<uint32_t>(plan->generation()) > views_.Live().generation &&
                        plan->cpu_percent() >= 1 && plan->cpu_percent() <= 100;
    if (!of_use) return views_.Building().Clear();
    const MutexLock lock(mutex_);
    BeginBuild(*std::move(plan));
    resumed_ = true;
    return absl::OkStatus();
  }

  BuildStatus StatusOf(const GenerationBuild& build) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    BuildStatus status = build.Status();
    status.needed = IsNeeded(build);
    return status;
  }

  absl::Status WithBuild(uint32_t generation, const std::function<void(GenerationBuild&)>& act) {
    std::shared_ptr<GenerationBuild> build;
    {
      const MutexLock lock(mutex_);
      const auto is_it = [generation](const BuildStatus& status) {
        return status.generation == generation;
      };
      if (build_ != nullptr && is_it(build_->Status())) build = build_;
      const bool known = build != nullptr || std::any_of(ended_.begin(), ended_.end(), is_it);
      if (!known) return absl::NotFoundError("no such build");
    }
    if (build != nullptr) act(*build);
    return absl::OkStatus();
  }

  // Makes what is written known, all of it at once, and runs those who waited for it.
  void Publish(BoardFacts board) {
    std::multimap<int64_t, Then> due;
    {
      const MutexLock lock(mutex_);
      std::swap(board_, board);  // What was there is freed without the lock.
      applied_ = board_.position;
      while (!waiters_.empty() && waiters_.begin()->first <= board_.position) {
        due.insert(due.end(), waiters_.extract(waiters_.begin()));
      }
    }
    for (const auto& [position, then] : due) then(absl::OkStatus());
  }

  // Ends for the given reason, unless it ended before, and lets nobody wait any longer.
  void Stop(const absl::Status& reason) {
    std::multimap<int64_t, Then> waiters;
    absl::Status status;
    {
      const MutexLock lock(mutex_);
      if (status_.ok()) status_ = reason;
      status = status_;
      waiters.swap(waiters_);
    }
    for (const auto& [position, then] : waiters) then(status);
  }

  const eventstore::EventStore& store_;
  Views& views_;
  const ProjectorOptions options_;
  const int cores_;

  // Of the projector's thread. Absent where the views are of no use until a build is live.
  std::optional<PageTaker> live_;

  std::atomic<bool> stopping_ = false;
  std::atomic<int64_t> applied_ = 0;  // Never ahead of board_; set under the mutex.

  mutable Mutex mutex_;
  CondVar waiting_;  // Somebody waits, or it is to stop.
  BoardFacts board_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::multimap<int64_t, Then> waiters_ ABSL_GUARDED_BY(mutex_);
  // Why the live generation does not follow the log until another one is live.
  BuildCause needed_ ABSL_GUARDED_BY(mutex_) = view::v1::BUILD_CAUSE_UNSPECIFIED;
  std::shared_ptr<GenerationBuild> build_ ABSL_GUARDED_BY(mutex_);
  bool resumed_ ABSL_GUARDED_BY(mutex_) = false;  // The build was begun by an earlier process.
  std::vector<std::shared_ptr<GenerationBuild>> leaving_ ABSL_GUARDED_BY(mutex_);
  std::vector<BuildStatus> ended_ ABSL_GUARDED_BY(mutex_);  // Newest first.

  std::thread thread_;
};

// What WaitFor shares with the function that it leaves with the projector.
struct Arrival {
  Mutex mutex;
  CondVar changed;
  std::optional<absl::Status> status ABSL_GUARDED_BY(mutex);
};

}  // namespace

absl::StatusOr<std::unique_ptr<Projector>> Projector::Start(const eventstore::EventStore& store,
                                                            Views& views,
                                                            const ProjectorOptions& options) {
  auto follower = std::make_unique<Follower>(store, views, options);
  GS_RETURN_IF_ERROR(follower->Begin());
  return follower;
}

absl::Status Projector::WaitFor(int64_t position, absl::Duration timeout) {
  constexpr absl::Duration kLongest = absl::Hours(24 * 365);
  const auto arrival = std::make_shared<Arrival>();
  WhenApplied(position, [arrival](const absl::Status& status) {
    const MutexLock lock(arrival->mutex);
    arrival->status = status;
    arrival->changed.SignalAll();
  });
  const auto wait = absl::ToChronoNanoseconds(std::clamp(timeout, absl::ZeroDuration(), kLongest));
  const MutexLock lock(arrival->mutex);
  bool in_time = true;
  while (!arrival->status.has_value() && in_time) {
    in_time = arrival->changed.WaitFor(arrival->mutex, wait);
  }
  if (arrival->status.has_value()) return *arrival->status;
  return absl::DeadlineExceededError("the views do not hold the position yet");
}

}  // namespace goodstanding::projections
