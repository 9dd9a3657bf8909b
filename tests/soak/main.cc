// goodstanding_soak MINUTES [CERTIFICANTS]: a server under a mixed load, with everything going on
// that goes on in a year.
//
// Measures how much the server takes, then asks for 70 % of it: mostly questions, some lists and
// histories, a seventh commands; meanwhile subscribers come and go, backups are made, the views are
// rebuilt and checkpoints signed. Prints a line a minute, and at the end how memory and open files
// moved. The exit code is 1 where anything failed that was not refused by the rules, files leaked,
// or, over an hour and more, memory grew by 1 % an hour.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "tests/support/child_process.h"
#include "tools/client.h"
#include "tools/connection.h"
#include "tools/refusal_text.h"
#include "tools/simulated_board.h"

namespace goodstanding::soak {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::ChildProcess;
using SteadyTime = steady_clock::time_point;

constexpr int kCallers = 24;
constexpr double kShare = 0.7;
constexpr seconds kMeasuring(10);
constexpr seconds kSampling(10);

// Lets threads wait until all are to stop.
class Stop {
 public:
  void Set() {
    const MutexLock lock(mutex_);
    set_ = true;
    changed_.SignalAll();
  }
  // Waits; whether it is set.
  bool WaitUntil(SteadyTime moment) {
    const MutexLock lock(mutex_);
    for (SteadyTime now = steady_clock::now(); !set_ && now < moment; now = steady_clock::now()) {
      changed_.WaitFor(mutex_, moment - now);
    }
    return set_;
  }
  bool WaitFor(nanoseconds time) { return WaitUntil(steady_clock::now() + time); }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool set_ ABSL_GUARDED_BY(mutex_) = false;
};

// What calls came to. Thread-safe.
class Outcomes {
 public:
  void Add(const grpc::Status& status, nanoseconds taken) {
    const MutexLock lock(mutex_);
    latencies_.push_back(taken);
    if (status.ok()) return;
    const std::string reason = tools::ReadFailure(status).reason;
    const std::string name = reason.empty() ? status.error_message() : reason;
    // What the rules refuse is meant; so is what a load above the limits would get.
    const bool meant = status.error_code() == grpc::StatusCode::FAILED_PRECONDITION ||
                       status.error_code() == grpc::StatusCode::ALREADY_EXISTS ||
                       status.error_code() == grpc::StatusCode::NOT_FOUND;
    ++(meant ? refused_ : failed_)[name];
  }
  void Note(const std::string& what) {
    const MutexLock lock(mutex_);
    ++done_[what];
  }

  // Of the calls since the last time: how many, and the 99th of a hundred.
  std::pair<size_t, nanoseconds> TakeLatencies() {
    std::vector<nanoseconds> taken;
    {
      const MutexLock lock(mutex_);
      taken.swap(latencies_);
    }
    if (taken.empty()) return {0, nanoseconds(0)};
    const size_t at = taken.size() * 99 / 100;
    std::nth_element(taken.begin(), taken.begin() + static_cast<std::ptrdiff_t>(at), taken.end());
    return {taken.size(), taken[at]};
  }
  using Counts = std::map<std::string, int64_t>;
  Counts refused() {
    const MutexLock lock(mutex_);
    return refused_;
  }
  Counts failed() {
    const MutexLock lock(mutex_);
    return failed_;
  }
  Counts done() {
    const MutexLock lock(mutex_);
    return done_;
  }

 private:
  Mutex mutex_;
  std::vector<nanoseconds> latencies_ ABSL_GUARDED_BY(mutex_);
  Counts refused_ ABSL_GUARDED_BY(mutex_);
  Counts failed_ ABSL_GUARDED_BY(mutex_);
  Counts done_ ABSL_GUARDED_BY(mutex_);
};

std::string Text(const Outcomes::Counts& counts) {
  std::string text;
  for (const auto& [name, count] : counts) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", count, " ", name);
  }
  return text.empty() ? "none" : text;
}

// Of the server's process.
struct Sample {
  double hours = 0;
  double memory_mib = 0;
  int64_t files = 0;
};

