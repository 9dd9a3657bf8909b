// Commands without a server: a processor on a log and keys in memory.
#ifndef GOODSTANDING_TESTS_SERVICES_PROCESSOR_FIXTURE_H_
#define GOODSTANDING_TESTS_SERVICES_PROCESSOR_FIXTURE_H_

#include <memory>

#include "base/clock.h"
#include "eventstore/event_store.h"
#include "gtest/gtest.h"
#include "services/board_time.h"
#include "services/command_processor.h"
#include "tests/support/stores_in_memory.h"

namespace goodstanding::services {

class ProcessorTest : public ::testing::Test {
 protected:
  testing::StoresInMemory stores_{1'758'000'000};  // 2025-09-16.
  ManualClock& clock_ = stores_.clock;
  const eventstore::EventStore* const store_ = stores_.log.get();
  const BoardTime time_ = BoardTime::Load("America/New_York").value();
  std::unique_ptr<CommandProcessor> processor_ =
      CommandProcessor::Create(*stores_.log, *stores_.keys, time_, clock_).value();
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_TESTS_SERVICES_PROCESSOR_FIXTURE_H_
