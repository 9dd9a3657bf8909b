// The streams of a person with several accounts.
#ifndef GOODSTANDING_PROJECTIONS_ACCOUNT_STREAMS_H_
#define GOODSTANDING_PROJECTIONS_ACCOUNT_STREAMS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/certificant.h"
#include "eventstore/event_store.h"
#include "goodstanding/event/v1/record.pb.h"

namespace goodstanding::projections {

// The person's own stream, then those of accounts that are merged into it.
std::vector<std::string> StreamsOf(const domain::CertificantState& state,
                                   absl::string_view certificant_id);

// Whether a record of one of these streams says something of the person's name or contact: those of
// a merged account do from the merge on.
bool TellsProfile(const domain::CertificantState& state, absl::string_view certificant_id,
                  const event::v1::Record& record);

// Who answers for an id by what was known up to a position, inclusive: another one where it is
// merged. Cost: one replay of the stream.
absl::StatusOr<std::string> AnswererOf(const eventstore::EventStore& store,
                                       const std::string& certificant_id, int64_t position);

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_ACCOUNT_STREAMS_H_
