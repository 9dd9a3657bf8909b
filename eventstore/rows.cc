#include "eventstore/rows.h"

#include <limits>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "eventstore/crc32c.h"
#include "eventstore/keys.h"

namespace goodstanding::eventstore {
namespace {

constexpr char kLayout = 0x01;
constexpr size_t kDigestBytes = 32;
// Above what an append may hold, so that a damaged count cannot ask for all memory.
constexpr uint64_t kMaxCount = 1'000'000;
// Above every position and version that a log can reach, so that sums of two cannot overflow.
constexpr uint64_t kMaxPosition = uint64_t{1} << 62;

void StoreCrc(uint32_t crc, char* out) {
  for (int i = 0; i < 4; ++i) out[i] = static_cast<char>((crc >> (24 - 8 * i)) & 0xff);
}

uint32_t LoadCrc(absl::string_view bytes) {
  uint32_t crc = 0;
  for (size_t i = 0; i < 4; ++i) crc = (crc << 8) | static_cast<uint8_t>(bytes[i]);
  return crc;
}

// Writes layout and checksum in front of a body that stands behind kFrameBytes.
void SealFrame(std::string* value) {
  (*value)[0] = kLayout;
  StoreCrc(Crc32c(absl::string_view(*value).substr(kFrameBytes)), value->data() + 1);
}

void AppendVarint(uint64_t number, std::string* out) {
  for (; number >= 0x80; number >>= 7) out->push_back(static_cast<char>((number & 0x7f) | 0x80));
  out->push_back(static_cast<char>(number));
}

// Takes a varint from the front of `bytes`; nullopt where there is none below 2^63.
std::optional<uint64_t> TakeVarint(absl::string_view* bytes) {
  uint64_t number = 0;
  for (int shift = 0; shift < 63 && !bytes->empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes->front());
    bytes->remove_prefix(1);
    number |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
  return std::nullopt;
}

// Reads the fields of a message as they stand on the wire.
class Fields {
 public:
  explicit Fields(absl::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  // The next field; false at the end, or where none can be read.
  bool Next() {
    uint64_t tag = 0;
    whole_ = at_ == end_;
    if (whole_ || !ReadVarint(&tag) || tag > std::numeric_limits<uint32_t>::max()) {
      return false;
    }
    tag_ = static_cast<uint32_t>(tag);
    if (tag_ >> 3 == 0) return false;
    switch (tag_ & 7) {
      case 0:
        return ReadVarint(&value_);
      case 1:
        return Skip(8);
      case 2: {
        uint64_t size = 0;
        if (!ReadVarint(&size)) return false;
        const char* const begin = at_;
        if (!Skip(size)) return false;
        bytes_ = absl::string_view(begin, static_cast<size_t>(size));
        return true;
      }
      case 5:
        return Skip(4);
      default:
        return false;
    }
  }

  // Whether, where there is no next field, all before was read.
  bool whole() const { return whole_; }
  // Number and wire type: a field of another type than it should be is passed over.
  uint32_t tag() const { return tag_; }
  static constexpr uint32_t VarintTag(int number) { return static_cast<uint32_t>(number) << 3; }
  static constexpr uint32_t BytesTag(int number) { return static_cast<uint32_t>(number) << 3 | 2; }
  int64_t value() const { return static_cast<int64_t>(value_); }  // Of a varint.
  absl::string_view bytes() const { return bytes_; }              // Of bytes or text.

 private:
  bool Skip(uint64_t size) {
    if (size > static_cast<uint64_t>(end_ - at_)) return false;
    at_ += size;
    return true;
  }

  bool ReadVarint(uint64_t* value) {
    uint64_t read = 0;
    for (int shift = 0; shift < 70 && at_ != end_; shift += 7) {
      const auto byte = static_cast<uint8_t>(*at_++);
      read |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        *value = read;
        return true;
      }
    }
    return false;
  }

  const char* at_;
  const char* const end_;
  bool whole_ = false;
  uint32_t tag_ = 0;
  uint64_t value_ = 0;
  absl::string_view bytes_;
};

absl::Status DamagedRequestRow() {
  return absl::DataLossError("a row of the family `request` does not parse");
}

}  // namespace

std::string FrameRow(absl::string_view body) {
  std::string value(kFrameBytes, '\0');
  value.append(body.data(), body.size());
  SealFrame(&value);
  return value;
}

void FrameRecord(const Record& record, std::string* value) {
  value->resize(kFrameBytes + record.ByteSizeLong());
  record.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(value->data()) + kFrameBytes);
  SealFrame(value);
}

absl::StatusOr<absl::string_view> UnframeRow(absl::string_view value) {
  if (value.size() < kFrameBytes || value[0] != kLayout) {
    return absl::DataLossError(
        absl::StrCat("a row of ", value.size(), " bytes has an unknown layout"));
  }
  const absl::string_view body = value.substr(kFrameBytes);
  if (LoadCrc(value.substr(1, 4)) != Crc32c(body)) {
    return absl::DataLossError(
        absl::StrCat("the checksum of a row of ", value.size(), " bytes is wrong"));
  }
  return body;
}

