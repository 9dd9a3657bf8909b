#include "services/grpc_status.h"

#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "domain/refusal.h"
#include "eventstore/append_status.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "services/arrivals.h"

namespace goodstanding::services {
namespace {

using domain::Refusal;

template <typename Detail>
void AddDetail(const Detail& detail, google::rpc::Status& status) {
  status.add_details()->PackFrom(detail);
}

// A status that no rule refused: what went wrong inside is not told, only what the caller can do.
absl::Status Internal(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kDataLoss:
      return domain::Refuse("DATA_LOSS",
                            "Stored bytes contradict each other; an operator must look at it.");
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
      return status;
    default:
      return absl::InternalError("An assumption of the server's own is broken.");
  }
}

// As the refusal says it, else 0.2 s.
google::protobuf::Duration RetryDelay(const Refusal& refusal) {
  int64_t milliseconds = 200;
  for (const auto& [key, value] : refusal.metadata) {
    if (key == kRetryDelayKey) GS_CHECK(absl::SimpleAtoi(value, &milliseconds));
  }
  google::protobuf::Duration delay;
  delay.set_seconds(milliseconds / 1000);
  delay.set_nanos(static_cast<int32_t>(milliseconds % 1000 * 1'000'000));
  return delay;
}

void AddByCode(const absl::Status& status, const Refusal& refusal, google::rpc::Status& rpc) {
  const std::string message(status.message());
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument: {
      google::rpc::BadRequest detail;
      auto* const violation = detail.add_field_violations();
      violation->set_field(refusal.field);
      violation->set_description(message);
      return AddDetail(detail, rpc);
    }
    case absl::StatusCode::kFailedPrecondition: {
      google::rpc::PreconditionFailure detail;
      auto* const violation = detail.add_violations();
      violation->set_type(refusal.reason);
      violation->set_subject(refusal.field);
      violation->set_description(message);
      return AddDetail(detail, rpc);
    }
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists: {
      google::rpc::ResourceInfo detail;
      detail.set_resource_type(refusal.field);
      if (!refusal.metadata.empty()) detail.set_resource_name(refusal.metadata.front().second);
      detail.set_description(message);
      return AddDetail(detail, rpc);
    }
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable: {
      google::rpc::RetryInfo detail;
      *detail.mutable_retry_delay() = RetryDelay(refusal);
      return AddDetail(detail, rpc);
    }
    default:
      return;
  }
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const bool refused = domain::GetRefusal(status).has_value();
  const absl::Status told = refused ? status : Internal(status);
  Refusal refusal = domain::GetRefusal(told).value_or(Refusal{});
  if (refusal.reason.empty()) refusal.reason = absl::StatusCodeToString(told.code());
  google::rpc::Status rpc;
  rpc.set_code(static_cast<int32_t>(told.code()));
  rpc.set_message(std::string(told.message()));
  google::rpc::ErrorInfo info;
  info.set_reason(refusal.reason);
  info.set_domain(kErrorDomain);
  for (const auto& [key, value] : refusal.metadata) (*info.mutable_metadata())[key] = value;
  AddDetail(info, rpc);
  AddByCode(told, refusal, rpc);
  if (const auto receipt = GetReceipt(status)) AddDetail(*receipt, rpc);
  return grpc::Status(static_cast<grpc::StatusCode>(told.code()), rpc.message(),
                      rpc.SerializeAsString());
}

absl::Status FromStore(const absl::Status& status) {
  if (const auto conflict = eventstore::GetStreamConflict(status)) {
    return domain::Refuse("STREAM_VERSION_CONFLICT",
                          absl::StrCat("The stream is at version ", conflict->actual, ", not ",
                                       conflict->expected, "; read it and decide anew."),
                          "header.expected_version",
                          {{"stream", conflict->stream},
                           {"expected", absl::StrCat(conflict->expected)},
                           {"actual", absl::StrCat(conflict->actual)}});
  }
  if (eventstore::IsRequestIdReused(status)) {
    return domain::Refuse("REQUEST_ID_REUSED",
                          "The request id was used for another command; use a new one.",
                          "header.request_id");
  }
  if (eventstore::IsOutcomeUnknown(status)) {
    return domain::Refuse("OUTCOME_UNKNOWN",
                          "The write failed and may or may not be stored; repeat it with the same "
                          "request id once the server takes writes again.");
  }
  if (eventstore::IsDiskNearlyFull(status)) {
    return domain::Refuse("DISK_NEARLY_FULL",
                          absl::StrCat("Nothing can be recorded now: ", status.message(),
                                       ". An operator must make room; repeat it later."));
  }
  if (status.code() == absl::StatusCode::kResourceExhausted) {
    return domain::Refuse("OVERLOADED",
                          absl::StrCat("The store cannot take it now, as ", status.message(),
                                       "; repeat it after the delay."));
  }
  return status;
}

api::v1::Refusal ToRefusal(const absl::Status& status) {
  api::v1::Refusal message;
  const auto refusal = domain::GetRefusal(status);
  message.set_code(static_cast<int32_t>(status.code()));
  message.set_message(std::string(status.message()));
  message.set_reason(refusal ? refusal->reason : absl::StatusCodeToString(status.code()));
  if (refusal) message.set_field(refusal->field);
  return message;
}

}  // namespace goodstanding::services
