// A log and the keys of its people, in memory.
#ifndef GOODSTANDING_TESTS_SUPPORT_STORES_IN_MEMORY_H_
#define GOODSTANDING_TESTS_SUPPORT_STORES_IN_MEMORY_H_

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "rocksdb/env.h"

namespace goodstanding::testing {

// Empty stores, with a clock that stands at `seconds` since 1970.
struct StoresInMemory {
  explicit StoresInMemory(int64_t seconds) : clock(absl::FromUnixSeconds(seconds)) {
    eventstore::Options log_options;
    log_options.path = "/log";
    log_options.clock = &clock;
    log_options.env = env.get();
    log = eventstore::EventStore::Open(log_options).value();
    eventstore::KeyStoreOptions key_options;
    key_options.path = "/keys";
    key_options.scratch_key = std::string(32, 'k');
    key_options.env = env.get();
    keys = eventstore::KeyStore::Open(key_options).value();
  }

  const std::unique_ptr<rocksdb::Env> env{rocksdb::NewMemEnv(rocksdb::Env::Default())};
  ManualClock clock;
  std::unique_ptr<eventstore::EventStore> log;
  std::unique_ptr<eventstore::KeyStore> keys;
};

}  // namespace goodstanding::testing

#endif  // GOODSTANDING_TESTS_SUPPORT_STORES_IN_MEMORY_H_
