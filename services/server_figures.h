// What a server looks like from the outside, in plain figures: what /metrics shows.
#ifndef GOODSTANDING_SERVICES_SERVER_FIGURES_H_
#define GOODSTANDING_SERVICES_SERVER_FIGURES_H_

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "services/call_metrics.h"

namespace goodstanding::services {

// A histogram at a moment: how many values are at most each bound, exclusive of those before it,
// and how many are above all of them.
struct HistogramFigures {
  std::vector<int64_t> bounds;
  std::vector<int64_t> counts;  // One more than bounds.
  int64_t sum = 0;

  template <typename AnyHistogram>
  static HistogramFigures Of(const AnyHistogram& histogram) {
    return {{histogram.bounds().begin(), histogram.bounds().end()},
            histogram.counts(),
            histogram.sum()};
  }
  // Of the same bounds.
  void Add(const HistogramFigures& other) {
    for (size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
    sum += other.sum;
  }
};

// One method, on all loops.
struct MethodFigures {
  MethodName name;
  MethodType type = MethodType::kUnary;
  int64_t started = 0;
  int64_t received = 0;
  int64_t sent = 0;
  std::array<int64_t, MethodCounts::kCodes> handled{};  // By code.
  HistogramFigures nanoseconds;
};

struct ServerFigures {
  std::vector<MethodFigures> methods;
  std::vector<std::pair<std::string, int64_t>> refusals;          // By reason.
  std::vector<std::pair<std::string, int64_t>> erasure_refusals;  // The same.
  HistogramFigures commit_nanoseconds;
  HistogramFigures commit_events;

  int64_t head_position = 0;
  int64_t view_position = 0;
  double rebuild_progress = 1;  // Of the build that runs; 1 where none does.
  int64_t subscribers = 0;
  int64_t subscriber_lag = 0;         // Events, of the one farthest behind.
  double checkpoint_age_seconds = 0;  // Of the oldest event that no checkpoint has; 0: none.
  int64_t commands_waiting = 0;
  bool write_stopped = false;
  int64_t delayed_write_rate = 0;                               // Bytes a second; 0: not delayed.
  std::vector<std::pair<std::string, int64_t>> database_bytes;  // By folder.
  int64_t disk_free_bytes = 0;
  bool read_only = false;
  bool clock_suspect = false;
  bool writer_poisoned = false;
  int64_t last_backup_seconds = 0;  // Since 1970 UTC; 0: none is known.
  int evaluator_revision = 0;
  int64_t connections = 0;
  int64_t connections_refused = 0;
  int64_t calls = 0;    // Under way.
  int64_t streams = 0;  // The same.
  int64_t receipts_signed = 0;
  int64_t receipts_withheld = 0;
};

// Adds counts to a list of them by reason, which may be empty.
void AddRefusals(const RefusalCounts& counts,
                 std::vector<std::pair<std::string, int64_t>>& by_reason);

// Adds up what the loops have counted: methods by their first loop's order.
void AddCounts(const CallCounts& counts, ServerFigures& figures);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_SERVER_FIGURES_H_
