#include "services/rebuilds.h"

#include <cstdint>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "domain/refusal.h"

namespace goodstanding::services {
namespace {

using api::v1::Operation;
using domain::Refuse;
using projections::BuildState;
using projections::BuildStatus;

constexpr char kNamePrefix[] = "operations/rebuild-";

std::string NameOf(uint32_t generation) { return absl::StrCat(kNamePrefix, generation); }

absl::Status NotFound(const std::string& name) {
  return Refuse("OPERATION_NOT_FOUND", absl::StrCat("There is no operation ", name, "."), "name",
                {{"name", name}});
}

absl::StatusOr<uint32_t> GenerationOf(const std::string& name) {
  absl::string_view number = name;
  uint32_t generation = 0;
  if (absl::ConsumePrefix(&number, kNamePrefix) && absl::SimpleAtoi(number, &generation) &&
      NameOf(generation) == name) {
    return generation;
  }
  return NotFound(name);
}

api::v1::OperationState ToState(BuildState state) {
  switch (state) {
    case BuildState::kRunning:
      return api::v1::OPERATION_STATE_RUNNING;
    case BuildState::kPaused:
      return api::v1::OPERATION_STATE_PAUSED;
    case BuildState::kCatchingUp:
      return api::v1::OPERATION_STATE_CATCHING_UP;
    case BuildState::kSucceeded:
      return api::v1::OPERATION_STATE_SUCCEEDED;
    case BuildState::kFailed:
      return api::v1::OPERATION_STATE_FAILED;
    case BuildState::kCancelled:
      return api::v1::OPERATION_STATE_CANCELLED;
  }
  return api::v1::OPERATION_STATE_UNSPECIFIED;
}

void FillMetadata(const BuildStatus& status, api::v1::RebuildMetadata& metadata) {
  metadata.set_view_generation(static_cast<int32_t>(status.generation));
  metadata.set_cause(static_cast<api::v1::RebuildCause>(status.cause));
  metadata.set_state(ToState(status.state));
  metadata.set_position(status.position);
  metadata.set_done_event_count(status.events_done);
  metadata.set_event_count(status.events_total);
  metadata.set_events_per_second(status.events_per_second);
  if (status.events_per_second > 0 && !status.ended()) {
    metadata.set_remaining_seconds((status.events_total - status.events_done) /
                                   status.events_per_second);
  }
  metadata.set_cpu_percent(status.cpu_percent);
  if (status.requested_micros > 0) {
    *metadata.mutable_request_time() = ToTimestamp(absl::FromUnixMicros(status.requested_micros));
  }
  metadata.set_needed(status.needed);
}

void FillResult(const BuildStatus& status, api::v1::RebuildResult& result) {
  result.set_view_generation(static_cast<int32_t>(status.generation));
  result.set_row_count(status.row_count);
  result.set_compared(status.compared);
  result.set_difference_count(status.difference_count);
  for (const std::string& id : status.differing_ids) result.add_differing_certificant_ids(id);
}

// Acts on the operation of a name, and tells how it is then.
template <typename Act>
absl::Status ActOn(const ReadSide& side, const std::string& name, Operation& operation, Act act) {
  GS_ASSIGN_OR_RETURN(const uint32_t generation, GenerationOf(name));
  const absl::Status acted = act(generation);
  if (absl::IsNotFound(acted)) return NotFound(name);
  GS_RETURN_IF_ERROR(acted);
  return FindOperation(side, name, operation);
}

}  // namespace

Operation ToOperation(const BuildStatus& status) {
  Operation operation;
  operation.set_name(NameOf(status.generation));
  FillMetadata(status, *operation.mutable_metadata());
  operation.set_done(status.ended());
  if (status.state == BuildState::kSucceeded) {
    FillResult(status, *operation.mutable_response());
  } else if (status.ended()) {
    operation.mutable_error()->set_code(static_cast<int32_t>(status.error.code()));
    operation.mutable_error()->set_message(std::string(status.error.message()));
  }
  return operation;
}

absl::Status StartRebuild(const ReadSide& side, const api::v1::RebuildViewsRequest& request,
                          Operation& operation) {
  if (request.cpu_percent() < 0 || request.cpu_percent() > 100) {
    return Refuse("INVALID_ARGUMENT", "cpu_percent must be from 0 to 100.", "cpu_percent");
  }
  const absl::StatusOr<uint32_t> generation =
      side.projector.StartBuild(request.cpu_percent(), absl::ToUnixMicros(side.clock.Now()));
  if (absl::IsFailedPrecondition(generation.status())) {
    const std::string name = absl::StrCat(kNamePrefix, generation.status().message());
    return Refuse("REBUILD_RUNNING",
                  absl::StrCat("The views are being rebuilt by ", name,
                               "; wait until it has ended, or cancel it."),
                  "", {{"name", name}});
  }
  GS_RETURN_IF_ERROR(generation.status());
  return FindOperation(side, NameOf(*generation), operation);
}

absl::Status FindOperation(const ReadSide& side, const std::string& name, Operation& operation) {
  GS_ASSIGN_OR_RETURN(const uint32_t generation, GenerationOf(name));
  for (const BuildStatus& status : side.projector.Builds()) {
    if (status.generation != generation) continue;
    operation = ToOperation(status);
    return absl::OkStatus();
  }
  return NotFound(name);
}

void ListOperations(const ReadSide& side, api::v1::ListOperationsResponse& response) {
  for (const BuildStatus& status : side.projector.Builds()) {
    *response.add_operations() = ToOperation(status);
  }
}

absl::Status PauseOperation(const ReadSide& side, const std::string& name, Operation& operation) {
  return ActOn(side, name, operation,
               [&](uint32_t generation) { return side.projector.PauseBuild(generation); });
}

absl::Status ResumeOperation(const ReadSide& side, const std::string& name, Operation& operation) {
  return ActOn(side, name, operation,
               [&](uint32_t generation) { return side.projector.ResumeBuild(generation); });
}

absl::Status CancelOperation(const ReadSide& side, const std::string& name, Operation& operation) {
  return ActOn(side, name, operation, [&](uint32_t generation) -> absl::Status {
    const absl::Status cancelled = side.projector.CancelBuild(generation);
    if (!absl::IsFailedPrecondition(cancelled)) return cancelled;
    return Refuse(
        "REBUILD_NEEDED",
        absl::StrCat("The views cannot follow the log without ", name, "; it can be paused."),
        "name", {{"name", name}});
  });
}

}  // namespace goodstanding::services
