#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/demo_cohort.h"
#include "tools/demo_stage.h"
#include "tools/demo_tour.h"
#include "tools/output.h"
#include "tools/progress.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding demo\n"
    "  goodstanding demo --seed 7 --certificants 1000   other people, and more of them\n"
    "  goodstanding demo --data ./demo-data             keep the store, to look around in it\n"
    "\n"
    "The same seed tells the same story. Nothing is left behind unless --data says where.";

struct DemoOptions {
  CohortOptions cohort;
  std::string data;
};

void AddOptions(Command& command, DemoOptions& options) {
  command.Add("--seed", options.cohort.seed, "Which people, which lives").ShowDefault();
  command.Add("--certificants", options.cohort.certificants, "How many people")
      .Between(static_cast<int>(Stories().size()), 5000)
      .ShowDefault();
  command.Add("--data", options.data, "New or empty folder in which the store is kept");
}

// How far the play is: on a terminal a line that is written over, elsewhere a line now and then.
class PlayProgress {
 public:
  void operator()(size_t done, size_t all) {
    constexpr double kInterval = 2;
    if (terminal_) {
      progress_.Show(absl::StrFormat("%d of %d commands", done, all));
    } else if (progress_.seconds() - told_ >= kInterval) {
      told_ = progress_.seconds();
      absl::FPrintF(stderr, "%d of %d commands\n", done, all);
    }
  }

 private:
  const bool terminal_ = isatty(STDERR_FILENO) != 0;
  Progress progress_;
  double told_ = 0;
};

absl::Status CheckEmpty(const std::string& folder) {
  std::error_code absent;
  const std::filesystem::directory_iterator entries(folder, absent);
  if (absent || entries == std::filesystem::directory_iterator()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(folder, " is not empty: the demo needs a folder of its own"));
}

absl::StatusOr<PlayRecord> Play(const Cohort& cohort, DemoStage& stage) {
  PlayProgress progress;
  return stage.Play(cohort, [&](size_t done, size_t all) { progress(done, all); });
}

absl::Status Show(const DemoOptions& options) {
  if (!options.data.empty()) GS_RETURN_IF_ERROR(CheckEmpty(options.data));
  const Style style = StdoutStyle();
  const Cohort cohort = MakeCohort(options.cohort);
  ShowOpening(cohort, style);
  std::fflush(stdout);
  GS_ASSIGN_OR_RETURN(const auto stage, DemoStage::Start(options.data));
  GS_ASSIGN_OR_RETURN(const PlayRecord record, Play(cohort, *stage));
  GS_RETURN_IF_ERROR(ShowTour(cohort, record, style, *stage));
  ShowEnd(cohort, options.data, style);
  return absl::OkStatus();
}

int Run(const DemoOptions& options) {
  const absl::Status status = Show(options);
  if (status.ok()) return 0;
  std::fflush(stdout);
  absl::FPrintF(stderr, "The demo ends here: %s\n", status.message());
  return status.code() == absl::StatusCode::kInvalidArgument ? kExitUsage : kExitRefused;
}

}  // namespace

void AddDemoCommand(Commands& commands) {
  commands.Add("demo", "A guided tour on data of its own", kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
