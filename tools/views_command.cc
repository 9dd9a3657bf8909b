#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include "base/mutex.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/output.h"
#include "tools/progress.h"
#include "tools/views_text.h"

namespace goodstanding::tools {
namespace {

using OperationsStub = api::v1::OperationsService::Stub;

constexpr char kExamples[] =
    "  goodstanding views rebuild                build all views anew, beside the live ones\n"
    "  goodstanding views rebuild --cpu 25       with a quarter of the processors at most\n"
    "  goodstanding views status                 rebuilds, and how far they are\n"
    "  goodstanding views pause                  hold the rebuild that runs, also over restarts\n"
    "  goodstanding views digest                 SHA-256 of all that the views say\n"
    "\n"
    "Questions are answered from the live views until the new ones take their place in one write.";
constexpr char kRebuildExamples[] =
    "  goodstanding views rebuild            and wait for it; Ctrl-C leaves it running\n"
    "  goodstanding views rebuild --no-wait  begin it only\n"
    "\n"
    "Exit code 1 where a row before was unlike the new one, though it rested on the same events.";
constexpr char kStatusExamples[] = "  goodstanding views status";
constexpr char kPauseExamples[] = "  goodstanding views pause";
constexpr char kResumeExamples[] = "  goodstanding views resume";
constexpr char kCancelExamples[] = "  goodstanding views cancel";
constexpr char kDigestExamples[] =
    "  goodstanding views digest\n"
    "\n"
    "Equal logs give equal digests at equal positions, however the views came about.";

struct ViewsOptions {
  Connection connection;
  int cpu_percent = 0;
  bool no_wait = false;
};

void AddOptions(Command& command, ViewsOptions& options) {
  AddConnection(command, options.connection);
}

void AddRebuildOptions(Command& command, ViewsOptions& options) {
  command
      .Add("--cpu", options.cpu_percent,
           "Share of the processors that it may use, in percent; 0: as the server was started")
      .Between(0, 100)
      .ShowDefault();
  command.AddFlag("--no-wait", options.no_wait, "Do not wait until it has ended");
  AddConnection(command, options.connection);
}

template <typename Response>
absl::Status Print(const ViewsOptions& options, const Response& response,
                   std::string (*text)(const Response&, const services::BoardTime&)) {
  GS_ASSIGN_OR_RETURN(const auto zone, services::BoardTime::Load(options.connection.time_zone));
  std::fputs((options.connection.json ? ToJson(response) : text(response, zone)).c_str(), stdout);
  return absl::OkStatus();
}

absl::Status Await(const Client& client, api::v1::Operation& operation) {
  constexpr std::chrono::milliseconds kInterval(200);
  api::v1::GetOperationRequest request;
  request.set_name(operation.name());
  Progress progress;
  Mutex mutex;
  CondVar never;
  while (!operation.done()) {
    {
      const MutexLock lock(mutex);
      never.WaitFor(mutex, kInterval);
    }
    GS_RETURN_IF_ERROR(
        FromCall(Call(client.operations(), &OperationsStub::GetOperation, request, operation)));
    progress.Show(RebuildBar(operation.metadata()));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Rebuild(const ViewsOptions& options) {
  const Client client = Connect(options.connection);
  api::v1::RebuildViewsRequest request;
  request.set_cpu_percent(options.cpu_percent);
  api::v1::Operation operation;
  GS_RETURN_IF_ERROR(
      FromCall(Call(client.operations(), &OperationsStub::RebuildViews, request, operation)));
  if (!options.no_wait) GS_RETURN_IF_ERROR(Await(client, operation));
  GS_RETURN_IF_ERROR(Print(options, operation, &OperationText));
  return operation.has_error() || operation.response().difference_count() > 0 ? kExitRefused : 0;
}

absl::StatusOr<int> Status(const ViewsOptions& options) {
  const Client client = Connect(options.connection);
  api::v1::ListOperationsResponse response;
  GS_RETURN_IF_ERROR(FromCall(Call(client.operations(), &OperationsStub::ListOperations,
                                   api::v1::ListOperationsRequest(), response)));
  GS_RETURN_IF_ERROR(Print(options, response, &OperationsText));
  return 0;
}

// Acts on the rebuild that runs, which there must be.
template <typename Request>
absl::StatusOr<int> Act(const ViewsOptions& options,
                        grpc::Status (OperationsStub::*method)(grpc::ClientContext*, const Request&,
                                                               api::v1::Operation*)) {
  const Client client = Connect(options.connection);
  api::v1::ListOperationsResponse running;
  GS_RETURN_IF_ERROR(FromCall(Call(client.operations(), &OperationsStub::ListOperations,
                                   api::v1::ListOperationsRequest(), running)));
  if (running.operations().empty() || running.operations(0).done()) {
    return absl::NotFoundError("no rebuild runs");
  }
  Request request;
  request.set_name(running.operations(0).name());
  api::v1::Operation operation;
  GS_RETURN_IF_ERROR(FromCall(Call(client.operations(), method, request, operation)));
  GS_RETURN_IF_ERROR(Print(options, operation, &OperationText));
  return 0;
}

absl::StatusOr<int> Digest(const ViewsOptions& options) {
  const Client client = Connect(options.connection);
  api::v1::DigestViewsResponse response;
  GS_RETURN_IF_ERROR(FromCall(Call(client.operations(), &OperationsStub::DigestViews,
                                   api::v1::DigestViewsRequest(), response)));
  std::fputs((options.connection.json ? ToJson(response) : DigestText(response)).c_str(), stdout);
  return 0;
}

template <absl::StatusOr<int> (*run)(const ViewsOptions&)>
int Run(const ViewsOptions& options) {
  const absl::StatusOr<int> code = run(options);
  return code.ok() ? *code : Finish(code.status(), options.connection);
}

absl::StatusOr<int> Pause(const ViewsOptions& options) {
  return Act<api::v1::PauseOperationRequest>(options, &OperationsStub::PauseOperation);
}

absl::StatusOr<int> Resume(const ViewsOptions& options) {
  return Act<api::v1::ResumeOperationRequest>(options, &OperationsStub::ResumeOperation);
}

absl::StatusOr<int> Cancel(const ViewsOptions& options) {
  return Act<api::v1::CancelOperationRequest>(options, &OperationsStub::CancelOperation);
}

}  // namespace

void AddViewsCommand(Commands& commands) {
  Commands views =
      commands.AddGroup("views", "The views: rebuild them from the log, and watch that", kExamples);
  views.Add("rebuild", "Build all views anew", kRebuildExamples, &AddRebuildOptions,
            &Run<&Rebuild>);
  views.Add("status", "Rebuilds, and how far they are", kStatusExamples, &AddOptions,
            &Run<&Status>);
  views.Add("pause", "Hold the rebuild that runs", kPauseExamples, &AddOptions, &Run<&Pause>);
  views.Add("resume", "Let it go on", kResumeExamples, &AddOptions, &Run<&Resume>);
  views.Add("cancel", "End it, and drop what it made", kCancelExamples, &AddOptions, &Run<&Cancel>);
  views.Add("digest", "SHA-256 of all that the views say", kDigestExamples, &AddOptions,
            &Run<&Digest>);
}

}  // namespace goodstanding::tools
