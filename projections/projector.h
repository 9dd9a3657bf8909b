// Keeps the views in step with the log.
//
// One thread follows the log's head, takes events in pages, re-evaluates each certificant that an
// event touches (by its own stream, or by an activity that its records name) once a page, and
// writes rows and checkpoint together. Published or corrected rules touch everybody: then a new
// generation of rows is built beside the live one and takes its place in one write. Whatever the
// view lacks at start, all of it if its folder was deleted, is built from the log before Start
// returns.
#ifndef GOODSTANDING_PROJECTIONS_PROJECTOR_H_
#define GOODSTANDING_PROJECTIONS_PROJECTOR_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/event_store.h"
#include "projections/replay.h"
#include "projections/views.h"

namespace goodstanding::projections {

// Thread-safe.
class Projector {
 public:
  // Brings the views up to the log's head and begins to follow. `progress` is told (events done,
  // events in all) while it catches up; may be empty. Store and views outlive the projector.
  // Errors: DATA_LOSS for an event that it does not know, or that makes no sense; those of the
  // disk.
  using Progress = std::function<void(int64_t done, int64_t total)>;
  static absl::StatusOr<std::unique_ptr<Projector>> Start(const eventstore::EventStore& store,
                                                          Views& views, const Progress& progress);

  // Stops following, after the page at hand, or in the midst of building a generation.
  virtual ~Projector() = default;

  // Last position that the views hold.
  virtual int64_t AppliedPosition() const = 0;

  // Runs `then` once the views hold `position`: at once, on the calling thread, where they do, else
  // later on the projector's thread, where it must not block. Runs it with the projector's error
  // where it stopped, and with CANCELLED where it is destroyed first.
  virtual void WhenApplied(int64_t position, std::function<void(const absl::Status&)> then) = 0;

  // WhenApplied, waiting up to `timeout`. DEADLINE_EXCEEDED where it runs out.
  absl::Status WaitFor(int64_t position, absl::Duration timeout);

  // Rules and catalogue at the applied position, or, where it moves just then, at a later one.
  virtual BoardFacts Board() const = 0;

  // OK, or why it stopped: an event that it does not know, or an error of the disk.
  virtual absl::Status Health() const = 0;
};

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_PROJECTOR_H_
