#include "tools/refusal_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "google/rpc/code.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace goodstanding::tools {
namespace {

void TakeDetail(const google::protobuf::Any& detail, FailedCall& failure) {
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
  google::rpc::PreconditionFailure precondition;
  if (detail.UnpackTo(&info)) {
    failure.reason = info.reason();
    failure.facts.assign(info.metadata().begin(), info.metadata().end());
    std::sort(failure.facts.begin(), failure.facts.end());
  } else if (detail.UnpackTo(&bad_request) && bad_request.field_violations_size() > 0) {
    failure.field = bad_request.field_violations(0).field();
  } else if (detail.UnpackTo(&precondition) && precondition.violations_size() > 0) {
    failure.field = precondition.violations(0).subject();
  }
}

}  // namespace

FailedCall ReadFailure(const grpc::Status& status) {
  FailedCall failure;
  failure.code = google::rpc::Code_Name(static_cast<google::rpc::Code>(status.error_code()));
  failure.message = status.error_message();
  google::rpc::Status rpc;
  if (rpc.ParseFromString(status.error_details())) {
    for (const google::protobuf::Any& detail : rpc.details()) TakeDetail(detail, failure);
  }
  if (failure.reason.empty()) failure.reason = failure.code;
  return failure;
}

std::string FailureText(const grpc::Status& status) {
  const FailedCall failure = ReadFailure(status);
  std::string text = absl::StrCat(failure.message, "\n  reason: ", failure.reason, "\n");
  if (!failure.field.empty()) absl::StrAppend(&text, "  field: ", failure.field, "\n");
  for (const auto& [name, value] : failure.facts) {
    absl::StrAppend(&text, "  ", name, ": ", value, "\n");
  }
  return text;
}

int ExitCodeOf(const grpc::Status& status) {
  if (status.ok()) return 0;
  // An answer of ours carries details; without them nobody of ours answered.
  const bool unreachable = (status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                            status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) &&
                           status.error_details().empty();
  return unreachable ? 3 : 1;
}

}  // namespace goodstanding::tools
