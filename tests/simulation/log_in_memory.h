// A log and its views, in memory.
#ifndef GOODSTANDING_TESTS_SIMULATION_LOG_IN_MEMORY_H_
#define GOODSTANDING_TESTS_SIMULATION_LOG_IN_MEMORY_H_

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "domain/dates.h"
#include "eventstore/event_store.h"
#include "projections/projector.h"
#include "projections/views.h"
#include "rocksdb/env.h"
#include "tests/simulation/boards.h"

namespace goodstanding::simulation {

class LogInMemory {
 public:
  LogInMemory();

  void Append(const RecordedFact& fact);
  // Closes all days up to this one, inclusive.
  void AppendDaysClosed(domain::Date last, absl::Time recorded);

  std::unique_ptr<projections::Views> OpenViews(const std::string& folder) const;
  std::unique_ptr<projections::Projector> Follow(projections::Views& views) const;

  int64_t Head() const { return store_->Head(); }
  const eventstore::EventStore& store() const { return *store_; }

 private:
  void Append(const std::string& stream, const google::protobuf::Message& payload,
              absl::Time recorded, absl::Time effective);

  const std::unique_ptr<rocksdb::Env> env_;
  ManualClock clock_;
  std::unique_ptr<eventstore::EventStore> store_;
};

}  // namespace goodstanding::simulation

#endif  // GOODSTANDING_TESTS_SIMULATION_LOG_IN_MEMORY_H_
