// The stored bytes, read from their description alone (docs/storage.md): nothing here is shared
// with the code that wrote them. Pure. Thread-safe.
#ifndef GOODSTANDING_VERIFY_STORED_BYTES_H_
#define GOODSTANDING_VERIFY_STORED_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace goodstanding::verify {

// CRC-32C (Castagnoli).
uint32_t Crc32c(absl::string_view bytes);

// A number in a key: 8 bytes, big-endian. Writing REQUIRES: not negative. Reading gives nullopt
// unless there are exactly 8 bytes, of a number that is not negative.
inline constexpr size_t kNumberBytes = 8;
std::string NumberBytes(int64_t number);
std::optional<int64_t> ReadNumber(absl::string_view bytes);

// Every value is a layout byte, a CRC-32C (4 bytes, big-endian) of the body, and the body.
struct Frame {
  absl::string_view body;       // All behind the first 5 bytes, also where something is wrong.
  const char* fault = nullptr;  // What is wrong; nullptr where nothing is.
};
Frame ReadFrame(absl::string_view value);

// The fields of a stored record that the order of the log rests on. Views point into the bytes.
struct RecordFields {
  int64_t position = 0;
  absl::string_view stream;
  int64_t version = 0;
  int64_t recorded_micros = 0;
  absl::string_view actor_issuer;
  absl::string_view actor_subject;
  absl::string_view request_id;
  absl::string_view kind;
  absl::string_view payload;
};
// nullopt where the bytes are no message of Protocol Buffers, or one of these fields has the wrong
// wire type.
std::optional<RecordFields> ReadRecord(absl::string_view bytes);

// The event SigningKeyRotated in the payload of a record of the stream log/origin.
struct KeyRotationFields {
  absl::string_view old_key;
  absl::string_view new_key;
  int64_t first_size = 0;
  absl::string_view old_signature;
  absl::string_view new_signature;
};
// nullopt where the payload is no such event, or a field has the wrong wire type.
std::optional<KeyRotationFields> ReadKeyRotation(absl::string_view payload);

// A key of the family `stream`: name, NUL, version. nullopt where it is of another form.
struct StreamKey {
  absl::string_view stream;
  int64_t version = 0;
};
std::optional<StreamKey> ReadStreamKey(absl::string_view key);

// A key of the family `request`: scope, NUL, id. nullopt where it is of another form.
struct RequestKey {
  absl::string_view scope;
  absl::string_view id;
};
std::optional<RequestKey> ReadRequestKey(absl::string_view key);

// The body of a row of the family `request`, without its digest and answer, which only the server
// can judge.
struct RequestBody {
  int64_t recorded_micros = 0;
  int64_t first_position = 0;
  std::vector<int64_t> versions;  // At least one: of the event at each position from the first on.
};
std::optional<RequestBody> ReadRequestBody(absl::string_view body);

// Where the bytes of a document are kept, by the payload of an event EvidenceAttached of a
// certificant's stream: SHA-256 of their file; empty where they are kept elsewhere. nullopt where
// the payload is no such event.
std::optional<absl::string_view> ReadKeptEvidence(absl::string_view payload);

// The event LogRestored in the payload of a record of the stream log/origin.
struct LogRestoredFields {
  absl::string_view old_origin;
  int64_t size = 0;
  absl::string_view root;
};
// nullopt where the payload is no such event, or a field has the wrong wire type.
std::optional<LogRestoredFields> ReadLogRestored(absl::string_view payload);

}  // namespace goodstanding::verify

#endif  // GOODSTANDING_VERIFY_STORED_BYTES_H_
