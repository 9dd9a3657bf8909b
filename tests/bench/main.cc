// goodstanding_bench: what a call costs, beside an empty call over the same gRPC.
//
//   goodstanding_bench              every figure
//   goodstanding_bench NAME...      those figures; "get_standing" is all that begin so
//   goodstanding_bench scale        what scale_figures.h says, of a board that is served
//
// Prints a line a figure, separated by tabs: name, value, unit, floor, ratio. The floor is the same
// figure of an echo (300 bytes in, 200 bytes out) whose server has our shape: a completion queue
// and one thread; of get_standing.as_of and .known_at, the plain question about the same person; of
// durable_command.1.p50 and .p99, the echo's and those of an fdatasync of as many bytes added up;
// of feed.one (events as stored) and feed.decoded, a server stream of as many and as large
// responses with nothing to read or open; of append.batch512 and verify, in this process,
// store_figures.h says, and of preview preview_figure.h; of stalled_subscriber.p99, the same
// commands while every subscriber reads. Both are measured by the same client, on one channel,
// taking turns, five times; figures are medians. Servers and client have a core each. A turn in
// which other programs kept a tenth of a core busy is dropped, as long as the tries last.
#include <sched.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/cores.h"
#include "base/status_macros.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "tests/bench/board.h"
#include "tests/bench/echo.grpc.pb.h"
#include "tests/bench/echo_server.h"
#include "tests/bench/load.h"
#include "tests/bench/preview_figure.h"
#include "tests/bench/quiet.h"
#include "tests/bench/rebuild_figures.h"
#include "tests/bench/scale_figures.h"
#include "tests/bench/store_figures.h"
#include "tests/support/child_process.h"
#include "tools/scratch_folder.h"

namespace goodstanding::bench {
namespace {

using std::chrono::nanoseconds;
using Run = std::function<Load(int callers, nanoseconds time)>;

constexpr nanoseconds kTurn = std::chrono::milliseconds(1000);
constexpr size_t kTurns = 5;
constexpr int kTries = 10;
constexpr double kQuiet = 0.1;

// What one turn gave.
struct Turn {
  double rate = 0;        // Calls a second.
  double cpu_micros = 0;  // Of the server, a call.
  double p50_micros = 0;
  double p99_micros = 0;
};

// A turn of the floor and one of ours.
struct Pair {
  Turn floor;
  Turn ours;
  double others = 0;  // Cores.
};

// What a subject is measured against.
enum class Floor { kEcho, kEchoAndSync, kPlainQuestion };

// Figures that come out of the same turns.
struct Subject {
  std::string name;
  int callers;
  bool latencies;  // Also NAME.p50 and NAME.p99.
  Run run;
  Floor floor = Floor::kEcho;
};

absl::StatusOr<Turn> ToTurn(Load load) {
  GS_RETURN_IF_ERROR(load.status);
  std::vector<nanoseconds>& all = load.latencies;
  if (all.empty()) return absl::InternalError("no call was answered in time");
  const auto micros_at = [&all](size_t percent) {
    const auto place = all.begin() + static_cast<std::ptrdiff_t>((all.size() - 1) * percent / 100);
    std::nth_element(all.begin(), place, all.end());
    return std::chrono::duration<double, std::micro>(*place).count();
  };
  const double seconds = std::chrono::duration<double>(load.time).count();
  return Turn{static_cast<double>(all.size()) / seconds, 0, micros_at(50), micros_at(99)};
}

class Bench {
 public:
  // `folder` is on the disk that the board uses.
  Bench(std::unique_ptr<testing::ChildProcess> echo, const std::string& echo_address,
        std::unique_ptr<Board> board, std::string folder)
      : folder_(std::move(folder)),
        echo_(std::move(echo)),
        echo_stub_(v1::EchoService::NewStub(
            grpc::CreateChannel(echo_address, grpc::InsecureChannelCredentials()))),
        board_(std::move(board)) {}

