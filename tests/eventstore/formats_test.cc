// The bytes on disk, against files that never change, and the primitives against published vectors.
#include <limits>
#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "eventstore/crc32c.h"
#include "eventstore/crypto.h"
#include "eventstore/deployment_key.h"
#include "eventstore/key_rows.h"
#include "eventstore/key_store.h"
#include "eventstore/keys.h"
#include "eventstore/recent_map.h"
#include "eventstore/rows.h"
#include "eventstore/tree.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/env.h"
#include "tests/eventstore/counting_random.h"
#include "tests/eventstore/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::eventstore {
namespace {

using ::goodstanding::testing::StatusIs;

std::string Hex(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

// Golden files are never changed: a difference is a change of what is on disk.
void ExpectGolden(absl::string_view file, absl::string_view bytes) {
  EXPECT_EQ(Hex(bytes), Hex(GoldenBytes(file))) << file;
}

Record GoldenRecord() {
  Record record = Event("certificant/ana", "payload");
  record.set_kind("CreditRecorded");
  record.set_position(258);
  record.set_version(3);
  record.set_recorded_micros(1'700'000'000'000'001);
  record.set_request_id("request-1");
  record.set_causation_position(257);
  record.set_correlation_id("correlation-1");
  record.set_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  record.set_tracestate("vendor=1");
  record.mutable_actor()->set_on_behalf_of_issuer("members");
  record.mutable_actor()->set_on_behalf_of_subject("ana");
  return record;
}

TEST(Formats, Keys) {
  ExpectGolden("log_key.hex", LogKey(258));
  ExpectGolden("stream_key.hex", StreamKey("certificant/ana", 258));
  ExpectGolden("request_key.hex", RequestRowKey("caller", "request-1"));
}

TEST(Formats, RecordRow) {
  std::string row;
  FrameRecord(GoldenRecord(), &row);
  ExpectGolden("record_row.hex", row);
  Record parsed;
  GS_ASSERT_OK(ParseRecordRow(GoldenBytes("record_row.hex"), &parsed));
  EXPECT_EQ(parsed.SerializeAsString(), GoldenRecord().SerializeAsString());
}

void ExpectSkimAgrees(const Record& record) {
  SCOPED_TRACE(record.ShortDebugString());
  std::string row;
  FrameRecord(record, &row);
  SkimmedRecord skimmed;
  GS_ASSERT_OK(SkimRecordRow(row, &skimmed));
  EXPECT_EQ(skimmed.position, record.position());
  EXPECT_EQ(skimmed.version, record.version());
  EXPECT_EQ(skimmed.effective_micros, record.effective_micros());
  EXPECT_EQ(skimmed.utc_offset_seconds, record.utc_offset_seconds());
  EXPECT_EQ(skimmed.stream, record.stream());
  EXPECT_EQ(skimmed.kind, record.kind());
  EXPECT_EQ(skimmed.payload, record.payload());
}

TEST(Formats, SkimmingReadsAsParsingDoes) {
  Record record;
  ASSERT_NO_FATAL_FAILURE(ExpectSkimAgrees(record));
  GS_ASSERT_OK(ParseRecordRow(GoldenBytes("record_row.hex"), &record));
  ASSERT_NO_FATAL_FAILURE(ExpectSkimAgrees(record));
  record.GetReflection()->MutableUnknownFields(&record)->AddVarint(Record::kStreamFieldNumber, 7);
  record.GetReflection()->MutableUnknownFields(&record)->AddLengthDelimited(
      Record::kPositionFieldNumber, "of another type");
  record.GetReflection()->MutableUnknownFields(&record)->AddFixed64(99, 7);
  ASSERT_NO_FATAL_FAILURE(ExpectSkimAgrees(record));
  record.set_effective_micros(-1);
  record.set_utc_offset_seconds(-18'000);
  ASSERT_NO_FATAL_FAILURE(ExpectSkimAgrees(record));
  record.set_effective_micros(std::numeric_limits<int64_t>::min());
  record.set_position(std::numeric_limits<int64_t>::max());
  ASSERT_NO_FATAL_FAILURE(ExpectSkimAgrees(record));
}

TEST(Formats, SkimmingRefusesRowsThatDoNotParse) {
  const struct {
    const char* why;
    std::string body;
  } kCases[] = {
      {"a tag without a value", std::string("\x08", 1)},
      {"a number that does not end", std::string(11, '\xFF')},
      {"text that is longer than the row", std::string("\x12\x05"
                                                       "ab",
                                                       4)},
      {"field number 0", std::string("\x00\x01", 2)},
      {"a group", std::string("\x0B", 1)},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.why);
    SkimmedRecord skimmed;
    EXPECT_THAT(SkimRecordRow(FrameRow(test.body), &skimmed),
                StatusIs(absl::StatusCode::kDataLoss));
    Record record;
    EXPECT_FALSE(ParseRecordRow(FrameRow(test.body), &record).ok());
  }
}

TEST(Formats, RequestRow) {
  RequestRow row;
  row.digest = std::string(32, '\x07');
  row.outcome.first_position = 258;
  row.outcome.last_position = 259;
  row.outcome.recorded_time = absl::FromUnixMicros(1'700'000'000'000'001);
  row.outcome.versions = {3, 200};
  row.outcome.answer = "answer";
  ExpectGolden("request_row.hex", EncodeRequestRow(row));
  GS_ASSERT_OK_AND_ASSIGN(const RequestRow decoded,
                          DecodeRequestRow(GoldenBytes("request_row.hex")));
  EXPECT_EQ(decoded.digest, row.digest);
  EXPECT_EQ(decoded.outcome, row.outcome);
}

TEST(Formats, HeadRow) {
  const HeadRow row{.position = 258, .recorded_micros = 1'700'000'000'000'001};
  ExpectGolden("head_row.hex", EncodeHeadRow(row));
  EXPECT_EQ(DecodeHeadRow(GoldenBytes("head_row.hex")).value(), row);
}

TEST(Formats, TreeRows) {
  ExpectGolden("tile_key.hex", TileKey(1, 258));
  const std::vector<Hash> hashes = {HashLeaf("a"), HashLeaf("b")};
  ExpectGolden("tile_row.hex", EncodeHashes(hashes));
  EXPECT_EQ(DecodeHashes(GoldenBytes("tile_row.hex")).value(), hashes);
  const CompactRange range(258, hashes);
  ExpectGolden("compact_range_row.hex", EncodeCompactRange(range));
  const CompactRange decoded = DecodeCompactRange(GoldenBytes("compact_range_row.hex")).value();
  EXPECT_EQ(decoded.size(), 258);
  EXPECT_EQ(decoded.hashes(), hashes);
}

TEST(Formats, KeyRows) {
  const KeyRow live{.id = std::string(16, '\x01'),
                    .wrapping_id = std::string(16, '\x02'),
                    .wrapped = std::string(40, '\x03'),
                    .lookup = std::string(32, '\x04')};
  ExpectGolden("key_row.hex", EncodeKeyRow(live));
  EXPECT_EQ(DecodeKeyRow(GoldenBytes("key_row.hex")).value(), live);
  const KeyRow destroyed{.destroyed = true, .id = std::string(16, '\x01')};
  ExpectGolden("destroyed_key_row.hex", EncodeKeyRow(destroyed));
  EXPECT_EQ(DecodeKeyRow(GoldenBytes("destroyed_key_row.hex")).value(), destroyed);
}

// A whole key store over known random bytes: every derivation is in these.
TEST(Formats, SealedText) {
  const std::unique_ptr<rocksdb::Env> env(rocksdb::NewMemEnv(rocksdb::Env::Default()));
  CountingRandom random;
  KeyStoreOptions options;
  options.path = "/keys";
  options.scratch_key = std::string(32, 'k');
  options.env = env.get();
  options.random = &random;
  GS_ASSERT_OK_AND_ASSIGN(const auto keys, KeyStore::Open(options));
  GS_ASSERT_OK_AND_ASSIGN(const KeyFacts facts,
                          keys->CreateKey("certificant/ana", Durability::kNow));
  const SealContext context{
      .stream = "certificant/ana", .kind = "CertificantRegistered", .path = {2}};
  GS_ASSERT_OK_AND_ASSIGN(const std::string sealed, keys->Seal(context, "ana@example.com"));
  ExpectGolden("associated_data.hex", AssociatedData(context));
  ExpectGolden("key_digest.hex", facts.digest);
  ExpectGolden("sealed_text.hex", sealed);
  ExpectGolden("request_digest.hex", keys->RequestDigest("command"));
  EXPECT_EQ(keys->Unseal(context, GoldenBytes("sealed_text.hex")).value(), "ana@example.com");
}

TEST(Formats, WrappedKey) {
  const DeploymentKey key(std::string(32, 'k'));
  ExpectGolden("wrapping_id.hex", key.id());
  const std::string wrapped =
      key.WrapFor(std::string(16, 'i'), "certificant/ana", std::string(32, 'd'));
  ExpectGolden("wrapped_key.hex", wrapped);
  EXPECT_EQ(key.UnwrapFor(std::string(16, 'i'), "certificant/ana", wrapped)->bytes(),
            std::string(32, 'd'));
  EXPECT_EQ(key.UnwrapFor(std::string(16, 'i'), "certificant/ben", wrapped), nullptr);
  EXPECT_EQ(key.UnwrapFor(std::string(16, 'j'), "certificant/ana", wrapped), nullptr);
  EXPECT_EQ(DeploymentKey(std::string(32, 'x'))
                .UnwrapFor(std::string(16, 'i'), "certificant/ana", wrapped),
            nullptr);
}

TEST(Formats, RefusesRowsThatDoNotParse) {
  EXPECT_THAT(UnframeRow(""), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(UnframeRow(std::string("\x02\0\0\0\0", 5)), StatusIs(absl::StatusCode::kDataLoss));
  const std::string request = GoldenBytes("request_row.hex").substr(kFrameBytes);
  for (const size_t size : {0, 31, 39, 40, 42, 43}) {
    EXPECT_THAT(DecodeRequestRow(FrameRow(request.substr(0, size))),
                StatusIs(absl::StatusCode::kDataLoss))
        << size;
  }
  // A first position, or a version, from which adding the count would overflow.
  const std::string before = request.substr(0, 32 + 8);
  std::string huge(8, '\xff');  // 2^63 - 1 as a varint.
  huge.push_back('\x7f');
  for (const std::string& rest : {huge + "\x01\x01", "\x01\x01" + huge}) {
    EXPECT_THAT(DecodeRequestRow(FrameRow(before + rest)), StatusIs(absl::StatusCode::kDataLoss));
  }
  EXPECT_THAT(DecodeHashes(FrameRow("")), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(DecodeHashes(FrameRow(std::string(33, 'h'))), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(DecodeCompactRange(FrameRow("short")), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(DecodeCompactRange(FrameRow(std::string("\0\0\0\0\0\0\0\x03", 8))),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(DecodeHeadRow(FrameRow("short")), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(DecodeKeyRow(FrameRow("")), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(DecodeKeyRow(FrameRow("\x03")), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(DecodeKeyRow(FrameRow(std::string(74, '\x01'))),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_FALSE(ParseStreamKey("short").has_value());
  EXPECT_FALSE(ParseNumber(std::string(8, '\xff')).has_value());
}

TEST(Formats, Crc32cVectors) {
  EXPECT_EQ(Crc32c(""), 0u);
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43u);
}

// RFC 3394 section 4.6: 256 bits of key data with a 256-bit key.
TEST(Formats, KeyWrapVector) {
  const std::string wrapping =
      absl::HexStringToBytes("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  const std::string key =
      absl::HexStringToBytes("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f");
  const std::string wrapped = absl::HexStringToBytes(
      "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21");
  EXPECT_EQ(Hex(WrapKey(wrapping, key)), Hex(wrapped));
  EXPECT_EQ(UnwrapKey(wrapping, wrapped), key);
}

// RFC 4231, test case 2; FIPS 180-2, "abc".
TEST(Formats, HashVectors) {
  EXPECT_EQ(Hex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(Hex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// The AES-256-GCM vectors with a zero key: empty text, and one block of zeros.
TEST(Formats, GcmVectors) {
  const std::string key(32, '\0');
  const std::string nonce(12, '\0');
  EXPECT_EQ(Hex(SealGcm(key, nonce, "", "")), "530f8afbc74536b9a963b4f1c4cb738b");
  EXPECT_EQ(Hex(SealGcm(key, nonce, "", std::string(16, '\0'))),
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
}

TEST(RecentMap, KeepsWhatWasUsedLately) {
  RecentMap<int> map(2);
  map.Put("a", 1);
  map.Put("b", 2);
  map.Put("c", 3);
  EXPECT_EQ(*map.Find("a"), 1);
  map.Put("d", 4);
  EXPECT_EQ(map.Find("b"), nullptr);
  EXPECT_EQ(*map.Find("a"), 1);
  map.Put("a", 5);
  EXPECT_EQ(*map.Find("a"), 5);
  map.Erase("a");
  EXPECT_EQ(map.Find("a"), nullptr);
}

}  // namespace
}  // namespace goodstanding::eventstore
