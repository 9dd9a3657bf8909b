#include "verify/stored_bytes.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace goodstanding::verify {
namespace {

constexpr char kLayout = 0x01;
constexpr size_t kFrameBytes = 5;
constexpr size_t kRequestDigestBytes = 32;
// More events than one append may hold, so that a damaged count cannot ask for all memory.
constexpr uint64_t kMaxVersions = 1'000'000;

uint32_t CrcByTable(uint32_t crc, absl::string_view bytes) {
  static const std::array<uint32_t, 256> table = [] {
    std::array<uint32_t, 256> values{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) * 0x82f63b78u);
      values[i] = value;
    }
    return values;
  }();
  for (const char byte : bytes) {
    crc = table[(crc ^ static_cast<uint8_t>(byte)) & 0xff] ^ (crc >> 8);
  }
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t CrcByInstruction(uint32_t crc, absl::string_view bytes) {
  uint64_t wide = crc;
  for (; bytes.size() >= sizeof(uint64_t); bytes.remove_prefix(sizeof(uint64_t))) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof(word));
    wide = _mm_crc32_u64(wide, word);
  }
  return CrcByTable(static_cast<uint32_t>(wide), bytes);
}
#endif

// The wire format of Protocol Buffers, as far as a record needs it.
constexpr size_t kMaxVarintBytes = 10;
constexpr uint64_t kWireVarint = 0;
constexpr uint64_t kWireFixed64 = 1;
constexpr uint64_t kWireBytes = 2;
constexpr uint64_t kWireFixed32 = 5;

// Takes a number from the front; false where none ends within 64 bits. By hand and inline: most of
// the time of reading a record is spent here.
inline bool TakeVarint(absl::string_view* bytes, uint64_t* number) {
  const char* const data = bytes->data();
  const size_t size = bytes->size();
  if (size > 0 && static_cast<int8_t>(data[0]) >= 0) {
    *number = static_cast<uint8_t>(data[0]);
    bytes->remove_prefix(1);
    return true;
  }
  uint64_t value = 0;
  for (size_t i = 0; i < size && i < kMaxVarintBytes; ++i) {
    const auto byte = static_cast<uint8_t>(data[i]);
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      *number = value;
      bytes->remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

// A varint that is a count, a position or a version: at most 2^62, which no log reaches, so that
// sums of two cannot overflow.
std::optional<int64_t> TakeCount(absl::string_view* bytes) {
  uint64_t number = 0;
  if (!TakeVarint(bytes, &number) || number > uint64_t{1} << 62) {
    return std::nullopt;
  }
  return static_cast<int64_t>(number);
}

struct Field {
  uint64_t number = 0;
  uint64_t wire = 0;
  uint64_t varint = 0;      // Of kWireVarint.
  absl::string_view bytes;  // Of every other one.
};

bool TakeBytes(uint64_t size, absl::string_view* bytes, Field* field) {
  if (size > bytes->size()) return false;
  field->bytes = {bytes->data(), static_cast<size_t>(size)};
  bytes->remove_prefix(size);
  return true;
}

bool TakeField(absl::string_view* bytes, Field* field) {
  uint64_t tag = 0;
  if (!TakeVarint(bytes, &tag)) return false;
  field->number = tag >> 3;
  field->wire = tag & 7;
  if (field->number == 0) return false;
  if (field->wire == kWireFixed64) return TakeBytes(8, bytes, field);
  if (field->wire == kWireFixed32) return TakeBytes(4, bytes, field);
  if (field->wire != kWireVarint && field->wire != kWireBytes) return false;
  if (!TakeVarint(bytes, &field->varint)) return false;
  return field->wire == kWireVarint || TakeBytes(field->varint, bytes, field);
}

bool Set(const Field& field, int64_t* number) {
  *number = static_cast<int64_t>(field.varint);
  return field.wire == kWireVarint;
}

bool Set(const Field& field, absl::string_view* text) {
  *text = field.bytes;
  return field.wire == kWireBytes;
}

bool ReadActor(absl::string_view bytes, RecordFields* record) {
  Field field;
  while (!bytes.empty()) {
    if (!TakeField(&bytes, &field)) return false;
    if (field.number == 1 && !Set(field, &record->actor_issuer)) return false;
    if (field.number == 2 && !Set(field, &record->actor_subject)) return false;
  }
  return true;
}

bool ReadRecordField(const Field& field, RecordFields* record) {
  switch (field.number) {
    case 1:
      return Set(field, &record->position);
    case 2:
      return Set(field, &record->stream);
    case 3:
      return Set(field, &record->version);
    case 4:
      return Set(field, &record->recorded_micros);
    case 7:
      return field.wire == kWireBytes && ReadActor(field.bytes, record);
    case 8:
      return Set(field, &record->request_id);
    case 13:
      return Set(field, &record->kind);
    case 14:
      return Set(field, &record->payload);
    default:
      return true;
  }
}

bool ReadKeyRotationField(const Field& field, KeyRotationFields* rotation) {
  switch (field.number) {
    case 1:
      return Set(field, &rotation->old_key);
    case 2:
      return Set(field, &rotation->new_key);
    case 3:
      return Set(field, &rotation->first_size);
    case 4:
      return Set(field, &rotation->old_signature);
    case 5:
      return Set(field, &rotation->new_signature);
    default:
      return true;
  }
}

}  // namespace

uint32_t Crc32c(absl::string_view bytes) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return ~CrcByInstruction(0xffffffff, bytes);
#endif
  return ~CrcByTable(0xffffffff, bytes);
}

