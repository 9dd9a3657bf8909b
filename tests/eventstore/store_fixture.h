// What the tests of the event store share.
#ifndef GOODSTANDING_TESTS_EVENTSTORE_STORE_FIXTURE_H_
#define GOODSTANDING_TESTS_EVENTSTORE_STORE_FIXTURE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "eventstore/event_store.h"
#include "gtest/gtest.h"
#include "rocksdb/env.h"

namespace goodstanding::eventstore {

inline absl::Time TestTime() { return absl::FromUnixSeconds(1'700'000'000); }

// An event as a caller fills it.
Record Event(absl::string_view stream, absl::string_view payload);

// An append of one event a payload to one stream that is expected at `version`.
AppendRequest AppendTo(absl::string_view stream, int64_t version,
                       const std::vector<std::string>& payloads);

// A request key of the scope "caller" whose digest is `content` repeated.
RequestKey Request(absl::string_view id, char content = 'd');

// A store in memory that can be closed and opened anew.
class StoreTest : public ::testing::Test {
 protected:
  StoreTest();

  Options StoreOptions();
  // Opens the store, or opens it anew; a fatal failure where that fails.
  void Open();
  void Close() { store_.reset(); }
  EventStore& store() { return *store_; }
  // Payloads of a page, in its order.
  static std::vector<std::string> Payloads(const Page& page);

  std::unique_ptr<rocksdb::Env> env_;
  ManualClock clock_;
  std::unique_ptr<EventStore> store_;
};

// An empty folder on the real file system, removed with its content at the end.
class ScratchFolder {
 public:
  ScratchFolder();
  // In memory where the machine offers that: for tests that sync much and need real folders.
  static ScratchFolder InMemory();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  std::string path(absl::string_view name) const;

 private:
  explicit ScratchFolder(const std::string& parent);

  std::string root_;
};

// The seed of a randomised test: GS_TEST_SEED, or a fixed one. Printed.
uint64_t TestSeed(uint64_t fixed);

// Bytes of a file in tests/eventstore/golden, given there in hex with line breaks.
std::string GoldenBytes(absl::string_view name);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_TESTS_EVENTSTORE_STORE_FIXTURE_H_
