// How fast the views are built from the log, in this process.
#ifndef GOODSTANDING_TESTS_BENCH_REBUILD_FIGURES_H_
#define GOODSTANDING_TESTS_BENCH_REBUILD_FIGURES_H_

#include <string>

#include "absl/status/statusor.h"
#include "tests/bench/store_figures.h"

namespace goodstanding::bench {

// Building all views from the log of the data folder `data`, by so many threads, in events a
// second, rows ready to be taken over; the floor reads the same rows on as many threads and parses
// each record into a message that is used again. The views are built beside the log, and dropped.
absl::StatusOr<StoreFigure> MeasureRebuild(const std::string& data, int threads);

}  // namespace goodstanding::bench

#endif  // GOODSTANDING_TESTS_BENCH_REBUILD_FIGURES_H_
