// Figures of the store in this process, without gRPC.
#ifndef GOODSTANDING_TESTS_BENCH_STORE_FIGURES_H_
#define GOODSTANDING_TESTS_BENCH_STORE_FIGURES_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace goodstanding::bench {

// Medians of a figure and of its floor, both in events a second, measured by turns.
struct StoreFigure {
  double value = 0;
  double floor = 0;
};

// Measures both by turns, five times; each gives the events that it dealt with.
using Work = std::function<absl::StatusOr<int64_t>()>;
absl::StatusOr<StoreFigure> TakeTurns(const Work& ours, const Work& floor);

// Appends of 512 events of some 200 bytes, one after the other, each synced; the floor writes the
// same rows to a database of the same settings, one synced batch each. `folder` is on the disk that
// is meant, and empty.
absl::StatusOr<StoreFigure> MeasureBatches(const std::string& folder);

// Verification of the data folder `data` on one core; the floor reads all rows of the three
// families that hold events and hashes both copies of each event.
absl::StatusOr<StoreFigure> MeasureVerification(const std::string& data);

// What it takes to append as many bytes as a durable command writes to a file and to sync them.
struct SyncTimes {
  double p50_micros = 0;
  double p99_micros = 0;
};
absl::StatusOr<SyncTimes> MeasureSync(const std::string& folder);

}  // namespace goodstanding::bench

#endif  // GOODSTANDING_TESTS_BENCH_STORE_FIGURES_H_
