// How far the erasure of each person's data has come, as the log says.
#ifndef GOODSTANDING_PROJECTIONS_ERASURES_H_
#define GOODSTANDING_PROJECTIONS_ERASURES_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "domain/certificant.h"
#include "domain/dates.h"
#include "eventstore/event_store.h"
#include "goodstanding/event/v1/log_event.pb.h"

namespace goodstanding::projections {

struct ErasureProgress {
  type::v1::ErasureStage stage = type::v1::ERASURE_STAGE_UNSPECIFIED;
  domain::Date due;  // First day on which it may begin, where scheduled.
};

// Those that were ever confirmed, by the id of the certificant. Copyable; thread-compatible.
class Erasures {
 public:
  // Takes in what was recorded since the last call. DATA_LOSS where an event makes no sense. Cost:
  // the events since then.
  absl::Status CatchUp(const eventstore::EventStore& store);

  const std::map<std::string, ErasureProgress>& by_certificant() const { return by_certificant_; }
  // Of the stream that says so.
  int64_t version() const { return version_; }

 private:
  std::map<std::string, ErasureProgress> by_certificant_;
  int64_t version_ = 0;
};

// Whether the stream of all erasures tells of a step too: of each from the confirmation on.
bool AdvancesErasure(type::v1::ErasureStage before, type::v1::ErasureStage after);
// What it tells of the step to this status.
event::v1::LogEvent ErasureAdvance(const std::string& certificant_id,
                                   const domain::ErasureStatus& status);

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_ERASURES_H_
