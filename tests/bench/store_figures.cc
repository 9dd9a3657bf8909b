#include "tests/bench/store_figures.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "eventstore/database.h"
#include "eventstore/event_store.h"
#include "eventstore/keys.h"
#include "eventstore/log_reader.h"
#include "eventstore/rows.h"
#include "rocksdb/write_batch.h"
#include "verify/database.h"
#include "verify/hashes.h"
#include "verify/log_check.h"

namespace goodstanding::bench {
namespace {

using eventstore::Database;
using eventstore::EventStore;
using Clock = std::chrono::steady_clock;

constexpr int kTurns = 5;
constexpr int kBatch = 512;
constexpr int kStreams = 1000;
constexpr size_t kPayloadBytes = 130;  // With the envelope some 200 bytes.

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Runs `one`, which deals with a batch of events, for half a second.
absl::StatusOr<int64_t> Repeat(const std::function<absl::Status()>& one) {
  constexpr double kSeconds = 0.5;
  int64_t events = 0;
  for (const auto begin = Clock::now(); SecondsSince(begin) < kSeconds; events += kBatch) {
    GS_RETURN_IF_ERROR(one());
  }
  return events;
}

eventstore::AppendRequest MakeBatch(int64_t number) {
  eventstore::AppendRequest request;
  for (int64_t i = 0; i < kBatch; ++i) {
    eventstore::Record record;
    record.set_stream(absl::StrCat("certificant/m-", (number * kBatch + i) % kStreams));
    record.set_kind("CreditRecorded");
    record.set_payload(std::string(kPayloadBytes, static_cast<char>('a' + i % 20)));
    record.set_effective_micros(1'700'000'000'000'000 + i);
    record.mutable_actor()->set_issuer("none");
    record.mutable_actor()->set_subject("anonymous");
    request.events.push_back(std::move(record));
  }
  return request;
}

// The rows of a batch, written as they are.
absl::Status WriteRaw(Database& database, int64_t number) {
  rocksdb::WriteBatch batch;
  std::string value;
  const eventstore::AppendRequest request = MakeBatch(number);
  for (int64_t i = 0; i < kBatch; ++i) {
    eventstore::Record record = request.events[static_cast<size_t>(i)];
    record.set_position(number * kBatch + i + 1);
    record.set_version(number + 1);
    record.set_recorded_micros(record.effective_micros());
    record.SerializeToString(&value);
    batch.Put(database.family(eventstore::kLogFamily), eventstore::LogKey(record.position()),
              value);
    batch.Put(database.family(eventstore::kStreamFamily),
              eventstore::StreamKey(record.stream(), record.position()), value);
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  return eventstore::FromRocks(database.db().Write(options, &batch), "writing a raw batch");
}

// All rows that hold events, both copies hashed.
absl::StatusOr<int64_t> ScanAndHash(const verify::Database& database) {
  int64_t events = 0;
  uint8_t kept = 0;  // So that no hash is left out.
  for (const char* family : {"log", "stream", "request"}) {
    const bool hash = family != absl::string_view("request");
    verify::Scan rows(database, family, "", "");
    for (; rows.Valid(); rows.Next()) {
      if (hash) kept = static_cast<uint8_t>(kept ^ verify::Sha256(rows.value())[0]);
      events += family == absl::string_view("log") ? 1 : 0;
    }
    GS_RETURN_IF_ERROR(rows.status());
  }
  return events + (kept >> 8);
}

}  // namespace

absl::StatusOr<StoreFigure> TakeTurns(const Work& ours, const Work& floor) {
  const auto rate = [](const Work& work) -> absl::StatusOr<double> {
    const auto begin = Clock::now();
    GS_ASSIGN_OR_RETURN(const int64_t events, work());
    return static_cast<double>(events) / SecondsSince(begin);
  };
  GS_RETURN_IF_ERROR(rate(ours).status());  // Warms both up.
  GS_RETURN_IF_ERROR(rate(floor).status());
  std::vector<double> values;
  std::vector<double> floors;
  for (int i = 0; i < kTurns; ++i) {
    GS_ASSIGN_OR_RETURN(const double floor_rate, rate(floor));
    GS_ASSIGN_OR_RETURN(const double our_rate, rate(ours));
    floors.push_back(floor_rate);
    values.push_back(our_rate);
  }
  return StoreFigure{Median(values), Median(floors)};
}

absl::StatusOr<StoreFigure> MeasureBatches(const std::string& folder) {
  const SystemClock clock;
  eventstore::Options options;
  options.path = absl::StrCat(folder, "/batches");
  options.clock = &clock;
  GS_ASSIGN_OR_RETURN(const auto store, EventStore::Open(options));
  eventstore::DatabaseSettings settings;
  settings.path = absl::StrCat(folder, "/raw");
  for (const char* family : {eventstore::kLogFamily, eventstore::kStreamFamily}) {
    settings.families.push_back({.name = family, .memtable_bytes = options.memtable_bytes});
  }
  GS_ASSIGN_OR_RETURN(const auto raw, Database::Open(settings));
  int64_t appends = 0;
  int64_t writes = 0;
  return TakeTurns(
      [&] { return Repeat([&] { return store->Append(MakeBatch(appends++)).status(); }); },
      [&] { return Repeat([&] { return WriteRaw(*raw, writes++); }); });
}

absl::StatusOr<StoreFigure> MeasureVerification(const std::string& data) {
  const std::string log = absl::StrCat(data, "/log");
  const auto verify = [&log]() -> absl::StatusOr<int64_t> {
    verify::LogCheckOptions options;
    options.path = log;
    options.threads = 1;
    GS_ASSIGN_OR_RETURN(const verify::Report report, verify::CheckLog(options));
    return report.events;
  };
  const auto scan = [&log]() -> absl::StatusOr<int64_t> {
    GS_ASSIGN_OR_RETURN(const auto database, verify::Database::Open(log, nullptr));
    return ScanAndHash(*database);
  };
  return TakeTurns(verify, scan);
}

absl::StatusOr<SyncTimes> MeasureSync(const std::string& folder) {
  constexpr size_t kSyncs = 1000;
  const std::string path = absl::StrCat(folder, "/synced");
  const int file = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) return absl::ErrnoToStatus(errno, path);
  const std::string bytes(1000, 'b');  // About what a command adds to RocksDB's log.
  std::vector<double> micros;
  absl::Status status;
  while (status.ok() && micros.size() < kSyncs) {
    const bool written = write(file, bytes.data(), bytes.size()) == std::ssize(bytes);
    const auto begin = std::chrono::steady_clock::now();
    if (!written || fdatasync(file) != 0) status = absl::ErrnoToStatus(errno, path);
    micros.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
            .count());
  }
  close(file);
  unlink(path.c_str());
  GS_RETURN_IF_ERROR(status);
  std::sort(micros.begin(), micros.end());
  return SyncTimes{micros[kSyncs / 2], micros[kSyncs * 99 / 100]};
}

}  // namespace goodstanding::bench