Sample Look(pid_t pid, SteadyTime begin) {
  Sample sample;
  sample.hours = std::chrono::duration<double>(steady_clock::now() - begin) / std::chrono::hours(1);
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) sample.memory_mib = std::atof(line.c_str() + 6) / 1024;
  }
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(absl::StrCat("/proc/", pid, "/fd"), error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    ++sample.files;
  }
  return sample;
}

// Least squares: what a quantity changes by in an hour, as a share of its mean.
template <typename Quantity>
double SlopePerHour(const std::vector<Sample>& samples, Quantity quantity) {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (const Sample& sample : samples) {
    const auto value = static_cast<double>(quantity(sample));
    n += 1;
    x += sample.hours;
    y += value;
    xx += sample.hours * sample.hours;
    xy += sample.hours * value;
  }
  const double spread = n * xx - x * x;
  if (spread <= 0 || y <= 0) return 0;
  return (n * xy - x * y) / spread / (y / n);
}

class Soak {
 public:
  Soak(std::unique_ptr<ChildProcess> server, const std::string& address, int64_t certificants)
      : server_(std::move(server)), address_(address), certificants_(certificants) {}

  int Run(std::chrono::minutes time) {
    const double limit = Measure();
    absl::PrintF("limit of this load: %.0f calls a second; asking for %.0f\n", limit,
                 kShare * limit);
    std::fflush(stdout);
    interval_ = nanoseconds(static_cast<int64_t>(1e9 / (kShare * limit)));
    std::vector<std::thread> threads;
    begin_ = steady_clock::now();
    next_ = 0;
    for (int i = 0; i < kCallers; ++i) threads.emplace_back([this, i] { CallPaced(i + kCallers); });
    threads.emplace_back([this] { ComeAndGo(); });
    threads.emplace_back([this] { BackUp(); });
    threads.emplace_back([this] { Rebuild(); });
    const std::vector<Sample> samples = Watch(time);
    stop_.Set();
    for (std::thread& thread : threads) thread.join();
    const int code = Judge(samples, time);
    const int stopped = server_->Stop();
    if (stopped != 0) absl::PrintF("the server ended with %d\n", stopped);
    return stopped == 0 ? code : 1;
  }

 private:
  tools::Client Connect() const {
    tools::Connection connection;
    connection.server = address_;
    return tools::Connect(connection);
  }

  // Calls a second that closed-loop callers get answered.
  double Measure() {
    std::atomic<int64_t> answered = 0;
    std::atomic<bool> over = false;
    std::vector<std::thread> threads;
    for (int i = 0; i < kCallers; ++i) {
      threads.emplace_back([&, i] {
        const tools::Client client = Connect();
        std::mt19937_64 random(static_cast<uint64_t>(i));
        while (!over) {
          CallAny(client, random);
          ++answered;
        }
      });
    }
    stop_.WaitFor(kMeasuring);
    over = true;
    for (std::thread& thread : threads) thread.join();
    return static_cast<double>(answered) / std::chrono::duration<double>(kMeasuring).count();
  }

  // Calls when its turn is due, whatever became of the calls before.
  void CallPaced(int seed) {
    const tools::Client client = Connect();
    std::mt19937_64 random(static_cast<uint64_t>(seed));
    while (true) {
      const SteadyTime turn = begin_ + interval_ * next_.fetch_add(1);
      if (stop_.WaitUntil(turn)) return;
      CallAny(client, random);
    }
  }

  std::string AnyId(std::mt19937_64& random) const {
    return tools::SimulatedBoard::IdOf(
        static_cast<int64_t>(random() % static_cast<uint64_t>(certificants_)));
  }

