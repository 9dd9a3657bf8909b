// Building a whole generation of the views from the log, beside the live one.
//
// A build reads the log up to a fixed position, on several threads, one certificant at a time on
// each, into files of its own (staging.h). When all are complete they are taken in as the staged
// generation, which then follows the log until it is close to its end. Whoever follows the log for
// the live generation takes over from there and makes it live. Built at any pace, stopped and
// resumed anywhere, the rows are the same.
#ifndef GOODSTANDING_PROJECTIONS_GENERATION_BUILD_H_
#define GOODSTANDING_PROJECTIONS_GENERATION_BUILD_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "base/mutex.h"
#include "eventstore/event_store.h"
#include "goodstanding/view/v1/rows.pb.h"
#include "projections/pace.h"
#include "projections/page_taker.h"
#include "projections/row_builder.h"
#include "projections/views.h"

namespace goodstanding::projections {

enum class BuildState {
  kRunning,     // Reads the log.
  kPaused,      // Held by somebody.
  kCatchingUp,  // Takes in what was recorded since it began.
  kSucceeded,   // It is live.
  kFailed,
  kCancelled,
};

// How far a build is, or how it ended.
struct BuildStatus {
  uint32_t generation = 0;
  view::v1::BuildCause cause = view::v1::BUILD_CAUSE_UNSPECIFIED;
  BuildState state = BuildState::kRunning;
  int64_t position = 0;     // The log is read up to here, inclusive.
  int64_t events_done = 0;  // Of certificants.
  int64_t events_total = 0;
  int64_t events_per_second = 0;  // Since it began or was resumed in this process; 0: not known.
  int cpu_percent = 100;
  int64_t requested_micros = 0;  // Since 1970 UTC; 0: nobody asked.
  bool needed = false;           // The views cannot follow the log without it.
  int64_t row_count = 0;
  bool compared = false;  // With the live rows.
  int64_t difference_count = 0;
  std::vector<std::string> differing_ids;  // Some.
  absl::Status error;                      // Of kFailed and kCancelled.

  bool ended() const { return state >= BuildState::kSucceeded; }
};

// Thread-safe but for what the follower calls.
class GenerationBuild {
 public:
  // Called on threads of the build, one at a time, when it begins, now and then, and when it ends.
  using Tell = std::function<void(const BuildStatus&)>;

  // Begins the build of the plan on a thread of its own, or goes on with it where its folder has
  // it. A plan without ranges is given them. All outlive it; `tell` may be empty.
  GenerationBuild(const eventstore::EventStore& store, Views& views, view::v1::BuildPlan plan,
                  int cores, Tell tell);
  // Stops. What is complete stays for the next start, unless the build has ended.
  ~GenerationBuild();

  // Holds it, until Resume, also over restarts.
  void Pause();
  void Resume();
  // Ends it soon; what it made is dropped. Nothing where it is ready, or has ended.
  void Cancel();

  BuildStatus Status() const;

  // --- For the follower of the log.

  // Whether the staged generation is close to the end of the log, or waits before a change of
  // rules, and nothing more is done by this build.
  bool ready() const { return phase_ == Phase::kReady; }
  // Whether nothing runs any more.
  bool finished() const { return finished_; }
  // The staged generation's. REQUIRES: ready().
  PageTaker& taker() { return *taker_; }
  // Says that its generation is live: those dropped are cleared away on the build's thread.
  void Succeed();

 private:
  enum class Phase { kBuilding, kCatchingUp, kReady, kSucceeded, kFailed, kCancelled };

  void Run();
  absl::Status Build();
  absl::Status Plan();
  absl::Status BuildRange(const RowBuilder& rows, size_t index);
  absl::Status FillRange(const RowBuilder& rows, int index, view::v1::BuiltRange& built);
  void Add(const view::v1::BuiltRange& built, int64_t events);
  absl::Status CatchUp(BoardFacts board);
  void End(absl::Status status);
  void SetPaused(bool paused);
  void LeaveDisk();
  void TellStatus();

  const eventstore::EventStore& store_;
  Views& views_;
  const Tell tell_;
  Pace pace_;
  std::atomic<Phase> phase_ = Phase::kBuilding;
  std::atomic<bool> cancelled_ = false;
  std::atomic<bool> finished_ = false;
  std::atomic<int64_t> events_done_ = 0;
  std::atomic<int64_t> events_before_ = 0;  // Of those, done by an earlier process.
  std::optional<PageTaker> taker_;          // Set before it is ready.

  Mutex telling_;  // Taken before mutex_.
  mutable Mutex mutex_;
  CondVar taken_over_;
  view::v1::BuildPlan plan_ ABSL_GUARDED_BY(mutex_);
  view::v1::BuiltRange sum_ ABSL_GUARDED_BY(mutex_);
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool on_disk_ ABSL_GUARDED_BY(mutex_) = false;  // The plan, and stays there for now.

  std::thread thread_;
};

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_GENERATION_BUILD_H_