  std::vector<Subject> Subjects() {
    const auto anyone = [this](int callers, nanoseconds time) {
      return board_->AskAnyone(callers, time);
    };
    const auto the_one = [this](Question question) {
      return [this, question](int callers, nanoseconds time) {
        return board_->AskTheOne(question, callers, time);
      };
    };
    const auto record = [this](int callers, nanoseconds time) {
      return board_->Record(callers, time);
    };
    std::vector<Subject> subjects;
    for (const int callers : {1, 8, 64}) {
      subjects.push_back({absl::StrCat("get_standing.", callers), callers, false, anyone});
    }
    for (const int callers : {1, 8, 64, 256}) {
      subjects.push_back({absl::StrCat("durable_command.", callers), callers,
                          callers == 1 || callers == 64, record,
                          callers == 1 ? Floor::kEchoAndSync : Floor::kEcho});
    }
    const auto report = [this](int callers, nanoseconds time) {
      return board_->ReadReport(callers, time);
    };
    subjects.push_back({"report", 1, true, report});
    subjects.push_back({"get_standing.now", 1, true, the_one(Question::kNow)});
    subjects.push_back(
        {"get_standing.as_of", 1, true, the_one(Question::kAsOf), Floor::kPlainQuestion});
    subjects.push_back(
        {"get_standing.known_at", 1, true, the_one(Question::kKnownAt), Floor::kPlainQuestion});
    return subjects;
  }

  // Measures and prints those lines of the subject that `wanted` names.
  absl::Status Measure(const Subject& subject,
                       const std::function<bool(const std::string&)>& wanted) {
    GS_RETURN_IF_ERROR(TakeTurns(subject).status());  // Warms both up.
    std::vector<Pair> pairs;
    for (int i = 0; i < kTries && Quiet(pairs) < kTurns; ++i) {
      GS_ASSIGN_OR_RETURN(const Pair pair, TakeTurns(subject));
      pairs.push_back(pair);
    }
    std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) {
      return std::max(a.others, kQuiet) < std::max(b.others, kQuiet);
    });
    pairs.resize(kTurns);
    if (pairs.back().others > kQuiet) {
      absl::FPrintF(stderr, "%s: other programs kept up to %.2f cores busy\n", subject.name,
                    pairs.back().others);
    }
    const auto print = [&](const std::string& name, const char* unit, double Turn::* figure) {
      if (!wanted(name)) return;
      const double ours = Median(pairs, &Pair::ours, figure);
      const double floor = Median(pairs, &Pair::floor, figure);
      absl::PrintF("%s\t%.1f\t%s\t%.1f\t%.3f\n", name, ours, unit, floor, ours / floor);
      std::fflush(stdout);
    };
    absl::FPrintF(stderr, "%s: the servers' processors took %.1f us a call, the floor's %.1f us\n",
                  subject.name, Median(pairs, &Pair::ours, &Turn::cpu_micros),
                  Median(pairs, &Pair::floor, &Turn::cpu_micros));
    print(subject.name, "requests/s", &Turn::rate);
    if (subject.latencies) {
      print(subject.name + ".p50", "us", &Turn::p50_micros);
      print(subject.name + ".p99", "us", &Turn::p99_micros);
    }
    return absl::OkStatus();
  }

 private:
  static size_t Quiet(const std::vector<Pair>& pairs) {
    return static_cast<size_t>(std::count_if(
        pairs.begin(), pairs.end(), [](const Pair& pair) { return pair.others <= kQuiet; }));
  }

  static double Median(const std::vector<Pair>& pairs, Turn Pair::* side, double Turn::* figure) {
    std::vector<double> values;
    for (const Pair& pair : pairs) values.push_back(pair.*side.*figure);
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  }

  absl::StatusOr<Pair> TakeTurns(const Subject& subject) {
    GS_RETURN_IF_ERROR(board_->Settle());  // Else the views' work would slow the echo.
    const OthersWatch watch({echo_->pid(), board_->pid()});
    Pair pair;
    GS_ASSIGN_OR_RETURN(pair.floor, TakeFloor(subject));
    GS_ASSIGN_OR_RETURN(pair.ours, TakeTurn(subject.run, board_->pid(), subject.callers));
    pair.others = watch.BusyCores();
    return pair;
  }