  void CallAny(const tools::Client& client, std::mt19937_64& random) {
    constexpr uint64_t kAll = 100;
    const uint64_t which = random() % kAll;
    const SteadyTime begin = steady_clock::now();
    grpc::Status status;
    if (which < 68) {
      status = Ask<api::v1::GetStandingResponse>(client.queries(),
                                                 &api::v1::QueryService::Stub::GetStanding,
                                                 About<api::v1::GetStandingRequest>(random));
    } else if (which < 76) {
      status = Ask<api::v1::GetTranscriptResponse>(client.queries(),
                                                   &api::v1::QueryService::Stub::GetTranscript,
                                                   About<api::v1::GetTranscriptRequest>(random));
    } else if (which < 82) {
      status = Ask<api::v1::ListCertificantEventsResponse>(
          client.history(), &api::v1::HistoryService::Stub::ListCertificantEvents,
          About<api::v1::ListCertificantEventsRequest>(random));
    } else if (which < 85) {
      api::v1::ListGoodStandingRequest request;
      request.mutable_freshness()->set_available(true);
      status = Ask<api::v1::ListGoodStandingResponse>(
          client.queries(), &api::v1::QueryService::Stub::ListGoodStanding, request);
    } else {
      status = Record(client, random);
    }
    outcomes_.Add(status, steady_clock::now() - begin);
  }

  template <typename Request>
  Request About(std::mt19937_64& random) const {
    Request request;
    request.set_certificant_id(AnyId(random));
    return request;
  }

  template <typename Response, typename Stub, typename Method, typename Request>
  static grpc::Status Ask(Stub& stub, Method method, const Request& request) {
    Response response;
    return tools::Call(stub, method, request, response);
  }

  grpc::Status Record(const tools::Client& client, std::mt19937_64& random) {
    auto request = About<api::v1::RecordCreditRequest>(random);
    const std::string id = absl::StrCat("soak-", random());
    request.mutable_header()->set_request_id(id);
    auto& credit = *request.mutable_credit();
    credit.set_reference(id);
    credit.set_activity_kind("SPONSORED");
    credit.mutable_completed_date()->set_year(2025);
    credit.mutable_completed_date()->set_month(3);
    credit.mutable_completed_date()->set_day(1);
    credit.mutable_amount()->set_minutes(60);
    return Ask<api::v1::CommandReceipt>(client.commands(),
                                        &api::v1::CommandService::Stub::RecordCredit, request);
  }

