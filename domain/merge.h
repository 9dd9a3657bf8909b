// Whether two accounts can become one, and the fact that it becomes.
#ifndef GOODSTANDING_DOMAIN_MERGE_H_
#define GOODSTANDING_DOMAIN_MERGE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "domain/decide.h"
#include "domain/evaluate.h"
#include "goodstanding/event/v1/certificant_event.pb.h"

namespace goodstanding::domain {

// A merge as proposed.
struct MergeProposal {
  event::v1::AccountMerged event;  // Whom, and why.
  std::string survivor_id;
  // All events of the other account, without personal fields, as its own stream names records.
  std::vector<event::v1::CarriedFact> facts;
};

// The event to record in the survivor's stream. Refuses a merge by which a certification would end
// or an open application be lost, that would join what two records say differently, or where either
// account is merged, has taken over others that would have to go along, or is being erased. Pure.
absl::StatusOr<event::v1::AccountMerged> DecideMerge(const Facts& survivor, const Facts& other,
                                                     const MergeProposal& proposal,
                                                     const CommandContext& context);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_MERGE_H_