std::string NumberBytes(int64_t number) {
  std::string bytes(kNumberBytes, '\0');
  for (size_t i = 0; i < kNumberBytes; ++i) {
    bytes[i] = static_cast<char>((static_cast<uint64_t>(number) >> (56 - 8 * i)) & 0xff);
  }
  return bytes;
}

std::optional<int64_t> ReadNumber(absl::string_view bytes) {
  if (bytes.size() != kNumberBytes) return std::nullopt;
  uint64_t number = 0;
  for (const char byte : bytes) number = (number << 8) | static_cast<uint8_t>(byte);
  if (number > static_cast<uint64_t>(INT64_MAX)) return std::nullopt;
  return static_cast<int64_t>(number);
}

Frame ReadFrame(absl::string_view value) {
  if (value.size() < kFrameBytes) return {.body = "", .fault = "it is too short for a row"};
  const absl::string_view body = value.substr(kFrameBytes);
  if (value[0] != kLayout) return {.body = body, .fault = "its layout is unknown"};
  uint32_t crc = 0;
  for (const char byte : value.substr(1, 4)) crc = (crc << 8) | static_cast<uint8_t>(byte);
  if (crc != Crc32c(body)) return {.body = body, .fault = "its checksum is wrong"};
  return {.body = body};
}

std::optional<RecordFields> ReadRecord(absl::string_view bytes) {
  RecordFields record;
  Field field;
  while (!bytes.empty()) {
    if (!TakeField(&bytes, &field) || !ReadRecordField(field, &record)) return std::nullopt;
  }
  return record;
}

std::optional<KeyRotationFields> ReadKeyRotation(absl::string_view payload) {
  constexpr uint64_t kMember = 1;  // Of the oneof.
  Field field;
  if (!TakeField(&payload, &field) || field.number != kMember || field.wire != kWireBytes ||
      !payload.empty()) {
    return std::nullopt;
  }
  absl::string_view bytes = field.bytes;
  KeyRotationFields rotation;
  while (!bytes.empty()) {
    if (!TakeField(&bytes, &field) || !ReadKeyRotationField(field, &rotation)) return std::nullopt;
  }
  return rotation;
}

std::optional<absl::string_view> ReadKeptEvidence(absl::string_view payload) {
  constexpr uint64_t kMember = 33;  // Of the oneof.
  constexpr uint64_t kStoredDigest = 6;
  Field field;
  if (!TakeField(&payload, &field) || field.number != kMember || field.wire != kWireBytes ||
      !payload.empty()) {
    return std::nullopt;
  }
  absl::string_view bytes = field.bytes;
  absl::string_view digest;
  while (!bytes.empty()) {
    if (!TakeField(&bytes, &field)) return std::nullopt;
    if (field.number == kStoredDigest && !Set(field, &digest)) return std::nullopt;
  }
  return digest;
}

std::optional<StreamKey> ReadStreamKey(absl::string_view key) {
  if (key.size() < 1 + 1 + kNumberBytes) return std::nullopt;
  const size_t name_bytes = key.size() - kNumberBytes - 1;
  const absl::string_view stream = key.substr(0, name_bytes);
  const std::optional<int64_t> version = ReadNumber(key.substr(name_bytes + 1));
  if (!version || key.find('\0') != name_bytes) return std::nullopt;
  return StreamKey{.stream = stream, .version = *version};
}

std::optional<RequestKey> ReadRequestKey(absl::string_view key) {
  const size_t end = key.find('\0');
  if (end == absl::string_view::npos || end + 1 == key.size() || key.rfind('\0') != end) {
    return std::nullopt;
  }
  return RequestKey{.scope = key.substr(0, end), .id = key.substr(end + 1)};
}

std::optional<RequestBody> ReadRequestBody(absl::string_view body) {
  if (body.size() < kRequestDigestBytes + kNumberBytes) return std::nullopt;
  body.remove_prefix(kRequestDigestBytes);
  const std::optional<int64_t> recorded = ReadNumber(body.substr(0, kNumberBytes));
  body.remove_prefix(kNumberBytes);
  const std::optional<int64_t> first = TakeCount(&body);
  const std::optional<int64_t> count = TakeCount(&body);
  if (!recorded || !first || !count || *count < 1 || static_cast<uint64_t>(*count) > kMaxVersions ||
      *first > INT64_MAX - *count) {
    return std::nullopt;
  }
  RequestBody request;
  request.recorded_micros = *recorded;
  request.first_position = *first;
  for (int64_t i = 0; i < *count; ++i) {
    const std::optional<int64_t> version = TakeCount(&body);
    if (!version) return std::nullopt;
    request.versions.push_back(*version);
  }
  return request;
}

std::optional<LogRestoredFields> ReadLogRestored(absl::string_view payload) {
  constexpr uint64_t kMember = 2;  // Of the oneof.
  Field field;
  if (!TakeField(&payload, &field) || field.number != kMember || field.wire != kWireBytes ||
      !payload.empty()) {
    return std::nullopt;
  }
  absl::string_view bytes = field.bytes;
  LogRestoredFields restored;
  while (!bytes.empty()) {
    if (!TakeField(&bytes, &field)) return std::nullopt;
    if (field.number == 1 && !Set(field, &restored.old_origin)) return std::nullopt;
    if (field.number == 2 && !Set(field, &restored.size)) return std::nullopt;
    if (field.number == 3 && !Set(field, &restored.root)) return std::nullopt;
  }
  return restored;
}

}  // namespace goodstanding::verify
