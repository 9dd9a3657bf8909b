#include "tests/verify/log_fixture.h"

#include "absl/strings/str_cat.h"
#include "eventstore/crypto.h"
#include "tests/support/status_matchers.h"
#include "verify/stored_bytes.h"

namespace goodstanding::verify {
namespace {

constexpr char kSeed[] = "0123456789abcdef0123456789abcdef";
constexpr char kScope[] = "board/clerk";

eventstore::Record Event(const std::string& stream, const std::string& request_id) {
  eventstore::Record record;
  record.set_stream(stream);
  record.set_kind("Tested");
  record.set_payload(absl::StrCat("payload of ", stream));
  record.mutable_actor()->set_issuer("board");
  record.mutable_actor()->set_subject("clerk");
  record.set_request_id(request_id);
  return record;
}

eventstore::NoteKey LogKey(const std::string& origin) {
  return {.name = origin, .public_key = eventstore::Ed25519PublicKey(eventstore::Secret(kSeed))};
}

}  // namespace

std::vector<std::string> Lines(const Report& report) {
  std::vector<std::string> lines;
  for (const Fault& fault : report.faults) {
    lines.push_back(absl::StrCat(fault.family, ", ", fault.row, ": ", fault.what));
  }
  return lines;
}

std::string Framed(absl::string_view body) {
  const uint32_t crc = Crc32c(body);
  std::string value(1, '\x01');
  for (int shift = 24; shift >= 0; shift -= 8) {
    value.push_back(static_cast<char>((crc >> shift) & 0xff));
  }
  return absl::StrCat(value, body);
}

LogTest::LogTest()
    : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())),
      clock_(absl::FromUnixSeconds(1'700'000'000)) {}

eventstore::EventStore& LogTest::store() {
  if (store_ == nullptr) {
    eventstore::Options options;
    options.path = kPath;
    options.clock = &clock_;
    options.env = env_.get();
    options.memtable_bytes = 1 << 20;
    auto opened = eventstore::EventStore::Open(options);
    GS_EXPECT_OK(opened);
    store_ = std::move(opened).value();
  }
  return *store_;
}

void LogTest::Append(const std::vector<std::string>& streams, const std::string& request_id) {
  clock_.Set(clock_.Now() + absl::Seconds(1));
  eventstore::AppendRequest append;
  for (const std::string& stream : streams) append.events.push_back(Event(stream, request_id));
  if (!request_id.empty()) {
    append.request = {.scope = kScope, .id = request_id, .digest = std::string(32, 'd')};
  }
  append.answer = "answer";
  GS_ASSERT_OK(store().Append(std::move(append)));
}

void LogTest::GrowTo(int64_t size) {
  for (int64_t batch = 0; store().Head() < size; ++batch) {
    const int64_t head = store().Head();
    const int64_t count = std::min<int64_t>(size - head, 1 + batch % 50);
    std::vector<std::string> streams;
    for (int64_t i = 0; i < count; ++i) {
      streams.push_back(absl::StrCat("certificant/", (head + i * 7) % 40));
    }
    Append(streams, batch % 3 == 0 ? "" : absl::StrCat("request-", head));
  }
}

std::string LogTest::Sign() {
  const int64_t size = store().Head();
  const eventstore::NoteKey key = LogKey(store().Origin());
  eventstore::Note note;
  note.text =
      eventstore::Checkpoint{
          .origin = store().Origin(), .size = size, .root = store().TreeRoot(size).value()}
          .ToText();
  note.signatures.push_back(eventstore::SignNote(note.text, key, eventstore::Secret(kSeed)));
  GS_EXPECT_OK(store().PutCheckpoint(size, note.ToText()));
  return note.ToText();
}

PublicKey LogTest::Key() { return PublicKey::Parse(LogKey(store().Origin()).ToText()).value(); }

absl::StatusOr<Report> LogTest::Check(LogCheckOptions options) {
  Close();
  options.path = kPath;
  options.env = env_.get();
  return CheckLog(options);
}

std::vector<std::string> LogTest::Found(LogCheckOptions options) {
  const absl::StatusOr<Report> report = Check(std::move(options));
  GS_EXPECT_OK(report);
  if (!report.ok()) return {"not checked"};
  EXPECT_EQ(report->fault_count, static_cast<int64_t>(report->faults.size()));
  return Lines(*report);
}

void LogTest::WithDatabase(
    const std::function<void(rocksdb::DB&, rocksdb::ColumnFamilyHandle*)>& use,
    const std::string& family) {
  Close();
  rocksdb::DBOptions options;
  options.env = env_.get();
  std::vector<std::string> names;
  ASSERT_TRUE(rocksdb::DB::ListColumnFamilies(options, kPath, &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, kPath, families, &handles, &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  for (rocksdb::ColumnFamilyHandle* const handle : handles) {
    if (handle->GetName() == family) use(*db, handle);
  }
  for (rocksdb::ColumnFamilyHandle* const handle : handles) {
    ASSERT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
  }
}

LogTest::Rows LogTest::Read(const std::string& family) {
  Rows rows;
  WithDatabase(
      [&](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle) {
        const std::unique_ptr<rocksdb::Iterator> row(db.NewIterator({}, handle));
        for (row->SeekToFirst(); row->Valid(); row->Next()) {
          rows.emplace(row->key().ToString(), row->value().ToString());
        }
      },
      family);
  return rows;
}

void LogTest::Write(const std::string& family, const std::string& key,
                    const std::optional<std::string>& value) {
  WithDatabase(
      [&](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle) {
        const rocksdb::Status written =
            value.has_value() ? db.Put({}, handle, key, *value) : db.Delete({}, handle, key);
        ASSERT_TRUE(written.ok());
      },
      family);
}

void LogTest::Replace(const std::string& family, const Rows& rows) {
  const Rows before = Read(family);
  WithDatabase(
      [&](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle) {
        for (const auto& [key, value] : before) ASSERT_TRUE(db.Delete({}, handle, key).ok());
        for (const auto& [key, value] : rows) ASSERT_TRUE(db.Put({}, handle, key, value).ok());
      },
      family);
}

}  // namespace goodstanding::verify
