// A log that the real store wrote, in memory, and whose rows can be changed behind its back.
#ifndef GOODSTANDING_TESTS_VERIFY_LOG_FIXTURE_H_
#define GOODSTANDING_TESTS_VERIFY_LOG_FIXTURE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "eventstore/event_store.h"
#include "eventstore/note.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "verify/log_check.h"

namespace goodstanding::verify {

// "family, row: what" of every fault that was kept.
std::vector<std::string> Lines(const Report& report);

// A row with the right layout and checksum.
std::string Framed(absl::string_view body);

class LogTest : public ::testing::Test {
 protected:
  using Rows = std::map<std::string, std::string>;
  static constexpr char kPath[] = "/log";

  LogTest();

  // The store, opened if it is not.
  eventstore::EventStore& store();
  void Close() { store_.reset(); }

  // Appends one command: an event to each of the streams, all under one request id of board/clerk
  // (none where it is empty). A second passes first.
  void Append(const std::vector<std::string>& streams, const std::string& request_id);
  // Appends until the log has `size` events, in batches, over many streams; every third batch has
  // no request id.
  void GrowTo(int64_t size);
  // Signs the whole log as the server does; returns the checkpoint.
  std::string Sign();
  PublicKey Key();

  // Closes the store and checks what is on disk.
  absl::StatusOr<Report> Check(LogCheckOptions options = {});
  // The lines of that; a failed test where it could not be checked.
  std::vector<std::string> Found(LogCheckOptions options = {});

  // Rows of a family of the closed store.
  Rows Read(const std::string& family);
  // Writes a row (nullopt: deletes it) behind the store's back.
  void Write(const std::string& family, const std::string& key,
             const std::optional<std::string>& value);
  // Replaces one family by these rows.
  void Replace(const std::string& family, const Rows& rows);

  std::unique_ptr<rocksdb::Env> env_;
  ManualClock clock_;

 private:
  void WithDatabase(const std::function<void(rocksdb::DB&, rocksdb::ColumnFamilyHandle*)>& use,
                    const std::string& family);

  std::unique_ptr<eventstore::EventStore> store_;
};

}  // namespace goodstanding::verify

#endif  // GOODSTANDING_TESTS_VERIFY_LOG_FIXTURE_H_
