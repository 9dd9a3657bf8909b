// Keeps the views in step with the log.
//
// One thread follows the log's head, takes events in pages and applies them to the live generation
// (page_taker.h). Published or corrected rules touch everybody: then a new generation is built
// beside the live one, on threads of its own (generation_build.h), and takes its place in one
// write; until then the live one stays where it is, before the change. The same happens where there
// are no views, where they are of another program's evaluator or far behind, and on request.
#ifndef GOODSTANDING_PROJECTIONS_PROJECTOR_H_
#define GOODSTANDING_PROJECTIONS_PROJECTOR_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/event_store.h"
#include "projections/generation_build.h"
#include "projections/replay.h"
#include "projections/views.h"

namespace goodstanding::projections {

struct ProjectorOptions {
  int build_cores = 0;         // That a build may use; 0: all there are.
  int build_percent = 100;     // Share of these, where a request does not say; 1 to 100.
  GenerationBuild::Tell tell;  // How builds go; may be empty. Must not block.
};

// Thread-safe.
class Projector {
 public:
  // Begins to follow, and to build what has to be built, or goes on with it; does not wait for
  // either. Store and views outlive the projector. DATA_LOSS for rules or a catalogue that it does
  // not understand; errors of the disk.
  static absl::StatusOr<std::unique_ptr<Projector>> Start(const eventstore::EventStore& store,
                                                          Views& views,
                                                          const ProjectorOptions& options);

  // Stops following, after the page at hand. A build stops too: the next Start goes on with it.
  virtual ~Projector() = default;

  // Last position that the views hold by this program's evaluator; 0 where there are none.
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

  // Begins to build a generation anew at the applied position, by a share of the processors in
  // percent (0: the usual one), asked for at a time; its number. FAILED_PRECONDITION where one is
  // being built, naming its number.
  virtual absl::StatusOr<uint32_t> StartBuild(int cpu_percent, int64_t requested_micros) = 0;

  // The build that runs, if one does, then the last ones that ended, newest first.
  virtual std::vector<BuildStatus> Builds() const = 0;

  // Pause, resume and cancel the build of a generation; nothing where it has ended. NOT_FOUND where
  // no build of it is known. A build without which the views cannot follow the log is not
  // cancelled: FAILED_PRECONDITION.
  virtual absl::Status PauseBuild(uint32_t generation) = 0;
  virtual absl::Status ResumeBuild(uint32_t generation) = 0;
  virtual absl::Status CancelBuild(uint32_t generation) = 0;
};

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_PROJECTOR_H_
