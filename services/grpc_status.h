// From absl::Status to what a gRPC client of any language reads: code, sentence and google.rpc
// details.
#ifndef GOODSTANDING_SERVICES_GRPC_STATUS_H_
#define GOODSTANDING_SERVICES_GRPC_STATUS_H_

#include "absl/status/status.h"
#include "goodstanding/api/v1/command_service.pb.h"
#include "grpcpp/support/status.h"

namespace goodstanding::services {

// Domain of every ErrorInfo.
inline constexpr char kErrorDomain[] = "goodstanding";

// Key of a refusal's metadata: how long to wait, in milliseconds; else 0.2 s.
inline constexpr char kRetryDelayKey[] = "retryDelayMilliseconds";

// One ErrorInfo with the reason, always; BadRequest with the field for INVALID_ARGUMENT,
// PreconditionFailure for FAILED_PRECONDITION, ResourceInfo for NOT_FOUND and ALREADY_EXISTS,
// RetryInfo for RESOURCE_EXHAUSTED and UNAVAILABLE, the receipt of a command that has one. A status
// that is no refusal gets the name of its code as reason, and its message only where that names no
// stored data.
grpc::Status ToGrpcStatus(const absl::Status& status);

// A status of the event store as a refusal: version conflict, reused request id, unknown outcome,
// overload. Others are returned as they are.
absl::Status FromStore(const absl::Status& status);

// The same facts as a message inside a response.
api::v1::Refusal ToRefusal(const absl::Status& status);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_GRPC_STATUS_H_
