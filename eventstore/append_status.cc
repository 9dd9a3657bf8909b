#include "eventstore/append_status.h"

#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace goodstanding::eventstore {
namespace {

// Payload: stream, NUL, expected version, NUL, actual version, in decimal.
constexpr char kStreamConflictUrl[] = "goodstanding/stream-conflict";
constexpr char kRequestIdReusedUrl[] = "goodstanding/request-id-reused";
constexpr char kOutcomeUnknownUrl[] = "goodstanding/outcome-unknown";
constexpr char kDiskNearlyFullUrl[] = "goodstanding/disk-nearly-full";

}  // namespace

absl::Status StreamConflictError(const StreamConflict& conflict) {
  absl::Status status =
      absl::AbortedError(absl::StrCat("stream ", conflict.stream, " is at version ",
                                      conflict.actual, ", not at ", conflict.expected));
  constexpr absl::string_view kNul("\0", 1);
  const std::string payload =
      absl::StrCat(conflict.stream, kNul, conflict.expected, kNul, conflict.actual);
  status.SetPayload(kStreamConflictUrl, absl::Cord(payload));
  return status;
}

std::optional<StreamConflict> GetStreamConflict(const absl::Status& status) {
  const auto payload = status.GetPayload(kStreamConflictUrl);
  if (!payload.has_value()) return std::nullopt;
  const std::vector<std::string> parts = absl::StrSplit(std::string(*payload), '\0');
  StreamConflict conflict;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[1], &conflict.expected) ||
      !absl::SimpleAtoi(parts[2], &conflict.actual)) {
    return std::nullopt;
  }
  conflict.stream = parts[0];
  return conflict;
}

absl::Status RequestIdReusedError(absl::string_view request_id) {
  absl::Status status = absl::AlreadyExistsError(
      absl::StrCat("request id ", request_id, " was used before, with other content"));
  status.SetPayload(kRequestIdReusedUrl, absl::Cord());
  return status;
}

bool IsRequestIdReused(const absl::Status& status) {
  return status.GetPayload(kRequestIdReusedUrl).has_value();
}

absl::Status OutcomeUnknownError(absl::string_view message) {
  absl::Status status = absl::UnavailableError(message);
  status.SetPayload(kOutcomeUnknownUrl, absl::Cord());
  return status;
}

bool IsOutcomeUnknown(const absl::Status& status) {
  return status.GetPayload(kOutcomeUnknownUrl).has_value();
}

absl::Status DiskNearlyFullError(uint64_t free_bytes, uint64_t reserved_bytes) {
  absl::Status status = absl::ResourceExhaustedError(
      absl::StrCat("the disk is nearly full: ", free_bytes >> 20, " MiB are free, and ",
                   reserved_bytes >> 20, " MiB are kept back"));
  status.SetPayload(kDiskNearlyFullUrl, absl::Cord());
  return status;
}

bool IsDiskNearlyFull(const absl::Status& status) {
  return status.GetPayload(kDiskNearlyFullUrl).has_value();
}

}  // namespace goodstanding::eventstore