  absl::StatusOr<Turn> TakeFloor(const Subject& subject) {
    if (subject.floor == Floor::kPlainQuestion) {
      const Run plain = [this](int callers, nanoseconds time) {
        return board_->AskTheOne(Question::kNow, callers, time);
      };
      return TakeTurn(plain, board_->pid(), subject.callers);
    }
    const Run echo = [this](int callers, nanoseconds time) { return Echo(callers, time); };
    GS_ASSIGN_OR_RETURN(Turn turn, TakeTurn(echo, echo_->pid(), subject.callers));
    if (subject.floor == Floor::kEchoAndSync) {
      GS_ASSIGN_OR_RETURN(const SyncTimes sync, MeasureSync(folder_));
      turn.p50_micros += sync.p50_micros;
      turn.p99_micros += sync.p99_micros;
    }
    return turn;
  }

  static absl::StatusOr<Turn> TakeTurn(const Run& run, pid_t server, int callers) {
    const double begin = CpuSeconds(server);
    Load load = run(callers, kTurn);
    const double calls = static_cast<double>(load.latencies.size());
    GS_ASSIGN_OR_RETURN(Turn turn, ToTurn(std::move(load)));
    turn.cpu_micros = (CpuSeconds(server) - begin) * 1e6 / calls;
    return turn;
  }

  Load Echo(int callers, nanoseconds time) {
    constexpr size_t kRequestBytes = 300;
    const Traffic<v1::EchoService::Stub, v1::EchoRequest, v1::EchoResponse> traffic{
        echo_stub_.get(), &v1::EchoService::Stub::PrepareAsyncEcho,
        [](v1::EchoRequest& request) { request.set_payload(std::string(kRequestBytes, 'q')); },
        [](const v1::EchoResponse& response) { return !response.payload().empty(); }};
    return RunLoad(traffic, callers, time);
  }

  const std::string folder_;
  const std::unique_ptr<testing::ChildProcess> echo_;
  const std::unique_ptr<v1::EchoService::Stub> echo_stub_;
  const std::unique_ptr<Board> board_;
};

// A core for the servers, where there are two; the client, this process, goes to another one.
std::optional<int> SplitCores() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return std::nullopt;
  std::vector<int> cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &allowed)) cores.push_back(core);
  }
  if (cores.size() < 2) return std::nullopt;
  cpu_set_t client;
  CPU_ZERO(&client);
  CPU_SET(cores[1], &client);
  sched_setaffinity(0, sizeof(client), &client);
  return cores[0];
}

void PrintFigure(const std::string& name, const char* unit, const StoreFigure& figure) {
  absl::PrintF("%s\t%.1f\t%s\t%.1f\t%.3f\n", name, figure.value, unit, figure.floor,
               figure.value / figure.floor);
  std::fflush(stdout);
}

absl::StatusOr<std::string> BoardToMeasure(const std::string& scratch) {
  const char* const board = getenv("GOODSTANDING_BENCH_BOARD");
  if (board != nullptr) return std::string(board);
  const char* const given = getenv("GOODSTANDING_BENCH_CERTIFICANTS");
  const std::string people = given == nullptr ? "10000" : given;
  const std::string data = scratch + "/board";
  absl::FPrintF(stderr, "making up a board of %s people in %s\n", people, data);
  GS_ASSIGN_OR_RETURN(auto simulation,
                      testing::ChildProcess::Start({GOODSTANDING_PROGRAM, "simulate", "--data",
                                                    data, "--certificants", people}));
  GS_RETURN_IF_ERROR(simulation->AwaitLine(people + " certificants").status());
  simulation->AwaitLine("more").status().IgnoreError();  // It ends then.
  return data;
}

// Building the views of a board: of GOODSTANDING_BENCH_BOARD, a folder of `goodstanding simulate`,
// or of one made up here, of GOODSTANDING_BENCH_CERTIFICANTS people (10,000). By all cores, and by
// one.
absl::Status MeasureRebuilds(const std::function<bool(const std::string&)>& wanted) {
  GS_ASSIGN_OR_RETURN(const auto scratch, tools::ScratchFolder::Create());
  GS_ASSIGN_OR_RETURN(const std::string data, BoardToMeasure(scratch->path()));
  for (const int threads : {UsableCores(), 1}) {
    const std::string name = threads == 1 ? "rebuild.one" : "rebuild";
    if (!wanted(name)) continue;
    GS_ASSIGN_OR_RETURN(const StoreFigure figure, MeasureRebuild(data, threads));
    PrintFigure(name, "events/s", figure);
  }
  return absl::OkStatus();
}

