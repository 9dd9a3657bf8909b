// A large board that is served: what rebuilds, previews, corrections and reports take, and what
// they take from whoever asks meanwhile.
#ifndef GOODSTANDING_TESTS_BENCH_SCALE_FIGURES_H_
#define GOODSTANDING_TESTS_BENCH_SCALE_FIGURES_H_

#include <functional>
#include <string>

#include "absl/status/status.h"

namespace goodstanding::bench {

// A figure and, above 0, what it is compared with.
using ScaleTold =
    std::function<void(const std::string& name, double value, const char* unit, double floor)>;

// Serves the board of `folder`, as `goodstanding simulate` left it, and tells of it, in this order:
//
//   scale.start          seconds until a server without views answers lists, MiB that it held
//   scale.report.first   ms until the first page of everybody in good standing on a day, 1,000 rows
//   scale.report.whole   seconds until all pages, and rows
//   scale.live.p99       ms at 500 questions a second about anybody, alone
//   scale.rebuild        seconds, MiB at most, and the p99 of the same questions beside it
//   scale.preview        likewise; of a correction for one year
//   scale.correction     seconds from publishing that correction until lists rest on it
//
// Leaves a corrected board. A p99 is told with the one alone as its floor.
absl::Status MeasureScale(const std::string& folder, const ScaleTold& tell);

}  // namespace goodstanding::bench

#endif  // GOODSTANDING_TESTS_BENCH_SCALE_FIGURES_H_
