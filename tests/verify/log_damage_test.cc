// Every kind of row of every family, changed behind the store's back: what is found names the row.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "eventstore/rows.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tests/verify/log_fixture.h"
#include "verify/hashes.h"
#include "verify/log_check.h"
#include "verify/stored_bytes.h"
#include "verify/tile_scan.h"

namespace goodstanding::verify {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr int64_t kEvents = 600;
const std::string kNul(1, '\0');

// 600 events: two full tiles of leaves, a growing one of level 1, and 88 events in no tile.
class LogDamageTest : public LogTest {
 protected:
  void SetUp() override {
    GrowTo(kEvents / 2);
    Sign();
    GrowTo(kEvents);
    Sign();
    key_ = Key();
    for (const char* family : {"log", "stream", "request", "meta", "tree", "checkpoint"}) {
      before_[family] = Read(family);
    }
    ASSERT_THAT(FoundWithKey(), IsEmpty());
  }

  std::vector<std::string> FoundWithKey() {
    LogCheckOptions options;
    options.keys = {key_};
    return Found(options);
  }

  // How the report calls a row.
  static std::string NameOf(const std::string& family, const std::string& key) {
    if (family == "log") return absl::StrCat("log, position ", *ReadNumber(key), ":");
    if (family == "checkpoint") return absl::StrCat("checkpoint, size ", *ReadNumber(key), ":");
    if (family == "meta") return absl::StrCat("meta, ", key, ":");
    if (family == "tree") {
      return absl::StrCat("tree, level ", int{key[0]}, ", tile ", *ReadNumber(key.substr(1)), ":");
    }
    if (family == "stream") {
      const StreamKey parts = *ReadStreamKey(key);
      return absl::StrCat("stream, ", parts.stream, ", version ", parts.version, ":");
    }
    const RequestKey parts = *ReadRequestKey(key);
    return absl::StrCat("request, ", parts.id, " of ", parts.scope, ":");
  }

  // Some keys of a family: all of a small one; first, last and some between of a large one.
  std::vector<std::string> Chosen(const std::string& family) {
    std::vector<std::string> keys;
    const Rows& rows = before_[family];
    const size_t step = rows.size() <= 6 ? 1 : rows.size() / 5;
    size_t i = 0;
    for (const auto& [key, value] : rows) {
      if (i % step == 0 || i + 1 == rows.size()) keys.push_back(key);
      ++i;
    }
    return keys;
  }

  std::string Row(const std::string& family, const std::string& key) {
    return before_[family].at(key);
  }

  // The record at a position with a change, as a row of right checksum.
  std::string ChangedRecord(int64_t position,
                            const std::function<void(eventstore::Record&)>& change) {
    eventstore::Record record;
    EXPECT_TRUE(record.ParseFromString(Row("log", NumberBytes(position)).substr(5)));
    change(record);
    return Framed(record.SerializeAsString());
  }

  std::string StreamKeyOf(int64_t position) {
    const std::string row = Row("log", NumberBytes(position));
    const RecordFields record = *ReadRecord(absl::string_view(row).substr(5));
    return absl::StrCat(record.stream, kNul, NumberBytes(record.version));
  }