// A board that is served, made or named as for rebuilds.
absl::Status MeasureScales() {
  GS_ASSIGN_OR_RETURN(const auto scratch, tools::ScratchFolder::Create());
  GS_ASSIGN_OR_RETURN(const std::string data, BoardToMeasure(scratch->path()));
  return MeasureScale(
      data, [](const std::string& name, double value, const char* unit, double floor) {
        if (floor > 0) {
          absl::PrintF("%s\t%.1f\t%s\t%.1f\t%.3f\n", name, value, unit, floor, value / floor);
        } else {
          absl::PrintF("%s\t%.1f\t%s\n", name, value, unit);
        }
        std::fflush(stdout);
      });
}

// Events a second through one subscription; the floor sends as many pages of the same size.
absl::StatusOr<StoreFigure> MeasureFeed(Board& board, bool stored_only, const std::string& program,
                                        std::optional<int> core) {
  GS_ASSIGN_OR_RETURN(auto pages, testing::ChildProcess::Start({program, "--page-server"}, core));
  GS_ASSIGN_OR_RETURN(const std::string address, pages->AwaitLine("Listening on "));
  const auto stub =
      v1::EchoService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  std::vector<double> values;
  std::vector<double> floors;
  for (size_t i = 0; i <= kTurns; ++i) {
    auto begin = std::chrono::steady_clock::now();
    GS_ASSIGN_OR_RETURN(const Board::History history, board.ReadHistory(stored_only));
    const auto events = static_cast<double>(history.events);
    const auto seconds = [&begin] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    values.push_back(events / seconds());
    begin = std::chrono::steady_clock::now();
    grpc::ClientContext context;
    v1::PagesRequest request;
    request.set_count(history.pages);
    request.set_bytes(history.bytes / history.pages);
    const auto reader = stub->Pages(&context, request);
    v1::EchoResponse page;
    while (reader->Read(&page)) {
    }
    if (!reader->Finish().ok()) return absl::InternalError("the pages broke off");
    floors.push_back(events / seconds());
    if (i > 0) continue;  // The first turn warms both up.
    values.clear();
    floors.clear();
  }
  std::sort(values.begin(), values.end());
  std::sort(floors.begin(), floors.end());
  return StoreFigure{values[kTurns / 2], floors[kTurns / 2]};
}

// The p99 of a durable command at 8 callers while 100 subscribers follow the log, one of which
// never reads; the floor is the same where all read.
absl::StatusOr<StoreFigure> MeasureStalled(Board& board) {
  constexpr int kSubscribers = 100;
  constexpr int kCallers = 8;
  constexpr nanoseconds kTime = std::chrono::seconds(2);
  const auto p99 = [&board](int stalled) -> absl::StatusOr<double> {
    GS_RETURN_IF_ERROR(board.Settle());
    GS_ASSIGN_OR_RETURN(const auto readers, board.Subscribe(kSubscribers - stalled, true));
    GS_ASSIGN_OR_RETURN(const auto idlers, board.Subscribe(stalled, false));
    GS_ASSIGN_OR_RETURN(const Turn turn, ToTurn(board.Record(kCallers, kTime)));
    return turn.p99_micros;
  };
  std::vector<double> values;
  std::vector<double> floors;
  GS_RETURN_IF_ERROR(p99(0).status());  // Warms up.
  const double before = ResidentMebibytes(board.pid());
  for (size_t i = 0; i < kTurns; ++i) {
    GS_ASSIGN_OR_RETURN(const double floor, p99(0));
    GS_ASSIGN_OR_RETURN(const double value, p99(1));
    floors.push_back(floor);
    values.push_back(value);
  }
  absl::FPrintF(stderr, "stalled_subscriber: the server held %.0f MiB before, %.0f MiB after\n",
                before, ResidentMebibytes(board.pid()));
  std::sort(values.begin(), values.end());
  std::sort(floors.begin(), floors.end());
  return StoreFigure{values[kTurns / 2], floors[kTurns / 2]};
}

