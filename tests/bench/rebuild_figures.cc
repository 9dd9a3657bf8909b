#include "tests/bench/rebuild_figures.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "eventstore/event_store.h"
#include "projections/codec.h"
#include "projections/generation_build.h"
#include "projections/sweep.h"
#include "projections/views.h"
#include "tests/bench/stop_signal.h"

namespace goodstanding::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTurns = 3;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

absl::StatusOr<double> ScanRate(const eventstore::EventStore& store, int threads) {
  const auto begin = Clock::now();
  GS_ASSIGN_OR_RETURN(const auto ranges, projections::CertificantRanges(store, threads));
  std::atomic<int64_t> events = 0;
  GS_RETURN_IF_ERROR(projections::RunTasks(ranges.size(), threads, [&](size_t i) {
    int64_t seen = 0;
    const absl::Status status =
        store.VisitStreams(ranges[i], store.Head(), [&seen](const eventstore::Record&) {
          ++seen;
          return absl::OkStatus();
        });
    events += seen;
    return status;
  }));
  return static_cast<double>(events) / SecondsSince(begin);
}

absl::StatusOr<double> BuildRate(const eventstore::EventStore& store, const std::string& folder,
                                 int threads) {
  GS_ASSIGN_OR_RETURN(const auto views,
                      projections::Views::Open(folder, store.Origin(), store.Head()));
  view::v1::BuildPlan plan;
  *plan.mutable_checkpoint() = projections::CheckpointAt(store.Origin(), store.Head());
  plan.set_generation(1);
  plan.set_cpu_percent(100);
  const auto begin = Clock::now();
  projections::GenerationBuild build(store, *views, plan, threads, nullptr);
  StopSignal rest;
  // Not in a loop without rest: the build gives way to whoever is busy.
  while (!build.ready() && !build.finished()) {
    rest.RestFor(std::chrono::milliseconds(1));
  }
  const double seconds = SecondsSince(begin);
  const projections::BuildStatus status = build.Status();
  if (!build.ready()) return status.error;
  return static_cast<double>(status.events_done) / seconds;
}

}  // namespace

absl::StatusOr<StoreFigure> MeasureRebuild(const std::string& data, int threads) {
  const SystemClock clock;
  eventstore::Options options;
  options.path = absl::StrCat(data, "/log");
  options.clock = &clock;
  options.sync = false;
  GS_ASSIGN_OR_RETURN(const auto store, eventstore::EventStore::Open(options));
  GS_RETURN_IF_ERROR(ScanRate(*store, threads).status());  // Into memory.
  std::vector<double> values;
  std::vector<double> floors;
  for (int turn = 0; turn < kTurns; ++turn) {
    const std::string folder = absl::StrCat(data, "/views-", turn);
    std::filesystem::remove_all(folder);
    GS_ASSIGN_OR_RETURN(const double floor, ScanRate(*store, threads));
    GS_ASSIGN_OR_RETURN(const double value, BuildRate(*store, folder, threads));
    std::filesystem::remove_all(folder);
    floors.push_back(floor);
    values.push_back(value);
  }
  return StoreFigure{Median(values), Median(floors)};
}

}  // namespace goodstanding::bench
