// Gathers the figures of a running server.
#ifndef GOODSTANDING_SERVICES_SERVER_METRICS_H_
#define GOODSTANDING_SERVICES_SERVER_METRICS_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "eventstore/event_store.h"
#include "projections/projector.h"
#include "services/backups.h"
#include "services/clock_guard.h"
#include "services/command_processor.h"
#include "services/feed.h"
#include "services/server_figures.h"
#include "services/write_gate.h"

namespace goodstanding::services {

// What the log's writes have come to. Thread-safe.
class CommitMetrics {
 public:
  void Add(absl::Duration taken, int64_t events) {
    nanoseconds_.Add(absl::ToInt64Nanoseconds(taken));
    events_.Add(events);
  }
  void FillIn(ServerFigures& figures) const {
    figures.commit_nanoseconds = HistogramFigures::Of(nanoseconds_);
    figures.commit_events = HistogramFigures::Of(events_);
  }

 private:
  static constexpr std::array<int64_t, 8> kEventBounds = {1, 3, 10, 30, 100, 300, 1'000, 10'000};

  DurationHistogram nanoseconds_{kDurationBounds};
  Histogram<kEventBounds.size()> events_{kEventBounds};
};

// What is looked at; all of it outlives a call.
struct FigureSources {
  const std::string& data_dir;
  const eventstore::EventStore& store;
  const projections::Projector& projector;
  CommandProcessor& processor;
  Feed& feed;
  const Backups& backups;
  const ClockGuard& clock;
  const WriteGate& gate;
  const CommitMetrics& commits;
  const RefusalCounts& erasure_refusals;
};

// All figures but those of calls. Thread-safe. Cost: it looks at every file's size and reads an
// event and a checkpoint.
ServerFigures GatherFigures(const FigureSources& sources);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_SERVER_METRICS_H_
