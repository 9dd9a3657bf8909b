// Stored bytes that contradict each other, newer formats, unknown families.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "eventstore/database.h"
#include "eventstore/event_store.h"
#include "eventstore/keys.h"
#include "eventstore/log_reader.h"
#include "eventstore/rows.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/eventstore/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::eventstore {
namespace {

using ::goodstanding::testing::IsOkAndHolds;
using ::goodstanding::testing::StatusIs;
using ::testing::HasSubstr;

class DamageTest : public StoreTest {
 protected:
  // Three events in two streams, one request.
  void SetUp() override {
    Open();
    AppendRequest request = AppendTo("a", 0, {"1", "2"});
    request.request = Request("r-1");
    GS_ASSERT_OK(store().Append(request));
    GS_ASSERT_OK(store().Append(AppendTo("b", 0, {"3"})));
    Close();
  }

  // Opens the closed store's database as it is.
  std::unique_ptr<Database> OpenDatabase() {
    DatabaseSettings settings;
    settings.path = StoreOptions().path;
    settings.env = env_.get();
    for (const char* name : {kLogFamily, kStreamFamily, kRequestFamily, kMetaFamily, kTreeFamily}) {
      settings.families.push_back({.name = name});
    }
    return Database::Open(settings).value();
  }

  std::string Get(Database& database, const char* family, const std::string& key) {
    std::string value;
    EXPECT_TRUE(database.db().Get({}, database.family(family), key, &value).ok());
    return value;
  }

  void Put(const char* family, const std::string& key, const std::string& value) {
    const auto database = OpenDatabase();
    ASSERT_TRUE(database->db().Put({}, database->family(family), key, value).ok());
  }

  void Delete(const char* family, const std::string& key) {
    const auto database = OpenDatabase();
    ASSERT_TRUE(database->db().Delete({}, database->family(family), key).ok());
  }

