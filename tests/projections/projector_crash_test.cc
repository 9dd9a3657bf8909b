// The views after a write that failed, and after a machine that lost power, at any point: rows and
// checkpoint agree, and following the log from there gives what a rebuild gives.
#include <memory>
#include <random>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "projections/projector.h"
#include "rocksdb/env.h"
#include "tests/eventstore/faulty_file_system.h"
#include "tests/projections/board_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::projections {
namespace {

using eventstore::FaultyFileSystem;

class FaultyEnv final : public rocksdb::EnvWrapper {
 public:
  explicit FaultyEnv(const std::shared_ptr<FaultyFileSystem>& disk)
      : EnvWrapper(rocksdb::NewCompositeEnv(disk)) {
    file_system_ = disk;
  }
};

class ProjectorCrash : public BoardTest {
 protected:
  ProjectorCrash()
      : view_env_(rocksdb::NewMemEnv(rocksdb::Env::Default())),
        disk_(std::make_shared<FaultyFileSystem>(view_env_->GetFileSystem())),
        faulty_env_(disk_) {
    Approve("a1", "2023-01-01");
    for (int i = 0; i < 6; ++i) TellPerson(i);
  }

  void TellPerson(int number) {
    const std::string id = absl::StrCat("p", number);
    TellShortLife(id);
    Tell(id, "2024-02-01", Credit("c9", "APPROVED_PROGRAM", "2024-01-15", 300, "a1"));
  }

  absl::StatusOr<std::unique_ptr<Views>> OpenFaulty() {
    return Views::Open("/views", store().Origin(), store().Head(), &faulty_env_);
  }

  // Opens the views, lets a projector follow while facts are told, and drops both. Errors of the
  // disk are what is wanted.
  void LiveUntilTheDiskFails(bool with_rules) {
    auto views = OpenFaulty();
    if (!views.ok()) return;
    auto projector = Projector::Start(store(), **views, {});
    if (!projector.ok()) return;
    for (int i = 0; i < 3; ++i) {
      const int64_t head = Tell("p1", "2024-03-01", Noticed());
      if (!(*projector)->WaitFor(head, absl::InfiniteDuration()).ok()) return;
    }
    const int64_t head =
        with_rules ? Correct(2025, 2025, "fees.late", "60.00") : Withdraw("a1", "2024-01-10");
    if (!(*projector)->WaitFor(head, absl::InfiniteDuration()).ok()) return;
  }

  // The same folder on a disk that works again.
  void ExpectSoundAfterwards() {
    GS_ASSERT_OK_AND_ASSIGN(const auto views, OpenFaulty());
    ExpectConsistent(*views);
    GS_ASSERT_OK_AND_ASSIGN(const auto projector, Projector::Start(store(), *views, {}));
    GS_ASSERT_OK(projector->WaitFor(store().Head(), absl::Minutes(1)));
    EXPECT_EQ(projector->AppliedPosition(), store().Head());
    ExpectConsistent(*views);
  }

  const std::unique_ptr<rocksdb::Env> view_env_;
  const std::shared_ptr<FaultyFileSystem> disk_;
  FaultyEnv faulty_env_;
};

TEST_F(ProjectorCrash, AfterAnyOperationOfTheDiskThatFailed) {
  int64_t operation = 0;
  bool reached = true;
  while (reached) {
    SCOPED_TRACE(absl::StrCat("operation ", ++operation));
    disk_->FailAfter(disk_->operations() + operation);
    const int64_t last = disk_->operations() + operation;
    LiveUntilTheDiskFails(operation % 2 == 0);
    reached = disk_->operations() > last;
    disk_->FailAfter(INT64_MAX);
    ExpectSoundAfterwards();
    if (HasFatalFailure()) return;
    TellPerson(static_cast<int>(100 + operation));
  }
  EXPECT_GT(operation, 5);
}

TEST_F(ProjectorCrash, AfterAPowerCutAtAnyOperation) {
  std::mt19937_64 random(20'251'201);
  for (int64_t operation = 1; operation < 30; ++operation) {
    SCOPED_TRACE(absl::StrCat("operation ", operation));
    disk_->FailAfter(disk_->operations() + operation);
    LiveUntilTheDiskFails(operation % 2 == 0);
    disk_->PowerCut(random);
    ExpectSoundAfterwards();
    if (HasFatalFailure()) return;
    TellPerson(static_cast<int>(100 + operation));
  }
}

}  // namespace
}  // namespace goodstanding::projections