absl::Status ParseRecord(absl::string_view body, Record* record) {
  if (record->ParseFromArray(body.data(), static_cast<int>(body.size()))) return absl::OkStatus();
  return absl::DataLossError("a stored record does not parse");
}

absl::Status ParseRecordRow(absl::string_view value, Record* record) {
  GS_ASSIGN_OR_RETURN(const absl::string_view body, UnframeRow(value));
  return ParseRecord(body, record);
}

absl::Status SkimRecordRow(absl::string_view value, SkimmedRecord* record) {
  GS_ASSIGN_OR_RETURN(const absl::string_view body, UnframeRow(value));
  *record = SkimmedRecord();
  Fields fields(body);
  while (fields.Next()) {
    switch (fields.tag()) {
      case Fields::VarintTag(Record::kPositionFieldNumber):
        record->position = fields.value();
        break;
      case Fields::BytesTag(Record::kStreamFieldNumber):
        record->stream = fields.bytes();
        break;
      case Fields::VarintTag(Record::kVersionFieldNumber):
        record->version = fields.value();
        break;
      case Fields::VarintTag(Record::kEffectiveMicrosFieldNumber):
        record->effective_micros = fields.value();
        break;
      case Fields::VarintTag(Record::kUtcOffsetSecondsFieldNumber):
        record->utc_offset_seconds = static_cast<int32_t>(fields.value());
        break;
      case Fields::BytesTag(Record::kKindFieldNumber):
        record->kind = fields.bytes();
        break;
      case Fields::BytesTag(Record::kPayloadFieldNumber):
        record->payload = fields.bytes();
        break;
      default:
        break;
    }
  }
  if (fields.whole()) return absl::OkStatus();
  return absl::DataLossError("a stored record does not parse");
}

std::string EncodeRequestRow(const RequestRow& row) {
  std::string value(kFrameBytes, '\0');
  value.append(row.digest);
  AppendNumber(absl::ToUnixMicros(row.outcome.recorded_time), &value);
  AppendVarint(static_cast<uint64_t>(row.outcome.first_position), &value);
  AppendVarint(row.outcome.versions.size(), &value);
  for (const int64_t version : row.outcome.versions) {
    AppendVarint(static_cast<uint64_t>(version), &value);
  }
  value.append(row.outcome.answer);
  SealFrame(&value);
  return value;
}

absl::StatusOr<RequestRow> DecodeRequestRow(absl::string_view value) {
  GS_ASSIGN_OR_RETURN(absl::string_view body, UnframeRow(value));
  if (body.size() < kDigestBytes + kNumberBytes) return DamagedRequestRow();
  RequestRow row;
  row.digest = std::string(body.substr(0, kDigestBytes));
  body.remove_prefix(kDigestBytes);
  const std::optional<int64_t> recorded_micros = ParseNumber(body);
  body.remove_prefix(kNumberBytes);
  const std::optional<uint64_t> first = TakeVarint(&body);
  const std::optional<uint64_t> count = TakeVarint(&body);
  if (!recorded_micros || !first || *first > kMaxPosition || !count || *count == 0 ||
      *count > kMaxCount) {
    return DamagedRequestRow();
  }
  row.outcome.recorded_time = absl::FromUnixMicros(*recorded_micros);
  row.outcome.first_position = static_cast<int64_t>(*first);
  row.outcome.last_position = row.outcome.first_position + static_cast<int64_t>(*count) - 1;
  row.outcome.versions.reserve(*count);
  for (uint64_t i = 0; i < *count; ++i) {
    const std::optional<uint64_t> version = TakeVarint(&body);
    if (!version || *version > kMaxPosition) return DamagedRequestRow();
    row.outcome.versions.push_back(static_cast<int64_t>(*version));
  }
  row.outcome.answer = std::string(body);
  return row;
}

std::string EncodeHeadRow(const HeadRow& row) {
  std::string value(kFrameBytes, '\0');
  AppendNumber(row.position, &value);
  AppendNumber(row.recorded_micros, &value);
  SealFrame(&value);
  return value;
}

absl::StatusOr<HeadRow> DecodeHeadRow(absl::string_view value) {
  GS_ASSIGN_OR_RETURN(const absl::string_view body, UnframeRow(value));
  if (body.size() != 2 * kNumberBytes) {
    return absl::DataLossError("the head summary does not parse");
  }
  const std::optional<int64_t> position = ParseNumber(body);
  const std::optional<int64_t> micros = ParseNumber(body.substr(kNumberBytes));
  if (!position || !micros) return absl::DataLossError("the head summary does not parse");
  return HeadRow{.position = *position, .recorded_micros = *micros};
}

}  // namespace goodstanding::eventstore
