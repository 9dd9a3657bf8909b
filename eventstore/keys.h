// Keys of the rows on disk. Pure.
//
// ON DISK: these encodings are for ever (docs/storage.md). Integers are big-endian, so that rows
// lie in the order of their numbers.
#ifndef GOODSTANDING_EVENTSTORE_KEYS_H_
#define GOODSTANDING_EVENTSTORE_KEYS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace goodstanding::eventstore {

// Bytes of a position or version in a key.
inline constexpr size_t kNumberBytes = 8;

// Appends `number`, not negative, as 8 bytes.
void AppendNumber(int64_t number, std::string* out);

// Reads the first 8 bytes of `bytes`; nullopt where there are fewer, or the number is negative.
std::optional<int64_t> ParseNumber(absl::string_view bytes);

// Key in the family `log`: the position.
std::string LogKey(int64_t position);

// Key in the family `stream`: the name, 0x00, the version.
std::string StreamKey(absl::string_view stream, int64_t version);

// First bytes of every key of one stream: the name, 0x00.
std::string StreamKeyPrefix(absl::string_view stream);

// A key that lies behind every key of the stream, and before those of every other stream after it.
std::string AfterStreamKey(absl::string_view stream);

// A key of the family `stream`, taken apart. `stream` points into the key.
struct StreamKeyParts {
  absl::string_view stream;
  int64_t version = 0;
};
std::optional<StreamKeyParts> ParseStreamKey(absl::string_view key);

// Key in the family `request`: the scope, 0x00, the id. Neither holds a NUL byte.
std::string RequestRowKey(absl::string_view scope, absl::string_view id);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_KEYS_H_
