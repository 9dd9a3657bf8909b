#include "tests/bench/scale_figures.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "tests/bench/quiet.h"
#include "tests/bench/stop_signal.h"
#include "tests/support/child_process.h"
#include "tools/client.h"
#include "tools/rule_files.h"
#include "tools/simulated_board.h"

namespace goodstanding::bench {
namespace {

using namespace api::v1;  // NOLINT: the requests and responses, by name.
using Clock = std::chrono::steady_clock;
using QueryStub = QueryService::Stub;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

absl::Status ToAbsl(absl::string_view what, const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(what, ": ", status.error_message()));
}

// Asks at a fixed rate, whatever the answers take, until it is told to stop. A latency counts from
// when a question was due.
class SteadyQuestions {
 public:
  SteadyQuestions(const tools::Client& client, int64_t people) {
    for (int caller = 0; caller < kCallers; ++caller) {
      threads_.emplace_back([this, &client, people, caller] { Ask(client, people, caller); });
    }
  }
  ~SteadyQuestions() { Stop(); }

  // Stops, and returns the 99th percentile in milliseconds.
  absl::StatusOr<double> P99() {
    Stop();
    std::vector<double> all;
    for (const std::vector<double>& some : latencies_)
      all.insert(all.end(), some.begin(), some.end());
    if (failed_ || all.empty()) return absl::InternalError("a question was not answered");
    const auto place = all.begin() + static_cast<std::ptrdiff_t>((all.size() - 1) * 99 / 100);
    std::nth_element(all.begin(), place, all.end());
    return *place;
  }

 private:
  static constexpr int kCallers = 16;
  static constexpr int kPerSecond = 500;

  void Ask(const tools::Client& client, int64_t people, int caller) {
    std::mt19937_64 random(static_cast<uint64_t>(caller) + 1);
    constexpr auto kPause = std::chrono::microseconds(1'000'000 * kCallers / kPerSecond);
    auto due = Clock::now() + kPause * caller / kCallers;
    while (!stop_.RestUntil(due)) {
      GetStandingRequest request;
      request.set_certificant_id(tools::SimulatedBoard::IdOf(
          static_cast<int64_t>(random() % static_cast<uint64_t>(people))));
      GetStandingResponse response;
      if (!tools::Call(client.queries(), &QueryStub::GetStanding, request, response).ok()) {
        failed_ = true;
      }
      latencies_[static_cast<size_t>(caller)].push_back(SecondsSince(due) * 1000);
      due += kPause;
    }
  }

  void Stop() {
    stop_.Stop();
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

  StopSignal stop_;
  std::atomic<bool> failed_ = false;
  std::vector<double> latencies_[kCallers];
  std::vector<std::thread> threads_;
};

// The most memory that a process held between construction and the question.
class MemoryWatch {
 public:
  explicit MemoryWatch(pid_t pid) : thread_([this, pid] { Watch(pid); }) {}
  ~MemoryWatch() {
    stop_.Stop();
    thread_.join();
  }
  double MostMebibytes() const { return most_; }

 private:
  void Watch(pid_t pid) {
    do {
      most_ = std::max(most_.load(), ResidentMebibytes(pid));
    } while (!stop_.RestFor(std::chrono::milliseconds(20)));
  }

  StopSignal stop_;
  std::atomic<double> most_ = 0;
  std::thread thread_;
};

class Scale {
 public:
  Scale(std::unique_ptr<testing::ChildProcess> server, const std::string& address,
        const ScaleTold& tell)
      : server_(std::move(server)),
        client_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())),
        tell_(tell) {}

  absl::Status Measure(Clock::time_point begun) {
    {
      const MemoryWatch memory(server_->pid());
      GS_RETURN_IF_ERROR(AwaitLists());
      tell_("scale.start", SecondsSince(begun), "s", 0);
      tell_("scale.start.memory", memory.MostMebibytes(), "MiB", 0);
    }
    GS_RETURN_IF_ERROR(MeasureReport());
    GS_ASSIGN_OR_RETURN(live_p99_, Live([] {
                          StopSignal().RestFor(std::chrono::seconds(5));
                          return absl::OkStatus();
                        }));
    tell_("scale.live.p99", live_p99_, "ms", 0);
    GS_RETURN_IF_ERROR(Beside("scale.rebuild", [this] { return Rebuild(); }));
    GS_RETURN_IF_ERROR(Beside("scale.preview", [this] { return Preview(); }));
    GS_RETURN_IF_ERROR(ConfirmClock());
    const auto begin = Clock::now();
    GS_RETURN_IF_ERROR(Publish());
    GS_RETURN_IF_ERROR(AwaitLists());
    tell_("scale.correction", SecondsSince(begin), "s", 0);
    return absl::OkStatus();
  }

 private:
  static ListGoodStandingRequest Page() {
    ListGoodStandingRequest request;
    request.mutable_as_of_date()->set_year(2025);
    request.mutable_as_of_date()->set_month(12);
    request.mutable_as_of_date()->set_day(31);
    request.set_page_size(1000);
    return request;
  }

  grpc::Status Ask(const ListGoodStandingRequest& request, ListGoodStandingResponse& response) {
    return tools::Call(client_.queries(), &QueryStub::ListGoodStanding, request, response);
  }

