// Commands without a server: a processor on a log and keys in memory.
#ifndef GOODSTANDING_TESTS_SERVICES_PROCESSOR_FIXTURE_H_
#define GOODSTANDING_TESTS_SERVICES_PROCESSOR_FIXTURE_H_

#include <memory>
#include <string>

#include "base/clock.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "gtest/gtest.h"
#include "rocksdb/env.h"
#include "services/board_time.h"
#include "services/command_processor.h"

namespace goodstanding::services {

class ProcessorTest : public ::testing::Test {
 protected:
  ProcessorTest() {
    eventstore::Options log;
    log.path = "/log";
    log.clock = &clock_;
    log.env = env_.get();
    store_ = eventstore::EventStore::Open(log).value();
    eventstore::KeyStoreOptions keys;
    keys.path = "/keys";
    keys.scratch_key = std::string(32, 'k');
    keys.env = env_.get();
    keys_ = eventstore::KeyStore::Open(keys).value();
    processor_ = CommandProcessor::Create(*store_, *keys_, time_, clock_).value();
  }

  const std::unique_ptr<rocksdb::Env> env_{rocksdb::NewMemEnv(rocksdb::Env::Default())};
  ManualClock clock_{absl::FromUnixSeconds(1'758'000'000)};  // 2025-09-16.
  const BoardTime time_ = BoardTime::Load("America/New_York").value();
  std::unique_ptr<eventstore::EventStore> store_;
  std::unique_ptr<eventstore::KeyStore> keys_;
  std::unique_ptr<CommandProcessor> processor_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_TESTS_SERVICES_PROCESSOR_FIXTURE_H_
