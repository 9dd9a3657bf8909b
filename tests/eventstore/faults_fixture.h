// A store over a disk that fails on command.
#ifndef GOODSTANDING_TESTS_EVENTSTORE_FAULTS_FIXTURE_H_
#define GOODSTANDING_TESTS_EVENTSTORE_FAULTS_FIXTURE_H_

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/string_view.h"
#include "eventstore/event_store.h"
#include "rocksdb/env.h"
#include "rocksdb/system_clock.h"
#include "tests/eventstore/faulty_file_system.h"
#include "tests/eventstore/store_fixture.h"

namespace goodstanding::eventstore {

// RocksDB waits a second after each failure of a flush; nobody here has that long.
class ImpatientClock final : public rocksdb::SystemClockWrapper {
 public:
  using SystemClockWrapper::SystemClockWrapper;
  const char* Name() const override { return "ImpatientClock"; }
  void SleepForMicroseconds(int) override { std::this_thread::yield(); }
};

class ImpatientEnv final : public rocksdb::EnvWrapper {
 public:
  explicit ImpatientEnv(const std::shared_ptr<rocksdb::FileSystem>& disk)
      : EnvWrapper(rocksdb::NewCompositeEnv(disk)) {
    file_system_ = disk;
    system_clock_ = std::make_shared<ImpatientClock>(target()->GetSystemClock());
  }
};

class FaultsTest : public StoreTest {
 protected:
  FaultsTest()
      : disk_(std::make_shared<FaultyFileSystem>(env_->GetFileSystem())),
        faulty_env_(std::make_unique<ImpatientEnv>(disk_)) {}
  ~FaultsTest() override { Close(); }

  absl::Status OpenFaulty() {
    Close();
    Options options = StoreOptions();
    options.env = faulty_env_.get();
    auto opened = EventStore::Open(options);
    if (opened.ok()) store_ = *std::move(opened);
    return opened.status();
  }

  const std::shared_ptr<FaultyFileSystem> disk_;
  const std::unique_ptr<rocksdb::Env> faulty_env_;
};

// An append of one event, whose payload is the id, under a request id.
inline AppendRequest Named(absl::string_view id, absl::string_view stream) {
  AppendRequest request;
  request.request = Request(id);
  request.events.push_back(Event(stream, id));
  return request;
}

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_TESTS_EVENTSTORE_FAULTS_FIXTURE_H_