  // A list rests on everything that was acknowledged.
  absl::Status AwaitLists() {
    grpc::Status status;
    do {
      ListGoodStandingResponse response;
      status = Ask(Page(), response);
    } while (status.error_code() == grpc::StatusCode::UNAVAILABLE ||
             status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
    return ToAbsl("list", status);
  }

  absl::Status MeasureReport() {
    constexpr int kTurns = 21;
    std::vector<double> turns;
    for (int i = 0; i < kTurns; ++i) {
      const auto begin = Clock::now();
      ListGoodStandingResponse response;
      GS_RETURN_IF_ERROR(ToAbsl("report", Ask(Page(), response)));
      turns.push_back(SecondsSince(begin) * 1000);
    }
    std::sort(turns.begin(), turns.end());
    tell_("scale.report.first", turns[kTurns / 2], "ms", 0);
    const auto begin = Clock::now();
    ListGoodStandingRequest request = Page();
    int64_t rows = 0;
    do {
      ListGoodStandingResponse response;
      GS_RETURN_IF_ERROR(ToAbsl("report", Ask(request, response)));
      rows += response.entries_size();
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    tell_("scale.report.whole", SecondsSince(begin), "s", 0);
    tell_("scale.report.rows", static_cast<double>(rows), "rows", 0);
    GetServerStatusResponse status;
    GS_RETURN_IF_ERROR(ToAbsl(
        "status", tools::Call(client_.operations(), &OperationsService::Stub::GetServerStatus,
                              GetServerStatusRequest(), status)));
    tell_("scale.events", static_cast<double>(status.head_position()), "events", 0);
    people_ = rows;  // The ids of the first so many; all are there.
    return absl::OkStatus();
  }

  absl::StatusOr<double> Live(const std::function<absl::Status()>& meanwhile) {
    SteadyQuestions questions(client_, people_);
    GS_RETURN_IF_ERROR(meanwhile());
    return questions.P99();
  }

  // How long it takes by itself, and the questions beside it.
  absl::Status Beside(const std::string& name, const std::function<absl::Status()>& work) {
    const auto begin = Clock::now();
    {
      const MemoryWatch memory(server_->pid());
      GS_RETURN_IF_ERROR(work());
      tell_(name, SecondsSince(begin), "s", 0);
      tell_(name + ".memory", memory.MostMebibytes(), "MiB", 0);
    }
    GS_ASSIGN_OR_RETURN(const double p99, Live(work));
    tell_(name + ".live.p99", p99, "ms", live_p99_);
    return absl::OkStatus();
  }

  absl::Status Rebuild() {
    OperationsService::Stub& operations = client_.operations();
    RebuildViewsRequest request;
    request.set_cpu_percent(100);
    Operation operation;
    GS_RETURN_IF_ERROR(ToAbsl(
        "rebuild",
        tools::Call(operations, &OperationsService::Stub::RebuildViews, request, operation)));
    GetOperationRequest of;
    of.set_name(operation.name());
    while (!operation.done()) {
      StopSignal().RestFor(std::chrono::milliseconds(10));
      GS_RETURN_IF_ERROR(
          ToAbsl("operation",
                 tools::Call(operations, &OperationsService::Stub::GetOperation, of, operation)));
    }
    return operation.has_response() ? absl::OkStatus()
                                    : absl::InternalError(operation.ShortDebugString());
  }

  template <typename Request>
  static void SetCorrection(Request& request) {
    request.set_name(tools::ShippedRules().name());
    request.mutable_years()->set_first_year(2026);
    request.mutable_years()->set_last_year(2026);
    request.add_changes()->set_path("requirement.single.approved");
    request.mutable_changes(0)->set_value("16.00");
  }

  absl::Status Preview() {
    PreviewCorrectionRequest request;
    SetCorrection(request);
    grpc::ClientContext context;
    const auto reader = client_.rulebook().PreviewCorrection(&context, request);
    PreviewCorrectionResponse response;
    while (reader->Read(&response)) {
      if (response.has_summary()) preview_digest_ = response.summary().preview_digest();
    }
    return ToAbsl("preview", reader->Finish());
  }

  // The board's last event is longer ago than a server is ever down.
  absl::Status ConfirmClock() {
    ConfirmClockRequest request;
    request.mutable_time()->set_seconds(absl::ToUnixSeconds(SystemClock().Now()));
    ConfirmClockResponse response;
    return ToAbsl("clock", tools::Call(client_.operations(), &OperationsService::Stub::ConfirmClock,
                                       request, response));
  }

  absl::Status Publish() {
    CorrectRuleSetRequest request;
    SetCorrection(request);
    request.mutable_header()->set_request_id("scale");
    request.set_reason("Measured.");
    request.set_authority("Commission");
    request.set_preview_digest(preview_digest_);
    CommandReceipt receipt;
    return ToAbsl("publish", tools::Call(client_.rulebook(), &RulebookService::Stub::CorrectRuleSet,
                                         request, receipt));
  }

  const std::unique_ptr<testing::ChildProcess> server_;
  const tools::Client client_;
  const ScaleTold& tell_;
  int64_t people_ = 0;
  double live_p99_ = 0;
  std::string preview_digest_;
};

}  // namespace

absl::Status MeasureScale(const std::string& folder, const ScaleTold& tell) {
  const auto begun = Clock::now();
  GS_ASSIGN_OR_RETURN(auto server,
                      testing::ChildProcess::Start({GOODSTANDING_PROGRAM, "serve", "--data", folder,
                                                    "--listen", "127.0.0.1:0"}));
  GS_ASSIGN_OR_RETURN(const std::string address, server->AwaitLine("Listening on "));
  return Scale(std::move(server), address, tell).Measure(begun);
}

}  // namespace goodstanding::bench
