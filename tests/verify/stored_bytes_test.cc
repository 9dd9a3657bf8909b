#include "verify/stored_bytes.h"

#include <random>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "goodstanding/event/v1/record.pb.h"
#include "gtest/gtest.h"

namespace goodstanding::verify {
namespace {

// RFC 3720, appendix B.4, and the usual check value.
TEST(StoredBytes, ChecksumsAreCrc32c) {
  EXPECT_EQ(Crc32c(""), 0u);
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43u);
}

TEST(StoredBytes, ANumberHasEightBytes) {
  EXPECT_EQ(NumberBytes(258), std::string("\0\0\0\0\0\0\1\2", 8));
  for (const int64_t number : {int64_t{0}, int64_t{1}, int64_t{65'536}, INT64_MAX}) {
    EXPECT_EQ(ReadNumber(NumberBytes(number)), number);
  }
  EXPECT_FALSE(ReadNumber("").has_value());
  EXPECT_FALSE(ReadNumber(std::string(7, '\0')).has_value());
  EXPECT_FALSE(ReadNumber(std::string(9, '\0')).has_value());
  EXPECT_FALSE(ReadNumber(std::string(8, '\xff')).has_value());
}

// A record with any fields, also such as this program does not know.
event::v1::Record RandomRecord(std::mt19937_64& random) {
  const auto text = [&](size_t most) { return std::string(random() % (most + 1), 'x'); };
  event::v1::Record record;
  record.set_position(static_cast<int64_t>(random() >> (1 + random() % 63)));
  record.set_version(static_cast<int64_t>(random() >> (1 + random() % 63)));
  record.set_recorded_micros(static_cast<int64_t>(random() >> (1 + random() % 63)));
  record.set_effective_micros(-static_cast<int64_t>(random() % 1000));
  record.set_utc_offset_seconds(-18'000);
  record.set_stream(text(200));
  record.mutable_actor()->set_issuer(text(20));
  record.mutable_actor()->set_subject(text(20));
  record.mutable_actor()->set_on_behalf_of_subject(text(20));
  record.set_request_id(text(128));
  record.set_payload(text(2000));
  auto& unknown = *record.GetReflection()->MutableUnknownFields(&record);
  if (random() % 2 == 0) unknown.AddFixed32(100, 7);
  if (random() % 2 == 0) unknown.AddFixed64(101, 7);
  if (random() % 2 == 0) unknown.AddLengthDelimited(102, "later");
  return record;
}

TEST(StoredBytes, ReadsTheRecordsThatProtobufWrites) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 500; ++i) {
    const event::v1::Record record = RandomRecord(random);
    const std::string bytes = record.SerializeAsString();
    const auto fields = ReadRecord(bytes);
    ASSERT_TRUE(fields.has_value()) << record.ShortDebugString();
    EXPECT_EQ(fields->position, record.position());
    EXPECT_EQ(fields->version, record.version());
    EXPECT_EQ(fields->recorded_micros, record.recorded_micros());
    EXPECT_EQ(fields->stream, record.stream());
    EXPECT_EQ(fields->request_id, record.request_id());
    EXPECT_EQ(fields->actor_issuer, record.actor().issuer());
    EXPECT_EQ(fields->actor_subject, record.actor().subject());
  }
}

// Whatever protobuf refuses is refused here too, where only the frame of the message is damaged.
TEST(StoredBytes, RefusesTruncatedRecords) {
  std::mt19937_64 random(8);
  for (int i = 0; i < 200; ++i) {
    std::string bytes = RandomRecord(random).SerializeAsString();
    bytes.resize(random() % (bytes.size() + 1));
    event::v1::Record record;
    EXPECT_EQ(ReadRecord(bytes).has_value(), record.ParseFromString(bytes));
  }
  EXPECT_FALSE(ReadRecord(absl::HexStringToBytes("0a00")).has_value());  // Position as bytes.
  EXPECT_FALSE(ReadRecord(absl::HexStringToBytes("1001")).has_value());  // Stream as a number.
  EXPECT_FALSE(ReadRecord(absl::HexStringToBytes("3a02")).has_value());  // Actor cut off.
  EXPECT_FALSE(ReadRecord(absl::HexStringToBytes("3a020a05")).has_value());
  EXPECT_FALSE(ReadRecord(absl::HexStringToBytes("0001")).has_value());  // Field 0.
  EXPECT_FALSE(ReadRecord(absl::HexStringToBytes("0b")).has_value());    // A group.
}

TEST(StoredBytes, AFrameSaysWhatIsWrong) {
  const std::string sound = absl::HexStringToBytes("01e3069283313233343536373839");
  EXPECT_EQ(ReadFrame(sound).fault, nullptr);
  EXPECT_EQ(ReadFrame(sound).body, "123456789");
  for (size_t bit = 0; bit < 8 * sound.size(); ++bit) {
    std::string damaged = sound;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(ReadFrame(damaged).fault, nullptr) << bit;
  }
  for (size_t size = 0; size < sound.size(); ++size) {
    EXPECT_NE(ReadFrame(sound.substr(0, size)).fault, nullptr) << size;
  }
}

TEST(StoredBytes, KeysOfOtherFormsAreRefused) {
  const std::string nul(1, '\0');
  const std::string stream_key = absl::StrCat("rules/a", nul, NumberBytes(3));
  const auto stream = ReadStreamKey(stream_key);
  ASSERT_TRUE(stream.has_value());
  EXPECT_EQ(stream->stream, "rules/a");
  EXPECT_EQ(stream->version, 3);
  EXPECT_FALSE(ReadStreamKey(absl::StrCat(nul, NumberBytes(3))).has_value());
  EXPECT_FALSE(ReadStreamKey(absl::StrCat("rules/a", nul, "1234567")).has_value());
  EXPECT_FALSE(ReadStreamKey(absl::StrCat("rules", nul, "a", nul, NumberBytes(3))).has_value());
  EXPECT_FALSE(ReadStreamKey("rules/a").has_value());

  const std::string request_key = absl::StrCat("board/clerk", nul, "r-1");
  const auto request = ReadRequestKey(request_key);
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->scope, "board/clerk");
  EXPECT_EQ(request->id, "r-1");
  EXPECT_FALSE(ReadRequestKey("r-1").has_value());
  EXPECT_FALSE(ReadRequestKey(absl::StrCat("board/clerk", nul)).has_value());
  EXPECT_FALSE(ReadRequestKey(absl::StrCat("a", nul, "b", nul, "c")).has_value());
}

TEST(StoredBytes, ARequestRowListsItsEvents) {
  const std::string head = absl::StrCat(std::string(32, 'd'), NumberBytes(77));
  const auto body =
      ReadRequestBody(absl::StrCat(head, absl::HexStringToBytes("ac020201ff01"), "!"));
  ASSERT_TRUE(body.has_value());
  EXPECT_EQ(body->recorded_micros, 77);
  EXPECT_EQ(body->first_position, 300);
  EXPECT_EQ(body->versions, (std::vector<int64_t>{1, 255}));
  EXPECT_FALSE(ReadRequestBody(std::string(39, 'd')).has_value());
  EXPECT_FALSE(ReadRequestBody(absl::StrCat(head, absl::HexStringToBytes("0100"))).has_value());
  EXPECT_FALSE(ReadRequestBody(absl::StrCat(head, absl::HexStringToBytes("010201"))).has_value());
  EXPECT_FALSE(
      ReadRequestBody(absl::StrCat(head, absl::HexStringToBytes("01ffffffff0f01"))).has_value());
}

}  // namespace
}  // namespace goodstanding::verify