  std::map<std::string, Rows> before_;
  PublicKey key_;
};

constexpr const char* kFamilies[] = {"log", "stream", "request", "meta", "tree", "checkpoint"};

TEST_F(LogDamageTest, AFlippedBitInAnyRowIsFound) {
  for (const std::string family : kFamilies) {
    for (const std::string& key : Chosen(family)) {
      const std::string sound = Row(family, key);
      // Each byte of the frame, and some of the body.
      for (size_t i = 0; i < sound.size(); i += i < 5 ? 1 : 1 + sound.size() / 4) {
        SCOPED_TRACE(absl::StrCat(NameOf(family, key), " byte ", i));
        std::string damaged = sound;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
        Write(family, key, damaged);
        EXPECT_THAT(FoundWithKey(), Contains(StartsWith(NameOf(family, key))));
      }
      Write(family, key, sound);
    }
  }
  EXPECT_THAT(FoundWithKey(), IsEmpty());
}

// A checkpoint that is deleted is not missed: nothing says at what sizes there were any.
TEST_F(LogDamageTest, ADeletedRowIsFound) {
  for (const std::string family : {"log", "stream", "request", "meta", "tree"}) {
    for (const std::string& key : Chosen(family)) {
      SCOPED_TRACE(NameOf(family, key));
      Write(family, key, std::nullopt);
      EXPECT_THAT(FoundWithKey(), Contains(StartsWith(NameOf(family, key))));
      Write(family, key, Row(family, key));
    }
  }
  EXPECT_THAT(FoundWithKey(), IsEmpty());
}

TEST_F(LogDamageTest, TwoRowsThatChangedPlacesAreFound) {
  for (const std::string family : kFamilies) {
    const std::vector<std::string> keys = Chosen(family);
    for (size_t i = 0; i + 1 < keys.size(); ++i) {
      SCOPED_TRACE(NameOf(family, keys[i]));
      Write(family, keys[i], Row(family, keys[i + 1]));
      Write(family, keys[i + 1], Row(family, keys[i]));
      const std::vector<std::string> found = FoundWithKey();
      EXPECT_THAT(found, Contains(StartsWith(NameOf(family, keys[i]))));
      EXPECT_THAT(found, Contains(StartsWith(NameOf(family, keys[i + 1]))));
      Write(family, keys[i], Row(family, keys[i]));
      Write(family, keys[i + 1], Row(family, keys[i + 1]));
    }
  }
  EXPECT_THAT(FoundWithKey(), IsEmpty());
}

// The bytes of each row are sound; what they say, or where they stand, is not.
TEST_F(LogDamageTest, RowsThatDoNotBelongAreFound) {
  const std::string event = Row("log", NumberBytes(1));
  const std::string request = before_["request"].begin()->second;
  const std::string tile = Row("tree", TileKey(0, 0));
  struct Case {
    const char* family;
    std::string key;
    std::string value;
    const char* found;
  };
  const std::vector<Case> cases = {
      {"log", NumberBytes(kEvents + 1), event, "log, position 601: it lies behind the end"},
      {"log", NumberBytes(1'000'000'000'000), event, "log, position 1000000000000: it lies behind"},
      {"log", NumberBytes(0), event, "log, key 0000000000000000: the key is no position"},
      {"log", NumberBytes(7) + "x", event, "log, key 000000000000000778: the key is no position"},
      {"log", NumberBytes(kEvents) + "x", event, "log, key 000000000000025878: the key is no"},
      {"log", std::string(8, '\xff'), event, "log, key ffffffffffffffff: the key is no position"},
      {"stream", absl::StrCat("certificant/x", kNul, NumberBytes(1)), event,
       "stream, certificant/x, version 1: its record is that of certificant/0, version 1"},
      {"stream", "certificant", event, "stream, key 6365727469666963616e74: the key is not"},
      {"request", absl::StrCat("board/clerk", kNul, "x"), request,
       "request, x of board/clerk: it lists position "},
      {"request", "x", request, "request, key 78: the key is not of the form"},
      {"meta", "later", Framed("1"), "meta, later: no such row belongs here"},
      {"meta", "format", Framed("2"), "meta, format: it is 2; known is 1"},
      {"meta", "head", Framed("x"), "meta, head: it does not parse"},
      {"meta", "origin", Framed(""), "meta, origin: it is no name"},
      {"meta", "origin", Framed("other"), "checkpoint, size 600: it is of the log goodstanding/"},
      {"tree", TileKey(0, 2), tile, "tree, level 0, tile 2: no such tile belongs here"},
      {"tree", TileKey(1, 1), tile, "tree, level 1, tile 1: no such tile belongs here"},
      {"tree", TileKey(2, 0), tile, "tree, level 2, tile 0: no such tile belongs here"},
      {"tree", "x", tile, "tree, key 78: no such tile belongs here"},
      {"tree", TileKey(1, 0), tile, "tree, level 1, tile 0: it has 8192 bytes of hashes, not 64"},
      {"checkpoint", NumberBytes(7), Row("checkpoint", NumberBytes(kEvents)),
       "checkpoint, size 7: it is of size 600"},
      {"checkpoint", "x", Framed("x"), "checkpoint, key 78: the key is no size"},
      {"checkpoint", NumberBytes(7), Framed("x"), "checkpoint, size 7: not a checkpoint"},
      {"default", "x", "y", "default, first row: no row belongs here"},
  };
  for (const Case& row : cases) {
    SCOPED_TRACE(row.found);
    Write(row.family, row.key, row.value);
    EXPECT_THAT(FoundWithKey(), Contains(StartsWith(row.found)));
    const Rows& before = before_[row.family];
    const auto sound = before.find(row.key);
    Write(row.family, row.key,
          sound == before.end() ? std::nullopt : std::optional<std::string>(sound->second));
  }
  EXPECT_THAT(FoundWithKey(), IsEmpty());
}

// One copy of an event says something else, under a right checksum.
TEST_F(LogDamageTest, ACopyThatSaysSomethingElseIsFound) {
  const std::string changed = ChangedRecord(7, [](auto& record) { record.set_payload("x"); });
  const std::string name = NameOf("stream", StreamKeyOf(7));
  Write("stream", StreamKeyOf(7), changed);
  EXPECT_THAT(FoundWithKey(),
              Contains(absl::StrCat(name, " it is not what the log has at position 7")));
  Write("stream", StreamKeyOf(7), Row("stream", StreamKeyOf(7)));
  Write("log", NumberBytes(7), changed);
  EXPECT_THAT(FoundWithKey(),
              AllOf(Contains(absl::StrCat(name, " it is not what the log has at position 7")),
                    Contains("tree, level 0, tile 0: hash 6 is not that of the event at position "
                             "7")));
}

// Both copies agree, and every checksum is right: the tree knows better.
TEST_F(LogDamageTest, TwoCopiesChangedAlikeAreFoundByTheTree) {
  for (const int64_t position : {int64_t{1}, int64_t{256}, int64_t{300}, kEvents}) {
    SCOPED_TRACE(position);
    const std::string changed =
        ChangedRecord(position, [](auto& record) { record.set_payload("another fact"); });
    Write("log", NumberBytes(position), changed);
    Write("stream", StreamKeyOf(position), changed);
    const std::string expected =
        position > 512 ? "meta, tree: hash 3 is not that of the events at positions 593 to 600"
                       : absl::StrCat("tree, level 0, tile ", (position - 1) / 256, ": hash ",
                                      (position - 1) % 256,
                                      " is not that of the event at position ", position);
    const std::vector<std::string> found = FoundWithKey();
    EXPECT_THAT(found, Contains(expected));
    EXPECT_THAT(found,
                Contains("checkpoint, size 600: its root is not that of the first 600 events"));
    EXPECT_THAT(found, Not(Contains(StartsWith("log"))));
    EXPECT_THAT(found, Not(Contains(StartsWith("stream"))));
    Write("log", NumberBytes(position), Row("log", NumberBytes(position)));
    Write("stream", StreamKeyOf(position), Row("stream", StreamKeyOf(position)));
  }
}

TEST_F(LogDamageTest, FieldsOfARecordThatContradictItsPlaceAreFound) {
  struct Case {
    std::function<void(eventstore::Record&)> change;
    const char* found;
  };
  const std::vector<Case> cases = {
      {[](auto& record) { record.set_position(8); },
       "log, position 7: its record is that of position 8"},
      {[](auto& record) { record.set_recorded_micros(1); },
       "log, position 7: its recorded time is before that of an earlier position"},
      {[](auto& record) { record.set_version(0); }, "log, position 7: its version is 0"},
  };
  for (const Case& row : cases) {
    SCOPED_TRACE(row.found);
    const std::string changed = ChangedRecord(7, row.change);
    Write("log", NumberBytes(7), changed);
    Write("stream", StreamKeyOf(7), changed);
    EXPECT_THAT(FoundWithKey(), Contains(row.found));
  }
  const std::string far = ChangedRecord(7, [](auto& record) { record.set_position(9'999); });
  Write("stream", StreamKeyOf(7), far);
  EXPECT_THAT(FoundWithKey(), Contains(HasSubstr("its position 9999 is not in the log")));
}

TEST_F(LogDamageTest, RequestsAndEventsThatDisagreeAreFound) {
  // Of the first request row: its first position is behind digest and time.
  const auto& [key, value] = *before_["request"].begin();
  const std::string name = NameOf("request", key);
  const int64_t first = ReadRequestBody(absl::string_view(value).substr(5))->first_position;
  const auto rewritten = [&](size_t at, char by) {
    std::string body = value.substr(5);
    body[at] = static_cast<char>(body[at] + by);
    return Framed(body);
  };
  const std::string lists = absl::StrCat(name, " it lists position ", first);
  Write("request", key, rewritten(39, 1));  // Recorded time.
  EXPECT_THAT(FoundWithKey(),
              Contains(absl::StrCat(lists, ", with another recorded time than its ", "event")));
  Write("request", key, value);

  // An event that carries another id than its request row, or none, or whose actor is another.
  const std::string other = ChangedRecord(first, [](auto& r) { r.set_request_id("x"); });
  Write("log", NumberBytes(first), other);
  Write("stream", StreamKeyOf(first), other);
  EXPECT_THAT(FoundWithKey(),
              AllOf(Contains(absl::StrCat(lists, ", whose event carries x of board/clerk")),
                    Contains(StartsWith("request, x of board/clerk: no sound row lists"))));
  const std::string none = ChangedRecord(first, [](auto& r) { r.clear_request_id(); });
  Write("log", NumberBytes(first), none);
  Write("stream", StreamKeyOf(first), none);
  EXPECT_THAT(FoundWithKey(), Contains(absl::StrCat(lists, ", whose event carries no request id")));
  const std::string actor =
      ChangedRecord(first, [](auto& r) { r.mutable_actor()->set_subject("y"); });
  Write("log", NumberBytes(first), actor);
  Write("stream", StreamKeyOf(first), actor);
  EXPECT_THAT(FoundWithKey(), Contains(HasSubstr(" of board/y: no sound row lists position")));
}

TEST_F(LogDamageTest, AnEndThatWasCutOffIsFound) {
  for (int64_t position = 590; position <= kEvents; ++position) {
    Write("log", NumberBytes(position), std::nullopt);
    Write("stream", StreamKeyOf(position), std::nullopt);
  }
  EXPECT_THAT(FoundWithKey(),
              AllOf(Contains("log, positions 590 to 600: missing, though the head summary has it"),
                    Contains("meta, tree: it is of 600 events; the log has 589"),
                    Contains("checkpoint, size 600: it commits to 600 events; the log has 589")));
}

TEST_F(LogDamageTest, AStreamWithAGapIsFound) {
  const std::string first = StreamKeyOf(1);
  const std::string second =
      absl::StrCat(first.substr(0, first.size() - kNumberBytes), NumberBytes(2));
  Write("stream", second, std::nullopt);
  EXPECT_THAT(FoundWithKey(),
              Contains("stream, certificant/0, version 2: missing; version 3 comes next"));
}

// All that a cut-off or emptied family leaves.
TEST_F(LogDamageTest, AFamilyThatWasEmptiedIsFound) {
  for (const std::string family : {"log", "stream", "request", "meta", "tree"}) {
    SCOPED_TRACE(family);
    Replace(family, {});
    GS_ASSERT_OK_AND_ASSIGN(const Report report, Check());
    EXPECT_GT(report.fault_count, 0);
    EXPECT_THAT(Lines(report), Not(IsEmpty()));
    Replace(family, before_[family]);
  }
  EXPECT_THAT(FoundWithKey(), IsEmpty());
}

TEST_F(LogDamageTest, EveryFaultIsCountedAndTheFirstOfAFamilyAreKept) {
  Rows rows = before_["log"];
  for (auto& [key, value] : rows) value[1] = static_cast<char>(value[1] ^ 1);
  Replace("log", rows);
  GS_ASSERT_OK_AND_ASSIGN(const Report report, Check());
  EXPECT_GE(report.fault_count, kEvents);
  const std::vector<std::string> lines = Lines(report);
  EXPECT_THAT(lines, Contains(StartsWith("log, position 1: its checksum is wrong")));
  EXPECT_THAT(lines, SizeIs(::testing::Le(400)));
}

}  // namespace
}  // namespace goodstanding::verify
