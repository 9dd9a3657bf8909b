// The state of a server as it is printed.
#include "tools/status_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace goodstanding::tools {
namespace {

using ::testing::HasSubstr;

TEST(StatusText, SaysHowFarTheViewsAreAndWhetherItWrites) {
  const auto zone = services::BoardTime::Load("America/New_York").value();
  api::v1::GetServerStatusResponse status;
  status.set_origin("goodstanding/abc");
  status.set_head_position(12);
  status.set_applied_position(10);
  status.mutable_last_recorded_time()->set_seconds(1764624600);
  status.mutable_server_time()->set_seconds(1764624660);
  status.set_write_refusal("the disk is full");
  status.set_program_version("0.1.0");
  status.set_evaluator_revision(1);
  EXPECT_EQ(ServerStatusText(status, zone),
            "Origin       goodstanding/abc\n"
            "Log          at 12, last event recorded 2025-12-01 16:30\n"
            "Views        at 10, 2 behind\n"
            "Writes       refused: the disk is full\n"
            "Server time  2025-12-01 16:31\n"
            "Program      0.1.0, evaluator revision 1\n");
}

TEST(StatusText, SaysWhyCommandsAreRefused) {
  const auto zone = services::BoardTime::Load("America/New_York").value();
  api::v1::GetServerStatusResponse status;
  EXPECT_THAT(ServerStatusText(status, zone), HasSubstr("Writes       accepted\n"));
  status.set_clock_suspicion("the clock was set");
  EXPECT_THAT(ServerStatusText(status, zone),
              HasSubstr("Writes       refused: the clock was set (goodstanding clock confirm"));
  status.set_read_only(true);
  EXPECT_THAT(ServerStatusText(status, zone), HasSubstr("Writes       refused, read-only\n"));
  status.set_read_only_reason("drill");
  EXPECT_THAT(ServerStatusText(status, zone),
              HasSubstr("Writes       refused, read-only: drill\n"));
}

TEST(StatusText, ACheckNamesEveryDifference) {
  api::v1::CheckViewsResponse check;
  check.set_checked_count(7);
  check.set_done(true);
  EXPECT_EQ(CheckText(check), "7 certificants checked, 0 differ\n");
  check.add_differing_certificant_ids("ana");
  check.set_done(false);
  EXPECT_EQ(CheckText(check),
            "ana: the view differs from its events\n"
            "7 certificants checked, 1 differ; the check did not end\n");
}

}  // namespace
}  // namespace goodstanding::tools