  // Reads everything, every way; the first error.
  absl::Status OpenAndReadAll() {
    GS_ASSIGN_OR_RETURN(const auto store, EventStore::Open(StoreOptions()));
    const auto ignore = [](const Record&) { return absl::OkStatus(); };
    GS_RETURN_IF_ERROR(store->VisitLog(1, store->Head(), ignore));
    GS_RETURN_IF_ERROR(store->VisitStream("a", ignore));
    GS_RETURN_IF_ERROR(store->VisitStream("b", ignore));
    return store->FindRequest(Request("r-1")).status();
  }
};

TEST_F(DamageTest, IsSoundUndamaged) { GS_EXPECT_OK(OpenAndReadAll()); }

TEST_F(DamageTest, FindsAFlippedBitInAnyByteOfARow) {
  struct Row {
    const char* family;
    std::string key;
  };
  const std::vector<Row> rows = {{kLogFamily, LogKey(1)},
                                 {kStreamFamily, StreamKey("a", 1)},
                                 {kRequestFamily, RequestRowKey("caller", "r-1")},
                                 {kMetaFamily, kFormatKey},
                                 {kMetaFamily, kOriginKey},
                                 {kMetaFamily, kHeadKey}};
  for (const Row& row : rows) {
    std::string sound;
    {
      const auto database = OpenDatabase();
      sound = Get(*database, row.family, row.key);
    }
    for (size_t i = 0; i < sound.size(); i += i < kFrameBytes ? 1 : 7) {
      SCOPED_TRACE(absl::StrCat(row.family, " byte ", i));
      std::string damaged = sound;
      damaged[i] ^= 0x10;
      Put(row.family, row.key, damaged);
      EXPECT_THAT(OpenAndReadAll(), StatusIs(absl::StatusCode::kDataLoss));
    }
    Put(row.family, row.key, sound);
    GS_EXPECT_OK(OpenAndReadAll());
  }
}

// The checksum is right in these; what the rows say is not.
TEST_F(DamageTest, FindsRowsThatDoNotBelong) {
  struct Case {
    const char* why;
    const char* family;
    std::string key;
    std::function<std::string(Database&)> value;
  };
  const auto log_row = [this](int64_t position) {
    return [this, position](Database& database) {
      return Get(database, kLogFamily, LogKey(position));
    };
  };
  const std::vector<Case> cases = {
      {"log row of another position", kLogFamily, LogKey(2), log_row(1)},
      {"stream row of another version", kStreamFamily, StreamKey("a", 2), log_row(1)},
      {"stream row of another stream", kStreamFamily, StreamKey("b", 1), log_row(1)},
      {"event behind the head", kLogFamily, LogKey(4), log_row(3)},
      {"head before the end", kMetaFamily, kHeadKey,
       [](Database&) { return EncodeHeadRow({.position = 2, .recorded_micros = 1}); }},
      {"head behind the end", kMetaFamily, kHeadKey,
       [](Database&) { return EncodeHeadRow({.position = 4, .recorded_micros = 1}); }},
      {"head at another time", kMetaFamily, kHeadKey,
       [](Database&) { return EncodeHeadRow({.position = 3, .recorded_micros = 1}); }},
      {"record that is none", kLogFamily, LogKey(2),
       [](Database&) { return FrameRow(std::string("\xff\xff", 2)); }},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    std::string before;
    bool was_there = false;
    std::string value;
    {
      const auto database = OpenDatabase();
      value = test.value(*database);
      was_there = database->db().Get({}, database->family(test.family), test.key, &before).ok();
    }
    Put(test.family, test.key, value);
    EXPECT_THAT(OpenAndReadAll(), StatusIs(absl::StatusCode::kDataLoss));
    if (was_there) {
      Put(test.family, test.key, before);
    } else {
      Delete(test.family, test.key);
    }
    GS_EXPECT_OK(OpenAndReadAll());
  }
}

TEST_F(DamageTest, FindsMissingRows) {
  struct Row {
    const char* family;
    std::string key;
  };
  const std::vector<Row> rows = {{kLogFamily, LogKey(1)},
                                 {kLogFamily, LogKey(3)},
                                 {kStreamFamily, StreamKey("a", 1)},
                                 {kStreamFamily, StreamKey("a", 2)},
                                 {kMetaFamily, kFormatKey},
                                 {kMetaFamily, kOriginKey},
                                 {kMetaFamily, kHeadKey}};
  for (const Row& row : rows) {
    SCOPED_TRACE(absl::StrCat(row.family, " ", row.key));
    std::string before;
    {
      const auto database = OpenDatabase();
      before = Get(*database, row.family, row.key);
    }
    Delete(row.family, row.key);
    EXPECT_THAT(OpenAndReadAll(), StatusIs(absl::StatusCode::kDataLoss));
    Put(row.family, row.key, before);
    GS_EXPECT_OK(OpenAndReadAll());
  }
}

TEST_F(DamageTest, RefusesANewerFormat) {
  Put(kMetaFamily, kFormatKey, FrameRow("2"));
  EXPECT_THAT(EventStore::Open(StoreOptions()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("format 2")));
}

TEST_F(DamageTest, OpensWithAFamilyThatItDoesNotKnow) {
  {
    const auto database = OpenDatabase();
    rocksdb::ColumnFamilyHandle* handle = nullptr;
    ASSERT_TRUE(database->db().CreateColumnFamily({}, "of the future", &handle).ok());
    ASSERT_TRUE(database->db().Put({}, handle, "key", "value").ok());
    ASSERT_TRUE(database->db().DestroyColumnFamilyHandle(handle).ok());
  }
  GS_EXPECT_OK(OpenAndReadAll());
}

TEST_F(DamageTest, RefusesAFolderThatIsInUse) {
  Open();
  EXPECT_THAT(EventStore::Open(StoreOptions()), StatusIs(absl::StatusCode::kFailedPrecondition));
}

// The write-ahead log of a process that was killed.
class LogDamageTest : public StoreTest {
 protected:
  // Appends, and keeps a copy of the folder as a killed process leaves it.
  void SetUp() override {
    Open();
    for (int i = 0; i < 10; ++i) GS_ASSERT_OK(store().Append(AppendTo("a", i, {"payload"})));
    std::vector<std::string> names;
    ASSERT_TRUE(env_->GetChildren("/store", &names).ok());
    ASSERT_TRUE(env_->CreateDirIfMissing("/killed").ok());
    for (const std::string& name : names) {
      if (name == "LOCK") continue;
      std::string bytes;
      ASSERT_TRUE(rocksdb::ReadFileToString(env_.get(), "/store/" + name, &bytes).ok());
      ASSERT_TRUE(rocksdb::WriteStringToFile(env_.get(), bytes, "/killed/" + name).ok());
      if (absl::EndsWith(name, ".log") && bytes.size() > log_.size()) {
        log_ = bytes;
        log_name_ = "/killed/" + name;
      }
    }
    Close();
  }

  absl::StatusOr<int64_t> HeadOf(const std::string& log) {
    EXPECT_TRUE(rocksdb::WriteStringToFile(env_.get(), log, log_name_).ok());
    Options options = StoreOptions();
    options.path = "/killed";
    GS_ASSIGN_OR_RETURN(const auto store, EventStore::Open(options));
    return store->Head();
  }

  std::string log_;
  std::string log_name_;
};

TEST_F(LogDamageTest, RecoversAWholeLog) { EXPECT_THAT(HeadOf(log_), IsOkAndHolds(10)); }

TEST_F(LogDamageTest, CutsALastWriteThatIsTooShort) {
  EXPECT_THAT(HeadOf(log_.substr(0, log_.size() - 5)), IsOkAndHolds(9));
}

TEST_F(LogDamageTest, CutsALastWriteThatIsTorn) {
  log_[log_.size() - 5] ^= 0x01;
  EXPECT_THAT(HeadOf(log_), IsOkAndHolds(9));
}

TEST_F(LogDamageTest, RefusesDamageBeforeTheLastWrite) {
  for (const size_t offset : {log_.size() / 2, log_.size() / 3}) {
    std::string damaged = log_;
    damaged[offset] ^= 0x01;
    EXPECT_THAT(HeadOf(damaged), StatusIs(absl::StatusCode::kDataLoss));
  }
}

}  // namespace
}  // namespace goodstanding::eventstore