  // Subscribers that read some of the log and leave, with or without a word.
  void ComeAndGo() {
    std::mt19937_64 random(1);
    while (!stop_.WaitFor(milliseconds(500))) {
      const tools::Client client = Connect();
      grpc::ClientContext context;
      api::v1::SubscribeRequest request;
      request.set_after_position(static_cast<int64_t>(random() % 10'000));
      const auto reader = client.history().Subscribe(&context, request);
      api::v1::SubscribeResponse response;
      const uint64_t pages = random() % 20;
      bool read = true;
      for (uint64_t i = 0; i < pages && read; ++i) read = reader->Read(&response);
      context.TryCancel();
      while (reader->Read(&response)) {
      }
      const grpc::Status status = reader->Finish();
      if (!read) outcomes_.Add(status, nanoseconds(0));
      outcomes_.Note("subscribers");
    }
  }

  void BackUp() {
    const tools::Client client = Connect();
    while (!stop_.WaitFor(seconds(45))) {
      grpc::ClientContext context;
      api::v1::CreateBackupRequest request;
      request.set_keep_count(2);
      const auto reader = client.operations().CreateBackup(&context, request);
      api::v1::CreateBackupResponse response;
      while (reader->Read(&response)) {
      }
      outcomes_.Add(reader->Finish(), nanoseconds(0));
      outcomes_.Note("backups");
    }
  }

  void Rebuild() {
    const tools::Client client = Connect();
    while (!stop_.WaitFor(seconds(90))) {
      api::v1::Operation operation;
      api::v1::RebuildViewsRequest request;
      request.set_cpu_percent(25);
      const grpc::Status status = tools::Call(
          client.operations(), &api::v1::OperationsService::Stub::RebuildViews, request, operation);
      outcomes_.Add(status, nanoseconds(0));
      outcomes_.Note("rebuilds");
    }
  }

  std::vector<Sample> Watch(std::chrono::minutes time) {
    std::vector<Sample> samples;
    int64_t lines = 0;
    for (SteadyTime next = begin_ + kSampling; next <= begin_ + time; next += kSampling) {
      stop_.WaitUntil(next);
      samples.push_back(Look(server_->pid(), begin_));
      const auto minutes = duration_cast<std::chrono::minutes>(next - begin_).count();
      if (minutes == lines) continue;
      lines = minutes;
      const auto [count, p99] = outcomes_.TakeLatencies();
      absl::PrintF("%4d min: %6.0f calls/s, p99 %7.2f ms, %6.0f MiB, %4d files, failed: %s\n",
                   minutes, static_cast<double>(count) / 60,
                   std::chrono::duration<double, std::milli>(p99).count(),
                   samples.back().memory_mib, samples.back().files, Text(outcomes_.failed()));
      std::fflush(stdout);
    }
    return samples;
  }

  int Judge(const std::vector<Sample>& samples, std::chrono::minutes time) {
    // A third of the time, and half an hour at most, is for caches to fill.
    const size_t warm = std::min(samples.size() / 3, size_t{180});
    const std::vector<Sample> later(samples.begin() + static_cast<std::ptrdiff_t>(warm),
                                    samples.end());
    if (later.size() < 2) return 1;
    constexpr double kPercent = 100;
    const double memory =
        kPercent * SlopePerHour(later, [](const Sample& sample) { return sample.memory_mib; });
    const double files =
        kPercent * SlopePerHour(later, [](const Sample& sample) { return sample.files; });
    absl::PrintF("done: %s\nrefused by the rules: %s\nfailed: %s\n", Text(outcomes_.done()),
                 Text(outcomes_.refused()), Text(outcomes_.failed()));
    absl::PrintF("memory: %.0f MiB, %+.2f %% an hour; files: %d, %+.2f %% an hour (after %d min)\n",
                 later.back().memory_mib, memory, later.back().files, files,
                 static_cast<int>(warm) / 6);
    constexpr int64_t kMoreFiles = 20;
    const bool leaked = later.back().files > later.front().files + kMoreFiles;
    const bool grew = time >= std::chrono::minutes(60) && memory > 1;
    return outcomes_.failed().empty() && !leaked && !grew ? 0 : 1;
  }

  const std::unique_ptr<ChildProcess> server_;
  const std::string address_;
  const int64_t certificants_;
  nanoseconds interval_{0};
  SteadyTime begin_;
  std::atomic<int64_t> next_ = 0;
  Outcomes outcomes_;
  Stop stop_;
};

absl::StatusOr<int> Main(int64_t minutes, int64_t certificants, const std::string& folder) {
  const std::string data = absl::StrCat(folder, "/data");
  GS_ASSIGN_OR_RETURN(const auto simulation,
                      ChildProcess::Start({GOODSTANDING_PROGRAM, "simulate", "--data", data,
                                           "--certificants", absl::StrCat(certificants)}));
  simulation->AwaitLine("\1").IgnoreError();  // Its end.
  GS_ASSIGN_OR_RETURN(
      auto server, ChildProcess::Start({GOODSTANDING_PROGRAM, "serve", "--data", data, "--listen",
                                        "127.0.0.1:0", "--rules", GOODSTANDING_RULES_FILE,
                                        "--backup", absl::StrCat(folder, "/backup"),
                                        "--checkpoint-seconds", "5", "--max-downtime-days", "0"}));
  GS_ASSIGN_OR_RETURN(const std::string address, server->AwaitLine("Listening on "));
  Soak soak(std::move(server), address, certificants);
  return soak.Run(std::chrono::minutes(minutes));
}

}  // namespace
}  // namespace goodstanding::soak

int main(int argc, char** argv) {
  int64_t minutes = 0;
  int64_t certificants = 5'000;
  if (argc < 2 || argc > 3 || !absl::SimpleAtoi(argv[1], &minutes) || minutes < 1 ||
      (argc == 3 && (!absl::SimpleAtoi(argv[2], &certificants) || certificants < 1))) {
    absl::FPrintF(stderr, "Usage: %s MINUTES [CERTIFICANTS]\n", argv[0]);
    return 2;
  }
  std::string folder =
      (std::filesystem::temp_directory_path() / "goodstanding-soak-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 2;
  const auto code = goodstanding::soak::Main(minutes, certificants, folder);
  std::filesystem::remove_all(folder);
  if (code.ok()) return *code;
  absl::FPrintF(stderr, "%s\n", code.status().message());
  return 1;
}
