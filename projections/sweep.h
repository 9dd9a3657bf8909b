// Folding every certificant from the log, one at a time on each of several threads: the fastest way
// to everybody, in memory that does not grow with their number.
#ifndef GOODSTANDING_PROJECTIONS_SWEEP_H_
#define GOODSTANDING_PROJECTIONS_SWEEP_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "eventstore/event_store.h"
#include "projections/replay.h"

namespace goodstanding::projections {

// Told of a certificant, whose facts it may take; the next one replaces them.
using CertificantVisitor =
    std::function<absl::Status(absl::string_view certificant_id, ReplayedCertificant& certificant)>;

// Folds the certificants whose streams are in the range, in order of id, by events up to
// `position`, inclusive; those without such events are left out. Stops where `visit` returns an
// error, and returns that. DATA_LOSS where a stored event makes no sense. Cost: one scan of the
// range.
absl::Status SweepRange(const eventstore::EventStore& store, const eventstore::StreamRange& range,
                        int64_t position, const CertificantVisitor& visit);

// Runs `task(i)` for each i from 0 to `count`, exclusive, ascending, each on one of `threads`
// threads, all of which have ended when it returns. After an error no task is begun; the error of
// the least i is returned.
absl::Status RunTasks(size_t count, int threads, const std::function<absl::Status(size_t)>& task);

// Ranges of all certificants for so many threads: several for each, so that all end about together.
absl::StatusOr<std::vector<eventstore::StreamRange>> CertificantRanges(
    const eventstore::EventStore& store, int threads);

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_SWEEP_H_
