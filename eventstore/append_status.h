// What the errors of an append say beyond their code.
#ifndef GOODSTANDING_EVENTSTORE_APPEND_STATUS_H_
#define GOODSTANDING_EVENTSTORE_APPEND_STATUS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace goodstanding::eventstore {

// A stream was not at the version that the append expected.
struct StreamConflict {
  std::string stream;
  int64_t expected = 0;
  int64_t actual = 0;
  friend bool operator==(const StreamConflict&, const StreamConflict&) = default;
};

// ABORTED, with the conflict as payload.
absl::Status StreamConflictError(const StreamConflict& conflict);

// The conflict that a status carries; nullopt where it carries none.
std::optional<StreamConflict> GetStreamConflict(const absl::Status& status);

// ALREADY_EXISTS: the request id was used before, with other content.
absl::Status RequestIdReusedError(absl::string_view request_id);
bool IsRequestIdReused(const absl::Status& status);

// UNAVAILABLE: the append may or may not be stored. Open the store anew and ask by the request id.
absl::Status OutcomeUnknownError(absl::string_view message);
bool IsOutcomeUnknown(const absl::Status& status);

// RESOURCE_EXHAUSTED: the disk is nearly full. Reading goes on; once there is room so does writing.
absl::Status DiskNearlyFullError(uint64_t free_bytes, uint64_t reserved_bytes);
bool IsDiskNearlyFull(const absl::Status& status);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_APPEND_STATUS_H_
