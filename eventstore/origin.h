// The origins of a log: the one that it has, and those of the logs that it goes on from.
//
// A log that is opened anew from an older state may contradict what was appended and signed after
// that state. So it gets another origin, and the first event of that origin says where it goes on
// from: no two checkpoints of one origin ever disagree.
#ifndef GOODSTANDING_EVENTSTORE_ORIGIN_H_
#define GOODSTANDING_EVENTSTORE_ORIGIN_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "eventstore/database.h"
#include "eventstore/event_store.h"
#include "eventstore/log_reader.h"
#include "eventstore/random.h"

namespace goodstanding::eventstore {

// The logs that this one goes on from, oldest first. DATA_LOSS where an event does not say what its
// place needs.
absl::StatusOr<std::vector<FormerOrigin>> ReadFormerOrigins(const LogReader& reader, int64_t head);

// Gives a log another origin: the event LogRestored and the origin, in one synced write. Returns
// the origin that it had, and its size then. REQUIRES: nobody else has the database open.
absl::StatusOr<FormerOrigin> StartOrigin(const Database& database, const Clock& clock,
                                         RandomSource& random);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_ORIGIN_H_
