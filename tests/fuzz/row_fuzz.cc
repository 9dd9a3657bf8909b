// Every other row of log and keys, and the keys of rows: as the stores read them, and as the
// outside check does.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "eventstore/key_rows.h"
#include "eventstore/keys.h"
#include "eventstore/rows.h"
#include "eventstore/tree.h"
#include "verify/stored_bytes.h"

namespace goodstanding {
namespace {

void ReadRequest(const std::string& row) {
  const auto decoded = eventstore::DecodeRequestRow(row);
  if (!decoded.ok()) return;
  const auto& outcome = decoded->outcome;
  const auto body = verify::ReadRequestBody(verify::ReadFrame(row).body);
  GS_CHECK(body.has_value());
  GS_CHECK(body->first_position == outcome.first_position);
  GS_CHECK(body->versions == outcome.versions);
  GS_CHECK(body->recorded_micros == absl::ToUnixMicros(outcome.recorded_time));
  const auto again = eventstore::DecodeRequestRow(eventstore::EncodeRequestRow(*decoded));
  GS_CHECK(again.ok());
  GS_CHECK(again->digest == decoded->digest);
  GS_CHECK(again->outcome == outcome);
}

// What was read is written as it was.
void ReadFixedRows(const std::string& row) {
  const auto head = eventstore::DecodeHeadRow(row);
  if (head.ok()) GS_CHECK(eventstore::EncodeHeadRow(*head) == row);
  const auto key = eventstore::DecodeKeyRow(row);
  if (key.ok()) GS_CHECK(eventstore::EncodeKeyRow(*key) == row);
  const auto root = eventstore::DecodeRootRow(row);
  if (root.ok()) GS_CHECK(eventstore::EncodeRootRow(*root) == row);
  const auto hashes = eventstore::DecodeHashes(row);
  if (hashes.ok()) GS_CHECK(eventstore::EncodeHashes(*hashes) == row);
  const auto range = eventstore::DecodeCompactRange(row);
  if (range.ok()) {
    GS_CHECK(eventstore::EncodeCompactRange(*range) == row);
    (void)range->Root();
  }
}

void ReadKeys(absl::string_view key) {
  const auto theirs = verify::ReadStreamKey(key);
  const auto ours = eventstore::ParseStreamKey(key);
  if (theirs.has_value()) {
    GS_CHECK(ours.has_value());
    GS_CHECK(ours->stream == theirs->stream && ours->version == theirs->version);
    GS_CHECK(eventstore::StreamKey(theirs->stream, theirs->version) == key);
  }
  const auto request = verify::ReadRequestKey(key);
  if (request.has_value()) GS_CHECK(eventstore::RequestRowKey(request->scope, request->id) == key);
  const auto number = verify::ReadNumber(key);
  if (number.has_value()) GS_CHECK(eventstore::ParseNumber(key) == number);
  (void)eventstore::ParseNumber(key.substr(0, std::min<size_t>(key.size(), 9)));
}

}  // namespace
}  // namespace goodstanding

// The input as a key, and as the body of a row whose checksum is right.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  goodstanding::ReadKeys(input);
  const std::string row = goodstanding::eventstore::FrameRow(input);
  goodstanding::ReadRequest(row);
  goodstanding::ReadFixedRows(row);
  return 0;
}
