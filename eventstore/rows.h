// Values of the rows on disk. Pure.
//
// ON DISK: every value of every family begins with the same five bytes: the layout (0x01) and the
// CRC-32C of what follows (big-endian). What follows is the body; docs/storage.md has all of them.
#ifndef GOODSTANDING_EVENTSTORE_ROWS_H_
#define GOODSTANDING_EVENTSTORE_ROWS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/event_store.h"

namespace goodstanding::eventstore {

// Bytes before the body of a row.
inline constexpr size_t kFrameBytes = 5;

// The value of a row with this body.
std::string FrameRow(absl::string_view body);

// Replaces `value` by the row of a record. Keeps the memory of `value`, so that one string serves
// many records. REQUIRES: the record's size is below 2 GiB and its text is UTF-8.
void FrameRecord(const Record& record, std::string* value);

// The body of a row, which points into `value`; DATA_LOSS where the checksum or the layout is
// wrong.
absl::StatusOr<absl::string_view> UnframeRow(absl::string_view value);

// Parses a record as stored, the body of a row; DATA_LOSS where it is none.
absl::Status ParseRecord(absl::string_view body, Record* record);

// Parses the row of a record into `record`; DATA_LOSS where it does not hold one.
absl::Status ParseRecordRow(absl::string_view value, Record* record);

// Reads some fields of the row of a record, which point into `value`; DATA_LOSS where it does not
// hold one.
absl::Status SkimRecordRow(absl::string_view value, SkimmedRecord* record);

// What stands in the family `request`.
struct RequestRow {
  std::string digest;  // 32 bytes.
  AppendOutcome outcome;
};
std::string EncodeRequestRow(const RequestRow& row);
absl::StatusOr<RequestRow> DecodeRequestRow(absl::string_view value);

// The head summary: last position and its recorded time; zeros for an empty log.
struct HeadRow {
  int64_t position = 0;
  int64_t recorded_micros = 0;
  friend bool operator==(const HeadRow&, const HeadRow&) = default;
};
std::string EncodeHeadRow(const HeadRow& row);
absl::StatusOr<HeadRow> DecodeHeadRow(absl::string_view value);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_ROWS_H_
