// What previewing a correction costs, in this process, without gRPC.
#ifndef GOODSTANDING_TESTS_BENCH_PREVIEW_FIGURE_H_
#define GOODSTANDING_TESTS_BENCH_PREVIEW_FIGURE_H_

#include <string>

#include "absl/status/statusor.h"
#include "tests/bench/store_figures.h"

namespace goodstanding::bench {

// Events a second of a preview over 20,000 certificants with 50 events each, on all cores; the
// floor reads and parses the same events on as many threads and does nothing with them. `folder` is
// empty. The correction concerns a third of the people: those whose cycle ends in one year.
absl::StatusOr<StoreFigure> MeasurePreview(const std::string& folder);

}  // namespace goodstanding::bench

#endif  // GOODSTANDING_TESTS_BENCH_PREVIEW_FIGURE_H_
