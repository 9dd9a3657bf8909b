#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "domain/refusal.h"
#include "gtest/gtest.h"
#include "services/command_processor.h"
#include "tests/services/processor_fixture.h"

namespace goodstanding::services {
namespace {

// Lets threads wait until it is opened.
class Gate {
 public:
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

class CommandProcessorTest : public ProcessorTest {
 protected:
  // A registration; the numbers name request and person.
  static Command Register(int number) {
    Command command;
    command.request_id = std::to_string(number);
    command.digest = std::string(32, 'd');
    event::v1::CertificantEvent event;
    event.mutable_certificant_registered()->set_name("Ana Roe");
    Proposal& proposal = command.proposals.emplace_back();
    proposal.id = "p" + command.request_id;
    proposal.fact = std::move(event);
    return command;
  }

  // A command that is refused.
  static Command Malformed() {
    Command command = Register(0);
    command.proposals[0].malformed = domain::Refuse("INVALID_ARGUMENT", "Not a command.", "name");
    return command;
  }
};

// What waits is bounded, what is refused for it is not recorded, and the rest is decided in turn.
TEST_F(CommandProcessorTest, RefusesWhatIsTooMuchAtOnceAndGoesOn) {
  Gate held;
  Gate holding;
  processor_->Execute(Malformed(), [&](const absl::StatusOr<CommandResult>& result) {
    EXPECT_FALSE(result.ok());
    holding.Open();
    held.Pass();
  });
  holding.Pass();  // The deciding thread is held up: nothing is decided now.

  constexpr int kCommands = 10'500;
  std::vector<absl::Status> answers(kCommands, absl::UnknownError("not answered"));
  int refused = 0;
  for (int i = 0; i < kCommands; ++i) {
    processor_->Execute(Register(i + 1), [&answers, i](const auto& result) {
      answers[static_cast<size_t>(i)] = result.status();
    });
    const auto refusal = domain::GetRefusal(answers[static_cast<size_t>(i)]);
    if (refusal && refusal->reason == "OVERLOADED") ++refused;
  }
  EXPECT_GT(refused, 0);
  held.Open();
  processor_->Drain();

  int recorded = 0;
  for (const absl::Status& answer : answers) recorded += answer.ok() ? 1 : 0;
  EXPECT_EQ(recorded + refused, kCommands);
  EXPECT_EQ(store_->Head(), recorded);
  EXPECT_GE(recorded, 10'000);
}

// A processor that goes away answers whom it took in.
TEST_F(CommandProcessorTest, DecidesWhatWaitsBeforeItEnds) {
  constexpr int kCommands = 500;
  int answered = 0;
  for (int i = 0; i < kCommands; ++i) {
    processor_->Execute(Register(i + 1), [&answered](const auto& result) {
      EXPECT_TRUE(result.ok()) << result.status();
      ++answered;
    });
  }
  processor_.reset();
  EXPECT_EQ(answered, kCommands);
  EXPECT_EQ(store_->Head(), kCommands);
}

}  // namespace
}  // namespace goodstanding::services
