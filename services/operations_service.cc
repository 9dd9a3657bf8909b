#include "services/operations_service.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "domain/refusal.h"
#include "projections/codec.h"
#include "services/rebuilds.h"
#include "services/version.h"

namespace goodstanding::services {
namespace {

using namespace api::v1;  // NOLINT: the requests and responses, by name.

void FillStatus(const ReadSide& side, GetServerStatusResponse& response) {
  response.set_origin(side.store.Origin());
  response.set_head_position(side.store.Head());
  if (side.store.Head() > 0) {
    *response.mutable_last_recorded_time() = ToTimestamp(side.store.LastRecordedTime());
  }
  response.set_applied_position(side.projector.AppliedPosition());
  *response.mutable_server_time() = ToTimestamp(side.clock.Now());
  response.set_write_refusal(std::string(side.store.Health().message()));
  response.set_program_version(kProgramVersion);
  response.set_evaluator_revision(domain::kEvaluatorRevision);
  response.set_view_generation(static_cast<int32_t>(side.views.Live().generation));
  response.set_view_fault(std::string(side.projector.Health().message()));
}

absl::Status Digest(const ReadSide& side, DigestViewsResponse& response) {
  GS_ASSIGN_OR_RETURN(const projections::ViewDigest digest, side.views.Digest());
  response.set_view_generation(static_cast<int32_t>(digest.point.generation));
  response.set_applied_position(digest.point.position);
  response.set_row_count(digest.row_count);
  response.set_digest(digest.sha256);
  return absl::OkStatus();
}

// Whether the view's row is what replaying the stream gives. Both are read anew where events arrive
// in between.
absl::StatusOr<bool> RowMatches(const ReadSide& side, const std::string& id) {
  constexpr absl::Duration kMaxWait = absl::Seconds(30);
  constexpr int kTries = 5;
  for (int i = 0; i < kTries; ++i) {
    GS_RETURN_IF_ERROR(side.projector.WaitFor(side.store.Head(), kMaxWait));
    GS_ASSIGN_OR_RETURN(const std::optional<view::v1::CertificantRow> row, side.views.Get(id));
    GS_ASSIGN_OR_RETURN(const auto person, PersonFacts::Load(side, id, Question{}));
    if (row && projections::BuildRow(person->facts(), row->position()).SerializeAsString() ==
                   row->SerializeAsString()) {
      return true;
    }
  }
  return false;
}

absl::Status Check(const ReadSide& side, const Send<CheckViewsResponse>& send) {
  constexpr absl::Duration kMaxWait = absl::Seconds(30);
  constexpr int kStreamsAtOnce = 1000;
  GS_RETURN_IF_ERROR(side.projector.WaitFor(side.store.Head(), kMaxWait));
  CheckViewsResponse response;
  std::string after;
  while (true) {
    GS_ASSIGN_OR_RETURN(
        const std::vector<std::string> streams,
        side.store.ListStreams(projections::kCertificantPrefix, after, kStreamsAtOnce));
    for (const std::string& stream : streams) {
      const std::string id(*projections::StreamId(stream, projections::kCertificantPrefix));
      GS_ASSIGN_OR_RETURN(const bool matches, RowMatches(side, id));
      if (!matches) response.add_differing_certificant_ids(id);
      response.set_checked_count(response.checked_count() + 1);
    }
    response.set_done(streams.empty());
    if (!send(response)) return absl::CancelledError("the caller has gone");
    if (streams.empty()) return absl::OkStatus();
    response.clear_differing_certificant_ids();
    after = streams.back();
  }
}

}  // namespace

void OperationsMethods::Serve(Loop& loop) {
  loop.Serve(*this, &OperationsMethods::RequestGetServerStatus, [this](auto& call) {
    FillStatus(side_, call.response());
    call.response().set_clock_suspicion(clock_.Suspicion());
    call.response().set_read_only(gate_.read_only());
    call.response().set_read_only_reason(gate_.read_only_reason());
    call.Finish(absl::OkStatus());
  });
  // Opens every backup.
  loop.Serve(*this, &OperationsMethods::RequestListBackups, [this](auto& call) {
    const absl::Status queued =
        worker_.Run([this, &call] { call.Finish(backups_.List(call.response())); });
    if (!queued.ok()) call.Finish(queued);
  });
  ServeRebuilds(loop);
  ServeGate(loop);
  const auto stream = [&](auto accept, auto produce) {
    loop.Serve(*this, accept, [this, produce](auto& call) { StartStream(call, slots_, produce); });
  };
  stream(&OperationsMethods::RequestCheckViews,
         [this](const CheckViewsRequest&, const auto& send) { return Check(side_, send); });
  stream(&OperationsMethods::RequestCreateBackup,
         [this](const auto& request, const auto& send) { return backups_.Create(request, send); });
  stream(&OperationsMethods::RequestRestoreBackup,
         [this](const auto& request, const auto& send) { return backups_.Restore(request, send); });
}

void OperationsMethods::ServeGate(Loop& loop) {
  loop.Serve(*this, &OperationsMethods::RequestConfirmClock, [this](auto& call) {
    if (!call.request().has_time()) {
      return call.Finish(domain::Refuse("INVALID_ARGUMENT", "time must be present.", "time"));
    }
    const auto& time = call.request().time();
    absl::StatusOr<std::string> cleared =
        clock_.Confirm(absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos()));
    if (!cleared.ok()) return call.Finish(cleared.status());
    gate_moved_();
    call.response().set_cleared_suspicion(*std::move(cleared));
    *call.response().mutable_server_time() = ToTimestamp(clock_.Now());
    call.Finish(absl::OkStatus());
  });
  loop.Serve(*this, &OperationsMethods::RequestSetReadOnly, [this](auto& call) {
    constexpr size_t kMaxReason = 500;
    const SetReadOnlyRequest& request = call.request();
    if (request.reason().size() > kMaxReason) {
      return call.Finish(
          domain::Refuse("INVALID_ARGUMENT", "reason must have at most 500 bytes.", "reason"));
    }
    call.response().set_previous_read_only(
        gate_.SetReadOnly(request.read_only(), request.reason()));
    gate_moved_();
    call.Finish(absl::OkStatus());
  });
}

void OperationsMethods::ServeRebuilds(Loop& loop) {
  // Reads every row.
  loop.Serve(*this, &OperationsMethods::RequestDigestViews, [this](auto& call) {
    const absl::Status queued =
        worker_.Run([this, &call] { call.Finish(Digest(side_, call.response())); });
    if (!queued.ok()) call.Finish(queued);
  });
  loop.Serve(*this, &OperationsMethods::RequestRebuildViews, [this](auto& call) {
    call.Finish(StartRebuild(side_, call.request(), call.response()));
  });
  loop.Serve(*this, &OperationsMethods::RequestListOperations, [this](auto& call) {
    services::ListOperations(side_, call.response());
    call.Finish(absl::OkStatus());
  });
  const auto on_operation = [&](auto accept, auto act) {
    loop.Serve(*this, accept, [this, act](auto& call) {
      call.Finish(act(side_, call.request().name(), call.response()));
    });
  };
  on_operation(&OperationsMethods::RequestGetOperation, &FindOperation);
  on_operation(&OperationsMethods::RequestPauseOperation, &services::PauseOperation);
  on_operation(&OperationsMethods::RequestResumeOperation, &services::ResumeOperation);
  on_operation(&OperationsMethods::RequestCancelOperation, &services::CancelOperation);
}

}  // namespace goodstanding::services
