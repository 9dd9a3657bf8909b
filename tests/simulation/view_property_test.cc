// A view that follows the log holds, byte for byte, what one built from nothing holds.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "tests/projections/board_fixture.h"
#include "tests/simulation/boards.h"
#include "tests/simulation/log_in_memory.h"
#include "tests/simulation/properties.h"
#include "tests/simulation/transcript.h"

namespace goodstanding::simulation {
namespace {

std::string FaultOfViews(const History& history) {
  DomainBoard board;
  Transcript transcript;
  for (const Step& step : history.steps) transcript.AddStep(step, board.Take(step));
  LogInMemory log;
  log.Append(board.log().front());
  const auto followed = log.OpenViews("/followed");
  const auto follower = log.Follow(*followed);
  for (size_t i = 1; i < board.log().size(); ++i) {
    log.Append(board.log()[i]);
    // Now and then it is up to date; in between it takes what has gathered.
    if (i % 7 == 0) GS_CHECK(follower->WaitFor(log.Head(), absl::Minutes(1)).ok());
  }
  GS_CHECK(follower->WaitFor(log.Head(), absl::Minutes(1)).ok());
  const auto rebuilt = log.OpenViews("/rebuilt");
  const auto builder = log.Follow(*rebuilt);
  GS_CHECK(builder->WaitFor(log.Head(), absl::Minutes(1)).ok());
  const std::vector<std::string> activities = {"ez-1", "ez-2", "chapter-1", "chapter-2"};
  if (ContentsOf(*followed, activities) == ContentsOf(*rebuilt, activities)) return "";
  return absl::StrCat("the view that followed differs\n", transcript.Text());
}

TEST(ViewProperty, FollowingTheLogIsBuildingAnew) { ExpectOfHistories(15, &FaultOfViews); }

}  // namespace
}  // namespace goodstanding::simulation