bool IsNamed(const std::string& name, const std::vector<std::string>& names) {
  return names.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& prefix) {
           return name == prefix || name.rfind(prefix + ".", 0) == 0;
         });
}

absl::Status RunBench(const std::string& program, const std::vector<std::string>& names) {
  // Beside the program unless TMPDIR says where: on a disk, not in memory.
  setenv("TMPDIR", std::filesystem::path(program).parent_path().c_str(), 0);
  GS_ASSIGN_OR_RETURN(const auto folder, tools::ScratchFolder::Create());
  const auto wanted = [&names](const std::string& name) { return IsNamed(name, names); };
  bool any = false;
  if (wanted("preview")) {
    any = true;
    GS_ASSIGN_OR_RETURN(const auto scratch, tools::ScratchFolder::Create());
    GS_ASSIGN_OR_RETURN(const StoreFigure figure, MeasurePreview(scratch->path()));
    PrintFigure("preview", "events/s", figure);
    if (names.size() == 1) return absl::OkStatus();
  }
  if (wanted("rebuild") || wanted("rebuild.one")) {
    any = true;
    GS_RETURN_IF_ERROR(MeasureRebuilds(wanted));
    if (names.size() == 1) return absl::OkStatus();
  }
  // Minutes at size: only where it is named.
  if (std::find(names.begin(), names.end(), "scale") != names.end()) {
    any = true;
    GS_RETURN_IF_ERROR(MeasureScales());
    if (names.size() == 1) return absl::OkStatus();
  }
  const std::optional<int> core = SplitCores();
  if (wanted("append.batch512")) {
    any = true;
    GS_ASSIGN_OR_RETURN(const auto scratch, tools::ScratchFolder::Create());
    GS_ASSIGN_OR_RETURN(const StoreFigure figure, MeasureBatches(scratch->path()));
    PrintFigure("append.batch512", "events/s", figure);
    if (names.size() == 1) return absl::OkStatus();
  }
  GS_ASSIGN_OR_RETURN(auto echo, testing::ChildProcess::Start({program, "--echo-server"}, core));
  GS_ASSIGN_OR_RETURN(const std::string echo_address, echo->AwaitLine("Listening on "));
  absl::FPrintF(stderr, "filling a register of 100,000 in %s\n", folder->path());
  GS_ASSIGN_OR_RETURN(auto board, Board::Start(folder->path(), core));
  for (const bool stored_only : {true, false}) {
    const std::string name = stored_only ? "feed.one" : "feed.decoded";
    if (!wanted(name)) continue;
    any = true;
    GS_ASSIGN_OR_RETURN(const StoreFigure figure, MeasureFeed(*board, stored_only, program, core));
    PrintFigure(name, "events/s", figure);
  }
  if (wanted("stalled_subscriber.p99")) {
    any = true;
    GS_ASSIGN_OR_RETURN(const StoreFigure figure, MeasureStalled(*board));
    PrintFigure("stalled_subscriber.p99", "us", figure);
  }
  if (wanted("verify")) {
    any = true;
    GS_ASSIGN_OR_RETURN(const StoreFigure figure, MeasureVerification(folder->path()));
    PrintFigure("verify", "events/s", figure);
  }
  Bench bench(std::move(echo), echo_address, std::move(board), folder->path());
  for (const Subject& subject : bench.Subjects()) {
    const bool latency =
        subject.latencies && (wanted(subject.name + ".p50") || wanted(subject.name + ".p99"));
    if (!wanted(subject.name) && !latency) continue;
    any = true;
    GS_RETURN_IF_ERROR(bench.Measure(subject, wanted));
  }
  return any ? absl::OkStatus() : absl::InvalidArgumentError("no figure has such a name");
}

}  // namespace
}  // namespace goodstanding::bench

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments == std::vector<std::string>{"--echo-server"}) {
    return goodstanding::bench::RunEchoServer();
  }
  if (arguments == std::vector<std::string>{"--page-server"}) {
    return goodstanding::bench::RunPageServer();
  }
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  const absl::Status status = goodstanding::bench::RunBench(program, arguments);
  if (status.ok()) return 0;
  absl::FPrintF(stderr, "goodstanding_bench: %s\n", std::string(status.message()));
  return 1;
}
