// How far the erasure of each person's data has come, as the log says.
#ifndef GOODSTANDING_PROJECTIONS_ERASURES_H_
#define GOODSTANDING_PROJECTIONS_ERASURES_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "domain/dates.h"
#include "eventstore/event_store.h"
#include "goodstanding/event/v1/certificant_event.pb.h"
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

// Whether the stream of all erasures tells of this event too: from the confirmation on. `stage` is
// the one before the event.
bool AdvancesErasure(type::v1::ErasureStage stage, const event::v1::CertificantEvent& event);
// What it tells. REQUIRES: AdvancesErasure.
event::v1::LogEvent ErasureAdvance(const std::string& certificant_id,
                                   const event::v1::CertificantEvent& event);

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_ERASURES_H_
